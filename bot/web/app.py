"""All pages of one carrier: public ones for everybody, each day's digest for those who are not outside. No third-party requests."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from .. import store
from ..config.judge import load_gazetteer_of
from ..config.settings import Settings
from ..errors import BotError
from ..jobs import publishing
from ..locate.gazetteer import Gazetteer
from .base.headers import SecurityHeaders
from .base.room import static
from .base.visitor import is_outside
from .desk.door import Desk, add_desk
from .desk.kept import Kept
from .public.better import better
from .public.filing import taking_in
from .public.pages import reading
from .public.receipts import receipts
from .public.site import Site

# The digest page carries its own style and drawing; nothing else may run or load.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

FRESH = timedelta(minutes=5)  # a digest page is worked out anew after so long, and whenever posts have come
DIGESTS_AT_ONCE = 2  # each takes a core for a second

Reader = Callable[[], AbstractContextManager[store.Database]]


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the daemon says of itself. Without one the pages are all there is."""

    trouble: Callable[[], str | None] = lambda: None  # why the process should be restarted; None: it is well
    metrics: Callable[[store.Database], bytes] | None = None


def make_app(
    settings: Settings,
    reader: Reader,
    clock: Callable[[], datetime],
    gazetteer: Gazetteer | None = None,
    vitals: Vitals = Vitals(),
    writer: store.Database | None = None,
) -> FastAPI:
    """The pages. `reader` opens the database for one request, `clock` gives aware UTC; without a `writer` no form and no desk."""
    app = FastAPI(title="Brennpunkt", docs_url=None, redoc_url=None, openapi_url=None)
    places = gazetteer or load_gazetteer_of(settings)

    def inside(request: Request) -> None:
        """Digests quote customers, figures tell how we work: what a proxy passes on does not get them."""
        if is_outside(request.scope, settings.web.trusted_proxies):
            raise HTTPException(404, "Not Found")

    app.add_middleware(SecurityHeaders)
    app.include_router(static)
    site = Site(settings, reader, clock, places, writer)
    app.include_router(reading(site))
    if site.writer:
        app.include_router(taking_in(site))
        app.include_router(receipts(site))
        app.include_router(better(site))
    if writer:
        add_desk(app, Desk(settings, reader, lambda: nullcontext(writer), clock, places, site.places))

    @app.get("/healthz")
    def healthz() -> Response:
        """Should this process be restarted?"""
        trouble = vitals.trouble()
        return PlainTextResponse(trouble or "ok", 503 if trouble else 200)

    @app.get("/readyz")
    def readyz() -> Response:
        """Can it work and show pages?"""
        try:
            with reader() as db:
                store.span(db)
        except BotError:  # what is wrong stands in the log: a page must not tell paths to everybody
            return PlainTextResponse("the database cannot be read", 503)
        return healthz()

    @app.get("/metrics", dependencies=[Depends(inside)])
    def metrics() -> Response:
        if vitals.metrics is None:
            raise HTTPException(404, "Only `brennpunkt run` has figures of its work")
        with reader() as db:
            return Response(vitals.metrics(db), media_type="text/plain; version=0.0.4")

    @app.get("/newest", dependencies=[Depends(inside)])
    def newest() -> Response:
        """The last day that holds posts, or yesterday when there are none at all."""
        with reader() as db:
            span = store.span(db)
        newest = span[1].astimezone(settings.zone).date() if span else _yesterday()
        return RedirectResponse(f"/{newest}")

    @app.get("/{day}", response_class=HTMLResponse, dependencies=[Depends(inside)])
    def digest(day: date, lang: Annotated[str | None, Query(pattern="^(de|en)$")] = None) -> Response:
        return _edition(day, 1, lang or settings.digest.languages[0])

    @app.get("/week/{day}", response_class=HTMLResponse, dependencies=[Depends(inside)])
    def week(day: date, lang: Annotated[str | None, Query(pattern="^(de|en)$")] = None) -> Response:
        """The seven days up to this one."""
        return _edition(day, 7, lang or settings.digest.languages[0])

    kept = Kept()
    at_once = threading.BoundedSemaphore(DIGESTS_AT_ONCE)

    def _edition(day: date, days: int, language: str) -> Response:
        now = clock()
        if not timedelta(days=-1) <= now.date() - day <= timedelta(days=36_500):
            raise HTTPException(404, "No such day")

        def make() -> str:
            with at_once, reader() as db:
                plan = publishing.build_digest(db, places, settings, day, now=now, days=days)
                return publishing.page_of(plan, language, around=True)

        with reader() as db:
            newest = store.newest(db)
        key = (day, days, language, newest, int(now.timestamp() // FRESH.total_seconds()))
        page = kept.get(key, make, now=now, fresh=FRESH * 2)
        return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_POLICY})

    @app.exception_handler(StarletteHTTPException)
    @app.exception_handler(RequestValidationError)
    async def refused(request: Request, error: Exception) -> Response:
        """People get a page that leads back, programs what FastAPI says."""
        if "text/html" in request.headers.get("accept", "") and getattr(error, "status_code", 404) in (404, 405):
            return HTMLResponse(_no_page(), 404, headers={"Content-Security-Policy": CONTENT_POLICY})
        if isinstance(error, RequestValidationError):
            return await request_validation_exception_handler(request, error)
        assert isinstance(error, StarletteHTTPException)
        return await http_exception_handler(request, error)

    def _yesterday() -> date:
        return clock().astimezone(settings.zone).date() - timedelta(days=1)

    return app


def _no_page() -> str:
    told = "".join(
        f'<p lang="{words.lang}">{escape(words.say("pages.missing"))} <a href="/">{escape(words.say("pages.back"))}</a></p>'
        for words in map(publishing.load_words, publishing.LANGUAGES)
    )
    style = "font:1.1em sans-serif;margin:2em"
    return f'<!DOCTYPE html><html lang="de"><meta charset="utf-8"><title>404</title><body style="{style}">{told}'

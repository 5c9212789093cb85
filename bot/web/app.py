"""All pages of one carrier: public ones for everybody, each day's digest for those who are not outside. No third-party requests."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import datetime
from http import HTTPStatus

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from .. import store
from ..config.judge import load_gazetteer_of
from ..config.settings import Settings
from ..errors import BotError
from ..locate.gazetteer import Gazetteer
from .base.headers import HEADERS, SecurityHeaders
from .base.room import Room, static
from .base.visitor import is_outside, language_of
from .desk.desk import Desk
from .desk.door import add_desk
from .editions import Editions, Reader
from .public.clicks import clicks
from .public.filing import taking_in
from .public.pages import reading
from .public.receipts import receipts
from .public.site import Site
from .vitals import ALONE, Vitals, health

log = logging.getLogger("brennpunkt")
ROOM = Room("base")


def make_app(
    settings: Settings,
    reader: Reader,
    clock: Callable[[], datetime],
    gazetteer: Gazetteer | None = None,
    vitals: Vitals = ALONE,
    writer: store.Database | None = None,
) -> FastAPI:
    """The pages. `reader` opens the database for one request, `clock` gives aware UTC; without a `writer` no form and no desk."""

    def only_inside(request: Request) -> None:
        if is_outside(request.scope, settings.web.trusted_proxies):
            raise HTTPException(404, "Not Found")

    app = FastAPI(title="Brennpunkt", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(SecurityHeaders)
    places, inside = gazetteer or load_gazetteer_of(settings), [Depends(only_inside)]
    site = Site(settings, reader, clock, places, writer)
    for error in (StarletteHTTPException, RequestValidationError, BotError, Exception):
        app.add_exception_handler(error, _answerer(site))
    for public in (reading, taking_in, receipts, clicks) if site.writer else (reading,):
        app.include_router(public(site))
    if writer:
        add_desk(app, Desk(settings, reader, lambda: nullcontext(writer), clock, places, site.places))
    app.include_router(static)
    app.include_router(health(vitals, reader, inside=inside))
    app.include_router(Editions(settings, reader, clock, places, site.bare).router(dependencies=inside))
    return app


def _answerer(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    """People get a page that leads back, programs a line."""

    async def answer(request: Request, error: Exception) -> Response:
        status, detail, headers = 500, "", dict(HEADERS)  # what nobody expected is answered outside of SecurityHeaders
        if isinstance(error, StarletteHTTPException):
            status, detail, headers = error.status_code, error.detail, headers | dict(error.headers or {})
        elif isinstance(error, RequestValidationError):
            status = 404  # of what is asked FastAPI checks the address alone
        elif isinstance(error, BotError):  # what is wrong stands in the log: a page must not tell paths to everybody
            log.error("pages: %s", error)
            status = 503
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"detail": detail or HTTPStatus(status).phrase}, status, headers)
        lang = language_of(request, site.pages, next(iter(site.pages)))
        what = "missing" if status == 404 else "refused" if status < 500 else "broken"
        return ROOM.page("told.html", lang, site.bare(lang), status=status, headers=headers, what=what, reload=0)

    return answer

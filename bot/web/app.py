"""All pages of one carrier: public ones for everybody, each day's digest for those who are not outside. No third-party requests."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from html import escape

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from .. import store
from ..config.judge import load_gazetteer_of
from ..config.settings import Settings
from ..jobs import publishing
from ..locate.gazetteer import Gazetteer
from .base.headers import SecurityHeaders
from .base.room import static
from .base.visitor import is_outside
from .desk.desk import Desk
from .desk.door import add_desk
from .editions import Editions, Reader, page, plain
from .public.clicks import clicks
from .public.filing import taking_in
from .public.pages import reading
from .public.receipts import receipts
from .public.site import Site
from .vitals import ALONE, Vitals, health


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
    for error in (StarletteHTTPException, RequestValidationError):
        app.add_exception_handler(error, _refused)
    places, inside = gazetteer or load_gazetteer_of(settings), [Depends(only_inside)]
    site = Site(settings, reader, clock, places, writer)
    for public in (reading, taking_in, receipts, clicks) if site.writer else (reading,):
        app.include_router(public(site))
    if writer:
        add_desk(app, Desk(settings, reader, lambda: nullcontext(writer), clock, places, site.places))
    app.include_router(static)
    app.include_router(health(vitals, reader, inside=inside))
    app.include_router(Editions(settings, reader, clock, places).router(dependencies=inside))
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """People get a page that leads back, programs what FastAPI says."""
    if "text/html" in request.headers.get("accept", "") and getattr(error, "status_code", 404) in (404, 405):
        return page(_no_page(), 404)
    if isinstance(error, RequestValidationError):
        return await request_validation_exception_handler(request, error)
    assert isinstance(error, StarletteHTTPException)
    return await http_exception_handler(request, error)


def _no_page() -> str:
    return plain(
        "".join(
            f'<p lang="{words.lang}">{escape(words.say("pages.missing"))} <a href="/">{escape(words.say("pages.back"))}</a></p>'
            for words in map(publishing.load_words, publishing.LANGUAGES)
        )
    )

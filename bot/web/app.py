"""The pages: each day's digest, live from the database. Read-only, no third-party requests, no cookies."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Annotated

import uvicorn
from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from .. import publishing, store
from ..config import Settings, load_gazetteer_of

# The digest page carries its own style and drawing; nothing else may run or load.
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def make_app(settings: Settings, db: store.Database, clock: Callable[[], datetime]) -> FastAPI:
    """The pages over a read-only database. `clock` gives aware UTC."""
    app = FastAPI(title="Brennpunkt", openapi_url=None)
    gazetteer = load_gazetteer_of(settings)

    @app.middleware("http")
    async def headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.get("/")
    def newest() -> Response:
        """The last day that holds posts, or yesterday when there are none at all."""
        span = store.span(db)
        newest = span[1].astimezone(settings.zone).date() if span else _yesterday()
        return RedirectResponse(f"/{newest}")

    @app.get("/{day}", response_class=HTMLResponse)
    def digest(day: date, lang: Annotated[str | None, Query(pattern="^(de|en)$")] = None) -> str:
        if not timedelta(days=-1) <= clock().date() - day <= timedelta(days=36_500):
            raise HTTPException(404, "No such day")
        language = lang or settings.digest.languages[0]
        plan = publishing.build_digest(db, gazetteer, settings, day, now=clock())
        return publishing.page_of(plan, language, around=True)

    def _yesterday() -> date:
        return clock().astimezone(settings.zone).date() - timedelta(days=1)

    return app


def serve_pages(settings: Settings, db: store.Database, clock: Callable[[], datetime]) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    uvicorn.run(
        make_app(settings, db, clock),
        host=settings.web.host,
        port=settings.web.port,
        log_level="warning",
        server_header=False,
    )

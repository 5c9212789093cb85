"""Each day's and week's digest as a page. Digests quote customers: what a proxy passes on does not get them."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.params import Depends
from fastapi.responses import HTMLResponse, RedirectResponse

from .. import store
from ..config.settings import Settings
from ..jobs import publishing
from ..locate.gazetteer import Gazetteer
from .base.room import Room, Shell
from .desk.kept import Kept, StillCounting

# The digest page carries its own style and drawing; nothing else may run or load.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FRESH = timedelta(minutes=5)  # a digest page is worked out anew after so long, and whenever posts have come
DIGESTS_AT_ONCE = 2  # each takes a core for a second
RELOAD_S = 3

Reader = Callable[[], AbstractContextManager[store.Database]]
Lang = Annotated[str | None, Query(pattern="^(de|en)$")]


@dataclass(frozen=True, slots=True)
class Editions:
    settings: Settings
    reader: Reader
    clock: Callable[[], datetime]
    places: Gazetteer
    shell: Callable[[str], Shell]  # around what is no edition
    kept: Kept = field(default_factory=Kept)
    at_once: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(DIGESTS_AT_ONCE))

    def router(self, *, dependencies: Sequence[Depends]) -> APIRouter:
        router = APIRouter(dependencies=dependencies)
        router.add_api_route("/newest", self.newest, response_model=None)
        router.add_api_route("/{day}", self.of_day, response_model=None)
        router.add_api_route("/week/{day}", self.of_week, response_model=None)
        return router

    def newest(self) -> RedirectResponse:
        """The last day that holds posts, or yesterday when there are none at all."""
        with self.reader() as db:
            span = store.span(db)
        yesterday = self.clock().astimezone(self.settings.zone).date() - timedelta(days=1)
        return RedirectResponse(f"/{span[1].astimezone(self.settings.zone).date() if span else yesterday}")

    def of_day(self, day: date, lang: Lang = None) -> HTMLResponse:
        return self._edition(day, 1, lang or self.settings.digest.languages[0])

    def of_week(self, day: date, lang: Lang = None) -> HTMLResponse:
        """The seven days up to this one."""
        return self._edition(day, 7, lang or self.settings.digest.languages[0])

    def _edition(self, day: date, days: int, language: str) -> HTMLResponse:
        now = self.clock()
        if not timedelta(days=-1) <= now.date() - day <= timedelta(days=36_500):
            raise HTTPException(404, "No such day")

        def make() -> str:
            with self.at_once, self.reader() as db:
                plan = publishing.build_digest(db, self.places, self.settings, day, now=now, days=days)
                return publishing.page_of(plan, language, around=True)

        with self.reader() as db:
            newest = store.newest(db)
        key = (day, days, language, newest, int(now.timestamp() // FRESH.total_seconds()))
        try:
            return page(self.kept.get(key, make, now=now, fresh=FRESH * 2))
        except StillCounting:
            shell = self.shell(language)
            return Room("base").page("told.html", language, shell, status=503, what="counting", reload=RELOAD_S)


def page(content: str) -> HTMLResponse:
    return HTMLResponse(content, headers={"Content-Security-Policy": CONTENT_POLICY})

"""What the public pages share: settings, database, places, words around a page, and who may how often."""

import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial

from fastapi import APIRouter, Request

from ... import store
from ...config.settings import Settings
from ...digest.day import midnight
from ...jobs.filing import mail_server, open_sealer, salt_file, secrets_base
from ...jobs.publishing import known_hours, population_of
from ...locate.gazetteer import Gazetteer
from ...reports.places import Places
from ...reports.receipt import visitor_key
from ...reports.state import DAYS, PublicState, public_state
from ...store import funnel
from ...store.contacts import Sealer
from ...store.salt import day_salt
from ..base.room import Link, Room, Shell, words_of
from ..base.visitor import address_of
from .cache import Cache
from .limits import Limits, Once, Steps

ROOM = Room("public")
Reader = Callable[[], AbstractContextManager[store.Database]]
PAGES = {  # their addresses; the state of things lies at "/" in the first language
    "de": {
        "state": "/de",
        "form": "/melden",
        "receipt": "/beleg",
        "network_report": "/netzbericht",
        "confirm": "/bestaetigen",
        "better": "/besser",
        "privacy": "/datenschutz",
        "imprint": "/impressum",
        "fault": "/stoerungsmeldung",
    },
    "en": {
        "state": "/en",
        "form": "/report",
        "receipt": "/receipt",
        "network_report": "/network-report",
        "confirm": "/confirm",
        "better": "/better",
        "privacy": "/privacy",
        "imprint": "/imprint",
        "fault": "/fault-report",
    },
}
STATE_FRESH = timedelta(minutes=10)  # whole days change seldom: posts that come late, deletions


def pages_of(settings: Settings) -> dict[str, dict[str, str]]:
    """The addresses of one carrier's pages by language: those of its digest, its first one first, and English."""
    languages = dict.fromkeys((*settings.digest.languages, "en"))
    pages: dict[str, dict[str, str]] = {lang: dict(PAGES[lang]) for lang in languages}
    next(iter(pages.values()))["state"] = "/"
    if settings.carrier.countries[0] != "de":  # what stands there is German law
        for paths in pages.values():
            del paths["fault"]
    return pages


class Site:
    """One carrier's public pages. `writer` None: reports cannot be taken in, so the form is not offered."""

    def __init__(
        self,
        settings: Settings,
        reader: Reader,
        clock: Callable[[], datetime],
        gazetteer: Gazetteer,
        writer: store.Database | None,
    ) -> None:
        self.settings, self.reader, self.clock, self.gazetteer = settings, reader, clock, gazetteer
        self.pages = pages_of(settings)
        self.writer = writer if settings.form.enabled else None
        self.places = Places(gazetteer, settings.carrier.countries[0])
        self.cache = Cache()
        self.filings = Limits(settings.form.hourly, settings.form.daily)
        self.lookups = Limits(30, 100)
        self.tasks, self.sent = Once(), Once()
        self.opened = Steps()
        self._path = store.path_of(self.writer) if self.writer else None  # None: in memory
        self.sealer = self._sealer()
        self._salt: tuple[date, bytes] | None = None
        self._state: tuple[datetime, PublicState] | None = None
        self._lock = threading.Lock()

    def sign(self, purpose: str) -> Callable[[str], str]:
        assert self.writer
        return partial(self.writer.pseudonym, purpose)

    def today(self) -> date:
        return self.clock().astimezone(self.settings.zone).date()

    def salt(self) -> bytes:
        """Raises StoreError."""
        today = self.today()
        with self._lock:
            if self._salt is None or self._salt[0] != today:
                fresh = self._fresh_salt(today)
                self._salt = (today, fresh)
            return self._salt[1]

    def address(self, request: Request) -> str:
        return address_of(request.scope, self.settings.web.trusted_proxies)

    def visitor(self, request: Request) -> str:
        """Who asks, for today, as a key that says nothing."""
        return visitor_key(self.salt(), self.address(request))

    def shell(self, page: str, lang: str, **changes: object) -> Shell:
        t = words_of(lang, "public").say
        pages = self.pages[lang]
        nav = ["state", *(["form"] if self.writer else []), "network_report"]
        foot = [*(["receipt"] if self.writer else []), *(["fault"] if "fault" in pages else []), "privacy", "imprint"]

        def link(name: str) -> Link:
            return Link(t(f"nav.{name}"), pages[name], here=name == page)

        twins = tuple(
            Link(words_of(other, "public").say("nav.language"), paths[page], lang=other)
            for other, paths in self.pages.items()
            if other != lang and page in paths
        )
        usual: dict[str, object] = {
            "brand": t("brand", carrier=self.settings.carrier.name),
            "home": pages["state"],
            "nav": tuple(map(link, nav)),
            "foot": tuple(map(link, foot)),
            "twins": twins,
            "note": t("note"),
            "public": True,
        }
        return Shell(**(usual | changes))  # type: ignore[arg-type]  # keys of Shell, as the two lines above show

    def bare(self, lang: str) -> Shell:
        """Around what is no page of its own: a refusal, a page to wait on."""
        return self.shell("", lang if lang in self.pages else next(iter(self.pages)), public=False)

    def state(self) -> PublicState:
        """Of the last whole days; of an archive, of its last ones."""
        now = self.clock()
        with self._lock:
            if self._state is None or now - self._state[0] > STATE_FRESH:
                with self.reader() as db:
                    self._state = (now, self._count(db))
            return self._state[1]

    def write_opened(self) -> None:
        """Raises StoreError."""
        if self.writer and (counts := self.opened.take()):
            with store.transaction(self.writer):
                for step, times in counts.items():
                    funnel.count_step(self.writer, self.today(), step, times)

    def banner(self, lang: str) -> str:
        """What a made-up stream says of itself; "": all is real."""
        with self.reader() as db:
            made_up = store.get_simulation(db)
        if made_up is None:
            return ""
        return words_of(lang, "public").say("digest.made_up", notice=made_up.notice[lang], title=made_up.title)

    def _count(self, db: store.Database) -> PublicState:
        zone, span = self.settings.zone, store.span(db)
        until = self.today() - timedelta(days=1)
        if span and not store.listening(db):
            until = min(until, span[1].astimezone(zone).date())
        since, end = midnight(until - timedelta(days=DAYS - 1), zone), midnight(until + timedelta(days=1), zone)
        known, _ = known_hours(db, self.settings, since=since, until=end)
        population, year = population_of(db, self.gazetteer)
        return public_state(
            store.complaints(db, since=since, until=end),
            until=until,
            zone=zone,
            k=self.settings.extract.k,
            heard=lambda day: known.heard(midnight(day, zone), midnight(day + timedelta(days=1), zone)),
            population=population,
            population_year=year,
        )

    def _fresh_salt(self, today: date) -> bytes:
        if self._path is None:
            return secrets.token_bytes(32)
        return day_salt(salt_file(secrets_base(self.settings, self._path)), today)

    def _sealer(self) -> Sealer | None:
        """None: no address is asked for, since nobody could write to it."""
        if self._path is None or mail_server(self.settings) is None:
            return None
        return open_sealer(self.settings, self._path)


def add_page(
    router: APIRouter, site: Site, name: str, shown: Callable[..., object], taken: Callable[..., object] | None = None
) -> None:
    """A page at its addresses. Both functions are given the site and the language before what FastAPI gives."""
    for lang, paths in site.pages.items():
        router.add_api_route(paths[name], partial(shown, site, lang), methods=["GET", "HEAD"])
        if taken:
            router.add_api_route(paths[name], partial(taken, site, lang), methods=["POST"])

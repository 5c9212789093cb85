"""The public report on the network (Netzbericht): drafted from cases, approved by a person, kept for good."""

from datetime import date, datetime, timedelta

from .. import store
from ..config.settings import Settings
from ..digest import render
from ..digest.bulletin import bulletin_page
from ..digest.page import Page
from ..errors import InputError
from ..escalate.bulletin import Bulletin, sites_of
from ..escalate.extract import Period, last_closed
from ..locate.gazetteer import Gazetteer
from ..store.bulletins import approve_bulletin, bulletins, put_bulletin
from ..store.cases import cases
from .publishing import load_words, made_up_notice


def draft(
    db: store.Database, gazetteer: Gazetteer, settings: Settings, last: date, *, actor: str, now: datetime
) -> Bulletin:
    """Make the report of the fortnight (or `weeks`) that ends with `last`, from the cases as they are now."""
    found = cases(db)
    made = Bulletin(
        first=last - timedelta(weeks=settings.netzbericht.weeks, days=-1),
        last=last,
        sites=sites_of(
            found,
            {spot.city: gazetteer.state(spot.city) for case in found for spot in case.spots},
            k=settings.extract.k,
            fixed_since=last - settings.netzbericht.fixed_within,
        ),
        carrier=settings.carrier.name,
        made_at=now,
    )
    with store.transaction(db):
        kept = put_bulletin(db, made)
        store.note(db, "netzbericht", actor=actor, now=now, detail=f"draft {kept.number}: {len(kept.sites)} places")
    return kept


def draft_due(db: store.Database, gazetteer: Gazetteer, settings: Settings, *, now: datetime) -> Bulletin | None:
    """The report of the newest period that is over, where nobody has made it yet and there are cases to tell of."""
    period: Period = last_closed(now.astimezone(settings.zone).date(), settings.netzbericht.weeks)
    if any(bulletin.last >= period.last for bulletin in bulletins(db, public=False)) or not cases(db):
        return None
    return draft(db, gazetteer, settings, period.last, actor="daemon", now=now)


def approve(db: store.Database, number: int, *, actor: str, now: datetime) -> Bulletin:
    """Let everybody see a draft. Raises InputError where there is none."""
    with store.transaction(db):
        if not approve_bulletin(db, number, actor=actor, now=now):
            raise InputError(f"there is no draft {number}; `brennpunkt netzbericht list` shows those there are")
        store.note(db, "netzbericht", actor=actor, now=now, detail=f"approved {number}")
    return get(db, number)


def get(db: store.Database, number: int | None) -> Bulletin:
    """A report by its number; None: the newest. Raises InputError."""
    for bulletin in bulletins(db, public=False):
        if number in (None, bulletin.number):
            return bulletin
    raise InputError("there is no such report; `brennpunkt netzbericht draft` makes one")


def html_of(db: store.Database, bulletin: Bulletin, settings: Settings, language: str) -> str:
    """A page of its own, ready for print."""
    return render.page_html(_page(db, bulletin, settings, language))


def text_of(db: store.Database, bulletin: Bulletin, settings: Settings, language: str) -> str:
    return render.page_text(_page(db, bulletin, settings, language))


def _page(db: store.Database, bulletin: Bulletin, settings: Settings, language: str) -> Page:
    notice = made_up_notice(db, language) or ""
    return bulletin_page(bulletin, load_words(language), settings.zone, notice=notice)

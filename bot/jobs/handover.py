"""The extract: release periods once, and write what was released into files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from .. import store
from ..config.settings import Settings
from ..digest.day import midnight
from ..domain import PlaceKind
from ..errors import InputError
from ..escalate import formats
from ..escalate.extract import (
    NOWHERE,
    ExtractRow,
    Period,
    Place,
    Release,
    is_closed,
    last_closed,
    period_of,
    roll_up,
)
from ..locate.gazetteer import Gazetteer
from ..store.extracts import add_release, releases, rules_between
from ..watch.coverage import HOUR
from .publishing import known_hours, made_up_notice


@dataclass(frozen=True, slots=True)
class Extract:
    """Released periods, oldest first, and the one before them, if it was released."""

    periods: tuple[Release, ...]
    before: Release | None

    @property
    def rows(self) -> list[ExtractRow]:
        return [row for release in self.periods for row in release.rows]


def chosen_periods(settings: Settings, day: date | None, count: int, today: date) -> list[Period]:
    """The `count` periods up to the one that holds `day`; None: up to the newest that is over. Raises InputError."""
    weeks = settings.extract.weeks
    last = period_of(day, weeks) if day else last_closed(today, weeks)
    if not is_closed(last, today):
        raise InputError(
            f"{last}: a period is released once, when it is over and a day has passed; the newest is {last_closed(today, weeks)}"
        )
    length = timedelta(weeks=weeks)
    return [Period(last.first - n * length, last.last - n * length) for n in reversed(range(count))]


def extract(
    writer: store.Database,
    gazetteer: Gazetteer,
    settings: Settings,
    periods: list[Period],
    *,
    actor: str,
    now: datetime,
) -> Extract:
    """Release those periods that have not been, and return all of them. Raises InputError where one would overlap another."""
    found = []
    for period in periods:
        known = _released(writer, period)
        if known is None:
            made = make_release(writer, gazetteer, settings, period, actor=actor, now=now)
            with store.transaction(writer):
                known = _released(writer, period)  # somebody else may have been quicker
                if known is None:
                    known = made
                    add_release(writer, made)
                    store.note(
                        writer, "extract", actor=actor, now=now, detail=f"{period}: {len(made.rows)} rows, k {made.k}"
                    )
        found.append(known)
    earlier = releases(writer, since=date.min, until=periods[0].first - timedelta(days=1))
    return Extract(tuple(found), earlier[-1] if earlier else None)


def make_release(
    db: store.Database, gazetteer: Gazetteer, settings: Settings, period: Period, *, actor: str, now: datetime
) -> Release:
    """What would be released of a period."""
    begin = midnight(period.first, settings.zone)
    end = midnight(period.last + timedelta(days=1), settings.zone)
    rows, rolled = roll_up(
        store.complaints(db, since=begin, until=end), official_places(gazetteer), period, settings.extract.k
    )
    known, _ = known_hours(db, settings, since=begin, until=end)
    hours = int((end - begin) / HOUR)
    return Release(
        period=period,
        k=settings.extract.k,
        rows=rows,
        rolled=rolled,
        shown=bool(rows),
        rules=", ".join(rules_between(db, begin, end)),
        heard=sum(known.whole(begin + n * HOUR) for n in range(hours)) / hours,
        released_at=now,
        released_by=actor,
    )


def check_name(file: Path) -> None:
    """Raises InputError before anything is released for a file that cannot be written."""
    if file.suffix.lower() not in formats.FORMATS:
        raise InputError(f"{file}: give it a name that ends in {', '.join(formats.FORMATS)}")
    if not file.parent.is_dir():
        raise InputError(f"{file.parent}: no such folder; make it first")


def files_of(
    found: Extract, file: Path, db: store.Database, gazetteer: Gazetteer, settings: Settings, lang: str
) -> list[tuple[Path, bytes]]:
    """The file, in the format its name asks for, and its manifest."""
    rows = found.rows
    match file.suffix.lower():
        case ".csv":
            content = formats.as_csv(rows, lang)
        case ".xlsx":
            content = formats.as_xlsx(found.periods, found.before, lang)
        case _:
            content = formats.as_geojson(rows, point_of(gazetteer))
    notice = made_up_notice(db, lang) or ""
    about = formats.manifest(file.name, content, found.periods, found.before, settings.carrier.name, notice)
    return [(file, content), (file.with_name(f"{file.name}.manifest.json"), about)]


def official_places(gazetteer: Gazetteer) -> Callable[[str, str | None], Place]:
    """State, city and district as the gazetteer has them; what it does not have is None, whoever wrote it."""
    districts = {(place.city, place.district) for place in gazetteer.places if place.district}

    def known(city: str, district: str | None) -> Place:
        if gazetteer.city(city) is None:
            return NOWHERE
        return gazetteer.state(city), city, district if (city, district) in districts else None

    return known


def point_of(gazetteer: Gazetteer) -> formats.Locate:
    """The middle of a row's place."""
    wanted = (PlaceKind.DISTRICT, PlaceKind.STATE)
    points = {
        (place.state, place.city, place.district if place.kind is PlaceKind.DISTRICT else None): (place.lat, place.lon)
        for place in gazetteer.places
        if place.kind in wanted
    }

    def locate(row: ExtractRow) -> formats.Point | None:
        if row.city and not row.district:
            return gazetteer.coordinates(row.city)
        return points.get(row.place) or (gazetteer.coordinates(row.city) if row.city else None)

    return locate


def _released(db: store.Database, period: Period) -> Release | None:
    touching = releases(db, since=period.first, until=period.last)
    for release in touching:
        if release.period != period:
            raise InputError(
                f"{period} overlaps {release.period}, which was released; two that overlap could be subtracted."
                " Set extract.weeks back, or choose a later day"
            )
    return touching[0] if touching else None

"""The build-out plan: its measures, and what changed between two versions. Values only; `plan_table.py` reads them from rows."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum

from ..domain import Technology


class Kind(StrEnum):
    NEW_SITE = "new_site"
    CAPACITY = "capacity"
    FIVE_G = "5g"
    BACKHAUL = "backhaul"


class Status(StrEnum):
    PLANNED = "planned"
    BUILDING = "building"
    LIVE = "live"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the planners' table."""

    id: str
    status: Status
    site: str = ""
    postcode: str = ""  # five digits; "": not told
    city: str = ""  # official name where the gazetteer knows it
    district: str = ""
    key: str = ""  # municipality key (AGS)
    lat: float | None = None  # WGS 84, whatever the table had
    lon: float | None = None
    radius_m: float | None = None  # None: not told
    technologies: tuple[Technology, ...] = ()  # empty: any
    band: str = ""
    kind: Kind | None = None
    quarter: str = ""  # "2026-Q3"
    live_on: date | None = None  # live since, or announced for
    remark: str = ""

    @property
    def due(self) -> date | None:
        """By when it helps: the day told, else the last of the quarter; None: nobody says."""
        return self.live_on or (quarter_end(self.quarter) if self.quarter else None)

    @property
    def point(self) -> tuple[float, float] | None:
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


@dataclass(frozen=True, slots=True)
class Version:
    """The plan as it was imported once."""

    number: int
    imported_at: datetime  # aware UTC
    imported_by: str
    file: str  # its name
    digest: str  # SHA-256 of the file
    measures: int
    bad: int  # rows that could not be read


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a measure from one version to the next."""

    id: str
    field: str  # "": the whole measure came or went
    before: str  # "": came
    after: str  # "": went


def quarter_end(quarter: str) -> date:
    """The last day of "2026-Q3"."""
    year, number = int(quarter[:4]), int(quarter[-1])
    return date(year + number // 4, number % 4 * 3 + 1, 1) - timedelta(days=1)


def changes(before: Sequence[Measure], after: Sequence[Measure]) -> list[Change]:
    """What came, went, and moved, in the order of the later version."""
    old = {measure.id: measure for measure in before}
    new = {measure.id: measure for measure in after}
    found = [Change(number, "", _line(measure), "") for number, measure in old.items() if number not in new]
    for number, measure in new.items():
        if number not in old:
            found.append(Change(number, "", "", _line(measure)))
            continue
        for field in fields(Measure):
            was, now = getattr(old[number], field.name), getattr(measure, field.name)
            if was != now:
                found.append(Change(number, field.name, _text(was), _text(now)))
    return found


def _line(measure: Measure) -> str:
    place = ", ".join(filter(None, [measure.postcode, measure.city, measure.district]))
    when = measure.quarter or _text(measure.live_on)
    return "; ".join(filter(None, [place, _text(measure.kind), measure.status, when]))


def _text(value: object) -> str:
    if value is None or value == ():
        return ""
    return "/".join(map(str, value)) if isinstance(value, tuple) else str(value)

"""Which hours somebody listened: missing data is missing, not zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import IntEnum

from ..domain import Gap

HOUR = timedelta(hours=1)
FORM = "form"  # where customers file reports: no archive, and asked by nobody


class Heard(IntEnum):
    NOTHING = 0  # no source vouches for any of it
    PART = 1
    ALL = 2  # every source that listened, and without a gap


@dataclass(frozen=True, slots=True)
class Coverage:
    """For every source the full UTC hours it listened in, and those of them it has a gap in."""

    active: Mapping[str, frozenset[datetime]]
    missed: Mapping[str, frozenset[datetime]]

    def heard(self, since: datetime, until: datetime) -> Heard:
        """How much of [since, until) somebody vouches for. An hour counts as a whole."""
        hours = [self._hour(hour) for hour in _hours(since, until)]
        if not hours or max(hours) is Heard.NOTHING:
            return Heard.NOTHING
        return Heard.ALL if min(hours) is Heard.ALL else Heard.PART

    def whole(self, moment: datetime) -> bool:
        return self._hour(_floor(moment)) is Heard.ALL

    def _hour(self, hour: datetime) -> Heard:
        listening = [source for source, hours in self.active.items() if hour in hours]
        missing = [source for source in listening if hour in self.missed.get(source, ())]
        if len(missing) == len(listening):
            return Heard.NOTHING
        return Heard.PART if missing else Heard.ALL


def coverage(
    seen: Iterable[tuple[str, datetime]],
    listening: Mapping[str, tuple[datetime, datetime]],
    gaps: Iterable[Gap],
    zone: tzinfo,
    until: datetime,
) -> Coverage:
    """What is known up to `until`.

    A live source vouches from its first good run to its last (`listening`) except for its gaps. Any other, such as an
    imported archive, vouches for the local days it shows something on (`seen`: source and hour, from a day before the
    time asked about to a day after it), but not for what lies before its first hour or behind its last one: an archive
    that ends at nine in the morning says nothing of the afternoon. The form has no end.
    """
    active = {source: set(_hours(first, min(last + HOUR, until))) for source, (first, last) in listening.items()}
    shown: dict[str, list[datetime]] = {}
    for source, hour in seen:
        if source not in listening:
            shown.setdefault(source, []).append(hour)
    for source, hours in shown.items():
        first, last = (min(hours), max(hours) + HOUR) if source != FORM else (datetime.min.replace(tzinfo=UTC), until)
        for day in {hour.astimezone(zone).date() for hour in hours}:
            start = datetime(day.year, day.month, day.day, tzinfo=zone)
            following = day + timedelta(days=1)
            end = datetime(following.year, following.month, following.day, tzinfo=zone)
            active.setdefault(source, set()).update(_hours(max(start, first), min(end, last, until)))
    missed: dict[str, set[datetime]] = {}
    for gap in gaps:
        missed.setdefault(gap.source, set()).update(_hours(gap.since, min(gap.until or until, until)))
    return Coverage(
        {source: frozenset(hours) for source, hours in active.items()},
        {source: frozenset(hours) for source, hours in missed.items()},
    )


def _floor(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours(since: datetime, until: datetime) -> list[datetime]:
    """The full UTC hours that [since, until) touches."""
    hour = _floor(since)
    hours = []
    while hour < until:
        hours.append(hour)
        hour += HOUR
    return hours

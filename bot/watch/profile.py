"""One place by days and hours. People count, each once a day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from ..domain import Complaint, Symptom

STRETCHES = 12  # of two hours, in a day


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a place in the days shown."""

    people: int
    filed: int  # of these, filed in the form
    days: tuple[tuple[date, int], ...]  # the oldest first
    hours: tuple[tuple[int, ...], ...]  # weekdays, Monday first, by stretches of the day
    mix: tuple[tuple[Symptom, int], ...]  # most first
    districts: tuple[tuple[str, int], ...]  # likewise


def profile(complaints: Iterable[Complaint], last: date, days: int, zone: tzinfo) -> Profile:
    """Of one place's complaints in the `days` up to `last`."""
    by_day: Counter[date] = Counter()
    hours = [[0] * STRETCHES for _ in range(7)]
    mix: Counter[Symptom] = Counter()
    districts: Counter[str] = Counter()
    seen: set[tuple[str, date]] = set()
    filed = 0
    for complaint in complaints:
        local = complaint.at.astimezone(zone)
        if (once := (complaint.who, local.date())) in seen:
            continue
        seen.add(once)
        by_day[local.date()] += 1
        hours[local.weekday()][local.hour * STRETCHES // 24] += 1
        mix.update(set(complaint.symptoms))
        districts.update([complaint.district] if complaint.district else [])
        filed += complaint.reported
    first = last - timedelta(days=days - 1)
    return Profile(
        people=len(seen),
        filed=filed,
        days=tuple((day, by_day[day]) for day in (first + timedelta(days=shift) for shift in range(days))),
        hours=tuple(map(tuple, hours)),
        mix=tuple(mix.most_common()),
        districts=tuple(districts.most_common()),
    )

"""Places ranked by how many people complained there.

People count, not posts: a person counts once a place and local day, and once for a text sent again.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from ..domain import Complaint, HotSpot, Symptom

SMALL = 5  # fewer people than this are chance, and close to pointing at somebody
BUSY_PEOPLE = 20  # fewer make no pattern of hours
Z = 1.96  # 95 % of a normal distribution

Place = tuple[str | None, str | None]  # city and district; (city, None) the whole city, (None, None) nowhere named


@dataclass
class _Cell:
    found: int = 0
    filed: int = 0
    kinds: Counter[tuple[Symptom, ...]] = field(default_factory=Counter)
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    weekdays: list[int] = field(default_factory=lambda: [0] * 7)
    sure: int = 0
    asked: int = 0  # whether their place is sure

    @property
    def people(self) -> int:
        return self.found + self.filed

    def mix(self) -> tuple[tuple[Symptom, int], ...]:
        symptoms: Counter[Symptom] = Counter()
        for kinds, people in self.kinds.items():
            symptoms.update(dict.fromkeys(kinds, people))
        return tuple(sorted(symptoms.items(), key=lambda item: (-item[1], item[0])))


def rank(
    complaints: Iterable[Complaint],
    population: Callable[[str], int | None],
    zone: tzinfo,
    before: Iterable[Complaint] | None = None,
) -> list[HotSpot]:
    """Cities with their districts, most people first.

    `before` is the period before, as long as this one; None: nobody listened then.
    """
    cells = _count(complaints, zone)
    earlier = None if before is None else _count(before, zone)
    total = sum(cell.people for (_, district), cell in cells.items() if district is None)
    spots: dict[str, list[HotSpot]] = {}
    for (city, district), cell in cells.items():
        if city is not None:
            past = None if earlier is None else earlier.get((city, district), _Cell()).people
            inhabitants = population(city) if district is None else None
            spots.setdefault(city, []).append(_spot(city, district, cell, total, inhabitants, past))
    ranked = [_with_districts(group) for group in spots.values()]
    return sorted(ranked, key=_most_first)


def _count(complaints: Iterable[Complaint], zone: tzinfo) -> dict[Place, _Cell]:
    """People by city and by district. A day that a person spends in two districts counts once in the city."""
    cells: dict[Place, _Cell] = {}
    seen: set[object] = set()
    for complaint in complaints:  # a hundred thousand in a quarter: nothing in here is asked twice
        who, city = complaint.who, complaint.city
        if complaint.cluster is not None:
            copy = (who, complaint.cluster)
            if copy in seen:
                continue
            seen.add(copy)
        local = complaint.at.astimezone(zone)
        day = local.toordinal()
        places: tuple[Place, ...] = ((city, None),)
        if city and complaint.district:
            places = ((city, None), (city, complaint.district))
        for place in places:
            once = (who, place, day)
            if once in seen:
                continue
            seen.add(once)
            cell = cells.get(place)
            if cell is None:
                cell = cells[place] = _Cell()
            if complaint.reported:
                cell.filed += 1
            else:
                cell.found += 1
            cell.kinds[complaint.symptoms] += 1
            cell.hours[local.hour] += 1
            cell.weekdays[(day + 6) % 7] += 1
            if complaint.place_sure is not None:
                cell.asked += 1
                cell.sure += complaint.place_sure
    return cells


def _spot(
    city: str, district: str | None, cell: _Cell, total: int, inhabitants: int | None, past: int | None
) -> HotSpot:
    low, high = interval(cell.people)
    return HotSpot(
        city=city,
        district=district,
        people=cell.people,
        found=cell.found,
        filed=cell.filed,
        share=cell.people / total,
        low=low,
        high=high,
        population=inhabitants,
        before=past,
        trend=None if past is None else trend(past, cell.people),
        mix=cell.mix(),
        small=cell.people < SMALL,
        hours=tuple(cell.hours),
        weekdays=tuple(cell.weekdays),
        sure=cell.sure / cell.asked if cell.asked else None,
    )


def _with_districts(group: list[HotSpot]) -> HotSpot:
    districts = sorted((spot for spot in group if spot.district), key=_most_first)
    (city,) = (spot for spot in group if not spot.district)
    return replace(city, districts=tuple(districts))


def _most_first(spot: HotSpot) -> tuple[int, str, str]:
    return -spot.people, spot.city, spot.district or ""


def busy_hours(spot: HotSpot) -> tuple[int, int, float] | None:
    """The three hours of the day in a row in which most people come, as (first, end, their share); None: too few people,
    or no more than chance would gather there."""
    total = sum(spot.hours)
    if total < BUSY_PEOPLE:
        return None
    ring = (*spot.hours, *spot.hours)
    first = max(range(24), key=lambda hour: sum(ring[hour : hour + 3]))
    people = sum(ring[first : first + 3])
    if trend(total / 8, people, 8) != 1:
        return None
    return first, (first + 3) % 24, people / total


def interval(count: int) -> tuple[float, float]:
    """95 % interval of a Poisson count. Byar's approximation (Breslow and Day 1987, page 69): within 1 % of exact from 5 on."""
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * math.sqrt(above))) ** 3
    low = count * (1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    return max(low, 0.0), high


def trend(before: float, now: float, periods: int = 1) -> int:
    """1 when `now` is more than `before` beyond chance, -1 when fewer, else 0. `before` is the mean of so many periods."""
    difference = now - before
    mean = (before * periods + now) / (periods + 1)  # were there no difference
    if abs(difference) <= Z * math.sqrt(mean * (1 + 1 / periods)):
        return 0
    return 1 if difference > 0 else -1

"""Hot spots and cases beside the build-out plan: covered, late, too late, not planned, or fixed and still bad. Pure.

Measures are looked up by district, postcode and a grid of about 5 km, so that 10,000 of them meet 5,000 spots in a second.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ..domain import Technology
from ..locate.gazetteer import distance_km
from ..text import fold
from .plan import Measure, Status

GRID = (0.05, 0.08)  # degrees of latitude and longitude: about 5.5 km each in Germany
EXTENT_KM = 1.5  # from the middle of a district to its edge
SMALL_TOWN = 20_000  # inhabitants: a measure anywhere in it is near


class Cover(StrEnum):
    """What the plan says of a spot. The first three are what a planner wants to see first."""

    STILL_BAD = "still_bad"  # a measure is live, and complaints go on
    NOT_PLANNED = "not_planned"
    TOO_LATE = "too_late"  # planned, but later than the complaints let expect
    LATE = "late"  # its day has passed, or nobody names one
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class Target:
    """A hot spot or case to find in the plan."""

    name: str  # "Köln-Deutz", "case 7"
    city: str
    district: str | None
    people: int
    before: int | None  # in the period before; None: nobody listened
    trend: int | None  # as in HotSpot
    last_seen: date
    point: tuple[float, float] | None = None  # its middle, WGS 84
    postcodes: frozenset[str] = frozenset()
    technology: Technology | None = None  # None: not named, any will do
    population: int | None = None  # of the city


@dataclass(frozen=True, slots=True)
class Patience:
    """When a day in the plan is too late, and how near a measure must be."""

    period_days: int = 14  # between `before` and `people`
    longest: timedelta = timedelta(days=365)  # even where complaints do not grow
    settle: timedelta = timedelta(days=14)  # after going live, until complaints may have stopped
    radius_m: float = 1500.0  # of a measure that tells none


@dataclass(frozen=True, slots=True)
class Match:
    target: Target
    cover: Cover
    measure: Measure | None  # that decided; None: there is none
    how: str  # district, postcode, radius, town; "": no measure
    distance_km: float | None  # from the spot's middle to the measure; None: one of them has no coordinates
    reason: str  # in words


class Plan:
    """Measures by place. Build once, ask often."""

    def __init__(self, measures: Iterable[Measure], patience: Patience) -> None:
        self.patience = patience
        self._districts: dict[tuple[str, str], list[Measure]] = defaultdict(list)
        self._postcodes: dict[str, list[Measure]] = defaultdict(list)
        self._cities: dict[str, list[Measure]] = defaultdict(list)
        self._grid: dict[tuple[int, int], list[tuple[Measure, float]]] = defaultdict(list)
        for measure in measures:
            if measure.status is Status.CANCELLED:
                continue
            if measure.district:
                self._districts[measure.city, fold(measure.district)].append(measure)
            if measure.postcode:
                self._postcodes[measure.postcode].append(measure)
            self._cities[measure.city].append(measure)
            if measure.point:
                reach = (measure.radius_m or patience.radius_m) / 1000 + EXTENT_KM
                for cell in _cells(measure.point, reach):
                    self._grid[cell].append((measure, reach))

    def near(self, target: Target) -> list[tuple[Measure, str, float | None]]:
        """Measures that may help a spot, each with how it is near and how far: the nearest way first."""
        found: dict[str, tuple[Measure, str, float | None]] = {}
        for measure in self._districts.get((target.city, fold(target.district or "")), ()):
            found[measure.id] = (measure, "district", _far(target, measure))
        for code in target.postcodes:
            for measure in self._postcodes.get(code, ()):
                found.setdefault(measure.id, (measure, "postcode", _far(target, measure)))
        if target.point:
            for measure, reach in self._grid.get(_cell(target.point), ()):
                far = _far(target, measure)
                if far is not None and far <= reach:
                    found.setdefault(measure.id, (measure, "radius", far))
        if target.district is None and (target.population or SMALL_TOWN) < SMALL_TOWN:
            for measure in self._cities.get(target.city, ()):
                found.setdefault(measure.id, (measure, "town", _far(target, measure)))
        return list(found.values())

    def nearest(self, target: Target) -> tuple[Measure, float] | None:
        """Of the same city, for those who ask where the next one is."""
        far = [
            (distance, measure)
            for measure in self._cities.get(target.city, ())
            if (distance := _far(target, measure)) is not None
        ]
        if not far:
            return None
        distance, measure = min(far, key=lambda pair: pair[0])
        return measure, distance


def match(targets: Sequence[Target], plan: Plan, today: date) -> list[Match]:
    """Each spot with its class, those a planner wants first at the top, most people first in each class."""
    order = list(Cover)
    matches = [_match(target, plan, today) for target in targets]
    return sorted(matches, key=lambda found: (order.index(found.cover), -found.target.people, found.target.name))


def _match(target: Target, plan: Plan, today: date) -> Match:
    near = plan.near(target)
    fitting = [hit for hit in near if _fits(target.technology, hit[0].technologies)]
    coming = [hit for hit in fitting if not _is_live(hit[0], today)]
    in_time = [hit for hit in coming if hit[0].due and hit[0].due >= today]
    if in_time:
        hit = min(in_time, key=lambda each: (each[0].due, each[0].id))
        due = hit[0].due
        assert due
        if why := _too_late(target, due, plan.patience, today):
            return _found(target, Cover.TOO_LATE, hit, f"planned for {due}; {why}")
        return _found(target, Cover.COVERED, hit, f"planned for {due}")
    if coming:
        hit = max(coming, key=lambda each: (each[0].due or date.min, each[0].id))
        due, status = hit[0].due, hit[0].status.value
        return _found(
            target, Cover.LATE, hit, f"was due on {due} and is {status}" if due else f"is {status}, without a date"
        )
    if fitting:
        hit = max(fitting, key=lambda each: (each[0].due or date.min, each[0].id))
        since = hit[0].due
        if since is None or target.last_seen > since + plan.patience.settle:
            told = f"since {since}" if since else "without a date"
            return _found(
                target,
                Cover.STILL_BAD,
                hit,
                f"live {told}, and {target.people} people complain up to {target.last_seen}",
            )
        return _found(target, Cover.COVERED, hit, f"live since {since}; too early to say whether it helped")
    return Match(target, Cover.NOT_PLANNED, None, "", None, _why_not(target, near, plan))


def _too_late(target: Target, due: date, patience: Patience, today: date) -> str:
    """Why the day is too late; "": it is not."""
    days = (due - today).days
    if due > today + patience.longest:
        return f"that is in {days} days"
    if target.trend == 1 and target.before is not None:
        growth = target.people / max(target.before, 1)
        doubles = patience.period_days * math.log(2) / math.log(growth) if growth > 1 else math.inf
        if days > max(2 * doubles, 28):
            return (
                f"from {target.before} to {target.people} people in {patience.period_days} days, which doubles every"
                f" {max(doubles, 1):.0f} days, and it comes in {days}"
            )
    return ""


def _why_not(target: Target, near: Sequence[tuple[Measure, str, float | None]], plan: Plan) -> str:
    if near:
        others = "/".join(sorted({technology for measure, _, _ in near for technology in measure.technologies}))
        return f"only for {others}, and the complaints name {target.technology}"
    if target.district is None and target.population and target.population >= SMALL_TOWN and not target.point:
        return "the complaints name no district"
    if next_one := plan.nearest(target):
        return f"the nearest in {target.city} is {next_one[0].id}, {next_one[1]:.1f} km away"
    return f"no measure in {target.city}"


def _found(target: Target, cover: Cover, hit: tuple[Measure, str, float | None], reason: str) -> Match:
    measure, how, far = hit
    told = {"district": "same district", "postcode": f"postcode {measure.postcode}", "town": "same town"}.get(how)
    place = told or f"{far:.1f} km away"
    if told and far is not None:
        place += f", {far:.1f} km"
    if target.district is None and (target.population or 0) >= SMALL_TOWN:
        place += "; the complaints name no district"  # so it may be another part of the city
    return Match(target, cover, measure, how, far, f"{measure.id} ({place}): {reason}")


def _fits(wanted: Technology | None, offered: tuple[Technology, ...]) -> bool:
    return wanted is None or not offered or wanted in offered


def _is_live(measure: Measure, today: date) -> bool:
    return measure.status is Status.LIVE and (measure.due is None or measure.due <= today)


def _far(target: Target, measure: Measure) -> float | None:
    return distance_km(target.point, measure.point) if target.point and measure.point else None


def _cell(point: tuple[float, float]) -> tuple[int, int]:
    return math.floor(point[0] / GRID[0]), math.floor(point[1] / GRID[1])


def _cells(point: tuple[float, float], reach_km: float) -> Iterable[tuple[int, int]]:
    """Cells that the circle touches, and a few more at its corners."""
    high, wide = reach_km / 111.2, reach_km / (111.2 * max(math.cos(math.radians(point[0])), 0.1))
    (top, left), (bottom, right) = (_cell((point[0] + high * s, point[1] + wide * s)) for s in (-1, 1))
    return [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]

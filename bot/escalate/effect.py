"""Did it help? Complaints before and after a place was said to be fixed, beside those of the rest of the country. Pure.

People and days are counted (each person once a local day). Only days that somebody listened to as a whole count, on both
sides. The rest of the country tells what would have happened anyway: a storm that ebbs everywhere proves nothing. The
test is Fisher's exact one of the four counts, made more cautious by as much as days scatter beyond chance.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum

from ..domain import Complaint
from .cases import Case, Fact, Spot
from .finding import trouble_of

WINDOW = 28  # days on each side
FEWEST_DAYS = 7  # heard on each side
ENOUGH_ELSEWHERE = 50  # people and days on both sides together; with fewer, days alone are compared
LEVEL = 0.05
WORTH = 0.7  # a rate that fell by less is no success, however sure
HALVED = 0.5  # "no change" is said only where the data would have shown a halving


class Verdict(StrEnum):
    VERIFIED = "verified"
    NO_CHANGE = "no_change"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was listened to, and how many people complained on it."""

    day: date
    here: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Effect:
    """A verdict with the numbers it rests on."""

    verdict: Verdict
    before: int  # people and days
    after: int
    days_before: int  # that were listened to
    days_after: int
    expected: float | None  # `after`, had nothing changed here; None: nothing to compare with
    ratio: float | None  # of the rates, after to before; below 1 is better. None: likewise
    low: float | None  # 95 % interval of it
    high: float | None
    p: float | None  # how likely so few are if nothing changed
    scatter: float  # 1.0: days scatter as chance does
    against: str  # "elsewhere" or "days": what was compared with

    @property
    def fact(self) -> Fact:
        values: dict[str, int | float | str] = {
            name: figure
            for name in ("before", "after", "days_before", "days_after", "expected", "ratio", "low", "high", "p")
            if (figure := getattr(self, name)) is not None
        }
        return Fact("effect_short" if self.ratio is None else f"effect_{self.against}", values)


def days_of(
    complaints: Iterable[Complaint], case: Case, fixed_on: date, heard: Collection[date], zone: tzinfo
) -> list[Day]:
    """The days around a fix that were listened to; the day itself is on neither side."""
    spots = set(case.spots)
    districts = {(spot.city, spot.trouble) for spot in spots if not spot.district}
    here: dict[date, set[str]] = {}
    elsewhere: dict[date, set[str]] = {}
    for complaint in complaints:
        day = complaint.at.astimezone(zone).date()
        kind = trouble_of(complaint)
        spot = Spot(complaint.city or "", complaint.district or "", kind)
        ours = spot in spots or (spot.city, kind) in districts
        (here if ours else elsewhere).setdefault(day, set()).add(complaint.who)
    every = (fixed_on + timedelta(days=n) for n in range(-WINDOW, WINDOW + 1) if n)
    return [Day(day, len(here.get(day, ())), len(elsewhere.get(day, ()))) for day in every if day in heard]


def judge(days: Sequence[Day], fixed_on: date) -> Effect:
    """What the days say. Fewer than FEWEST_DAYS on a side say nothing."""
    sides = [[day for day in days if day.day < fixed_on], [day for day in days if day.day > fixed_on]]
    (before, after), (outside_before, outside_after) = (
        [sum(getattr(day, field) for day in side) for side in sides] for field in ("here", "elsewhere")
    )
    national = outside_before + outside_after >= ENOUGH_ELSEWHERE and min(outside_before, outside_after) > 0
    weights = [outside_before, outside_after] if national else [len(side) for side in sides]
    scatter = _scatter(sides, national)
    short = min(len(side) for side in sides) < FEWEST_DAYS
    if short or not before + after:
        return Effect(
            Verdict.TOO_FEW, before, after, len(sides[0]), len(sides[1]), None, None, None, None, None, scatter,
            "elsewhere" if national else "days",
        )  # fmt: skip
    ratio = (after + 0.5) / (before + 0.5) * weights[0] / weights[1]
    noise = 1 / (after + 0.5) + 1 / (before + 0.5) + (1 / weights[0] + 1 / weights[1] if national else 0.0)
    spread = math.exp(1.96 * math.sqrt(scatter * noise))
    p = _tail(before, after, weights, scatter, national=national)
    if p < LEVEL and ratio <= WORTH:
        verdict = Verdict.VERIFIED
    elif _tail(before + after, 0, weights, scatter, national=national) >= LEVEL or ratio / spread < HALVED:
        verdict = Verdict.TOO_FEW
    else:
        verdict = Verdict.NO_CHANGE
    return Effect(
        verdict=verdict,
        before=before,
        after=after,
        days_before=len(sides[0]),
        days_after=len(sides[1]),
        expected=before * weights[1] / weights[0],
        ratio=ratio,
        low=ratio / spread,
        high=ratio * spread,
        p=p,
        scatter=scatter,
        against="elsewhere" if national else "days",
    )


def _tail(before: int, after: int, weights: Sequence[int], scatter: float, *, national: bool) -> float:
    """How likely so few of the complaints, or fewer, fall behind the fix if it changed nothing."""
    few, here = math.ceil(after / scatter), round((before + after) / scatter)
    few = min(few, here)
    if not national:
        share = weights[1] / sum(weights)
        return math.fsum(
            math.exp(_choose(here, k) + k * math.log(share) + (here - k) * math.log1p(-share)) for k in range(few + 1)
        )
    behind, ahead = (round(weight / scatter) for weight in (weights[1], weights[0]))
    behind, ahead = behind + few, ahead + here - few
    whole = _choose(behind + ahead, here)
    terms = (
        math.exp(_choose(behind, k) + _choose(ahead, here - k) - whole) for k in range(max(0, here - ahead), few + 1)
    )
    return min(math.fsum(terms), 1.0)


def _choose(n: int, k: int) -> float:
    """The logarithm of n over k; minus infinity where there is no such choice."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) if 0 <= k <= n else -math.inf


def _scatter(sides: Sequence[Sequence[Day]], national: bool) -> float:
    """Pearson's chi-square by its degrees of freedom, each side around its own rate; between 1 and 5."""
    total, freedom = 0.0, 0
    for side in sides:
        here, weight = sum(day.here for day in side), sum(day.elsewhere if national else 1 for day in side)
        if not here or not weight:
            continue
        means = [(here * (day.elsewhere if national else 1) / weight, day.here) for day in side]
        total += sum((seen - mean) ** 2 / mean for mean, seen in means if mean)
        freedom += sum(1 for mean, _ in means if mean) - 1
    return min(max(total / freedom, 1.0), 5.0) if freedom > 0 else 1.0

"""Made-up months of complaints as bare counts, for measuring the rule: quick to draw, and as wild as real ones."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from ..domain import Symptom, Technology
from .scan import Part
from .usual import DAY, HOUR, STEP

ZONE = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 8, 31, tzinfo=UTC)  # a Monday; the clocks change eight weeks later, within the month
CALM_WEEKS = 8
WEEKS = 12  # in all: eight to learn from, four that are measured
# How likely a complaint is at each hour of the local day, as in `simulate`.
BUSY = (2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 10, 12, 11, 10, 11, 13, 16, 19, 20, 18, 14, 9, 4)
WEEKDAYS = (1.1, 1.05, 1.05, 1.1, 1.05, 0.85, 0.8)
# Measured on posts to four UK carriers over ten days of 2019: hours scatter by .13 beyond chance (variance of the rate,
# squared), .4 of it still there an hour later, .2 six hours later. Made of days that differ, and of moods of two hours.
DAY_SIGMA, MOOD_SIGMA, MOOD_HOURS = 0.2, 0.32, 2.0
CITIES = 40
UNPLACED = 0.5
NAMES_TECHNOLOGY = 0.15
STORM = timedelta(hours=4)


Arrival = tuple[int, tuple[Part, ...]]  # the step, and what it is about


@dataclass(frozen=True, slots=True)
class Storm:
    start: int  # step
    end: int


@dataclass(frozen=True, slots=True)
class Month:
    """What came, in order; what lies before `measured` is there to learn from."""

    arrivals: Sequence[Arrival]
    counts: Sequence[int]
    rates: Sequence[float]  # people a step that chance was asked for
    measured: int
    storms: Sequence[Storm] = ()


def draw_month(per_hour: float, seed: int, *, wild: float = 1.0) -> Month:
    """Calm weeks with `per_hour` people on average. `wild` scales what scatters beyond chance: 0 is pure chance."""
    rng = random.Random(f"{per_hour} {seed} {wild}")
    parts = _Parts(rng)
    arrivals: list[Arrival] = []
    rates: list[float] = []
    mood, keep = rng.gauss(0, 1), math.exp(-1 / (MOOD_HOURS * HOUR))
    day = season = 0.0
    for step in range(WEEKS * 7 * DAY):
        if step % DAY == 0:
            day = 0.5 * day + math.sqrt(0.75) * rng.gauss(0, 1)
        if step % HOUR == 0:
            season = per_hour / HOUR * _season(step)
        mood = keep * mood + math.sqrt(1 - keep * keep) * rng.gauss(0, 1)
        rates.append(season * _wildness(wild, day, mood))
        arrivals += [(step, parts.draw()) for _ in range(poisson(rng, rates[-1]))]
    return Month(arrivals, _counted(arrivals), rates, CALM_WEEKS * 7 * DAY)


def with_storms(calm: Month, seed: int, factor: float, *, any_hour: bool = False, part: Part | None = None) -> Month:
    """The same weeks with two storms, in which `factor` times as many people come, to the whole network or to one `part`
    of it. They begin when people are about, as often at each hour as complaints come then; with `any_hour` at night as
    often as by day."""
    rng = random.Random(f"storms {seed} {factor} {any_hour}")
    parts = _Parts(rng)
    storms = [_storm(rng, week, any_hour) for week in (CALM_WEEKS + 1, CALM_WEEKS + 3)]
    share = share_of(part) if part else 1.0
    more = [
        (step, parts.draw(part))
        for storm in storms
        for step in range(storm.start, storm.end)
        for _ in range(poisson(rng, calm.rates[step] * share * (factor - 1)))
    ]
    arrivals = sorted([*calm.arrivals, *more], key=lambda arrival: arrival[0])
    return Month(arrivals, _counted(arrivals), calm.rates, calm.measured, storms)


WEIGHTS: dict[str, dict[str, float]] = {
    "symptom": dict(zip(map(str, Symptom), (30, 30, 5, 20, 8, 6, 1), strict=True)),
    "city": {f"city {n}": 1 / (n + 2) for n in range(CITIES)},
    "technology": dict.fromkeys(map(str, Technology), 1.0),
}
NAMED = {"symptom": 1.0, "city": 1 - UNPLACED, "technology": NAMES_TECHNOLOGY}


def share_of(part: Part) -> float:
    """Of all people, those who complain about it."""
    kind, name = part
    return NAMED[kind] * WEIGHTS[kind][name] / sum(WEIGHTS[kind].values())


class _Parts:
    """What somebody complains about: a symptom, often a city, now and then a technology."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._kinds = [
            (kind, list(weights), list(accumulate(weights.values())), NAMED[kind]) for kind, weights in WEIGHTS.items()
        ]

    def draw(self, always: Part | None = None) -> tuple[Part, ...]:
        """With `always`, that part of its kind."""
        parts: list[Part] = [always] if always else []
        for kind, names, weights, named in self._kinds:
            if not (always and always[0] == kind) and (named == 1.0 or self._rng.random() < named):
                parts.append((kind, self._rng.choices(names, cum_weights=weights)[0]))
        return tuple(parts)


def _season(step: int) -> float:
    local = (BEGIN + step * STEP).astimezone(ZONE)
    return 24 * BUSY[local.hour] / sum(BUSY) * WEEKDAYS[local.weekday()]


def _wildness(wild: float, day: float, mood: float) -> float:
    return math.exp(math.sqrt(wild) * (DAY_SIGMA * day + MOOD_SIGMA * mood) - wild * (DAY_SIGMA**2 + MOOD_SIGMA**2) / 2)


def _storm(rng: random.Random, week: int, any_hour: bool) -> Storm:
    day = BEGIN + timedelta(weeks=week, days=rng.randrange(1, 6))
    hour = rng.randrange(24) if any_hour else rng.choices(range(24), BUSY)[0]
    minutes = 60 * hour + rng.randrange(60)
    local = datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(minutes=minutes)
    start = (local.astimezone(UTC) - BEGIN) // STEP
    return Storm(start, start + STORM // STEP)


def _counted(arrivals: Sequence[Arrival]) -> list[int]:
    counts = [0] * (WEEKS * 7 * DAY)
    for step, _ in arrivals:
        counts[step] += 1
    return counts


def poisson(rng: random.Random, mean: float) -> int:
    """A draw by counting arrivals (Knuth), in pieces that floating point can hold."""
    count = 0
    while mean > 30:
        count += poisson(rng, 30)
        mean -= 30
    left, product = math.exp(-mean), rng.random()
    while product > left:
        count += 1
        product *= rng.random()
    return count

"""The rule measured beside what one would use without it, over made-up months.

Every rule looks whenever somebody complains; the others see the last sixty minutes of the whole network. Each of them gets
the threshold at which it gives as many false alarms as our rule on the very months it is measured on, which favours it.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .months import BEGIN, ZONE, Month, Storm, draw_month, with_storms
from .scan import MIN_PEOPLE, scan
from .usual import DAY, HOUR, SIX_HOURS, STEP, Usual, tail

VOLUMES = (0.25, 1.0, 4.0, 20.0, 100.0)  # complaints an hour
FACTORS = (5.0, 10.0)
MEASURED_WEEKS = 4
Score = Callable[[Month, Usual, int], float]  # how far off the hour that ends at a step is


@dataclass(frozen=True, slots=True)
class Found:
    """How a rule did with the storms of one strength."""

    factor: float
    storms: int
    found: int
    delay_min: float | None  # median, of those found; None: none was


@dataclass(frozen=True, slots=True)
class Result:
    volume: float
    rule: str
    threshold: float | None  # at which it is as quiet as our rule; None: ours
    false_a_week: float
    as_set_a_week: float  # false alarms a week at its customary threshold
    found: tuple[Found, ...]


def _ratio(month: Month, _: Usual, end: int) -> float:
    earlier = [_hour(month, end - 7 * DAY * week) for week in range(1, 7)]
    return _hour(month, end) / max(statistics.fmean(earlier), 0.5)


def _three_sd(month: Month, _: Usual, end: int) -> float:
    return _deviations(_hour(month, end), [_hour(month, end - DAY * day) for day in range(1, 29)])


def _ears_c2(month: Month, _: Usual, end: int) -> float:
    """EARS C2 of the CDC: a baseline of seven days, two days before (Hutwagner et al. 2003)."""
    return _deviations(_hour(month, end), [_hour(month, end - DAY * day) for day in range(3, 10)])


def _tail_alone(month: Month, usual: Usual, end: int) -> float:
    return -math.log10(max(tail(_hour(month, end), usual.mean(end - HOUR, end), usual.size(end, HOUR)), 1e-300))


BASELINES: dict[str, tuple[Score, float]] = {
    "fixed ratio": (_ratio, 3.0),
    "mean + 3 SD": (_three_sd, 3.0),
    "EARS C2": (_ears_c2, 3.0),
    "NB tail alone": (_tail_alone, 3.0),
}
OURS = "Brennpunkt"


def backtest(
    volume: float,
    seeds: Sequence[int],
    *,
    wild: float = 1.0,
    any_hour: bool = False,
    told: Callable[[int, int], object] = lambda _done, _total: None,
) -> list[Result]:
    """Our rule and the others at one volume, each over as many months as there are seeds."""
    quiet: list[list[int]] = []  # ends of our alarms, month by month
    scores: dict[str, list[list[tuple[int, float]]]] = {name: [] for name in BASELINES}
    stormy: dict[float, list[tuple[Month, Usual]]] = {factor: [] for factor in FACTORS}
    ours: dict[float, list[float | None]] = {factor: [] for factor in FACTORS}
    for number, seed in enumerate(seeds):
        told(number, len(seeds))
        calm = draw_month(volume, seed, wild=wild)
        usual = _usual(calm)
        quiet.append([alarm.end for alarm in scan(calm.arrivals, usual, calm.measured)])
        for name, (score, _) in BASELINES.items():
            scores[name].append(list(_scored(score, calm, usual, calm.measured, usual.steps)))
        for factor in FACTORS:
            month = with_storms(calm, seed, factor, any_hour=any_hour)
            usual = _usual(month)
            stormy[factor].append((month, usual))
            for storm in month.storms:
                alarms = scan(month.arrivals, usual, storm.start, last=storm.end)
                ours[factor].append(_delay(storm, [alarm.end for alarm in alarms]))
    weeks = MEASURED_WEEKS * len(seeds)
    own = sum(map(_incidents, quiet))
    results = [Result(volume, OURS, None, own / weeks, own / weeks, tuple(_found(f, ours[f]) for f in FACTORS))]
    for name, (score, customary) in BASELINES.items():
        threshold = _as_quiet(scores[name], own)
        found = tuple(_found(f, list(_delays(score, threshold, stormy[f]))) for f in FACTORS)
        false, as_set = (_false(scores[name], limit) / weeks for limit in (threshold, customary))
        results.append(Result(volume, name, threshold, false, as_set, found))
    return results


def _usual(month: Month) -> Usual:
    return Usual(BEGIN, month.counts, [True] * len(month.counts), ZONE)


def _scored(score: Score, month: Month, usual: Usual, first: int, last: int) -> Iterator[tuple[int, float]]:
    for step in range(first, last):
        if month.counts[step] and _hour(month, step + 1) >= MIN_PEOPLE:
            yield step + 1, score(month, usual, step + 1)


def _hour(month: Month, end: int) -> int:
    return sum(month.counts[end - HOUR : end])


def _deviations(now: int, earlier: Sequence[int]) -> float:
    return (now - statistics.fmean(earlier)) / max(statistics.stdev(earlier), 0.5)


def _incidents(ends: Sequence[int]) -> int:
    """How many alerts: what fires again within six hours belongs to the same one."""
    return sum(number == 0 or end - ends[number - 1] > SIX_HOURS for number, end in enumerate(ends))


def _false(months: Sequence[Sequence[tuple[int, float]]], threshold: float) -> int:
    return sum(_incidents([end for end, score in month if score >= threshold]) for month in months)


def _as_quiet(months: Sequence[Sequence[tuple[int, float]]], allowed: int) -> float:
    """The lowest threshold with no more than `allowed` false alarms over all months."""
    values = sorted({score for month in months for _, score in month})
    low, high = 0, len(values)  # the number of alerts falls with the threshold, but for a few that part in two
    while low < high:
        middle = (low + high) // 2
        if _false(months, values[middle]) <= allowed:
            high = middle
        else:
            low = middle + 1
    return values[low] if low < len(values) else math.inf


def _delays(score: Score, threshold: float, months: Sequence[tuple[Month, Usual]]) -> Iterator[float | None]:
    for month, usual in months:
        for storm in month.storms:
            scored = _scored(score, month, usual, storm.start, storm.end)
            yield _delay(storm, [end for end, value in scored if value >= threshold])


def _delay(storm: Storm, ends: Sequence[int]) -> float | None:
    """Minutes until the first alarm. What an alarm says in the storm's first step counts, the minutes before it do not."""
    return (min(ends) - storm.start) * STEP.total_seconds() / 60 if ends else None


def _found(factor: float, delays: Sequence[float | None]) -> Found:
    known = [delay for delay in delays if delay is not None]
    return Found(factor, len(delays), len(known), statistics.median(known) if known else None)

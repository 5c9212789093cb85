"""The rule measured beside what one would use without it, over made-up months.

Every rule looks whenever somebody complains; the others see the last sixty minutes of the whole network. Each of them gets
the threshold at which it gives as many false alarms as ours on months of training, and all are measured on other months.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .months import BEGIN, CITIES, ZONE, Month, Storm, draw_month, share_of, with_storms
from .scan import MIN_PEOPLE, Alarm, Part, scan
from .usual import DAY, HOUR, SIX_HOURS, STEP, Usual, tail

VOLUMES = (0.25, 1.0, 4.0, 20.0, 100.0)  # complaints an hour
FACTORS = (5.0, 10.0)
MEASURED_WEEKS = 4
LEAST = 3  # people within an hour before another rule may alarm: with our five the quiet volumes would leave it no false alarm
LOCAL: tuple[tuple[Part, int], ...] = (  # a part of each kind that storms befall, and how many of its kind there are
    (("city", "city 0"), CITIES),
    (("symptom", "call_setup"), 7),
    (("technology", "5G"), 4),
)
Score = Callable[[Usual, int], float]  # how far off the hour that ends at a step is
Told = Callable[[int, int], object]  # months done, of so many


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
    threshold: float | None  # at which it was as quiet as our rule in training; None: ours
    false_a_week: float
    as_set_a_week: float  # false alarms a week at its customary threshold
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Local:
    """How our rule did with what befalls a part of the network alone."""

    volume: float
    kind: str  # city, symptom, technology
    series: int  # watched by themselves
    share: float  # of the network's people, of the part that storms befell
    false_a_week: float  # alarms about any part of this kind
    found: tuple[Found, ...]


def _nobody(_done: int, _total: int) -> None:
    pass


def _ratio(usual: Usual, end: int) -> float:
    return _hour(usual, end) / max(statistics.fmean(_hour(usual, end - 7 * DAY * week) for week in range(1, 7)), 0.5)


def _three_sd(usual: Usual, end: int) -> float:
    return _deviations(_hour(usual, end), [_hour(usual, end - DAY * day) for day in range(1, 29)])


def _ears_c2(usual: Usual, end: int) -> float:
    """EARS C2 of the CDC: a baseline of seven days, two days before (Hutwagner et al. 2003)."""
    return _deviations(_hour(usual, end), [_hour(usual, end - DAY * day) for day in range(3, 10)])


def _tail_alone(usual: Usual, end: int) -> float:
    size = 1 / sum(usual.scatter(end, HOUR))
    return -math.log10(max(tail(_hour(usual, end), usual.mean(end - HOUR, end), size), 1e-300))


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
    training: Sequence[int],
    *,
    any_hour: bool = False,
    told: Told = _nobody,
) -> list[Result]:
    """Our rule and the others at one volume, each over as many months as there are seeds."""
    learned = [_watched(draw_month(volume, seed)) for seed in training]
    own = sum(_incidents(_calm(*month)) for month in learned)
    thresholds = {}
    for name, (score, _) in BASELINES.items():
        scored = [list(_scored(score, m, u, m.measured, u.steps)) for m, u in learned]
        thresholds[name] = _as_quiet(scored, own * len(seeds) // max(len(training), 1))
    false: dict[str, list[int]] = {name: [0, 0] for name in (OURS, *BASELINES)}  # at this threshold, and as set
    delays: dict[tuple[str, float], list[float | None]] = {(n, f): [] for n in (OURS, *BASELINES) for f in FACTORS}
    for number, seed in enumerate(seeds):
        told(number, len(seeds))
        calm, usual = _watched(draw_month(volume, seed))
        false[OURS][0] += _incidents(_calm(calm, usual))
        for name, (score, customary) in BASELINES.items():
            each = list(_scored(score, calm, usual, calm.measured, usual.steps))
            as_set = [(end, value) for end, value in each if _hour(usual, end) >= MIN_PEOPLE]
            for which, (limit, those) in enumerate(((thresholds[name], each), (customary, as_set))):
                false[name][which] += _incidents([end for end, value in those if value >= limit])
        for factor in FACTORS:
            month, usual = _watched(with_storms(calm, seed, factor, any_hour=any_hour))
            for storm in month.storms:
                alarms = scan(month.arrivals, usual, storm.start, last=storm.end)
                delays[OURS, factor].append(_delay(storm, [alarm.end for alarm in alarms]))
                for name, (score, _) in BASELINES.items():
                    found = _scored(score, month, usual, storm.start, storm.end)
                    ends = [end for end, value in found if value >= thresholds[name]]
                    delays[name, factor].append(_delay(storm, ends))
    false[OURS][1] = false[OURS][0]
    weeks = MEASURED_WEEKS * len(seeds)
    return [
        Result(
            volume=volume,
            rule=name,
            threshold=thresholds.get(name),
            false_a_week=false[name][0] / weeks,
            as_set_a_week=false[name][1] / weeks,
            found=tuple(_found(factor, delays[name, factor]) for factor in FACTORS),
        )
        for name in (OURS, *BASELINES)
    ]


def backtest_parts(volume: float, seeds: Sequence[int], *, told: Told = _nobody) -> list[Local]:
    """Our rule where a storm befalls one city, one symptom or one technology: found once that part itself is named."""
    false: dict[str, int] = {part[0]: 0 for part, _ in LOCAL}
    delays: dict[tuple[str, float], list[float | None]] = {(part[0], f): [] for part, _ in LOCAL for f in FACTORS}
    for number, seed in enumerate(seeds):
        told(number, len(seeds))
        calm, usual = _watched(draw_month(volume, seed))
        alarms = scan(calm.arrivals, usual, calm.measured)
        for part, _ in LOCAL:
            false[part[0]] += _incidents(_ends(alarm for alarm in alarms if alarm.part and alarm.part[0] == part[0]))
            for factor in FACTORS:
                month, now = _watched(with_storms(calm, seed, factor, part=part))
                for storm in month.storms:
                    found = scan(month.arrivals, now, storm.start, last=storm.end)
                    delays[part[0], factor].append(_delay(storm, _ends(a for a in found if a.part == part)))
    weeks = MEASURED_WEEKS * len(seeds)
    return [
        Local(
            volume, part[0], series, share_of(part), false[part[0]] / weeks,
            tuple(_found(factor, delays[part[0], factor]) for factor in FACTORS),
        )
        for part, series in LOCAL
    ]  # fmt: skip


def _watched(month: Month) -> tuple[Month, Usual]:
    return month, Usual(BEGIN, month.counts, [True] * len(month.counts), ZONE)


def _calm(month: Month, usual: Usual) -> list[int]:
    return _ends(scan(month.arrivals, usual, month.measured))


def _ends(alarms: Iterable[Alarm]) -> list[int]:
    return [alarm.end for alarm in alarms]


def _scored(score: Score, month: Month, usual: Usual, first: int, last: int) -> Iterator[tuple[int, float]]:
    for step in range(first, last):
        if month.counts[step] and _hour(usual, step + 1) >= LEAST:
            yield step + 1, score(usual, step + 1)


def _hour(usual: Usual, end: int) -> int:
    return usual.observed(end - HOUR, end)


def _deviations(now: int, earlier: Sequence[int]) -> float:
    mean = sum(earlier) / len(earlier)
    variance = sum((each - mean) ** 2 for each in earlier) / (len(earlier) - 1)
    return (now - mean) / max(math.sqrt(variance), 0.5)


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


def _delay(storm: Storm, ends: Sequence[int]) -> float | None:
    """Minutes until the first alarm. What an alarm says in the storm's first step counts, the minutes before it do not."""
    return (min(ends) - storm.start) * STEP.total_seconds() / 60 if ends else None


def _found(factor: float, delays: Sequence[float | None]) -> Found:
    known = [delay for delay in delays if delay is not None]
    return Found(factor, len(delays), len(known), statistics.median(known) if known else None)

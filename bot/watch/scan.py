"""The rule of early warning, on counts: more people within some window than chance brings at this hour of the week.

One test, a negative-binomial tail, over windows from a quarter of an hour to four hours, asked whenever somebody complains:
for the whole network and for each of its parts (a city, a symptom, a technology). False alarms are controlled over all of
them together: an allowance a week is divided among all looks at the whole network in that week, and a smaller one among
all looks at its parts.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise

from .usual import DAY, HOUR, SIX_HOURS, Usual, tail

WINDOWS = (HOUR // 4, HOUR // 2, HOUR, 2 * HOUR, 4 * HOUR)
ALLOWED = 0.14  # false alarms a week by theory, for the whole network; `brennpunkt backtest` shows what comes of it
PARTS_ALLOWED = 0.06  # for all parts together
# How the hours just before went tells more of the next than the hour of the week does: they move what is expected, and
# narrow how far off chance may be. Chosen on the tuning months.
LATELY = 3 * HOUR
LATELY_MOST = 2.0  # not far up: an incident does not make itself usual
LATELY_LEAST = 0.5  # nor far down: a source may have shown nothing for hours, unnoticed, and is back
FRESH = 0.7  # of the usual scatter comes anew, whatever the hours before were like
MIN_LOOKS = 20.0  # a week, where hardly anybody was seen yet
MIN_PEOPLE = 5
PARTS_SPREAD = 0.3  # parts scatter at least by this much: people in one place read each other
NEVER = 1e-40  # longer windows need not be tried: it saves half the time of a digest in a great storm
SHARE_DAYS = 28  # what a part's share of the network is learned from
SHARE_PEOPLE = 30  # fewer in these days are no ground to speak of shares

Part = tuple[str, str]  # what kind of part, and which: ("city", "Köln")


@dataclass(frozen=True, slots=True)
class Alarm:
    end: int  # the step after the window
    steps: int  # the window's length
    part: Part | None  # None: the whole network
    expected: float
    observed: int
    p: float

    @property
    def start(self) -> int:
        return self.end - self.steps


@dataclass(frozen=True, slots=True)
class Limits:
    """How unlikely is unlikely enough."""

    whole: float = ALLOWED
    parts: float = PARTS_ALLOWED
    people: int = MIN_PEOPLE


@dataclass(frozen=True, slots=True)
class _Series:
    """The whole network, or a part of it, as it is looked at in one step."""

    part: Part | None
    steps: Sequence[int]  # in which people came
    allowed: float  # for one look
    share: float = 1.0  # of the network's people
    unsure: float = 0.0


def scan(
    arrivals: Sequence[tuple[int, tuple[Part, ...]]],
    usual: Usual,
    first: int,
    limits: Limits | None = None,
    last: int | None = None,
    told_from: int = 0,
) -> list[Alarm]:
    """Every step from `first` to before `last` at which the rule fires, in order; of several windows the least likely one.

    `arrivals`: the step in which each person came, in order, and the parts of the network they complain about. Before
    `told_from`, what goes on for more than six hours is only known to go on: one alarm a step, whichever is found first.
    """
    limits = limits or Limits()
    steps = [step for step, _ in arrivals]
    by_part: dict[Part, list[int]] = {}
    for step, parts in arrivals:
        for part in parts:
            by_part.setdefault(part, []).append(step)
    shares = _Shares(steps, by_part, usual)
    chance = cache(partial(_chance, usual))
    alarms: list[Alarm] = []
    begun = 0
    for step, parts_now in _by_step(arrivals, first, usual.steps if last is None else last):
        end = step + 1
        if usual.known(0, end) < DAY:
            continue
        if not alarms or end - alarms[-1].end > SIX_HOURS:
            begun = end
        brief = end <= told_from and end - begun > SIX_HOURS
        asked = [_Series(None, steps, limits.whole / shares.looks(None, step))]
        for part in parts_now:
            if len(by_part[part]) >= limits.people and (known := shares.of(part, step)) is not None:
                share, unsure, many = known
                allowed = limits.parts / many / shares.looks(part, step)
                asked.append(_Series(part, by_part[part], allowed, share, unsure))
        for series in asked:
            if worst := _worst(series, usual, chance, end, limits.people, brief):
                alarms.append(worst)
                if brief:
                    break
    return alarms


def _worst(
    series: _Series, usual: Usual, chance: Callable[[int, int], tuple[float, float]], end: int, people: int, brief: bool
) -> Alarm | None:
    """The least likely window that ends here; `brief`: the first that is unlikely enough."""
    came = bisect_left(series.steps, end)
    worst: Alarm | None = None
    for window in WINDOWS:
        observed = came - bisect_left(series.steps, end - window, 0, came)
        if end < window or observed < people:
            continue
        whole, wild = chance(end, window)
        mean = whole * series.share
        if series.part is not None:
            wild = max(wild, PARTS_SPREAD) + series.unsure
        if mean <= 0 or (observed <= 2 * mean and observed < 20):
            continue
        if (observed - mean) ** 2 < 6 * (mean + mean * mean * wild):
            continue  # within two and a half standard deviations: never that unlikely
        limit = worst.p if worst else series.allowed
        p = tail(observed, mean, 1 / wild, limit)
        if p < limit and (window <= HOUR or _rises(usual, series, end, came)):
            worst = Alarm(end, window, series.part, mean, observed, p)
            if brief or p < NEVER:
                break
    return worst


def _chance(usual: Usual, end: int, window: int) -> tuple[float, float]:
    """What the window is expected to bring, and how far off chance may be (squared, as a share of it).

    A gamma prior around what is usual, and what came just before: so much busier or quieter than usual it is, as far as
    that lasts.
    """
    start = end - window
    mean = usual.mean(start, end)
    spread, unsure = usual.scatter(end, window)
    if usual.known(start - LATELY, start) < LATELY:
        return mean, spread + unsure
    shape = 1 / spread + usual.observed(start - LATELY, start)
    factor = shape / (1 / spread + usual.mean(start - LATELY, start))
    return mean * min(max(factor, LATELY_LEAST), LATELY_MOST), 1 / shape + FRESH * spread + unsure


def _rises(usual: Usual, series: _Series, end: int, came: int) -> bool:
    """Is it still going on? A long window remembers an excess that has ended."""
    lately = came - bisect_left(series.steps, end - HOUR, 0, came)
    return lately > 1.5 * usual.mean(end - HOUR, end) * series.share


def _by_step(
    arrivals: Sequence[tuple[int, tuple[Part, ...]]], first: int, last: int
) -> Iterator[tuple[int, list[Part]]]:
    step, parts = -1, dict[Part, None]()
    for at, labels in arrivals[bisect_left(arrivals, (first,)) : bisect_left(arrivals, (last,))]:
        if at != step:
            if step >= 0:
                yield step, list(parts)
            step, parts = at, {}
        parts.update(dict.fromkeys(labels))
    if step >= 0:
        yield step, list(parts)


class _Shares:
    """Which share of the network's people a part usually has, from four weeks that end a day before; asked once a day."""

    def __init__(self, steps: Sequence[int], by_part: dict[Part, list[int]], usual: Usual) -> None:
        self._steps, self._by_part, self._usual = steps, by_part, usual
        self._known: dict[tuple[Part, int], tuple[float, float]] = {}
        self._many: dict[int, int] = {}
        self._looks: dict[tuple[Part | None, int], float] = {}

    def looks(self, part: Part | None, step: int) -> float:
        """How often a week somebody's coming makes us look."""
        day = step // DAY
        if (part, day) not in self._looks:
            steps = self._steps if part is None else self._by_part[part]
            until = (day - 1) * DAY
            weeks = self._usual.known(until - SHARE_DAYS * DAY, until) / DAY / 7
            came = len(set(steps[bisect_left(steps, until - SHARE_DAYS * DAY) : bisect_left(steps, until)]))
            self._looks[part, day] = max(came / weeks if weeks else 0.0, MIN_LOOKS)
        return self._looks[part, day]

    def of(self, part: Part, step: int) -> tuple[float, float, int] | None:
        """The share, how uncertain it is (variance of its logarithm), and how many parts are told apart.

        None: too few people were seen in these weeks to speak of shares.
        """
        day = step // DAY
        if (part, day) not in self._known:
            self._known[part, day] = self._share(self._by_part[part], day)
        if day not in self._many:
            self._many[day] = 1 + sum(sum(self._weeks(steps, day)) >= 2 for steps in self._by_part.values())
        people, whole = self._known[part, day]
        return (min(people / whole, 1.0), 1 / people, self._many[day]) if whole >= SHARE_PEOPLE else None

    def _share(self, steps: Sequence[int], day: int) -> tuple[float, float]:
        """People of the part and of the network; without the week in which the part stood out most."""
        weeks = [pair for pair in zip(self._weeks(steps, day), self._weeks(self._steps, day), strict=True) if pair[1]]
        if len(weeks) > 2:
            weeks.remove(max(weeks, key=lambda week: week[0] / week[1]))
        return sum(part for part, _ in weeks) + 0.5, sum(whole for _, whole in weeks) + 1.0

    @staticmethod
    def _weeks(steps: Sequence[int], day: int) -> list[int]:
        ends = [bisect_left(steps, (day - 1 - 7 * week) * DAY) for week in range(SHARE_DAYS // 7 + 1)]
        return [late - early for late, early in pairwise(ends)]

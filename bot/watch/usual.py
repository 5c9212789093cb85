"""What is usual at an hour, and how far off a count may be by chance."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache

STEP = timedelta(minutes=15)
HOUR = 4  # steps
DAY = 24 * HOUR
SIX_HOURS = 6 * HOUR
WEEKS = 6
LEVEL = (0.5, 2.0)


class Usual:
    """What is usual at any hour, from a series of steps and which of them were listened to."""

    def __init__(self, begin: datetime, counts: Sequence[int], whole: Sequence[bool], zone: tzinfo) -> None:
        self.begin, self.zone, self.steps = begin, zone, len(counts)
        self._people = _running(counts)
        self._known = _running([int(heard) for heard in whole])
        self._known_people = _running([count if heard else 0 for count, heard in zip(counts, whole, strict=True)])
        self.same_hour = cache(self._same_hour)
        self.level = cache(self._level)

    def at(self, end: int) -> datetime:
        return self.begin + end * STEP

    def observed(self, start: int, end: int) -> int:
        return self._people[end] - self._people[max(start, 0)]

    def known(self, start: int, end: int) -> int:
        """Steps listened to without a gap."""
        start, end = min(max(start, 0), self.steps), min(max(end, 0), self.steps)
        return self._known[end] - self._known[start]

    def expected(self, end: int) -> tuple[float, float] | None:
        """Mean and size of the negative binomial for the hour that ends at `end`; None: nothing to compare with."""
        people, steps = self.same_hour(end)
        if not steps:
            return None
        level, spread = self.level(end - end % SIX_HOURS)
        certain = people + 0.5  # Gamma posterior of a Poisson rate, Jeffreys prior: few counts, wide tail
        return level * certain * HOUR / steps, 1 / (spread + 1 / certain)

    def _same_hour(self, end: int) -> tuple[int, int]:
        """People and steps known at this hour of the week, ± 1 h, without the highest week. Too young for that: of the day."""
        found: list[tuple[int, int]] = []
        for days in ([7 * week for week in range(1, WEEKS + 1)], range(1, 8)):
            found = [self._stretch(self._earlier(end, shift)) for shift in days]
            found = [(people, steps) for people, steps in found if steps]
            if len(found) >= 2:
                break
        if len(found) >= 3:
            found.remove(max(found, key=lambda stretch: stretch[0] / stretch[1]))
        return sum(people for people, _ in found), sum(steps for _, steps in found)

    def _earlier(self, end: int, days: int) -> int:
        """The same local time some days before; in the night the clocks change the hour moves with the clock."""
        local = self.at(end).astimezone(self.zone).replace(tzinfo=None) - timedelta(days=days)
        return int((local.replace(tzinfo=self.zone) - self.begin) / STEP)

    def _stretch(self, end: int) -> tuple[int, int]:
        first, last = (min(max(step, 0), self.steps) for step in (end - 2 * HOUR, end + HOUR))
        return self._known_people[last] - self._known_people[first], self._known[last] - self._known[first]

    def _level(self, end: int) -> tuple[float, float]:
        """How the last seven days compare with what was usual then, and how far hours scatter beyond chance.

        The last six hours are left out, so that an incident does not make itself usual at once. Asked every six hours.
        """
        hours: list[tuple[int, float]] = []
        for hour in range(end - 7 * DAY, end - SIX_HOURS + 1, HOUR):
            if self.known(hour - HOUR, hour) == HOUR:
                people, steps = self.same_hour(hour)
                if steps:
                    hours.append((self.observed(hour - HOUR, hour), (people + 0.5) * HOUR / steps))
        usual = sum(mean for _, mean in hours)
        level = min(
            max((sum(people for people, _ in hours) + 5) / (usual + 5), LEVEL[0]), LEVEL[1]
        )  # + 5: few say little
        excess = sorted((people - level * mean) ** 2 - level * mean for people, mean in hours)
        trimmed = excess[: len(excess) - len(excess) // 30]  # without the wildest hours: they may be an incident
        squares = sum((level * mean) ** 2 for _, mean in hours)
        return level, min(max(sum(trimmed) / squares, 0.02), 2.0) if squares else 0.5


def tail(observed: int, mean: float, size: float) -> float:
    """P(X ≥ observed) of a negative binomial; 1.0 for anything not above the mean."""
    if observed <= mean:
        return 1.0
    ratio = mean / (size + mean)
    term = math.exp(
        math.lgamma(size + observed) - math.lgamma(size) - math.lgamma(observed + 1)
        + observed * math.log(ratio) + size * math.log1p(-ratio)
    )  # fmt: skip
    total = 0.0
    count = observed
    while term > max(total * 1e-9, 1e-300):  # below, floating point no longer shrinks and the sum would not end
        total += term
        term *= (size + count) / (count + 1) * ratio
        count += 1
    return min(total, 1.0)


def total(hours: Sequence[tuple[float, float] | None]) -> tuple[float, float] | None:
    """Mean and size of the sum of independent hours; None where none is known."""
    known = [hour for hour in hours if hour]
    if not known:
        return None
    mean = sum(hour_mean for hour_mean, _ in known)
    return mean, mean**2 / sum(hour_mean**2 / size for hour_mean, size in known)


def _running(values: Iterable[int]) -> list[int]:
    totals = [0]
    for value in values:
        totals.append(totals[-1] + value)
    return totals

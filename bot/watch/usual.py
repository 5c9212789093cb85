"""What is usual at an hour, and how far off a count may be by chance."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

STEP = timedelta(minutes=5)
HOUR = 12  # steps
DAY = 24 * HOUR
SIX_HOURS = 6 * HOUR
WEEKS = 6
DAYS_BACK = [timedelta(days=back) for back in range(7 * WEEKS + 1)]
LEVEL = (0.5, 2.0)
KNOWN_PEOPLE = 12.0  # as much as this many people at this hour of the week weighs what is usual at this hour of any day
SPREAD = (
    0.2  # hours scatter by this much beyond chance (variance of the rate, squared); 0.13 on posts to four UK carriers
)
SPREAD_WEIGHT = 50.0  # squared people an hour: where fewer are known, SPREAD stands, where more, what was seen
SPREAD_BOUNDS = (0.03, 2.0)
WILDEST = 12.0  # squared standard deviations: what is further off may be an incident and counts as no more than this


class Usual:
    """What is usual at any hour, from people per step and which steps were listened to in full. `begin`: a full hour."""

    def __init__(self, begin: datetime, counts: Sequence[int], whole: Sequence[bool], zone: tzinfo) -> None:
        self.begin, self.zone, self.steps = begin, zone, len(counts)
        self._people = _running(counts)
        self._known = _running([int(heard) for heard in whole])
        self._known_people = _running([count if heard else 0 for count, heard in zip(counts, whole, strict=True)])
        self._expected = [0.0]  # running: people expected before each step, as far as asked
        self.hour = cache(self._hour)
        self.level = cache(self._level)
        self.spread = cache(self._spread)
        self._day = cache(self._known_day)  # each is one of seven for four levels and more
        self._stretch = cache(self._stretch_around)
        self._at_local = cache(self._hour_at)  # each local hour is asked for by the 42 days after it

    def at(self, end: int) -> datetime:
        return self.begin + end * STEP

    def observed(self, start: int, end: int) -> int:
        return self._people[end] - self._people[max(start, 0)]

    def known(self, start: int, end: int) -> int:
        """Steps listened to without a gap."""
        start, end = min(max(start, 0), self.steps), min(max(end, 0), self.steps)
        return self._known[end] - self._known[start]

    def mean(self, start: int, end: int) -> float:
        """People expected in the steps from `start` to before `end`."""
        while len(self._expected) <= end:
            hour = (len(self._expected) - 1) // HOUR
            rate, _ = self.hour(hour)
            each = rate * self.level(hour - hour % 6)[0] / HOUR
            before = self._expected[-1]
            self._expected += [before + each * step for step in range(1, HOUR + 1)]
        return self._expected[end] - self._expected[max(start, 0)]

    def scatter(self, end: int, steps: int) -> tuple[float, float]:
        """How far the rate of a window of so many steps that ends at `end` may be off (variances of its logarithm): from one
        time to another, and because few were seen at this hour of the week."""
        hour = (end - 1) // HOUR
        _, certain = self.hour(hour)
        short, long = self.spread(hour - hour % 24)
        share = min(max((steps - HOUR) / (SIX_HOURS - HOUR), 0.0), 1.0)
        return short + (long - short) * share + self.level(hour - hour % 6)[1], 1 / certain

    def _hour(self, hour: int) -> tuple[float, float]:
        """People an hour usual at this hour of the week, before the level, and how many people that rests on.

        From the same hour ± 1 h of six weeks, without the highest of them; pulled towards the same hour of all days.
        """
        weeks: list[tuple[int, float]] = []
        days: list[tuple[int, float]] = []
        local = self.at(hour * HOUR).astimezone(self.zone).replace(tzinfo=None)
        at_local, stretch_at = self._at_local, self._stretch  # asked 42 times for each of 1,500 hours
        for back in range(1, 7 * WEEKS + 1):
            earlier = at_local(local - DAYS_BACK[back])
            if earlier < 0:
                break
            if (stretch := stretch_at(earlier))[1]:
                (weeks if back % 7 == 0 else days).append(stretch)
        in_weeks, week_hours = _without_highest(weeks, 1 if len(weeks) > 2 else 0)
        in_days, day_hours = _without_highest(weeks + days, (len(weeks) + len(days)) // 10)
        if not day_hours:
            return 0.0, 0.5
        any_day = (in_days + 0.5) / day_hours
        weight = min(KNOWN_PEOPLE, in_days + 0.5)
        return (in_weeks + weight) / (week_hours + weight / any_day), in_weeks + weight

    def _hour_at(self, local: datetime) -> int:
        """The hour of a local time; in the night the clocks change the hour moves with the clock."""
        return (local.replace(tzinfo=self.zone).astimezone(UTC) - self.begin) // timedelta(hours=1)

    def _stretch_around(self, hour: int) -> tuple[int, float]:
        """People, and hours known, in the hour and its neighbours."""
        first, last = (min(max(step, 0), self.steps) for step in ((hour - 1) * HOUR, (hour + 2) * HOUR))
        return self._known_people[last] - self._known_people[first], (self._known[last] - self._known[first]) / HOUR

    def _level(self, hour: int) -> tuple[float, float]:
        """How the last seven days compare with what was usual then, and how uncertain that is (variance of its logarithm).

        Without the highest and the lowest day, none more than twice the usual, and without the last six hours: an incident
        does not make itself usual.
        """
        days = [day for back in range(7) if (day := self._day(hour - 6 - 24 * back))[1]]
        days.sort(key=lambda day: (day[0] + 1) / (day[1] + 1))
        middle = days[1:-1] if len(days) > 4 else days
        people, expected = sum(min(day[0], 2 * day[1]) for day in middle), sum(day[1] for day in middle)
        level = (people + 5) / (expected + 5)  # + 5: few say little
        return min(max(level, LEVEL[0]), LEVEL[1]), 1 / (people + 5)

    def _known_day(self, end: int) -> tuple[int, float]:
        """People in the 24 hours before this one that were listened to in full, and how many were usual in them."""
        hours = [h for h in range(end - 24, end) if h >= 0 and self.known(h * HOUR, h * HOUR + HOUR) == HOUR]
        people = sum(self.observed(h * HOUR, h * HOUR + HOUR) for h in hours)
        return people, sum(self.hour(h)[0] for h in hours)

    def _spread(self, hour: int) -> tuple[float, float]:
        """How far the last four weeks' single hours, and stretches of six hours, scattered beyond chance."""
        return self._scatter(hour, 1), self._scatter(hour, 6)

    def _scatter(self, hour: int, hours: int) -> float:
        excess = squares = 0.0
        for end in range(hour - 28 * 24, hour + 1, hours):
            first, last = (end - hours) * HOUR, end * HOUR
            if first >= 0 and self.known(first, last) == last - first and (mean := self.mean(first, last)):
                square = (self.observed(first, last) - mean) ** 2
                excess += min(square, WILDEST * (mean + SPREAD * mean**2)) - mean
                squares += mean**2
        weight = SPREAD_WEIGHT * hours
        return min(max((excess + SPREAD * weight) / (squares + weight), SPREAD_BOUNDS[0]), SPREAD_BOUNDS[1])


def tail(observed: int, mean: float, size: float, enough: float = 1.0) -> float:
    """P(X ≥ observed) of a negative binomial; 1.0 for anything not above the mean. From `enough` on it is not added up
    to the end."""
    if observed <= mean:
        return 1.0
    ratio = mean / (size + mean)
    term = math.exp(
        math.lgamma(size + observed) - math.lgamma(size) - math.lgamma(observed + 1)
        + observed * math.log(ratio) + size * math.log1p(-ratio)
    )  # fmt: skip
    total = 0.0
    least = max(term * 1e-9, 1e-300)  # below that, floating point no longer shrinks and the sum would not end
    rising, count = size + observed, observed + 1
    while term > least and total < enough:
        total += term
        term *= rising / count * ratio
        rising += 1
        count += 1
    return min(total, 1.0)


def _without_highest(stretches: list[tuple[int, float]], leave_out: int) -> tuple[int, float]:
    if leave_out:
        stretches = sorted(stretches, key=lambda stretch: stretch[0] / stretch[1])[:-leave_out]
    return sum(people for people, _ in stretches), sum(hours for _, hours in stretches)


def _running(values: Iterable[int]) -> list[int]:
    totals = [0]
    for value in values:
        totals.append(totals[-1] + value)
    return totals

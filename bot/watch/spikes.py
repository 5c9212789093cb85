"""Early warning: more people than usual at this hour of the week.

Two rules on a negative-binomial count of people: a tail for the hour that is far off, a CUSUM for several hours that are
somewhat off. What is usual comes from the same hour of earlier weeks, without the highest of them, times the level of late.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from ..domain import Complaint, Spike
from .coverage import Coverage
from .usual import DAY, HOUR, SIX_HOURS, STEP, WEEKS, Usual, tail, total

TAIL_P = 1e-3
MIN_PEOPLE = 5  # in 60 minutes for the tail, in 6 hours for the CUSUM
FACTOR = 2.0  # the rise that the CUSUM looks for
THRESHOLD = 7.0  # of the CUSUM, in nats
LEARNING = timedelta(days=14)
CALM = SIX_HOURS  # an incident is over when no rule has fired for so long
MEMORY = timedelta(days=7)  # how far back an incident that still goes on may have begun
HISTORY = timedelta(weeks=WEEKS) + 2 * MEMORY + timedelta(hours=3)  # what `find_spikes` wants to know before `since`


def find_spikes(
    complaints: Iterable[Complaint], known: Coverage, zone: tzinfo, *, since: datetime, until: datetime
) -> list[Spike]:
    """Incidents that go on or begin in [since, until], in order. `complaints`: those that early warning counts, from
    HISTORY before `since`, in any order."""
    ordered = sorted((c for c in complaints if c.at < until), key=lambda c: c.at)
    if not ordered:
        return []
    people = arrivals(ordered, zone)
    begin = _floor(since - HISTORY)
    steps = int((until - begin) / STEP)
    counts = [0] * steps
    for complaint in people:
        if 0 <= (step := int((complaint.at - begin) / STEP)) < steps:
            counts[step] += 1
    usual = Usual(begin, counts, [known.whole(begin + step * STEP) for step in range(steps)], zone)
    alarms = _alarms(usual, first=max(1, int((since - MEMORY - begin) / STEP)))
    spikes = [_spike(incident, usual, ordered, people, since) for incident in _incidents(alarms)]
    for number in range(1, len(spikes)):  # what one incident rests on is not told again by the next
        spikes[number] = replace(spikes[number], since=max(spikes[number].since, spikes[number - 1].until))
    return [spike for spike in spikes if spike.until >= since]


def arrivals(ordered: Iterable[Complaint], zone: tzinfo) -> list[Complaint]:
    """The first complaint of each person and of each text on a local day, so that counts of stretches add up."""
    seen: set[object] = set()
    first = []
    for complaint in ordered:
        day = complaint.at.astimezone(zone).date()
        keys = {(day, complaint.who), (day, complaint.cluster if complaint.cluster is not None else complaint.who)}
        if not keys & seen:
            first.append(complaint)
        seen |= keys
    return first


@dataclass(frozen=True, slots=True)
class _Alarm:
    end: int  # the step after the window
    start: int  # where the excess begins
    rule: str
    steps: int  # the window's length
    expected: float
    observed: int
    p: float


def _alarms(usual: Usual, first: int) -> list[_Alarm]:
    """Every step at which a rule fires."""
    alarms = []
    score = [0.0] * (usual.steps + 1)
    expected: list[tuple[float, float] | None] = [None] * (usual.steps + 1)
    for end in range(max(first, HOUR), usual.steps + 1):
        if (now := usual.expected(end)) is None or usual.known(0, end) < DAY:
            continue
        expected[end] = now
        observed = usual.observed(end - HOUR, end)
        gain = _gain(observed, *now)
        if usual.known(end - HOUR, end) == HOUR or gain > 0:  # what was not heard speaks for nothing
            score[end] = max(score[end - HOUR] + gain, 0.0)
        else:
            score[end] = score[end - HOUR]
        p = tail(observed, *now)
        if observed >= MIN_PEOPLE and p < TAIL_P:
            alarms.append(_Alarm(end, end - HOUR, "tail", HOUR, now[0], observed, p))
        if score[end] and (six := total(expected[end - SIX_HOURS + HOUR : end + 1 : HOUR])):
            seen = usual.observed(end - SIX_HOURS, end)
            if seen <= six[0]:
                score[end] = 0.0  # as many as usual again
            elif score[end] >= THRESHOLD and seen >= MIN_PEOPLE:
                start = end - HOUR
                while start > HOUR and score[start]:
                    start -= HOUR
                alarms.append(_Alarm(end, start, "cusum", SIX_HOURS, six[0], seen, tail(seen, *six)))
                score[end] = 0.0  # told; to tell again takes as much once more
    return alarms


def _gain(observed: int, mean: float, size: float) -> float:
    """Log likelihood of FACTOR times the mean against the mean."""
    return observed * math.log(FACTOR * (size + mean) / (size + FACTOR * mean)) - size * math.log(
        (size + FACTOR * mean) / (size + mean)
    )


def _incidents(alarms: list[_Alarm]) -> list[list[_Alarm]]:
    incidents: list[list[_Alarm]] = []
    for alarm in alarms:
        if incidents and alarm.end - incidents[-1][-1].end <= CALM:
            incidents[-1].append(alarm)
        else:
            incidents.append([alarm])
    return incidents


def _spike(
    incident: list[_Alarm], usual: Usual, ordered: list[Complaint], people: list[Complaint], since: datetime
) -> Spike:
    first, last = incident[0], incident[-1]
    asked = [alarm for alarm in incident if usual.at(alarm.end) >= since] or incident
    worst = min(asked, key=lambda alarm: (alarm.p, alarm.expected - alarm.observed))
    begin, end = usual.at(worst.end - worst.steps), usual.at(worst.end)
    known_before = usual.known(0, first.end)
    return Spike(
        since=usual.at(first.start),
        at=usual.at(first.end),
        until=usual.at(last.end),
        expected=worst.expected,
        observed=worst.observed,
        within=worst.steps * STEP,
        p=worst.p,
        authors=len({complaint.who for complaint in _between(ordered, begin, end)}),
        rule=first.rule,
        learning=known_before * STEP < LEARNING,
        places=_grown(
            _between(people, begin, end),
            _between(people, usual.begin, usual.at(first.start)),
            worst.steps,
            known_before,
        ),
    )


def _grown(now: list[Complaint], before: list[Complaint], steps: int, known_before: int) -> tuple[tuple[str, int], ...]:
    """Cities with at least twice as many people as in an average stretch of this length before, most people first."""
    usual = Counter(complaint.city for complaint in before)
    cities = Counter(complaint.city for complaint in now if complaint.city)
    grown = [(city, n) for city, n in cities.items() if n >= 2 and n >= 2 * usual[city] * steps / max(known_before, 1)]
    return tuple(sorted(grown, key=lambda item: (-item[1], item[0]))[:5])


def _between(ordered: list[Complaint], since: datetime, until: datetime) -> list[Complaint]:
    return ordered[bisect_left(ordered, since, key=lambda c: c.at) : bisect_left(ordered, until, key=lambda c: c.at)]


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)

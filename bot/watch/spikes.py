"""Early warning: from complaints to incidents. `scan` holds the rule, `usual` what it compares with."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from ..domain import Complaint, Spike, SpikePart, Symptom, Technology
from .coverage import Coverage
from .scan import Alarm, Part, scan
from .usual import SIX_HOURS, STEP, WEEKS, Usual

LEARNING = timedelta(days=14)
CALM = SIX_HOURS  # an alarm within so long of the last one belongs to the same incident
OVER = timedelta(hours=2)  # an incident is over when the rule has been silent for so long
MEMORY = timedelta(days=7)  # how far back an incident that still goes on may have begun
HISTORY = timedelta(weeks=WEEKS + 2) + MEMORY + timedelta(hours=3)  # what `find_spikes` wants to know before `since`
PARTS_TOLD = 5


def find_spikes(
    complaints: Iterable[Complaint], known: Coverage, zone: tzinfo, *, since: datetime, until: datetime
) -> list[Spike]:
    """Incidents that go on or begin in [since, until), in order. `complaints`: those that early warning counts, from
    HISTORY before `since`, in any order."""
    ordered = sorted((c for c in complaints if c.at < until), key=lambda c: c.at)
    if not ordered:
        return []
    people = arrivals(ordered, zone)
    begin = (since - HISTORY).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    steps = -(-(until - begin) // STEP)
    came = [((c.at - begin) // STEP, parts_of(c)) for c in people if c.at >= begin]
    counts = [0] * steps
    for step, _ in came:
        counts[step] += 1
    hours = {hour: known.whole(begin + hour * timedelta(hours=1)) for hour in range(-(-steps // 12))}
    usual = Usual(begin, counts, [hours[step // 12] for step in range(steps)], zone)
    told_from = (since - begin) // STEP
    alarms = scan(came, usual, first=max(1, (since - MEMORY - begin) // STEP), told_from=told_from)
    spikes = [_spike(incident, usual, ordered, people, since, until) for incident in _incidents(alarms)]
    for number in range(1, len(spikes)):  # what one incident rests on is not told again by the next
        spikes[number] = replace(spikes[number], since=max(spikes[number].since, spikes[number - 1].until))
    return [spike for spike in spikes if spike.until >= since]


def arrivals(ordered: Iterable[Complaint], zone: tzinfo) -> list[Complaint]:
    """The first complaint of each person and of each text on a local day, so that counts of stretches add up."""
    seen: set[str | int] = set()  # of the day
    ends = datetime.min.replace(tzinfo=UTC)
    first = []
    for complaint in ordered:
        if complaint.at >= ends:
            day = complaint.at.astimezone(zone).date() + timedelta(days=1)
            ends = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            seen.clear()
        who, text = complaint.who, complaint.cluster
        if who not in seen and text not in seen:
            first.append(complaint)
        seen.add(who)
        if text is not None:
            seen.add(text)
    return first


def parts_of(complaint: Complaint) -> tuple[Part, ...]:
    """The parts of the network that a complaint is about, each watched by itself."""
    return _parts_of(complaint.symptoms, complaint.city, complaint.technology)


@lru_cache(10_000)  # places and kinds of trouble are few, complaints are not
def _parts_of(symptoms: tuple[Symptom, ...], city: str | None, technology: Technology | None) -> tuple[Part, ...]:
    parts: list[Part] = [("symptom", str(symptom)) for symptom in symptoms]
    if city:
        parts.append(("city", city))
    if technology:
        parts.append(("technology", str(technology)))
    return tuple(parts)


def _incidents(alarms: Sequence[Alarm]) -> list[list[Alarm]]:
    incidents: list[list[Alarm]] = []
    for alarm in alarms:
        if incidents and alarm.end - incidents[-1][-1].end <= CALM:
            incidents[-1].append(alarm)
        else:
            incidents.append([alarm])
    return incidents


def _spike(
    incident: list[Alarm],
    usual: Usual,
    ordered: list[Complaint],
    people: list[Complaint],
    since: datetime,
    until: datetime,
) -> Spike:
    first, last = incident[0], incident[-1]
    asked = [alarm for alarm in incident if usual.at(alarm.end) >= since] or incident
    whole = [alarm for alarm in asked if alarm.part is None]
    worst = min(whole or asked, key=lambda alarm: (alarm.p, alarm.expected - alarm.observed))
    begin, end = usual.at(worst.start), min(usual.at(worst.end), until)
    concerned = [c for c in _between(ordered, begin, end) if worst.part is None or worst.part in parts_of(c)]
    known_before = usual.known(0, first.end)
    if worst.part is not None:
        people = [each for each in people if worst.part in parts_of(each)]
    return Spike(
        since=usual.at(first.start),  # a later, longer window reaches back to before it began
        at=min(usual.at(first.end), until),
        until=min(usual.at(last.end), until),
        expected=worst.expected,
        observed=worst.observed,
        within=worst.steps * STEP,
        p=worst.p,
        authors=len({complaint.who for complaint in concerned}),
        rule="whole" if worst.part is None else "part",
        learning=known_before * STEP < LEARNING,
        places=_grown(
            _between(people, begin, end),
            _between(people, usual.begin, usual.at(first.start)),
            worst.steps,
            known_before,
        ),
        parts=_parts(asked),
        over=usual.at(last.end) + OVER <= until,
    )


def _parts(alarms: Iterable[Alarm]) -> tuple[SpikePart, ...]:
    """The parts that stood out by themselves, the least likely first, each at its worst."""
    worst: dict[Part, Alarm] = {}
    for alarm in alarms:
        if alarm.part is not None and (alarm.part not in worst or alarm.p < worst[alarm.part].p):
            worst[alarm.part] = alarm
    told = sorted(worst.values(), key=lambda alarm: alarm.p)[:PARTS_TOLD]
    return tuple(SpikePart(*a.part, a.observed, a.expected, a.steps * STEP, a.p) for a in told if a.part)


def _grown(now: list[Complaint], before: list[Complaint], steps: int, known_before: int) -> tuple[tuple[str, int], ...]:
    """Cities with at least twice as many people as in an average stretch of this length before, most people first."""
    usual = Counter(complaint.city for complaint in before)
    cities = Counter(complaint.city for complaint in now if complaint.city)
    grown = [(city, n) for city, n in cities.items() if n >= 2 and n >= 2 * usual[city] * steps / max(known_before, 1)]
    return tuple(sorted(grown, key=lambda item: (-item[1], item[0]))[:5])


def _between(ordered: list[Complaint], since: datetime, until: datetime) -> list[Complaint]:
    return ordered[bisect_left(ordered, since, key=lambda c: c.at) : bisect_left(ordered, until, key=lambda c: c.at)]

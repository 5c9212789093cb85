"""What helps to judge an incident, and when people hear of it again. Values in, values out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ..domain import Spike
from .usual import tail

COOLDOWN = timedelta(hours=6)  # what comes back within it is the same incident
QUIET = timedelta(hours=1)  # between two messages about one incident, but for its end
GROWN = 2.0  # so many times the people last told are worth another message
WORDS = 8
FEW = 8  # people: below, one family could be it
COPIED = 1.3  # so many authors for each distinct text
NOT_US = 0.5
RECURRING, LATELY = 2, timedelta(days=7)  # so often within so long: a hot spot that cases follow, and no news


Names = Mapping[str, str]  # by language; "" where a language has none of its own


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How complaints about something else moved in the window of a spike: another carrier, an app."""

    name: str  # "Vodafone", "WhatsApp"
    observed: int  # people
    expected: float


@dataclass(frozen=True, slots=True)
class Alert:
    """An incident as people are told of it: what stood out, and all that helps to judge it."""

    number: int  # 0: not stored yet
    spike: Spike
    opened_at: datetime  # aware UTC
    posts: int = 0  # in the window
    words: tuple[tuple[str, int, float], ...] = ()  # that grew: folded word, people who used it, expected
    sample: tuple[str, ...] = ()  # a few texts, without authors
    elsewhere: tuple[Elsewhere, ...] = ()  # that rose, too: the most first
    theirs: float = 0.0  # people above the usual elsewhere, for each of ours
    against: tuple[str, ...] = ()  # what speaks against it, keys of config/texts/: copied, few_people, event …
    events: tuple[Names, ...] = ()  # what was going on
    told_observed: int = 0  # what the last message said; 0: none went
    told_at: datetime | None = None
    over_at: datetime | None = None  # None: it goes on

    @property
    def not_us(self) -> bool:
        """Others rose at least half as much as we did."""
        return self.theirs >= NOT_US


@dataclass(frozen=True, slots=True)
class Event:
    """Something known beforehand that makes people complain. It explains a rise; it never hides one."""

    names: Names
    first: date  # in the carrier's time zone
    last: date
    places: tuple[str, ...] = ()  # cities; empty: everywhere


def next_message(before: Alert | None, spike: Spike, now: datetime, recurs: bool = False) -> str | None:
    """What people are to hear now: "opened", "grown", "over", or nothing. While learning they hear nothing, nor of what
    recurs."""
    if spike.learning:
        return None
    if recurs and (before is None or not before.told_observed):
        return None
    if before is None or not before.told_observed:
        return None if spike.over else "opened"
    if spike.over:
        return None if before.over_at else "over"
    waited = before.told_at is None or now - before.told_at >= QUIET
    return "grown" if waited and spike.observed >= GROWN * before.told_observed else None


def same_incident(before: Alert, spike: Spike) -> bool:
    return spike.since <= before.spike.until + COOLDOWN


def recurs(spike: Spike, number: int, lately: Iterable[Alert]) -> bool:
    """Did the same part alone stand out twice within a week already? `number`: of the spike's own alert, 0 if new."""
    if spike.rule != "part":
        return False
    same = {(part.kind, part.name) for part in spike.parts[:1]}
    again = [each for each in lately if each.number != number and each.spike.since >= spike.since - LATELY]
    return sum((part.kind, part.name) in same for each in again for part in each.spike.parts) >= RECURRING


def events_of(spike: Spike, events: Iterable[Event], zone: tzinfo) -> tuple[Names, ...]:
    """Names of the events on the spike's days, at its places."""
    first, last = spike.since.astimezone(zone).date(), spike.until.astimezone(zone).date()
    cities = {city for city, _ in spike.places} | {part.name for part in spike.parts if part.kind == "city"}
    return tuple(
        event.names
        for event in events
        if event.first <= last and first <= event.last and (not event.places or cities & set(event.places))
    )


def rose(counts: Mapping[str, tuple[int, float]]) -> tuple[Elsewhere, ...]:
    """Of other carriers and apps, with people seen and expected, those that rose beyond chance; the most first."""
    found = [
        Elsewhere(name, seen, expected)
        for name, (seen, expected) in counts.items()
        if seen >= 3 and tail(seen, max(expected, 0.1), 5.0) < 0.01
    ]
    return tuple(sorted(found, key=lambda each: (each.expected - each.observed, each.name)))


def share_of_theirs(ours: float, elsewhere: Iterable[Elsewhere]) -> float:
    """People above the usual elsewhere for each one of `ours`: from NOT_US on it is likely not us."""
    return sum(max(each.observed - each.expected, 0.0) for each in elsewhere) / max(ours, 1.0)


def grown_words(
    now: Counter[str], people: int, before: Counter[str], people_before: int, leave_out: Collection[str]
) -> tuple[tuple[str, int, float], ...]:
    """Words that more people use than their usual share would give: (word, people, expected), what grew most first."""
    found = []
    for word, count in now.items():
        expected = people * (before[word] + 0.5) / (people_before + 1)
        if count >= 3 and count >= 2 * expected and len(word) > 2 and word not in leave_out and not word.isdigit():
            found.append((word, count, expected))
    found.sort(key=lambda each: (each[2] - each[1], each[0]))
    return tuple(found[:WORDS])


def against(
    spike: Spike,
    *,
    posts: int,
    sources: Sequence[str],
    listening: int,
    press: int,
    gap: bool,
    theirs: float,
    event: bool,
    recurring: bool,
) -> tuple[str, ...]:
    """What speaks against an incident of our own, as keys of config/texts/."""
    found = {
        "elsewhere": theirs >= NOT_US,
        "event": event,
        "recurring": recurring,
        "copied": posts >= COPIED * spike.observed,
        "few": spike.observed < FEW,
        "one_source": len(sources) == 1 and listening > 1,
        "press": press > 0,
        "gap": gap,
        "learning": spike.learning,
    }
    return tuple(key for key, speaks in found.items() if speaks)

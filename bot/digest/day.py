"""What there is to say about a day: from plain values to a model without words.

People count, not posts. Complaints about capacity (band A and B, and filed reports), outages and other trouble are never
mixed in one figure; found and filed are told together and apart.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from html import unescape

from ..domain import Band, Cause, Complaint, Cost, Simulation, SourceHealth, Symptom, per_100k
from ..watch.coverage import Coverage, Heard
from ..watch.hotspots import rank
from ..watch.spikes import HISTORY, LEARNING, find_spikes
from ..watch.storm import Storm
from .model import Change, DayCount, DayDigest, Mix, Other, Place, Quote, Source, State

DAYS = 28  # in the chart
WEEK = 7
TOP = 10
QUOTES = 5
ECHO = 0.25  # a failure of one carrier makes some complain about all: less than this share of our rise is its echo
QUOTE_CHARS = (25, 240)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a day's digest is made of. Complaints reach from `history_start` to the end of the day."""

    day: date
    zone: tzinfo
    carrier: str
    written_at: datetime  # aware UTC
    complaints: Sequence[Complaint]  # ours, bands A to C, and reports
    others: Sequence[tuple[str, datetime, str]]  # carrier, at, who
    quotes: Sequence[tuple[str, str | None, tuple[Symptom, ...]]]
    health: Sequence[SourceHealth]
    known: Coverage
    live: frozenset[str]  # sources that are asked again and again
    span: tuple[datetime, datetime] | None  # first and last post or report; None: the database is empty
    simulation: Simulation | None
    population: Callable[[str], int | None]
    population_year: int | None
    storm: Storm | None = None  # how heated the day was
    costs: Sequence[Cost] = ()  # of the day


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def history_start(day: date, zone: tzinfo) -> datetime:
    """From when on complaints are needed to plan the digest of `day`."""
    return midnight(day, zone) - HISTORY - ONE_DAY


def plan_day(given: Inputs) -> DayDigest:
    begin = midnight(given.day, given.zone)
    end = midnight(given.day + ONE_DAY, given.zone)
    until = min(end, given.written_at)
    heard = {
        day: given.known.heard(midnight(day, given.zone), min(midnight(day + ONE_DAY, given.zone), until))
        for day in _days_back(given.day, int(HISTORY / ONE_DAY))
    }
    counts = _Counts(given, heard)
    places, unplaced, place_days = _places(given, heard)
    warned = [c for c in given.complaints if _capacity(c) or c.cause is Cause.OUTAGE]
    spikes = find_spikes(warned, given.known, given.zone, since=begin, until=until) if until > begin else []
    known_days = sum(level > Heard.NOTHING for day, level in heard.items() if day < given.day)
    people, others = counts.change(_capacity), _others(given, heard)
    return DayDigest(
        day=given.day,
        carrier=given.carrier,
        state=_state(given, heard[given.day], begin),
        written_at=given.written_at.astimezone(given.zone),
        counted_until=given.written_at.astimezone(given.zone) if begin < given.written_at < end else None,
        span=(given.span[0].astimezone(given.zone).date(), given.span[1].astimezone(given.zone).date())
        if given.span
        else None,
        simulation=given.simulation,
        history_days=known_days,
        people=people,
        found=counts.change(lambda c: _capacity(c) and not c.reported),
        filed=counts.change(lambda c: c.reported),
        outages=counts.change(_outage),
        other_trouble=counts.change(lambda c: c.band is Band.C and not _outage(c)),
        unsure=len(counts.today(lambda c: _capacity(c) and not c.reported) - counts.today(lambda c: c.band is Band.A)),
        anonymous=len(counts.today(lambda c: _capacity(c) and c.anonymous)),
        mix=counts.mix(),
        places=tuple(places[:TOP]),
        place_days=place_days,
        unplaced=unplaced,
        population_year=given.population_year,
        leader=max(
            (place.spot for place in places if place.spot.per_100k and not place.spot.small),
            key=lambda spot: per_100k(spot.low, spot.population) or 0.0,  # the least it may be: chance does not lead
            default=None,
        ),
        others=others,
        only_us=_only_us(people, others),
        spikes=tuple(spikes),
        learning=known_days < LEARNING / ONE_DAY,
        quotes=_choose(given.quotes),
        sources=tuple(_source(health, given, begin, until) for health in given.health),
        series=tuple(counts.series()),
        storm=given.storm,
        costs=tuple(given.costs),
    )


class _Counts:
    """People by local day, for whatever kind of complaint is asked."""

    def __init__(self, given: Inputs, heard: dict[date, Heard]) -> None:
        self.day, self.heard = given.day, heard
        self.by_day: dict[date, list[Complaint]] = {}
        for complaint in given.complaints:
            self.by_day.setdefault(complaint.at.astimezone(given.zone).date(), []).append(complaint)

    def on(self, day: date, wanted: Callable[[Complaint], bool]) -> set[str]:
        return {complaint.who for complaint in self.by_day.get(day, ()) if wanted(complaint)}

    def today(self, wanted: Callable[[Complaint], bool]) -> set[str]:
        return self.on(self.day, wanted)

    def change(self, wanted: Callable[[Complaint], bool]) -> Change:
        return _change(self.day, self.heard, lambda day: len(self.on(day, wanted)))

    def mix(self) -> tuple[Mix, ...]:
        today, people = self._symptoms([self.day])
        before, people_before = self._symptoms(_days_back(self.day, WEEK + 1)[:-1])
        return tuple(
            Mix(symptom, count, count / people, before[symptom] / people_before if people_before else None)
            for symptom, count in sorted(today.items(), key=lambda item: (-item[1], item[0]))
        )

    def _symptoms(self, days: Iterable[date]) -> tuple[Counter[Symptom], int]:
        """People by symptom and all people, each once a day."""
        symptoms: Counter[Symptom] = Counter()
        people = 0
        for day in days:
            seen: dict[str, set[Symptom]] = {}
            for complaint in self.by_day.get(day, ()):
                if _capacity(complaint):
                    seen.setdefault(complaint.who, set()).update(complaint.symptoms)
            people += len(seen)
            for each in seen.values():
                symptoms.update(each)
        return symptoms, people

    def series(self) -> list[DayCount]:
        return [
            DayCount(
                day,
                len(self.on(day, lambda c: _capacity(c) and not c.reported)),
                len(self.on(day, lambda c: c.reported)),
                self.heard[day],
            )
            for day in _days_back(self.day, DAYS)
        ]


def _change(day: date, heard: dict[date, Heard], count: Callable[[date], int]) -> Change:
    whole = [count(earlier) for earlier in _days_back(day, WEEK + 1)[:-1] if heard[earlier] is Heard.ALL]
    yesterday = day - ONE_DAY
    return Change(
        today=count(day),
        yesterday=count(yesterday) if heard[yesterday] is Heard.ALL else None,
        usual=sum(whole) / len(whole) if whole else None,
        days=len(whole),
    )


def _places(given: Inputs, heard: dict[date, Heard]) -> tuple[list[Place], float | None, int]:
    """Places of the last seven days, the share without a place, and how many of these days were heard."""
    days = _days_back(given.day, 2 * WEEK)
    middle, end = midnight(days[WEEK], given.zone), midnight(given.day + ONE_DAY, given.zone)
    capacity = [c for c in given.complaints if _capacity(c)]
    latest = [c for c in capacity if middle <= c.at < end]
    before = [c for c in capacity if midnight(days[0], given.zone) <= c.at < middle]
    comparable = all(heard[day] is Heard.ALL for day in days)
    spots = rank(latest, given.population, given.zone, before if comparable else None)
    today = {spot.city: spot.people for spot in rank(_on(latest, given), given.population, given.zone)}
    unplaced = max(1 - sum(spot.share for spot in spots), 0.0) if latest else None
    return (
        [Place(spot, today.get(spot.city, 0)) for spot in spots],
        unplaced,
        sum(heard[day] > Heard.NOTHING for day in days[WEEK:]),
    )


def _on(complaints: list[Complaint], given: Inputs) -> list[Complaint]:
    begin = midnight(given.day, given.zone)
    return [complaint for complaint in complaints if complaint.at >= begin]


def _others(given: Inputs, heard: dict[date, Heard]) -> tuple[Other, ...]:
    people: dict[str, dict[date, set[str]]] = {}
    for carrier, at, who in given.others:
        people.setdefault(carrier, {}).setdefault(at.astimezone(given.zone).date(), set()).add(who)

    def change(days: dict[date, set[str]]) -> Change:
        return _change(given.day, heard, lambda day: len(days.get(day, ())))

    found = [Other(carrier, change(days)) for carrier, days in people.items()]
    return tuple(sorted(found, key=lambda other: (-other.change.today, other.carrier)))


def _only_us(people: Change, others: tuple[Other, ...]) -> bool | None:
    if people.against_usual != 1 or not others:
        return None
    ours = people.today - (people.usual or 0.0)
    theirs = sum(
        other.change.today - (other.change.usual or 0.0) for other in others if other.change.against_usual == 1
    )
    return theirs < ECHO * ours


def _source(health: SourceHealth, given: Inputs, begin: datetime, until: datetime) -> Source:
    alone = Coverage(
        {health.source: given.known.active.get(health.source, frozenset())},
        {health.source: given.known.missed.get(health.source, frozenset())},
    )
    return Source(
        name=health.source,
        posts=health.posts,
        own=health.own,
        heard=alone.heard(begin, until),
        live=health.source in given.live,
        made_up=health.made_up,
        last_success_at=health.last_success_at.astimezone(given.zone) if health.last_success_at else None,
        last_error=health.last_error,
        gaps=health.gaps,
    )


def _choose(candidates: Iterable[tuple[str, str | None, tuple[Symptom, ...]]]) -> tuple[Quote, ...]:
    """A few short ones: first one for each trouble, then others; without links and masked names."""
    first: dict[Symptom, Quote] = {}
    more: list[Quote] = []
    for text, city, symptoms in candidates:
        words = " ".join(re.sub(r"https?://\S+|www\.\S+|@•+", " ", unescape(text)).split())
        if not symptoms or not QUOTE_CHARS[0] <= len(words) <= QUOTE_CHARS[1]:
            continue
        quote = Quote(words, city, symptoms)
        if first.setdefault(symptoms[0], quote) is not quote:
            more.append(quote)
    return (*first.values(), *more)[:QUOTES]


def _state(given: Inputs, heard: Heard, begin: datetime) -> State:
    if given.span is None:
        return State.EMPTY
    if given.written_at <= begin:
        return State.AHEAD
    return {Heard.NOTHING: State.NOTHING, Heard.PART: State.PART, Heard.ALL: State.WHOLE}[heard]


def _capacity(complaint: Complaint) -> bool:
    return complaint.reported or complaint.band in (Band.A, Band.B)


def _outage(complaint: Complaint) -> bool:
    return complaint.band is Band.C and complaint.cause is Cause.OUTAGE


def _days_back(day: date, count: int) -> list[date]:
    """`count` days, the last one `day`."""
    return [day - (count - 1 - number) * ONE_DAY for number in range(count)]

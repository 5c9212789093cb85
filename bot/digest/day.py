"""What there is to say about a day, or a week: from plain values to a model without words.

People count, not posts. Complaints about capacity (band A and B, and filed reports), outages and other trouble are never
mixed in one figure; found and filed are told together and apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from ..domain import Band, Cause, Complaint, Cost, Funnel, HotSpot, Simulation, SourceHealth, Symptom, per_100k
from ..escalate.cases import Case
from ..watch.alerts import Alert
from ..watch.coverage import Coverage, Heard
from ..watch.hotspots import rank
from ..watch.spikes import HISTORY, LEARNING, find_spikes
from ..watch.storm import Storm
from ..watch.wave import Wave
from .cases import cases_of
from .model import Campaign, Change, DayCount, DayDigest, Dot, Mix, Other, Place, Quote, Replies, Source, State

DAYS = 28  # in the chart
WEEK = 7
WEEKS = 4  # that a week is compared with
TOP = 10
ECHO = 0.25  # a failure of one carrier makes some complain about all: less than this share of our rise is its echo
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a day's digest is made of. Complaints reach from `history_start` to the end of the day."""

    day: date  # the last one
    zone: tzinfo
    carrier: str
    written_at: datetime  # aware UTC
    complaints: Sequence[Complaint]  # ours, bands A to C, and reports
    others: Sequence[tuple[str, datetime, str]]  # carrier, at, who
    quotes: Sequence[Quote]
    health: Sequence[SourceHealth]
    known: Coverage
    live: frozenset[str]  # sources that are asked again and again
    span: tuple[datetime, datetime] | None  # first and last post or report; None: the database is empty
    simulation: Simulation | None
    population: Callable[[str], int | None]
    population_year: int | None
    wave: Wave | None = None  # that goes on or has just ended
    storms: Sequence[tuple[date, Storm]] = ()  # how heated each day was
    costs: Sequence[Cost] = ()
    days: int = 1  # 7: a week's
    alerts: Sequence[Alert] = ()
    campaigns: Sequence[Campaign] = ()
    replies: Replies | None = None
    funnel: Funnel | None = None
    cases: Sequence[Case] = ()
    doubts: tuple[int, int] = (0, 0)  # doubtful posts, of so many
    point: Callable[[str], tuple[float, float] | None] = lambda _: None  # latitude and longitude of a city


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def history_start(day: date, zone: tzinfo, days: int = 1) -> datetime:
    """From when on complaints are needed to plan the digest of the `days` up to `day`."""
    return midnight(day, zone) - HISTORY - days * ONE_DAY


def plan_day(given: Inputs) -> DayDigest:
    first = given.day - (given.days - 1) * ONE_DAY
    begin = midnight(first, given.zone)
    end = midnight(given.day + ONE_DAY, given.zone)
    until = min(end, given.written_at)
    heard = {
        day: given.known.heard(midnight(day, given.zone), min(midnight(day + ONE_DAY, given.zone), until))
        for day in _days_back(given.day, int(HISTORY / ONE_DAY))
    }
    counts = _Counts(given, heard)
    places, unplaced, place_days = _places(given, heard)
    dots, off_map = _dots(places, given.point)
    warned = [c for c in given.complaints if about_capacity(c) or c.cause is Cause.OUTAGE]
    spikes = find_spikes(warned, given.known, given.zone, since=begin, until=until) if until > begin else []
    known_days = sum(level > Heard.NOTHING for day, level in heard.items() if day < first)
    people, others = counts.change(about_capacity), _others(given, counts)
    worst = max(given.storms, key=lambda each: (each[1].level, each[1].reasons[0].figure), default=None)
    return DayDigest(
        day=given.day,
        carrier=given.carrier,
        state=_state(given, counts.heard_in(0), begin),
        written_at=given.written_at.astimezone(given.zone),
        counted_until=given.written_at.astimezone(given.zone) if begin < given.written_at < end else None,
        span=(given.span[0].astimezone(given.zone).date(), given.span[1].astimezone(given.zone).date())
        if given.span
        else None,
        simulation=given.simulation,
        history_days=known_days,
        people=people,
        found=counts.change(lambda c: about_capacity(c) and not c.reported),
        filed=counts.change(lambda c: c.reported),
        outages=counts.change(_outage),
        other_trouble=counts.change(lambda c: c.band is Band.C and not _outage(c)),
        unsure=len(
            counts.today(lambda c: about_capacity(c) and not c.reported) - counts.today(lambda c: c.band is Band.A)
        ),
        anonymous=len(counts.today(lambda c: about_capacity(c) and c.anonymous)),
        mix=counts.mix(),
        places=tuple(places[:TOP]),
        place_days=place_days,
        placed=sum(place.spot.people for place in places),
        unplaced=unplaced,
        population_year=given.population_year,
        leader=_leader([place.spot for place in places]),
        others=others,
        only_us=_only_us(people, others),
        spikes=tuple(spikes),
        learning=known_days < LEARNING / ONE_DAY,
        quotes=tuple(given.quotes),
        sources=tuple(_source(health, given, begin, until) for health in given.health),
        series=tuple(counts.series()),
        storm=worst[1] if worst else None,
        storm_day=worst[0] if worst else None,
        costs=tuple(given.costs),
        days=given.days,
        alerts=tuple(given.alerts),
        wave=given.wave,
        levels=tuple((day, storm.level) for day, storm in given.storms) if given.days > 1 else (),
        map=dots,
        off_map=off_map,
        doubtful=given.doubts[0],
        judged=given.doubts[1],
        campaigns=tuple(given.campaigns),
        replies=given.replies,
        funnel=given.funnel,
        cases=cases_of(given.cases, begin.astimezone(given.zone), end, given.day),
    )


class _Counts:
    """People by local day or by period, for whatever kind of complaint is asked. Period 0 is the digest's own."""

    def __init__(self, given: Inputs, heard: dict[date, Heard]) -> None:
        self.day, self.days, self.heard = given.day, given.days, heard
        self.by_day: dict[date, list[Complaint]] = {}
        shown = midnight(
            given.day - (WEEKS + 1) * WEEK * ONE_DAY, given.zone
        )  # what is older is for early warning alone
        for complaint in (each for each in given.complaints if each.at >= shown):
            self.by_day.setdefault(complaint.at.astimezone(given.zone).date(), []).append(complaint)

    def period(self, back: int) -> list[date]:
        return _days_back(self.day - back * self.days * ONE_DAY, self.days)

    def heard_in(self, back: int) -> Heard:
        levels = [self.heard[day] for day in self.period(back)]
        return levels[0] if len(set(levels)) == 1 else Heard.PART

    def on(self, days: Iterable[date], wanted: Callable[[Complaint], bool]) -> set[str]:
        return {complaint.who for day in days for complaint in self.by_day.get(day, ()) if wanted(complaint)}

    def today(self, wanted: Callable[[Complaint], bool]) -> set[str]:
        return self.on(self.period(0), wanted)

    def change(self, wanted: Callable[[Complaint], bool]) -> Change:
        return self.compared(lambda days: len(self.on(days, wanted)))

    def compared(self, count: Callable[[list[date]], int]) -> Change:
        back = range(1, (WEEK if self.days == 1 else WEEKS) + 1)
        whole = [count(self.period(n)) for n in back if self.heard_in(n) is Heard.ALL]
        return Change(
            today=count(self.period(0)),
            yesterday=count(self.period(1)) if self.heard_in(1) is Heard.ALL else None,
            usual=sum(whole) / len(whole) if whole else None,
            days=len(whole),
        )

    def mix(self) -> tuple[Mix, ...]:
        today, people = self._symptoms([self.period(0)])
        week = _days_back(self.period(0)[0] - ONE_DAY, WEEK)
        before, people_before = self._symptoms([week] if self.days > 1 else [[day] for day in week])
        return tuple(
            Mix(symptom, count, count / people, before[symptom] / people_before if people_before else None)
            for symptom, count in sorted(today.items(), key=lambda item: (-item[1], item[0]))
        )

    def _symptoms(self, periods: Iterable[list[date]]) -> tuple[Counter[Symptom], int]:
        """People by symptom and all people, each once a period."""
        symptoms: Counter[Symptom] = Counter()
        people = 0
        for days in periods:
            seen: dict[str, set[Symptom]] = {}
            for complaint in (each for day in days for each in self.by_day.get(day, ())):
                if about_capacity(complaint):
                    seen.setdefault(complaint.who, set()).update(complaint.symptoms)
            people += len(seen)
            for each in seen.values():
                symptoms.update(each)
        return symptoms, people

    def series(self) -> list[DayCount]:
        return [
            DayCount(
                day,
                len(self.on([day], lambda c: about_capacity(c) and not c.reported)),
                len(self.on([day], lambda c: c.reported)),
                self.heard[day],
            )
            for day in _days_back(self.day, DAYS)
        ]


def _places(given: Inputs, heard: dict[date, Heard]) -> tuple[list[Place], float | None, int]:
    """Places of the last seven days, the share without a place, and how many of these days were heard."""
    days = _days_back(given.day, 2 * WEEK)
    begin, middle, end = (midnight(day, given.zone) for day in (days[0], days[WEEK], given.day + ONE_DAY))
    capacity = [c for c in given.complaints if begin <= c.at < end and about_capacity(c)]
    latest = [c for c in capacity if middle <= c.at]
    before = [c for c in capacity if c.at < middle]
    comparable = all(heard[day] is Heard.ALL for day in days)
    spots = rank(latest, given.population, given.zone, before if comparable else None)
    today = {spot.city: spot.people for spot in rank(_on(latest, given), given.population, given.zone)}
    unplaced = max(1 - sum(spot.share for spot in spots), 0.0) if latest else None
    return (
        [Place(spot, today.get(spot.city, 0)) for spot in spots],
        unplaced,
        sum(heard[day] > Heard.NOTHING for day in days[WEEK:]),
    )


def _leader(spots: Sequence[HotSpot]) -> HotSpot | None:
    """The city that is hit hardest for its size: beyond chance, and harder than the others taken together."""
    known = [spot for spot in spots if spot.population and not spot.small]
    if len(known) < 2:
        return None
    first = max(known, key=lambda spot: per_100k(spot.low, spot.population) or 0.0)  # the least it may be
    others = [spot for spot in known if spot is not first]
    usual = per_100k(sum(spot.people for spot in others), sum(spot.population or 0 for spot in others)) or 0.0
    return first if (per_100k(first.low, first.population) or 0.0) > usual else None


def _dots(places: Sequence[Place], point: Callable[[str], tuple[float, float] | None]) -> tuple[tuple[Dot, ...], int]:
    """Places on the map, and how many people's city is not on it."""
    dots, lost = [], 0
    for place in places:
        if at := point(place.spot.city):
            dots.append(Dot(place.spot.city, *at, place.spot.people))
        else:
            lost += place.spot.people
    return tuple(dots), lost


def _on(complaints: list[Complaint], given: Inputs) -> list[Complaint]:
    begin = midnight(given.day, given.zone)
    return [complaint for complaint in complaints if complaint.at >= begin]


def _others(given: Inputs, counts: _Counts) -> tuple[Other, ...]:
    people: dict[str, dict[date, set[str]]] = {}
    for carrier, at, who in given.others:
        people.setdefault(carrier, {}).setdefault(at.astimezone(given.zone).date(), set()).add(who)

    def change(seen: dict[date, set[str]]) -> Change:
        return counts.compared(lambda days: len(set().union(*(seen.get(day, ()) for day in days))))

    found = [Other(carrier, change(seen)) for carrier, seen in people.items()]
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


def _state(given: Inputs, heard: Heard, begin: datetime) -> State:
    if given.span is None:
        return State.EMPTY
    if given.written_at <= begin:
        return State.AHEAD
    return {Heard.NOTHING: State.NOTHING, Heard.PART: State.PART, Heard.ALL: State.WHOLE}[heard]


_CAPACITY = (Band.A, Band.B)  # not looked up for each of a hundred thousand


def about_capacity(complaint: Complaint) -> bool:
    return complaint.reported or complaint.band in _CAPACITY


def _outage(complaint: Complaint) -> bool:
    return complaint.band is Band.C and complaint.cause is Cause.OUTAGE


def _days_back(day: date, count: int) -> list[date]:
    """`count` days, the last one `day`."""
    return [day - (count - 1 - number) * ONE_DAY for number in range(count)]

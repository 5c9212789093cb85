"""The state of things as everybody may see it: whole days, places with enough people, nothing that points at anybody.

A place is shown when at least `k` different people complained there in the period, and when those left over by taking
what is shown from the whole are none or again `k`: what is hidden cannot be found by subtraction. Only whole days count, so
that nobody can watch a single report arrive.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from ..domain import Complaint, Symptom, per_100k
from ..watch.coverage import Heard

DAYS = 30  # of a period


@dataclass(frozen=True, slots=True)
class ShownPlace:
    city: str
    district: str | None  # None: the whole city
    state: str | None
    people: int
    population: int | None  # None: not known, or a district
    main: Symptom | None  # seen by most; None: by fewer than k
    districts: tuple["ShownPlace", ...] = ()

    @property
    def per_100k(self) -> float | None:
        return per_100k(self.people, self.population)


@dataclass(frozen=True, slots=True)
class ShownDay:
    day: date
    people: int | None  # None: fewer than k
    heard: Heard


@dataclass(frozen=True, slots=True)
class PublicState:
    since: date
    until: date  # the last day, included
    k: int
    people: int | None  # different ones; None: fewer than k, then nothing else is told
    filed: int | None  # of these, with the form
    mix: tuple[tuple[Symptom, int], ...] = ()  # people by what they see, most first; several each
    places: tuple[ShownPlace, ...] = ()  # cities, most people first
    elsewhere: int = 0  # people in none of these cities, or nowhere named
    days: tuple[ShownDay, ...] = ()
    population_year: int | None = None

    @property
    def unheard(self) -> int:
        """Days on which nobody listened, or not all day."""
        return sum(day.heard is not Heard.ALL for day in self.days)


def public_state(
    complaints: Iterable[Complaint],
    *,
    until: date,
    zone: tzinfo,
    k: int,
    heard: Callable[[date], Heard],
    population: Callable[[str], int | None],
    population_year: int | None,
    days: int = DAYS,
) -> PublicState:
    """`complaints` of the period; what lies outside of it is left out."""
    since = until - timedelta(days=days - 1)
    inside = [c for c in complaints if since <= c.at.astimezone(zone).date() <= until]
    everybody = {c.who for c in inside}
    by_day: dict[date, set[str]] = {since + timedelta(days=number): set() for number in range(days)}
    for complaint in inside:
        by_day[complaint.at.astimezone(zone).date()].add(complaint.who)
    shown_days = tuple(
        ShownDay(day, len(people) if len(people) >= k or not people else None, heard(day))
        for day, people in by_day.items()
    )
    if len(everybody) < k:
        return PublicState(since, until, k, None, None, days=_hidden(shown_days), population_year=population_year)
    filed = len({c.who for c in inside if c.reported})
    places, elsewhere = _places(inside, everybody, k, population)
    return PublicState(
        since=since,
        until=until,
        k=k,
        people=len(everybody),
        filed=filed if filed >= k and len(everybody) - filed >= k else None,
        mix=tuple((symptom, n) for symptom, n in _mix(inside) if n >= k),
        places=places,
        elsewhere=elsewhere,
        days=shown_days,
        population_year=population_year,
    )


def _hidden(days: tuple[ShownDay, ...]) -> tuple[ShownDay, ...]:
    """Not even which days were without anybody."""
    return tuple(ShownDay(day.day, None, day.heard) for day in days)


def _places(
    complaints: list[Complaint], everybody: set[str], k: int, population: Callable[[str], int | None]
) -> tuple[tuple[ShownPlace, ...], int]:
    cities: dict[str, list[Complaint]] = {}
    for complaint in complaints:
        if complaint.city:
            cities.setdefault(complaint.city, []).append(complaint)
    chosen, left = enough({city: {c.who for c in said} for city, said in cities.items()}, everybody, k)
    shown = [_place(city, None, cities[city], chosen[city], k, population(city)) for city in chosen]
    return tuple(sorted(shown, key=_most_first)), len(left)


def _place(
    city: str, district: str | None, said: list[Complaint], people: set[str], k: int, inhabitants: int | None
) -> ShownPlace:
    inner: dict[str, list[Complaint]] = {}
    if district is None:
        for complaint in said:
            if complaint.district:
                inner.setdefault(complaint.district, []).append(complaint)
    chosen, _ = enough({name: {c.who for c in those} for name, those in inner.items()}, people, k)
    districts = [_place(city, name, inner[name], chosen[name], k, None) for name in chosen]
    main = next((symptom for symptom, count in _mix(said) if count >= k), None)
    state = next((complaint.state for complaint in said if complaint.state), None)
    return ShownPlace(city, district, state, len(people), inhabitants, main, tuple(sorted(districts, key=_most_first)))


def enough(parts: Mapping[str, set[str]], whole: set[str], k: int) -> tuple[dict[str, set[str]], set[str]]:
    """The parts that may be shown beside their whole, and who is left over: nobody, or at least `k`."""
    chosen = {name: people for name, people in parts.items() if len(people) >= k}
    while chosen:
        left = whole.difference(*chosen.values())
        if not left or len(left) >= k:
            return chosen, left
        del chosen[min(chosen, key=lambda name: (len(chosen[name]), name))]
    return {}, set(whole)


def _mix(complaints: Iterable[Complaint]) -> list[tuple[Symptom, int]]:
    people = {(complaint.who, symptom) for complaint in complaints for symptom in complaint.symptoms}
    counts = Counter(symptom for _, symptom in people)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _most_first(place: ShownPlace) -> tuple[int, str, str]:
    return -place.people, place.city, place.district or ""

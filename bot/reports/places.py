"""Places as customers type them: found when there is one that is meant, else suggested."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ..domain import PlaceKind
from ..locate.gazetteer import Gazetteer, Place
from ..text import tokenize

MOST = 8  # suggestions
LOOKED_AT = 3000  # names with one beginning, at most
KINDS = (PlaceKind.CITY, PlaceKind.DISTRICT, PlaceKind.STATION, PlaceKind.POI)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that was chosen. `label` is what the form shows, and finds again."""

    label: str
    city: str
    district: str | None = None
    postcode: str | None = None
    state: str | None = None


class Places:
    """A gazetteer from the side of those who type."""

    def __init__(self, gazetteer: Gazetteer, country: str = "de") -> None:
        """`country`: only places there can have our network. German cities have a municipality key, British ones none."""
        self.gazetteer = gazetteer
        self._keyed = country == "de"
        self._suggested = lru_cache(4096)(self._suggest)

    def chosen(self, label: str) -> tuple[Spot, ...]:
        """The spot of a label that the form showed."""
        key = _key(label)
        return self._labelled(key) or (self._postcode(key) if key else ())

    def find(self, written: str, part: str = "") -> tuple[Spot, ...]:
        """One spot: that is it. Several: it may be any of them. None: nothing is called so. `part`: the district, where known."""
        key = _key(written)
        if not key:
            return ()
        found = self._postcode(key) or self._named(key) or self._labelled(key) or self._split(written)
        if part and (inner := self._within(found, _key(part))):
            return inner
        return found

    def near(self, written: str) -> tuple[Spot, ...]:
        """What may be meant: names that begin so, or like it."""
        key = _key(written)
        less = {key[:at] + key[at + 1 :] for at in range(len(key))} if 4 < len(key) < 40 else set()
        names = {name for one in (key, *less) for name in self.gazetteer.typos.get(one, ())}
        if typed := [self._spot(place) for name in sorted(names) for place in self._meant(name)]:
            return tuple(typed[:MOST])
        begun = (self.suggest(key[:length]) for length in (len(key), len(key) - 1, len(key) - 2) if length > 2)
        return next(filter(None, begun), ())

    def suggest(self, begun: str) -> tuple[Spot, ...]:
        """Names that begin so, the largest first."""
        return self._suggested(_key(begun))

    def _suggest(self, key: str) -> tuple[Spot, ...]:
        if len(key) < 2:
            return ()
        if key[0].isdigit():
            return tuple(self._postal(code) for code in _beginning(self._codes, key, MOST))
        best: dict[str, tuple[bool, int, int, str, Spot]] = {}
        for name in _beginning(self._names, key, LOOKED_AT):
            for place in self._meant(name):
                spot = self._spot(place)
                if spot.label not in best or name == key:
                    other_name = not _key(spot.label).startswith(key)
                    best[spot.label] = (other_name, KINDS.index(place.kind), -self._weight(place), spot.label, spot)
        return tuple(each[-1] for each in sorted(best.values())[:MOST])

    def largest(self, count: int) -> tuple[str, ...]:
        """Cities for the list that works without JavaScript."""
        cities = [
            place for index in self.gazetteer.cities.values() if self._ours(place := self.gazetteer.places[index])
        ]
        return tuple(city.name for city in sorted(cities, key=lambda city: -city.people)[:count])

    def _postcode(self, key: str) -> tuple[Spot, ...]:
        key = key.removeprefix("d ")  # D-22765
        code = key.split(" ")[0] if key[:1].isdigit() else key.replace(" ", "")
        return (self._postal(code),) if code in self._codes_known else ()

    def _postal(self, code: str) -> Spot:
        known = self.gazetteer.postcodes[code]
        return Spot(f"{code.upper()} {known.city}", known.city, known.district, code, known.state)

    def _labelled(self, key: str) -> tuple[Spot, ...]:
        place = self._labels.get(key)
        return (self._spot(place),) if place else ()

    def _named(self, key: str) -> tuple[Spot, ...]:
        """The city of this name where one is much larger than all else that is called so."""
        spots = {self._spot(place).label: place for place in self._meant(key)}
        ranked = sorted(spots.values(), key=lambda place: -self._weight(place))
        if len(ranked) > 1 and self._weight(ranked[0]) < 5 * self._weight(ranked[1]):
            return tuple(self._spot(place) for place in ranked[:MOST])
        return tuple(self._spot(place) for place in ranked[:1])

    def _split(self, written: str) -> tuple[Spot, ...]:
        """ "Altona, Hamburg" and "Hamburg Altona": a city and something in it."""
        words = _key(written).split()
        for cut in range(1, len(words)):
            first, second = " ".join(words[:cut]), " ".join(words[cut:])
            for outer, inner in ((first, second), (second, first)):
                cities = tuple(self._spot(place) for place in self._meant(outer) if place.kind is PlaceKind.CITY)
                if found := self._within(cities, inner):
                    return found
        return ()

    def _within(self, spots: tuple[Spot, ...], key: str) -> tuple[Spot, ...]:
        cities = {spot.city: spot for spot in spots}
        for place in self._meant(key):
            if place.city in cities and place.kind is not PlaceKind.CITY:
                spot = self._spot(place)
                return (Spot(spot.label, spot.city, spot.district, cities[spot.city].postcode, spot.state),)
        return ()

    def _meant(self, key: str) -> Iterator[Place]:
        for index in self.gazetteer.names.get(key, ()):
            place = self.gazetteer.places[index]
            if self._ours(place):
                yield place

    def _ours(self, place: Place) -> bool:
        if place.kind not in KINDS or not place.city:
            return False
        return bool(self.gazetteer.key(place.city)) is self._keyed

    def _spot(self, place: Place) -> Spot:
        assert place.city
        label = place.name if place.kind is PlaceKind.CITY else f"{place.name}, {place.city}"
        return Spot(label, place.city, place.district, None, place.state)

    def _weight(self, place: Place) -> int:
        """Inhabitants; of a part, a tenth of its city's."""
        return max(place.people or (self.gazetteer.population(place.city or "") or 0) // 10, 1)

    @cached_property
    def _labels(self) -> dict[str, Place]:
        return {_key(self._spot(place).label): place for place in self.gazetteer.places if self._ours(place)}

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self.gazetteer.names)

    @cached_property
    def _codes(self) -> list[str]:
        return sorted(code for code in self.gazetteer.postcodes if code[0].isdigit() is self._keyed)

    @cached_property
    def _codes_known(self) -> frozenset[str]:
        return frozenset(self._codes)


def _key(written: str) -> str:
    return " ".join(tokenize(written[:200]).words)


def _beginning(ordered: list[str], prefix: str, most: int) -> Iterator[str]:
    start = bisect_left(ordered, prefix)
    for name in ordered[start : start + most]:
        if not name.startswith(prefix):
            return
        yield name

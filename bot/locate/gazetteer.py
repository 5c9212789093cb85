"""Place names and what is known of them. Values only: `build.load_gazetteer` reads the files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntFlag
from functools import cached_property
from typing import NamedTuple

from ..domain import PlaceKind
from ..text import Memo, fold

LARGE = 100_000  # inhabitants: a name that everybody knows
CITY = 50_000  # proposed where somebody looks for a place
TOWN = 20_000
SMALL = 5_000


class Place(NamedTuple):
    """One place that a name can mean."""

    name: str  # official, with the county of a smaller twin: "Burgdorf (Wolfenbüttel)"
    kind: PlaceKind
    sort: str  # finer than kind: "city", "village", "county", "bezirk", "stadtteil", "square", "stadium" …
    city: str | None  # official name of its city; None for a state, a region, a county
    district: str | None
    state: str | None
    lat: float
    lon: float
    people: int = 0  # inhabitants; 0: not known
    key: str = ""  # municipality key (AGS, 8 digits) or county key (5); "": none


class Postcode(NamedTuple):
    lat: float
    lon: float
    city: str
    district: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Words:
    """The words around a name, folded (config/places/<country>/words.toml says what each list is for)."""

    locatives: frozenset[str] = frozenset()
    form_words: frozenset[str] = frozenset()
    weak_locatives: frozenset[str] = frozenset()
    point_locatives: frozenset[str] = frozenset()
    between: frozenset[str] = frozenset()
    stations: frozenset[str] = frozenset()
    places_there: frozenset[str] = frozenset()
    after_adjective: frozenset[str] = frozenset()
    not_before: frozenset[str] = frozenset()
    not_after: frozenset[str] = frozenset()
    first_names: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    compounds: tuple[str, ...] = ()  # endings of what stands behind a city's hyphen and is no district
    postcode_words: frozenset[str] = frozenset()
    postcode_areas: frozenset[str] = frozenset()  # British, in lower case: "tn"
    trouble: frozenset[str] = frozenset()
    praise: frozenset[str] = frozenset()
    contrast: frozenset[str] = frozenset()
    strong_abbreviations: frozenset[str] = frozenset()  # as written: "HH"
    parts: Mapping[str, str] = field(default_factory=dict)  # "city centre" → "City Centre"


@dataclass(frozen=True)
class Gazetteer:
    """Names to places. All mappings are read-only by agreement; keys are folded words joined by a space."""

    version: str = "empty"
    places: tuple[Place, ...] = ()
    names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # name → indices into `places`
    heads: Mapping[str, int] = field(default_factory=dict)  # first word → words of its longest name
    tags: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # names without spaces: "badhomburg"
    cities: Mapping[str, int] = field(default_factory=dict)  # official name → index
    adjectives: Mapping[str, int] = field(default_factory=dict)  # "koelner" → index of Köln
    abbreviations: Mapping[str, int] = field(default_factory=dict)  # as written, "HH" → index
    typos: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # a large city's name less one letter → the name
    ambiguous: frozenset[str] = frozenset()  # folded names that also mean something else
    upper_only: frozenset[str] = frozenset()  # folded names that count only in capitals: "ber", "icc"
    postcodes: Mapping[str, Postcode] = field(default_factory=dict)  # "01067"; outcodes in lower case: "sw18"
    counties: Mapping[str, str] = field(default_factory=dict)  # five digits of the key → "Landkreis Gifhorn"
    words: Words = field(default_factory=Words)
    population_year: int | None = None  # of the inhabitants; None: the sources do not say, or differ

    def __getstate__(self) -> dict[str, object]:
        """Without what it learned: that stays here."""
        return {each.name: self.__dict__[each.name] for each in fields(self)}

    @cached_property
    def pairs(self) -> frozenset[str]:
        """The first two words of all names of several words: most words that begin one do not go on like one."""
        return frozenset(" ".join(name.split(" ", 2)[:2]) for name in self.names if " " in name)

    @cached_property
    def openers(self) -> "Openers":
        return Openers(self)

    @cached_property
    def slips(self) -> Memo[tuple["Place", ...]]:
        """Words that were taken for misspelt cities before, and what they turned out to be: filled by `scan`."""
        return Memo()

    @cached_property
    def large_cities(self) -> tuple[str, ...]:
        """Official names of those of CITY inhabitants and more."""
        return tuple(sorted(name for name, index in self.cities.items() if self.places[index].people >= CITY))

    def city(self, name: str) -> Place | None:
        """The city of this official name."""
        index = self.cities.get(name)
        return None if index is None else self.places[index]

    def population(self, city: str) -> int | None:
        """Inhabitants of the city of this official name; None when it or its number is not known."""
        place = self.city(city)
        return place.people or None if place else None

    def coordinates(self, city: str) -> tuple[float, float] | None:
        """Latitude and longitude of the city's centre, WGS 84."""
        place = self.city(city)
        return (place.lat, place.lon) if place else None

    def state(self, city: str) -> str | None:
        place = self.city(city)
        return place.state if place else None

    def key(self, city: str) -> str | None:
        """The municipality key (AGS), eight digits as text."""
        place = self.city(city)
        return place.key or None if place else None

    def county(self, city: str) -> str | None:
        """The district authority the city belongs to: "Landkreis Gifhorn", "Region Hannover"."""
        key = self.key(city)
        return self.counties.get(key[:5]) if key else None


class Opens(IntFlag):
    """What may begin with a word."""

    NOTHING = 0
    ALONE = 1  # a name of one word, or an adjective
    MORE = 2  # a name of several words
    SHORT = 4  # an abbreviation
    LED = 8  # a place, in the word behind this one
    OTHER = 16  # a hashtag or a code


class Openers(Memo[int]):
    """What may begin with this word? Kept for each word: most begin nothing."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        super().__init__()
        self._gazetteer = gazetteer
        self._shorts = frozenset(map(fold, gazetteer.abbreviations))

    def __missing__(self, word: str) -> int:
        gazetteer = self._gazetteer
        longest = gazetteer.heads.get(word)
        if longest is not None:
            known = (
                Opens.ALONE * (word in gazetteer.names or word in gazetteer.adjectives)
                | Opens.MORE * (longest > 1)
                | Opens.SHORT * (word in self._shorts)
                | Opens.LED * (word in gazetteer.words.locatives)
            )
        else:
            known = Opens.OTHER * (word[0] != "@" and not word.isalpha())
        return self.keep(word, int(known))


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Flat-earth distance of two points, good to a percent over a country."""
    return math.hypot((a[0] - b[0]) * 111.2, (a[1] - b[1]) * 111.2 * math.cos(math.radians(a[0])))

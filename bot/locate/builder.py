"""Collects names while files are read, and makes the Gazetteer of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from ..domain import PlaceKind
from ..errors import GazetteerError
from .gazetteer import LARGE, TOWN, Gazetteer, Place, Postcode, Words, distance_km
from .reading import (
    DISTRICTS,
    OUTCODES,
    PLACES,
    POIS,
    POSTCODES,
    REGIONS,
    SUBURBS,
    listed,
    point,
    rows,
    table,
    whole,
)
from .spelling import adjectives, bases, folded, shortened, spellings

TYPO_SIZE = 50_000  # inhabitants from which a misspelt name is guessed


class Builder:
    """Collects names while the files are read; thrown away afterwards."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.names: dict[str, list[int]] = defaultdict(list)
        self.cities: dict[str, int] = {}
        self.by_key: dict[str, int] = {}
        self.counties: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.postcodes: dict[str, Postcode] = {}
        self.ambiguous: set[str] = set()
        self.upper_only: set[str] = set()
        self.words: dict[str, set[str]] = defaultdict(set)
        self.parts: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.abbreviations: dict[str, str] = {}

    def read(self, folder: Path) -> None:
        self._regions(folder / "regions.csv")
        districts = list(rows(folder / "districts.csv", DISTRICTS))
        self._places(folder / "places.tsv", _district_names(folder / "districts.csv", districts))
        self._districts(folder / "districts.csv", districts)
        self._suburbs(folder / "suburbs.csv")
        self._pois(folder / "poi.csv")
        self._postcodes(folder / "postcodes.tsv")
        self._outcodes(folder / "outcodes.csv")
        self.read_words(folder)

    def read_words(self, folder: Path) -> None:
        """What people say around a place there, and which names are everyday words to them."""
        self.ambiguous.update(folded(name) for name in listed(folder / "ambiguous.txt"))
        self._words(folder / "words.toml")

    def add(self, place: Place, names: Iterable[str]) -> int:
        index = len(self.places)
        self.places.append(place)
        for name in names:
            self.name(name, index)
        return index

    def name(self, name: str, index: int) -> None:
        known = self.names[name]
        if index not in known:
            known.append(index)

    def _regions(self, path: Path) -> None:
        for line, (name, kind, code, lat, lon, aliases) in rows(path, REGIONS):
            if kind not in (PlaceKind.STATE, PlaceKind.REGION):
                raise GazetteerError(f"{path}, line {line}: kind {kind!r}, expected state or region")
            if kind == PlaceKind.STATE:
                self.states[code] = name
            at = point(lat, lon, path, line)
            place = Place(name, PlaceKind(kind), kind, None, None, self.states.get(code, code or None), *at)
            self.add(place, (s for each in all_names(name, aliases) for s in spellings(each)))

    def _places(self, path: Path, districts: dict[str, list[tuple[str, tuple[float, float]]]]) -> None:
        for line, (name, kind, key, parent, code, lat, lon, people, aliases) in rows(path, PLACES):
            at = point(lat, lon, path, line)
            count = whole(people, path, line)
            state = self.states.get(code, code or None)
            match kind:
                case "county":
                    self._county(Place(name, PlaceKind.REGION, kind, None, None, state, *at, key=key), title=parent)
                case "city":
                    if not key and any(distance_km(at, other) < 15 for _, other in districts.get(folded(name), ())):
                        continue  # a part of a city, and known better there
                    place = Place(name, PlaceKind.CITY, kind, name, None, state, *at, count, key)
                    each = dict.fromkeys(s for n in all_names(name, aliases) for s in (*spellings(n), *bases(n)))
                    index = self.add(place, each)
                    self.cities.setdefault(name, index)
                    if key:
                        self.by_key[key] = index
                case "village":
                    owner = self.by_key.get(parent, self.cities.get(parent))
                    if owner is None:
                        raise GazetteerError(f"{path}, line {line}: parent {parent!r} is no place above this line")
                    city = self.places[owner].name
                    if any(other == city for other, _ in districts.get(folded(name), ())):
                        continue
                    sort = "suburb" if self.places[owner].people > LARGE else kind
                    place = Place(name, PlaceKind.DISTRICT, sort, city, name, state, *at, count)
                    self.add(
                        place, dict.fromkeys(s for n in all_names(name, aliases) for s in (*spellings(n), *bases(n)))
                    )
                case _:
                    raise GazetteerError(f"{path}, line {line}: kind {kind!r}, expected county, city or village")

    def _county(self, place: Place, title: str) -> None:
        if title.startswith(("Kreisfreie", "Stadtkreis")):
            self.counties[place.key] = place.name
            return
        whole_name = place.name if place.name.startswith(("Region", "Kreis ")) else f"{title} {place.name}"
        self.counties[place.key] = whole_name
        if place.name.lower().endswith("kreis"):
            names = [place.name]
        else:
            names = [f"{word} {place.name}" for word in ("Landkreis", "Kreis", "LK", "LKR", "Lkrs")]
        self.add(place, [folded(name) for name in names])

    def _districts(self, path: Path, lines: list[tuple[int, list[str]]]) -> None:
        for line, (city, name, kind, lat, lon, aliases) in lines:
            at = point(lat, lon, path, line)
            index = self.cities.get(city)
            state = None if index is None else self.places[index].state
            short = "City Centre" if name == f"{city} City Centre" else name  # but London Bridge is no Bridge
            place = Place(short, PlaceKind.DISTRICT, kind, city, short, state, *at)
            self.add(place, (s for each in all_names(name, aliases) for s in spellings(each)))

    def _suburbs(self, path: Path) -> None:
        """Parts of smaller cities: names only, so their point is the city's."""
        known = {(p.city, folded(p.name)) for p in self.places if p.kind == PlaceKind.DISTRICT}
        for line, (city, names) in rows(path, SUBURBS):
            if city not in self.cities:
                raise GazetteerError(f"{path}, line {line}: {city!r} is no city of places.tsv")
            home = self.places[self.cities[city]]
            for name in dict.fromkeys(names.split("|")):
                if (city, folded(name)) not in known:
                    place = Place(name, PlaceKind.DISTRICT, "part", city, name, home.state, home.lat, home.lon)
                    self.add(place, dict.fromkeys(spellings(name)))

    def _pois(self, path: Path) -> None:
        for line, (name, kind, city, district, lat, lon, aliases) in rows(path, POIS):
            if kind == "motorway":
                continue
            at = point(lat, lon, path, line)
            index = self.cities.get(city)
            state = None if index is None else self.places[index].state
            sort = PlaceKind.STATION if kind == "station" else PlaceKind.POI
            place = Place(name, sort, kind, city or None, district or None, state, *at)
            names = all_names(name, aliases)
            quarters = {f"{c} {folded(district)}" for c in (folded(city), *bases(city))} if district else set()
            index = self.add(place, (s for each in names for s in spellings(each) if s not in quarters))
            self.upper_only.update(folded(each) for each in names if len(each) <= 4 and each.isupper())

    def _postcodes(self, path: Path) -> None:
        for line, (code, lat, lon, key) in rows(path, POSTCODES):
            at = point(lat, lon, path, line)
            if key not in self.by_key:
                raise GazetteerError(f"{path}, line {line}: municipality key {key!r} is not in places.tsv")
            city = self.places[self.by_key[key]]
            self.postcodes[code] = Postcode(*at, city.name, None, city.state)

    def _outcodes(self, path: Path) -> None:
        for line, (code, city, district, lat, lon) in rows(path, OUTCODES):
            index = self.cities.get(city)
            state = None if index is None else self.places[index].state
            self.postcodes[code.lower()] = Postcode(*point(lat, lon, path, line), city, district or None, state)

    def _words(self, path: Path) -> None:
        known = {field.name for field in fields(Words)}
        for key, value in table(path).items():
            if key == "parts":
                self.parts.update((folded(part), part) for part in value)
            elif key == "aliases":
                self.aliases.update((folded(alias), city) for city, each in value.items() for alias in each)
            elif key == "abbreviations":
                self.abbreviations.update(value)
            elif key == "strong_abbreviations":
                self.words[key].update(value)
            elif key in known:
                self.words[key].update(folded(word) for word in value)
            else:
                raise GazetteerError(f"{path}: unknown list {key!r}")

    def finish(self, version: str) -> Gazetteer:
        for alias, city in self.aliases.items():
            if city in self.cities:
                self.name(alias, self.cities[city])
        abbreviations = {short: self.cities[city] for short, city in self.abbreviations.items() if city in self.cities}
        adjective_of: dict[str, int] = {}
        typos: dict[str, list[str]] = defaultdict(list)
        for index in sorted(self.cities.values(), key=lambda i: -self.places[i].people):
            place = self.places[index]
            if place.people < TOWN or not place.key:
                continue
            base = next(bases(place.name), folded(place.name))
            if " " in base:
                continue
            for form in adjectives(base):
                adjective_of.setdefault(form, index)
            if place.people >= TYPO_SIZE and len(base) >= 7:
                for short in shortened(base):
                    typos[short].append(base)
        for form in list(adjective_of):
            if form in self.names:
                del adjective_of[form]
        heads: dict[str, int] = {}
        for name in self.names:
            head, spaces = (name[: name.find(" ")], name.count(" ")) if " " in name else (name, 0)
            if heads.get(head, 0) <= spaces:
                heads[head] = spaces + 1
        for word in (*adjective_of, *(folded(short) for short in abbreviations), *self.words["locatives"]):
            heads.setdefault(word, 0)
        return Gazetteer(
            version=version,
            places=tuple(self.places),
            names={name: tuple(found) for name, found in self.names.items()},
            heads=heads,
            tags={name.replace(" ", ""): tuple(found) for name, found in self.names.items() if " " in name},
            cities=self.cities,
            adjectives=adjective_of,
            abbreviations=abbreviations,
            typos={short: tuple(found) for short, found in typos.items()},
            ambiguous=frozenset(self.ambiguous),
            upper_only=frozenset(self.upper_only),
            postcodes=self.postcodes,
            counties=self.counties,
            words=Words(
                parts=self.parts,
                compounds=tuple(sorted(self.words.pop("compounds", ()))),
                **{key: frozenset(found) for key, found in self.words.items()},
            ),
        )


def all_names(name: str, aliases: str) -> list[str]:
    return [name, *(alias for alias in aliases.split("|") if alias)]


def _district_names(path: Path, lines: list[tuple[int, list[str]]]) -> dict[str, list[tuple[str, tuple[float, float]]]]:
    """Folded names of districts, each with its city and point."""
    names: dict[str, list[tuple[str, tuple[float, float]]]] = defaultdict(list)
    for line, (city, district, _, lat, lon, aliases) in lines:
        for name in all_names(district, aliases):
            names[folded(name)].append((city, point(lat, lon, path, line)))
    return names

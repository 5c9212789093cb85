"""Puts imported entries over the shipped places."""

from ..domain import PlaceKind
from .builder import Builder, all_names
from .gazetteer import Place, Postcode, distance_km
from .imports import Entry
from .spelling import bases, folded, spellings

SAME_KM = 20.0  # two cities of one name this near are one


class Overlay:
    """Puts imported entries over what was read. Cities come before what lies in them, as `read_places` hands them out."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.inside: dict[tuple[str, str], int] = {}  # city and folded district → index; filled when first needed

    def add(self, entry: Entry) -> None:
        if entry.kind == "city":
            self._city(entry)
            return
        home = self._home(entry)
        if entry.kind == "postcode":
            self.builder.postcodes[entry.name.lower()] = Postcode(
                entry.lat,
                entry.lon,
                home.name if home else entry.city,
                None,
                home.state if home else entry.state or None,
            )
        elif entry.kind == "district":
            self._district(entry, home)
        else:
            self._point(entry, home)

    def _city(self, entry: Entry) -> None:
        builder = self.builder
        index = builder.by_key.get(entry.key) if entry.key else None
        if index is None and (same := builder.cities.get(entry.name)) is not None:
            known = builder.places[same]
            index = same if distance_km((known.lat, known.lon), (entry.lat, entry.lon)) < SAME_KM else None
        names = dict.fromkeys(s for n in all_names(entry.name, entry.aliases) for s in (*spellings(n), *bases(n)))
        if index is not None:
            known = builder.places[index]
            builder.places[index] = known._replace(lat=entry.lat, lon=entry.lon, people=entry.people or known.people)
        else:
            place = Place(
                entry.name,
                PlaceKind.CITY,
                "city",
                entry.name,
                None,
                entry.state or None,
                entry.lat,
                entry.lon,
                entry.people,
                entry.key,
            )
            index = builder.add(place, ())
            builder.cities.setdefault(entry.name, index)
            if entry.key:
                builder.by_key[entry.key] = index
        for name in names:
            builder.name(name, index)

    def _home(self, entry: Entry) -> Place | None:
        """The city the entry names, by any of its names; of twins the nearest, within reach."""
        builder, at = self.builder, (entry.lat, entry.lon)
        found = [builder.places[index] for index in builder.names.get(folded(entry.city), ())]
        near = [p for p in found if p.kind == PlaceKind.CITY and distance_km((p.lat, p.lon), at) < 2 * SAME_KM]
        return min(near, key=lambda p: distance_km((p.lat, p.lon), at), default=None)

    def _district(self, entry: Entry, home: Place | None) -> None:
        builder, city = self.builder, home.name if home else entry.city
        if not self.inside:
            self.inside.update(
                ((p.city, folded(p.name)), i)
                for i, p in enumerate(builder.places)
                if p.kind == PlaceKind.DISTRICT and p.city
            )
        index = self.inside.get((city, folded(entry.name)))
        if index is not None:
            builder.places[index] = builder.places[index]._replace(lat=entry.lat, lon=entry.lon)
        else:
            state = home.state if home else entry.state or None
            place = Place(
                entry.name, PlaceKind.DISTRICT, "village", city, entry.name, state, entry.lat, entry.lon, entry.people
            )
            index = builder.add(place, ())
            self.inside[city, folded(entry.name)] = index
        for name in all_names(entry.name, entry.aliases):
            for spelling in spellings(name):
                builder.name(spelling, index)

    def _point(self, entry: Entry, home: Place | None) -> None:
        kind = PlaceKind.STATION if entry.kind == "station" else PlaceKind.POI
        city, state = (home.name, home.state) if home else (entry.city, entry.state or None)
        place = Place(entry.name, kind, entry.kind, city, entry.district or None, state, entry.lat, entry.lon)
        self.builder.add(place, [s for name in all_names(entry.name, entry.aliases) for s in spellings(name)])

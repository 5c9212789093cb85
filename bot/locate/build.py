"""Files of place names to a Gazetteer."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from ..domain import PlaceKind
from ..errors import GazetteerError
from .builder import Builder
from .drawing import Outline
from .gazetteer import Gazetteer, Place
from .imports import Entry
from .overlay import Overlay
from .reading import PLACES, point, read_text, rows, whole

WORDS = ("ambiguous.txt", "words.toml")
FILES = (
    "places.tsv", "postcodes.tsv", "districts.csv", "suburbs.csv", "poi.csv", "regions.csv", "outcodes.csv", *WORDS,
)  # fmt: skip


def load_gazetteer(
    folders: Sequence[Path], imported: Iterable[Entry] = (), *, spoken: Sequence[Path] = ()
) -> Gazetteer:
    """Read the place files of some countries (config/places/<country>/) into one Gazetteer.

    An earlier folder wins where two name a city alike. What an admin `imported` (`store.places.read_places`) is added and
    takes precedence: its coordinates and inhabitants replace the shipped ones. Of the folders `spoken` only the words of
    the language are read: for a country whose places are all imported. Raises GazetteerError with file and line.
    """
    builder = Builder()
    overlay = Overlay(builder)
    digest = hashlib.sha256()
    for folder in folders:
        found = [path for name in FILES if (path := folder / name).exists()]
        if not found:
            raise GazetteerError(f"{folder}: no place files here; expected {', '.join(FILES)}")
        for path in found:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        builder.read(folder)
    for folder in spoken:
        for path in (folder / name for name in WORDS):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        builder.read_words(folder)
    for entry in imported:
        digest.update(repr(entry).encode())
        overlay.add(entry)
    return builder.finish(digest.hexdigest()[:12])


@cache
def load_cities(*folders: Path) -> Gazetteer:
    """Cities alone, with points and inhabitants: what figures and maps need, in a tenth of the time; read once. Finds
    nothing in texts. Raises GazetteerError."""
    places: list[Place] = []
    cities: dict[str, int] = {}
    for path in (folder / "places.tsv" for folder in folders):
        for line, (name, kind, key, _, _, lat, lon, people, _) in rows(path, PLACES):
            if kind == "city" and name not in cities:
                cities[name] = len(places)
                at = point(lat, lon, path, line)
                places.append(Place(name, PlaceKind.CITY, kind, name, None, None, *at, whole(people, path, line), key))
    return Gazetteer("cities", tuple(places), cities=cities)


def load_outlines(folders: Sequence[Path]) -> tuple[Outline, ...]:
    """The outlines for maps (outlines.json); a country without them is drawn by its large cities. Raises GazetteerError."""
    outlines: list[Outline] = []
    for path in (folder / "outlines.json" for folder in folders):
        if not path.exists():
            continue
        try:
            for shape in json.loads(read_text(path)).values():
                rings = tuple(tuple(zip(ring[::2], ring[1::2], strict=True)) for ring in shape["rings"])
                outlines.append(Outline(str(shape["name"]), rings))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GazetteerError(f"{path}: no outlines ({error}); rebuild it with scripts/gazetteer") from error
    return tuple(outlines)

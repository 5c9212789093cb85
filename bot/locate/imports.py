"""What an admin downloads, row by row: GeoNames places and postcodes, our own CSV of districts, squares and places.

Nothing is kept in memory but the seats of the municipalities, so that a country of any size streams through.
"""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import GazetteerError
from .gazetteer import distance_km
from .reading import DISTRICTS, PLACES, POIS, point, rows, whole

GEONAMES, POSTAL = 19, 12  # columns, as the readme of download.geonames.org has them
REACH_KM = 20.0  # a part this far from the seat of its municipality belongs to another
TOWN = 1_000  # inhabitants from which a place is a town of its own where no municipality is given
_GONE = ("PPLH", "PPLQ", "PPLW", "PPLCH")  # historical, abandoned, destroyed
_POINTS = {"RSTN": "station", "AIRP": "airport", "SQR": "square", "STDM": "stadium"}
_COMPANY = re.compile(
    r"\b(?:GmbH|AG|KG|SE|KGaA|e\.? ?V\.?|mbH|Ltd|plc|Inc|Bank|Sparkasse|Versicherung\w*|Verlag|Postfach\w*|CEDEX)\b"
)


class Entry(NamedTuple):
    """One imported place. `kind`: city, district, station, postcode, or a kind of square or venue."""

    kind: str
    name: str  # of a postcode: the code
    city: str
    district: str
    state: str  # name; "" where the file does not say
    lat: float
    lon: float
    people: int = 0
    key: str = ""  # municipality key; "" where the file has none
    aliases: str = ""  # joined with "|"


@dataclass(slots=True)
class Tally:
    """What came of a file."""

    entries: int = 0
    left_out: int = 0  # company postcodes, vanished villages, parts of no known city


def read_download(path: Path, tally: Tally) -> Iterator[Entry]:
    """The entries of one file; which kind it is shows its columns. Raises GazetteerError with file and line."""
    with _lines(path) as lines:
        first = next(lines, "")
    columns = first.count("\t") + 1
    header = tuple(first.lstrip("\ufeff").split("," if columns == 1 else "\t"))
    if header in (DISTRICTS, POIS, PLACES):
        entries = _own(path, header)
    elif columns == GEONAMES:
        entries = _places(path, tally)
    elif columns == POSTAL:
        entries = _postal(path, tally)
    else:
        raise GazetteerError(
            f"{path}, line 1: {columns} columns; expected GeoNames places ({GEONAMES}), GeoNames postcodes ({POSTAL}),"
            f" or a header such as {','.join(DISTRICTS)}"
        )
    for entry in entries:
        tally.entries += 1
        yield entry


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a plain, gzipped or zipped text file, decoded one by one."""
    try:
        with _opened(path) as file:
            yield _decoded(file, path)
    except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
        raise GazetteerError(f"{path}: damaged or cut off ({error}); download it again") from error
    except OSError as error:
        raise GazetteerError(f"{path}: cannot be read ({error.strerror or error})") from error


def _opened(path: Path) -> gzip.GzipFile | IO[bytes]:
    if path.suffix == ".gz":
        return gzip.open(path)
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(path)
        names = [name for name in archive.namelist() if name.endswith(".txt") and "readme" not in name.lower()]
        if len(names) != 1:
            raise GazetteerError(f"{path}: {len(names)} text files inside, expected one")
        return archive.open(names[0])
    return path.open("rb")


def _decoded(file: Iterable[bytes], path: Path) -> Iterator[str]:
    number = 1
    try:
        for line in file:
            yield line.decode("utf-8").rstrip("\r\n")
            number += 1
    except UnicodeDecodeError as error:
        raise GazetteerError(f"{path}, line {number}: not UTF-8; save the file as UTF-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise GazetteerError(f"{path}, line {number}: cut off ({error}); download it again") from error


def _table(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    with _lines(path) as lines:
        for number, line in enumerate(lines, 1):
            fields = line.split("\t")
            if len(fields) != columns:
                raise GazetteerError(f"{path}, line {number}: {len(fields)} columns, expected {columns}")
            yield number, fields


class _Seat(NamedTuple):
    rank: tuple[int, int]  # capitals and seats first, then inhabitants
    name: str
    at: tuple[float, float]


def _places(path: Path, tally: Tally) -> Iterator[Entry]:
    """Twice through the file: first the seat of each municipality, then every place with its city."""
    seats: dict[tuple[str, ...], _Seat] = {}
    states: dict[str, str] = {}
    for line, row in _table(path, GEONAMES):
        if row[6] == "A" and row[7] == "ADM1":
            states[row[10]] = row[1]
        elif row[6] == "P" and row[7] != "PPLX" and row[7] not in _GONE:
            area = tuple(row[10:14])
            rank = (int(row[7].startswith(("PPLA", "PPLC"))), whole(row[14], path, line))
            if area not in seats or rank > seats[area].rank:
                seats[area] = _Seat(rank, row[1], point(row[4], row[5], path, line))
    for line, row in _table(path, GEONAMES):
        entry = _place(row, seats, states, path, line) if row[6] in "PS" else None
        if entry is not None:
            yield entry
        elif row[6] == "P":
            tally.left_out += 1


def _place(
    row: list[str], seats: dict[tuple[str, ...], _Seat], states: dict[str, str], path: Path, line: int
) -> Entry | None:
    at, people, code = point(row[4], row[5], path, line), whole(row[14], path, line), row[7]
    seat = seats.get(tuple(row[10:14]))
    near = seat is not None and distance_km(seat.at, at) < REACH_KM
    state, name = states.get(row[10], ""), row[1]
    key = row[13] if row[13].isdigit() else ""
    alias = row[2] if row[2] != name else ""
    if row[6] == "S":
        if code not in _POINTS or seat is None or not near:
            return None
        return Entry(_POINTS[code], name, seat.name, "", state, *at, aliases=alias)
    if code in _GONE or not name:
        return None
    part = code == "PPLX" or (bool(row[13]) and seat is not None and name != seat.name) or people < TOWN
    if part and seat is not None and seat.name != name:
        return Entry("district", name, seat.name, name, state, *at, people, aliases=alias) if near else None
    return None if code == "PPLX" else Entry("city", name, name, "", state, *at, people, key, alias)


def _postal(path: Path, tally: Tally) -> Iterator[Entry]:
    for line, row in _table(path, POSTAL):
        if _COMPANY.search(row[2]) or not (row[9] and row[10]):
            tally.left_out += 1
            continue
        yield Entry("postcode", row[1].strip(), row[2], "", row[3], *point(row[9], row[10], path, line))


def _own(path: Path, header: tuple[str, ...]) -> Iterator[Entry]:
    for line, row in rows(path, header):
        if header == DISTRICTS:
            city, name, _, lat, lon, aliases = row
            yield Entry("district", name, city, name, "", *point(lat, lon, path, line), aliases=aliases)
        elif header == POIS:
            name, kind, city, district, lat, lon, aliases = row
            yield Entry(kind, name, city, district, "", *point(lat, lon, path, line), aliases=aliases)
        else:
            name, kind, key, parent, state, lat, lon, people, aliases = row
            at, count = point(lat, lon, path, line), whole(people, path, line)
            if kind not in ("city", "village"):
                raise GazetteerError(f"{path}, line {line}: kind {kind!r}, expected city or village")
            if kind == "city":
                yield Entry("city", name, name, "", state, *at, count, key, aliases)
            else:
                yield Entry("district", name, parent, name, state, *at, count, aliases=aliases)


def read_downloads(paths: Sequence[Path], tallies: dict[Path, Tally]) -> Iterator[Entry]:
    """All files in order, each with its tally."""
    for path in paths:
        tallies[path] = Tally()
        yield from read_download(path, tallies[path])

"""The shipped files of place names, row by row, each row checked. A bad one is refused with its file and line."""

import csv
import io
import math
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import GazetteerError

PLACES = ("name", "kind", "key", "parent", "state", "lat", "lon", "population", "aliases")
POSTCODES = ("postcode", "lat", "lon", "key")
DISTRICTS = ("city", "district", "kind", "lat", "lon", "aliases")
POIS = ("name", "kind", "city", "district", "lat", "lon", "aliases")
REGIONS = ("name", "kind", "code", "lat", "lon", "aliases")
SUBURBS = ("city", "names")  # parts without coordinates: known by name, placed at their city
OUTCODES = ("outcode", "city", "district", "lat", "lon")


def rows(path: Path, header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row; nothing when the file is missing. `.tsv` is cut at tabs, `.csv` by the rules of CSV."""
    if not path.exists():
        return
    text = read_text(path)
    lines: Iterable[tuple[int, list[str]]] = (
        enumerate((line.split("\t") for line in text.split("\n")), 1) if path.suffix == ".tsv" else _csv(text, path)
    )
    wanted = len(header)
    for number, fields in lines:
        if number == 1:
            if tuple(fields) != header:
                raise GazetteerError(f"{path}, line 1: the columns must be {', '.join(header)}")
        elif len(fields) != wanted:
            if fields and any(fields):
                raise GazetteerError(f"{path}, line {number}: {len(fields)} columns, expected {wanted}")
        else:
            yield number, fields


def _csv(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise GazetteerError(f"{path}, line {reader.line_num}: no valid CSV ({error})") from error
        yield reader.line_num, row


def read_text(path: Path) -> str:
    """The file as text, without a byte order mark. Raises GazetteerError naming the line that is no UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GazetteerError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GazetteerError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from error


def point(lat: str, lon: str, path: Path, line: int) -> tuple[float, float]:
    """Degrees, WGS 84. Raises GazetteerError."""
    try:
        north, east = float(lat), float(lon)
    except ValueError:
        raise GazetteerError(f"{path}, line {line}: {lat!r}, {lon!r} are no coordinates") from None
    if not (math.isfinite(north) and math.isfinite(east) and -90 <= north <= 90 and -180 <= east <= 180):
        raise GazetteerError(f"{path}, line {line}: {lat}, {lon} lies nowhere on earth; latitude comes first")
    return north, east


def whole(text: str, path: Path, line: int) -> int:
    """A count; an empty field is 0."""
    if text.isascii() and (text.isdigit() or not text):
        return int(text or 0)
    raise GazetteerError(f"{path}, line {line}: {text!r} is no whole number")


def listed(path: Path) -> list[str]:
    """The lines of a word list, without comments and blank lines; nothing when the file is missing."""
    if not path.exists():
        return []
    lines = (line.partition("#")[0].strip() for line in read_text(path).splitlines())
    return [line for line in lines if line]


def table(path: Path) -> dict[str, Any]:
    """A TOML file; empty when it is missing."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise GazetteerError(f"{path}: not valid TOML ({error})") from error

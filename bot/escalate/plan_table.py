"""The planners' own table: which column is what, and each row as a measure or the reason why not. Pure.

Heads may be German or English, in any order and spelling; numbers may have a decimal comma; coordinates may be degrees
(WGS 84) or metres (EPSG:25832).
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from ..domain import PlaceKind, Technology
from ..errors import InputError
from ..locate.gazetteer import Gazetteer, distance_km
from ..text import fold
from .plan import Kind, Measure, Status

E = TypeVar("E", bound=StrEnum)
Row = Sequence[str]
ToDegrees = Callable[[float, float], tuple[float, float]]  # easting and northing to latitude and longitude

HEAD_WITHIN = 20  # rows; above it stand a title, a date, an author
LARGEST_RADIUS_M = 20_000
FARTHEST_KM = 60  # from the middle of its city: Berlin reaches 25 km
FIELDS = {
    field: frozenset(names.split())
    for field, names in {
        "id": """id measureid measure massnahmenid massnahmeid massnahmennummer massnahmennr massnahme projektid
            projektnummer projektnr nr""",
        "site": "site siteid standortid standort standortnummer standortnr sitename",
        "postcode": "postcode postalcode zip plz postleitzahl",
        "city": "city town ort stadt gemeinde gemeindename ortsname kommune municipality",
        "district": "district ortsteil stadtteil bezirk stadtbezirk quarter viertel",
        "key": "ags gemeindeschluessel amtlichergemeindeschluessel municipalitykey",
        "lat": "lat latitude breite breitengrad geobreite",
        "lon": "lon lng long longitude laenge laengengrad geolaenge",
        "east": "east easting ostwert rechtswert x utmx utmost",
        "north": "north northing nordwert hochwert y utmy utmnord",
        "radius": "radius radiusm radiusinm radiusmeter wirkradius versorgungsradius",
        "technology": "technology technologie technik funktechnik rat netz",
        "band": "band frequenz frequenzband frequency frequencyband",
        "kind": "kind type art typ massnahmenart massnahmentyp ausbauart",
        "status": "status stand zustand state",
        "quarter": "plannedquarter quartal planquartal geplantesquartal plannedfor geplant plantermin geplantfuer",
        "live": "live livedate livedatum inbetriebnahme inbetriebnahmedatum ibn golive onair livesince inbetriebseit",
        "remark": "remark remarks bemerkung bemerkungen kommentar notiz anmerkung comment note",
    }.items()
}
_STATUS = {
    "planned geplant planung inplanung": Status.PLANNED,
    "building imbau bau inbau umsetzung inumsetzung underconstruction": Status.BUILDING,
    "live inbetrieb aktiv onair fertig umgesetzt abgeschlossen done": Status.LIVE,
    "postponed verschoben zurueckgestellt vertagt": Status.POSTPONED,
    "cancelled canceled entfallen entfaellt storniert gestrichen": Status.CANCELLED,
}
_KIND = {
    "newsite neubau neuerstandort neustandort new": Kind.NEW_SITE,
    "capacity kapazitaet kapazitaetsausbau kapazitaetserweiterung erweiterung ausbau upgrade": Kind.CAPACITY,
    "5g 5gausbau 5gaufruestung": Kind.FIVE_G,
    "backhaul anbindung glasfaseranbindung richtfunk glasfaser": Kind.BACKHAUL,
}
_TECHNOLOGY = {
    "2g": Technology.G2, "gsm": Technology.G2, "3g": Technology.G3, "umts": Technology.G3, "4g": Technology.G4,
    "lte": Technology.G4, "5g": Technology.G5, "nr": Technology.G5, "5gnr": Technology.G5, "5gsa": Technology.G5,
}  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True, slots=True)
class BadRow:
    number: int  # as a spreadsheet counts, from 1
    reason: str


class _Bad(Exception):
    """Why a row cannot be read; never leaves this file."""


def read_table(
    rows: Iterable[tuple[int, Row]], gazetteer: Gazetteer, to_degrees: ToDegrees, columns: Mapping[str, str]
) -> tuple[list[Measure], list[BadRow]]:
    """Numbered rows, heads somewhere at the top. `columns` names those with heads of their own. Raises InputError."""
    lines = iter(rows)
    heads = _find_heads(lines, columns)
    towns = _Towns(gazetteer)
    measures: list[Measure] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    for number, row in lines:
        if not any(value.strip() for value in row):
            continue
        cells = {field: row[place].strip() if place < len(row) else "" for field, place in heads.items()}
        try:
            measure = towns.place(_measure(cells, to_degrees))
            if measure.id in seen:
                raise _Bad(f"measure {measure.id} stands in row {seen[measure.id]}, too")
        except _Bad as reason:
            bad.append(BadRow(number, str(reason)))
            continue
        seen[measure.id] = number
        measures.append(measure)
    return measures, bad


def fold_head(text: str) -> str:
    """ "Maßnahmen-ID" and "massnahmen id" are the same. What stands in brackets is a unit."""
    return re.sub(r"[^a-z0-9]", "", fold(re.sub(r"[\[(].*?[\])]", "", text)))


def number_of(text: str, *, metres: bool = False) -> float:
    """A number with decimal point or comma. `metres`: "387.500" are thousands. Raises ValueError."""
    plain = re.sub(r"[\s'’_]", "", text).removesuffix("m").removesuffix("°")
    if metres and re.fullmatch(r"\d{1,3}([.,]\d{3})+", plain):
        return float(re.sub(r"[.,]", "", plain))
    if "," in plain and "." in plain:
        thousands = "." if plain.rfind(",") > plain.rfind(".") else ","
        plain = plain.replace(thousands, "")
    value = float(plain.replace(",", ".") if plain.count(",") == 1 else plain)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def quarter_of(text: str) -> str:
    """ "Q3/2026", "2026 Q3", "3. Quartal 2026", "III/26" as "2026-Q3". Raises ValueError."""
    plain = fold(text).replace("quartal", "q").replace("quarter", "q")
    found = re.search(r"(?:q\s*([1-4])|([1-4])\s*\.?\s*q|\b(iv|i{1,3})\b)", plain)
    year = re.search(r"(?<!\d)(20\d\d)(?!\d)", plain) or re.search(r"[/.\s-](\d\d)\s*$", plain)
    if not found or not year:
        raise ValueError(text)
    number = int(found[1] or found[2] or _ROMAN[found[3]])
    return f"{year[1] if len(year[1]) == 4 else '20' + year[1]}-Q{number}"


def date_of(text: str) -> date:
    """ "2026-05-01", "01.05.2026", "1.5.26", "05/2026" (its first day). Raises ValueError."""
    plain = text.strip().split("T")[0].split(" ")[0]
    if found := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})", plain):
        day, month, year = (int(part) for part in found.groups())
        return date(year + 2000 if year < 100 else year, month, day)
    if found := re.fullmatch(r"(\d{1,2})[/.](\d{4})", plain):
        return date(int(found[2]), int(found[1]), 1)
    return date.fromisoformat(plain)


def _find_heads(lines: Iterable[tuple[int, Row]], columns: Mapping[str, str]) -> dict[str, int]:
    own = {fold_head(head): field for field, head in columns.items()}
    if unknown := [field for field in columns if field not in FIELDS]:
        raise InputError(f"plan.columns: unknown field {unknown[0]!r}; known: {', '.join(FIELDS)}")
    first: Row = ()
    for number, row in lines:
        first = first or row
        heads: dict[str, int] = {}
        for place, head in enumerate(row):
            folded = fold_head(head)
            field = own.get(folded) or next((name for name, names in FIELDS.items() if folded in names), None)
            if (field and field not in columns) or (field and own.get(folded) == field):
                heads.setdefault(field, place)
        if len(heads) >= 3 and {"id", "status"} <= heads.keys():
            return heads
        if number >= HEAD_WITHIN:
            break
    told = ", ".join(cell.strip()[:30] for cell in first[:12])
    raise InputError(
        f"no row of headings with at least a measure id, a status and a place; the first reads: {told}."
        ' Name them in [plan] columns = { id = "…", status = "…" }'
    )


def _measure(cells: Mapping[str, str], to_degrees: ToDegrees) -> Measure:
    told = {field: text for field, text in cells.items() if text}
    if "id" not in told:
        raise _Bad("has no measure id")
    if len(told["id"]) > 100:
        raise _Bad("its measure id is longer than 100 characters")
    lat, lon = _point(told, to_degrees)
    postcode = told.get("postcode", "")
    if postcode:
        postcode = postcode.removesuffix(".0").removeprefix("D-")
        postcode = postcode.zfill(5) if postcode.isdecimal() else postcode  # a spreadsheet takes "01067" for a number
        if not re.fullmatch(r"\d{5}", postcode, re.ASCII):
            raise _Bad(f"postcode {_short(told['postcode'])} has not five digits")
    if not (postcode or lat is not None or "city" in told or "key" in told):
        raise _Bad("has no place: no postcode, city, municipality key or coordinates")
    quarter, live_on = "", None
    try:
        quarter = quarter_of(told["quarter"]) if "quarter" in told else ""
    except ValueError:
        raise _Bad(f"quarter {_short(told['quarter'])} is not like Q3/2026") from None
    try:
        live_on = date_of(told["live"]) if "live" in told else None
    except ValueError:
        raise _Bad(f"date {_short(told['live'])} is not like 2026-05-01 or 01.05.2026") from None
    return Measure(
        id=told["id"],
        status=_word(told, "status", _STATUS, needed=True) or Status.PLANNED,
        site=told.get("site", "")[:100],
        postcode=postcode,
        city=told.get("city", ""),
        district=told.get("district", "")[:100],
        key=told.get("key", "").removesuffix(".0"),
        lat=lat,
        lon=lon,
        radius_m=_radius(told),
        technologies=_technologies(told.get("technology", "")),
        band=told.get("band", "")[:50],
        kind=_word(told, "kind", _KIND),
        quarter=quarter,
        live_on=live_on,
        remark=told.get("remark", "")[:500],
    )


def _point(told: Mapping[str, str], to_degrees: ToDegrees) -> tuple[float | None, float | None]:
    """Degrees, whatever the columns are called: what is above 180 is metres."""
    north, east = told.get("lat") or told.get("north"), told.get("lon") or told.get("east")
    if not north and not east:
        return None, None
    if not north or not east:
        raise _Bad("has one coordinate without the other")
    try:
        y, x = (number_of(text, metres="north" in told and "lat" not in told) for text in (north, east))
    except ValueError:
        raise _Bad(f"coordinates {_short(north)}, {_short(east)} are no numbers") from None
    if abs(x) > 180 or abs(y) > 180:
        if not (100_000 < x < 1_000_000 and 4_000_000 < y < 7_000_000):
            raise _Bad(f"coordinates {_short(north)}, {_short(east)} are neither degrees nor EPSG:25832")
        y, x = to_degrees(x, y)
    if not (-90 <= y <= 90 and -180 <= x <= 180):
        raise _Bad(f"coordinates {_short(north)}, {_short(east)} lie nowhere on earth")
    return round(y, 6), round(x, 6)


def _radius(told: Mapping[str, str]) -> float | None:
    if "radius" not in told:
        return None
    try:
        radius = number_of(told["radius"], metres=True)
    except ValueError:
        raise _Bad(f"radius {_short(told['radius'])} is no number") from None
    if not 0 <= radius <= LARGEST_RADIUS_M:
        raise _Bad(f"radius {_short(told['radius'])} is not between 0 and {LARGEST_RADIUS_M} metres")
    return radius or None


def _technologies(text: str) -> tuple[Technology, ...]:
    words = [fold_head(word) for word in re.split(r"[/,;+&|]|\bund\b|\band\b", text) if word.strip()]
    if unknown := [
        word for word in words if word not in _TECHNOLOGY and not re.match(r"(lte|5g|gsm|umts|nr)\d*", word)
    ]:
        raise _Bad(f"technology {_short(unknown[0])} is none of {', '.join(_TECHNOLOGY)}")
    found = {_TECHNOLOGY.get(word) or _TECHNOLOGY[re.sub(r"\d+$", "", word)] for word in words}
    return tuple(sorted(found))


def _word(told: Mapping[str, str], field: str, known: Mapping[str, E], *, needed: bool = False) -> E | None:
    if field not in told:
        if needed:
            raise _Bad(f"has no {field}")
        return None
    folded = fold_head(told[field])
    for words, value in known.items():
        if folded in words.split():
            return value
    choices = ", ".join(words.split()[0] for words in known)
    raise _Bad(f"{field} {_short(told[field])} is none of {choices}")


class _Towns:
    """Official names for what the table calls a place."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._by_key = {
            place.key: place.name for place in gazetteer.places if place.kind is PlaceKind.CITY and place.key
        }

    def place(self, measure: Measure) -> Measure:
        """With its official city; what is known of the postcode fills in. Raises _Bad where they contradict each other."""
        code = self._gazetteer.postcodes.get(measure.postcode) if measure.postcode else None
        city = self._official(measure) or (code.city if code else None)
        if city is None and measure.point is None:
            what = (
                f"city {_short(measure.city)}"
                if measure.city
                else f"postcode {measure.postcode}"
                if measure.postcode
                else "its key"
            )
            raise _Bad(f"{what} is not known, and it has no coordinates")
        middle = self._gazetteer.coordinates(city) if city else None
        if middle and measure.point and (far := distance_km(middle, measure.point)) > FARTHEST_KM:
            raise _Bad(f"its coordinates lie {far:.0f} km from {city}")
        district = measure.district or (code.district or "" if code and code.city == city else "")
        return replace(measure, city=city or measure.city, district=district)

    def _official(self, measure: Measure) -> str | None:
        if measure.key and (city := self._by_key.get(measure.key.zfill(8))):
            return city
        if not measure.city:
            return None
        if self._gazetteer.city(measure.city):
            return measure.city
        named = (
            self._gazetteer.places[n]
            for n in self._gazetteer.names.get(" ".join(re.findall(r"\w+", fold(measure.city))), ())
        )
        return next((place.name for place in named if place.kind is PlaceKind.CITY), None)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "…")

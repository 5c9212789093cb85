"""The build-out plan: read the planners' file, keep it, and hold hot spots and cases against it."""

import csv
import hashlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from .. import store
from ..config.settings import Settings
from ..domain import HotSpot, PlaceKind
from ..errors import InputError
from ..escalate.cases import SETTLED
from ..escalate.matching import Match, Patience, Plan, Target, match
from ..escalate.plan import Measure, Version
from ..escalate.plan_table import BadRow, Row, read_table
from ..locate.gazetteer import Gazetteer
from ..store.cases import cases
from ..store.plans import add_plan, get_plan
from ..watch.hotspots import SMALL, trend
from .publishing import hot_spots

LARGEST = 64 * 1024 * 1024  # bytes of a file, and of what a spreadsheet unpacks to
MOST_ROWS = 200_000
WIDEST = 100  # columns


def read_plan(path: Path, gazetteer: Gazetteer, settings: Settings) -> tuple[list[Measure], list[BadRow], str]:
    """Measures, bad rows, and the file's SHA-256. Raises InputError."""
    from pyproj import Transformer  # 0.1 s that other commands do not pay

    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: larger than {LARGEST // 1024 // 1024} MiB; that is no table of measures")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    rows = _sheet(path, content) if content[:2] == b"PK" else _lines(path, content)
    from_metres = Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)

    def to_degrees(east: float, north: float) -> tuple[float, float]:
        lon, lat = from_metres.transform(east, north)
        return lat, lon

    try:
        measures, bad = read_table(rows, gazetteer, to_degrees, settings.plan.columns)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return measures, bad, hashlib.sha256(content).hexdigest()


def import_plan(
    db: store.Database, measures: list[Measure], bad: int, path: Path, digest: str, *, actor: str, now: datetime
) -> Version:
    with store.transaction(db):
        version = add_plan(db, measures, file=path.name, digest=digest, bad=bad, actor=actor, now=now)
        store.note(
            db, "import-plan", actor=actor, now=now, detail=f"version {version.number}: {len(measures)} measures"
        )
    return version


def match_hot_spots(db: store.Database, gazetteer: Gazetteer, settings: Settings, last: date, days: int) -> list[Match]:
    """The hot spots of the days up to `last` beside the newest plan."""
    middles = _Middles(gazetteer)
    targets = []
    for spot in hot_spots(db, gazetteer, settings, last, days):
        parts = [part for part in spot.districts if part.people >= SMALL]
        rest = spot.people - sum(part.people for part in parts)
        if rest >= SMALL or (spot.people >= SMALL and not parts):
            targets.append(_target(spot, rest if parts else spot.people, last, gazetteer, middles))
        targets += [_target(part, part.people, last, gazetteer, middles) for part in parts]
    return match(targets, Plan(get_plan(db), patience(settings, days)), last)


def match_place(
    db: store.Database, gazetteer: Gazetteer, settings: Settings, place: tuple[str, str], people: int, last: date, days: int
) -> Match:  # fmt: skip
    """One place (city, district or "") beside the newest plan."""
    city, district = place[0], place[1] or None
    middles = _Middles(gazetteer)
    target = Target(
        name=f"{city}-{district}" if district else city,
        city=city,
        district=district,
        people=people,
        before=None,
        trend=None,
        last_seen=last,
        point=middles.points.get((city, district)),
        postcodes=middles.postcodes.get((city, district), frozenset()),
        population=gazetteer.population(city),
    )
    return match([target], Plan(get_plan(db), patience(settings, days)), last)[0]


def match_cases(db: store.Database, gazetteer: Gazetteer, settings: Settings, today: date) -> list[Match]:
    """Open cases beside the newest plan, each by its main place."""
    middles = _Middles(gazetteer)
    targets = []
    for case in cases(db):
        if case.state in SETTLED or not case.spots:
            continue
        spot = case.spots[0]
        place = (spot.city, spot.district or None)
        targets.append(
            Target(
                name=f"case {case.number}: {spot}",
                city=spot.city,
                district=spot.district or None,
                people=case.people,
                before=case.handed_people,
                trend=None if case.handed_people is None else trend(case.handed_people, case.people),
                last_seen=case.last_seen,
                point=middles.points.get(place),
                postcodes=middles.postcodes.get(place, frozenset()),
                technology=case.technology,
                population=gazetteer.population(spot.city),
            )
        )
    return match(targets, Plan(get_plan(db), patience(settings, settings.cases.within)), today)


def patience(settings: Settings, days: int) -> Patience:
    plan = settings.plan
    return Patience(period_days=days, longest=plan.patience, settle=plan.settle, radius_m=float(plan.radius_m))


class _Middles:
    """Where districts and towns lie, and which postcodes they have."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.points: dict[tuple[str | None, str | None], tuple[float, float]] = {}
        codes: dict[tuple[str, str | None], set[str]] = defaultdict(set)
        for place in gazetteer.places:
            if place.kind is PlaceKind.CITY:
                self.points[place.name, None] = (place.lat, place.lon)
            elif place.kind is PlaceKind.DISTRICT:
                self.points[place.city, place.district] = (place.lat, place.lon)
        for code, known in gazetteer.postcodes.items():
            codes[known.city, known.district].add(code)
        self.postcodes = {place: frozenset(found) for place, found in codes.items()}


def _target(spot: HotSpot, people: int, last: date, gazetteer: Gazetteer, middles: _Middles) -> Target:
    place = (spot.city, spot.district)
    return Target(
        name=f"{spot.city}-{spot.district}" if spot.district else spot.city,
        city=spot.city,
        district=spot.district,
        people=people,
        before=spot.before,
        trend=spot.trend,
        last_seen=last,
        point=middles.points.get(place),
        postcodes=middles.postcodes.get(place, frozenset()),
        population=gazetteer.population(spot.city),
    )


def _lines(path: Path, content: bytes) -> Iterator[tuple[int, Row]]:
    """Rows of a CSV file, in whatever encoding and with whatever delimiter a spreadsheet wrote it."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(f"{path}: its encoding is none of UTF-8, UTF-16 and Windows-1252; save it anew")
    if "\x00" in text:
        raise InputError(f"{path}: is no table; save the sheet as CSV or XLSX")
    start = "\n".join(text.splitlines()[:20])
    delimiter = max(";\t,|", key=start.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        begin = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"{path}: row {begin} cannot be read ({error})") from error
        if begin > MOST_ROWS:
            raise InputError(f"{path}: more than {MOST_ROWS:,} rows")
        yield begin, row[:WIDEST]


def _sheet(path: Path, content: bytes) -> Iterator[tuple[int, Row]]:
    """Rows of the first sheet of an XLSX file, as its reader would type them."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST * 4:
                raise InputError(f"{path}: unpacks to more than a table holds")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever it stumbles over: KeyError, ValueError, BadZipFile …
        raise InputError(f"{path}: cannot be read as XLSX ({type(error).__name__}); save it anew") from error
    try:
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=WIDEST, max_row=MOST_ROWS + 1), 1):
            if number > MOST_ROWS:
                raise InputError(f"{path}: more than {MOST_ROWS:,} rows")
            yield number, [_typed(value) for value in row]
    finally:
        book.close()


def _typed(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

"""The extract as files: CSV that Excel opens rightly, XLSX, GeoJSON, and a manifest that says what it is. Values to bytes."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from .extract import Change, ExtractRow, Release, compare, gone

Point = tuple[float, float]  # latitude, longitude, WGS 84
Locate = Callable[[ExtractRow], Point | None]

COLUMNS = ("symptom", "technology", "city", "district", "state", "period", "people")
HEADS = {
    "de": ("Fehlerbild", "Technologie", "Ort", "Ortsteil", "Bundesland", "Zeitraum", "Personen"),
    "en": COLUMNS,
}
FORMATS = (".csv", ".xlsx", ".geojson")


def cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_csv(rows: Sequence[ExtractRow], lang: str) -> bytes:
    """With a byte-order mark and semicolons, as German Excel wants it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADS[lang])
    writer.writerows([cell(str(value)) for value in _values(row)] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(releases: Sequence[Release], before: Release | None, lang: str) -> bytes:
    """Two sheets: the rows, and how they moved since the period before."""
    from openpyxl import Workbook  # 0.2 s and 15 MB that other commands do not pay

    book = Workbook()
    book.properties.creator = "Brennpunkt"
    book.properties.created = book.properties.modified = releases[-1].released_at.astimezone(UTC).replace(tzinfo=None)
    sheet = book.worksheets[0]
    sheet.title = {"de": "Auszug", "en": "Extract"}[lang]
    sheet.append(HEADS[lang])
    for release in releases:
        for row in release.rows:
            sheet.append([cell(value) if isinstance(value, str) else value for value in _values(row)])
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    changes = book.create_sheet({"de": "Veränderung", "en": "Changes"}[lang])
    changes.append([*HEADS[lang], *{"de": ("zuvor", "Entwicklung"), "en": ("before", "trend")}[lang]])
    for change in _changes(releases, before):
        changes.append([*_values(change.row), change.before, _told(change, lang)])
    for each in (sheet, changes):
        for column, width in zip("ABCDEFGHI", (16, 12, 26, 26, 24, 24, 10, 10, 16), strict=True):
            each.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_geojson(rows: Sequence[ExtractRow], locate: Locate) -> bytes:
    """One feature a row, at the middle of its place; none at all (RFC 7946: null) for the whole country."""
    features = []
    for row in rows:
        point = locate(row)
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [round(point[1], 4), round(point[0], 4)]}
                if point
                else None,
                "properties": dict(zip(COLUMNS, _values(row), strict=True)) | {"level": row.level},
            }
        )
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    return (text + "\n").encode()


def manifest(
    name: str, content: bytes, releases: Sequence[Release], before: Release | None, carrier: str, notice: str
) -> bytes:
    """What the file is, for those who get it and for those who must answer for it. Made of released rows only."""
    rows = [row for release in releases for row in release.rows]
    moves = _changes(releases, before)
    last = releases[-1]
    earlier = releases[-2] if len(releases) > 1 else before
    table: dict[str, Any] = {
        "file": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "carrier": carrier,
        "made_up": notice or None,
        "periods": [
            {
                "first": str(release.period.first),
                "last": str(release.period.last),
                "released_at": release.released_at.isoformat(),
                "k": release.k,
                "rows": len(release.rows),
                "groups_rolled_up": release.rolled,
                "too_few_to_show": not release.shown,
                "hours_heard": round(release.heard, 3),
                "rules": release.rules,
            }
            for release in releases
        ],
        "rows_by_level": dict(Counter(row.level for row in rows)),
        "difference_to": str(earlier.period) if earlier else None,
        "difference": {
            "new": sum(move.before is None for move in moves),
            "more": sum(move.trend == 1 for move in moves),
            "fewer": sum(move.trend == -1 for move in moves),
            "within_chance": sum(move.trend == 0 for move in moves),
            "no_longer_of_their_own": len(gone(last.rows, earlier.rows if earlier else None)),
        }
        if earlier
        else None,
        "how_to_read": (
            "A row counts each person once. People are counted in the most precise row that holds at least k of them: the"
            " row of a city leaves out whom its districts' rows count. A person may have several symptoms. Who complains in"
            " public is no sample of all customers. Places without rows are places nobody named, not places without trouble."
        ),
    }
    return (json.dumps(table, ensure_ascii=False, indent=2) + "\n").encode()


def _changes(releases: Sequence[Release], before: Release | None) -> list[Change]:
    """The last period beside the one before it."""
    earlier = releases[-2] if len(releases) > 1 else before
    return compare(releases[-1].rows, earlier.rows) if earlier else []


def _told(change: Change, lang: str) -> str:
    german = {None: "neu als Zeile", 1: "mehr", -1: "weniger", 0: "im Rahmen des Zufalls"}
    english = {None: "new as a row", 1: "more", -1: "fewer", 0: "within chance"}
    return (german if lang == "de" else english)[change.trend]


def _values(row: ExtractRow) -> list[str | int]:
    told = (row.symptom, row.technology, row.city, row.district, row.state)
    return [*(str(value) if value else "" for value in told), str(row.period), row.people]

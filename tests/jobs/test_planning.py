"""The plan's file in the formats and encodings that planners' programs write."""

import io
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from bot import store
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.errors import InputError
from bot.escalate.matching import Cover
from bot.jobs import casework, planning
from bot.store.plans import get_plan, plan_versions
from tests.jobs.test_casework import complain

SETTINGS = load_settings(shipped("o2-de.toml"))
GAZETTEER = load_gazetteer_of(SETTINGS)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HEADS = "Maßnahmen-ID{0}Ort{0}Ortsteil{0}Rechtswert{0}Hochwert{0}Status{0}Inbetriebnahme"
TABLE = HEADS + "\nM-1{0}Köln{0}Deutz{0}357900{0}5645000{0}geplant{0}01.05.2026\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_in_any_usual_encoding_with_any_usual_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "plan.csv"
    path.write_bytes(TABLE.format(delimiter).encode(encoding))
    (measure,), bad, digest = planning.read_plan(path, GAZETTEER, SETTINGS)
    assert (measure.id, measure.city, measure.district, bad, len(digest)) == ("M-1", "Köln", "Deutz", [], 64)
    assert measure.point == pytest.approx((50.94, 6.98), abs=0.01)  # EPSG:25832


def test_xlsx_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Measure ID", "Postcode", "City", "Status", "Live date", "Lat", "Lon"])
    book.worksheets[0].append([17, 1067, "Dresden", "planned", date(2026, 5, 1), 51.05, 13.737])
    out = io.BytesIO()
    book.save(out)
    (tmp_path / "plan.xlsx").write_bytes(out.getvalue())
    (measure,), bad, _ = planning.read_plan(tmp_path / "plan.xlsx", GAZETTEER, SETTINGS)
    assert (measure.id, measure.postcode, measure.live_on, bad) == ("17", "01067", date(2026, 5, 1), [])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 broken", "cannot be read as XLSX"),
        (b"\x89PNG\x00\x00", "is no table"),
        (b"", "no row of headings"),
        (b"a;b;c\n1;2;3\n", "no row of headings"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_line(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "plan.csv").write_bytes(content)
    with pytest.raises(InputError, match=says) as raised:
        planning.read_plan(tmp_path / "plan.csv", GAZETTEER, SETTINGS)
    assert "\n" not in str(raised.value)


def test_versions_are_kept_and_the_newest_is_the_plan(db: store.Database, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    for status in ("geplant", "im Bau"):
        path.write_text(TABLE.format(";").replace("geplant", status), encoding="utf-8")
        measures, bad, digest = planning.read_plan(path, GAZETTEER, SETTINGS)
        planning.import_plan(db, measures, len(bad), path, digest, actor="kim", now=NOW)
    assert [(version.number, version.measures, version.imported_by) for version in plan_versions(db)] == [
        (2, 1, "kim"),
        (1, 1, "kim"),
    ]
    assert get_plan(db) == measures
    assert get_plan(db, 1)[0].status == "planned"
    assert [deed.action for deed in store.deeds(db, since=NOW)] == ["import-plan"] * 2


def test_hot_spots_and_cases_are_held_against_the_plan(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    complain(db, 12, city="Köln", district="Deutz")
    complain(db, 11, city="Bonn")
    casework.look(db, db, SETTINGS, now=NOW)
    (tmp_path / "plan.csv").write_text(TABLE.format(";"), encoding="utf-8")
    measures, _, digest = planning.read_plan(tmp_path / "plan.csv", GAZETTEER, SETTINGS)
    planning.import_plan(db, measures, 0, tmp_path / "plan.csv", digest, actor="kim", now=NOW)
    spots = planning.match_hot_spots(db, GAZETTEER, SETTINGS, NOW.date(), 14)
    assert [(hit.target.name, hit.cover) for hit in spots] == [
        ("Bonn", Cover.NOT_PLANNED),
        ("Köln-Deutz", Cover.COVERED),
    ]
    found = planning.match_cases(db, GAZETTEER, SETTINGS, NOW.date())
    assert [(hit.target.name, hit.cover) for hit in found] == [
        ("case 1: Bonn", Cover.NOT_PLANNED), ("case 2: Köln-Deutz", Cover.COVERED),
    ]  # fmt: skip
    db.close()

"""The list for planners as it leaves the house: twice the same, without a trace of anybody, in three formats."""

import csv
import hashlib
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import store
from bot.analyse import analyse
from bot.config.judge import load_gazetteer_of, load_judge
from bot.config.load import load_settings, shipped
from bot.domain import Report, Symptom, Tally
from bot.errors import InputError
from bot.escalate.extract import Period
from bot.jobs import handover
from tests.factories import post

SETTINGS = load_settings(shipped("o2-de.toml"))
GAZETTEER = load_gazetteer_of(SETTINGS)
JUDGE = load_judge(SETTINGS, Path("var/none.db"))
PERIOD = Period(date(2011, 11, 14), date(2011, 11, 27))
INSIDE = datetime(2011, 11, 21, 12, tzinfo=UTC)
LATER = datetime(2011, 12, 1, tzinfo=UTC)


def file_reports(db: store.Database, count: int, start: int = 0, **what: object) -> None:
    usual = {"symptoms": (Symptom.SLOW_DATA,), "city": "Köln", "state": "Nordrhein-Westfalen"}
    with store.transaction(db):
        store.add_reports(
            db,
            [
                Report(**{"id": f"r{n}", "filed_at": INSIDE, "person": f"p{n}", **usual, **what})  # type: ignore[arg-type]
                for n in range(start, start + count)
            ],
        )


def made(db: store.Database, periods: list[Period] | None = None) -> handover.Extract:
    return handover.extract(db, GAZETTEER, SETTINGS, periods or [PERIOD], actor="kim", now=LATER)


def test_two_extracts_of_a_period_are_the_same_whoever_came_or_went_in_between(db: store.Database) -> None:
    file_reports(db, 7)
    first = made(db)
    file_reports(db, 1, start=7)  # one more: the difference would be exactly this person
    file_reports(db, 6, start=8, district="Deutz")
    db.execute("DELETE FROM reports WHERE id = 'r1'")
    assert made(db) == first
    assert [(row.city, row.people) for row in first.rows] == [("Köln", 7)]


def test_a_period_that_overlaps_a_released_one_is_refused_and_nothing_is_released(db: store.Database) -> None:
    file_reports(db, 7)
    made(db)
    week = Period(date(2011, 11, 21), date(2011, 11, 27))
    with pytest.raises(InputError, match="overlaps 2011-11-14/2011-11-27, which was released"):
        made(db, [week])
    assert len(made(db).periods) == 1


def test_a_running_period_is_not_released() -> None:
    with pytest.raises(InputError, match="when it is over"):
        handover.chosen_periods(SETTINGS, date(2011, 11, 21), 1, date(2011, 11, 28))


def test_each_release_stands_in_the_audit_log_once(db: store.Database) -> None:
    file_reports(db, 7)
    made(db), made(db)
    assert [(deed.actor, deed.action) for deed in store.deeds(db, since=LATER - timedelta(1))] == [("kim", "extract")]


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "@kim_muster@example.social", "kim@example.org", "0171 2345678", "+49 30 123456", "https://example.org/p/123",
            "DE89 3704 0044 0532 0130 00", "=HYPERLINK(\"http://x\")", "Kundennummer 4711 0815", "Musterweg 12",
        ]
    ),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), min_size=6, max_size=12))
def test_no_word_number_address_or_name_of_anybody_gets_out(rows: list[tuple[str, str, str]]) -> None:
    db = store.in_memory()
    posts = [
        post(f"o2 in Köln: volle Balken, keine Daten {text}", author=f"{name}{n}", url="https://example.org/1", created_at=INSIDE)
        for n, (text, name, _) in enumerate(rows)
    ]  # fmt: skip
    with store.transaction(db):
        store.add_page(db, [(one, analyse(one, JUDGE)) for one in posts], now=INSIDE, tally=Tally())
        store.add_reports(
            db,
            [
                Report(f"r{n}", INSIDE, (Symptom.DATA_STALL,), city=place, district=name, state=text, person=f"p{n}")
                for n, (text, name, place) in enumerate(rows)
            ],
        )
    found = made(db)
    for name in ("a.csv", "a.geojson"):
        text = handover.files_of(found, Path(name), db, GAZETTEER, SETTINGS, "en")[0][1].decode("utf-8-sig")
        table = (
            json.loads(text)["features"]
            if name == "a.geojson"
            else list(csv.DictReader(io.StringIO(text), delimiter=";"))
        )
        for row in table:
            told = row.get("properties", row)
            assert told["city"] in ("", "Köln")
            assert told["district"] == ""
            assert told["state"] in ("", "Nordrhein-Westfalen")
            assert told["period"] == "2011-11-14/2011-11-27"
            assert told["symptom"] in ("", *Symptom)
            assert int(told["people"]) >= SETTINGS.extract.k
        assert not re.search(r"@|https?:|\d{5}|example|r1\b|p1\b", text.replace("2011-11", ""))
    db.close()


def test_csv_xlsx_and_geojson_hold_the_same_rows_and_a_manifest_vouches_for_the_file(db: store.Database) -> None:
    file_reports(db, 7)
    file_reports(db, 9, start=20, city="Hamburg", district="Altona", state="Hamburg")
    found = made(db)
    contents = {
        name: handover.files_of(found, Path(name), db, GAZETTEER, SETTINGS, "de")
        for name in ("a.csv", "a.xlsx", "a.geojson")
    }
    text = contents["a.csv"][0][1]
    assert text.startswith(b"\xef\xbb\xbfFehlerbild;Technologie;Ort;Ortsteil;Bundesland;Zeitraum;Personen\r\n")
    assert "slow_data;;Hamburg;Altona;Hamburg;2011-11-14/2011-11-27;9\r\n" in text.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(contents["a.xlsx"][0][1]))
    assert [row[6] for row in book["Auszug"].iter_rows(min_row=2, values_only=True)] == [9, 7]
    assert book.properties.creator == "Brennpunkt"
    features = json.loads(contents["a.geojson"][0][1])["features"]
    longitude, latitude = features[0]["geometry"]["coordinates"]
    assert (features[0]["properties"]["level"], 9 < longitude < 11, 53 < latitude < 54) == ("district", True, True)
    about = json.loads(contents["a.csv"][1][1])
    assert about["sha256"] == hashlib.sha256(text).hexdigest()
    assert about["periods"][0]["k"] == 5
    assert about["difference"] is None


def test_the_manifest_tells_the_difference_to_the_period_before(db: store.Database) -> None:
    file_reports(db, 40)
    file_reports(db, 12, start=100, filed_at=INSIDE - timedelta(days=14))
    before = Period(date(2011, 10, 31), date(2011, 11, 13))
    made(db, [before])
    found = made(db)
    about = json.loads(handover.files_of(found, Path("a.csv"), db, GAZETTEER, SETTINGS, "en")[1][1])
    assert about["difference_to"] == str(before)
    assert about["difference"]["more"] == 1
    both = made(db, [before, PERIOD])
    assert len(both.rows) == 2


def test_a_file_of_unknown_kind_or_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a name that ends in"):
        handover.check_name(tmp_path / "a.doc")
    with pytest.raises(InputError, match="no such folder"):
        handover.check_name(tmp_path / "none" / "a.csv")


def test_a_restore_does_not_release_a_period_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    db = store.open_database(path)
    file_reports(db, 7)
    store.backup(db, tmp_path / "copies" / "b.db")
    file_reports(db, 2, start=7)
    first = made(db)
    db.close()
    store.restore(path, None, tmp_path / "copies" / "b.db", SETTINGS.zone, actor="admin", now=LATER + timedelta(days=1))
    db = store.open_database(path)
    assert [row.people for row in made(db).rows] == [row.people for row in first.rows] == [9]
    db.close()

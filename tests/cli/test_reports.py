"""Reports as people handle them in a terminal."""

import csv
import gc
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import store
from bot.cli import main
from bot.domain import Symptom
from bot.reports.form import Filing, Setting
from bot.reports.places import Spot
from bot.store.reports import add_filing
from tests.factories import NOON


@pytest.fixture
def home(tmp_path: Path) -> Path:
    db = store.open_database(tmp_path / "a.db")
    spot = Spot("Altona, Hamburg", "Hamburg", "Altona", "22765", "Hamburg")
    with store.transaction(db):
        for id, reason, words in (("aa", "no_work", "tot\x1b[31m"), ("bb", "links", "[Link]"), ("cc", None, "geheim")):
            filing = Filing("de", (Symptom.SLOW_DATA, Symptom.NO_SERVICE), spot, setting=Setting.TRAIN, words=words)
            add_filing(db, filing, id=id, receipt=id, person=f"person {id}", reason=reason, now=NOON)
    db.close()
    return tmp_path


def reports(home: Path, *words: str) -> Result:
    result = CliRunner().invoke(main, ["--database", str(home / "a.db"), "reports", *words], catch_exceptions=False)
    gc.collect()  # a command is a process: its connections end with it
    return result


def test_what_waits_is_listed_with_its_reason_and_accepted_then_counts(home: Path) -> None:
    listed = reports(home, "list")
    assert "its browser did no work" in listed.stdout
    assert "cc" not in listed.stdout
    assert "\x1b" not in listed.stdout
    assert "2 wait" in listed.stderr
    assert reports(home, "accept", "aa", "--dry-run").stdout == "Report aa would be accepted.\n"
    assert reports(home, "accept", "aa").exit_code == 0
    assert reports(home, "reject", "bb").exit_code == 0
    rows = json.loads(reports(home, "list", "--standing", "all", "--json").stdout)
    assert {row["id"]: row["standing"] for row in rows} == {"aa": "accepted", "bb": "rejected", "cc": "accepted"}
    assert "accepted already" in reports(home, "accept", "aa").stderr
    db = store.open_readonly(home / "a.db")
    assert [deed.action for deed in store.deeds(db, since=NOON)] == ["report accepted", "report rejected"]
    db.close()


def test_an_export_holds_answers_but_no_words_and_nobody(home: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(reports(home, "export").stdout), delimiter=";")
    assert (row["city"], row["district"], row["symptoms"], row["setting"]) == (
        "Hamburg",
        "Altona",
        "slow_data,no_service",
        "train",
    )
    assert "geheim" not in str(row)
    assert "person" not in str(row)


def test_a_deleted_report_is_gone_and_what_is_not_there_is_said(home: Path) -> None:
    assert "Hamburg" in reports(home, "show", "cc").stdout
    assert reports(home, "delete", "cc").stdout == "Report cc is deleted.\n"
    assert "no report 'cc'" in reports(home, "show", "cc").stderr
    assert b"geheim" not in (home / "a.db").read_bytes()

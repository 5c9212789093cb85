"""The public report: drafted by the program, approved by a person, and then the same for ever."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import store
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.digest.bulletin import bulletin_csv
from bot.domain import Simulation
from bot.errors import InputError
from bot.escalate.cases import Action, State
from bot.escalate.effect import Verdict
from bot.jobs import bulletins, casework
from bot.store.bulletins import bulletins as stored
from bot.store.cases import cases, get_case
from tests.jobs.test_casework import complain

SETTINGS = load_settings(shipped("o2-de.toml"))
GAZETTEER = load_gazetteer_of(SETTINGS)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LAST = date(2026, 3, 8)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[store.Database]:
    """Two cases: Deutz, confirmed, and Bonn, fixed on the day."""
    database = store.open_database(tmp_path / "a.db")
    complain(database, 12, city="Köln", district="Deutz")
    complain(database, 11, city="Bonn")
    casework.look(database, database, SETTINGS, now=NOW)
    for number in (1, 2):
        casework.act(database, number, Action.CONFIRM, actor="kim", now=NOW)
    casework.act(database, 1, Action.FIX, actor="kim", now=NOW)
    yield database
    database.close()


def draft(db: store.Database) -> int:
    return bulletins.draft(db, GAZETTEER, SETTINGS, LAST, actor="kim", now=NOW).number


def test_a_draft_is_public_only_when_a_person_approved_it(db: store.Database) -> None:
    number = draft(db)
    assert stored(db, public=True) == []
    assert bulletins.approve(db, number, actor="kim", now=NOW).approved_by == "kim"
    assert [one.number for one in stored(db, public=True)] == [number]
    with pytest.raises(InputError, match="there is no draft"):
        bulletins.approve(db, number, actor="lee", now=NOW)


def test_what_is_made_up_is_said_in_the_language_that_is_read(db: store.Database) -> None:
    number = draft(db)
    notice = {"de": "Erfundener Strom", "en": "Made-up stream"}
    with store.transaction(db):
        store.set_simulation(db, "a file", Simulation("november-2011", "November 2011", notice, 2011, {}))
    for lang, other in (("de", "en"), ("en", "de")):
        for text in (
            bulletins.text_of(db, bulletins.get(db, number), SETTINGS, lang),
            bulletins.html_of(db, bulletins.get(db, number), SETTINGS, lang),
        ):
            assert notice[lang] in text
            assert notice[other] not in text


def test_what_was_approved_stays_while_drafts_are_replaced(db: store.Database) -> None:
    bulletins.approve(db, draft(db), actor="kim", now=NOW)
    public = stored(db, public=True)
    casework.act(db, 2, Action.CLOSE, actor="kim", now=NOW, detail="a trade fair")
    draft(db), draft(db)
    assert stored(db, public=True) == public
    assert len(stored(db, public=False)) == 2


def test_the_page_and_the_list_say_the_same_in_both_languages(db: store.Database) -> None:
    found = bulletins.get(db, draft(db))
    german, english = (bulletins.html_of(db, found, SETTINGS, lang) for lang in ("de", "en"))
    assert "2 Orte stehen in diesem Bericht: 1 gelb und 1 grün." in german
    assert "2 places are in this report: 1 yellow and 1 green." in english
    assert "DRAFT" in english
    rows = list(csv.DictReader(io.StringIO(bulletin_csv(found.sites).decode("utf-8-sig")), delimiter=";"))
    assert [(row["colour"], row["city"], row["district"], row["state"]) for row in rows] == [
        ("yellow", "Köln", "Deutz", "Nordrhein-Westfalen"),
        ("green", "Bonn", "", "Nordrhein-Westfalen"),
    ]
    assert "people" not in rows[0]


def test_every_fortnight_one_draft_is_made_and_no_more(db: store.Database) -> None:
    made = bulletins.draft_due(db, GAZETTEER, SETTINGS, now=NOW)
    assert made is not None
    assert (made.last - made.first).days == 13
    assert bulletins.draft_due(db, GAZETTEER, SETTINGS, now=NOW + timedelta(days=1)) is None
    assert bulletins.draft_due(db, GAZETTEER, SETTINGS, now=NOW + timedelta(days=15)) is not None


def test_the_program_verifies_a_fix_once_the_complaints_prove_it(db: store.Database) -> None:
    for day in range(1, 29):  # every day somebody complains in Bonn before, and nobody after; elsewhere as always
        complain(db, 4, at=NOW - timedelta(days=day), city="Bonn")
        complain(db, 8, at=NOW - timedelta(days=day), city="Hamburg")
        complain(db, 8, at=NOW + timedelta(days=day), city="Hamburg")
    later = NOW + timedelta(days=29)
    found = casework.effect(db, SETTINGS, get_case(db, 1), now=later)
    assert found is not None
    assert (found.verdict, found.after, found.against) == (Verdict.VERIFIED, 0, "elsewhere")
    lines = casework.daily(db, db, GAZETTEER, SETTINGS, now=later)
    assert "case 1: the complaints say that it is over" in lines
    assert [case.state for case in cases(db) if case.number == 1] == [State.VERIFIED]


def test_what_nobody_listened_to_is_too_few_data_and_no_proof(db: store.Database) -> None:
    found = casework.effect(db, SETTINGS, get_case(db, 1), now=NOW + timedelta(days=20))
    assert found is not None
    assert (found.verdict, found.days_after) == (Verdict.TOO_FEW, 0)

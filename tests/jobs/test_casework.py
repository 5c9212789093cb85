"""Cases in the database: found once, worked on, with everything that was done noted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import store
from bot.config.load import load_settings, shipped
from bot.digest.cases import happened
from bot.domain import Report, Symptom
from bot.errors import InputError
from bot.escalate.cases import Action, Fact, State
from bot.jobs import casework
from bot.jobs.publishing import load_words
from bot.store.cases import cases, get_case, history, put_case

SETTINGS = load_settings(shipped("o2-de.toml"))
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[store.Database]:
    """Twelve people in Deutz and eleven in Bonn, over four days."""
    database = store.open_database(tmp_path / "a.db")
    complain(database, 12, city="Köln", district="Deutz")
    complain(database, 11, city="Bonn")
    yield database
    database.close()


def complain(db: store.Database, people: int, *, at: datetime = NOW, **where: str) -> None:
    with store.transaction(db):
        start = db.execute("SELECT count(*) FROM reports").fetchone()[0]
        store.add_reports(
            db,
            [
                Report(f"r{start + n}", at - timedelta(days=n % 4, hours=1), (Symptom.SLOW_DATA,), person=f"p{start + n}", **where)
                for n in range(people)
            ],
        )  # fmt: skip


def look(db: store.Database, now: datetime = NOW) -> list[Action | None]:
    return [action for _, action, _ in casework.look(db, db, SETTINGS, now=now)]


def worded(db: store.Database, number: int, lang: str) -> list[str]:
    return [happened(event.facts, load_words(lang), event.detail) for event in history(db, number)]


def test_looking_twice_opens_each_case_once(db: store.Database) -> None:
    assert look(db) == [Action.OPEN, Action.OPEN]
    assert look(db) == []
    assert [(str(case.spots[0]), case.people, case.state) for case in cases(db)] == [
        ("Köln-Deutz", 12, State.NEW),
        ("Bonn", 11, State.NEW),
    ]


def test_a_dry_look_writes_nothing(db: store.Database) -> None:
    assert len(casework.look(db, db, SETTINGS, now=NOW, dry_run=True)) == 2
    assert cases(db) == []


def test_all_that_was_done_with_a_case_stands_in_its_history(db: store.Database) -> None:
    look(db)
    casework.act(db, 1, Action.CONFIRM, actor="kim", now=NOW)
    casework.assign(db, 1, "lee", actor="kim", now=NOW)
    casework.act(db, 1, Action.PLAN, actor="lee", now=NOW, measure="M-7", day=date(2026, 5, 1), detail="new site")
    casework.note(db, 1, actor="lee", now=NOW, text="waits for power")
    case = get_case(db, 1)
    assert (case.state, case.owner, case.measure, case.due) == (State.PLANNED, "lee", "M-7", date(2026, 5, 1))
    events = history(db, 1)
    assert [(event.actor, event.action) for event in events] == [
        ("daemon", Action.OPEN),
        ("kim", Action.CONFIRM),
        ("kim", Action.ASSIGN),
        ("lee", Action.PLAN),
        ("lee", Action.NOTE),
    ]
    assert worded(db, 1, "en") == [
        "11 customers on 4 days", "", "lee", "new site; measure M-7; 1 May 2026", "waits for power",
    ]  # fmt: skip
    assert worded(db, 1, "de") == [
        "11 Kunden an 4 Tagen", "", "lee", "new site; Maßnahme M-7; 1. Mai 2026", "waits for power",
    ]  # fmt: skip


def test_a_history_from_before_it_was_kept_as_data_is_shown_as_it_is(db: store.Database) -> None:
    look(db)
    with store.transaction(db):
        db.execute("UPDATE case_events SET facts = '[]', detail = '140 people on 15 days' WHERE number = 1")
    assert worded(db, 1, "de") == ["140 people on 15 days"]


def test_the_proof_of_a_fix_is_told_with_the_figures_of_the_language() -> None:
    values = {"before": 1200, "days_before": 28, "after": 40, "days_after": 28, "expected": 1187.25}
    proof = Fact("effect_elsewhere", values | {"ratio": 0.0337, "low": 0.0216, "high": 0.05, "p": 1e-30})
    told = {lang: happened([proof], load_words(lang)) for lang in ("de", "en")}
    assert "1.187,2 nach dem übrigen Land erwartet); Rate × 0,034 (0,022 bis 0,050), p 0,000001" in told["de"]
    assert "1,187.2 expected by the rest of the country); rate × 0.034 (0.022 to 0.050), p 0.000001" in told["en"]


def test_a_case_is_kept_as_it_is(db: store.Database) -> None:
    look(db)
    full = replace(
        get_case(db, 1),
        due=date(2026, 4, 1),
        owner="kim",
        measure="M-1",
        handed_people=9,
        fixed_on=date(2026, 3, 9),
        reason="x",
    )
    with store.transaction(db):
        put_case(db, full)
    assert get_case(db, 1) == full


def test_merged_places_join_the_case_that_is_left_and_a_split_undoes_it(db: store.Database) -> None:
    look(db)
    casework.merge_cases(db, 2, 1, actor="kim", now=NOW)
    assert look(db) == []  # both places, counted together
    assert [str(spot) for spot in get_case(db, 2).spots] == ["Köln-Deutz", "Bonn"]
    casework.split_case(db, 2, [("Bonn", "")], actor="kim", now=NOW)
    assert [(case.number, str(case.spots[0])) for case in cases(db) if case.spots] == [(2, "Köln-Deutz"), (3, "Bonn")]
    with pytest.raises(InputError, match="holds Köln-Deutz"):
        casework.split_case(db, 2, [("Hamburg", "")], actor="kim", now=NOW)


def test_what_cannot_be_done_changes_nothing(db: store.Database) -> None:
    look(db)
    with pytest.raises(InputError, match="not possible"):
        casework.act(db, 1, Action.VERIFY, actor="kim", now=NOW)
    with pytest.raises(InputError, match="there is no case 99"):
        casework.act(db, 99, Action.CONFIRM, actor="kim", now=NOW)
    assert len(history(db, 1)) == 1


def test_a_fixed_case_that_goes_on_is_opened_again_by_the_program(db: store.Database) -> None:
    look(db)
    casework.act(db, 1, Action.CONFIRM, actor="kim", now=NOW)
    casework.act(db, 1, Action.FIX, actor="kim", now=NOW)
    assert look(db) == [None]  # what was complained of before is answered for
    later = NOW + timedelta(days=6)
    complain(db, 11, at=later, city="Bonn")
    assert Action.REOPEN in look(db, later)
    assert get_case(db, 1).state is State.REOPENED


def test_reminders_name_the_case_and_why(db: store.Database) -> None:
    look(db)
    assert casework.due_reminders(db, SETTINGS, now=NOW) == []
    told = casework.due_reminders(db, SETTINGS, now=NOW + timedelta(days=3))
    assert [why for _, _, why in told] == ["nobody has looked at it for 3 days"] * 2

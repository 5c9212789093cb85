"""Who is told of what, once; and who is told next when nobody answers."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import store
from bot.analyse import analyse
from bot.config.handover import EscalationSettings
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.config.telling import NotifySettings, QuietSettings
from bot.domain import Tally
from bot.errors import ConfigError
from bot.escalate.cases import Action
from bot.jobs import casework, escalating
from bot.store.escalations import escalations
from tests.factories import post
from tests.jobs import test_alerting as alerting_test
from tests.jobs.test_casework import complain

SHIPPED = load_settings(shipped("o2-de.toml"))
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DESK = NotifySettings(name="desk", address_env="DESK", what=("escalation",))
BOSS = NotifySettings(name="boss", address_env="BOSS", what=("escalation",), language="en")


def settings(*rules: dict[str, Any], desk: NotifySettings = DESK) -> Settings:
    built = tuple(EscalationSettings(**{"name": "rule", "tell": ("desk",), **rule}) for rule in rules)
    return SHIPPED.model_copy(update={"escalation": built, "notify": (desk, BOSS)})


@pytest.fixture
def db(tmp_path: Path) -> Iterator[store.Database]:
    """One case, of Bonn."""
    database = store.open_database(tmp_path / "a.db")
    complain(database, 11, city="Bonn")
    casework.look(database, database, SHIPPED, now=NOW)
    yield database
    database.close()


def tell(db: store.Database, given: Settings, now: datetime = NOW) -> list[str]:
    return escalating.escalate(db, db, given, now=now)


def messages(db: store.Database) -> list[tuple[str, str]]:
    return [(message.target, message.title) for message in reversed(store.outbox(db))]


CONFIRMED = {"when": "confirmed", "within": "30m", "then": ("boss",)}


def test_a_confirmed_case_is_told_once_and_noted_with_its_reason(db: store.Database) -> None:
    given = settings(CONFIRMED)
    assert tell(db, given) == []
    casework.act(db, 1, Action.CONFIRM, actor="kim", now=NOW)
    assert tell(db, given) == ["1: rule tells desk: case 1 was confirmed by kim"]
    assert tell(db, given) == []
    assert messages(db) == [("desk", "o2: ein Brennpunkt ist bestätigt")]
    assert [(deed.action, deed.detail) for deed in store.deeds(db, since=NOW)] == [
        ("escalate", "1: rule tells desk: case 1 was confirmed by kim")
    ]


def test_what_nobody_saw_in_time_is_told_further_once(db: store.Database) -> None:
    given = settings(CONFIRMED)
    casework.act(db, 1, Action.CONFIRM, actor="kim", now=NOW)
    tell(db, given)
    assert tell(db, given, NOW + timedelta(minutes=29)) == []
    (line,) = tell(db, given, NOW + timedelta(minutes=31))
    assert "nobody has seen it in time, rule tells boss" in line
    assert tell(db, given, NOW + timedelta(hours=5)) == []
    assert messages(db)[1] == ("boss", "o2: nobody has answered: a hot spot is confirmed")


def test_what_somebody_saw_is_told_nobody_else(db: store.Database) -> None:
    given = settings(CONFIRMED)
    casework.act(db, 1, Action.CONFIRM, actor="kim", now=NOW)
    tell(db, given)
    assert escalating.seen(db, 1, actor="kim", now=NOW)
    assert not escalating.seen(db, 1, actor="lee", now=NOW)
    assert tell(db, given, NOW + timedelta(days=1)) == []
    assert escalations(db)[0].acknowledged_by == "kim"
    assert [deed.action for deed in store.deeds(db, since=NOW)] == ["escalate", "acknowledge"]


def test_a_planner_who_owes_an_answer_is_told_when_the_day_has_passed(db: store.Database) -> None:
    given = settings({"when": "overdue"})
    casework.act(db, 1, Action.CONFIRM, actor="kim", now=NOW)
    casework.act(db, 1, Action.HAND_OVER, actor="kim", now=NOW, day=NOW.date() + timedelta(days=7))
    assert tell(db, given, NOW + timedelta(days=7)) == []
    assert tell(db, given, NOW + timedelta(days=8)) == ["1: rule tells desk: case 1 (Bonn) was due on 2026-03-17"]
    casework.set_due(db, 1, NOW.date() + timedelta(days=14), actor="kim", now=NOW + timedelta(days=8))
    assert len(tell(db, given, NOW + timedelta(days=15))) == 1  # another day is another matter


def test_an_emergency_call_that_failed_is_told_without_its_words_even_at_night(db: store.Database) -> None:
    spoken = post("o2 in Bonn: kein Netz, konnte keinen Notruf absetzen", created_at=NOW)
    judge = load_judge(SHIPPED, Path("none.db"))
    with store.transaction(db):
        store.add_page(db, [(spoken, analyse(spoken, judge))], now=NOW, tally=Tally())
    night = datetime(2026, 3, 10, 23, tzinfo=UTC)
    sleeper = DESK.model_copy(update={"quiet": QuietSettings(since="22:00", until="06:30")})  # type: ignore[arg-type]
    assert (
        len(
            tell(
                db,
                settings({"when": "emergency", "urgent": True}, {"name": "later", "when": "emergency"}, desk=sleeper),
                night,
            )
        )
        == 2
    )
    urgent, later = store.outbox(db)[::-1]
    assert (urgent.not_before, later.not_before > night) == (night, True)
    text = db.execute("SELECT text || html FROM outbox WHERE number = ?", [urgent.number]).fetchone()[0]
    assert "Gefahr" in text
    assert "Notruf" not in text


def test_a_storm_is_told_from_its_level_on(db: store.Database) -> None:
    assert tell(db, settings({"when": "storm", "at_least": 6})) == []
    assert len(tell(db, settings({"when": "storm", "at_least": 1}))) in (0, 1)


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ('tell = ["nobody"]', "no \\[\\[notify\\]\\] is called 'nobody'"),
        ('tell = ["desk"]\nthen = ["desk"]', "`within` beside `then`"),
        ("tell = []", "expected at least 1"),
    ],
)
def test_a_rule_that_could_tell_nobody_is_refused_at_the_start(tmp_path: Path, block: str, says: str) -> None:
    text = shipped("o2-de.toml").read_text(encoding="utf-8")
    text += '\n[[notify]]\nname = "desk"\naddress_env = "DESK"\nwhat = ["escalation"]\n'
    (tmp_path / "a.toml").write_text(f'{text}\n[[escalation]]\nname = "a"\nwhen = "storm"\n{block}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        load_settings(tmp_path / "a.toml")


def test_an_incident_of_many_people_and_a_heated_day_are_told_while_they_last() -> None:
    db, noon = store.in_memory(), alerting_test.NOON
    given = settings(
        {"name": "many", "when": "spike", "at_least": 10, "within": "30m", "then": ("boss",)},
        {"name": "more", "when": "spike", "at_least": 1000},
        {"name": "heat", "when": "storm", "at_least": 1},
    )
    alerting_test.fill(db)
    (hot,) = tell(db, given, noon)
    assert re.search(r"heat tells desk: level [1-6] of 6 on 2026-03-17$", hot)
    assert alerting_test.look(db, given, 20), "an alert"
    (incident,) = tell(db, given, noon + timedelta(minutes=20))
    assert re.search(r"many tells desk: alert 1: 20 people within 0:30:00, 0\.\d expected$", incident)
    assert tell(db, given, noon + timedelta(minutes=25)) == []
    tell(db, given, noon + timedelta(minutes=55))
    first, second = (escalating.describe(each, given) for each in sorted(escalations(db), key=lambda each: each.number))
    assert first.endswith(" of 6 on 2026-03-17"), "nobody has to see it"
    assert second.endswith("; nobody saw it in time, told further")
    db.close()


def test_without_rules_nothing_is_looked_at(db: store.Database) -> None:
    casework.act(db, 1, Action.CONFIRM, actor="kim", now=NOW)
    assert tell(db, settings()) == []
    assert messages(db) == []

"""The outbox: what is claimed is nobody else's, and what is unknown stays unknown."""

from datetime import timedelta

import pytest

from bot import store
from bot.store.database import Database
from tests.factories import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def db() -> Database:
    return store.in_memory()


def put(db: Database, key: str = "alert 1 opened desk", **changes: object) -> bool:
    usual = {"target": "desk", "what": "alert", "title": "t", "text": "words", "html": "<p>", "pictures": {"days.png": b"png"},
             "not_before": NOON, "now": NOON}  # fmt: skip
    with store.transaction(db):
        return store.enqueue(db, key, **{**usual, **changes})  # type: ignore[arg-type]  # checked by running


def state(db: Database) -> list[tuple[str, str]]:
    return [(row.key, row.state) for row in store.outbox(db)]


def content(db: Database) -> list[tuple[str, str, bytes | None]]:
    return db.execute("SELECT text, html, picture FROM outbox").fetchall()


def test_a_message_is_queued_once_whatever_became_of_it(db: Database) -> None:
    assert put(db)
    assert not put(db)
    store.claim(db, 1, now=NOON)
    store.settle(db, 1, "sent", now=NOON)
    assert not put(db)
    assert state(db) == [("alert 1 opened desk", "sent")]


def test_a_claimed_message_is_nobody_elses(db: Database) -> None:
    put(db)
    assert store.claim(db, 1, now=NOON) == ("words", "<p>", {"days.png": b"png"})
    assert store.claim(db, 1, now=NOON) is None
    assert store.due(db, now=NOON + MINUTE) == []


def test_what_died_on_the_way_is_unknown_and_not_sent_again(db: Database) -> None:
    put(db)
    store.claim(db, 1, now=NOON)
    assert store.abandon(db, now=NOON + MINUTE) == 0  # it may still be under way
    assert store.abandon(db, now=NOON + 11 * MINUTE) == 1
    assert state(db) == [("alert 1 opened desk", "unknown")]
    assert store.due(db, now=NOON + timedelta(days=9)) == []


def test_a_late_success_of_a_message_given_up_as_unknown_counts(db: Database) -> None:
    put(db)
    store.claim(db, 1, now=NOON)
    store.abandon(db, now=NOON + 11 * MINUTE)
    store.settle(db, 1, "pending", now=NOON, retry_at=NOON)
    assert state(db)[0][1] == "unknown"
    store.settle(db, 1, "sent", now=NOON)
    assert state(db)[0][1] == "sent"


def test_what_was_sent_keeps_its_line_but_not_its_content(db: Database) -> None:
    put(db)
    store.claim(db, 1, now=NOON)
    store.settle(db, 1, "sent", now=NOON)
    assert content(db) == [("", "", None)]


def test_a_retry_waits_for_its_hour(db: Database) -> None:
    put(db)
    store.claim(db, 1, now=NOON)
    store.settle(db, 1, "pending", now=NOON, error="down", retry_at=NOON + 5 * MINUTE)
    assert store.due(db, now=NOON + MINUTE) == []
    (again,) = store.due(db, now=NOON + 5 * MINUTE)
    assert (again.attempts, again.error) == (1, "down")


@pytest.mark.parametrize("before", ["failed", "unknown"])
def test_a_person_may_send_once_more_or_close(db: Database, before: str) -> None:
    put(db)
    store.claim(db, 1, now=NOON)
    assert not store.decide(db, 1, "pending", now=NOON)
    store.settle(db, 1, before, now=NOON, error="?")
    assert store.decide(db, 1, "pending", now=NOON)
    assert store.claim(db, 1, now=NOON) == ("words", "<p>", {"days.png": b"png"})
    store.settle(db, 1, before, now=NOON, error="?")
    assert store.decide(db, 1, "failed", now=NOON)
    assert not store.decide(db, 1, "pending", now=NOON)  # its content is gone


def test_an_update_takes_the_place_of_what_still_waits(db: Database) -> None:
    put(db)
    put(db, "alert 1 grown 1 desk", instead_of="alert 1 ")
    put(db, "alert 10 opened desk", instead_of="alert 10 ")
    assert [key for key, _ in state(db)] == ["alert 10 opened desk", "alert 1 grown 1 desk"]

"""A database in use, of every earlier version of the schema, comes to this one with all that is in it."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot import store
from bot.domain import Tally
from bot.store.database import VERSION
from tests.factories import NOON, analysis, post

FOLDER = Path(__file__).parent.parent / "data" / "schemas"
KEY = b"a key for tests, of 32 bytes ..."


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_database_of_an_earlier_version_is_brought_to_this_one(tmp_path: Path, version: int) -> None:
    dump = FOLDER / f"v{version}.sql"
    assert dump.exists(), "run scripts/dump-schema and add what it writes"
    path = tmp_path / "a.db"
    (tmp_path / "a.db.key").write_bytes(KEY)
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    db = store.open_database(path)
    assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    found = list(store.complaints(db, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1)))
    assert [(one.city, one.reported) for one in found] == [("Köln", False), ("Köln", False), ("Mannheim", True)]
    assert len({one.who for one in found}) == 2
    assert store.get_cursor(db, "test") == "cursor 4"
    tally = Tally()
    with store.transaction(db):
        store.add_page(
            db, [(post(native=n, author="kim"), analysis()) for n in ("1", "2", "new")], now=NOON, tally=tally
        )
    assert (tally.repeats, tally.posts) == (2, 1)
    assert db.execute("SELECT count(DISTINCT author) FROM posts WHERE relation = 'own'").fetchone() == (1,)
    db.close()
    store.open_readonly(path).close()


def test_a_migrated_database_has_the_tables_of_a_new_one(tmp_path: Path, db: store.Database) -> None:
    (tmp_path / "a.db.key").write_bytes(KEY)
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.executescript((FOLDER / "v1.sql").read_text(encoding="utf-8"))
    connection.close()
    old = store.open_database(tmp_path / "a.db")
    tables = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%sqlite%' ORDER BY name"
    assert old.execute(tables).fetchall() == db.execute(tables).fetchall()
    old.close()

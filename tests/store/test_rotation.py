import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import store
from bot.domain import Post, Report, Symptom, Tally
from bot.errors import StoreError
from bot.reports.form import Filing
from bot.reports.places import Spot
from bot.store import rotation
from bot.store.drafts import opt_out
from bot.store.keys import pending_file, read_keys
from bot.store.reports import add_filing
from tests.factories import NOON, analysis, location, post

BERLIN = ZoneInfo("Europe/Berlin")


def add(db: store.Database, *posts: Post) -> Tally:
    tally = Tally()
    with store.transaction(db):
        for one in posts:
            store.add_source(db, one.id.source)
        store.add_page(db, [(one, analysis(places=(location(),))) for one in posts], now=NOON, tally=tally)
    return tally


def filled(path: Path) -> store.Database:
    db = store.open_database(path)
    add(db, post(native="1", author="kim", url="https://x.example/1"), post(native="2", author=""))
    add(db, post(native="3", author="lee", url="https://x.example/3"))
    with store.transaction(db):
        store.add_reports(db, [Report("r1", NOON, (Symptom.DATA_STALL,), city=None, person="someone")])
        filed = Filing("de", (Symptom.DATA_STALL,), Spot("Köln", "Köln"))
        person = db.pseudonym("person", "someone")
        add_filing(db, filed, id="f1", receipt="K7QF-2M9X-AAAA-BBBB", person=person, reason=None, now=NOON)
        (author,) = db.execute("SELECT author FROM posts WHERE author IS NOT NULL LIMIT 1").fetchone()
        opt_out(db, author, now=NOON)
    store.forget(db, store.find_subject(db, "lee"), BERLIN, actor="admin", now=NOON)
    month = timedelta(days=30)
    later = NOON + month
    store.purge(db, store.cutoffs(later, BERLIN, texts=month, rows=6 * month, reports=6 * month), BERLIN, now=later)
    return db


def rotate(db: store.Database, path: Path) -> int:
    return store.rotate_key(db, path.with_name("a.db.key"), actor="admin", now=NOON)


def test_after_a_change_of_key_everybody_is_still_known(tmp_path: Path) -> None:
    db = filled(tmp_path / "a.db")
    for generation in (2, 3):
        assert rotate(db, tmp_path / "a.db") > 0
        assert len(read_keys(tmp_path / "a.db.key")) == generation
        db.close()
        db = store.open_database(tmp_path / "a.db")
        assert add(db, post(native="1", author="kim")).repeats == 1
        assert add(db, post(author="lee")).skipped == {"suppressed": 1}
        assert len(store.find_subject(db, "https://x.example/1").posts) == 1
        assert len(store.find_subject(db, "kim").posts) == 1
        with store.transaction(db):
            assert store.add_reports(db, [Report(f"r{generation}", NOON, (), city=None, person="someone")]) == 1
        assert db.execute("SELECT count(DISTINCT person) FROM reports").fetchone() == (1,)
    db.close()


def test_nothing_of_the_old_key_is_left(tmp_path: Path) -> None:
    db = filled(tmp_path / "a.db")
    old = re.findall(r"'([0-9a-f]{32})'", "\n".join(db.conn.iterdump()))
    assert len(set(old)) >= 6
    rotate(db, tmp_path / "a.db")
    files = b"".join(path.read_bytes() for path in tmp_path.glob("a.db*") if path.suffix != ".key")
    assert not [value for value in old if value.encode() in files]
    db.close()


def test_every_column_that_holds_pseudonyms_is_brought_along(tmp_path: Path) -> None:
    db = filled(tmp_path / "a.db")
    found = set()
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for column in [row[1] for row in db.execute(f"PRAGMA table_info({table})")]:
            values = [row[0] for row in db.execute(f"SELECT {column} FROM {table}")]
            if any(isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value) for value in values):
                found.add((table, column))
    known = {(table, column) for table, columns in rotation.KEYED.items() for column in columns}
    assert found == known | {("meta", "value")}
    db.close()


def test_a_crash_before_the_database_is_changed_leaves_the_old_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = filled(tmp_path / "a.db")
    before = (tmp_path / "a.db.key").read_bytes()
    monkeypatch.setattr(rotation, "bring_to", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        rotate(db, tmp_path / "a.db")
    db.close()
    assert (tmp_path / "a.db.key").read_bytes() == before
    db = store.open_database(tmp_path / "a.db")
    monkeypatch.undo()
    assert rotate(db, tmp_path / "a.db") > 0
    db.close()


def test_a_crash_after_the_database_is_changed_is_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = filled(tmp_path / "a.db")
    monkeypatch.setattr(rotation.os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        rotate(db, tmp_path / "a.db")
    db.close()
    monkeypatch.undo()
    assert pending_file(tmp_path / "a.db.key").exists()
    db = store.open_database(tmp_path / "a.db")
    assert add(db, post(native="1", author="kim")).repeats == 1
    assert not pending_file(tmp_path / "a.db.key").exists()
    assert len(read_keys(tmp_path / "a.db.key")) == 2
    db.close()


def test_a_writer_that_still_holds_the_old_key_is_stopped(tmp_path: Path) -> None:
    db = filled(tmp_path / "a.db")
    other = store.open_database(tmp_path / "a.db")
    rotate(db, tmp_path / "a.db")
    with pytest.raises(StoreError, match="rotate-key"):
        add(other, post(author="kim"))
    other.close()
    db.close()


def test_a_key_file_made_by_hand_is_not_broken(tmp_path: Path) -> None:
    (tmp_path / "a.db.key").write_bytes(b"twenty bytes of a key")
    db = store.open_database(tmp_path / "a.db")
    with pytest.raises(StoreError, match="made by hand"):
        rotate(db, tmp_path / "a.db")
    assert (tmp_path / "a.db.key").read_bytes() == b"twenty bytes of a key"
    db.close()


def test_who_was_looked_for_under_the_old_key_is_not_forgotten_under_it(tmp_path: Path) -> None:
    db, beside = filled(tmp_path / "a.db"), store.open_database(tmp_path / "a.db")
    subject = store.find_subject(db, "kim")
    store.rotate_key(beside, tmp_path / "a.db.key", actor="admin", now=NOON)
    with pytest.raises(StoreError, match="start this command again"):
        store.forget(db, subject, BERLIN, actor="admin", now=NOON)
    with pytest.raises(StoreError, match="start this command again"):
        store.export_subject(db, subject, actor="admin", now=NOON)
    store.forget(beside, store.find_subject(beside, "kim"), BERLIN, actor="admin", now=NOON)
    assert store.find_subject(beside, "kim").forgotten
    db.close()
    beside.close()

import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import pipeline, store
from bot.analyse import Judge
from bot.collect.base import Page
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.domain import Post, PostId, Report, Symptom, Tally
from bot.errors import InputError, StoreError
from bot.reports.form import Filing
from bot.reports.places import Spot
from bot.store.cases import next_case
from bot.store.contacts import Sealer, add_contact, claim_contact, settle_contact
from bot.store.reports import add_filing, by_receipt, delete_filing
from bot.store.tickets import add_ticket, note_ticket
from bot.store.tickets import tickets as handed_in
from tests.factories import NOON, analysis, post

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="session")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")))


class Counting:
    """A source of numbered posts that goes on where its cursor stands."""

    name = "test"

    def __init__(self, until: int) -> None:
        self.until = until

    def pages(self, since: str | None) -> Iterator[Page]:
        for number in range(int(since or 0), self.until):
            yield Page(
                (Post(PostId("test", str(number)), f"o2 in Köln lahmt, Nr. {number}", author=f"a{number}"),),
                cursor=str(number + 1),
            )


def collect(db: store.Database, judge: Judge, until: int) -> None:
    pipeline.collect_and_record(Counting(until), judge, db, job="collect", clock=lambda: NOON)


def add(db: store.Database, *posts: Post) -> Tally:
    tally = Tally()
    with store.transaction(db):
        for one in posts:
            store.add_source(db, one.id.source)
        store.add_page(db, [(one, analysis(one.text)) for one in posts], now=NOON, tally=tally)
    return tally


def restore(folder: Path, source: Path) -> store.Restored:
    return store.restore(folder / "a.db", None, source, BERLIN, actor="admin", now=NOON + timedelta(days=1))


def natives(path: Path) -> list[str]:
    db = store.open_database(path)
    found = [row[0] for row in db.execute("SELECT native FROM posts ORDER BY id")]
    db.close()
    return found


def test_a_restored_database_goes_on_without_loss_or_doubles(tmp_path: Path, judge: Judge) -> None:
    db = store.open_database(tmp_path / "a.db")
    collect(db, judge, 3)
    store.backup(db, tmp_path / "copies" / "b.db")
    collect(db, judge, 6)
    db.close()
    done = restore(tmp_path, tmp_path / "copies" / "b.db")
    assert done.carried
    assert natives(tmp_path / "a.db") == ["0", "1", "2"]
    db = store.open_database(tmp_path / "a.db")
    collect(db, judge, 8)
    assert [row[0] for row in db.execute("SELECT native FROM posts ORDER BY id")] == [str(n) for n in range(8)]
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()
    assert done.kept
    kept = sqlite3.connect(done.kept)
    assert kept.execute("SELECT count(*) FROM posts").fetchone() == (6,)
    kept.close()


def test_a_backup_is_private_checked_and_holds_no_key(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, post())
    reader = store.open_readonly(tmp_path / "a.db")
    store.backup(reader, tmp_path / "b.db")
    assert stat.S_IMODE((tmp_path / "b.db").stat().st_mode) == 0o600
    assert store.quick_check(tmp_path / "b.db") is None
    assert (tmp_path / "a.db.key").read_bytes() not in (tmp_path / "b.db").read_bytes()
    assert sorted(path.name for path in tmp_path.glob("b.db*")) == ["b.db"]
    reader.close()
    db.close()


def test_a_backup_made_while_posts_come_in_holds_whole_pages_only(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, *[post() for _ in range(10)])
    reader = store.open_readonly(tmp_path / "a.db")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            add(db, *[post() for _ in range(10)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            store.backup(reader, tmp_path / f"b{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        copy = sqlite3.connect(tmp_path / f"b{number}.db")
        assert copy.execute("SELECT count(*) % 10 FROM posts").fetchone() == (0,)
        copy.close()
    reader.close()
    db.close()


def test_a_backup_overwrites_no_file_unless_told(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    (tmp_path / "b.db").write_text("mine")
    for target in ("b.db", "a.db"):
        with pytest.raises(InputError, match="exists already"):
            store.backup(db, tmp_path / target)
    assert (tmp_path / "b.db").read_text() == "mine"
    store.backup(db, tmp_path / "b.db", replace=True)
    assert store.quick_check(tmp_path / "b.db") is None
    db.close()


def test_a_backup_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        store.backup(db, tmp_path / "file" / "b.db")
    (tmp_path / "b.db").mkdir()
    with pytest.raises(StoreError):
        store.backup(db, tmp_path / "b.db", replace=True)
    assert not (tmp_path / "b.db.part").exists()
    db.close()


def test_what_was_deleted_is_in_no_backup_made_afterwards(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, *[post("Mein Zeppelin hat kein Netz", author="kim") for _ in range(200)])
    store.forget(db, store.find_subject(db, "kim"), BERLIN, actor="admin", now=NOON)
    store.backup(db, tmp_path / "b.db")
    assert b"Zeppelin" not in (tmp_path / "b.db").read_bytes()
    db.close()


def test_who_was_forgotten_after_the_backup_stays_forgotten(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, post(author="kim"), post(author="lee", url="https://x.example/1"), post(author="sam"))
    store.backup(db, tmp_path / "b.db")
    store.forget(db, store.find_subject(db, "kim"), BERLIN, actor="admin", now=NOON)
    store.forget(db, store.find_subject(db, "https://x.example/1", only_post=True), BERLIN, actor="admin", now=NOON)
    db.close()
    assert restore(tmp_path, tmp_path / "b.db").forgotten == 2
    db = store.open_database(tmp_path / "a.db")
    assert db.execute("SELECT count(*) FROM posts").fetchone() == (1,)
    assert add(db, post(author="kim")).skipped == {"suppressed": 1}
    assert [deed.action for deed in store.deeds(db, since=NOON)] == ["forget", "forget", "restore"]
    db.close()


def test_what_went_out_and_what_was_billed_is_not_undone(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    store.backup(db, tmp_path / "b.db")
    assert store.claim_digest(db, NOON.date(), "0", now=NOON)
    store.Purse(db, "x", 100, 100, lambda: NOON).reserve(wanted=60, least=1)
    db.close()
    restore(tmp_path, tmp_path / "b.db")
    db = store.open_database(tmp_path / "a.db")
    assert not store.claim_digest(db, NOON.date(), "0", now=NOON)
    assert store.Purse(db, "x", 100, 100, lambda: NOON).reserve(wanted=60, least=1) == 40
    db.close()


def test_an_older_backup_is_brought_to_the_current_key(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, post(native="1", author="kim"))
    store.backup(db, tmp_path / "b.db")
    store.rotate_key(db, tmp_path / "a.db.key", actor="admin", now=NOON)
    db.close()
    restore(tmp_path, tmp_path / "b.db")
    db = store.open_database(tmp_path / "a.db")
    assert len(db.keys) == 2
    assert add(db, post(native="1", author="kim")).repeats == 1
    db.close()


@pytest.mark.parametrize("damage", ["text", "middle", "gone"])
def test_a_damaged_or_missing_database_is_replaced_and_kept(tmp_path: Path, damage: str) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, *[post() for _ in range(100)])
    store.backup(db, tmp_path / "b.db")
    db.close()
    path = tmp_path / "a.db"
    if damage == "gone":
        path.unlink()
    elif damage == "text":
        path.write_text("not a database at all " * 1000)
    else:
        content = bytearray(path.read_bytes())
        content[4096:40960] = b"x" * (40960 - 4096)
        path.write_bytes(content)
    done = restore(tmp_path, tmp_path / "b.db")
    assert not done.carried
    assert (done.kept is None) == (damage == "gone")
    assert len(natives(path)) == 100


def test_a_leftover_wal_is_not_played_into_the_restored_database(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, post(native="1"))
    store.backup(db, tmp_path / "b.db")
    add(db, post(native="2"))
    wal = (tmp_path / "a.db-wal").read_bytes()
    db.close()
    (tmp_path / "a.db").write_text("damaged" * 1000)
    (tmp_path / "a.db-wal").write_bytes(wal)
    restore(tmp_path, tmp_path / "b.db")
    assert natives(tmp_path / "a.db") == ["1"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.db", "no such backup"), ("a.db", "is the database itself"), ("text.db", "damaged, or no backup")],
)
def test_what_is_no_backup_is_refused_and_the_database_stays(tmp_path: Path, name: str, message: str) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, post(native="1"))
    db.close()
    (tmp_path / "text.db").write_text("no database" * 1000)
    with pytest.raises(InputError, match=message):
        restore(tmp_path, tmp_path / name)
    assert natives(tmp_path / "a.db") == ["1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "a.db.key", "text.db"]


def test_a_backup_of_another_key_is_refused(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    db = store.open_database(tmp_path / "other.db")
    store.backup(db, tmp_path / "b.db")
    db.close()
    with pytest.raises(StoreError, match="not the key"):
        restore(tmp_path, tmp_path / "b.db")


def test_a_database_that_others_have_open_is_not_replaced(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    store.backup(db, tmp_path / "b.db")
    with pytest.raises(StoreError, match="has it open"):
        restore(tmp_path, tmp_path / "b.db")
    db.close()


def test_what_was_sent_stopped_or_deleted_since_the_backup_stays_so(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    add(db, post("Mein Zeppelin", native="1"), post("bleibt", native="2"))
    queue = {
        "target": "desk",
        "what": "alert",
        "title": "t",
        "html": "",
        "pictures": {},
        "not_before": NOON,
        "now": NOON,
    }
    with store.transaction(db):
        store.add_reports(db, [Report("r1", NOON, (), None, None, None, None, "kim", "form")])
        store.enqueue(db, "alert 1 desk", text="eins", **queue)
    store.backup(db, tmp_path / "b.db")
    with store.transaction(db):
        store.delete_posts(db, [PostId("test", "1")])
        db.execute("DELETE FROM reports")
        db.execute("INSERT INTO senders VALUES ('', 0, ?, 'admin', 'stop')", [store.iso(NOON)])
        store.enqueue(db, "alert 2 desk", text="zwei", **queue)
    for message in store.due(db, now=NOON):
        assert store.claim(db, message.number, now=NOON)
        store.settle(db, message.number, "sent", now=NOON)
    db.close()
    assert restore(tmp_path, tmp_path / "b.db").carried
    db = store.open_database(tmp_path / "a.db")
    assert [row[0] for row in db.execute("SELECT text FROM posts ORDER BY id")] == [None, "bleibt"]
    assert db.execute("SELECT count(*) FROM reports").fetchone() == (0,)
    assert db.execute("SELECT halted_by FROM senders").fetchall() == [("admin",)]
    assert store.due(db, now=NOON) == []
    with store.transaction(db):
        assert not store.enqueue(db, "alert 2 desk", text="zwei", **queue)
    db.close()


def test_what_others_know_of_stands_after_a_restore_as_it_stood_last(tmp_path: Path) -> None:
    """A new alert or case gets no number that somebody was told of, nor is a ticket, mail or receipt forgotten."""
    db = store.open_database(tmp_path / "a.db")
    at, sealer = store.iso(NOON), Sealer(tmp_path / "a.db.contacts")
    reports = ("kept", "taken back", "after")

    def file(*ids: str) -> None:
        for id in ids:
            filing = Filing("de", (Symptom.NO_SERVICE,), Spot("Köln", "Köln"))
            add_filing(db, filing, id=id, receipt=id, person=id, reason=None, now=NOON)
            add_contact(db, id, f"{id.split()[0]}@example.org", sealer, now=NOON)

    with store.transaction(db):
        file(*reports[:2])
    store.backup(db, tmp_path / "b.db")
    with store.transaction(db):
        delete_filing(db, "taken back")
        file("after")
        asked = claim_contact(db, sealer)
        assert asked
        settle_contact(db, asked.report, "waiting")
        db.execute("INSERT INTO alerts VALUES (7, ?1, ?1, ?1, NULL, 9, ?1, '{}', '{}')", [at])
        for number, merged in ((4, None), (3, 4)):
            case = [number, "new", at, at, 9, 9, "2026-03-02", "2026-03-02", "[]", *[None] * 7, merged]
            db.execute(f"INSERT INTO cases VALUES ({', '.join('?' * 17)})", case)
        message = {"target": "planners", "what": "ticket", "title": "t", "html": "", "pictures": {}, "not_before": NOON}
        store.enqueue(db, "ticket x-4-1 planners", text="{}", now=NOON, **message)
        add_ticket(db, "ticket x-4-1 planners", case=4, system="planners", key="x-4-1", now=NOON)
        note_ticket(db, handed_in(db)[0].message, "T-1", "open", now=NOON)
    (told,) = store.due(db, now=NOON)
    assert store.claim(db, told.number, now=NOON)
    store.settle(db, told.number, "sent", now=NOON)
    db.close()
    assert restore(tmp_path, tmp_path / "b.db").carried
    db = store.open_database(tmp_path / "a.db")
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert db.execute("SELECT max(number) FROM alerts").fetchone() == (7,)
    assert next_case(db) == 5
    assert [(one.key, one.state, one.external_id) for one in handed_in(db)] == [("x-4-1", "sent", "T-1")]
    assert store.due(db, now=NOON) == []
    assert [by_receipt(db, number) is not None for number in reports] == [True, False, True]
    states = dict(db.execute("SELECT report, state FROM contacts").fetchall())
    assert states == {"kept": "asked", "after": "asked"} | {asked.report: "waiting"}
    db.close()

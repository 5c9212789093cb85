import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from bot import store
from bot.errors import DatabaseTooNew, StoreError
from tests.factories import NOON


def test_the_key_is_made_on_first_use_beside_the_database_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    assert stat.S_IMODE((tmp_path / "a.db.key").stat().st_mode) == 0o600
    assert (tmp_path / "a.db.key").read_bytes() not in (tmp_path / "a.db").read_bytes()


def test_the_same_handle_gets_the_same_pseudonym_again_and_another_one_elsewhere(tmp_path: Path) -> None:
    pseudonyms = []
    for name in ("a.db", "a.db", "b.db"):
        db = store.open_database(tmp_path / name)
        pseudonyms.append(db.pseudonym("author", "x", "kim"))
        db.close()
    assert pseudonyms[0] == pseudonyms[1] != pseudonyms[2]


def test_a_lost_key_is_said_and_not_replaced(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    (tmp_path / "a.db.key").unlink()
    with pytest.raises(StoreError, match="restore it from its backup"):
        store.open_database(tmp_path / "a.db")
    assert not (tmp_path / "a.db.key").exists()


def test_a_wrong_key_is_refused(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    (tmp_path / "a.db.key").write_bytes(b"x" * 32)
    with pytest.raises(StoreError, match="not the key"):
        store.open_readonly(tmp_path / "a.db")


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("PRAGMA user_version=999")
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(DatabaseTooNew, match="update"):
        store.open_database(tmp_path / "a.db")
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE songs (name)")
    (tmp_path / "a.db.key").write_bytes(b"k" * 32)
    with pytest.raises(StoreError, match="another program"):
        store.open_database(tmp_path / "a.db")


def test_a_reader_is_told_of_an_empty_file_and_of_another_program_before_any_key(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match=r"empty\.db: is empty"):
        store.open_readonly(tmp_path / "empty.db")
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("PRAGMA application_id=77")
        connection.execute("CREATE TABLE songs (name)")
    with pytest.raises(StoreError, match="another program"):
        store.open_readonly(tmp_path / "a.db")


def test_a_database_in_a_folder_that_may_not_be_written_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = store.open_database(tmp_path / "a.db")
    with store.transaction(db):
        store.set_cursor(db, "m", "here", now=NOON)
    db.close()
    monkeypatch.setattr("os.access", lambda *_: False)
    reader = store.open_readonly(tmp_path / "a.db")
    assert store.get_cursor(reader, "m") == "here"
    reader.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "a.db.key"]


def test_what_another_thread_has_not_committed_is_not_read(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    read: list[str | None] = []
    with store.transaction(db):
        store.set_cursor(db, "m", "uncommitted", now=NOON)
        reader = threading.Thread(target=lambda: read.append(store.get_cursor(db, "m")))
        reader.start()
        assert read == []
        db.execute("UPDATE cursors SET cursor = 'whole'")
    reader.join()
    db.close()
    assert read == ["whole"]


@pytest.mark.parametrize(
    "content", [b"this is no database, but it is long enough to look like a file" * 40, b"\x00" * 4096]
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.db").write_bytes(content)
    for opened in (store.open_database, store.open_readonly):  # its key was never made
        with pytest.raises(StoreError, match="damaged or no SQLite database"):
            opened(tmp_path / "a.db")
    (tmp_path / "a.db.key").write_bytes(b"k" * 32)
    with pytest.raises(StoreError, match="damaged or no SQLite database"):
        store.open_database(tmp_path / "a.db")


def test_a_folder_that_may_not_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match=r"a\.db"):
        store.open_database(tmp_path / "file" / "a.db")


def test_reading_what_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="brennpunkt import"):
        store.open_readonly(tmp_path / "none.db")
    assert not list(tmp_path.iterdir())


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    reader = store.open_readonly(tmp_path / "a.db")
    with pytest.raises(StoreError, match="not writable"), store.transaction(reader):
        reader.execute("DELETE FROM posts")
    reader.close()


def test_a_full_disk_keeps_what_was_stored_and_loses_only_the_page() -> None:
    db = store.in_memory()
    with store.transaction(db):
        db.execute("INSERT INTO meta VALUES ('kept', 'yes')")
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0] + 1}")
    rows = [(f"row {number}", "x" * 4000) for number in range(100)]
    with pytest.raises(StoreError, match="disk is full"), store.transaction(db):
        db.conn.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    assert db.execute("SELECT name FROM meta WHERE name LIKE 'row%' OR name = 'kept'").fetchall() == [("kept",)]
    db.close()


def test_every_table_is_strict_and_every_nullable_column_says_what_null_means() -> None:
    db = store.in_memory()
    for name, sql in db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'"
        " AND name NOT LIKE 'post\\_words%' ESCAPE '\\'"  # FTS5 makes its tables as it likes
    ):
        assert "STRICT" in sql, name
        comment = ""
        for line in sql.splitlines()[1:]:
            if line.lstrip().split(" ")[0].islower() and "NOT NULL" not in line and "PRIMARY KEY" not in line:
                comment = line.partition("--")[2] or comment
                assert "NULL" in comment, f"{name}: {line.strip()}"
            else:
                comment = ""
    db.close()

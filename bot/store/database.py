"""Open, migrate and write the database. RELIABILITY is decided here: one writer, immediate transactions, WAL, full sync."""

import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Concatenate, ParamSpec, TypeVar

from ..errors import DatabaseTooNew, StoreError
from .keys import (
    CHECK,
    Keys,
    default_key_file,
    fitting,
    hashed,
    new_key,
    pending_file,
    read_keys,
    read_or_make_keys,
    write_private,
)
from .schema import APPLICATION_ID, migrations
from .schema import Database as _Database

MERGED_AT_ONCE = 500  # pages of the search index: some 20 ms
P = ParamSpec("P")
T = TypeVar("T")

VERSION = len(migrations._migrations)  # the library has no public count of its own


class Database(_Database):
    """A sqlite-utils database that knows the key its pseudonyms are made with, and lets one thread write at a time."""

    def __init__(self, connection: sqlite3.Connection, keys: Keys) -> None:
        super().__init__(connection)
        self.keys = keys
        self.write_lock = threading.RLock()

    def pseudonym(self, *parts: str) -> str:
        """Keyed, so that nobody without the key file can guess handles: 128 bits of HMAC-SHA-256, hexadecimal."""
        return hashed(self.keys, "\x1f".join(parts))


def iso(moment: datetime) -> str:
    """UTC to the second. One fixed form, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


AMONG = "IN (SELECT value FROM json_each(?))"


def listed(values: Iterable[int | str]) -> str:
    """The parameter of AMONG: as many as there are, in one statement."""
    return json.dumps(list(values))


def url_key(db: Database, url: str) -> str:
    """What is left of a URL when it must not be kept."""
    return db.pseudonym("url", url.strip().rstrip("/"))


def open_database(path: Path, key_file: Path | None = None) -> Database:
    """Open for writing; make file, key and tables where they are missing. Raises StoreError, DatabaseTooNew.

    The key lies beside the database by default (`<name>.key`, mode 0600), never inside it.
    """
    key_file = key_file or default_key_file(path)
    fresh = not path.exists() or path.stat().st_size == 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not fresh:
            _is_ours(path)
        keys = read_or_make_keys(key_file, may_make=fresh)
        if not path.exists():
            with suppress(FileExistsError):  # another process made it in this moment
                write_private(path, b"")
        db = _connect(f"file:{_quoted(path)}?mode=rwc", keys)
        with _closed_on_failure(db):
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA secure_delete=ON")
            _check(db, path, key_file)
            with transaction(db):
                _migrate(db)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(explain(error, path)) from error
    return db


def open_readonly(path: Path, key_file: Path | None = None, *, migrate: bool = True) -> Database:
    """Open for reading beside a running daemon. Raises StoreError where there is nothing to read.

    An older schema is brought to this one first, unless `migrate` is false: then nothing is changed.
    """
    key_file = key_file or default_key_file(path)
    if not path.exists():
        raise StoreError(f"{path}: no such database; `brennpunkt collect` or `brennpunkt import FILE` makes one")
    try:
        _is_ours(path)
        db = _connect(_uri_to_read(path), read_keys(key_file))
        with _closed_on_failure(db):
            _check(db, path, key_file)
        if migrate and _applied(db) < VERSION:  # only a writer may migrate
            db.close()
            open_database(path, key_file).close()
            return open_readonly(path, key_file)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(explain(error, path)) from error
    return db


def _is_ours(path: Path) -> None:
    """Before its key is asked for: a file that is none of ours has none."""
    with path.open("rb") as file:
        head = file.read(72)
    if not head:
        raise StoreError(f"{path}: is empty; `brennpunkt collect` or `brennpunkt import FILE` fills it")
    if not head.startswith(b"SQLite format 3"):
        raise sqlite3.DatabaseError("not a database")
    if int.from_bytes(head[68:72], "big") not in (0, APPLICATION_ID):
        raise StoreError(f"{path}: a database of another program; choose another file")


def _uri_to_read(path: Path) -> str:
    """In a folder that we may not write, nobody's `-shm` can be made; without a `-wal` the file itself is all there is."""
    alone = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    return f"file:{_quoted(path)}?mode=ro{'&immutable=1' if alone else ''}"


@contextmanager
def _closed_on_failure(db: Database) -> Iterator[None]:
    """A connection left open would hold the file against whoever comes to repair it."""
    try:
        yield
    except BaseException:
        db.close()
        raise


def in_memory() -> Database:
    """A database of its own that ends with the process: `--dry-run`, and tests."""
    db = _connect("file::memory:", (new_key(),))
    with transaction(db):
        _migrate(db)
    return db


@contextmanager
def scratch(path: Path, key_file: Path | None = None) -> Iterator[Database]:
    """For `--dry-run`: a copy that ends with the block, so that what is known counts as known. Raises StoreError."""
    if not path.exists():
        db = in_memory()
        yield db
        db.close()
        return
    with TemporaryDirectory(prefix="brennpunkt-") as folder:
        copy = Path(folder) / path.name
        write_private(copy, b"")
        original = open_readonly(path, key_file)
        try:
            original.execute("VACUUM INTO ?", [str(copy)])
        except sqlite3.Error as error:
            raise StoreError(explain(error, copy)) from error
        finally:
            original.close()
        db = open_database(copy, key_file or default_key_file(path))
        try:
            yield db
        finally:
            db.close()


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All of it or nothing. Raises StoreError when the database cannot be written.

    BEGIN IMMEDIATE: a deferred transaction that reads first and writes later gets SQLITE_BUSY_SNAPSHOT within a
    millisecond, whatever the timeout.
    """
    with db.write_lock:
        try:
            db.execute("BEGIN IMMEDIATE")
            yield
            db.execute("COMMIT")
        except sqlite3.Error as error:
            db.rollback()
            raise StoreError(explain(error, _path(db))) from error
        except BaseException:
            db.rollback()
            raise


def settled(read: Callable[Concatenate[Database, P], T]) -> Callable[Concatenate[Database, P], T]:
    """For what is asked of the writer's connection: it sees no half of another thread's transaction."""

    @wraps(read)
    def locked(db: Database, /, *args: P.args, **options: P.kwargs) -> T:
        with db.write_lock:
            return read(db, *args, **options)

    return locked


def explain(error: Exception, path: Path | str) -> str:
    """One line that says what to do about an error of SQLite or of the file system."""
    text = str(error)
    if "readonly" in text or isinstance(error, PermissionError):
        return f"{path}: not writable; give the program's user the right to write this file and its folder"
    if "locked" in text:
        return f"{path}: another process has held the database for 30 s; stop it or wait"
    if "full" in text or "disk I/O" in text or getattr(error, "errno", None) == 28:
        return f"{path}: the disk is full or failing; free some space (nothing is stored by halves)"
    if "malformed" in text or "not a database" in text:
        return (
            f"{path}: the file is damaged or no SQLite database; `brennpunkt restore FILE` puts a backup in its place"
        )
    if "unable to open" in text:
        return f"{path}: cannot be opened; does its folder exist, and may the program's user write there?"
    return f"{path}: {text}"


def _connect(uri: str, keys: Keys) -> Database:
    # isolation_level None: Python opens no transaction behind our back; every one is written in `transaction`
    connection = sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None, check_same_thread=False)
    db = Database(connection, keys)
    db.execute("PRAGMA foreign_keys=ON")
    return db


def _migrate(db: Database) -> None:
    if _applied(db) < VERSION:
        migrations.apply(db)
        db.execute(f"PRAGMA user_version={VERSION}")
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute("INSERT OR IGNORE INTO meta VALUES ('key_check', ?)", [db.pseudonym(CHECK)])
    db.execute("INSERT OR IGNORE INTO meta VALUES ('id', ?)", [secrets.token_hex(8)])


def _check(db: Database, path: Path, key_file: Path) -> None:
    """Is it ours, is it not from the future, and does the key fit?"""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        if db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise StoreError(f"{path}: a database of another program; choose another file")
        return
    version = _applied(db)
    if version > VERSION:
        raise DatabaseTooNew(f"{path}: written by a later version (schema {version}, this one knows {VERSION}); update")
    if version:
        db.keys = _fitting(db, key_file)


def _fitting(db: Database, key_file: Path) -> Keys:
    """The keys this database was written with. Finishes a change of the key that a crash interrupted."""
    (check,) = db.execute("SELECT value FROM meta WHERE name='key_check'").fetchone()
    if keys := fitting(db.keys, check):
        return keys
    pending = pending_file(key_file)
    if pending.exists() and (keys := fitting(read_keys(pending), check)):
        with suppress(OSError):  # a reader may lack the right; the next writer does it
            os.replace(pending, key_file)
        return keys
    raise StoreError(f"{key_file}: not the key this database was written with; restore the key file from its backup")


def same_key(db: Database) -> None:
    """Raises StoreError when another process has changed the key since this database was opened."""
    (check,) = db.execute("SELECT value FROM meta WHERE name='key_check'").fetchone()
    if check != db.pseudonym(CHECK):
        raise StoreError("the key was changed by `brennpunkt rotate-key` in the meantime; start this command again")


def database_id(db: Database) -> str:
    """Which database this is; its copies have the same. "": only read since there are such names."""
    row = db.execute("SELECT value FROM meta WHERE name = 'id'").fetchone()
    return str(row[0]) if row else ""


def checkpoint(db: Database) -> bool:
    """Bring what was written into the database file and empty the WAL, so that nothing deleted is left in either.

    False: a reader was in the way for 30 s; the next run does it.
    """
    _clean_words(db)
    with db.write_lock:
        busy: int = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def _clean_words(db: Database) -> None:
    """Take deleted words out of the search index for good: until it is merged they are only struck out in it.

    In short transactions: this is the whole index where much was deleted.
    """
    pages = -MERGED_AT_ONCE  # the first step says that all of it is meant
    while True:
        with db.write_lock:
            before = db.conn.total_changes
            db.execute("INSERT INTO post_words (post_words, rank) VALUES ('merge', ?)", [pages])
            done = db.conn.total_changes - before < 2  # sqlite.org/fts5.html: then nothing was left to merge
        if done and pages > 0:
            return
        pages = MERGED_AT_ONCE


def _applied(db: Database) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def path_of(db: Database) -> Path | None:
    """Where its file lies; None: in memory."""
    name = db.execute("PRAGMA database_list").fetchone()[2]
    return Path(name) if name else None


def _path(db: Database) -> str:
    return str(path_of(db) or "the database in memory")


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")

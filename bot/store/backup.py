"""Copies of the database, made while it is in use, and the way back."""

import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from ..errors import BotError, InputError, StoreError
from . import audit
from .database import AMONG, Database, database_id, explain, listed, open_database, open_readonly, transaction, url_key
from .keys import default_key_file, read_keys, sync_folder, write_private
from .retention import retire, strip
from .rotation import bring_to

# What others were told, gave us or were promised stands as it stood last: a message may not go out twice, a number not mean
# another incident, a report with a receipt not be lost, and a period released anew could be subtracted from its first release.
_STANDS = (
    *("outbox", "alerts", "cases", "case_spots", "case_events", "better", "tickets", "escalations"),
    *("extracts", "bulletins", "reports", "contacts"),
)
_MERGED = {"suppressed": "IGNORE", "opt_outs": "IGNORE", "digests": "IGNORE", "costs": "REPLACE", "senders": "REPLACE"}
_LOG = "SELECT at, actor, action, posts, detail FROM audit"
SIDE_FILES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    kept: Path | None  # the database that stood there before; None: there was none
    carried: bool  # what must not be undone was taken over from it: who was forgotten, what went out, what was billed
    forgotten: int  # posts of the backup whose authors have asked to be forgotten since


def backup(db: Database, target: Path, *, replace: bool = False) -> None:
    """Write a whole, checked, private copy of what is committed now to `target`. Blocks no writer.

    What was deleted is not in it, the key is not either. Raises InputError where `target` exists already,
    StoreError where the copy cannot be written or does not pass its check; `target` is then as it was.
    """
    if target.exists() and not replace:
        raise InputError(f"{target}: exists already; a backup never overwrites a file, choose another name")
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        write_private(part, b"")  # VACUUM INTO takes an empty file, and keeps its mode
        db.execute("VACUUM INTO ?", [str(part)])
        if problem := quick_check(part):
            raise StoreError(f"{target}: the copy did not pass its check ({problem}); is the disk failing?")
        _sync(part)
        os.replace(part, target)
        sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(explain(error, target)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def quick_check(path: Path) -> str | None:
    """The first problem that SQLite finds in a file; None: it is whole. Takes about 2 s a GB."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    return None if found == "ok" else " ".join(found.replace("*** in database main ***", "").split())


def restore(path: Path, key_file: Path | None, source: Path, zone: tzinfo, *, actor: str, now: datetime) -> Restored:
    """Put the backup `source` in the place of the database at `path`. The caller holds the daemon's lock.

    Before it takes its place it is checked, brought to this version and to the current key, and told what must not be
    undone. A crash leaves the one or the other, whole. Raises InputError for `source`, StoreError for the rest.
    """
    key_file = key_file or default_key_file(path)
    if not source.is_file() or source.resolve() == path.resolve():
        raise InputError(f"{source}: no such backup" if not source.is_file() else f"{source}: is the database itself")
    if problem := quick_check(source):
        raise InputError(f"{source}: damaged, or no backup ({problem}); take an older one")
    new = path.with_name(path.name + ".restoring")
    try:
        _remove(new)
        write_private(new, b"")
        shutil.copyfile(source, new)
        carried, forgotten = _prepare(new, key_file, path, source, zone, actor=actor, now=now)
        _sync(new)
        kept = _make_room(path, now)
        os.replace(new, path)
        sync_folder(path.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(explain(error, path)) from error
    finally:
        with suppress(OSError):
            _remove(new)
    return Restored(kept, carried, forgotten)


def _prepare(
    new: Path, key_file: Path, old: Path, source: Path, zone: tzinfo, *, actor: str, now: datetime
) -> tuple[bool, int]:
    try:
        db = open_database(new, key_file)
    except StoreError as error:
        raise type(error)(str(error).replace(str(new), str(source))) from error
    try:
        with transaction(db):
            bring_to(db, read_keys(key_file))
            carried = _carry_over(db, old, key_file)
            forgotten = _retire_suppressed(db, zone)
            audit.note(db, "restore", actor=actor, now=now, posts=forgotten, detail=source.name)
    finally:
        db.close()
    return carried, forgotten


def _carry_over(db: Database, old: Path, key_file: Path) -> bool:
    """Take over what a restore must not undo. False: the old database cannot be read, or was none."""
    if not old.exists():
        return False
    try:
        former = open_readonly(old, key_file)
    except BotError:
        return False
    try:
        if former.keys != db.keys:
            return False
        same = database_id(former) == database_id(db)  # else it is another one, and what it lacks was not deleted
        rows = {
            name: former.execute(f"SELECT * FROM {name}").fetchall() for name in (*_MERGED, *(_STANDS if same else ()))
        }
        log = former.execute(_LOG).fetchall()
        if same:
            _delete_again(db, former)
            _same_accounts(db, former)
    except sqlite3.Error:
        return False
    finally:
        former.close()
    for name, on_conflict in _MERGED.items():
        _insert(db, f"OR {on_conflict} INTO {name}", rows[name])
    if same:
        db.execute("PRAGMA defer_foreign_keys=ON")  # a case may be merged into a later one
        for name in reversed(_STANDS):
            db.execute(f"DELETE FROM {name}")
        for name in _STANDS:
            _insert(db, f"INTO {name}", rows[name])
    known = Counter(db.execute(_LOG).fetchall())
    db.conn.executemany(
        "INSERT INTO audit (at, actor, action, posts, detail) VALUES (?, ?, ?, ?, ?)",
        sorted((Counter(log) - known).elements(), key=str),
    )
    return True


def _insert(db: Database, into: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        db.conn.executemany(f"INSERT {into} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _same_accounts(db: Database, former: Database) -> None:
    """Whose account was closed since the backup is not let in again, and no old password fits; everybody signs in anew."""
    accounts = former.execute("SELECT name, role, password, made_at, lang, zone FROM users").fetchall()
    db.execute("DELETE FROM users")
    db.conn.executemany(
        "INSERT INTO users (name, role, password, made_at, lang, zone) VALUES (?, ?, ?, ?, ?, ?)", accounts
    )


def _delete_again(db: Database, former: Database) -> None:
    """Texts that went since the backup go again."""
    by_key = {key: number for number, key in db.execute("SELECT id, key FROM posts WHERE text IS NOT NULL")}
    gone = former.execute(f"SELECT key FROM posts WHERE text IS NULL AND key {AMONG}", [listed(by_key)])
    strip(db, [by_key[key] for (key,) in gone.fetchall()])


def _retire_suppressed(db: Database, zone: tzinfo) -> int:
    found = {
        row[0]
        for row in db.execute(
            "SELECT id FROM posts WHERE skip IS NOT 'suppressed' AND (author IN (SELECT key FROM suppressed)"
            " OR key IN (SELECT key FROM suppressed) OR id IN (SELECT post FROM urls WHERE key IN (SELECT key FROM suppressed)))"
        )
    }
    keys = {row[0] for row in db.execute("SELECT key FROM suppressed")}
    raw = db.execute("SELECT id, url FROM posts WHERE url IS NOT NULL").fetchall() if keys else []
    found |= {number for number, url in raw if url_key(db, url) in keys}
    retire(db, sorted(found), zone)
    return len(found)


def _make_room(path: Path, now: datetime) -> Path | None:
    """Set the database aside under another name, with what was written but not yet in its file."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()  # needs the file for itself
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(f"{path}: another process has it open; stop it first") from error
    except sqlite3.DatabaseError:
        pass  # damaged: the very reason to restore
    kept = path.with_name(f"{path.name}.replaced-{now:%Y%m%d-%H%M%S}")
    for end in SIDE_FILES:  # a WAL that stays would be played into the restored file
        with suppress(FileNotFoundError):
            os.replace(f"{path}{end}", f"{kept}{end}")
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        shutil.copy2(path, kept)
    return kept


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    for end in ("", *SIDE_FILES):
        Path(f"{path}{end}").unlink(missing_ok=True)

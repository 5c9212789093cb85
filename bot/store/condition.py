"""How a database is: for `brennpunkt check`, which changes nothing."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import StoreError
from .backup import quick_check
from .database import VERSION, explain, instant, open_readonly

SQLITE_VERSION = sqlite3.sqlite_version
# Before it, two processes that write and checkpoint at the same moment can damage the file (sqlite.org/wal.html).
SQLITE_WANTED = (3, 51, 3)
LARGE = 1_000_000_000  # bytes; beyond, a check takes so long that it is left out


@dataclass(frozen=True, slots=True)
class Condition:
    """What could be said about a database without changing it."""

    size: int  # bytes
    wal: int  # bytes written, but not yet brought into the file
    newest: datetime | None  # the last instant written into it; None: it is empty
    outdated: bool  # its schema is older than this program's; the next start brings it up
    damage: str | None  # None: whole, or not looked at
    looked: bool  # False: too large to look into


def sqlite_is_old() -> bool:
    return sqlite3.sqlite_version_info < SQLITE_WANTED


def condition(path: Path, key_file: Path | None) -> Condition:
    """Raises StoreError saying why it cannot be used."""
    db = open_readonly(path, key_file, migrate=False)
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        (newest,) = db.execute(
            "SELECT max(at) FROM (SELECT ended_at AS at FROM runs WHERE id = (SELECT max(id) FROM runs)"
            " UNION ALL SELECT seen_at FROM posts WHERE id = (SELECT max(id) FROM posts))"
        ).fetchone()
    except sqlite3.Error as error:
        raise StoreError(explain(error, path)) from error
    finally:
        db.close()
    size = path.stat().st_size
    wal = path.with_name(path.name + "-wal")
    return Condition(
        size=size,
        wal=wal.stat().st_size if wal.exists() else 0,
        newest=instant(newest) if newest else None,
        outdated=version < VERSION,
        damage=quick_check(path) if size < LARGE else None,
        looked=size < LARGE,
    )

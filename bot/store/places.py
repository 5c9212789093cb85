"""Imported place names: a small SQLite file of their own beside the database, replaced as a whole."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from ..errors import GazetteerError
from ..locate.imports import Entry

APPLICATION_ID = 0x42725047  # "BrPG"
_SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE places (
    kind TEXT NOT NULL,      -- city, district, station, postcode, or a kind of square or venue
    name TEXT NOT NULL,      -- of a postcode: the code
    city TEXT NOT NULL,
    district TEXT NOT NULL,  -- '' for none
    state TEXT NOT NULL,     -- '' where the file did not say
    lat REAL NOT NULL, lon REAL NOT NULL,  -- WGS 84
    people INTEGER NOT NULL, -- 0: not known
    key TEXT NOT NULL,       -- municipality key, '' for none
    aliases TEXT NOT NULL    -- joined with |
) STRICT;
"""


def write_places(path: Path, entries: Iterable[Entry]) -> int:
    """Write all entries to `path` and return their number.

    The file appears complete or not at all: a GazetteerError from `entries` leaves the one that is there in use.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(part)) as db:
            db.executescript(_SCHEMA)
            for entry in entries:
                db.execute("INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", entry)
                count += 1
            if not count:
                raise GazetteerError(f"{path}: not written, for the files held no place")
            db.commit()
        os.replace(part, path)
    except (OSError, sqlite3.Error) as error:
        raise GazetteerError(f"{path}: cannot be written ({error})") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def read_places(path: Path) -> Iterator[Entry]:
    """The entries of a file that `write_places` made: cities first, then what lies in them. Raises GazetteerError."""
    if not path.is_file():
        raise GazetteerError(f"{path}: no such file; `brennpunkt gazetteer build` makes it")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise GazetteerError(f"{path}: no file of places; `brennpunkt gazetteer build` makes one")
            for row in db.execute("SELECT * FROM places ORDER BY kind <> 'city', people DESC, rowid"):
                yield Entry(*row)
    except sqlite3.Error as error:
        raise GazetteerError(f"{path}: cannot be read ({error}); build it again") from error

"""Write tests/data/schemas/vN.sql for every version N of the schema that has none: the version before it, migrated.

Version 1 is filled by hand here; later versions carry its rows along, as a database in use does.
"""

import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.store.database import VERSION, Database
from bot.store.keys import CHECK
from bot.store.schema import APPLICATION_ID, migrations

FOLDER = Path("tests/data/schemas")
KEY = b"a key for tests, of 32 bytes ..."
NOON = "2026-03-02T12:00:00+00:00"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for version in range(1, VERSION + 1):
        path = FOLDER / f"v{version}.sql"
        if not path.exists():
            path.write_text("\n".join(dump(version)) + "\n", encoding="utf-8")
            print(f"{path} written")


def dump(version: int) -> list[str]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    db = Database(connection, (KEY,))
    if version > 1:
        connection.executescript((FOLDER / f"v{version - 1}.sql").read_text(encoding="utf-8"))
    later = [migration.name for migration in migrations._migrations[version:]]
    migrations.apply(db, stop_before=later)
    if version == 1:
        fill(db)
    lines = [line for line in connection.iterdump() if not line.startswith(("BEGIN", "COMMIT"))]
    lines = _with_indices_of_words(connection, lines)
    connection.close()
    return [*lines, f"PRAGMA application_id={APPLICATION_ID};", f"PRAGMA user_version={version};"]


def _with_indices_of_words(connection: sqlite3.Connection, lines: list[str]) -> list[str]:
    """The library dumps a full-text table as the tables it is kept in, which cannot be read back: make it, and fill it last."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'").fetchall()
    inner = tuple(start + name for name, _ in found for start in ("CREATE TABLE '", 'INSERT INTO "'))
    unwanted = ("PRAGMA writable_schema", "INSERT INTO sqlite_master", *inner)
    kept = [line for line in lines if not line.startswith(unwanted)]
    rebuilt = [f"INSERT INTO {name} ({name}) VALUES ('rebuild');" for name, _ in found]
    return [*(f"{sql};" for _, sql in found), *kept, *rebuilt]


def fill(db: Database) -> None:
    """Two complaints by one person in Köln, one about another carrier, a post about nothing, a report; made up."""
    posts = [
        ("1", "o2 in Köln-Deutz lädt nichts", "kim", "own", "A", None),
        ("2", "o2 in Köln-Deutz schon wieder tot", "kim", "own", "B", None),
        ("3", "Telekom in Köln lahmt", "lee", "other", "A", None),
        ("4", "Guten Morgen", "sam", "none", "D", "no network trouble"),
    ]
    for number, (native, text, handle, relation, band, skip) in enumerate(posts, 1):
        key, author = db.pseudonym("test", native), db.pseudonym("author", "test", handle)
        carrier = {"own": "o2", "other": "Telekom", "none": None}[relation]
        url = f"https://example.org/{native}"
        row = (
            number,
            key,
            "test",
            native,
            url,
            text,
            author,
            NOON,
            NOON,
            NOON,
            "de",
            relation,
            carrier,
            band,
            skip,
            0,
            1,
        )
        db.execute(f"INSERT INTO posts VALUES ({','.join('?' * 17)})", row)
        if skip is None:
            finding = (number, NOON, relation, carrier, band, 0.9, '["data_stall"]', "congestion", "4G", 3, -1)
            place = ("Köln", "Deutz", None, "Nordrhein-Westfalen")
            row = (*finding, '[[0, 2, "data stall"]]', author, number, *place, "test")
            db.execute(f"INSERT INTO findings VALUES ({','.join('?' * 19)})", row)
            row = (number, 0, "district", *place, 50.94, 6.97, 0.9, 6, 10, "test")
            db.execute(f"INSERT INTO places VALUES ({','.join('?' * 13)})", row)
            db.execute("INSERT INTO sketches VALUES (?, ?, ?)", (number * 7, number, NOON))
    person = db.pseudonym("person", "someone")
    db.execute(
        "INSERT INTO reports VALUES ('r1', ?, 'form', '[\"slow_data\"]', 'Mannheim', NULL, NULL, NULL, ?)",
        (NOON, person),
    )
    db.execute("INSERT INTO sources VALUES ('test', 0, ?, NULL, NULL)", (NOON,))
    db.execute("INSERT INTO cursors VALUES ('test', 'cursor 4', ?)", (NOON,))
    db.execute("INSERT INTO runs VALUES (1, 'collect', 'test', ?, ?, 'ok', NULL, 4, 0, 3)", (NOON, NOON))
    db.execute("INSERT INTO digests VALUES ('2026-03-02', 'folder', ?)", (NOON,))
    db.execute("INSERT INTO meta VALUES ('key_check', ?)", (db.pseudonym(CHECK),))


if __name__ == "__main__":
    main()

"""The tables, as migrations: one SQL file each in `migrations/`, appended, never edited.

Every column that may be NULL says what NULL means. Times are ISO 8601 in UTC to the second, always in the form of
`database.iso`, so that text order is time order.
"""

import sqlite3
from collections.abc import Iterator
from importlib.resources import files

from ..lean import without_numpy

with without_numpy():
    from sqlite_utils import Database as Database
    from sqlite_utils.migrations import Migrations

APPLICATION_ID = 0x4272656E  # "Bren": tells our file from any other SQLite file

migrations = Migrations("brennpunkt")


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit, and a migration is one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _add(name: str, script: str) -> None:
    def migrate(db: Database) -> None:
        for statement in _statements(script):
            db.execute(statement)

    migrations(name=name)(migrate)


for _file in sorted(files(__package__).joinpath("migrations").iterdir(), key=lambda file: file.name):
    if _file.name.endswith(".sql"):
        _add(_file.name.removesuffix(".sql"), _file.read_text(encoding="utf-8"))

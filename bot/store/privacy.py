"""What must go, goes: texts that were deleted or changed at their source. The counted row stays."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from ..domain import PostId
from .database import Database

T = TypeVar("T")

_PART = 500  # SQLite takes 999 parameters at least


def delete_posts(db: Database, ids: Iterable[PostId], *, source: str = "", authors: Iterable[str] = ()) -> int:
    """Remove what the posts `ids` and all posts of `authors` at `source` said: text, url, platform id, evidence, sketch.

    The row with its judgement stays, so that the numbers do, and its key, so that the post is not taken in again.
    Inside a transaction. Returns how many texts went; safe to repeat, and for posts that we never had.
    """
    keys = [db.pseudonym(post.source, post.native) for post in ids]
    people = [db.pseudonym("author", source, author.casefold()) for author in authors]
    found = [*_having_text(db, "key", keys), *_having_text(db, "author", people)]
    for part in _parts(found):
        marks = ",".join("?" * len(part))
        db.execute(f"DELETE FROM sketches WHERE post IN ({marks})", part)
        db.execute(f"UPDATE findings SET evidence = '[]' WHERE post IN ({marks})", part)
        # Offsets into a text that is gone tell nothing; the places themselves are what is counted.
        db.execute(f"UPDATE places SET start = 0, end = 0 WHERE post IN ({marks})", part)
        db.execute(f"UPDATE posts SET text = NULL, url = NULL, native = NULL WHERE id IN ({marks})", part)
    return len(set(found))


def forget_versions(db: Database, ids: Iterable[PostId]) -> int:
    """Take out posts whose text was changed, so that the new version can be stored in their place. Inside a transaction.

    A post that was deleted stays deleted: a change that is told once more must not bring its text back.
    """
    found = _having_text(db, "key", [db.pseudonym(post.source, post.native) for post in ids])
    for part in _parts(found):
        db.execute(f"DELETE FROM posts WHERE id IN ({','.join('?' * len(part))})", part)
    return len(found)


def _having_text(db: Database, column: str, values: Sequence[str]) -> list[int]:
    found: list[int] = []
    for part in _parts(values):
        marks = ",".join("?" * len(part))
        found += [
            row[0] for row in db.execute(f"SELECT id FROM posts WHERE {column} IN ({marks}) AND text IS NOT NULL", part)
        ]
    return found


def _parts(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[first : first + _PART] for first in range(0, len(values), _PART))

"""What must go, goes: texts that were deleted or changed at their source, and all that is known of who asks to be forgotten."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from ..domain import PostId
from . import audit
from .database import AMONG, Database, instant, iso, listed, same_key, settled, transaction, url_key
from .labels import drop_texts
from .retention import retire, strip, unquote


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, as far as the database knows them: numbers of their posts, and keys by which more would be known."""

    posts: tuple[int, ...]
    keys: tuple[str, ...]
    forgotten: bool  # asked to be forgotten before


def delete_posts(db: Database, ids: Iterable[PostId], *, source: str = "", authors: Iterable[str] = ()) -> int:
    """Remove what the posts `ids` and all posts of `authors` at `source` said: text, url, platform id, evidence, sketch.

    The row with its judgement stays, so that the numbers do, and its key, so that the post is not taken in again.
    Inside a transaction. Returns how many texts went; safe to repeat, and for posts that we never had.
    """
    keys = [db.pseudonym(post.source, post.native) for post in ids]
    people = [db.pseudonym("author", source, author.casefold()) for author in authors]
    found = sorted({*_having_text(db, "key", keys), *_having_text(db, "author", people)})
    strip(db, found)
    drop_texts(db, keys, people)  # a label's copy may have outlived the post's text
    return len(found)


def forget_versions(db: Database, ids: Iterable[PostId]) -> int:
    """Take out posts whose text was changed, so that the new version can be stored in their place. Inside a transaction.

    A post that was deleted stays deleted: a change that is told once more must not bring its text back.
    """
    found = _having_text(db, "key", [db.pseudonym(post.source, post.native) for post in ids])
    unquote(db, found)
    db.execute(f"DELETE FROM posts WHERE id {AMONG}", [listed(found)])
    return len(found)


@settled
def find_subject(
    db: Database, who: str, *, sources: Iterable[str] = (), configured: Iterable[str] = (), only_post: bool = False
) -> Subject:
    """Who is meant by a handle (with its instance or domain, without "@") or by the URL of one of their posts.

    A handle is looked for at `sources`; none given: at all that are known or `configured`, and anything later. A URL
    stands for all posts of its author, or with `only_post` for itself; without an author it can only stand for itself.
    """
    if who.lower().startswith(("http://", "https://")):
        posts, keys = _by_url(db, who, only_post=only_post)
    else:
        handle = who.strip().lstrip("@").casefold()
        known = (row[0] for row in db.execute("SELECT name FROM sources").fetchall())
        named = list(sources) or ["", *known, *configured]
        keys = [db.pseudonym("author", source, handle) for source in named]
        posts = _by_authors(db, keys)
    before = db.execute(f"SELECT count(*) FROM suppressed WHERE key {AMONG}", [listed(keys)]).fetchone()[0]
    return Subject(tuple(sorted(set(posts))), tuple(dict.fromkeys(keys)), bool(before))


@settled
def days_of(db: Database, subject: Subject, zone: tzinfo) -> frozenset[date]:
    """The local days on which a person's posts count, so that digests that may quote them can be written anew."""
    rows = db.execute(f"SELECT at FROM posts WHERE id {AMONG}", [listed(subject.posts)])
    return frozenset(instant(row[0]).astimezone(zone).date() for row in rows)


def forget(db: Database, subject: Subject, zone: tzinfo, *, actor: str, now: datetime) -> None:
    """Delete a person's posts and findings, and take in nothing of theirs again. What was counted stays a number.

    Checkpoint afterwards: until then the WAL may hold what was deleted. Raises StoreError.
    """
    with transaction(db):
        same_key(db)  # else it would be the keys of nobody that are noted
        retire(db, subject.posts, zone)
        # A report that came through a reply to them stays, as nobody's.
        db.execute(f"UPDATE reports SET person = NULL WHERE person {AMONG}", [listed(subject.keys)])
        db.conn.executemany("INSERT OR IGNORE INTO suppressed VALUES (?, ?)", [(key, iso(now)) for key in subject.keys])
        audit.note(db, "forget", actor=actor, now=now, posts=len(subject.posts))


def export_subject(db: Database, subject: Subject, *, actor: str, now: datetime) -> list[dict[str, Any]]:
    """All that is stored of a person, one object a post, oldest first. Noted in the audit log. Raises StoreError."""
    with transaction(db):
        same_key(db)
        rows = [_exported(db, number) for number in subject.posts]
        audit.note(db, "export-subject", actor=actor, now=now, posts=len(rows))
    return sorted(rows, key=lambda row: str(row["at"]))


def _exported(db: Database, number: int) -> dict[str, Any]:
    post = _row(db, "posts", "id", number)
    finding = _row(db, "findings", "post", number)
    if finding:
        finding["symptoms"] = json.loads(finding["symptoms"])
        finding["evidence"] = json.loads(finding["evidence"])
    cursor = db.execute(
        "SELECT kind, city, district, postcode, state, lat, lon FROM places WHERE post = ? ORDER BY rank", [number]
    )
    names = [column[0] for column in cursor.description]
    inner = ("id", "key", "post", "who", "cluster")
    return (
        {name: value for name, value in post.items() if name not in inner}
        | {"pseudonym": post["author"]}
        | {"judgement": {name: value for name, value in finding.items() if name not in inner} or None}
        | {"places": [dict(zip(names, row, strict=True)) for row in cursor]}
        | {"looked at again": _row(db, "rechecks", "post", number) or None}
        | {"replies": _rows(db, "drafts", number)}
        | {"answer to us": _row(db, "answers", "post", number) or None}
        | {"place told later": _row(db, "completions", "post", number) or None}
        | {"before a person corrected it": _row(db, "corrected", "post", number) or None}
        | {"labels": _rows(db, "labels", number), "earlier judgements": _rows(db, "judgements", number)}
    )


def _row(db: Database, table: str, key: str, number: int) -> dict[str, Any]:
    cursor = db.execute(f"SELECT * FROM {table} WHERE {key} = ?", [number])
    row = cursor.fetchone()
    return dict(zip([column[0] for column in cursor.description], row, strict=True)) if row else {}


def _rows(db: Database, table: str, post: int) -> list[dict[str, Any]]:
    cursor = db.execute(f"SELECT * FROM {table} WHERE post = ? ORDER BY id", [post])
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [{name: value for name, value in row.items() if name not in ("id", "post", "ref")} for row in rows]


def _by_url(db: Database, url: str, *, only_post: bool) -> tuple[list[int], list[str]]:
    bare, key = url.strip().rstrip("/"), url_key(db, url)
    found = db.execute(
        "SELECT id, key, author FROM posts WHERE url IN (?, ? || '/') OR id IN (SELECT post FROM urls WHERE key = ?)",
        [bare, bare, key],
    ).fetchall()
    authors = [] if only_post else [author for _, _, author in found if author]
    posts = [number for number, _, _ in found] + _by_authors(db, authors)
    return posts, [key, *(post_key for _, post_key, _ in found), *authors]


def _by_authors(db: Database, keys: Sequence[str]) -> list[int]:
    return [row[0] for row in db.execute(f"SELECT id FROM posts WHERE author {AMONG}", [listed(keys)])]


def _having_text(db: Database, column: str, values: Sequence[str]) -> list[int]:
    rows = db.execute(f"SELECT id FROM posts WHERE {column} {AMONG} AND text IS NOT NULL", [listed(values)])
    return [row[0] for row in rows]

"""What people said to our replies: read once each, kept for a person where one is needed, and what it tells of a place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..domain import Location, Post, PostId
from .audit import note
from .corrections import TOLD, correct, put_place
from .database import Database, instant, iso

# The reply that a post answers: one of ours, on the same source.
# CROSS: by way of answers and drafts, which are few; else every post is read (136 ms of 10^6).
_TO_US = (
    "FROM answers a CROSS JOIN posts p ON p.id = a.post JOIN sendings s ON s.native = a.parent"
    " JOIN drafts d ON d.id = s.draft CROSS JOIN posts q ON q.id = d.post AND q.source = p.source"
)


@dataclass(frozen=True, slots=True)
class Unread:
    """An answer to a reply of ours that nobody has read."""

    post: int
    content: Post  # its author is not known any more
    author: str | None  # pseudonym
    reply: int
    finding: int  # the post that our reply answers
    same_author: bool  # as the finding's: only they say where that is
    city: str | None  # of the finding, as far as it is known
    district: str | None
    postcode: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer that was read. Its text is untrusted."""

    post: int
    at: datetime
    kind: str
    needs: bool  # a person must still see to it
    text: str | None  # None: gone
    url: str | None
    reply: int
    closed_by: str | None  # who saw to it. None: nobody


def unread_answers(db: Database, *, since: datetime, limit: int = 200) -> list[Unread]:
    """Answers seen since then, the first ones first."""
    rows = db.execute(
        "SELECT a.post, p.source, coalesce(p.native, ''), p.text, p.lang, p.author, d.id, d.post, p.author IS q.author,"
        f" f.city, f.district, f.postcode {_TO_US} LEFT JOIN findings f ON f.post = d.post"
        " WHERE a.kind IS NULL AND p.text IS NOT NULL AND p.seen_at >= ? ORDER BY a.post LIMIT ?",
        [iso(since), limit],
    ).fetchall()
    return [
        Unread(
            post,
            Post(PostId(source, native), text, lang=lang if lang != "und" else None, addressed=True),
            author,
            reply,
            finding,
            bool(same and author),
            *where,
        )
        for post, source, native, text, lang, author, reply, finding, same, *where in rows
    ]


def put_answer(db: Database, post: int, kind: str, *, needs: bool, now: datetime) -> None:
    """Note what an answer is. Inside a transaction."""
    db.execute("UPDATE answers SET kind = ?, needs = ?, read_at = ? WHERE post = ?", [kind, int(needs), iso(now), post])


def answers(db: Database, *, open_only: bool = True, limit: int = 100) -> list[Heard]:
    """Answers that were read, what concerns a person at once first, then the newest; or only what waits for a person."""
    rows = db.execute(
        f"SELECT a.post, p.at, a.kind, a.needs AND a.closed_by IS NULL, p.text, p.url, d.id, a.closed_by {_TO_US}"
        " WHERE a.kind IS NOT NULL AND (NOT ? OR (a.needs AND a.closed_by IS NULL))"
        " ORDER BY a.kind IS NOT 'sensitive', a.read_at DESC, a.post DESC LIMIT ?",
        [open_only, limit],
    ).fetchall()
    return [Heard(post, instant(at), kind, bool(needs), *rest) for post, at, kind, needs, *rest in rows]


def close_answer(db: Database, post: int, *, by: str, now: datetime) -> bool:
    """A person has seen to it. Inside a transaction. False: it did not wait for one."""
    done = db.execute(
        "UPDATE answers SET closed_by = ? WHERE post = ? AND needs AND closed_by IS NULL", [by, post]
    ).rowcount
    if done:
        note(db, "answer closed", actor=by, now=now, posts=1)
    return bool(done)


def complete(db: Database, finding: int, place: Location, *, now: datetime) -> None:
    """Where a finding is, as its author told us. Inside a transaction; everything that counts places follows."""
    db.execute(
        "INSERT INTO completions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (post) DO UPDATE SET at = excluded.at,"
        " kind = excluded.kind, city = excluded.city, district = excluded.district, postcode = excluded.postcode,"
        " state = excluded.state, lat = excluded.lat, lon = excluded.lon",
        [finding, iso(now), place.kind, place.city, place.district, place.postcode, place.state, place.lat, place.lon],
    )
    apply_completions(db, [finding])


def apply_completions(db: Database, findings: Iterable[int]) -> None:
    """Put what was told first among the places of findings, once; what a person corrected comes before it. Inside a
    transaction."""
    for post in findings:
        told = db.execute(
            "SELECT kind, city, district, postcode, state, lat, lon FROM completions WHERE post = ?", [post]
        ).fetchone()
        if told:
            put_place(db, post, TOLD, told)
            correct(db, post)

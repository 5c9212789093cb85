"""Which posts were looked at again, and when: those deleted at their source go here within a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ..domain import PostId
from .database import Database, instant, iso, settled

DUE = timedelta(hours=20)  # since it was seen or looked at: four hourly passes are left until a day is over
LATE = timedelta(hours=24)
_LAST = "coalesce(r.checked_at, p.seen_at)"
_KEPT = "FROM posts p LEFT JOIN rechecks r ON r.post = p.id WHERE p.source = ? AND p.text IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Late:
    """Posts of which nobody knows whether they are still there."""

    kept: int  # posts whose text is stored: all of them ought to be looked at every day
    posts: int  # of these, not looked at for a day
    since: datetime | None  # aware UTC: the longest ago that one was seen; None: there is none


@settled
def due_posts(db: Database, source: str, *, limit: int, now: datetime) -> list[tuple[PostId, str]]:
    """Posts to look at again, with what the server asked calls each ("": unknown).

    Drawn by lot where there are more: those that a platform says nothing of must not block the others.
    """
    rows = db.execute(
        f"SELECT p.native, coalesce(r.local, '') {_KEPT} AND p.native IS NOT NULL AND {_LAST} < ? ORDER BY random() LIMIT ?",
        [source, iso(now - DUE), limit],
    )
    return [(PostId(source, native), local) for native, local in rows]


def note_there(db: Database, posts: Iterable[PostId], *, now: datetime) -> None:
    """They were still there. Inside a transaction."""
    db.conn.executemany(
        "INSERT INTO rechecks (post, checked_at) SELECT id, ? FROM posts WHERE key = ?"
        " ON CONFLICT (post) DO UPDATE SET checked_at = excluded.checked_at",
        [(iso(now), db.pseudonym(post.source, post.native)) for post in posts],
    )


@settled
def late_posts(db: Database, source: str, *, now: datetime) -> Late:
    """Texts that nobody has looked at for a day, where the law wants them gone within one."""
    late = f"FILTER (WHERE {_LAST} < ?)"
    kept, count, since = db.execute(
        f"SELECT count(*), count(*) {late}, min({_LAST}) {late} {_KEPT}", [iso(now - LATE)] * 2 + [source]
    ).fetchone()
    return Late(kept, count, instant(since) if since else None)


@settled
def days_of_posts(db: Database, posts: Sequence[PostId], zone: tzinfo) -> frozenset[date]:
    """The local days on which posts count, so that digests that may quote them can be written anew."""
    keys = [(db.pseudonym(post.source, post.native),) for post in posts]
    found = [db.execute("SELECT at FROM posts WHERE key = ?", key).fetchone() for key in keys]
    return frozenset(instant(row[0]).astimezone(zone).date() for row in found if row)

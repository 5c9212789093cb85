"""Which posts were looked at again, and when: those deleted at their source go here within a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ..domain import PostId
from .database import Database, instant, iso, settled, transaction
from .labels import drop_texts
from .retention import BATCH, strip

DUE = timedelta(hours=20)  # since it was seen or looked at: sixteen passes are left until a day is over
LATE = timedelta(hours=24)
_LAST = "coalesce(r.checked_at, p.seen_at)"
_KEPT = (
    "FROM posts p LEFT JOIN rechecks r ON r.post = p.id WHERE p.source = ? AND p.text IS NOT NULL"
    " AND coalesce(p.text, p.native, p.url) IS NOT NULL"  # so the index posts_raw is taken
)


@dataclass(frozen=True, slots=True)
class Late:
    """Posts of which nobody knows whether they are still there."""

    kept: int  # posts whose text is stored: all of them ought to be looked at every day
    posts: int  # of these, not looked at for a day
    since: datetime | None  # aware UTC: the longest ago that one was seen; None: there is none
    brought: int  # all that the source brought in the time for which texts may be kept, with or without their texts


@settled
def due_posts(db: Database, source: str, *, most: int | None, now: datetime) -> list[tuple[PostId, str]]:
    """Posts to look at again, with what the server asked calls each ("": unknown).

    Of the `most` that matter most, where not all can be kept: a reply to them waits, or they are complaints about us; the newest
    first. Drawn by lot, so that those that a platform says nothing of do not block the others.
    """
    rows = db.execute(
        f"SELECT native, coalesce(local, '') FROM (SELECT p.native, r.local, {_LAST} AS last {_KEPT} AND p.native IS NOT NULL"
        " ORDER BY EXISTS (SELECT 1 FROM drafts d WHERE d.post = p.id AND d.state IN ('draft', 'approved')) DESC,"
        " p.relation = 'own' DESC, p.band, p.seen_at DESC LIMIT ?) WHERE last < ? ORDER BY random()",
        [source, -1 if most is None else most, iso(now - DUE)],
    )
    return [(PostId(source, native), local) for native, local in rows]


def let_go(db: Database, source: str, *, before: datetime) -> list[PostId]:
    """The texts that nobody has looked at since go, as if they were too old: their numbers stay. Raises StoreError."""
    rows = db.execute(f"SELECT p.id, p.key, p.native {_KEPT} AND {_LAST} < ?", [source, iso(before)]).fetchall()
    for first in range(0, len(rows), BATCH):
        part = rows[first : first + BATCH]
        with transaction(db):
            strip(db, [row[0] for row in part], keep_urls=True)
            drop_texts(db, [row[1] for row in part], [])
    return [PostId(source, native) for _, _, native in rows if native]


def note_there(db: Database, posts: Iterable[PostId], *, now: datetime) -> None:
    """They were still there. Inside a transaction."""
    db.conn.executemany(
        "INSERT INTO rechecks (post, checked_at) SELECT id, ? FROM posts WHERE key = ?"
        " ON CONFLICT (post) DO UPDATE SET checked_at = excluded.checked_at",
        [(iso(now), db.pseudonym(post.source, post.native)) for post in posts],
    )


@settled
def late_posts(db: Database, source: str, *, since: datetime, now: datetime) -> Late:
    """Texts that nobody has looked at for a day, where the law wants them gone within one. `since`: how far back texts are kept."""
    late = f"FILTER (WHERE {_LAST} < ?)"
    kept, count, longest = db.execute(
        f"SELECT count(*), count(*) {late}, min({_LAST}) {late} {_KEPT}", [iso(now - LATE)] * 2 + [source]
    ).fetchone()
    (brought,) = db.execute(
        "SELECT count(*) FROM posts WHERE source = ? AND seen_at >= ?", [source, iso(since)]
    ).fetchone()
    return Late(kept, count, instant(longest) if longest else None, brought)


@settled
def days_of_posts(db: Database, posts: Sequence[PostId], zone: tzinfo) -> frozenset[date]:
    """The local days on which findings count, so that digests that may quote them can be written anew."""
    keys = [(db.pseudonym(post.source, post.native),) for post in posts]
    found = [db.execute("SELECT at FROM posts WHERE key = ? AND band <> 'D'", key).fetchone() for key in keys]
    return frozenset(instant(row[0]).astimezone(zone).date() for row in found if row)

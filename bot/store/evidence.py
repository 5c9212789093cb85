"""What an alert is judged by: words without authors, sources, the press."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from ..text import tokenize
from .database import Database, iso

MAX_POSTS = 5_000  # the newest of a stretch: words of more say nothing new
_OURS = "f.relation = 'own' AND (f.band IN ('A', 'B') OR f.cause = 'outage')"


def word_counts(db: Database, *, since: datetime, until: datetime, city: str | None = None) -> tuple[Counter[str], int]:
    """Folded words of our complaints in [since, until) with how many people used each, and how many people there are.

    One text sent again counts once; hashtags count as words, links and handles do not.
    """
    rows = db.execute(
        f"SELECT p.text FROM findings f JOIN posts p ON p.id = f.post WHERE {_OURS} AND f.at >= ? AND f.at < ?"
        " AND (? IS NULL OR f.city = ?) AND p.text IS NOT NULL GROUP BY f.who, f.cluster ORDER BY f.at DESC LIMIT ?",
        [iso(since), iso(until), city, city, MAX_POSTS],
    )
    counts: Counter[str] = Counter()
    people = 0
    for (text,) in rows:
        people += 1
        counts.update({word.lstrip("#") for word in tokenize(text).words if word[:1] not in "@" and word != "http"})
    return counts, people


def mentions(
    db: Database, names: Collection[str], *, since: datetime, until: datetime
) -> list[tuple[str, datetime, str]]:
    """Posts of any kind that name one of these (folded words): (name, at, who)."""
    found = []
    for name in names:
        rows = db.execute(
            "SELECT at, coalesce(author, 'post ' || id), text FROM posts WHERE at >= ? AND at < ? AND press = 0"
            " AND band <> 'D' AND instr(lower(text), ?) ORDER BY at DESC LIMIT ?",
            [iso(since), iso(until), name, MAX_POSTS],
        )
        found += [(name, datetime.fromisoformat(at), who) for at, who, text in rows if name in tokenize(text).words]
    return found


def sources_of(db: Database, *, since: datetime, until: datetime) -> tuple[Counter[str], int]:
    """How many of our complaints each source showed in [since, until), and how many posts of the press."""
    counts = Counter(
        dict(
            db.execute(
                f"SELECT p.source, count(*) FROM findings f JOIN posts p ON p.id = f.post WHERE {_OURS}"
                " AND f.at >= ? AND f.at < ? GROUP BY p.source",
                [iso(since), iso(until)],
            ).fetchall()
        )
    )
    (press,) = db.execute(
        "SELECT count(*) FROM posts WHERE press = 1 AND relation = 'own' AND at >= ? AND at < ?",
        [iso(since), iso(until)],
    ).fetchone()
    return counts, press


def moods(db: Database, *, since: datetime, until: datetime) -> list[tuple[str, str, int, str]]:
    """Our posts about network trouble in [since, until), as (source, who, tone, UTC day)."""
    return db.execute(
        "SELECT p.source, f.who, f.tone, substr(f.at, 1, 10) FROM findings f JOIN posts p ON p.id = f.post"
        " WHERE f.relation = 'own' AND f.at >= ? AND f.at < ?",
        [iso(since), iso(until)],
    ).fetchall()


def voices(db: Database, *, since: datetime, until: datetime) -> tuple[int, int]:
    """People who wrote about us at all in [since, until), and posts of the press about us."""
    people, press = db.execute(
        "SELECT count(DISTINCT coalesce(author, id)) FILTER (WHERE press = 0), total(press) FROM posts"
        " WHERE relation = 'own' AND at >= ? AND at < ?",
        [iso(since), iso(until)],
    ).fetchone()
    return people, int(press)

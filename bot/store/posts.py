"""Posts and findings: one page goes in as a whole."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain

from ..classify.duplicates import SAME, similarity
from ..domain import Analysis, Band, Post, Relation, Tally
from .database import Database, instant, iso, same_key, url_key
from .versions import note_doubts, version_id

COPY_WINDOW = timedelta(days=7)  # how long a text is remembered to recognise its copies
AT_ONCE = 50  # posts in a statement; twice as many are no faster
LATEST = 50  # posts with one hash that are looked at: a copy has others, too, which not the whole wave has
LIKELY = 20  # of these, those that share most of what is rare are compared

NOT_NETWORK = "no network trouble"
NO_CARRIER = "names no carrier"
PRESS = "press"
SUPPRESSED = "suppressed"  # its author asked to be forgotten


def add_page(db: Database, page: Sequence[tuple[Post, Analysis]], *, now: datetime, tally: Tally) -> list[int]:
    """Store the posts of a page that are new, and findings for those about network trouble. Inside a transaction.

    Returns the ids of the new findings. A post seen before is counted as a repeat and left as it is.
    """
    same_key(db)
    suppressed = frozenset(row[0] for row in db.execute("SELECT key FROM suppressed"))
    keys = [db.pseudonym(post.id.source, post.id.native) for post, _ in page]
    known = known_keys(db, keys)
    next_id = (db.execute("SELECT max(id) FROM posts").fetchone()[0] or 0) + 1
    posts: list[tuple[object, ...]] = []
    findings: list[tuple[object, ...]] = []
    places: list[tuple[object, ...]] = []
    sketches: list[tuple[int, tuple[int, ...], str]] = []
    doubts: list[tuple[int, Analysis]] = []
    limits: list[tuple[int, int, int]] = []
    local: list[tuple[int, str]] = []
    answers: list[tuple[int, str]] = []
    version = version_id(db, page[0][1].verdict.rules, now=now) if page else 0
    seen_at = iso(now)
    for key, (post, analysis) in zip(keys, page, strict=True):
        if key in known:
            tally.repeats += 1
            continue
        known.add(key)
        at = iso(counted_at(post, now))
        # Whatever the press says: it quotes customers, it is none.
        skip = PRESS if post.press else skip_reason(analysis)
        author = db.pseudonym("author", post.id.source, post.author.casefold()) if post.author else None
        if suppressed and not suppressed.isdisjoint(_names(db, post, key, author)):
            posts.append(suppressed_row(next_id, key, post.id.source, seen_at))
            tally.skip(SUPPRESSED)
            next_id += 1
            continue
        if post.local:
            local.append((next_id, post.local))
        if post.answers and post.addressed:
            answers.append((next_id, post.answers))
        posts.append(_post_row(next_id, key, post, analysis, author, at, seen_at, skip, version))
        if skip != PRESS:
            doubts.append((next_id, analysis))
        if skip is None:
            findings.append(finding_row(next_id, analysis, at, author or f"post {next_id}"))
            places += place_rows(next_id, analysis)
            sketches.append((next_id, analysis.sketch, at))
            if post.warned or post.closed:
                limits.append((next_id, int(post.warned), int(post.closed)))
        else:
            tally.skip(skip)
        next_id += 1
    insert_posts(db, posts)
    insert_findings(db, findings, places)
    db.conn.executemany("INSERT INTO rechecks (post, local) VALUES (?, ?)", local)
    db.conn.executemany("INSERT INTO answers (post, parent, needs) VALUES (?, ?, 0)", answers)
    db.conn.executemany("INSERT INTO limits VALUES (?, ?, ?)", limits)
    note_doubts(db, doubts)
    for number, sketch, at in sketches:
        join_cluster(db, number, sketch, at)
    tally.posts += len(posts)
    tally.findings += len(findings)
    return [number for number, _, _ in sketches]


def insert_posts(db: Database, rows: Sequence[tuple[object, ...]]) -> None:
    """Many in a statement: with each statement the search index, which a trigger keeps, writes out what it gathered."""
    for first in range(0, len(rows), AT_ONCE):
        part = rows[first : first + AT_ONCE]
        values = ",".join([f"({_marks(19)})"] * len(part))
        db.execute(f"INSERT INTO posts VALUES {values}", list(chain.from_iterable(part)))


def insert_findings(db: Database, findings: Iterable[tuple[object, ...]], places: Iterable[tuple[object, ...]]) -> None:
    db.conn.executemany(f"INSERT INTO findings VALUES ({_marks(19)})", findings)
    insert_places(db, places)


def insert_places(db: Database, rows: Iterable[tuple[object, ...]]) -> None:
    db.conn.executemany(f"INSERT INTO places VALUES ({_marks(13)})", rows)


def counted_at(post: Post, now: datetime) -> datetime:
    """The instant a post counts at: when it was written, unless that is unknown or claimed to be ahead of us."""
    return min(post.created_at, now) if post.created_at else now


def skip_reason(analysis: Analysis) -> str | None:
    """Why a post becomes no finding, or None when it does."""
    if analysis.verdict.band is Band.D:
        return NOT_NETWORK
    return NO_CARRIER if analysis.carrier.relation is Relation.NONE else None


def known_keys(db: Database, keys: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for first in range(0, len(keys), 500):  # SQLite takes 999 parameters at least
        part = keys[first : first + 500]
        known.update(row[0] for row in db.execute(f"SELECT key FROM posts WHERE key IN ({_marks(len(part))})", part))
    return known


def _post_row(
    number: int,
    key: str,
    post: Post,
    analysis: Analysis,
    author: str | None,
    at: str,
    seen_at: str,
    skip: str | None,
    version: int,
) -> tuple[object, ...]:
    return (
        number,
        key,
        post.id.source,
        post.id.native,
        post.url or None,
        analysis.text,
        author,
        at,
        iso(post.created_at) if post.created_at else None,
        seen_at,
        analysis.lang,
        analysis.carrier.relation,
        analysis.carrier.name,
        analysis.verdict.band,
        skip,
        int(post.addressed),
        int(post.may_train),
        int(post.press),
        version,
    )


def _names(db: Database, post: Post, key: str, author: str | None) -> set[str | None]:
    """All by which somebody may have asked not to be taken in: here, wherever we listen, or by one post."""
    return {key, author, db.pseudonym("author", "", post.author.casefold()), url_key(db, post.url)}


def suppressed_row(number: int, key: str, source: str, seen_at: str) -> tuple[object, ...]:
    """That there was a post, and nothing of it; its key tells a repeat."""
    nothing = (None, None, None, None)
    return (
        number,
        key,
        source,
        *nothing,
        seen_at,
        None,
        seen_at,
        "und",
        Relation.NONE,
        None,
        Band.D,
        SUPPRESSED,
        0,
        0,
        0,
        0,
    )


def finding_row(number: int, analysis: Analysis, at: str, who: str) -> tuple[object, ...]:
    verdict = analysis.verdict
    place = analysis.places[0] if analysis.places else None
    return (
        number,
        at,
        analysis.carrier.relation,
        analysis.carrier.name,
        verdict.band,
        verdict.score,
        json.dumps(verdict.symptoms),
        verdict.cause,
        verdict.technology,
        verdict.severity,
        analysis.tone,
        json.dumps([[span.start, span.end, span.why] for span in verdict.evidence], ensure_ascii=False),
        who,
        number,
        place.city if place else None,
        place.district if place else None,
        place.postcode if place else None,
        place.state if place else None,
        verdict.rules,
    )


def place_rows(number: int, analysis: Analysis) -> list[tuple[object, ...]]:
    return [
        (
            number,
            rank,
            place.kind,
            place.city,
            place.district,
            place.postcode,
            place.state,
            place.lat,
            place.lon,
            place.confidence,
            place.start,
            place.end,
            place.rule,
        )
        for rank, place in enumerate(analysis.places)
    ]


def join_cluster(db: Database, number: int, sketch: tuple[int, ...], at: str) -> None:
    """Give a finding the cluster of the earliest copy of its text within the window, if there is one.

    Of a wave of thousands of like texts only the latest are looked at: a copy among them has the cluster of those before.
    """
    if not sketch:
        return
    since, until = iso(instant(at) - COPY_WINDOW), iso(instant(at) + COPY_WINDOW)
    latest = f"SELECT * FROM (SELECT value, post, at FROM sketches WHERE value = ? ORDER BY post DESC LIMIT {LATEST})"
    rows = db.execute(" UNION ALL ".join([latest] * len(sketch)), sketch).fetchall()
    common = Counter(value for value, _, _ in rows)
    shared: dict[int, float] = {}
    for value, post, written in rows:
        if since <= written <= until:
            shared[post] = shared.get(post, 0.0) - 1.0 / common[value]
    likely = sorted(shared, key=lambda post: (shared[post], post))[:LIKELY]
    values: dict[int, list[int]] = {}
    for other, value in db.execute(f"SELECT post, value FROM sketches WHERE post IN ({_marks(len(likely))})", likely):
        values.setdefault(other, []).append(value)
    copies = (other for other in sorted(values) if similarity(sketch, tuple(sorted(values[other]))) >= SAME)
    if (copy := next(copies, None)) is not None:
        db.execute(
            "UPDATE findings SET cluster = (SELECT cluster FROM findings WHERE post = ?) WHERE post = ?", [copy, number]
        )
    db.conn.executemany("INSERT OR IGNORE INTO sketches VALUES (?, ?, ?)", [(value, number, at) for value in sketch])


def _marks(count: int) -> str:
    return ",".join("?" * count)

"""How long what is kept: texts, then rows, then only numbers of a day and place.

Made-up streams name nobody; they stay as they are.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ..domain import Band, Cause, DayCount, Relation, Symptom
from . import contacts, outbox, shifts
from .database import AMONG, Database, instant, iso, listed, transaction, url_key
from .health import purge_runs
from .posts import COPY_WINDOW
from .sources import sources_of_posts

BATCH = 500  # posts in one transaction, so that collecting need not wait
# A text whose row stays is still raw while any of these is there. Texts that may stay longer would be left out here.
_RAW = "coalesce(text, native, url) IS NOT NULL"  # as the index posts_raw has it
_REAL = "source NOT IN (SELECT name FROM sources WHERE made_up = 1)"


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """What was seen before these instants goes. Aware UTC, each the beginning of a local day."""

    texts: datetime
    rows: datetime
    reports: datetime


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took away, or would take."""

    texts: int
    rows: int
    reports: int


def cutoffs(now: datetime, zone: tzinfo, *, texts: timedelta, rows: timedelta, reports: timedelta) -> Cutoffs:
    """Whole local days go at once, the day that reaches its age today included: nothing gets older than it may.

    Whole days, because a person counts once a day, and that cannot be told across two purges.
    """

    def before(age: timedelta) -> datetime:
        day = (now.astimezone(UTC) - age).astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), zone)

    return Cutoffs(texts=before(texts), rows=before(rows), reports=before(reports))


def purgeable(db: Database, limits: Cutoffs) -> Purged:
    """How much a purge would take away."""

    def count(sql: str, before: datetime) -> int:
        found: int = db.execute(f"SELECT count(*) FROM {sql} AND {_REAL}", [iso(before)]).fetchone()[0]
        return found

    rows = count("posts WHERE seen_at < ?", limits.rows)
    raw = count(f"posts WHERE {_RAW} AND seen_at < ?", limits.texts)
    return Purged(texts=raw, rows=rows, reports=count("reports WHERE filed_at < ?", limits.reports))


def purge(db: Database, limits: Cutoffs, zone: tzinfo, *, now: datetime) -> Purged:
    """Take away what is too old, in short transactions; safe to repeat and to interrupt. Raises StoreError."""
    texts = 0
    made_up = {row[0] for row in db.execute("SELECT name FROM sources WHERE made_up = 1")}
    sources = [name for name in sources_of_posts(db) if name not in made_up]
    for source in sources:
        for ids in _old_texts(db, source, limits.texts):
            with transaction(db):
                strip(db, ids, keep_urls=True)
            texts += len(ids)
    rows = sum(_retire_days(db, source, limits.rows, zone) for source in sources)
    purge_runs(db, now=now)
    with transaction(db):
        outbox.expire(db, limits.texts)
        contacts.purge_contacts(db, now=now)
        shifts.purge_notes(db, before=limits.rows)
        db.execute("UPDATE reports SET words = NULL WHERE words IS NOT NULL AND filed_at < ?", [iso(limits.texts)])
        reports = _retire_reports(db, limits.reports, zone)
        # A copy is looked for around a post's own time, but what is imported late is old already: by the time seen.
        db.execute(
            "DELETE FROM sketches WHERE (SELECT seen_at FROM posts WHERE id = post) < ?", [iso(now - COPY_WINDOW)]
        )
    return Purged(texts=texts, rows=rows, reports=reports)


def strip(db: Database, ids: Sequence[int], *, keep_urls: bool = False) -> None:
    """Remove what posts said and where they stood; rows and judgements stay. Inside a transaction.

    `keep_urls` keeps the HMAC of their URLs, so that a person can still name them.
    """
    unquote(db, ids)
    these = [listed(ids)]
    if keep_urls:
        urls = db.execute(f"SELECT url, id FROM posts WHERE id {AMONG} AND url IS NOT NULL", these).fetchall()
        db.conn.executemany("INSERT OR IGNORE INTO urls VALUES (?, ?)", [(url_key(db, u), post) for u, post in urls])
    db.execute(f"DELETE FROM sketches WHERE post {AMONG}", these)
    # Nobody is answered whose post is gone.
    db.execute(
        "UPDATE drafts SET text = NULL, state = iif(state IN ('draft', 'approved'), 'withdrawn', state)"
        f" WHERE post {AMONG}",
        these,
    )
    db.execute(f"UPDATE answers SET parent = NULL WHERE post {AMONG}", these)
    db.execute(f"UPDATE sendings SET native = NULL WHERE draft IN (SELECT id FROM drafts WHERE post {AMONG})", these)
    db.execute(f"DELETE FROM rechecks WHERE post {AMONG}", these)
    db.execute(f"UPDATE findings SET evidence = '[]' WHERE post {AMONG}", these)
    # Offsets into a text that is gone tell nothing; the places themselves are what is counted.
    db.execute(f"UPDATE places SET start = 0, end = 0 WHERE post {AMONG}", these)
    db.execute(f"UPDATE posts SET text = NULL, url = NULL, native = NULL WHERE id {AMONG}", these)


def unquote(db: Database, ids: Sequence[int]) -> None:
    """Empty the unsent digests that may quote these posts. Inside a transaction."""
    days: set[date] = set()
    for (at,) in db.execute(f"SELECT DISTINCT substr(at, 1, 10) FROM posts WHERE id {AMONG}", [listed(ids)]):
        # A local day begins up to 14 hours from the one of UTC.
        days.update(date.fromisoformat(at) + timedelta(days=shift) for shift in (-1, 0, 1))
    outbox.withdraw(db, days)


def retire(db: Database, ids: Sequence[int], zone: tzinfo) -> None:
    """Count posts into their days, then delete their rows. Inside a transaction."""
    unquote(db, ids)
    people: Counter[tuple[str, ...]] = Counter()
    posts: Counter[tuple[str, ...]] = Counter()
    days: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    seen: set[tuple[str, ...]] = set()
    these = [listed(ids)]
    for at, source, relation in db.execute(f"SELECT at, source, relation FROM posts WHERE id {AMONG}", these):
        day = days[_day(at, zone), source]
        day[0] += 1
        day[1] += relation == Relation.OWN
    found = db.execute(
        "SELECT at, who, relation, carrier, band, symptoms, cause, city, district FROM findings"
        f" WHERE relation <> 'none' AND post {AMONG}",
        these,
    ).fetchall()
    for at, who, *cell in sorted(found, key=lambda row: (row[4], row[0])):  # the strongest band first
        relation, carrier, band, symptoms, cause, city, district = cell
        main = _main(symptoms)
        where = (_day(at, zone), "0", relation, carrier, band, main, cause, city or "", district or "")
        posts[where] += 1
        person = (where[0], relation, carrier, where[7], where[8], who)
        people[where] += person not in seen
        seen.add(person)
    _add_counts(db, people, posts)
    db.conn.executemany(
        "INSERT INTO day_sources VALUES (?, ?, ?, ?) ON CONFLICT (day, source)"
        " DO UPDATE SET posts = posts + excluded.posts, own = own + excluded.own",
        [(*key, *counts) for key, counts in days.items()],
    )
    db.execute(f"DELETE FROM posts WHERE id {AMONG}", these)


def aggregates(
    db: Database,
    *,
    since_day: date,
    until_day: date,
    relation: Relation = Relation.OWN,
    bands: Iterable[Band] = tuple(Band),
) -> list[DayCount]:
    """What is left of the days from `since_day` up to, but not with, `until_day`, whose rows are gone.

    Add it to what `complaints` still knows of these days: no post is in both.
    """
    wanted = ",".join(f"'{band}'" for band in bands)  # from an enum, never from outside
    rows = db.execute(
        "SELECT day, filed, relation, carrier, band, symptom, cause, city, district, people, posts FROM day_counts"
        f" WHERE day >= ? AND day < ? AND relation = ? AND band IN ({wanted}) ORDER BY day, city, district",
        [since_day.isoformat(), until_day.isoformat(), relation],
    )
    return [
        DayCount(
            day=date.fromisoformat(day),
            filed=bool(filed),
            relation=Relation(relation),
            carrier=carrier or None,
            band=Band(band),
            symptom=Symptom(symptom) if symptom else None,
            cause=Cause(cause),
            city=city or None,
            district=district or None,
            people=people,
            posts=posts,
        )
        for day, filed, relation, carrier, band, symptom, cause, city, district, people, posts in rows
    ]


def _old_texts(db: Database, source: str, before: datetime) -> Iterator[list[int]]:
    seen, last = "", 0
    while rows := db.execute(
        f"SELECT id, seen_at FROM posts WHERE source = ? AND (seen_at, id) > (?, ?) AND seen_at < ? AND {_RAW}"
        f" ORDER BY seen_at, id LIMIT {BATCH}",
        [source, seen, last, iso(before)],
    ).fetchall():
        last, seen = rows[-1]
        yield [row[0] for row in rows]


def _retire_days(db: Database, source: str, before: datetime, zone: tzinfo) -> int:
    """All old posts of a source, one local day of theirs at a time."""
    old = db.execute("SELECT at, id FROM posts WHERE source = ? AND seen_at < ?", [source, iso(before)]).fetchall()
    days: dict[str, list[int]] = defaultdict(list)
    for at, number in old:
        days[_day(at, zone)].append(number)
    for ids in days.values():
        with transaction(db):
            retire(db, ids, zone)
    return len(old)


def _retire_reports(db: Database, before: datetime, zone: tzinfo) -> int:
    old = db.execute(
        "SELECT id, filed_at, symptoms, coalesce(city, ''), coalesce(district, ''), coalesce(person, 'report ' || id)"
        f" FROM reports WHERE filed_at < ? AND {_REAL} AND standing = 'accepted' ORDER BY filed_at",
        [iso(before)],
    ).fetchall()
    people: Counter[tuple[str, ...]] = Counter()
    filed: Counter[tuple[str, ...]] = Counter()
    seen: set[tuple[str, ...]] = set()
    for _, at, symptoms, city, district, who in old:
        main = _main(symptoms)
        where = (_day(at, zone), "1", Relation.OWN, "", Band.A, main, "unclear", city, district)
        filed[where] += 1
        person = (where[0], city, district, who)
        people[where] += person not in seen
        seen.add(person)
    _add_counts(db, people, filed)
    return db.execute(f"DELETE FROM reports WHERE filed_at < ? AND {_REAL}", [iso(before)]).rowcount


def _add_counts(db: Database, people: Counter[tuple[str, ...]], posts: Counter[tuple[str, ...]]) -> None:
    db.conn.executemany(
        "INSERT INTO day_counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (day, filed, relation, carrier, band, symptom, cause, city, district)"
        " DO UPDATE SET people = people + excluded.people, posts = posts + excluded.posts",
        [(key[0], int(key[1]), *key[2:], people[key], count) for key, count in posts.items()],
    )


def _main(symptoms: str) -> str:
    """The first of a JSON array; "" of an empty one."""
    first: str = (json.loads(symptoms) or [""])[0]
    return first


def _day(at: str, zone: tzinfo) -> str:
    return instant(at).astimezone(zone).date().isoformat()

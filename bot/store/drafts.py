"""Replies as people see them: what was decided about each finding, by whom, and who wants none. `sending` sends them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ..domain import Band, Post, PostId
from .audit import note
from .database import Database, instant, iso, transaction


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding about which nothing has been decided."""

    number: int
    post: Post  # its author is not known any more
    author: str | None  # pseudonym; None: the source names nobody
    at: datetime
    label: Band | None  # what a person says it is; None: nobody has said


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of whoever would be answered."""

    made_up: bool
    suppressed: bool
    opted_out: bool
    answered: bool  # a copy of the text has been
    last_reply_at: datetime | None
    warned: bool
    closed: bool
    this_hour: int
    this_day: int
    in_conversation: bool = False  # the post answers a reply of ours


@dataclass(frozen=True, slots=True)
class Reply:
    """A row of `drafts` with the post it answers. Texts are untrusted."""

    number: int
    post: int
    state: str
    reason: str | None
    way: str | None  # None: never drafted
    platform: str | None
    lang: str
    text: str | None  # None: never drafted, or gone with the post's
    made_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    source: str
    native: str | None  # None: gone
    url: str | None
    said: str | None  # the post; None: gone
    attempts: int  # to send it
    error: str | None  # of the last of them. None: none
    retry_at: datetime | None  # not tried before. None: at any time, or not at all


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a person confirmed."""

    number: int
    city: str
    district: str | None  # None: the whole city
    since: datetime
    until: datetime
    approved_by: str


def candidates(db: Database, *, since: datetime, after: int = 0, limit: int = 200) -> list[Candidate]:
    """Findings seen since then about which nothing is decided, by number, from behind `after` on."""
    rows = db.execute(
        "SELECT p.id, p.source, p.native, p.text, p.url, p.created_at, p.lang, p.addressed, p.press, p.author, p.at, l.band"
        " FROM posts p JOIN findings f ON f.post = p.id"
        " LEFT JOIN labels l ON l.post = p.id AND l.replaced_at IS NULL"
        # Source by source: that is what the index on seen_at is ordered by.
        " WHERE p.source IN (SELECT name FROM sources) AND p.seen_at >= ? AND p.id > ?"
        " AND p.text IS NOT NULL AND p.id NOT IN (SELECT post FROM drafts)"
        " ORDER BY p.id LIMIT ?",
        [iso(since), after, limit],
    ).fetchall()
    return [
        Candidate(
            number,
            Post(
                PostId(source, native or ""),
                text,
                url=url or "",
                created_at=instant(created_at) if created_at else None,
                lang=lang if lang != "und" else None,
                addressed=bool(addressed),
                press=bool(press),
            ),
            author,
            instant(at),
            Band(label) if label else None,
        )
        for number, source, native, text, url, created_at, lang, addressed, press, author, at, label in rows
    ]


def known_of(db: Database, post: int, *, hour: datetime, day: datetime) -> Known:
    """What speaks for or against answering a post, with the drafts made since `hour` and `day`."""
    # All states, named so that the index on them and the time is used.
    alive = "('draft', 'approved', 'sending', 'sent', 'unknown')"
    made = (
        "drafts WHERE way IS NOT NULL"
        " AND state IN ('draft', 'approved', 'sending', 'sent', 'failed', 'unknown', 'skipped', 'withdrawn')"
    )
    drafted = f"drafts d WHERE d.way IS NOT NULL AND +d.state IN {alive}"
    row = db.execute(
        "SELECT coalesce((SELECT made_up FROM sources WHERE name = p.source), 0),"
        " p.author IN (SELECT key FROM suppressed) OR p.key IN (SELECT key FROM suppressed),"
        " p.author IN (SELECT author FROM opt_outs),"
        " EXISTS (SELECT 1 FROM drafts d CROSS JOIN findings g ON g.post = d.post"  # drafts are few, findings many
        f"  WHERE d.way IS NOT NULL AND d.state IN {alive} AND g.cluster = f.cluster),"
        f" (SELECT max(d.made_at) FROM {drafted} AND d.post IN (SELECT id FROM posts WHERE author = p.author)),"
        " coalesce(l.warned, 0), coalesce(l.closed, 0),"
        f" (SELECT count(*) FROM {made} AND made_at > ?),"
        f" (SELECT count(*) FROM {made} AND made_at >= ?),"
        " EXISTS (SELECT 1 FROM answers a JOIN sendings s ON s.native = a.parent WHERE a.post = p.id)"
        " FROM posts p JOIN findings f ON f.post = p.id LEFT JOIN limits l ON l.post = p.id WHERE p.id = ?",
        [iso(hour), iso(day), post],
    ).fetchone()
    made_up, suppressed, opted_out, answered, last, warned, closed, this_hour, this_day, in_conversation = row
    return Known(
        bool(made_up),
        bool(suppressed),
        bool(opted_out),
        bool(answered),
        instant(last) if last else None,
        bool(warned),
        bool(closed),
        this_hour,
        this_day,
        bool(in_conversation),
    )


def next_number(db: Database) -> int:
    """Of the decision that is added next. Inside its transaction."""
    number: int = db.execute("SELECT coalesce(max(id), 0) + 1 FROM drafts").fetchone()[0]
    return number


def add_decision(
    db: Database,
    post: int,
    *,
    state: str,
    now: datetime,
    reason: str | None = None,
    way: str | None = None,
    platform: str | None = None,
    lang: str = "und",
    text: str | None = None,
    by: str | None = None,
) -> bool:
    """Note what was decided about a finding, inside a transaction. False: something is noted already, or its text went."""
    return (
        db.execute(
            "INSERT INTO drafts (post, state, reason, way, platform, lang, text, made_at, decided_at, decided_by)"
            " SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM posts WHERE id = ? AND text IS NOT NULL ON CONFLICT DO NOTHING",
            [state, reason, way, platform, lang, text, iso(now), iso(now) if by else None, by, post],
        ).rowcount
        > 0
    )


def change_draft(
    db: Database,
    number: int,
    state: str,
    *,
    before: Collection[str],
    by: str,
    now: datetime,
    text: str | None = None,
    reason: str | None = None,
) -> bool:
    """Bring a draft to `state`, with another text if one is given, inside a transaction. False: it is in none of `before`."""
    return (
        db.execute(
            "UPDATE drafts SET state = ?, text = coalesce(?, text), reason = coalesce(?, reason), decided_at = ?, decided_by = ?"
            f" WHERE id = ? AND text IS NOT NULL AND state IN ({','.join('?' * len(before))})",
            [state, text, reason, iso(now), by, number, *before],
        ).rowcount
        > 0
    )


# What a person may make of a reply, from which states. `sent`: they sent it themselves, or saw that it is there.
STEPS = {
    "approved": ("draft", "failed"),
    "draft": ("draft", "approved", "failed"),
    "skipped": ("draft", "approved", "failed", "unknown"),
    "sent": ("draft", "approved", "failed", "unknown"),
}


def decide(db: Database, number: int, state: str, *, by: str, now: datetime, text: str | None = None) -> bool:
    """A person's word on a reply, compared and set in a transaction of its own, with its line in the audit log.

    `draft` with a `text` replaces the words; they wait for approval again. False: somebody else, or the daemon, was faster,
    or its post is gone. Raises StoreError.
    """
    with transaction(db):
        return decide_within(db, number, state, by=by, now=now, text=text)


def decide_within(
    db: Database, number: int, state: str, *, by: str, now: datetime, text: str | None = None, reason: str | None = None
) -> bool:
    """`decide` inside a transaction of the caller's. A reply that is skipped without a `reason` was by a person."""
    if state == "skipped":
        reason = reason or "by_person"
    done = change_draft(db, number, state, before=STEPS[state], by=by, now=now, text=text, reason=reason)
    if done:
        db.execute("UPDATE sendings SET attempts = 0, not_before = NULL, error = NULL WHERE draft = ?", [number])
        note(db, f"reply {state}", actor=by, now=now, posts=1, detail=f"reply {number}")
    return done


def replies(
    db: Database, *, states: Collection[str] = (), number: int | None = None, limit: int = 100, offset: int = 0
) -> list[Reply]:
    """Decisions of these states (none given: all) or the one of a number: what concerns a person at once first, then the newest."""
    wanted = f"d.state IN ({','.join('?' * len(states))})" if states else "1"
    order = "d.reason IS NOT 'sensitive', d.made_at DESC, d.id DESC"
    # Chosen before posts are looked up: a decision stands for each complaint, and few are shown.
    rows = db.execute(
        "SELECT d.id, d.post, d.state, d.reason, d.way, d.platform, d.lang, d.text, d.made_at, d.decided_at, d.decided_by,"
        " p.source, p.native, p.url, p.text, coalesce(s.attempts, 0), s.error, s.not_before"
        f" FROM (SELECT * FROM drafts d WHERE {wanted} AND (? IS NULL OR d.id = ?) ORDER BY {order} LIMIT ? OFFSET ?) d"
        f" JOIN posts p ON p.id = d.post LEFT JOIN sendings s ON s.draft = d.id ORDER BY {order}",
        [*states, number, number, limit, offset],
    ).fetchall()
    told = [list(row) for row in rows]
    for row in told:
        row[8:10] = instant(row[8]), row[9] and instant(row[9])
        row[17] = row[17] and instant(row[17])
    return [Reply(*row) for row in told]


def outcomes(db: Database, *, since: datetime) -> list[tuple[str, str, int]]:
    """(state, reason or "", how many) of what was decided since then, most first."""
    return db.execute(
        "SELECT state, coalesce(reason, ''), count(*) FROM drafts WHERE made_at >= ? GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
        [iso(since)],
    ).fetchall()


def standing(db: Database, *, since: datetime) -> dict[str, int]:
    """How many replies stand where: drafts that wait, approved ones, and those sent since then."""
    rows = db.execute(
        "SELECT state, count(*) FROM drafts WHERE way IS NOT NULL"
        " AND (state IN ('draft', 'approved') OR state = 'sent' AND decided_at >= ?) GROUP BY state",
        [iso(since)],
    )
    return dict(rows.fetchall())


def spoke_to_us(db: Database, *, since: datetime) -> list[tuple[str, str]]:
    """(author, text) of posts addressed to us and seen since then, whatever they are about, of those who may be answered."""
    return db.execute(
        "SELECT author, text FROM posts WHERE source IN (SELECT name FROM sources) AND seen_at >= ? AND addressed = 1"
        " AND text IS NOT NULL AND author IS NOT NULL"
        " AND author NOT IN (SELECT author FROM opt_outs)",
        [iso(since)],
    ).fetchall()


def opt_out(db: Database, author: str, *, now: datetime) -> int:
    """Never answer `author` (a pseudonym) again, and take back what waits. Inside a transaction. Returns how many drafts."""
    db.execute("INSERT OR IGNORE INTO opt_outs VALUES (?, ?)", [author, iso(now)])
    return db.execute(
        "UPDATE drafts SET state = 'withdrawn', reason = 'opted_out', text = NULL WHERE state IN ('draft', 'approved')"
        " AND post IN (SELECT id FROM posts WHERE author = ?)",
        [author],
    ).rowcount


def add_fault(db: Database, city: str, district: str | None, *, until: datetime, by: str, now: datetime) -> None:
    """Replies may say so from now on. Inside a transaction."""
    end_fault(db, city, district, now=now)
    db.execute(
        "INSERT INTO known_faults (city, district, since, until, approved_by) VALUES (?, ?, ?, ?, ?)",
        [city, district, iso(now), iso(until), by],
    )


def end_fault(db: Database, city: str, district: str | None, *, now: datetime) -> bool:
    """Inside a transaction. False: none was known there."""
    return (
        db.execute(
            "UPDATE known_faults SET until = ? WHERE city = ? AND district IS ? AND until > ?",
            [iso(now), city, district, iso(now)],
        ).rowcount
        > 0
    )


def faults(db: Database, *, now: datetime) -> list[Fault]:
    """Known ones, districts before whole cities."""
    rows = db.execute(
        "SELECT id, city, district, since, until, approved_by FROM known_faults WHERE until > ?"
        " ORDER BY district IS NULL, city, district",
        [iso(now)],
    ).fetchall()
    return [
        Fault(number, city, part, instant(since), instant(until), by) for number, city, part, since, until, by in rows
    ]

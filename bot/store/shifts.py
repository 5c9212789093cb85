"""Who works on what, and what one shift tells the next."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from .database import Database, instant, iso

HELD = timedelta(minutes=10)  # without a sign of life; then somebody else may take it


@dataclass(frozen=True, slots=True)
class Claim:
    what: str  # "reply 12", "alert 3"
    who: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Note:
    at: datetime
    who: str
    kind: str  # note, handover
    text: str


def take(db: Database, what: str, who: str, *, now: datetime) -> str | None:
    """Take something, or hold it on: one statement, so that of two only one gets it. None: it is theirs; else who has it.

    Inside a transaction.
    """
    db.execute(
        "INSERT INTO claims VALUES (?, ?, ?, ?) ON CONFLICT (what) DO UPDATE SET"
        " since = iif(who = excluded.who, since, excluded.since), who = excluded.who, until = excluded.until"
        " WHERE who = excluded.who OR until <= excluded.since",
        [what, who, iso(now), iso(now + HELD)],
    )
    (holder,) = db.execute("SELECT who FROM claims WHERE what = ?", [what]).fetchone()
    return None if holder == who else str(holder)


def give_back(db: Database, what: str, who: str) -> bool:
    """Inside a transaction. False: it was not theirs."""
    return db.execute("DELETE FROM claims WHERE what = ? AND who = ?", [what, who]).rowcount > 0


def give_back_all(db: Database, who: str) -> int:
    """Inside a transaction."""
    return db.execute("DELETE FROM claims WHERE who = ?", [who]).rowcount


def done(db: Database, what: str) -> None:
    """Nobody needs to hold it any more. Inside a transaction."""
    db.execute("DELETE FROM claims WHERE what = ?", [what])


def claims(db: Database, *, now: datetime) -> dict[str, Claim]:
    """What is held now."""
    rows = db.execute("SELECT what, who, since, until FROM claims WHERE until > ? ORDER BY since", [iso(now)])
    return {what: Claim(what, who, instant(since), instant(until)) for what, who, since, until in rows}


def add_note(db: Database, who: str, text: str, *, kind: str = "note", now: datetime) -> None:
    """Inside a transaction."""
    db.execute("INSERT INTO notes (at, who, kind, text) VALUES (?, ?, ?, ?)", [iso(now), who, kind, text])


def notes(db: Database, *, limit: int) -> list[Note]:
    """The newest first."""
    rows = db.execute("SELECT at, who, kind, text FROM notes ORDER BY id DESC LIMIT ?", [limit])
    return [Note(instant(at), who, kind, text) for at, who, kind, text in rows]


def purge_notes(db: Database, *, before: datetime) -> int:
    """Inside a transaction."""
    return db.execute("DELETE FROM notes WHERE at < ?", [iso(before)]).rowcount


def deeds_of(db: Database, who: str, *, since: datetime) -> Counter[str]:
    """What somebody did, by action, and how often: from the audit log and from the labels."""
    rows = db.execute(
        "SELECT action, count(*) FROM audit WHERE actor = ? AND at >= ? GROUP BY action", [who, iso(since)]
    ).fetchall()
    (judged,) = db.execute(
        "SELECT count(*) FROM labels WHERE labelled_by = ? AND labelled_at >= ?", [who, iso(since)]
    ).fetchone()
    return Counter(dict(rows)) + Counter({"label": judged})


def here(db: Database, *, since: datetime) -> list[tuple[str, str, datetime]]:
    """Who is at the desk: (name, role, last seen), the one seen last first."""
    rows = db.execute(
        "SELECT u.name, u.role, max(v.seen_at) FROM visits v JOIN users u ON u.name = v.user WHERE v.seen_at >= ?"
        " GROUP BY u.name ORDER BY 3 DESC, 1",
        [iso(since)],
    )
    return [(name, role, instant(at)) for name, role, at in rows]

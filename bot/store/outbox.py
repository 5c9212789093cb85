"""Messages on their way to people: pending → sending → sent | failed | unknown, each step a transaction of its own.

`sending` is committed before the first byte leaves. What died in between, or lost its answer, is `unknown`: a person
decides, the program does not repeat it. What was sent or given up by a person keeps its line, but no longer its
content; that of the others goes when texts do, and with the posts that a digest may quote.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .database import Database, instant, iso, settled, transaction


@dataclass(frozen=True, slots=True)
class Notification:
    """A message on its way to one target."""

    number: int
    key: str  # what it says, and to whom: the same is never queued twice
    target: str  # the name in the config; its address is looked up when it is sent
    what: str  # digest, alert
    state: str  # pending, sending, sent, failed, unknown
    title: str
    created_at: datetime
    not_before: datetime
    attempts: int
    error: str | None  # of the last attempt. None: none, or none yet


ABANDONED = timedelta(minutes=10)  # a `sending` this old belongs to a process that died: no attempt takes half as long
_EMPTY = "text = '', html = '', picture = NULL"
_COLUMNS = "number, key, target, what, state, title, created_at, not_before, attempts, error"


def enqueue(
    db: Database,
    key: str,
    *,
    target: str,
    what: str,
    title: str,
    text: str,
    html: str,
    pictures: Mapping[str, bytes],
    not_before: datetime,
    now: datetime,
    instead_of: str = "",
) -> bool:
    """Put a message into the outbox. Inside a transaction. False: one with this key was queued before, whatever became of it.

    `instead_of`: an untried message to the same target whose key begins so is dropped, as this one says more.
    """
    if instead_of:
        db.execute(
            "DELETE FROM outbox WHERE target = ? AND substr(key, 1, ?) = ? AND state = 'pending' AND attempts = 0",
            [target, len(instead_of), instead_of],
        )
    before = db.conn.total_changes
    db.execute(
        "INSERT INTO outbox (key, target, what, state, title, text, html, picture, created_at, not_before, attempts, updated_at)"
        " VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (key) DO NOTHING",
        [key, target, what, title, text, html, _packed(pictures), iso(now), iso(not_before), iso(now)],
    )
    return db.conn.total_changes > before


@settled
def is_queued(db: Database, key: str) -> bool:
    return db.execute("SELECT 1 FROM outbox WHERE key = ?", [key]).fetchone() is not None


@settled
def due(db: Database, *, now: datetime) -> list[Notification]:
    """Messages that may be sent now, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE state = 'pending' AND not_before <= ? ORDER BY number", [iso(now)]
    )
    return [_notification(row) for row in rows]


def claim(db: Database, number: int, *, now: datetime) -> tuple[str, str, dict[str, bytes]] | None:
    """Take a pending message for sending: its text, HTML and pictures. None: somebody else has it, or it is gone."""
    with transaction(db):
        taken = db.execute(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, updated_at = ?"
            " WHERE number = ? AND state = 'pending' RETURNING text, html, picture",
            [iso(now), number],
        ).fetchone()
    return (taken[0], taken[1], _unpacked(taken[2])) if taken else None


def settle(
    db: Database, number: int, state: str, *, now: datetime, error: str | None = None, retry_at: datetime | None = None
) -> None:
    """What became of a claimed message: sent, failed, unknown, or pending again from `retry_at` on.

    One that was declared `unknown` meanwhile may still turn out sent; nothing is made pending again behind its back.
    """
    keep = "" if state in ("pending", "failed", "unknown") else ", text = '', html = '', picture = NULL"
    with transaction(db):
        db.execute(
            # Emptied while it was being sent: there is nothing left to try again with.
            "UPDATE outbox SET state = iif(? = 'pending' AND text = '', 'failed', ?), error = ?,"
            f" not_before = coalesce(?, not_before), updated_at = ?{keep}"
            " WHERE number = ? AND (state = 'sending' OR (state = 'unknown' AND ? = 'sent'))",
            [state, state, error, iso(retry_at) if retry_at else None, iso(now), number, state],
        )


def withdraw(db: Database, days: Iterable[date]) -> None:
    """Empty unsent digests of these days: they may quote a post that is gone. Inside a transaction.

    A pending one fails and says why; the day's digest can still be had from the folder, the pages and the command line.
    """
    db.conn.executemany(
        f"UPDATE outbox SET {_EMPTY}, state = iif(state = 'pending', 'failed', state), error ="
        " iif(state = 'pending', 'emptied: it may have quoted a post that is gone', error)"
        " WHERE what = 'digest' AND substr(key, 8, 10) = ? AND text <> ''",
        [(day.isoformat(),) for day in days],
    )


def expire(db: Database, before: datetime) -> None:
    """Empty what was made before that instant and is not on its way. Inside a transaction."""
    db.execute(
        f"UPDATE outbox SET {_EMPTY} WHERE state IN ('sent', 'failed', 'unknown') AND text <> '' AND created_at < ?",
        [iso(before)],
    )


def abandon(db: Database, *, now: datetime) -> int:
    """Messages whose sender died on the way become `unknown`. Returns how many."""
    with transaction(db):
        return len(
            db.execute(
                "UPDATE outbox SET state = 'unknown', error = 'the program ended while it was being sent', updated_at = ?"
                " WHERE state = 'sending' AND updated_at < ? RETURNING number",
                [iso(now), iso(now - ABANDONED)],
            ).fetchall()
        )


def decide(db: Database, number: int, state: str, *, now: datetime) -> bool:
    """A person's word on a message that failed or is unknown: `pending` sends it once more, `sent` or `failed` closes it.

    False: there is none like that.
    """
    keep = "" if state == "pending" else ", text = '', html = '', picture = NULL"
    with transaction(db):
        done = db.execute(
            f"UPDATE outbox SET state = ?, attempts = 0, not_before = ?, updated_at = ?{keep}"
            " WHERE number = ? AND state IN ('failed', 'unknown') AND (text <> '' OR ? <> 'pending') RETURNING number",
            [state, iso(now), iso(now), number, state],
        ).fetchall()
    return bool(done)


def outbox(db: Database, *, states: tuple[str, ...] = (), limit: int = 50) -> list[Notification]:
    """Messages in these states (none named: all), newest first."""
    wanted = f"WHERE state IN ({','.join('?' * len(states))})" if states else ""
    rows = db.execute(f"SELECT {_COLUMNS} FROM outbox {wanted} ORDER BY number DESC LIMIT ?", [*states, limit])
    return [_notification(row) for row in rows]


def _packed(pictures: Mapping[str, bytes]) -> bytes | None:
    """Pictures of one message in one column: JSON of base64 by name."""
    plain = {name: b64encode(picture).decode() for name, picture in pictures.items()}
    return json.dumps(plain).encode() if plain else None


def _unpacked(column: bytes | None) -> dict[str, bytes]:
    if not column or column.startswith(b"\x89PNG"):  # queued by an earlier version: its page says "cid:chart.png"
        return {"chart.png": column} if column else {}
    return {name: b64decode(picture) for name, picture in json.loads(column).items()}


def _notification(row: tuple[object, ...]) -> Notification:
    number, key, target, what, state, title, created_at, not_before, attempts, error = row
    return Notification(
        number=int(str(number)),
        key=str(key),
        target=str(target),
        what=str(what),
        state=str(state),
        title=str(title),
        created_at=instant(str(created_at)),
        not_before=instant(str(not_before)),
        attempts=int(str(attempts)),
        error=None if error is None else str(error),
    )

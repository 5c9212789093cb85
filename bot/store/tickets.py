"""Cases in the ticket systems of others. The message and its state lie in the outbox; here is what is known of it there."""

from dataclasses import dataclass
from datetime import datetime

from .database import Database, instant, iso


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A ticket of ours."""

    message: int  # outbox.number
    case: int
    system: str
    key: str  # by which it is found there again
    state: str  # of the message: pending, sending, sent, failed, unknown
    error: str | None
    external_id: str | None  # None: not known to have arrived
    status: str | None  # there, in its words; None: not read yet
    checked_at: datetime | None
    moved_at: datetime  # when the message's state last changed


def tickets(db: Database, *, case: int | None = None) -> list[HandedIn]:
    """Oldest first; of one case, or of all."""
    rows = db.execute(
        "SELECT t.message, t.number, t.system, t.key, o.state, o.error, t.external_id, t.status, t.checked_at, o.updated_at"
        " FROM tickets t JOIN outbox o ON o.number = t.message WHERE ? IS NULL OR t.number = ? ORDER BY t.message",
        [case, case],
    )
    found = []
    for message, number, system, key, state, error, external_id, status, checked, moved in rows:
        seen_at = instant(checked) if checked else None
        found.append(HandedIn(message, number, system, key, state, error, external_id, status, seen_at, instant(moved)))
    return found


def add_ticket(db: Database, outbox_key: str, *, case: int, system: str, key: str, now: datetime) -> None:
    """Beside its message, in the transaction that queues it."""
    db.execute(
        "INSERT INTO tickets (message, number, system, key, created_at)"
        " SELECT number, ?, ?, ?, ? FROM outbox WHERE key = ?",
        [case, system, key, iso(now), outbox_key],
    )


def note_ticket(db: Database, message: int, external_id: str, status: str, *, now: datetime) -> bool:
    """What the system says of it. Inside a transaction. False: nothing has changed."""
    row = db.execute("SELECT external_id, status FROM tickets WHERE message = ?", [message]).fetchone()
    db.execute(
        "UPDATE tickets SET external_id = ?, status = ?, checked_at = ? WHERE message = ?",
        [external_id, status, iso(now), message],
    )
    return row is not None and tuple(row) != (external_id, status)

"""Which digest went where, so that each goes out once."""

from datetime import date, datetime

from .database import Database, iso, transaction


def has_digest(db: Database, day: date, recipient: str) -> bool:
    """Whether the digest of `day` has gone to `recipient`."""
    found = db.execute("SELECT 1 FROM digests WHERE day = ? AND recipient = ?", [day.isoformat(), recipient])
    return found.fetchone() is not None


def claim_digest(db: Database, day: date, recipient: str, *, now: datetime) -> bool:
    """Note that the digest of `day` goes to `recipient` now; False: it has gone there before, or is on its way.

    Committed before anything is sent: after a crash in between it is missing once rather than sent twice.
    """
    with transaction(db):
        before = db.conn.total_changes
        db.execute(
            "INSERT INTO digests VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [day.isoformat(), recipient, iso(now)]
        )
        return db.conn.total_changes > before

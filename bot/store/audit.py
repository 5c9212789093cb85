"""Who did what to personal data, when, and to how many posts. Never a word, a handle or an id of theirs."""

from dataclasses import dataclass
from datetime import datetime

from .database import Database, instant, iso


@dataclass(frozen=True, slots=True)
class Deed:
    """One row of the audit log."""

    at: datetime  # aware UTC
    actor: str  # the system's user, or "daemon"
    action: str
    posts: int
    detail: str | None  # made by the program; None: nothing to add


def note(db: Database, action: str, *, actor: str, now: datetime, posts: int = 0, detail: str | None = None) -> None:
    """Add a row, inside the transaction of what it tells of."""
    db.execute(
        "INSERT INTO audit (at, actor, action, posts, detail) VALUES (?, ?, ?, ?, ?)",
        [iso(now), actor, action, posts, detail],
    )


def deeds(db: Database, *, since: datetime) -> list[Deed]:
    """The audit log from `since` on, oldest first."""
    rows = db.execute("SELECT at, actor, action, posts, detail FROM audit WHERE at >= ? ORDER BY at, id", [iso(since)])
    return [Deed(instant(at), *rest) for at, *rest in rows]

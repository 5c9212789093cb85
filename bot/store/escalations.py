"""Who was told of what, and who has seen it; and what else may be worth telling."""

from datetime import datetime
from typing import Any

from ..escalate.cases import Action, Event
from ..escalate.telling import Firing, Occasion
from .database import Database, instant, iso

_COLUMNS = "number, rule, occasion, key, why, fired_at, due_at, acknowledged_at, acknowledged_by, escalated_at"


def escalations(db: Database, *, open_only: bool = False, limit: int = 10_000) -> list[Firing]:
    """Newest first. `open_only`: those that somebody still has to see."""
    wanted = "WHERE due_at IS NOT NULL AND acknowledged_at IS NULL" if open_only else ""
    rows = db.execute(f"SELECT {_COLUMNS} FROM escalations {wanted} ORDER BY number DESC LIMIT ?", [limit])
    return [_firing(row) for row in rows]


def fired(db: Database) -> set[tuple[str, str]]:
    """Rule and key of all that fired."""
    return {(rule, key) for rule, key in db.execute("SELECT rule, key FROM escalations")}


def add_firing(
    db: Database, *, rule: str, occasion: Occasion, key: str, why: str, now: datetime, due_at: datetime | None
) -> int | None:
    """Note that a rule fires. Inside the transaction that queues its messages. None: it has before."""
    row = db.execute(
        "INSERT INTO escalations (rule, occasion, key, why, fired_at, due_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (rule, key) DO NOTHING RETURNING number",
        [rule, occasion, key, why, iso(now), iso(due_at) if due_at else None],
    ).fetchone()
    return int(row[0]) if row else None


def note_escalated(db: Database, number: int, *, now: datetime) -> bool:
    """Inside a transaction. False: somebody has seen it meanwhile, or it was done."""
    return bool(
        db.execute(
            "UPDATE escalations SET escalated_at = ?"
            " WHERE number = ? AND escalated_at IS NULL AND acknowledged_at IS NULL RETURNING number",
            [iso(now), number],
        ).fetchall()
    )


def acknowledge(db: Database, number: int, *, actor: str, now: datetime) -> bool:
    """Somebody has seen it. Inside a transaction. False: there is none like that, or somebody else was quicker."""
    return bool(
        db.execute(
            "UPDATE escalations SET acknowledged_at = ?, acknowledged_by = ?"
            " WHERE number = ? AND acknowledged_at IS NULL RETURNING number",
            [iso(now), actor, number],
        ).fetchall()
    )


def confirmed_since(db: Database, since: datetime) -> list[Event]:
    """When cases were confirmed."""
    rows = db.execute(
        "SELECT number, at, actor, action, detail FROM case_events WHERE action = 'confirm' AND at >= ?", [iso(since)]
    )
    return [Event(number, instant(at), actor, Action(action), detail) for number, at, actor, action, detail in rows]


def urgent_posts(db: Database, *, since: datetime) -> list[int]:
    """Numbers of posts about us that speak of danger to life, of emergency or violence; answers to our replies among them."""
    rows = db.execute(
        "SELECT post FROM findings WHERE relation = 'own' AND severity = 4 AND at >= ?"
        " UNION SELECT post FROM drafts WHERE reason = 'sensitive' AND made_at >= ?"
        " UNION SELECT post FROM answers WHERE kind = 'sensitive' AND read_at >= ?",
        [iso(since)] * 3,
    )
    return [post for (post,) in rows]


def _firing(row: tuple[Any, ...]) -> Firing:
    number, rule, occasion, key, why, fired_at, due_at, acknowledged_at, acknowledged_by, escalated_at = row
    return Firing(
        number=number,
        rule=rule,
        occasion=Occasion(occasion),
        key=key,
        why=why,
        fired_at=instant(fired_at),
        due_at=instant(due_at) if due_at else None,
        acknowledged_at=instant(acknowledged_at) if acknowledged_at else None,
        acknowledged_by=acknowledged_by,
        escalated_at=instant(escalated_at) if escalated_at else None,
    )

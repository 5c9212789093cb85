"""Public reports on the network (Netzbericht): drafts, and those a person approved."""

import json
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from ..escalate.bulletin import Bulletin, Colour, Site
from .database import Database, instant, iso

_COLUMNS = "number, first, last, carrier, sites, made_at, approved_by, approved_at"


def bulletins(db: Database, *, public: bool) -> list[Bulletin]:
    """Newest first. `public`: only those that were approved, as anybody may see them."""
    wanted = "WHERE approved_at IS NOT NULL" if public else ""
    rows = db.execute(f"SELECT {_COLUMNS} FROM bulletins {wanted} ORDER BY last DESC, number DESC")
    return [_bulletin(row) for row in rows]


def put_bulletin(db: Database, bulletin: Bulletin) -> Bulletin:
    """Store a draft; one of the same days that nobody has approved is replaced. Inside a transaction."""
    days = [bulletin.first.isoformat(), bulletin.last.isoformat()]
    db.execute("DELETE FROM bulletins WHERE first = ? AND last = ? AND approved_at IS NULL", days)
    number = (db.execute("SELECT max(number) FROM bulletins").fetchone()[0] or 0) + 1
    sites = json.dumps([asdict(site) for site in bulletin.sites], default=str, ensure_ascii=False)
    db.execute(
        f"INSERT INTO bulletins ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
        [number, *days, bulletin.carrier, sites, iso(bulletin.made_at)],
    )
    return replace(bulletin, number=number)


def approve_bulletin(db: Database, number: int, *, actor: str, now: datetime) -> bool:
    """Let a draft be seen by everybody. Inside a transaction. False: there is no such draft."""
    return bool(
        db.execute(
            "UPDATE bulletins SET approved_by = ?, approved_at = ? WHERE number = ? AND approved_at IS NULL RETURNING number",
            [actor, iso(now), number],
        ).fetchall()
    )


def _bulletin(row: tuple[Any, ...]) -> Bulletin:
    number, first, last, carrier, sites, made_at, approved_by, approved_at = row
    return Bulletin(
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        sites=tuple(_site(**site) for site in json.loads(sites)),
        carrier=carrier,
        made_at=instant(made_at),
        number=number,
        approved_by=approved_by,
        approved_at=instant(approved_at) if approved_at else None,
    )


def _site(colour: str, since: str, due: str | None, **rest: Any) -> Site:
    return Site(
        colour=Colour(colour), since=date.fromisoformat(since), due=date.fromisoformat(due) if due else None, **rest
    )

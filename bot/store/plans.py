"""The build-out plan, version by version."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from ..domain import Technology
from ..escalate.plan import Kind, Measure, Status, Version
from .database import Database, instant, iso

KEPT = 20  # versions


def add_plan(
    db: Database, measures: list[Measure], *, file: str, digest: str, bad: int, actor: str, now: datetime
) -> Version:
    """Store a version. Inside a transaction."""
    number = (db.execute("SELECT max(number) FROM plan_versions").fetchone()[0] or 0) + 1
    table = json.dumps([asdict(measure) for measure in measures], default=str, ensure_ascii=False)
    db.execute(
        "INSERT INTO plan_versions VALUES (?, ?, ?, ?, ?, ?, ?)", [number, iso(now), actor, file, digest, bad, table]
    )
    db.execute("DELETE FROM plan_versions WHERE number <= ?", [number - KEPT])
    return Version(number, now, actor, file, digest, len(measures), bad)


def plan_versions(db: Database) -> list[Version]:
    """Newest first."""
    rows = db.execute(
        "SELECT number, imported_at, imported_by, file, digest, json_array_length(measures), bad FROM plan_versions"
        " ORDER BY number DESC"
    )
    return [Version(number, instant(at), *rest) for number, at, *rest in rows]


def get_plan(db: Database, number: int | None = None) -> list[Measure]:
    """The measures of a version; None: of the newest. Empty where there is none."""
    row = db.execute(
        "SELECT measures FROM plan_versions WHERE ? IS NULL OR number = ? ORDER BY number DESC LIMIT 1",
        [number, number],
    ).fetchone()
    return [_measure(**measure) for measure in json.loads(row[0])] if row else []


def _measure(status: str, technologies: list[str], kind: str | None, live_on: str | None, **rest: Any) -> Measure:
    return Measure(
        status=Status(status),
        technologies=tuple(Technology(technology) for technology in technologies),
        kind=Kind(kind) if kind else None,
        live_on=date.fromisoformat(live_on) if live_on else None,
        **rest,
    )

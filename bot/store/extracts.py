"""Periods that were given to the planners, as they were given: released once, and the same ever after."""

import json
from datetime import date, datetime
from typing import Any

from ..domain import Symptom, Technology
from ..escalate.extract import ExtractRow, Period, Release
from .database import Database, instant, iso


def releases(db: Database, *, since: date, until: date) -> list[Release]:
    """Released periods that touch the days from `since` to `until`, oldest first."""
    rows = db.execute(
        "SELECT first, last, k, rolled, shown, rules, heard, released_at, released_by, rows FROM extracts"
        " WHERE last >= ? AND first <= ? ORDER BY first",
        [since.isoformat(), until.isoformat()],
    )
    found = []
    for first, last, k, rolled, shown, rules, heard, released_at, released_by, table in rows:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
        found.append(
            Release(
                period=period,
                k=k,
                rows=tuple(_row(period, *row) for row in json.loads(table)),
                rolled=rolled,
                shown=bool(shown),
                rules=rules,
                heard=heard,
                released_at=instant(released_at),
                released_by=released_by,
            )
        )
    return found


def add_release(db: Database, release: Release) -> None:
    """Inside a transaction that has looked whether another touches this period."""
    db.execute(
        "INSERT INTO extracts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            release.period.first.isoformat(),
            release.period.last.isoformat(),
            release.k,
            release.rolled,
            int(release.shown),
            release.rules,
            release.heard,
            iso(release.released_at),
            release.released_by,
            json.dumps(
                [(row.symptom, row.technology, row.city, row.district, row.state, row.people) for row in release.rows],
                ensure_ascii=False,
            ),
        ],
    )


def rules_between(db: Database, since: datetime, until: datetime) -> list[str]:
    """Versions of rules and model that judged our findings of [since, until)."""
    rows = db.execute(
        "SELECT DISTINCT rules FROM findings WHERE relation = 'own' AND at >= ? AND at < ? ORDER BY rules",
        [iso(since), iso(until)],
    )
    return [version for (version,) in rows]


def _row(period: Period, symptom: str | None, technology: str | None, *place_and_people: Any) -> ExtractRow:
    city, district, state, people = place_and_people
    return ExtractRow(
        symptom=Symptom(symptom) if symptom else None,
        technology=Technology(technology) if technology else None,
        city=city,
        district=district,
        state=state,
        period=period,
        people=people,
    )

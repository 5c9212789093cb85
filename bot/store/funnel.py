"""From finding to report, counted without following anybody: each step is a sum of its own."""

from datetime import date, datetime

from ..domain import Funnel
from .database import Database, iso


def count_step(db: Database, day: date, step: str, times: int = 1) -> None:
    """`step`: opened, filed, opened by link, filed by link. Inside a transaction."""
    db.execute(
        "INSERT INTO steps VALUES (?, ?, ?) ON CONFLICT (day, step) DO UPDATE SET times = times + excluded.times",
        [day.isoformat(), step, times],
    )


def funnel(db: Database, since: datetime, until: datetime) -> Funnel:
    """Of [since, until), which begins and ends with local days: aware in the carrier's time zone."""

    def count(sql: str, *values: str) -> int:
        found: int = db.execute(f"SELECT count(*) FROM {sql}", [*values, iso(since), iso(until)]).fetchone()[0]
        return found

    steps = dict(
        db.execute(
            "SELECT step, sum(times) FROM steps WHERE day >= ? AND day < ? GROUP BY step",
            [since.date().isoformat(), until.date().isoformat()],
        ).fetchall()
    )
    return Funnel(
        findings=count("findings WHERE relation = 'own' AND band IN ('A', 'B') AND at >= ? AND at < ?"),
        drafts=count("drafts WHERE way IS NOT NULL AND made_at >= ? AND made_at < ?"),
        sent=count("drafts WHERE state = 'sent' AND made_at >= ? AND made_at < ?"),
        opened=steps.get("opened", 0) + steps.get("opened by link", 0),
        opened_by_link=steps.get("opened by link", 0),
        filed=steps.get("filed", 0) + steps.get("filed by link", 0),
        filed_by_link=steps.get("filed by link", 0),
        waiting=count("reports WHERE standing = 'waiting' AND filed_at >= ? AND filed_at < ?"),
    )

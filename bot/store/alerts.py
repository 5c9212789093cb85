"""Incidents that people are told of: one row each, written anew as it goes on."""

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from ..domain import Spike, SpikePart
from ..watch.alerts import Alert, Elsewhere
from .database import Database, instant, iso, settled

_TIMES = ("since", "at", "until")


@settled
def open_alert(db: Database, *, touched_since: datetime) -> Alert | None:
    """The newest alert whose incident was still seen at or after `touched_since`; None: there is none."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM alerts WHERE until >= ? ORDER BY number DESC LIMIT 1", [iso(touched_since)]
    ).fetchone()
    return _alert(row) if row else None


def alerts(db: Database, *, since: datetime, until: datetime) -> list[Alert]:
    """Alerts whose incident touches [since, until), oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM alerts WHERE since < ? AND until >= ? ORDER BY number", [iso(until), iso(since)]
    )
    return [_alert(row) for row in rows]


def put_alert(db: Database, alert: Alert) -> Alert:
    """Store a new alert (number 0) or write a known one anew. Inside a transaction. Returns it with its number."""
    number = alert.number or (db.execute("SELECT max(number) FROM alerts").fetchone()[0] or 0) + 1
    alert = replace(alert, number=number)
    db.execute(
        "INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            number,
            iso(alert.spike.since),
            iso(alert.spike.until),
            iso(alert.opened_at),
            iso(alert.over_at) if alert.over_at else None,
            alert.told_observed,
            iso(alert.told_at) if alert.told_at else None,
            json.dumps(asdict(alert.spike), default=_plain, ensure_ascii=False),
            json.dumps(
                {key: getattr(alert, key) for key in _DETAIL} | {"elsewhere": [asdict(e) for e in alert.elsewhere]},
                ensure_ascii=False,
            ),
        ],
    )
    return alert


_COLUMNS = "number, opened_at, over_at, told_observed, told_at, spike, detail"
_DETAIL = ("posts", "words", "theirs", "against", "events")  # no text: a sample is read anew when it is told


def _alert(row: tuple[Any, ...]) -> Alert:
    number, opened_at, over_at, told_observed, told_at, spike, detail = row
    more = json.loads(detail)
    return Alert(
        number=number,
        spike=_spike(json.loads(spike)),
        opened_at=instant(opened_at),
        posts=more["posts"],
        words=tuple((word, people, expected) for word, people, expected in more["words"]),
        elsewhere=tuple(Elsewhere(**each) for each in more["elsewhere"]),
        theirs=more["theirs"],
        against=tuple(more["against"]),
        events=tuple({"": each} if isinstance(each, str) else each for each in more["events"]),  # kept once as one name
        told_observed=told_observed,
        told_at=instant(told_at) if told_at else None,
        over_at=instant(over_at) if over_at else None,
    )


def _spike(plain: dict[str, Any]) -> Spike:
    parts = tuple(SpikePart(**part | {"within": timedelta(seconds=part["within"])}) for part in plain["parts"])
    places = tuple((city, people) for city, people in plain["places"])
    times = {key: instant(plain[key]) for key in _TIMES}
    return Spike(**plain | times | {"within": timedelta(seconds=plain["within"]), "parts": parts, "places": places})


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    assert isinstance(value, datetime)
    return value.isoformat()

"""Cases with their places and history."""

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from ..domain import Symptom, Technology
from ..errors import InputError
from ..escalate.cases import Action, Case, Event, Fact, Spot, State, Trouble
from .database import Database, instant, iso

_COLUMNS = (
    "number, state, opened_at, changed_at, people, peak, first_seen, last_seen, symptoms, technology, handed_people,"
    " owner, due, measure, fixed_on, reason, merged_into"
)


def cases(db: Database, states: Collection[State] = ()) -> list[Case]:
    """Cases in these states (none named: all), most people first."""
    spots: dict[int, list[Spot]] = defaultdict(list)
    for number, city, district, trouble in db.execute(
        "SELECT number, city, district, trouble FROM case_spots ORDER BY number, rank"
    ):
        spots[number].append(Spot(city, district, Trouble(trouble)))
    wanted = f"WHERE state IN ({','.join('?' * len(states))})" if states else ""
    rows = db.execute(f"SELECT {_COLUMNS} FROM cases {wanted} ORDER BY people DESC, number", list(states))
    return [_case(row, tuple(spots[row[0]])) for row in rows]


def get_case(db: Database, number: int) -> Case:
    """Raises InputError where there is none."""
    row = db.execute(f"SELECT {_COLUMNS} FROM cases WHERE number = ?", [number]).fetchone()
    if row is None:
        raise InputError(f"there is no case {number}; `brennpunkt cases list` shows those there are")
    spots = db.execute("SELECT city, district, trouble FROM case_spots WHERE number = ? ORDER BY rank", [number])
    return _case(row, tuple(Spot(city, district, Trouble(trouble)) for city, district, trouble in spots))


def next_case(db: Database) -> int:
    """The number of the next new case. Inside a transaction."""
    number: int = (db.execute("SELECT max(number) FROM cases").fetchone()[0] or 0) + 1
    return number


def put_case(db: Database, case: Case) -> None:
    """Store a case or write it anew. Inside a transaction; of cases that swap spots, the one that loses some first."""
    placeholders = ", ".join("?" * 17)
    columns = _COLUMNS.split(", ")
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    db.execute(
        f"INSERT INTO cases ({_COLUMNS}) VALUES ({placeholders}) ON CONFLICT (number) DO UPDATE SET {updates}",
        [
            case.number,
            case.state,
            iso(case.opened_at),
            iso(case.changed_at),
            case.people,
            case.peak,
            case.first_seen.isoformat(),
            case.last_seen.isoformat(),
            json.dumps(case.symptoms),
            case.technology,
            case.handed_people,
            case.owner,
            case.due.isoformat() if case.due else None,
            case.measure,
            case.fixed_on.isoformat() if case.fixed_on else None,
            case.reason,
            case.merged_into,
        ],
    )
    db.execute("DELETE FROM case_spots WHERE number = ?", [case.number])
    db.conn.executemany(
        "INSERT INTO case_spots VALUES (?, ?, ?, ?, ?)",
        [(spot.city, spot.district, spot.trouble, case.number, rank) for rank, spot in enumerate(case.spots)],
    )


def add_event(db: Database, event: Event) -> None:
    """Inside the transaction of what it tells of."""
    facts = json.dumps([(fact.kind, fact.values) for fact in event.facts], ensure_ascii=False)
    db.execute(
        "INSERT INTO case_events (number, at, actor, action, detail, facts) VALUES (?, ?, ?, ?, ?, ?)",
        [event.case, iso(event.at), event.actor, event.action, event.detail, facts],
    )


def history(db: Database, number: int) -> list[Event]:
    """What was done with a case, oldest first."""
    rows = db.execute(
        "SELECT number, at, actor, action, detail, facts FROM case_events WHERE number = ? ORDER BY id", [number]
    )
    return [
        Event(number, instant(at), actor, Action(action), detail, tuple(Fact(*fact) for fact in json.loads(facts)))
        for number, at, actor, action, detail, facts in rows
    ]


def _case(row: tuple[Any, ...], spots: tuple[Spot, ...]) -> Case:
    (
        number, state, opened_at, changed_at, people, peak, first_seen, last_seen, symptoms, technology, handed_people,
        owner, due, measure, fixed_on, reason, merged_into,
    ) = row  # fmt: skip
    return Case(
        number=number,
        state=State(state),
        spots=spots,
        opened_at=instant(opened_at),
        changed_at=instant(changed_at),
        people=people,
        peak=peak,
        first_seen=date.fromisoformat(first_seen),
        last_seen=date.fromisoformat(last_seen),
        symptoms=tuple((Symptom(symptom), count) for symptom, count in json.loads(symptoms)),
        technology=Technology(technology) if technology else None,
        handed_people=handed_people,
        owner=owner,
        due=date.fromisoformat(due) if due else None,
        measure=measure,
        fixed_on=date.fromisoformat(fixed_on) if fixed_on else None,
        reason=reason,
        merged_into=merged_into,
    )

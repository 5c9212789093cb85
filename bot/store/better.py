""" "Is it better now?": who was asked forgets us and we them; what is left is an answer to a case."""

from dataclasses import dataclass
from datetime import datetime

from .database import Database, iso


@dataclass(frozen=True, slots=True)
class Answers:
    """What those said who were asked about a case."""

    asked: int
    better: int
    not_better: int


def claim_question(db: Database, report: str, token: str, number: int, *, now: datetime) -> bool:
    """Take a confirmed address for asking, before the mail leaves. Inside a transaction. False: somebody else has it."""
    taken = db.execute(
        "UPDATE contacts SET state = 'following' WHERE report = ? AND state = 'confirmed' RETURNING report", [report]
    ).fetchall()
    if taken:
        key = db.pseudonym("better", token)
        db.execute("INSERT INTO better (token, number, asked_at) VALUES (?, ?, ?)", [key, number, iso(now)])
    return bool(taken)


def unclaim_question(db: Database, report: str, token: str) -> None:
    """The mail was certainly not sent: another time. Inside a transaction."""
    db.execute("UPDATE contacts SET state = 'confirmed' WHERE report = ? AND state = 'following'", [report])
    db.execute("DELETE FROM better WHERE token = ? AND better IS NULL", [db.pseudonym("better", token)])


def answer(db: Database, token: str, better: bool, *, now: datetime) -> bool:
    """Keep an answer; another one takes its place. Inside a transaction. False: nobody was asked with this token."""
    return bool(
        db.execute(
            "UPDATE better SET better = ?, answered_at = ? WHERE token = ? RETURNING token",
            [int(better), iso(now), db.pseudonym("better", token)],
        ).fetchall()
    )


def answers(db: Database, number: int) -> Answers:
    row = db.execute("SELECT count(*), total(better = 1), total(better = 0) FROM better WHERE number = ?", [number])
    return Answers(*(int(value) for value in row.fetchone()))

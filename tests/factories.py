"""Values for tests: the test names what it is about, the factory fills the rest."""

from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from bot.domain import (
    Analysis,
    Band,
    Carrier,
    Cause,
    Complaint,
    Location,
    PlaceKind,
    Post,
    PostId,
    Relation,
    Symptom,
    Verdict,
)
from bot.reports.work import Task

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_numbers = count(1)


def post(text: str = "Kein Netz am Hbf, o2?", **changes: Any) -> Post:
    native = changes.pop("native", None) or f"post-{next(_numbers)}"
    source = changes.pop("source", "test")
    return Post(**{"id": PostId(source, native), "text": text, "author": "kim", "created_at": NOON, **changes})


def verdict(**changes: Any) -> Verdict:
    usual = {"band": Band.A, "score": 0.9, "symptoms": (Symptom.SLOW_DATA,), "cause": Cause.CONGESTION, "rules": "test"}
    return Verdict(**{**usual, **changes})


def analysis(text: str = "Kein Netz am Hbf, o2?", **changes: Any) -> Analysis:
    usual = {
        "text": text,
        "carrier": Carrier(Relation.OWN, "o2"),
        "lang": "de",
        "verdict": verdict(),
        "tone": 0,
        "places": (),
        "sketch": (),
    }
    return Analysis(**{**usual, **changes})


def location(city: str = "Köln", **changes: Any) -> Location:
    return Location(
        **{"start": 0, "end": 4, "text": city, "kind": PlaceKind.CITY, "city": city, "rule": "test", **changes}
    )


def complaint(**changes: Any) -> Complaint:
    usual = {
        "at": NOON,
        "who": f"person {next(_numbers)}",
        "symptoms": (Symptom.SLOW_DATA,),
        "band": Band.A,
        "cause": Cause.CONGESTION,
        "technology": None,
        "city": "Köln",
        "district": None,
        "state": "Nordrhein-Westfalen",
        "reported": False,
    }
    return Complaint(**{**usual, **changes})


def solve(task: Task) -> str:
    """What the page's script does before it files a report."""
    tried = (sha256(f"{task.salt}{number}".encode()).hexdigest() for number in range(task.most + 1))
    return f"{task.salt} {next(number for number, found in enumerate(tried) if found == task.goal)} {task.signature}"

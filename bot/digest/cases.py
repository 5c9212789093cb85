"""Cases in the digest: who is to look at which, which wait for the network's answer, which are fixed."""

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from ..escalate.cases import SETTLED, Case, Fact, State
from .model import CaseLine, DayDigest
from .page import Section, Table, Text
from .words import Words

SHOWN = 10
_STAGES = {
    State.NEW: "new",
    State.REOPENED: "reopened",
    State.HANDED_OVER: "waiting",
    State.FIXED: "fixed",
    State.VERIFIED: "verified",
}
_FIRST = ("new", "reopened", "waiting", "open", "fixed", "verified")


def cases_of(cases: Iterable[Case], begin: datetime, end: datetime, last: date) -> tuple[CaseLine, ...]:
    """Those to tell of: due by the morning after `last` first, then new, waiting, and fixed in [begin, end)."""
    morning = last + timedelta(days=1)
    told = []
    for case in cases:
        due = case.due if case.due and case.due <= morning and case.state not in SETTLED else None
        stage = _STAGES.get(case.state, "open")
        if not case.spots or case.opened_at >= end or (stage == "open" and due is None):
            continue
        if case.state in SETTLED and (stage == "open" or case.changed_at < begin):
            continue
        since = case.first_seen if case.state is State.NEW else case.changed_at.astimezone(begin.tzinfo).date()
        symptom = case.symptoms[0][0] if case.symptoms else None
        told.append(CaseLine(case.number, str(case.spots[0]), stage, since, case.people, symptom, due))
    return tuple(sorted(told, key=lambda line: (line.due is None, _FIRST.index(line.stage), -line.people, line.number)))


def section(digest: DayDigest, words: Words) -> list[Section]:
    if not digest.cases:
        return []
    none = words.say("digest.counts.none")
    rows = tuple(
        (
            f"{line.number} · {line.place}",
            words.say(f"digest.cases.stage.{line.stage}", since=words.date(line.since, "short_date")),
            words.number(line.people),
            words.say(f"symptom.{line.symptom}") if line.symptom else none,
            words.date(line.due, "short_date") if line.due else none,
        )
        for line in digest.cases[:SHOWN]
    )
    columns = tuple(words.say(f"digest.cases.{key}") for key in ("case", "state", "people", "main", "due"))
    more = len(digest.cases) - SHOWN
    notes = [Text(words.say("digest.cases.more", more), "note")] if more > 0 else []
    return [Section(words.say("digest.cases.title"), (Table(columns, rows, words=(1, 3, 4)), *notes))]


def happened(facts: Iterable[Fact], words: Words, detail: str = "") -> str:
    """An event of a case in words: what a person wrote, then what the program noted."""

    def shown(name: str, value: float | str) -> str:
        if name == "day":
            return words.date(date.fromisoformat(str(value)))
        if isinstance(value, str):
            return value
        if isinstance(value, int):
            return words.number(value)
        value = max(value, 1e-6)  # p: rarer is not told apart
        return words.number(value, max(1, 1 - math.floor(math.log10(value))))  # two digits that say something

    told = (
        words.say(f"history.{f.kind}", **{name: shown(name, each) for name, each in f.values.items()}) for f in facts
    )
    return "; ".join(filter(None, (detail, *told)))

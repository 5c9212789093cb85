"""A case: one cause at one place, from the first complaints to proof that it is over.

Pure: what may be done with a case and what becomes of it. `finding.py` says which hot spots become one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum

from ..domain import Symptom, Technology
from ..errors import InputError
from .roles import Right


class State(StrEnum):
    NEW = "new"  # found by the program; nobody has looked
    CONFIRMED = "confirmed"  # a person says that it is real and ours
    HANDED_OVER = "handed_over"  # the planners have it
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    FIXED = "fixed"  # says who fixed it
    VERIFIED = "verified"  # say the complaints
    REOPENED = "reopened"
    CLOSED = "closed"  # with a reason


SETTLED = frozenset({State.FIXED, State.VERIFIED, State.CLOSED})
WITH_PLANNERS = frozenset({State.HANDED_OVER, State.PLANNED, State.IN_PROGRESS})


class Trouble(StrEnum):
    """What complaints of one cause have in common. Overload is felt in data and calls alike, so both are one."""

    OVERLOAD = "overload"
    NO_NETWORK = "no_network"


class Action(StrEnum):
    """What can be done with a case."""

    OPEN = "open"
    CONFIRM = "confirm"
    HAND_OVER = "hand_over"
    PLAN = "plan"
    START = "start"
    FIX = "fix"
    VERIFY = "verify"
    REOPEN = "reopen"
    CLOSE = "close"
    NOTE = "note"
    ASSIGN = "assign"
    DUE = "due"
    MERGE = "merge"
    SPLIT = "split"


_OPEN = frozenset(State) - {State.CLOSED}
STEPS: dict[Action, tuple[frozenset[State], State]] = {
    Action.CONFIRM: (frozenset({State.NEW, State.REOPENED}), State.CONFIRMED),
    Action.HAND_OVER: (frozenset({State.CONFIRMED, State.REOPENED}), State.HANDED_OVER),
    Action.PLAN: (frozenset({State.CONFIRMED, State.HANDED_OVER, State.REOPENED}), State.PLANNED),
    Action.START: (frozenset({State.HANDED_OVER, State.PLANNED}), State.IN_PROGRESS),
    Action.FIX: (frozenset({State.CONFIRMED, *WITH_PLANNERS}), State.FIXED),
    Action.VERIFY: (frozenset({State.FIXED}), State.VERIFIED),
    Action.REOPEN: (SETTLED, State.REOPENED),
    Action.CLOSE: (_OPEN, State.CLOSED),
}
RIGHT_FOR: dict[Action, Right] = {  # planners say what becomes of it, the managers everything else
    action: Right.PLAN_CASES
    if action in (Action.PLAN, Action.START, Action.FIX, Action.NOTE, Action.DUE)
    else Right.WORK_CASES
    for action in Action
}


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where and what: new complaints of this kind from here join the case."""

    city: str  # official name
    district: str  # "": those who name the city only, or a district without a case of its own
    trouble: Trouble

    def __str__(self) -> str:
        return f"{self.city}-{self.district}" if self.district else self.city


@dataclass(frozen=True, slots=True)
class Case:
    number: int
    state: State
    spots: tuple[Spot, ...]  # the main one first; empty: merged into another
    opened_at: datetime  # aware UTC
    changed_at: datetime  # by a person, or a step of the program
    people: int  # in the days last looked at
    peak: int  # the most ever seen in so many days
    first_seen: date
    last_seen: date
    symptoms: tuple[tuple[Symptom, int], ...] = ()  # people by what they see, most first
    technology: Technology | None = None  # the one most name; None: nobody does
    handed_people: int | None = None  # `people` when it was handed over; None: never
    owner: str | None = None  # None: nobody's yet
    due: date | None = None  # by when somebody said it would be done; None: nobody did
    measure: str | None = None  # of the build-out plan; None: none
    fixed_on: date | None = None  # the day it was said to be fixed on
    reason: str | None = None  # why closed
    merged_into: int | None = None

    def settled_on(self, zone: tzinfo) -> date | None:
        """Complaints up to this day are answered for; None: it is open."""
        if self.state not in SETTLED:
            return None
        return self.fixed_on or self.changed_at.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Fact:
    """What the program notes of a case, in no language."""

    kind: str  # a key of history in config/texts/
    values: Mapping[str, int | float | str] = field(default_factory=dict)  # "day": YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Event:
    """Who did what when: a line of a case's history."""

    case: int
    at: datetime
    actor: str  # the system's user, one of the desk, or "daemon"
    action: Action
    detail: str = ""  # written by a person; never a customer's words
    facts: tuple[Fact, ...] = ()


def step(case: Case, action: Action, *, now: datetime, detail: str = "", day: date | None = None) -> Case:
    """The case after a step of its life. `now` in the carrier's zone: its date is today. `day`: since when it is fixed, or by
    when it is due. Raises InputError."""
    froms, to = STEPS[action]
    if case.merged_into is not None:
        raise InputError(f"case {case.number} was merged into {case.merged_into}; work on that one")
    if case.state not in froms:
        raise InputError(
            f"case {case.number} is {_told(case.state)}: {_told(action)} is not possible; possible now: {', '.join(possible(case))}"
        )
    if action is Action.CLOSE and not detail.strip():
        raise InputError(f"case {case.number}: say why it is closed")
    changed = replace(case, state=to, changed_at=now)
    match action:
        case Action.HAND_OVER:
            changed = replace(changed, handed_people=case.people, due=day or case.due)
        case Action.PLAN:
            handed = case.people if case.handed_people is None else case.handed_people
            changed = replace(changed, handed_people=handed, due=day or case.due)
        case Action.FIX:
            if day and day > now.date():
                raise InputError(f"case {case.number}: {day} has not come yet; `plan` it until then")
            changed = replace(changed, fixed_on=day or now.date(), due=None)
        case Action.REOPEN:
            changed = replace(changed, fixed_on=None, reason=None)
        case Action.CLOSE:
            changed = replace(changed, reason=detail.strip(), due=None)
        case _:
            pass
    return changed


def possible(case: Case) -> list[str]:
    """Steps that can be taken now, in the order of a case's life."""
    return [action.value for action, (froms, _) in STEPS.items() if case.state in froms]


def merge(into: Case, other: Case, *, now: datetime) -> tuple[Case, Case]:
    """One cause, one case: `other` ends, and what would have joined it joins `into`. Raises InputError."""
    for case in (into, other):
        if case.merged_into is not None:
            raise InputError(f"case {case.number} was merged into {case.merged_into} before")
    if into.number == other.number:
        raise InputError(f"case {into.number} cannot be merged into itself")
    symptoms = Counter(dict(into.symptoms)) + Counter(dict(other.symptoms))
    kept = replace(
        into,
        symptoms=tuple(sorted(symptoms.items(), key=lambda item: (-item[1], item[0]))),
        spots=(*into.spots, *(spot for spot in other.spots if spot not in into.spots)),
        changed_at=now,
        people=into.people + other.people,  # until the next look counts who is in both
        peak=max(into.peak, other.peak, into.people + other.people),
        first_seen=min(into.first_seen, other.first_seen),
        last_seen=max(into.last_seen, other.last_seen),
    )
    reason = f"merged into {into.number}"
    return kept, replace(
        other, spots=(), state=State.CLOSED, reason=reason, merged_into=into.number, due=None, changed_at=now
    )


def split(case: Case, spots: Iterable[Spot], number: int, *, now: datetime) -> tuple[Case, Case]:
    """Two causes, two cases: `spots` go into a new one of that number. Raises InputError."""
    moved = tuple(spots)
    kept = tuple(spot for spot in case.spots if spot not in moved)
    if unknown := [spot for spot in moved if spot not in case.spots]:
        raise InputError(f"case {case.number} does not hold {unknown[0]}; it holds {', '.join(map(str, case.spots))}")
    if not moved or not kept:
        raise InputError(f"case {case.number}: a split leaves at least one place in each; {len(case.spots)} are in it")
    new = replace(
        case, number=number, spots=moved, opened_at=now, changed_at=now, owner=None, due=None, measure=None,
        handed_people=None, fixed_on=None, state=State.CONFIRMED if case.state is not State.NEW else State.NEW,
    )  # fmt: skip
    return replace(case, spots=kept, changed_at=now), new


def _told(value: StrEnum) -> str:
    return value.value.replace("_", " ")

"""Cases: a board from found to proven, and each case with its history."""

from fastapi import Response

from ...errors import InputError
from ...escalate.cases import RIGHT_FOR, STEPS, Action, Case, State, possible
from ...jobs import casework
from ...store.cases import cases, get_case, history
from .call import Call

COLUMNS = tuple(state for state in State if state not in (State.CLOSED, State.REOPENED))
EDITS = (Action.NOTE, Action.ASSIGN, Action.DUE)


def show(call: Call) -> Response:
    found = cases(call.db)
    if call.get("as") == "csv":
        rows = ((c.number, c.state, ", ".join(map(str, c.spots)), c.people, c.owner, c.due, c.last_seen) for c in found)
        return call.csv("cases", ("case", "state", "places", "people", "owner", "due", "last_seen"), rows)
    column = {state: [c for c in found if c.state is state] for state in COLUMNS}
    column[State.NEW] = [c for c in found if c.state is State.REOPENED] + column[State.NEW]
    return call.page(
        "cases.html",
        columns=column,
        closed=[c for c in found if c.state is State.CLOSED][:50],
        steps=steps_of(call),
        leads={to: action for action, (_, to) in STEPS.items()},
        any=bool(found),
    )


def show_one(call: Call) -> Response:
    case = get_case(call.db, call.number)
    edits = [action for action in EDITS if call.may(RIGHT_FOR[action])]
    return call.page(
        "case.html", case=case, steps=steps_of(call)(case), edits=edits, history=history(call.db, case.number)
    )


def change(call: Call) -> Response:
    """A step in a case's life, or a note, an owner, a day. Raises InputError where it is not possible or not theirs."""
    action = Action(call.require(call.get("action"), [*STEPS, *EDITS], "action"))
    if not call.may(RIGHT_FOR[action]):
        raise InputError(call.say("wrong.not_yours"))
    who = {"actor": call.user.name, "now": call.now}
    day, detail = call.day("day"), call.get("detail")[:500]
    with call.desk.writer() as db:
        if action is Action.NOTE:
            casework.note(db, call.number, text=detail, **who)  # type: ignore[arg-type]
        elif action is Action.ASSIGN:
            casework.assign(db, call.number, detail or None, **who)  # type: ignore[arg-type]
        elif action is Action.DUE:
            casework.set_due(db, call.number, day, **who)  # type: ignore[arg-type]
        else:
            casework.act(db, call.number, action, detail=detail, day=day, **who)  # type: ignore[arg-type]
    call.desk.pulse.forget()
    return call.back(f"/cases/{call.number}", "kept")


def steps_of(call: Call):  # type: ignore[no-untyped-def]
    """Steps that a case can take now, and that this person may take."""

    def steps(case: Case) -> list[Action]:
        return [action for name in possible(case) if call.may(RIGHT_FOR[action := Action(name)])]

    return steps

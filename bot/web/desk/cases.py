"""Cases: a board from found to proven, and each case with its history."""

from datetime import date

from fastapi import Response

from ...digest.cases import happened
from ...errors import InputError
from ...escalate.cases import RIGHT_FOR, SETTLED, STEPS, Action, Case, State, possible
from ...escalate.roles import Right, Role, may
from ...jobs import casework
from ...store import users
from ...store.cases import cases, get_case, history
from .call import Call

COLUMNS = tuple(state for state in State if state not in (State.CLOSED, State.REOPENED))
TOGETHER, ALONE = 25, 200  # cases of a column, beside others and by itself
EDITS = (Action.NOTE, Action.ASSIGN, Action.DUE)


def show(call: Call) -> Response:
    found, due = cases(call.db), call.get("due") == "1"
    if due:
        found = [c for c in found if is_due(c, call.today)]
    if call.get("as") == "csv":
        rows = ((c.number, c.state, ", ".join(map(str, c.spots)), c.people, c.owner, c.due, c.last_seen) for c in found)
        return call.csv("cases", ("case", "state", "places", "people", "owner", "due", "last_seen"), rows)
    alone = State(call.get("state")) if call.get("state") in COLUMNS else None
    column = {state: [c for c in found if c.state is state] for state in COLUMNS if alone in (None, state)}
    if State.NEW in column:
        column[State.NEW] = [c for c in found if c.state is State.REOPENED] + column[State.NEW]
    return call.page(
        "cases.html",
        columns=column,
        closed=[c for c in found if c.state is State.CLOSED][:50],
        steps=steps_of(call),
        leads={to: action for action, (_, to) in STEPS.items()},
        any=bool(found),
        most=ALONE if alone else TOGETHER,
        due=due,
        is_due=is_due,
    )


def show_one(call: Call) -> Response:
    case = get_case(call.db, call.number)
    events = history(call.db, case.number)
    if call.get("as") == "csv":
        rows = (
            (event.at, event.actor, event.action, happened(event.facts, call.words, event.detail)) for event in events
        )
        return call.csv(f"case-{case.number}", ("at", "who", "what", "detail"), rows)
    others = [other for other in cases(call.db, set(State) - {State.CLOSED}) if other.number != case.number]
    return call.page(
        "case.html",
        case=case,
        steps=steps_of(call)(case),
        edits=[action for action in EDITS if call.may(RIGHT_FOR[action])],
        history=events,
        happened=happened,
        late=is_due(case, call.today),
        others=others,
        near=[other for other in others if {spot.city for spot in other.spots} & {spot.city for spot in case.spots}],
        people=[user.name for user in users.users(call.db) if may(Role(user.role), Right.SEE_CASES)],
    )


def change(call: Call) -> Response:
    """A step in a case's life, or a note, an owner, a day. Raises InputError where it is not possible or not theirs."""
    action = Action(call.require(call.get("action"), [*STEPS, *EDITS], "action"))
    if not call.may(RIGHT_FOR[action]):
        raise InputError(call.say("wrong.not_yours"))
    who = {"actor": call.user.name, "now": call.now.astimezone(call.zone)}
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
    if call.get("back"):
        return call.back("/cases", "kept")
    return call.back(f"/cases/{call.number}", "kept")


def unite(call: Call) -> Response:
    """Another case ends in this one: one cause, one case."""
    with call.desk.writer() as db:
        casework.merge_cases(db, call.number, call.count("other", 0, most=10**9), actor=call.user.name, now=call.now)
    call.desk.pulse.forget()
    return call.back(f"/cases/{call.number}", "merged")


def divide(call: Call) -> Response:
    """The places chosen go into a case of their own, which is shown."""
    places = [(city, district) for city, _, district in (each.partition("|") for each in call.form.get("spot", ()))]
    with call.desk.writer() as db:
        _, new = casework.split_case(db, call.number, places, actor=call.user.name, now=call.now)
    return call.back(f"/cases/{new.number}", "split")


def is_due(case: Case, today: date) -> bool:
    return case.due is not None and case.due <= today and case.state not in SETTLED


def steps_of(call: Call):  # type: ignore[no-untyped-def]
    """Steps that a case can take now, and that this person may take."""

    def steps(case: Case) -> list[Action]:
        return [action for name in possible(case) if call.may(RIGHT_FOR[action := Action(name)])]

    return steps

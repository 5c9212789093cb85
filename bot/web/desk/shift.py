"""Shifts: who looks at what now, notes, and the summary one shift leaves to the next."""

from datetime import datetime, time, timedelta

from fastapi import Response

from ... import store
from ...errors import InputError
from ...store import sending, shifts
from .call import Call
from .live import visible

HERE = timedelta(minutes=15)
NOTES = 60
LONGEST = 2_000  # characters of a note


def show(call: Call) -> Response:
    notes = shifts.notes(call.db, limit=1000 if call.get("as") == "csv" else NOTES)
    if call.get("as") == "csv":
        return call.csv("shift", ("at", "who", "kind", "text"), ((n.at, n.who, n.kind, n.text) for n in notes))
    return call.page(
        "shift.html",
        here=shifts.here(call.db, since=call.now - HERE),
        claims=list(shifts.claims(call.db, now=call.now).values()),
        notes=notes,
        done=shifts.deeds_of(call.db, call.user.name, since=_midnight(call)),
        summary=summary(call),
        halts=sending.halts(call.db),
    )


def add(call: Call) -> Response:
    """A note, or the hand-over: the latter also gives back all that one holds."""
    kind = call.require(call.get("kind"), ("note", "handover"), "kind")
    text = call.get("text").replace("\r\n", "\n")[:LONGEST]
    if not text:
        raise InputError(call.say("wrong.empty"))
    with call.write("shift handed over" if kind == "handover" else "") as db:
        shifts.add_note(db, call.user.name, text, kind=kind, now=call.now)
        if kind == "handover":
            shifts.give_back_all(db, call.user.name)
    return call.back("/shift", "handed_over" if kind == "handover" else "noted")


def summary(call: Call) -> str:
    """What was done and what is left, in sentences to be completed by whoever goes."""
    done = shifts.deeds_of(call.db, call.user.name, since=_midnight(call))
    told = [call.say(f"shift.did.{key}", count) for key, action in DEEDS if (count := done[action])]
    beat = visible(call.desk.pulse.now(call.desk.reader, call.now), call)
    left = [
        f"{call.words.number(count)} {call.say(f'today.step.{name}', count)}"
        for name in ("urgent", "alerts", "halted", "drafts", "conversations", "reports", "cases", "doubts")
        if (count := beat.get(name, 0))
    ]
    open_alerts = [
        alert for alert in store.alerts(call.db, since=call.now - HERE, until=call.now) if alert.over_at is None
    ]
    cities = sorted({city for alert in open_alerts for city, _ in alert.spike.places[:3]})
    parts = [
        call.say("shift.done", did=", ".join(told) or call.say("shift.nothing")),
        call.say("shift.left", left=", ".join(left) or call.say("shift.nothing")),
    ]
    return "\n".join(parts + ([call.say("shift.watch", places=", ".join(cities))] if cities else []))


DEEDS = (
    ("judged", "label"),
    ("approved", "reply approved"),
    ("skipped", "reply skipped"),
    ("alerts", "alert acknowledged"),
)


def _midnight(call: Call) -> datetime:
    return datetime.combine(call.now.astimezone(call.zone).date(), time(), call.zone)

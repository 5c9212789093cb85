"""The red button: nothing is sent any more from the moment it is pressed, in a running daemon too, and who lets it go again."""

from fastapi import Response

from ...store import sending
from .call import Call


def stop(call: Call) -> Response:
    why = " ".join(call.get("why").split())[:200] or call.say("sending.no_reason")
    with call.write() as db:
        sending.halt(db, sending.EVERYWHERE, by=call.user.name, why=why, now=call.now)
    call.desk.pulse.forget()
    return call.back("/shift", "stopped")


def resume(call: Call) -> Response:
    """One halt at a time: the platform's refusals may stand behind another."""
    source = call.require(call.get("source"), [halt.source for halt in sending.halts(call.db)], "source")
    with call.write() as db:
        sending.resume(db, source, by=call.user.name, now=call.now)
    call.desk.pulse.forget()
    return call.back("/shift", "resumed")

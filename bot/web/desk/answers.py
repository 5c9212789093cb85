"""What people said to our replies: what waits for a person, until somebody has seen to it."""

from fastapi import Response

from ...errors import InputError
from ...jobs.drafting import load_texts
from ...store import answers, sending
from .call import MAX_CSV, Call

PAGE = 50


def show(call: Call) -> Response:
    every, sheet = call.get("all") == "1", call.get("as") == "csv"
    found = answers.answers(call.db, open_only=not every, limit=MAX_CSV if sheet else PAGE)
    if sheet:
        rows = ((a.at, a.reply, a.kind, int(a.needs), a.closed_by, a.url, a.text) for a in found)
        return call.csv("answers", ("at", "reply", "kind", "waits", "closed_by", "url", "text"), rows)
    return call.page(
        "answers.html",
        answers=found,
        every=every,
        kinds=load_texts()[call.lang]["answers"],
        halts=sending.halts(call.db),
    )


def close(call: Call) -> Response:
    """Somebody has seen to it. Compare and set: who comes second is told."""
    with call.write() as db:
        if not answers.close_answer(db, call.number, by=call.user.name, now=call.now):
            raise InputError(call.say("wrong.answer_done"))
    call.desk.pulse.forget()
    return call.back("/answers", "kept")

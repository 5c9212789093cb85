"""What people said to our replies: what waits for a person, until somebody has seen to it."""

from fastapi import Response

from ...errors import InputError
from ...jobs.drafting import load_texts
from ...store import answers, sending
from .call import Call

PAGE = 50


def show(call: Call) -> Response:
    every = call.get("all") == "1"
    return call.page(
        "answers.html",
        answers=answers.answers(call.db, open_only=not every, limit=PAGE),
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

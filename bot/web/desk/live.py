"""Live: an event as soon as something new is there. The page decides what to do with it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from ...escalate.roles import Right
from ...store import users
from ...store.pulse import Beat
from ..auth import stored_key
from .call import Call

LOOK_S = 2.0
LONGEST_S = 600.0  # then the browser connects again, and its visit is looked at anew
CHECK_S = 30.0  # how long a page that was signed out elsewhere still hears something
MOST = 40  # at once
_open = 0


def stream(call: Call) -> Response:
    if _open >= MOST:
        return Response(status_code=503, headers={"Retry-After": "60"})
    return StreamingResponse(_events(call), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(call: Call) -> AsyncIterator[str]:
    global _open
    _open += 1
    try:
        last, waited = "", 0.0
        yield "retry: 5000\n\n"
        while waited < LONGEST_S:
            if waited and waited % CHECK_S < LOOK_S and not await run_in_threadpool(_still_in, call):
                yield "event: out\ndata: {}\n\n"
                return
            beat = await run_in_threadpool(call.desk.pulse.now, call.desk.reader, call.desk.clock())
            told = json.dumps(visible(beat, call))
            yield f"data: {told}\n\n" if told != last else ": here\n\n"
            last = told
            await asyncio.sleep(LOOK_S)
            waited += LOOK_S
    finally:
        _open -= 1


def visible(beat: Beat, call: Call) -> dict[str, int]:
    """What this role may know."""
    hidden = set()
    if not call.may(Right.ANSWER):
        hidden |= {"drafts", "urgent", "conversations"}
    if not call.may(Right.ACKNOWLEDGE):
        hidden |= {"halted"}
    if not call.may(Right.SEE_CASES):
        hidden |= {"cases"}
    if not call.may(Right.LABEL_POSTS):
        hidden |= {"doubts"}
    if not call.may(Right.MODERATE_REPORTS):
        hidden |= {"reports"}
    if not call.may(Right.SEE_POSTS):
        hidden |= {"posts"}
    return {name: value for name, value in asdict(beat).items() if name not in hidden}


def _still_in(call: Call) -> bool:
    wanted = call.desk.settings.desk
    with call.desk.reader() as db:
        key = stored_key(call.key)
        return users.find_visit(db, key, now=call.desk.clock(), idle=wanted.session, length=wanted.session) is not None

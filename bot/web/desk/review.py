"""Review: posts near the line, one after the other, judged by one key."""

from fastapi import Response

from ...store import labels, search
from .call import Call
from .posts import CHOICES
from .words import pieces

AT_ONCE = 10


def show(call: Call) -> Response:
    queue = labels.waiting(call.db, limit=AT_ONCE)
    if call.get("as") == "csv":
        queue = labels.waiting(call.db, limit=1000)
        rows = ((each.post, each.at, each.band, each.score, each.reason, each.text) for each in queue)
        return call.csv("review", ("post", "at", "band", "score", "reason", "text"), rows)
    found = {each.post: each for each in search.posts_by_id(call.db, [each.post for each in queue])}
    return call.page(
        "review.html",
        queue=[(found[each.post], each) for each in queue],
        waiting=call.desk.pulse.now(call.desk.reader, call.now).doubts,
        pieces=pieces,
        choices=CHOICES,
        here="/desk/review",
    )

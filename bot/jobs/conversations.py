"""What people say to our replies is read: places complete findings, "stop" is obeyed, the rest waits for a person."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from .. import store
from ..analyse import analyse
from ..reply.answers import Kind, Where, read_answer
from ..store import answers, drafts
from .drafting import LOOK_BACK, Desk


@dataclass
class Heard:
    """What a run read."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    completed: int = 0
    sensitive: list[int] = field(default_factory=list)  # answers that a person must read at once

    def __str__(self) -> str:
        told = [f"{count:,} {kind}" for kind, count in self.kinds.most_common()]
        return ", ".join(told) + (f"; places told: {self.completed:,}" if self.completed else "")


def read_answers(db: store.Database, desk: Desk, *, now: datetime, stop: Callable[[], bool] = bool) -> Heard:
    """Read each answer once, in a transaction of its own. Raises StoreError; nothing is ever sent in return."""
    heard = Heard()
    for unread in answers.unread_answers(db, since=now - LOOK_BACK):
        known = Where(unread.city, unread.district, unread.postcode)
        answer = read_answer(analyse(unread.content, desk.judge), known, desk.listed, desk.judge.gazetteer)
        with store.transaction(db):
            answers.put_answer(db, unread.post, answer.kind, needs=answer.needs, now=now)
            if answer.kind is Kind.STOP and unread.author:
                drafts.opt_out(db, unread.author, now=now)
                store.note(db, "opt out", actor="daemon", now=now)
            if answer.place and unread.same_author:
                answers.complete(db, unread.finding, answer.place, now=now)
                store.note(
                    db, "finding completed", actor="daemon", now=now, posts=1, detail=f"answer to reply {unread.reply}"
                )
                heard.completed += 1
        heard.kinds[answer.kind] += 1
        if answer.kind is Kind.SENSITIVE:
            heard.sensitive.append(unread.post)
        if stop():
            break
    return heard

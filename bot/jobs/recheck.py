"""Looking whether posts are still there, a part of them every hour: what was deleted at its source goes here within a day.

Bluesky tells of deletions by itself; Mastodon and X are asked. Where a platform says nothing of a post, its host asks for a
pause, or the money set aside for it is used up, the post stays and `brennpunkt sources` says how many are late.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from .. import store
from ..collect.base import Kept, Recheck
from ..config.settings import Settings
from ..domain import PostId
from ..errors import BotError, SourceError
from ..pipeline import open_for
from .upkeep import recorded

KINDS = ("mastodon", "x")  # of sources that are asked
PASSES = 24  # a day


@dataclass
class Done:
    """What a pass brought, filled as it goes on."""

    there: int = 0
    gone: list[PostId] = field(default_factory=list)


def recheck_all(
    settings: Settings,
    db: store.Database,
    done: Done,
    *,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = bool,
) -> None:
    """One pass over every source that can be asked. Raises SourceError at the end, naming all that failed."""
    failed = []
    now = clock()
    with recorded(db, "recheck", now):
        for each in settings.sources:
            waits_until = store.next_allowed_at(db, each.name)
            if each.kind not in KINDS or stop() or (waits_until and waits_until > now):
                continue
            try:
                source = open_for(each, db, clock)
                assert isinstance(source, Recheck)
                recheck(source, db, done, now=now, stop=stop)
            except BotError as error:
                failed.append(f"{each.name}: {error}")
        if done.gone:
            with store.transaction(db):
                store.note(db, "recheck", actor="daemon", now=now, posts=len(done.gone), detail="deleted at the source")
            store.checkpoint(db)
        if failed:
            raise SourceError("; ".join(failed))


def recheck(source: Recheck, db: store.Database, done: Done, *, now: datetime, stop: Callable[[], bool] = bool) -> None:
    """An hour's share of a source's posts. What was deleted loses its text, in a transaction a step; its number stays."""
    due = store.due_posts(db, source.name, limit=ceil(source.rechecks_a_day / PASSES), now=now)
    if not due:
        return
    for looked in source.gone([Kept(*row) for row in due]):
        with store.transaction(db):
            store.delete_posts(db, looked.gone)
            store.note_there(db, looked.there, now=now)
        done.there += len(looked.there)
        done.gone += looked.gone
        if stop():
            return

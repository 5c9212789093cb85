"""Looking whether posts are still there, each once a day: what was deleted at its source goes here within a day.

Bluesky tells of deletions by itself; Mastodon and X are asked. X bills each look: what nobody pays to look after for a day
loses its text, the least important first. While a platform does not answer all stays for three days, and `brennpunkt sources`
says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .. import store
from ..collect.base import Kept, Recheck
from ..config.settings import Settings
from ..domain import PostId
from ..errors import BotError, SourceError
from ..pipeline import open_for
from .upkeep import recorded

KINDS = ("mastodon", "x")  # of sources that are asked
PASSES = 96  # a day
DAY = timedelta(days=1)
GIVEN_UP = 3 * DAY  # not even a platform that does not answer, or does not get its money, is waited for longer


@dataclass
class Done:
    """What a pass brought, filled as it goes on."""

    there: int = 0
    gone: list[PostId] = field(default_factory=list)
    let_go: list[PostId] = field(default_factory=list)


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
            if each.kind == "x":
                done.let_go += store.let_go(db, each.name, before=now - GIVEN_UP)
            waits_until = store.next_allowed_at(db, each.name)
            if each.kind not in KINDS or stop() or (waits_until and waits_until > now):
                continue
            try:
                source = open_for(each, db, clock, reading=False)
                assert isinstance(source, Recheck)
                recheck(source, db, done, now=now, stop=stop)
            except BotError as error:
                failed.append(f"{each.name}: {error}")
        told = ((done.gone, "deleted at the source"), (done.let_go, "not looked at within a day"))
        for posts, detail in told:
            if posts:
                with store.transaction(db):
                    store.note(db, "recheck", actor="daemon", now=now, posts=len(posts), detail=detail)
                store.checkpoint(db)
        if failed:
            raise SourceError("; ".join(failed))


def recheck(source: Recheck, db: store.Database, done: Done, *, now: datetime, stop: Callable[[], bool] = bool) -> None:
    """The posts of a source that are due. What was deleted loses its text, in a transaction a step; its number stays."""
    due = store.due_posts(db, source.name, most=source.texts_kept, now=now)
    for looked in source.gone([Kept(*row) for row in due]) if due else ():
        with store.transaction(db):
            store.delete_posts(db, looked.gone)
            store.note_there(db, looked.there, now=now)
        done.there += len(looked.there)
        done.gone += looked.gone
        if stop():
            return
    if source.texts_kept is not None:
        done.let_go += store.let_go(db, source.name, before=now - DAY)

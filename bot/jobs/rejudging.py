"""Judge stored posts again after a change of rules or weights: first what would change, then in short transactions."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from .. import store
from ..analyse import Judge, analyse
from ..domain import Analysis, Band, Post, Relation
from ..store.rejudge import Said, Stored, left_to_rejudge, put_judgements, said_of, to_rejudge
from ..store.versions import version_id
from ..text import fold

Told = Callable[[int, int], object]  # so many posts are done, of so many
BATCH = 500  # posts in memory, and in one transaction
EXAMPLES = 10
_CAPACITY = (Band.A, Band.B)


@dataclass
class Changes:
    """What another version says differently."""

    seen: int = 0
    changed: int = 0
    bands: Counter[tuple[Band, Band]] = field(default_factory=Counter)
    joined: int = 0  # the capacity list: new on it
    left: int = 0  # no longer on it
    relations: int = 0  # whose network
    causes: int = 0
    symptoms: int = 0  # the main one
    examples: list[tuple[Stored, Said]] = field(default_factory=list)

    def add(self, stored: Stored, said: Said) -> None:
        self.seen += 1
        old = stored.said
        if said == old:
            return
        self.changed += 1
        was, will = _listed(old), _listed(said)
        self.joined += will and not was
        self.left += was and not will
        self.relations += said.relation is not old.relation
        if said.band is not old.band:
            self.bands[old.band, said.band] += 1
        elif old.skip is None and said.skip is None:
            self.causes += said.cause is not old.cause
            self.symptoms += said.symptoms[:1] != old.symptoms[:1]
        if len(self.examples) < EXAMPLES and (was != will or said.band is not old.band):
            self.examples.append((stored, said))


def _silent(_done: int, _total: int) -> None: ...


def preview(db: store.Database, judge: Judge, limit: int | None = None, *, told: Told = _silent) -> Changes:
    """What `judge` would say of stored posts; nothing is written. `limit`: of how many posts at most."""
    changes = Changes()
    total = min(left_to_rejudge(db, judge.rules.version), limit or sys.maxsize)
    for batch in _batches(db, judge):
        for stored, analysis in batch:
            changes.add(stored, said_of(stored, analysis))
        told(changes.seen, total)
        if limit and changes.seen >= limit:
            break
    return changes


def rejudge(
    db: store.Database, judge: Judge, *, now: datetime, stop: Callable[[], bool] = bool, told: Told = _silent
) -> Changes:
    """Replace the judgements of posts that another version judged. What an interrupted run has done stays done.

    Raises StoreError.
    """
    changes = Changes()
    total = left_to_rejudge(db, judge.rules.version)
    for batch in _batches(db, judge):
        with store.transaction(db):
            put_judgements(db, batch, version_id(db, judge.rules.version, now=now), now=now)
        for stored, analysis in batch:
            changes.add(stored, said_of(stored, analysis))
        told(changes.seen, total)
        if stop():
            break
    return changes


def _batches(db: store.Database, judge: Judge) -> Iterator[list[tuple[Stored, Analysis]]]:
    last = 0
    while batch := to_rejudge(db, judge.rules.version, after=last, limit=BATCH):
        last = batch[-1].number
        yield [(stored, analyse(_with_author(stored, judge, db), judge)) for stored in batch]


def _with_author(stored: Stored, judge: Judge, db: store.Database) -> Post:
    """The post with its author, if that is a carrier's own account: such posts are no customer's.

    Authors are pseudonyms here, so each account is tried, and the page a post stands on.
    """
    if stored.author is None:
        return stored.post
    pages = {fold(part.lstrip("@").split("@")[0]) for part in stored.post.url.split("/")}
    for account in judge.carriers.accounts:
        if account in pages or db.pseudonym("author", stored.post.id.source, account) == stored.author:
            return replace(stored.post, author=account)
    return stored.post


def _listed(said: Said) -> bool:
    return said.skip is None and said.relation is Relation.OWN and said.band in _CAPACITY

"""An archive through the real pipeline, by a clock of its own: watch and digest run when they would have run."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from .. import store
from ..analyse import Judge, analyse
from ..collect.base import Page
from ..collect.files.archive import ArchiveSource
from ..config.settings import Settings
from ..domain import Post, Tally
from ..watch.alerts import Alert
from . import alerting, outbox, publishing


def replay(
    file: Path,
    name: str,
    db: store.Database,
    judge: Judge,
    settings: Settings,
    *,
    speed: float = 0.0,
    since: datetime | None = None,
    digests: bool = False,
    deliver: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    told: Callable[[int, int], object] = lambda _done, _total: None,
) -> Iterator[tuple[datetime, Alert | str]]:
    """Feed the posts of FILE as they came, and run the jobs between them. Yields what they said, with its simulated time.

    `speed`: so many seconds pass in one; 0: as fast as it goes. `since`: look only from then on; what was before is fed.
    Raises InputError, StoreError.
    """
    rows = _in_order(file, name)
    if not rows:
        return
    looked = _ceil(since or rows[0][0], settings.watch.every)
    day = looked.astimezone(settings.zone).date()
    with store.transaction(db):
        store.add_source(db, name)
    position = 0
    last: dict[int, Alert] = {}
    end = rows[-1][0] + settings.watch.every
    while looked <= end:
        told(position, len(rows))
        first = position
        while position < len(rows) and rows[position][0] < looked:
            position += 1
        for part in range(first, position, 500):
            page = [post for _, post, _ in rows[part : min(part + 500, position)] if post]
            extra = [other for _, _, other in rows[part : min(part + 500, position)] if other]
            _store(db, name, page, extra, judge, now=looked)
        for alert in alerting.watch(db, db, settings, now=looked):
            if _news(alert, last.get(alert.number), looked):
                yield looked, alert
            last[alert.number] = alert
        local = looked.astimezone(settings.zone)
        if digests and local.date() > day and local.time() >= settings.digest.at:
            for line in publishing.publish_digest(
                db, db, judge.gazetteer, settings, local.date() - timedelta(days=1), now=looked
            ):
                yield looked, line
            day = local.date()
        if deliver:
            for line in outbox.deliver(db, settings, clock=partial(_same, looked)):
                yield looked, line
        if speed:
            sleep(settings.watch.every.total_seconds() / speed)
        looked += settings.watch.every


def describe(moment: datetime, said: Alert | str, settings: Settings) -> str:
    line = alerting.describe_alert(said) if isinstance(said, Alert) else said
    return f"{moment.astimezone(settings.zone):%Y-%m-%d %H:%M}  {line}"


def as_json(moment: datetime, said: Alert | str) -> str:
    from dataclasses import asdict

    what = {"said": said} if isinstance(said, str) else asdict(said)
    return json.dumps({"at": moment.isoformat(), **what}, default=str, ensure_ascii=False)


def _in_order(file: Path, name: str) -> list[tuple[datetime, Post | None, Page | None]]:
    """Posts at their times; pages with reports and what a stream says of itself, at the time of their first post."""
    rows: list[tuple[datetime, Post | None, Page | None]] = []
    for page in ArchiveSource(file, name=name).pages(since=None):
        rows += [(post.created_at, post, None) for post in page.posts if post.created_at]
        for report in page.reports:
            rows.append((report.filed_at, None, Page((), reports=(report,))))
        if page.simulation:
            rows.append((datetime.min.replace(tzinfo=UTC), None, replace(page, posts=(), reports=(), cursor=None)))
    rows.sort(key=lambda row: row[0])
    if rows and rows[0][2] and rows[0][2].simulation and len(rows) > 1:
        rows[0] = (rows[1][0], None, rows[0][2])
    return rows


def _store(db: store.Database, name: str, posts: list[Post], extra: list[Page], judge: Judge, *, now: datetime) -> None:
    judged = [(post, analyse(post, judge)) for post in posts]
    with store.transaction(db):
        store.add_page(db, judged, now=now, tally=Tally())
        for page in extra:
            store.add_reports(db, page.reports)
            if page.simulation:
                store.set_simulation(db, name, page.simulation)


def _news(alert: Alert, before: Alert | None, looked: datetime) -> bool:
    """What somebody would be told, or would be but for the learning: a look that only moves figures is none."""
    return before is None or alert.told_at == looked or (alert.over_at is not None and before.over_at is None)


def _same(moment: datetime) -> datetime:
    return moment


def _ceil(moment: datetime, every: timedelta) -> datetime:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return start + -(-(moment - start) // every) * every

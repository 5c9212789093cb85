"""An archive through the real pipeline, by a clock of its own: watch and digest run when they would have run."""

import json
import time
from collections.abc import Callable, Collection, Iterator
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
from ..errors import InputError
from ..watch.alerts import Alert
from ..watch.silence import in_words
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
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    told: Callable[[int, int], object] = lambda _done, _total: None,
) -> Iterator[tuple[datetime, Alert | str]]:
    """Feed the posts of FILE as they came, and run the jobs between them. Yields what they said, with its simulated time.

    `speed`: so many seconds pass in one; 0: as fast as it goes. `since`: look only from then on; what was before is fed.
    Raises InputError, StoreError.
    """
    rows, left_out = _in_order(file, name)
    if not rows:
        raise InputError(f"{file}: no post in it says when it was written, and a clock needs that; `import` takes it")
    end = rows[-1][0] + settings.watch.every
    if since and since > end:
        raise InputError(f"{file}: ends at {_local(rows[-1][0], settings)}, before it is to be looked at")
    begin = looked = _ceil(since or rows[0][0], settings.watch.every)
    day = looked.astimezone(settings.zone).date()
    with store.transaction(db):
        store.add_source(db, name)
    position = 0
    last: dict[int, Alert] = {}
    started: float | None = None
    while looked <= end:
        first = position
        while position < len(rows) and rows[position][0] < looked:
            position += 1
        for part in range(first, position, 500):
            page = [post for _, post, _ in rows[part : min(part + 500, position)] if post]
            extra = [other for _, _, other in rows[part : min(part + 500, position)] if other]
            _store(db, name, page, extra, judge, now=looked)
            told(part, len(rows))
        told(position, len(rows))
        if started is None:
            started = clock()  # what was before is fed as fast as it goes
            yield looked, f"the clock starts; {_pace(speed, end - looked)}{_left_out(left_out)}"
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
        looked += settings.watch.every
        if speed:
            sleep(max(0.0, started + (looked - begin).total_seconds() / speed - clock()))
    yield end, f"the end: {len(rows):,} posts and reports, {_counted(last.values())}"


def describe(moment: datetime, said: Alert | str, settings: Settings) -> str:
    line = alerting.describe_alert(said, settings.zone) if isinstance(said, Alert) else said
    return f"{_local(moment, settings)}  {line}"


def as_json(moment: datetime, said: Alert | str) -> str:
    from dataclasses import asdict

    what = {"said": said} if isinstance(said, str) else asdict(said)
    return json.dumps({"at": moment.isoformat(), **what}, default=str, ensure_ascii=False)


def _in_order(file: Path, name: str) -> tuple[list[tuple[datetime, Post | None, Page | None]], int]:
    """Posts at their times; pages with reports and what a stream says of itself, at the time of their first post. And how
    many lines could not be read or have no time."""
    rows: list[tuple[datetime, Post | None, Page | None]] = []
    source = ArchiveSource(file, name=name)
    timeless = 0
    for page in source.pages(since=None):
        timeless += sum(post.created_at is None for post in page.posts)
        rows += [(post.created_at, post, None) for post in page.posts if post.created_at]
        for report in page.reports:
            rows.append((report.filed_at, None, Page((), reports=(report,))))
        if page.simulation:
            rows.append((datetime.min.replace(tzinfo=UTC), None, replace(page, posts=(), reports=(), cursor=None)))
    rows.sort(key=lambda row: row[0])
    if rows and rows[0][2] and rows[0][2].simulation and len(rows) > 1:
        rows[0] = (rows[1][0], None, rows[0][2])
    return rows, timeless + source.bad_lines


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


def _local(moment: datetime, settings: Settings) -> str:
    return f"{moment.astimezone(settings.zone):%Y-%m-%d %H:%M}"


def _pace(speed: float, long: timedelta) -> str:
    if not speed:
        return "as fast as it goes"
    return f"{in_words(long)} in {timedelta(seconds=round((long / speed).total_seconds()))}"


def _left_out(lines: int) -> str:
    return f"; {lines:,} lines could not be read or have no time and are left out" if lines else ""


def _counted(alerts: Collection[Alert]) -> str:
    if not alerts:
        return "nothing stood out"
    learning = sum(alert.spike.learning for alert in alerts)
    told = sum(alert.told_observed > 0 for alert in alerts)
    return f"incidents: {len(alerts)}, told: {told}" + (f", seen while learning: {learning}" if learning else "")


def _same(moment: datetime) -> datetime:
    return moment


def _ceil(moment: datetime, every: timedelta) -> datetime:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return start + -(-(moment - start) // every) * every

"""The jobs. Each joins edges and core, takes `now`, and reads like what it does."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import TextIO

from . import store
from .analyse import Judge, analyse, as_row
from .collect import open_source
from .collect.base import Source
from .collect.files.archive import load_row, to_post
from .config.sources import SourceSettings, XSettings
from .domain import Tally
from .errors import BotError, ConfigError, LoginFailed, RateLimited, TimelineClosed
from .watch.silence import Trouble

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=30)
LOGIN_WAIT = timedelta(hours=1)  # nothing helps but a new token, and that comes with a restart or a reload


def open_for(
    settings: SourceSettings, db: store.Database, clock: Callable[[], datetime], *, reading: bool = True
) -> Source:
    """The source of a block of the config, with a purse kept in `db` where its platform bills. Raises ConfigError."""
    return open_source(settings, purse_of(settings, db, clock, reading=reading))


def purse_of(
    settings: SourceSettings, db: store.Database, clock: Callable[[], datetime], *, reading: bool = False
) -> store.Purse | None:
    """The money that a source may spend, here and in any other process; None: its platform sends no bills."""
    if not isinstance(settings, XSettings):
        return None
    daily, monthly = (round(usd * 1_000_000) for usd in settings.caps_usd(reading=reading))
    return store.Purse(db, settings.name, daily, monthly, clock)


def collect(
    source: Source, judge: Judge, db: store.Database, tally: Tally, *, now: datetime, stop: Callable[[], bool] = bool
) -> None:
    """Read what is new at `source`, judge it, store it, and count it in `tally`.

    A page, its findings, its gaps and its cursor are one transaction: after a crash the cursor never claims more than
    the tables hold. Raises SourceError, InputError or StoreError; stored pages stay stored and counted.
    """
    for page in source.pages(since=store.get_cursor(db, source.name)):
        judged = [(post, analyse(post, judge)) for post in page.posts]
        with store.transaction(db):
            store.refuse_mixture(db, source.name, page.simulation)
            store.delete_posts(db, page.deleted, source=source.name, authors=page.gone)
            store.forget_versions(db, page.edited)
            store.add_page(db, judged, now=now, tally=tally)
            tally.reports += store.add_reports(db, page.reports)
            store.add_gaps(db, page.gaps)
            if page.simulation is not None:
                store.set_simulation(db, source.name, page.simulation)
            if page.cursor is not None:
                store.set_cursor(db, source.name, page.cursor, now=now)
        for skip in page.skips:
            tally.skip(skip.reason)
        tally.truncated |= page.truncated
        tally.warn(page.warnings)
        if stop():  # asked between pages only: what is stored is whole, the rest comes next time
            return


def analyse_lines(lines: Iterable[bytes], judge: Judge, out: TextIO, err: TextIO) -> int:
    """Judge JSON lines one by one, in order, without a database. Returns how many could not be read.

    A bad line is told on `err` with its number, the rest is done. Memory does not grow with the input.
    """
    bad = 0
    for number, line in enumerate(lines, 1):
        try:
            row = load_row(line)
        except ValueError as error:
            bad += 1
            print(json.dumps({"line": number, "error": str(error)}, ensure_ascii=False), file=err)
            continue
        if row is None:
            continue
        if "text" not in row:
            bad += 1
            print(json.dumps({"line": number, "error": f"a {row['kind']}, no post"}), file=err)
            continue
        post, warning = to_post(row, "analyse")
        if warning:
            print(json.dumps({"line": number, "warning": warning}, ensure_ascii=False), file=err)
        given = row.get("id")
        print(
            _json_line(as_row(given if isinstance(given, int | str) else post.id.native, analyse(post, judge))),
            file=out,
        )
    return bad


def _json_line(row: dict[str, object]) -> str:
    """Letters as they are, so that a person can read them, unless half a surrogate pair is among them."""
    line = json.dumps(row, ensure_ascii=False)
    return line if line.isascii() or line.encode("utf-8", "replace").decode() == line else json.dumps(row)


def collect_and_record(
    source: Source,
    judge: Judge,
    db: store.Database,
    *,
    job: str,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = bool,
) -> Tally:
    """`collect` with its row in `runs` and the source's health. Raises what `collect` raises, after noting it."""
    started_at = clock()
    with store.transaction(db):
        store.add_source(db, source.name)
    tally = Tally()
    try:
        collect(source, judge, db, tally, now=started_at, stop=stop)
    except Exception as error:
        _record(db, job, source.name, tally, started_at=started_at, ended_at=clock(), error=error)
        raise
    _record(db, job, source.name, tally, started_at=started_at, ended_at=clock())
    return tally


def open_and_collect(
    settings: SourceSettings,
    judge: Judge,
    db: store.Database,
    *,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = bool,
) -> Tally:
    """`collect_and_record` for a block of the config. A source that cannot even be opened fails, too, and says why."""
    try:
        source = open_for(settings, db, clock)
    except BotError as error:
        with store.transaction(db):
            store.add_source(db, settings.name)
        _record(db, "collect", settings.name, Tally(), started_at=clock(), ended_at=clock(), error=error)
        raise
    return collect_and_record(source, judge, db, job="collect", clock=clock, stop=stop)


def next_try(failures: int, error: Exception, now: datetime, rng: Random) -> datetime:
    """When to ask a source again after it failed so often in a row: when it says so, else after 1, 2, 4 … 30 minutes.

    Up to a fifth less, so that sources which failed together do not come back together.
    """
    match error:
        case RateLimited(retry_at=datetime() as at) if at > now:
            return at
        case LoginFailed() | ConfigError():
            wait = LOGIN_WAIT
        case TimelineClosed():
            wait = LONGEST_WAIT
        case _:
            wait = min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)
    return now + wait * (1 - 0.2 * rng.random())


def trouble_of(error: Exception) -> Trouble:
    match error:
        case RateLimited():
            return Trouble.WAIT
        case LoginFailed() | ConfigError():
            return Trouble.LOGIN
        case TimelineClosed():
            return Trouble.CLOSED
        case _:
            return Trouble.OTHER


def _record(
    db: store.Database,
    job: str,
    source: str,
    tally: Tally,
    *,
    started_at: datetime,
    ended_at: datetime,
    error: Exception | None = None,
) -> None:
    """A bug is no answer either: its source must not look well."""
    line, retry_at = None, None
    if error:
        known = isinstance(error, BotError)
        line = str(error) if known else f"a bug ({type(error).__name__}), please report it; the log has its traceback"
        retry_at = next_try(store.failures(db, source) + 1, error, ended_at, Random())
    with store.transaction(db):
        store.record_run(
            db,
            job,
            source,
            tally,
            started_at=started_at,
            ended_at=ended_at,
            error=line,
            trouble=trouble_of(error) if error else Trouble.OTHER,
            retry_at=retry_at,
        )

"""The jobs. Each joins edges and core, takes `now`, and reads like what it does."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TextIO

from . import store
from .analyse import Judge, analyse, as_row
from .collect import open_source
from .collect.archive import load_row, to_post
from .collect.base import Source
from .config import SourceSettings, XSettings
from .domain import Tally
from .errors import BotError, RateLimited


def open_for(settings: SourceSettings, db: store.Database, clock: Callable[[], datetime]) -> Source:
    """The source of a block of the config, with a purse kept in `db` where its platform bills. Raises ConfigError."""
    if not isinstance(settings, XSettings):
        return open_source(settings)
    daily, monthly = round(settings.daily_cap_usd * 1_000_000), round(settings.monthly_cap_usd * 1_000_000)
    return open_source(settings, store.Purse(db, settings.name, daily, monthly, clock))


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
        post, warning = to_post(row, "analyse")
        if warning:
            print(json.dumps({"line": number, "warning": warning}, ensure_ascii=False), file=err)
        print(json.dumps(as_row(row.get("id", post.id.native), analyse(post, judge)), ensure_ascii=False), file=out)
    return bad


def collect_and_record(
    source: Source, judge: Judge, db: store.Database, *, job: str, clock: Callable[[], datetime], stop: Callable[[], bool] = bool
) -> Tally:
    """`collect` with its row in `runs` and the source's health. Raises what `collect` raises, after noting it."""
    started_at = clock()
    with store.transaction(db):
        store.add_source(db, source.name)
    tally = Tally()
    error: BotError | None = None
    try:
        collect(source, judge, db, tally, now=started_at, stop=stop)
    except BotError as failure:
        error = failure
        raise
    finally:
        with store.transaction(db):
            store.record_run(
                db,
                job,
                source.name,
                tally,
                started_at=started_at,
                ended_at=clock(),
                error=str(error) if error else None,
                retry_at=error.retry_at if isinstance(error, RateLimited) else None,
            )
    return tally

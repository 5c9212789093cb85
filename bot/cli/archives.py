"""Archives of any size: judge them here or on a cluster, bring what was found into the database."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import Session, describe, plain, utc_now
from .progress import shown

if TYPE_CHECKING:
    from ..jobs.backfill import Done

EXTRA = "an archive needs libraries that are not installed: pip install 'brennpunkt[cluster]'"


@click.command()
@click.argument("archive")
@click.argument("out")
@click.option(
    "--cluster", metavar="ADDRESS", help="A Dask scheduler, tcp://host:8786; its workers read ARCHIVE and write OUT."
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes on this machine (default: one for each core).")
@click.option(
    "--source", default="archive", show_default=True, help="Name the posts are filed under; ids are unique within it."
)
@click.pass_obj
def backfill(session: Session, archive: str, out: str, cluster: str | None, workers: int | None, source: str) -> None:
    """Judge ARCHIVE, a file or a folder of JSON lines, CSV or Parquet of any size, and write Parquet parts into OUT.

    Both may be any path that fsspec knows (s3://…). Killed, it goes on where it was; repeated, it does nothing. What
    cannot be read is told in OUT/failures. The parts hold no text, no name and no link; docs/scale.md shows what to ask them.

    Example: brennpunkt backfill archive/ parts/
    """
    import os
    from time import monotonic

    from ..errors import InputError

    try:
        from ..collect.files.units import units_of
        from ..jobs import backfill as job
    except ImportError as error:
        raise InputError(EXTRA) from error

    settings = session.settings
    judge = session.judge(settings)
    archive, out = _whole(archive), _whole(out)
    units, wrong = units_of(archive)
    with closing(session.open(settings, write=True)) as db:  # its key makes the pseudonyms
        task = job.prepare_job(out, source, judge, db.keys, utc_now())
    todo, there = job.open_units(units, task)
    total: Counter[str] = Counter()
    began = monotonic()
    with ExitStack() as stack:
        told = stack.enter_context(shown("Judging pieces"))
        told(there, len(units))
        if cluster:
            executor, alive = stack.enter_context(job.cluster(cluster))
        else:
            executor, alive = stack.enter_context(job.processes(workers or os.cpu_count() or 1)), lambda: True
        for number, done in enumerate(job.run(todo, task, executor, alive), there + 1):
            _count(total, done)
            if done.error:
                wrong.append(f"{done.unit}: {done.error}")
            told(number, len(units))
    rate = total["posts"] / max(monotonic() - began, 0.001)
    click.echo(
        f"{total['posts']:,} posts judged ({rate:,.0f} a second): {total['complaints']:,} complaints about"
        f" {settings.carrier.name}, {total['places']:,} posts name a place."
    )
    if there:
        click.echo(f"{there:,} of {len(units):,} pieces had been judged before.")
    for line in wrong:
        click.echo(plain(line), err=True)
    if total["failures"]:
        click.echo(f"{total['failures']:,} rows could not be read in full; {out}/failures says which.", err=True)
    if wrong or total["failures"]:
        sys.exit(1)


@click.command()
@click.argument("out")
@click.pass_obj
def load(session: Session, out: str) -> None:
    """Bring the parts that `backfill` wrote into OUT into the database, as history: counted, never answered, never an alert.

    Example: brennpunkt load parts/
    """
    from ..errors import InputError

    try:
        from ..jobs.loading import AHEAD, UNDATED
        from ..jobs.loading import load as load_parts
    except ImportError as error:
        raise InputError(EXTRA) from error

    settings = session.settings
    with closing(session.open(settings, write=True)) as db, shown("Loading parts") as told:
        tally, broken = load_parts(
            _whole(out), db, now=utc_now(), told=lambda line: click.echo(plain(line), err=True), done=told
        )
    click.echo(f"Loaded {describe(tally)}.")
    for reason in (UNDATED, AHEAD):
        if tally.skipped.get(reason):
            click.echo(f"{tally.skipped[reason]:,} posts {reason} were left out.")
    if broken:
        sys.exit(1)


def _count(total: Counter[str], done: Done) -> None:
    total.update(posts=done.posts, complaints=done.complaints, places=done.places, failures=done.failures)


def _whole(path: str) -> str:
    """A local path as a worker elsewhere on this machine sees it."""
    return path if "://" in path else str(Path(path).absolute())


COMMANDS = (backfill, load)

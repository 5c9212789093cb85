"""Posts in, judgements out: import, analyse, collect, explain."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import click

from ..errors import BotError
from .base import Session, as_json_option, describe, echo_warnings, plain, utc_now
from .progress import Watched, shown


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--source", default="archive", show_default=True, help="Name the posts are filed under; ids are unique within it."
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    help="Where a table's columns have other names. Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Judge and count, store nothing.")
@click.pass_obj
def import_(session: Session, file: Path, source: str, columns: tuple[str, ...], dry_run: bool) -> None:
    """Store and judge the posts of FILE: JSON lines, a table (CSV), an X archive, a Mastodon outbox, a monitoring export.

    FILE may be "-": then it is read from standard input.
    The fields are `text` and, where known, `id`, `created_at`, `author`, `url`, `lang`.

    Example: brennpunkt --config config/o2-uk.toml import posts.jsonl
    """
    from .. import store
    from ..collect.files.archive import ArchiveSource
    from ..collect.files.exports import open_export
    from ..pipeline import collect_and_record

    settings = session.settings
    judge = session.judge(settings)
    with session.open_to_try(settings, dry_run=dry_run) as db, _regular(file) as path:
        archive = open_export(path, source, _mapping(columns), zone=settings.zone)
        with shown("Reading and judging") as told:
            total = _lines(path) if isinstance(archive, ArchiveSource) else None
            tally = collect_and_record(Watched(archive, told, total), judge, db, job="import", clock=utc_now)
        days = store.span(db)
    echo_warnings(tally)
    click.echo(("Would store" if dry_run else "Stored") + f" {describe(tally)}.")
    if days and not dry_run:
        click.echo(
            f"The database holds {days[0].astimezone(settings.zone):%Y-%m-%d} to {days[1].astimezone(settings.zone):%Y-%m-%d}."
        )
    if archive.bad_lines:
        click.echo(f"{archive.bad_lines:,} lines could not be read.", err=True)
        sys.exit(1)


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.pass_obj
def analyse(session: Session, file: Any) -> None:
    """Judge JSON lines from FILE or standard input, one JSON line out for each, without a database.

    Example: echo '{"id": 1, "text": "Kein Netz am Hbf, o2?"}' | brennpunkt analyse
    """
    from ..pipeline import analyse_lines

    settings = session.settings
    judge = session.judge(settings)
    if analyse_lines(file, judge, sys.stdout, sys.stderr):
        sys.exit(1)


@click.command()
@click.argument("source", required=False)
@click.option("--dry-run", is_flag=True, help="Ask the platforms and count, store nothing.")
@click.pass_obj
def collect(session: Session, source: str | None, dry_run: bool) -> None:
    """Ask the configured sources once; SOURCE is a source's name or a kind of source.

    Example: brennpunkt collect mastodon
    """
    from ..collect import open_source
    from ..errors import ConfigError
    from ..pipeline import collect_and_record, open_and_collect

    settings = session.settings
    chosen = [s for s in settings.sources if source in (None, s.name, s.kind)]
    if not chosen:
        known = ", ".join(s.name for s in settings.sources) or "none"
        if source is None:
            raise ConfigError("no source is configured; `[[sources]]` in the config says where to listen")
        raise click.BadParameter(f"no source is called {source!r}; configured: {known}", param_hint="SOURCE")
    judge = session.judge(settings)
    failed = 0
    with session.open_to_try(settings, dry_run=dry_run) as db:
        for each in chosen:
            try:
                with shown(f"Asking {each.name}"):
                    if dry_run:  # a purse on a copy would spend real money and forget it
                        tally = collect_and_record(open_source(each), judge, db, job="collect", clock=utc_now)
                    else:
                        tally = open_and_collect(each, judge, db, clock=utc_now)
                click.echo(f"{each.name}: {describe(tally)}")
                echo_warnings(tally)
            except BotError as error:
                failed += 1
                click.echo(f"{each.name}: {plain(str(error).removeprefix(f'{each.name}: '))}", err=True)
    if failed:
        sys.exit(1)


@click.command()
@click.argument("text")
@as_json_option
@click.pass_obj
def explain(session: Session, text: str, as_json: bool) -> None:
    """Judge TEXT and show the words that the judgement rests on.

    Example: brennpunkt explain "Volle Balken am Hbf, aber bei o2 lädt nichts"
    """
    import json

    from ..analyse import analyse as analyse_post
    from ..analyse import as_row
    from ..domain import Post, PostId

    settings = session.settings
    judge = session.judge(settings)
    analysis = analyse_post(Post(PostId("explain", "1"), text), judge)
    if as_json:
        against = [{"start": s.start, "end": s.end, "text": s.text, "why": s.why} for s in analysis.verdict.against]
        click.echo(json.dumps(as_row(None, analysis) | {"against": against}, ensure_ascii=False, indent=2))
        return
    from ..jobs.drafting import open_desk, outlook
    from .explanation import show

    show(analysis, reply=outlook(analysis, open_desk(settings, judge), now=utc_now()))


@contextmanager
def _regular(file: Path) -> Iterator[Path]:
    """A file that can be read from the beginning again; standard input or a pipe as a copy of its own."""
    if file != Path("-") and not file.is_fifo():
        yield file
        return
    with NamedTemporaryFile(prefix="brennpunkt-", suffix=".input") as copy:
        with sys.stdin.buffer if file == Path("-") else file.open("rb") as pipe:
            shutil.copyfileobj(pipe, copy)
        copy.flush()
        yield Path(copy.name)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))


def _mapping(columns: tuple[str, ...]) -> dict[str, str] | None:
    pairs = [column.partition("=") for column in columns]
    if not all(field and heading for field, _, heading in pairs):
        raise click.BadParameter("write it like text=Beitrag", param_hint="--column")
    return {field: heading for field, _, heading in pairs} or None


COMMANDS = (import_, analyse, collect, explain)

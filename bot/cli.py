"""The command line: options in, one call, result out. Heavy imports stay inside the commands, so that --help is quick."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .errors import BotError

if TYPE_CHECKING:
    from . import store
    from .config import Settings
    from .domain import Tally


OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


class _Commands(click.Group):
    """Turns a BotError, or a file that cannot be used, into one line and an exit status; a bug keeps its traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
            sys.stdout.reconfigure(errors="replace")  # a terminal without "ö" shows "?"
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # here, where a full device can still be told
            return result
        except BotError as error:
            click.echo(f"Error: {plain(str(error))}", err=True)
            ctx.exit(error.exit_status)
        except OSError as error:
            if error.filename is None and error.errno in OUTPUT_ERRORS:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still unwritten must not fail again at the end
            elif error.filename is None:  # a pipe that was closed is click's; anything else is a bug
                raise
            click.echo(f"Error: {plain(str(error.filename or 'standard output'))}: {error.strerror}", err=True)
            ctx.exit(1)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order of the work, not of the alphabet


class _Session:
    """What every command may need, made when it is first asked for."""

    def __init__(self, config: Path | None, database: Path | None) -> None:
        self._config = config
        self._database = database

    @property
    def settings(self) -> Settings:
        from .config import load_settings, shipped

        return load_settings(self._config or shipped("o2-de.toml"))

    def paths(self, settings: Settings) -> tuple[Path, Path | None]:
        key_file = Path(settings.store.key_file) if settings.store.key_file else None
        return self._database or Path(settings.store.database), key_file

    def open(self, settings: Settings, *, write: bool) -> store.Database:
        from . import store

        return (store.open_database if write else store.open_readonly)(*self.paths(settings))


def plain(text: str) -> str:
    """Text for a terminal: one line, no escape sequences."""
    return "".join(c if c.isprintable() else " " for c in text)


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="brennpunkt")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="BRENNPUNKT_CONFIG",
    help="Config file (default: o2-de.toml as shipped).",
)
@click.option(
    "--database",
    type=click.Path(path_type=Path),
    envvar="BRENNPUNKT_DATABASE",
    help="Database file (default: as in the config).",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None, database: Path | None) -> None:
    """Brennpunkt listens for capacity complaints about a mobile carrier and says what fails and where.

    \b
    Try it without any account:   brennpunkt simulate november-2011 november.jsonl
                                  brennpunkt --database november.db import november.jsonl
                                  brennpunkt --database november.db digest 2011-11-21
    """
    ctx.obj = _Session(config, database)


@main.command("import")
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
def import_(session: _Session, file: Path, source: str, columns: tuple[str, ...], dry_run: bool) -> None:
    """Store and judge the posts of FILE: JSON lines, a table (CSV), an X archive, a Mastodon outbox, a monitoring export.

    The fields are `text` and, where known, `id`, `created_at`, `author`, `url`, `lang`.

    Example: brennpunkt --config config/o2-uk.toml import posts.jsonl
    """
    from . import store
    from .collect.exports import open_export
    from .config import load_judge
    from .pipeline import collect_and_record

    settings = session.settings
    judge = load_judge(settings, session.paths(settings)[0])
    db = store.in_memory() if dry_run else session.open(settings, write=True)
    archive = open_export(file, source, _mapping(columns), zone=settings.zone)
    tally = collect_and_record(archive, judge, db, job="import", clock=_now)
    _echo_warnings(tally)
    click.echo(("Would store" if dry_run else "Stored") + f" {describe(tally)}.")
    if days := store.span(db):
        click.echo(
            f"The database holds {days[0].astimezone(settings.zone):%Y-%m-%d} to {days[1].astimezone(settings.zone):%Y-%m-%d}."
        )
    if archive.bad_lines:
        click.echo(f"{archive.bad_lines:,} lines could not be read.", err=True)
        sys.exit(1)


@main.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.pass_obj
def analyse(session: _Session, file: Any) -> None:
    """Judge JSON lines from FILE or standard input, one JSON line out for each, without a database.

    Example: echo '{"id": 1, "text": "Kein Netz am Hbf, o2?"}' | brennpunkt analyse
    """
    from .config import load_judge
    from .pipeline import analyse_lines

    settings = session.settings
    judge = load_judge(settings, session.paths(settings)[0])
    if analyse_lines(file, judge, sys.stdout, sys.stderr):
        sys.exit(1)


@main.command()
@click.argument("source", required=False)
@click.option("--dry-run", is_flag=True, help="Ask the platforms and count, store nothing.")
@click.pass_obj
def collect(session: _Session, source: str | None, dry_run: bool) -> None:
    """Ask the configured sources once; SOURCE is a source's name or a kind of source.

    Example: brennpunkt collect mastodon
    """
    from . import store
    from .collect import open_source
    from .config import load_judge
    from .errors import ConfigError
    from .pipeline import collect_and_record, open_and_collect

    settings = session.settings
    chosen = [s for s in settings.sources if source in (None, s.name, s.kind)]
    if not chosen:
        known = ", ".join(s.name for s in settings.sources) or "none"
        raise ConfigError(
            f"no source {'is configured' if source is None else f'called {source!r}'}; configured: {known}"
        )
    judge = load_judge(settings, session.paths(settings)[0])
    db = store.in_memory() if dry_run else session.open(settings, write=True)
    failed = 0
    for each in chosen:
        try:
            if dry_run:  # a purse on the database in memory would spend real money and forget it
                tally = collect_and_record(open_source(each), judge, db, job="collect", clock=_now)
            else:
                tally = open_and_collect(each, judge, db, clock=_now)
            click.echo(f"{each.name}: {describe(tally)}")
            _echo_warnings(tally)
        except BotError as error:
            failed += 1
            click.echo(f"{each.name}: {plain(str(error))}", err=True)
    if failed:
        sys.exit(1)


@main.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def explain(session: _Session, text: str, as_json: bool) -> None:
    """Judge TEXT and show the words that the judgement rests on.

    Example: brennpunkt explain "Volle Balken am Hbf, aber bei o2 lädt nichts"
    """
    import json

    from .analyse import analyse as analyse_post
    from .analyse import as_row
    from .config import load_judge
    from .domain import Post, PostId

    settings = session.settings
    judge = load_judge(settings, session.paths(settings)[0])
    analysis = analyse_post(Post(PostId("explain", "1"), text), judge)
    if as_json:
        against = [{"start": s.start, "end": s.end, "text": s.text, "why": s.why} for s in analysis.verdict.against]
        click.echo(json.dumps(as_row(None, analysis) | {"against": against}, ensure_ascii=False, indent=2))
        return
    from .drafting import open_desk, outlook
    from .explanation import show

    show(analysis, reply=outlook(analysis, open_desk(settings, judge), now=_now()))


@main.command()
@click.pass_obj
def serve(session: _Session) -> None:
    """Show the digests as pages on the address of the config, until Ctrl-C.

    Example: brennpunkt serve
    """
    from .web.app import serve_pages

    settings = session.settings
    session.open(settings, write=False).close()  # what is wrong with it is told now, not on the first page
    click.echo(f"Pages on http://{settings.web.host}:{settings.web.port}/", err=True)
    serve_pages(settings, lambda: closing(session.open(settings, write=False)), _now)


@main.command()
@click.option(
    "--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How the log is written."
)
@click.pass_obj
def run(session: _Session, log: str) -> None:
    """Collect, watch, write digests and show the pages, until SIGTERM or Ctrl-C. SIGHUP reads config and rules anew.

    Example: brennpunkt --config config/o2-de.toml run
    """
    from .daemon import run as run_daemon

    settings = session.settings
    run_daemon(settings, *session.paths(settings), lambda: session.settings, log_as_json=log == "json")


def _echo_warnings(tally: Tally) -> None:
    for warning in tally.warnings:
        click.echo(plain(warning), err=True)
    if tally.unread > len(tally.warnings):
        click.echo(f"… and {tally.unread - len(tally.warnings):,} more like these", err=True)


def _mapping(columns: tuple[str, ...]) -> dict[str, str] | None:
    pairs = [column.partition("=") for column in columns]
    if not all(field and heading for field, _, heading in pairs):
        raise click.BadParameter("write it like text=Beitrag", param_hint="--column")
    return {field: heading for field, _, heading in pairs} or None


def describe(tally: Tally) -> str:
    """A tally as one line for people."""
    parts = [f"{tally.posts:,} new posts", f"{tally.findings:,} of them about network trouble"]
    if tally.reports:
        parts.append(f"{tally.reports:,} filed reports")
    if tally.repeats:
        parts.append(f"{tally.repeats:,} seen before")
    if tally.truncated:
        parts.append("stopped at a limit, the rest comes next time")
    return ", ".join(parts)


def _now() -> datetime:
    return datetime.now(UTC)


from . import cli_admin, cli_labels, cli_learning, cli_places, cli_replies, cli_sources, cli_watch  # noqa: E402  the commands there need what stands above

for command in (
    *cli_sources.COMMANDS,
    *cli_watch.COMMANDS,
    *cli_labels.COMMANDS,
    *cli_learning.COMMANDS,
    *cli_replies.COMMANDS,
    *cli_places.COMMANDS,
    *cli_admin.COMMANDS,
):
    main.add_command(command)

"""The command line: options in, one call, result out. Heavy imports stay inside the commands, so that --help is quick."""

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..errors import BotError
from . import (
    admin,
    archives,
    cases,
    handover,
    labels,
    learning,
    places,
    plan,
    posts,
    reports,
    sending,
    service,
    sources,
    start,
    telling,
    users,
    watch,
)
from .base import Session, plain

WHOLE = 200  # letters of a command's first sentence: a narrow terminal breaks it, and cuts nothing off
OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


ROOMS = {  # in the order of the work
    "Begin and run": (start, service),
    "Posts and what is said about them": (posts, archives, sources),
    "Where it fails, and whether it is more than usual": (places, watch),
    "What you say of the judgements": (labels, learning),
    "Replies and reports": (sending, reports),
    "To those who can mend it": (cases, plan, handover, telling),
    "Keep it well": (users, admin),
}


def _named(path: object) -> str:
    """The file as the caller knows it: not click's own beside it, which becomes the file when it is whole."""
    name = str(path or "standard output")
    return str(Path(name).parent) if Path(name).name.startswith(".__atomic-write") else name


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
            click.echo(f"Error: {plain(_named(error.filename))}: {error.strerror}", err=True)
            ctx.exit(1)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order of the work, not of the alphabet

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, rooms in ROOMS.items():
            with formatter.section(title):
                room = [command for each in rooms for command in each.COMMANDS]
                formatter.write_dl([(str(each.name), each.get_short_help_str(WHOLE)) for each in room])


@click.group(cls=_Commands, context_settings={"max_content_width": 120})
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
    See it work, without any account:    brennpunkt simulate november-2011 november.jsonl
                                         brennpunkt --database november.db import november.jsonl
                                         brennpunkt --database november.db digest 2011-11-21 --lang en
    Ask it about a sentence:             brennpunkt explain "Volle Balken am Kotti, aber bei o2 lädt nichts"
    Begin with your carrier:             brennpunkt init own.toml
    """
    ctx.obj = Session(config, database)


for rooms in ROOMS.values():
    for room in rooms:
        for command in room.COMMANDS:
            main.add_command(command)

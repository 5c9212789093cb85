"""The daemon, and the pages without it."""

from __future__ import annotations

import signal
from contextlib import closing

import click

from .base import Session, utc_now


@click.command()
@click.pass_obj
def serve(session: Session) -> None:
    """Show the pages on the address of the config, until Ctrl-C: the public ones and each day's digest.

    Example: brennpunkt serve
    """
    from ..daemon import memory
    from ..web.app import make_app
    from ..web.serving import Pages

    memory.keep_small()
    settings = session.settings
    session.open(settings, write=False).close()  # what is wrong with it is told now, not on the first page
    with closing(session.open(settings, write=True)) as writer:
        app = make_app(settings, lambda: closing(session.open(settings, write=False)), utc_now, writer=writer)
        pages = Pages(app, settings.web)
        memory.settled()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: pages.end())
        address = f"http://{settings.web.host}:{pages.port}/"
        click.echo(f"Public pages on {address}, the newest digest on {address}newest", err=True)
        pages.run()


@click.command()
@click.option(
    "--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How the log is written."
)
@click.pass_obj
def run(session: Session, log: str) -> None:
    """Collect, watch, write digests and show the pages, until SIGTERM or Ctrl-C. SIGHUP reads config and rules anew.

    Example: brennpunkt --config config/o2-de.toml run
    """
    from ..daemon.run import run as run_daemon

    settings = session.settings
    run_daemon(settings, *session.paths(settings), lambda: session.settings, log_as_json=log == "json")


COMMANDS = (serve, run)

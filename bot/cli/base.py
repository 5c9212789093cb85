"""What the commands share: the session with its config and database, and a few words for the terminal."""

from __future__ import annotations

import getpass
import os
from contextlib import AbstractContextManager, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .progress import shown

if TYPE_CHECKING:
    from .. import store
    from ..analyse import Judge
    from ..config.settings import Settings
    from ..domain import Tally

FILE = click.Path(path_type=Path)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Check, change nothing.")


class Session:
    """What every command may need, made when it is first asked for."""

    def __init__(self, config: Path | None, database: Path | None) -> None:
        self._config = config
        self._database = database

    @property
    def settings(self) -> Settings:
        from ..config.load import load_settings, shipped

        return load_settings(self._config or shipped("o2-de.toml"))

    def paths(self, settings: Settings) -> tuple[Path, Path | None]:
        key_file = Path(settings.store.key_file) if settings.store.key_file else None
        return self._database or Path(settings.store.database), key_file

    def open(self, settings: Settings, *, write: bool) -> store.Database:
        from .. import store

        return (store.open_database if write else store.open_readonly)(*self.paths(settings))

    def judge(self, settings: Settings, *, own: bool = True) -> Judge:
        """Rules, places and weights; with `own` those that labels taught, where there are any."""
        from ..config.judge import load_judge

        with shown("Reading rules and places"):
            return load_judge(settings, self.paths(settings)[0], own=own)

    def open_to_try(self, settings: Settings, *, dry_run: bool) -> AbstractContextManager[store.Database]:
        """The database to write into; with `dry_run` a copy of it that nobody keeps."""
        from .. import store

        return store.scratch(*self.paths(settings)) if dry_run else closing(self.open(settings, write=True))


def utc_now() -> datetime:
    return datetime.now(UTC)


def actor_of_shell() -> str:
    """Who runs this, for the audit log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return f"user {os.getuid()}"


def chosen_day(text: str | None, today: date) -> date:
    """The day that a command was given, else yesterday."""
    if text is None:
        return today - timedelta(days=1)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day; write it like 2026-11-21", param_hint="DAY") from None
    if not 1990 <= day.year <= 2100:
        raise click.BadParameter(f"{text!r} is not between 1990 and 2100", param_hint="DAY")
    return day


def plain(text: str) -> str:
    """Text for a terminal: one line, no escape sequences."""
    return "".join(c if c.isprintable() else " " for c in text)


def echo_warnings(tally: Tally) -> None:
    for warning in tally.warnings:
        click.echo(plain(warning), err=True)
    if tally.unread > len(tally.warnings):
        click.echo(f"… and {tally.unread - len(tally.warnings):,} more like these", err=True)


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

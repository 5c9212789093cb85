"""What `brennpunkt check` looks at: everything an admin would, with advice for what it finds. Changes nothing."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from .. import store
from ..collect import open_source
from ..collect.base import Login
from ..config.judge import load_judge
from ..config.load import load_settings, secret
from ..config.settings import Settings
from ..config.sources import SourceSettings
from ..errors import BotError, DatabaseTooNew

MB = 1_000_000
ENOUGH_ROWS = timedelta(days=56)  # six weeks to learn from, and the two that are compared with them


class Level(StrEnum):
    OK = "ok"
    ADVICE = "advice"  # works, and could be better
    BROKEN = "broken"  # does not work, or must not stay like this


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at."""

    area: str
    level: Level
    what: str
    advice: str = ""  # what to do; "" where all is well


def look_at_all(config: Path, database: Path | None, *, online: bool, now: datetime) -> list[Look]:
    """Every check, in the order in which to repair. A config that cannot be read hides all that depends on it."""
    try:
        settings = load_settings(config)
    except BotError as error:
        return [
            *versions(),
            Look("config", Level.BROKEN, str(error), "correct this line; the next one may come after it"),
        ]
    path = database or Path(settings.store.database)
    key_file = Path(settings.store.key_file) if settings.store.key_file else store.default_key_file(path)
    return [
        *versions(),
        *the_config(settings, config),
        *the_judge(settings),
        *(look for each in settings.sources for look in a_source(each, online=online, live=not settings.dry_run)),
        *the_files(path, key_file, config),
        *the_disk(path),
        *the_database(path, key_file, now),
        *the_clock(now),
        *the_backups(settings, path, now),
    ]


def versions() -> Iterator[Look]:
    yield Look("versions", Level.OK, f"Python {sys.version.split()[0]}")
    if store.sqlite_is_old():
        advice = (
            "3.51.3 and later cannot damage a database that two processes write at the same moment;"
            " until then run `import` and `collect` by hand only while the daemon is stopped"
        )
        yield Look("versions", Level.ADVICE, f"SQLite {store.SQLITE_VERSION}", advice)
    else:
        yield Look("versions", Level.OK, f"SQLite {store.SQLITE_VERSION}")


def the_config(settings: Settings, config: Path) -> Iterator[Look]:
    yield Look("config", Level.OK, f"{config}: {settings.carrier.name}, {len(settings.sources)} sources")
    if settings.dry_run:
        yield Look("config", Level.OK, "dry run: nothing is ever posted")
    else:
        yield Look(
            "config", Level.ADVICE, "dry_run = false: replies that are approved are posted", "meant? then leave it"
        )
    if settings.web.host not in ("127.0.0.1", "::1", "localhost"):
        advice = "set web.host to 127.0.0.1 and put a server with TLS before it"
        yield Look("config", Level.ADVICE, f"the pages listen on {settings.web.host}, open to others", advice)
    if settings.retention.rows < ENOUGH_ROWS:
        advice = f"early warning compares with six weeks; it needs {ENOUGH_ROWS.days} days to be as good as it can"
        yield Look("config", Level.ADVICE, f"retention.rows is {settings.retention.rows.days} days", advice)
    if missing := settings.operator.missing:
        advice = "fill them in before you publish what `brennpunkt privacy-pack` writes"
        yield Look("config", Level.ADVICE, "operator: not filled in: " + ", ".join(missing), advice)
    yield from _form(settings)
    for name in dict.fromkeys((*settings.digest.send_to_env, *(target.address_env for target in settings.notify))):
        yield from _address(name)


def _form(settings: Settings) -> Iterator[Look]:
    """Whether the form can write to those who ask for it."""
    from ..errors import ConfigError
    from ..jobs.filing import mail_server

    form = settings.form
    if not form.mail_env:
        return
    try:
        server = mail_server(settings)
    except ConfigError as error:
        yield Look("form", Level.BROKEN, str(error), f"set {form.mail_env} anew")
        return
    if server is None:
        missing = "form.address" if not form.address else form.mail_env
        yield Look("form", Level.ADVICE, f"no address is asked for: {missing} is not set", f"set {missing}")
    else:
        yield Look("form", Level.OK, f"people who ask for it are written to through {server[0].host}")


def _address(name: str) -> Iterator[Look]:
    """Whether an address for messages is set, and one that can be sent to. It holds a password and is never shown."""
    from ..notify import is_known  # apprise is heavy, and many have no address

    for look in _secret("config", name, needed=True):
        if look.level is Level.OK and not is_known(secret(name) or ""):
            advice = "it looks like mailto://user:password@host"
            yield Look("config", Level.BROKEN, f"{name} is no address that apprise knows", advice)
        else:
            yield look


def the_judge(settings: Settings) -> Iterator[Look]:
    try:
        judge = load_judge(settings)
    except BotError as error:
        yield Look("rules", Level.BROKEN, str(error), "correct this file, or put back the one that was shipped")
        return
    yield Look(
        "rules", Level.OK, f"rules {judge.rules.version} and the places of {', '.join(settings.carrier.countries)}"
    )


class _NoMoney:
    """A purse for looking only: whatever would be billed is not asked."""

    def reserve(self, *, wanted: int, least: int) -> int:  # noqa: ARG002  # the protocol's names
        return 0

    def settle(self, spent: int) -> None:
        """Nothing was."""


def a_source(source: SourceSettings, *, online: bool, live: bool) -> Iterator[Look]:
    """Its secrets, its files and, where a secret is set, its login and the label of its profile.

    `live`: something may be posted, so a missing label is more than advice.
    """
    area = f"source {source.name}"
    names = [(key, value) for key, value in source if key.endswith("_env") and isinstance(value, str)]
    ready = True
    for key, name in names:
        looks = list(_secret(area, name, needed=type(source).model_fields[key].is_required()))
        ready &= all(look.level is Level.OK for look in looks)
        yield from looks
    if source.kind in ("archive", "folder") and not Path(source.path).exists():
        yield Look(area, Level.BROKEN, f"{source.path}: no such file or folder", "make it, or correct `path`")
    if needs_contact(source) and getattr(source, "contact", None) is None:
        advice = "put a mail address or page where you can be reached into `contact`, near the top of the config"
        yield Look(area, Level.BROKEN, "`contact` is not set: nothing can be collected", advice)
        return
    if not (names and ready and online and isinstance(opened := open_source(source, _NoMoney()), Login)):
        yield Look(area, Level.OK, source.kind if ready else f"{source.kind}, not asked")
        return
    try:
        found = opened.check_login()
    except BotError as error:
        yield Look(area, Level.BROKEN, str(error), "docs/accounts.md says how to get and set up an account")
        return
    yield Look(area, Level.OK, found.who)
    if found.labelled is False:
        level = Level.BROKEN if live else Level.ADVICE
        advice = "label the account as a bot before it answers anybody; docs/accounts.md says where"
        yield Look(area, level, "its profile does not say that it is automated", advice)
    elif found.labelled is None and source.kind != "mailbox":
        advice = "look at the profile yourself; docs/accounts.md says what it must show"
        yield Look(area, Level.OK, "whether its profile says “Automated” cannot be read by programs", advice)


def needs_contact(source: SourceSettings) -> bool:
    """Bluesky's stream asks nobody who listens; whoever else has the key does not start without it."""
    return source.kind in ("mastodon", "x", "feed")


def _secret(area: str, name: str, *, needed: bool) -> Iterator[Look]:
    try:
        found = secret(name)
    except BotError as error:
        yield Look(area, Level.BROKEN, str(error), "correct the path, or let the program's user read the file")
        return
    if found:
        yield Look(area, Level.OK, f"{name} is set")
    else:
        level = Level.BROKEN if needed else Level.ADVICE
        yield Look(
            area, level, f"{name} is not set", f"set it in the environment, or {name}_FILE to a file that holds it"
        )


def the_files(path: Path, key_file: Path, config: Path) -> Iterator[Look]:
    """Who may read what."""
    folder = _existing(path.parent)
    if not os.access(folder, os.W_OK):
        yield Look("files", Level.BROKEN, f"{folder}: not writable", "give it to the user that the program runs as")
    for file, level, why in (
        (key_file, Level.BROKEN, "whoever has it can find out whose posts are stored"),
        (path, Level.ADVICE, "it holds what people wrote"),
        (path.with_name(path.name + "-wal"), Level.ADVICE, "it holds what people wrote"),
    ):
        if not file.exists():
            continue
        others = stat.S_IMODE(file.stat().st_mode) & 0o077
        if others:
            yield Look("files", level, f"{file}: others may read it; {why}", f"chmod 600 {file}")
        else:
            yield Look("files", Level.OK, f"{file}: private")
    if config.exists() and config.stat().st_mode & stat.S_IWOTH:
        yield Look("files", Level.ADVICE, f"{config}: anybody may change it", f"chmod o-w {config}")


def the_disk(path: Path) -> Iterator[Look]:
    free = shutil.disk_usage(_existing(path.parent)).free
    size = path.stat().st_size if path.exists() else 0
    what = f"{free / MB:,.0f} MB free for a database of {size / MB:,.1f} MB"
    if free < 100 * MB:
        yield Look("disk", Level.BROKEN, what, "free some space now; pages that do not fit are not stored")
    elif free < 2 * size + 500 * MB:
        yield Look("disk", Level.ADVICE, what, "a backup needs as much as the database again; free some space")
    else:
        yield Look("disk", Level.OK, what)


def the_database(path: Path, key_file: Path, now: datetime) -> Iterator[Look]:
    if not path.exists():
        advice = "`brennpunkt collect` or `brennpunkt import FILE` makes it"
        yield Look("database", Level.ADVICE, f"{path}: not there yet", advice)
        return
    try:
        found = store.condition(path, key_file)
    except DatabaseTooNew as error:
        advice = "update the program to the version that wrote it; a backup in its place would lose what came since"
        yield Look("database", Level.BROKEN, str(error), advice)
        return
    except BotError as error:
        yield Look("database", Level.BROKEN, str(error), "docs/operation.md, Restore, says how to put a backup back")
        return
    if found.damage:
        advice = "stop the daemon and put a backup back: brennpunkt restore FILE"
        yield Look("database", Level.BROKEN, f"{path}: damaged ({found.damage})", advice)
    elif found.looked:
        yield Look("database", Level.OK, f"{path}: whole")
    else:
        advice = "its copies are checked every night"
        yield Look("database", Level.OK, f"{path}: too large to be checked here ({found.size / MB:,.0f} MB)", advice)
    if found.outdated:
        yield Look("database", Level.OK, "its schema is older; the next start brings it up", "make a backup before")
    if found.wal > max(200 * MB, found.size):
        yield Look(
            "database", Level.ADVICE, f"its WAL holds {found.wal / MB:,.0f} MB", "a reader hangs: restart `serve`"
        )
    if found.newest and found.newest > now + timedelta(minutes=5):
        advice = "set the clock: posts would count at wrong times, and jobs wait until it has caught up"
        yield Look("clock", Level.BROKEN, f"the clock is behind what was stored at {store.iso(found.newest)}", advice)


def the_clock(now: datetime) -> Iterator[Look]:
    if now.year < 2026:
        yield Look(
            "clock", Level.BROKEN, f"the clock says {now:%Y-%m-%d}", "set it; certificates are refused until then"
        )
        return
    service = Path("/run/systemd/timesync")
    if service.is_dir() and not (service / "synchronized").exists():
        yield Look("clock", Level.ADVICE, "the clock is not kept by a time server", "timedatectl set-ntp true")
    else:
        yield Look("clock", Level.OK, f"{now:%Y-%m-%d %H:%M} UTC")


def the_backups(settings: Settings, path: Path, now: datetime) -> Iterator[Look]:
    if settings.backup is None:
        yield Look("backup", Level.ADVICE, "no [backup] in the config", "`config/o2-de.toml` shows one")
        return
    folder = Path(settings.backup.folder)
    copies = sorted(folder.glob(f"{path.stem}-????-??-??.db")) if folder.is_dir() else []
    if not path.exists() or (copies and now.timestamp() - copies[-1].stat().st_mtime < 2 * 86_400):
        yield Look("backup", Level.OK, f"{copies[-1]}" if copies else f"nightly into {folder}")
    else:
        what = f"the newest is {copies[-1].name}" if copies else f"none in {folder} yet"
        yield Look("backup", Level.ADVICE, what, "the daemon makes one every night; by hand: brennpunkt backup FILE")


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder

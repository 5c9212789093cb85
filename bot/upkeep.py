"""What happens to the database every night: what is too old goes, then a copy is made."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from . import store
from .config import Settings
from .config_keeping import BackupSettings
from .domain import Tally
from .errors import BotError, StoreError


def cutoffs(settings: Settings, now: datetime) -> store.Cutoffs:
    """What is too old now, by the config's [retention]."""
    keep = settings.retention
    return store.cutoffs(now, settings.zone, texts=keep.text, rows=keep.rows, reports=keep.reports)


def purge(db: store.Database, settings: Settings, *, actor: str, now: datetime) -> store.Purged:
    """Take away what is too old, and note it in the audit log and in `runs`. Raises StoreError; what went is gone."""
    with recorded(db, "purge", now):
        purged = store.purge(db, cutoffs(settings, now), settings.zone, now=now)
        if any((purged.texts, purged.rows, purged.reports)):
            with store.transaction(db):
                store.note(db, "purge", actor=actor, now=now, posts=purged.texts + purged.rows, detail=describe(purged))
    store.checkpoint(db)
    return purged


def describe(purged: store.Purged) -> str:
    return f"{purged.texts:,} texts, {purged.rows:,} posts and {purged.reports:,} reports"


def make_backup(
    db: store.Database,
    reader: store.Database,
    wanted: BackupSettings,
    database: Path,
    settings: Settings,
    *,
    now: datetime,
) -> Path:
    """Copy the database into the folder of the config under the day's name, and remove the oldest beyond `keep`.

    Of files there only those of this name are touched. Raises StoreError; older backups stay then.
    """
    folder = Path(wanted.folder)
    target = folder / f"{database.stem}-{now.astimezone(settings.zone).date()}.db"
    with recorded(db, "backup", now):
        store.backup(reader, target, replace=True)
        ours = re.compile(re.escape(database.stem) + r"-\d{4}-\d\d-\d\d\.db")
        for old in sorted(path for path in folder.iterdir() if ours.fullmatch(path.name))[: -wanted.keep]:
            old.unlink()
        with store.transaction(db):
            store.note(db, "backup", actor="daemon", now=now, detail=target.name)
    return target


def is_due(db: store.Database, job: str, now: datetime) -> bool:
    """Has a nightly job been missed, because nothing ran at its hour?"""
    since = store.idle_since(db, job)
    return since is not None and since < now - timedelta(days=1)


@contextmanager
def recorded(db: store.Database, job: str, now: datetime) -> Iterator[None]:
    """A row in `runs`, whatever becomes of the job."""
    error: BotError | None = None
    try:
        yield
    except BotError as failure:
        error = failure
        raise
    finally:
        # The first error is the one to tell: a disk that is full takes no row either.
        with suppress(*([StoreError] if error else [])), store.transaction(db):
            store.record_run(db, job, None, Tally(), started_at=now, ended_at=now, error=str(error) if error else None)

"""What happens to the database every night: what is too old goes, then a copy is made."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .. import store
from ..config.keeping import BackupSettings
from ..config.settings import Settings
from ..digest.model import DayDigest
from ..domain import Tally
from ..errors import BotError, StoreError
from . import publishing


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


def drop_quotes(db: store.Database, settings: Settings, wanted: Callable[[date], bool]) -> list[date]:
    """Take the quotes out of the digests in the config's folder that `db` counted and whose day is wanted.

    Nothing is counted again; digests that do not say whose they are lose their quotes too. Returns the days.
    Raises StoreError. What was sent by mail or chat is out of reach.
    """
    folder = Path(settings.digest.folder)
    rewritten = []
    for path in sorted(folder.glob("????-??-??/digest.json")) if folder.is_dir() else []:
        try:
            day = date.fromisoformat(path.parent.name)
            stored = json.loads(path.read_text(encoding="utf-8"))
            quoting, counted_in = bool(stored["quotes"]), stored.get("database", "")
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        if quoting and wanted(day) and counted_in in ("", store.database_id(db)):
            _without_quotes(path, stored, settings)
            rewritten.append(day)
    return rewritten


def _without_quotes(path: Path, stored: dict[str, Any], settings: Settings) -> None:
    """All editions go, then those of languages we know are written from what the JSON says, without its quotes."""
    plain = stored | {"quotes": []}
    editions = [each for form in ("txt", "html") for each in path.parent.glob(f"digest.*.{form}")]
    languages = {each.name.split(".")[1] for each in editions} & set(publishing.LANGUAGES)
    try:
        for edition in editions:
            edition.unlink(missing_ok=True)
        try:
            digest = TypeAdapter(DayDigest).validate_json(json.dumps(plain))
        except ValidationError:  # written by an earlier version: its figures stay as they are
            path.write_text(json.dumps(plain, ensure_ascii=False, indent=2), encoding="utf-8")
            return
    except OSError as error:
        raise StoreError(f"{path.parent}: the quotes cannot be taken out ({error.strerror})") from error
    digest = replace(digest, written_at=digest.written_at.astimezone(settings.zone))
    publishing.write_digest(digest, path.parent.parent, sorted(languages | set(settings.digest.languages)))


def too_old_to_quote(settings: Settings, now: datetime) -> Callable[[date], bool]:
    """Days whose posts have lost their texts, or most: what was seen in the night after is quoted a day less."""
    first_kept = cutoffs(settings, now).texts.astimezone(settings.zone).date()
    return lambda day: day < first_kept


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

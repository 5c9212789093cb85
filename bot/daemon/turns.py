"""Which job when: the daemon's timetable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from ..config.sources import XSettings
from ..jobs import filing, recheck, upkeep
from .guard import Guard
from .work import Work

CATCH_UP_WITHIN = timedelta(minutes=10)  # a digest owed at the start waits so long for its sources
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Turn:
    id: str
    name: str  # of the job, which never runs beside itself
    job: Callable[[], None]
    when: Mapping[str, object]  # the trigger, as APScheduler takes it


def turns(work: Work, guard: Guard, now: datetime) -> Iterator[Turn]:
    settings = work.settings
    for number, source in enumerate(settings.sources):
        collect = partial(work.collect, source)
        yield _every(f"collect {source.name}", source.every, collect, now + timedelta(seconds=number))
        if isinstance(source, XSettings) and source.counts_every:
            yield _every(f"counts {source.name}", source.counts_every, partial(work.count, source), now + MINUTE)
    yield _every("watch", settings.watch.every, work.watch, now + MINUTE)
    yield _every("deliver", MINUTE, work.deliver, now)
    if filing.mail_server(settings):
        yield _every("form's mail", MINUTE, work.ask_contacts, now)
    if settings.reply.enabled:
        yield _every("replies", MINUTE, work.draft, now)
    yield _every("cases", timedelta(hours=1), work.cases, now + 3 * MINUTE)
    yield _every("recheck", timedelta(days=1) / recheck.PASSES, work.recheck, now + 10 * MINUTE)
    if guard.large:
        yield _once("integrity", guard.check, now)
    yield _daily("digest", settings.digest.at, work.digest)
    if now.astimezone(settings.zone).time() > settings.digest.at:
        # A start after the hour catches up, once all have been asked.
        yield _once("digest", work.digest, now + CATCH_UP_WITHIN if work.unasked else now)
    nightly = [("purge", work.purge, settings.retention.at)]
    if settings.backup:
        nightly.append(("backup", work.backup, settings.backup.at))
    for name, job, at in nightly:
        yield _daily(name, at, job)
        if upkeep.is_due(work.db, name, now):  # nothing ran at its hour
            yield _once(name, job, now + 2 * MINUTE)


def _every(name: str, span: timedelta, job: Callable[[], None], first: datetime) -> Turn:
    """An interval first fires after a whole interval, so each job also gets a first time of its own."""
    return Turn(name, name, job, {"trigger": "interval", "seconds": span.total_seconds(), "next_run_time": first})


def _daily(name: str, at: time, job: Callable[[], None]) -> Turn:
    return Turn(name, name, job, {"trigger": "cron", "hour": at.hour, "minute": at.minute})


def _once(name: str, job: Callable[[], None], at: datetime) -> Turn:
    return Turn(f"{name} at start", name, job, {"trigger": "date", "run_date": at})

"""What the daemon does in each of its turns: a job, and what of it goes into the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .. import pipeline, store
from ..analyse import Judge
from ..config.settings import Settings
from ..config.sources import SourceSettings, XSettings
from ..jobs import (
    alerting,
    casework,
    conversations,
    drafting,
    escalating,
    filing,
    followup,
    listening,
    outbox,
    publishing,
    recheck,
    sending,
    upkeep,
)
from .haste import Haste
from .metrics import Metrics

log = logging.getLogger("brennpunkt")


@dataclass(frozen=True, slots=True)
class Work:
    """The jobs on one config; after a reload there is another, and a job at work ends with what it began with."""

    settings: Settings
    judge: Judge
    desk: drafting.Desk
    db: store.Database
    paths: tuple[Path, Path | None]  # the database and its key
    reader: Callable[[], AbstractContextManager[store.Database]]
    stop: Callable[[], bool]
    move: Callable[[str, datetime], None]  # a turn to another time
    haste: Haste
    metrics: Metrics
    unasked: set[str]  # sources that have not been asked since the start or the last reload

    def collect(self, settings: SourceSettings) -> None:
        try:
            with self.haste.asking(settings.name):
                self._collect_from(settings)
        finally:
            self.unasked.discard(settings.name)
            if not self.unasked:  # what yesterday held is in: the digest that a late start owes need not wait longer
                self.move("digest at start", datetime.now(UTC))

    def _collect_from(self, settings: SourceSettings) -> None:
        if self._must_wait(settings.name):
            return
        clock, stop = (lambda: datetime.now(UTC)), self.stop
        try:
            tally = pipeline.open_and_collect(settings, self.judge, self.db, clock=clock, stop=stop)
        finally:
            self._must_wait(settings.name)
        self.metrics.collected(settings.name, tally)
        log.info("%s: %d new posts, %d about network trouble", settings.name, tally.posts, tally.findings)

    def _must_wait(self, source: str) -> bool:
        """Move the source's next run to when it may be asked again: that may be before its usual turn, too."""
        at = store.next_allowed_at(self.db, source)
        if at is None or at <= datetime.now(UTC):
            return False
        log.info("%s: asked again at %s", source, at.astimezone(self.settings.zone).strftime("%H:%M:%S %Z"))
        self.move(f"collect {source}", at)
        return True

    def count(self, x: XSettings) -> None:
        for line in listening.watch_volume(self.db, self.settings, x, clock=lambda: datetime.now(UTC)):
            log.warning("%s", line)

    def ask_contacts(self) -> None:
        given, stop = (self.db, self.settings, self.paths[0]), self.stop
        lines = filing.ask_contacts(*given, stop=stop)
        for line in lines + followup.ask_whether_better(*given, now=datetime.now(UTC), stop=stop):
            log.info("%s", line)

    def draft(self) -> None:
        given, stop = (self.db, self.desk), self.stop
        done = drafting.draft_replies(*given, now=datetime.now(UTC), stop=stop)
        for post in done.sensitive:
            log.warning("post %d needs a person at once: `brennpunkt replies list`", post)
        if done.ways or done.reasons or done.opted_out:
            log.info("replies: %s", drafting.describe(done, self.desk.texts["en"]))
        heard = conversations.read_answers(*given, now=datetime.now(UTC), stop=stop)
        for post in heard.sensitive:
            log.warning("answer %d needs a person at once: `brennpunkt replies answers`", post)
        if heard.kinds:
            log.info("answers to replies: %s", heard)
        for line in sending.send_replies(*given, clock=lambda: datetime.now(UTC), stop=stop).lines:
            log.info("%s", line)

    def watch(self) -> None:
        with self.reader() as reader:
            now = datetime.now(UTC)
            for alert in alerting.watch(self.db, reader, self.settings, now=now):
                log.warning("alert %d: %s", alert.number, alerting.describe_alert(alert))
            known = {source.name for source in self.settings.sources} - self.unasked
            for line in listening.watch_sources(self.db, reader, self.settings, now=now, asked=known.__contains__):
                log.warning("%s", line)
            for line in escalating.escalate(self.db, reader, self.settings, now=now):
                log.warning("escalation %s", line)

    def cases(self) -> None:
        now = datetime.now(UTC)
        with self.reader() as reader:
            for line in casework.daily(self.db, reader, self.judge.gazetteer, self.settings, now=now):
                log.info("%s", line)

    def deliver(self) -> None:
        given, stop = (self.db, self.settings), self.stop
        for line in outbox.deliver(*given, clock=lambda: datetime.now(UTC), stop=stop):
            log.info("%s", line)

    def digest(self) -> None:
        now = datetime.now(UTC)
        with self.reader() as reader:
            for line in publishing.publish_due(self.db, reader, self.judge.gazetteer, self.settings, now=now):
                log.info("%s", line)

    def purge(self) -> None:
        now = datetime.now(UTC)
        purged = upkeep.purge(self.db, self.settings, actor="daemon", now=now)
        log.info("purge: %s were too old and went", upkeep.describe(purged))
        too_old = upkeep.too_old_to_quote(self.settings, now)
        with self.reader() as db:
            for day in upkeep.drop_quotes(db, self.settings, too_old):
                log.info("purge: the digest of %s quotes nobody any more", day)

    def recheck(self) -> None:
        done = recheck.Done()
        try:
            recheck.recheck_all(self.settings, self.db, done, clock=lambda: datetime.now(UTC), stop=self.stop)
        finally:
            if done.gone or done.let_go:
                days = store.days_of_posts(self.db, done.gone + done.let_go, self.settings.zone)
                told = (
                    "recheck: %d posts were deleted at their source and went, %d texts that nobody pays to look after"
                )
                log.info(told, len(done.gone), len(done.let_go))
                with self.reader() as db:
                    upkeep.drop_quotes(db, self.settings, days.__contains__)

    def backup(self) -> None:
        assert self.settings.backup
        with self.reader() as reader:
            path = upkeep.make_backup(
                self.db, reader, self.settings.backup, self.paths[0], self.settings, now=datetime.now(UTC)
            )
        log.info("backup: %s", path)

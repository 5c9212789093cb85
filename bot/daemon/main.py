"""APScheduler: which job when, and what becomes of its errors. No job ever raises; a broken source stops only itself."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time as clocks
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from .. import pipeline, store
from ..analyse import Judge
from ..config.judge import load_judge
from ..config.settings import Settings
from ..config.sources import SourceSettings, XSettings
from ..errors import BotError
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
from . import memory
from .guard import Guard
from .haste import Haste
from .heartbeat import Heartbeat, tell_systemd
from .metrics import Metrics
from .scheduler import Scheduler, move

if TYPE_CHECKING:
    from ..web.serving import Pages

log = logging.getLogger("brennpunkt")

CATCH_UP_WITHIN = timedelta(minutes=10)  # a digest owed at the start waits so long for its sources
STOP_WITHIN_S = 8.0  # of the 10 s that service managers are told: then the process ends whatever a job is waiting for
HEARTBEAT_S = 5.0
MINUTE = timedelta(minutes=1)
LARGE_JOB_S = 0.5  # it may have read weeks of complaints
STUCK = 70  # EX_SOFTWARE of sysexits.h: the scheduler stands still even after being started anew


class Daemon:
    """The running program: one database, one judge, and the jobs that share them."""

    def __init__(
        self, settings: Settings, database: Path, key_file: Path | None, load: Callable[[], Settings] | None = None
    ) -> None:
        self.settings = settings
        self.load = load or (lambda: settings)  # the config as it is now
        self.paths = (database, key_file)
        memory.keep_small()
        self.judge: Judge = load_judge(settings, database)
        self.desk = drafting.open_desk(settings, self.judge)
        memory.settled()
        self.db = store.open_database(database, key_file)
        self.guard = Guard(database)
        self.scheduler: BackgroundScheduler
        self.stopping = threading.Event()
        self._at_work: set[str] = set()
        self.haste = Haste(lambda: self.scheduler, self._at_work)
        self.metrics = Metrics()
        self.heart = Heartbeat()
        self._reload_asked = threading.Event()
        self._called = threading.Event()  # a signal came
        self._unasked: set[str] = set()  # sources that have not been asked since the start or the last reload
        self._jobs = 0
        self._jobs_changed = threading.Condition()

    def run(self) -> None:
        """Work until a signal asks to stop. Signal handlers set an event and nothing else."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGHUP, self._on_hangup)
        if not self.guard.large:
            self.guard.check()
        self.guard.look()
        from ..web.serving import Pages  # half a second that no other command pays

        pages = Pages(self._pages_app(), self.settings.web)
        store.allow_logins(self.db)
        self._start_scheduler()
        self.haste.listen(self.settings.sources)
        pages.start()
        log.info(
            "running: %d sources, digest at %s, %s", len(self.settings.sources), self.settings.digest.at, self._mode()
        )
        log.info("pages on http://%s:%d/", self.settings.web.host, pages.port)
        tell_systemd("READY=1")
        try:
            while not self.stopping.is_set():
                self._called.wait(HEARTBEAT_S)
                self._called.clear()
                if self._reload_asked.is_set():
                    self._reload_asked.clear()
                    if self._reload():
                        pages.app = self._pages_app()
                self.guard.look()
                self._look_after_scheduler()
        finally:
            self._stop(pages)

    def _stop(self, pages: Pages) -> None:
        self.stopping.set()
        tell_systemd("STOPPING=1")
        log.info("stopping")
        self.haste.close()
        pages.stop()
        self.scheduler.shutdown(wait=False)
        with self._jobs_changed:
            quiet = self._jobs_changed.wait_for(lambda: self._jobs == 0, timeout=STOP_WITHIN_S)
        if quiet:
            self.db.close()
        log.info("stopped" if quiet else "stopped while a source had not answered; what was stored is whole")

    def _start_scheduler(self) -> None:
        self.scheduler = self._schedule()
        self.scheduler.add_job(
            self.heart.beat, "interval", seconds=HEARTBEAT_S, id="heartbeat", next_run_time=datetime.now(UTC)
        )
        self.scheduler.start()

    def _look_after_scheduler(self) -> None:
        """`running` stays true when its thread has died, and after the clock was set back it waits: only a beat counts."""
        if not self.heart.stopped:
            tell_systemd("WATCHDOG=1")
        elif self.heart.revived:
            log.critical("the scheduler stands still again; ending, so that a service manager starts all anew")
            logging.shutdown()
            os._exit(STUCK)
        else:
            log.error("the scheduler stood still for %.0f s (was the clock set?); started anew", self.heart.silent_s())
            self.heart.give_time()
            with suppress(Exception):  # it may be half dead
                self.scheduler.shutdown(wait=False)
            self._start_scheduler()

    def _reload(self) -> bool:
        """Take over config, rules and places as they are now, or keep the old ones and say why."""
        try:
            settings = self.load()
            judge = load_judge(settings, self.paths[0])
            filing.mail_server(settings)  # raises where it is none
            desk = drafting.open_desk(settings, judge)
        except BotError as error:
            log.error("not reloaded, all stays as it was: %s", error)
            return False
        if (settings.store, settings.web) != (self.settings.store, self.settings.web):
            log.warning("reload: [store] and [web] take effect with the next start")
        self.settings, self.judge, self.desk = settings, judge, desk
        self.scheduler.shutdown(wait=False)  # jobs at work end with what they began with
        store.allow_logins(self.db)  # a token may be new
        self._start_scheduler()
        memory.give_back()
        self.haste.listen(settings.sources)
        log.info("reloaded: %d sources, digest at %s, %s", len(settings.sources), settings.digest.at, self._mode())
        return True

    def _pages_app(self) -> object:
        from ..web.app import Vitals, make_app

        return make_app(
            self.settings,
            self._reader,
            lambda: datetime.now(UTC),
            self.judge.gazetteer,
            Vitals(self._trouble, self._figures),
            self.db,
        )

    def _trouble(self) -> str | None:
        return f"no heartbeat for {self.heart.silent_s():.0f} s" if self.heart.stopped else None

    def _figures(self, db: store.Database) -> bytes:
        return self.metrics.page(db, self.settings, now=datetime.now(UTC))

    def _schedule(self) -> BackgroundScheduler:
        scheduler: BackgroundScheduler = Scheduler(  # type: ignore[no-untyped-call]  # the library has no types
            timezone=self.settings.zone,
            # Room for all at once: slow platforms must not keep the heartbeat waiting.
            executors={"default": {"type": "threadpool", "max_workers": len(self.settings.sources) + 10}},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        now = datetime.now(UTC)

        def every(name: str, span: timedelta, job: Callable[..., None], *args: object, after: timedelta) -> None:
            """An interval first fires after a whole interval, so each job also gets a first time of its own."""
            first, seconds = now + after, span.total_seconds()
            work = [name, job, *args]
            scheduler.add_job(self._guarded, "interval", seconds=seconds, id=name, args=work, next_run_time=first)

        def daily(name: str, at: time, job: Callable[..., None]) -> None:
            scheduler.add_job(self._guarded, "cron", hour=at.hour, minute=at.minute, id=name, args=[name, job])

        def once(name: str, at: datetime, job: Callable[..., None]) -> None:
            scheduler.add_job(self._guarded, "date", run_date=at, id=f"{name} at start", args=[name, job])

        self._unasked = {source.name for source in self.settings.sources}
        for number, source in enumerate(self.settings.sources):
            every(f"collect {source.name}", source.every, self._collect, source, after=timedelta(seconds=number))
            if isinstance(source, XSettings) and source.counts_every:
                every(f"counts {source.name}", source.counts_every, self._count, source, after=MINUTE)
        every("watch", self.settings.watch.every, self._watch, after=MINUTE)
        every("deliver", MINUTE, self._deliver, after=timedelta())
        if filing.mail_server(self.settings):
            every("form's mail", MINUTE, self._ask_contacts, after=timedelta())
        if self.settings.reply.enabled:
            every("replies", MINUTE, self._draft, after=timedelta())
        every("cases", timedelta(hours=1), self._cases, after=3 * MINUTE)
        every("recheck", timedelta(days=1) / recheck.PASSES, self._recheck, after=10 * MINUTE)
        if self.guard.large:
            once("integrity", now, self.guard.check)
        daily("digest", self.settings.digest.at, self._digest)
        if now.astimezone(self.settings.zone).time() > self.settings.digest.at:
            # A start after the hour catches up, once all have been asked.
            once("digest", now + CATCH_UP_WITHIN if self._unasked else now, self._digest)
        nightly: list[tuple[str, Callable[..., None], time]] = [("purge", self._purge, self.settings.retention.at)]
        if self.settings.backup:
            nightly.append(("backup", self._backup, self.settings.backup.at))
        for name, job, at in nightly:
            daily(name, at, job)
            if upkeep.is_due(self.db, name, now):  # nothing ran at its hour
                once(name, now + 2 * MINUTE, job)
        return scheduler

    def _guarded(self, name: str, job: Callable[..., None], *args: object) -> None:
        """Run a job to its end or its error. A BotError is one line for the admin, anything else a bug with its traceback."""
        with self._jobs_changed:
            if name in self._at_work:  # a scheduler that was started anew does not know what the old one began
                return
            self._at_work.add(name)
            self._jobs += 1
        began, failed = clocks.monotonic(), True
        try:
            if not self.stopping.is_set():
                job(*args)
            failed = False
        except BotError as error:
            log.warning("%s: %s", name, error)
        except Exception:
            log.exception("%s: a bug, please report it", name)
        finally:
            self.metrics.ran(name, took := clocks.monotonic() - began, failed=failed)
            if took > LARGE_JOB_S:
                memory.give_back()
            with self._jobs_changed:
                self._at_work.remove(name)
                self._jobs -= 1
                self._jobs_changed.notify_all()

    def _collect(self, settings: SourceSettings) -> None:
        try:
            with self.haste.asking(settings.name):
                self._collect_from(settings)
        finally:
            self._unasked.discard(settings.name)
            if not self._unasked:  # what yesterday held is in: the digest that a late start owes need not wait longer
                move(self.scheduler, "digest at start", datetime.now(UTC))

    def _collect_from(self, settings: SourceSettings) -> None:
        if self._must_wait(settings.name):
            return
        clock, stop = (lambda: datetime.now(UTC)), self.stopping.is_set
        try:
            tally = pipeline.open_and_collect(settings, self.judge, self.db, clock=clock, stop=stop)
        finally:
            self._must_wait(settings.name)
        self.metrics.collected(settings.name, tally)
        log.info("%s: %d new posts, %d about network trouble", settings.name, tally.posts, tally.findings)

    def _count(self, x: XSettings) -> None:
        for line in listening.watch_volume(self.db, self.settings, x, clock=lambda: datetime.now(UTC)):
            log.warning("%s", line)

    def _ask_contacts(self) -> None:
        given, stop = (self.db, self.settings, self.paths[0]), self.stopping.is_set
        lines = filing.ask_contacts(*given, stop=stop)
        for line in lines + followup.ask_whether_better(*given, now=datetime.now(UTC), stop=stop):
            log.info("%s", line)

    def _draft(self) -> None:
        given, stop = (self.db, self.desk), self.stopping.is_set
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

    def _must_wait(self, source: str) -> bool:
        """Move the source's next run to when it may be asked again: that may be before its usual turn, too."""
        at = store.next_allowed_at(self.db, source)
        if at is None or at <= datetime.now(UTC):
            return False
        log.info("%s: asked again at %s", source, at.astimezone(self.settings.zone).strftime("%H:%M:%S %Z"))
        move(self.scheduler, f"collect {source}", at)
        return True

    def _watch(self) -> None:
        with self._reader() as reader:
            now = datetime.now(UTC)
            for alert in alerting.watch(self.db, reader, self.settings, now=now):
                log.warning("alert %d: %s", alert.number, alerting.describe_alert(alert))
            known = {source.name for source in self.settings.sources} - self._unasked
            for line in listening.watch_sources(self.db, reader, self.settings, now=now, asked=known.__contains__):
                log.warning("%s", line)
            for line in escalating.escalate(self.db, reader, self.settings, now=now):
                log.warning("escalation %s", line)

    def _cases(self) -> None:
        now = datetime.now(UTC)
        with self._reader() as reader:
            for line in casework.daily(self.db, reader, self.judge.gazetteer, self.settings, now=now):
                log.info("%s", line)

    def _deliver(self) -> None:
        given, stop = (self.db, self.settings), self.stopping.is_set
        for line in outbox.deliver(*given, clock=lambda: datetime.now(UTC), stop=stop):
            log.info("%s", line)

    def _digest(self) -> None:
        now = datetime.now(UTC)
        with self._reader() as reader:
            for line in publishing.publish_due(self.db, reader, self.judge.gazetteer, self.settings, now=now):
                log.info("%s", line)

    def _purge(self) -> None:
        now = datetime.now(UTC)
        purged = upkeep.purge(self.db, self.settings, actor="daemon", now=now)
        log.info("purge: %s were too old and went", upkeep.describe(purged))
        too_old = upkeep.too_old_to_quote(self.settings, now)
        with self._reader() as db:
            for day in upkeep.drop_quotes(db, self.settings, too_old):
                log.info("purge: the digest of %s quotes nobody any more", day)

    def _recheck(self) -> None:
        done = recheck.Done()
        try:
            recheck.recheck_all(
                self.settings, self.db, done, clock=lambda: datetime.now(UTC), stop=self.stopping.is_set
            )
        finally:
            if done.gone or done.let_go:
                days = store.days_of_posts(self.db, done.gone + done.let_go, self.settings.zone)
                told = (
                    "recheck: %d posts were deleted at their source and went, %d texts that nobody pays to look after"
                )
                log.info(told, len(done.gone), len(done.let_go))
                with self._reader() as db:
                    upkeep.drop_quotes(db, self.settings, days.__contains__)

    def _backup(self) -> None:
        assert self.settings.backup
        with self._reader() as reader:
            path = upkeep.make_backup(
                self.db, reader, self.settings.backup, self.paths[0], self.settings, now=datetime.now(UTC)
            )
        log.info("backup: %s", path)

    @contextmanager
    def _reader(self) -> Iterator[store.Database]:
        db = store.open_readonly(*self.paths)
        try:
            yield db
        finally:
            db.close()

    def _mode(self) -> str:
        return "dry run: nothing is ever posted" if self.settings.dry_run else "live"

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        self._called.set()

    def _on_hangup(self, _number: int, _frame: FrameType | None) -> None:
        self._reload_asked.set()
        self._called.set()

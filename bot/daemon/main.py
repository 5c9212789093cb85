"""The running program: start, reload, end, and what becomes of a job's errors. No job ever raises."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time as clocks
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from .. import store
from ..analyse import Judge
from ..config.judge import load_judge
from ..config.settings import Settings
from ..errors import BotError
from ..jobs import drafting, filing
from . import memory
from .guard import Guard
from .haste import Haste
from .heartbeat import Heartbeat, tell_systemd
from .metrics import Metrics
from .scheduler import Scheduler, move
from .turns import turns
from .work import Work

if TYPE_CHECKING:
    from ..web.serving import Pages

log = logging.getLogger("brennpunkt")

STOP_WITHIN_S = 8.0  # of the 10 s that service managers are told: then the process ends whatever a job is waiting for
HEARTBEAT_S = 5.0
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
        # A signal came. Not an event: a handler runs between two steps of this very thread, which may hold the event's lock.
        self._called: SimpleQueue[None] = SimpleQueue()
        self._jobs = 0
        self._jobs_changed = threading.Condition()

    def run(self) -> None:
        """Work until a signal asks to stop. Signal handlers leave a word and nothing else."""
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
                with suppress(Empty):
                    self._called.get(timeout=HEARTBEAT_S)
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
        from ..web.app import make_app
        from ..web.vitals import Vitals

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
        for turn in turns(self._work(), self.guard, datetime.now(UTC)):
            scheduler.add_job(self._guarded, id=turn.id, args=[turn.name, turn.job], **turn.when)
        return scheduler

    def _work(self) -> Work:
        """The jobs, on the config as it is now."""
        return Work(
            self.settings,
            self.judge,
            self.desk,
            self.db,
            self.paths,
            reader=self._reader,
            stop=self.stopping.is_set,
            move=lambda turn, at: move(self.scheduler, turn, at),
            haste=self.haste,
            metrics=self.metrics,
            unasked={source.name for source in self.settings.sources},
        )

    def _guarded(self, name: str, job: Callable[[], None]) -> None:
        """Run a job to its end or its error. A BotError is one line for the admin, anything else a bug with its traceback."""
        with self._jobs_changed:
            if name in self._at_work:  # a scheduler that was started anew does not know what the old one began
                return
            self._at_work.add(name)
            self._jobs += 1
        began, failed = clocks.monotonic(), True
        try:
            if not self.stopping.is_set():
                job()
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

    def _reader(self) -> AbstractContextManager[store.Database]:
        return closing(store.open_readonly(*self.paths))

    def _mode(self) -> str:
        return "dry run: nothing is ever posted" if self.settings.dry_run else "live"

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        self._called.put(None)

    def _on_hangup(self, _number: int, _frame: FrameType | None) -> None:
        self._reload_asked.set()
        self._called.put(None)

"""Asking a source soon after one of its streams told of something new. Its interval goes on: streams may be dead or lie."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from ..config.sources import MastodonSettings, SourceSettings
from .scheduler import move

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

    from ..collect.mastodon.stream import Streams

SOON = timedelta(seconds=30)  # what comes close together is read at once, and the host asked at most twice a minute


class Haste:
    """`scheduler` is the one that runs now, `at_work` holds the names of jobs that are under way."""

    def __init__(self, scheduler: Callable[[], BackgroundScheduler], at_work: Container[str]) -> None:
        self._scheduler, self._at_work = scheduler, at_work
        self._streams: list[Streams] = []
        self._told: set[str] = set()

    def listen(self, sources: Iterable[SourceSettings]) -> None:
        """Open the streams that the config asks for, in place of those before."""
        self.close()
        for each in sources:
            if isinstance(each, MastodonSettings) and each.stream:
                from ..collect.mastodon.stream import Streams

                self._streams.append(Streams(each, partial(self._tell, each.name)))

    def close(self) -> None:
        for streams in self._streams:
            streams.close()
        self._streams = []

    @contextmanager
    def asking(self, source: str) -> Iterator[None]:
        """Around the asking. What is told in the meantime has it asked once more: no job runs beside itself."""
        self._told.discard(source)
        try:
            yield
        finally:
            if source in self._told:
                self._soon(source)

    def _tell(self, source: str) -> None:
        """On a stream's thread."""
        if source not in self._told:
            self._told.add(source)
            if f"collect {source}" not in self._at_work:
                self._soon(source)

    def _soon(self, source: str) -> None:
        move(self._scheduler(), f"collect {source}", datetime.now(UTC) + SOON, only_sooner=True)

"""Streams of an instance: word that something was posted, so that it is read at once instead of at the source's next turn.

Nothing that comes over a stream is stored: it may be late, twice, cut off or made up. It only hastens the next run, whose
cursor vouches for what is read; so a stream that is dead, silent or lying costs nothing but time.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from random import random
from typing import Any
from urllib.parse import urlsplit

from mastodon import StreamListener
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from ...config.sources import MastodonSettings
from ...errors import SourceError
from ..budget import SHARED, Budget
from ..wire import TIMEOUT_S, Answer, Paused, Wire
from .source import Run, hashtags

HEARD = (b"event: update", b"event: notification")
SILENT_S = 60.0  # Mastodon sends a sign of life every 15 s
LASTS_S = 60.0  # what held so long was a stream: the next one is opened soon
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 600.0

log = logging.getLogger("brennpunkt")


class Streams:
    """The streams of one source, its hashtags and its account's notifications, each in a thread of its own until `close`."""

    def __init__(
        self,
        settings: MastodonSettings,
        heard: Callable[[], None],
        *,
        budget: Budget = SHARED,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        """`heard` is called from any of the threads, and must return at once."""
        self._settings, self._heard, self._budget = settings, heard, budget
        self._first_wait_s = first_wait_s
        self._closing = threading.Event()
        self._wires: dict[str, _StreamWire] = {}
        self._told = False
        self._threads = [
            threading.Thread(target=self._follow, args=(tag,), name=f"stream {settings.name} {tag}", daemon=True)
            for tag in ("", *hashtags(settings))
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Hang up. Threads end soon after; what they still hear is not told."""
        self._closing.set()
        for wire in list(self._wires.values()):
            wire.deadline.cut()

    def join(self, within_s: float) -> bool:
        """After `close`: have all threads ended?"""
        for thread in self._threads:
            thread.join(within_s)
        return not any(thread.is_alive() for thread in self._threads)

    def _follow(self, tag: str) -> None:
        """Open one stream ("": notifications) again and again."""
        wait_s = self._first_wait_s
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                self._read(tag)
            except SourceError as error:
                if not (self._told or self._closing.is_set()):
                    self._told = True
                    log.info("%s: no stream, reads at its usual times (%s)", self._settings.name, error)
            wait_s = self._first_wait_s if time.monotonic() - began > LASTS_S else min(2 * wait_s, LONGEST_WAIT_S)
            self._closing.wait(wait_s * (1 - 0.2 * random()))  # so that not all come back together

    def _read(self, tag: str) -> None:
        """One connection, to its end. Raises SourceError where there is no stream."""
        run = Run(self._settings, lambda: datetime.now(UTC), self._budget, LONGEST_WAIT_S, _StreamWire)
        assert isinstance(run.wire, _StreamWire)
        self._wires[tag] = run.wire
        listener = _Ear(lambda: None if self._closing.is_set() else self._heard())

        def follow() -> Any:
            if tag:
                return run.client.stream_hashtag(tag, listener, timeout=SILENT_S)
            return run.client.stream_user_notifications(listener, timeout=SILENT_S)

        try:
            run.ask("the stream", follow)
        except SourceError:
            if run.status() != 200:  # else it was one, and broke off
                raise
        finally:
            run.close()


class _Ear(StreamListener):
    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def handle_stream(self, response: Response) -> None:
        """By the names of events alone. The library's own keeps lines of any length, and ends at an event it does not know."""
        start = b""  # of the line that is not whole yet
        for part in response.iter_content(
            65_536 if response.raw.chunked else 1
        ):  # else it would wait for as many bytes
            *lines, rest = (start + part).split(b"\n")
            for line in lines:
                if line.startswith(HEARD):
                    self._heard()
            start = rest[:32]


class _StreamWire(Wire):
    """The wire of a run, but a stream's answer runs on. Its host may be another one, which the instance itself has named."""

    def send(self, request: PreparedRequest, *_args: Any, **options: Any) -> Response:
        if not options.get("stream"):
            return super().send(request, **options)
        self.last = None
        parts = urlsplit(str(request.url))
        if parts.netloc != self.host and parts.scheme != "https":
            raise SourceError(f"names {parts.netloc[:100]} for its streams, which the token would reach unencrypted")
        if wait_s := self._budget.spend(self.host):
            raise Paused(wait_s)
        response = HTTPAdapter.send(self, request, **{**options, "timeout": (TIMEOUT_S, SILENT_S)})
        self.last = Answer(response.status_code, dict(response.headers), b"")
        if response.status_code < 400 and "text/event-stream" not in response.headers.get("Content-Type", ""):
            with suppress(OSError):
                response.close()
            raise SourceError("answers with something other than a stream")
        return response

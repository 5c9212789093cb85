"""One run's requests to one host: timeouts, a deadline, a size limit, retries of resets, and the host's budget.

A client library is given a `requests.Session` with this adapter and can then neither wait for ever nor be flooded.
"""

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError
from urllib3.util import Retry

from ..errors import SourceError
from .budget import Budget

TIMEOUT_S = 20.0  # to connect, and between two reads
LONGEST_PAUSE = timedelta(hours=1)  # believed of a server that asks us to wait
MAX_BODY = 8 * 1024 * 1024  # bytes, unpacked; forty long posts are below 1 MB


class Paused(SourceError):
    """Our own budget for the host is used up, or the host asked for a pause."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"asked too often, waits {wait_s:.0f} s")
        self.wait_s = wait_s


class OutOfTime(SourceError):
    """The run took longer than it may."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer, as far as it is needed to say what went wrong."""

    status: int
    headers: Mapping[str, str]  # looked up in any case
    first: bytes  # the first character that is no space: b"[" for a list


class Deadline:
    """Ends a run that takes too long, whatever the server does.

    A server that sends a byte now and then passes every read timeout. At the deadline the connection is shut, through
    a second handle on its socket, so that it also works while TLS is being set up.
    """

    def __init__(self, within_s: float) -> None:
        self._ends_at = time.monotonic() + within_s
        self._within_s = within_s
        self._twin: socket.socket | None = None

    def left_s(self) -> float:
        """Seconds left. Raises OutOfTime when there are none."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise OutOfTime(f"took longer than {self._within_s:.0f} s, the rest comes next time")
        return left

    def follow(self, sock: socket.socket) -> None:
        self.release()
        self._twin = sock.dup()
        if self._ends_at <= time.monotonic():  # while it was being connected
            self.cut()

    def release(self) -> None:
        if self._twin is not None:
            self._twin.close()
            self._twin = None

    @contextmanager
    def watched(self) -> Iterator[float]:
        """It cuts by itself in this block. Yields the seconds left; raises OutOfTime when there are none."""
        left_s = self.left_s()
        timer = threading.Timer(left_s, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield left_s
        finally:
            timer.cancel()

    def cut(self) -> None:
        """It is over. Called by other threads."""
        self._ends_at = min(self._ends_at, time.monotonic())
        twin = self._twin
        if twin is not None:
            with suppress(OSError):  # closed in the meantime
                twin.shutdown(socket.SHUT_RDWR)


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """A deadline that shuts what follows it by itself, and is over with the block."""
    deadline = Deadline(seconds)
    with deadline.watched():
        try:
            yield deadline
        finally:
            deadline.release()


class _Retry(Retry):
    """Resets are tried again, a silent server is not: five times its timeout would be the whole run."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Any = None,
        *rest: Any,
        **more: Any,
    ) -> Self:
        if isinstance(error, ReadTimeoutError | ConnectTimeoutError):
            raise error
        return super().increment(method, url, response, error, *rest, **more)


class Wire(HTTPAdapter):
    """Sends what a client library asks for, within all bounds. `last` is the answer to its latest request."""

    def __init__(self, host: str, budget: Budget, within_s: float, max_body: int = MAX_BODY) -> None:
        self.host = host
        self.last: Answer | None = None
        self._budget = budget
        self._max_body = max_body
        self.deadline = Deadline(within_s)
        # Without `respect_retry_after_header=False` urllib3 sleeps as long as a 429 or 503 asks it to.
        super().__init__(
            max_retries=_Retry(
                total=4, allowed_methods={"GET"}, respect_retry_after_header=False, raise_on_status=False
            )
        )
        self.poolmanager.pool_classes_by_scheme = _pools(self.deadline)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Where the environment names a proxy, its connections keep the deadline too."""
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _pools(self.deadline)
        return manager

    def session(self) -> Session:
        """A session whose every request goes through here."""
        session = Session()
        session.max_redirects = 3
        session.mount("http://", self)
        session.mount("https://", self)
        return session

    def send(self, request: PreparedRequest, *_args: Any, **options: Any) -> Response:
        """Raises SourceError for what we refuse, else what requests and urllib3 raise."""
        self.last = None
        asked = urlsplit(str(request.url)).netloc
        if asked != self.host:
            raise SourceError(f"sends us on to {asked[:100]}; if that is right, set `url` to it")
        self.deadline.left_s()
        if wait_s := self._budget.spend(self.host):
            raise Paused(wait_s)
        try:
            with self.deadline.watched() as left_s:
                timeout_s = min(TIMEOUT_S, left_s)
                response = super().send(request, **{**options, "stream": True, "timeout": timeout_s})
                body = self._read(response)
        except Exception:
            self.deadline.left_s()  # a connection that we shut ourselves says so
            raise
        self.last = Answer(response.status_code, CaseInsensitiveDict(response.headers), body.lstrip()[:1])
        # Mastodon.py 2.3.3 raises a rate limit error on a limit header it cannot read, whatever the status, and
        # warns about every deprecated endpoint. We read these headers ourselves.
        for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Deprecation", "Link"):
            response.headers.pop(name, None)
        response.raw = io.BytesIO(body)
        return response

    def _read(self, response: Response) -> bytes:
        body = bytearray()
        for chunk in response.raw.stream(65_536, decode_content=True):
            body += chunk
            self.deadline.left_s()
            if len(body) > self._max_body:
                response.raw.close()
                raise SourceError(f"answered with more than {self._max_body // 1024 // 1024} MiB, refused")
        self.deadline.left_s()  # a head that was cut off looks like a whole one
        response.raw.release_conn()
        return bytes(body)

    def close(self) -> None:
        self.deadline.release()
        super().close()


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Connections that the deadline can shut."""

    def connect(connection: HTTPConnection) -> socket.socket:
        deadline.left_s()
        sock = HTTPConnection._new_conn(connection)
        deadline.follow(sock)
        return sock

    return pool_classes(connect)


def pool_classes(connect: Callable[[HTTPConnection], socket.socket]) -> dict[str, type[HTTPConnectionPool]]:
    """Connections made by `connect`. Classes of one run's own: urllib3 makes the connections itself."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a 429 lets us ask again; None: it does not say. Between a second and LONGEST_PAUSE from now, whatever it says.

    Mastodon sends X-RateLimit-Reset (a time), others Unix seconds in it; proxies send Retry-After (seconds or a time).
    """
    for value in (headers.get("X-RateLimit-Reset"), headers.get("Retry-After")):
        moment = _instant(value.strip()[:60], now) if value else None
        if moment is not None:
            return min(max(moment, now + timedelta(seconds=1)), now + LONGEST_PAUSE)
    return None


def _instant(value: str, now: datetime) -> datetime | None:
    try:
        if value.isdecimal():
            number = int(value)
            return datetime.fromtimestamp(number, UTC) if number > 1_000_000_000 else now + timedelta(seconds=number)
        moment = datetime.fromisoformat(value) if value[:1].isdecimal() else parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None

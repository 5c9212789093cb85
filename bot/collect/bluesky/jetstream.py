"""Bluesky's public stream (Jetstream) in bounded slices: the WebSocket, its limits, its errors.

Each run connects, reads from the cursor to the instant the run began, and hangs up: what is missed in between is read
next time, since the server keeps 36 hours (github.com/bluesky-social/jetstream, README, "Consuming Jetstream").
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from ...errors import RateLimited, SourceError

MAX_MESSAGE = 1024 * 1024  # bytes; a post is below 50 KB, and the server is asked to leave larger ones out
TOO_BIG = 1009  # RFC 6455, 7.4.1
_TIME = b'"time_us":'
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_quiet_log = logging.getLogger("brennpunkt.websocket")
_quiet_log.setLevel(logging.WARNING)  # at DEBUG the library logs every frame, posts and all


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take. A page is one slice of the stream, and one transaction."""

    page_events: int = 50_000  # about 25 minutes of the whole network
    page_bytes: int = 48 * 1024 * 1024  # read, not kept
    page_s: float = 10.0
    kept: int = 500  # messages a page may keep, and their bytes
    kept_bytes: int = 16 * 1024 * 1024
    run_s: float = 50.0
    pages: int = 100
    connect_s: float = 10.0
    silence_s: float = 5.0  # nothing for so long: nothing more to read. The network posts 30 times a second


class End(StrEnum):
    """Why nothing follows a slice."""

    CAUGHT_UP = "caught up"  # all is read up to the beginning of the run
    SILENT = "silent"  # nothing came for `silence_s`
    LIMIT = "limit"  # of ours: the rest comes next time
    CLOSED = "closed"  # by the server, in good order: ask again
    TOO_BIG = "too big"  # a message over MAX_MESSAGE: asking for the same place meets it again
    BROKEN = "broken"  # see `error`


@dataclass(slots=True)
class Slice:
    """A stretch of the stream, in the order it came. Times are µs since 1970, as the server saw the events."""

    host: str
    kept: list[bytes] = field(default_factory=list)  # what the filter let through
    events: int = 0
    first_us: int | None = None  # None: no event told its time
    newest_us: int | None = None
    end: End | None = None  # None: more slices follow
    error: SourceError | None = None  # what broke the stream off; what came before is whole


def slices(
    hosts: tuple[str, ...],
    collection: str,
    cursor: Callable[[str], int],
    keep: Callable[[bytes], bool],
    *,
    now: datetime,
    ends_at: float,
    limits: Limits,
    user_agent: str,
) -> Iterator[Slice]:
    """Read from `cursor(host)` (µs, inclusive) of the first host that answers until `now`, a limit, or silence.

    `ends_at`: monotonic seconds. The last slice says why it is the last. Raises SourceError or RateLimited when no host lets us in.
    """
    until_us = to_us(now)
    with _open(hosts, collection, cursor, limits, user_agent) as (host, connection):
        for number in range(limits.pages):
            piece = Slice(host)
            with _told_apart(piece):
                _fill(piece, connection, keep, until_us, min(ends_at, time.monotonic() + limits.page_s), limits)
            if piece.end is None and (number == limits.pages - 1 or time.monotonic() >= ends_at):
                piece.end = End.LIMIT
            yield piece
            if piece.end is not None:
                return


def _fill(
    piece: Slice,
    connection: ClientConnection,
    keep: Callable[[bytes], bool],
    until_us: int,
    ends_at: float,
    limits: Limits,
) -> None:
    """The loop that the whole network passes through: no work here that the filter could spare."""
    size = kept_size = 0
    ahead_us = (
        until_us + 3_600_000_000
    )  # a time this far ahead of us is a broken clock or a lie: no cursor may follow it
    recv, monotonic = connection.recv, time.monotonic
    while piece.events < limits.page_events and size < limits.page_bytes and kept_size < limits.kept_bytes:
        if len(piece.kept) >= limits.kept:
            return
        left = ends_at - monotonic()
        if left <= 0:
            return
        try:
            raw = recv(timeout=min(limits.silence_s, left), decode=False)
        except TimeoutError:
            piece.end = End.SILENT if left > limits.silence_s else None
            return
        piece.events += 1
        size += len(raw)
        if keep(raw):
            piece.kept.append(raw)
            kept_size += len(raw)
        seen = time_of(raw)
        if seen is None or seen > ahead_us:
            continue
        if piece.newest_us is None:
            piece.first_us = piece.newest_us = seen
        elif seen > piece.newest_us:
            piece.newest_us = seen
        if seen >= until_us:
            piece.end = End.CAUGHT_UP
            return


def time_of(raw: bytes) -> int | None:
    """`time_us` of an event without parsing it. Inside a text the quotes are escaped, so that it cannot be forged there."""
    at = raw.find(_TIME)
    if at < 0:
        return None
    digits = raw[at + len(_TIME) : at + len(_TIME) + 20].lstrip().split(b",", 1)[0].rstrip(b"} \r\n")
    return int(digits) if digits.isdigit() and len(digits) == 16 else None  # 16 digits: 2001 to 2286


def to_us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


@contextmanager
def _open(
    hosts: tuple[str, ...], collection: str, cursor: Callable[[str], int], limits: Limits, user_agent: str
) -> Iterator[tuple[str, ClientConnection]]:
    """A connection to the first host that answers. Raises what the last one failed with."""
    failure: SourceError | None = None
    for host in hosts:
        query = {"wantedCollections": collection, "maxMessageSizeBytes": MAX_MESSAGE, "cursor": cursor(host)}
        piece = Slice(host)
        with _told_apart(piece):
            connection = connect(
                f"{host}/subscribe?{urlencode(query)}",
                open_timeout=limits.connect_s,
                close_timeout=1,
                max_size=MAX_MESSAGE,
                max_queue=64,  # messages read ahead: 64 MiB at the very worst
                compression=None,
                logger=_quiet_log,
                user_agent_header=user_agent,
            )
        if piece.error is None:
            with connection:
                yield host, connection
            return
        failure = piece.error
    raise failure or SourceError("no host is configured")


@contextmanager
def _told_apart(piece: Slice) -> Iterator[None]:
    """The one place where the library's errors become ours. They end the slice; what it holds is whole."""
    name = piece.host.split("://")[-1]
    try:
        yield
    except ConnectionClosedOK:  # the server says good-bye in time, for instance when it restarts
        piece.end = End.CLOSED
        if not piece.events:
            _broke(piece, SourceError(f"{name}: closed the stream without sending anything"))
    except ConnectionClosed as error:
        if error.sent is not None and error.sent.code == TOO_BIG:
            piece.end = End.TOO_BIG
        else:
            _broke(
                piece, SourceError(f"{name}: the stream broke off ({_code(error)}); it goes on from there next time")
            )
    except InvalidStatus as error:
        _broke(piece, _refused(name, error))
    except TimeoutError:
        _broke(piece, SourceError(f"{name}: did not answer in time"))
    except (OSError, EOFError) as error:
        _broke(piece, SourceError(f"{name}: cannot be reached ({_reason(error)})"))
    except (
        WebSocketException,
        ValueError,
    ) as error:  # ValueError: an address it cannot take
        _broke(piece, SourceError(f"{name}: is no Jetstream ({type(error).__name__}); check `hosts`"))


def _broke(piece: Slice, error: SourceError) -> None:
    piece.end, piece.error = End.BROKEN, error


def _refused(name: str, error: InvalidStatus) -> SourceError:
    status = error.response.status_code
    if status != 429:
        return SourceError(f"{name}: answered {status} instead of a stream")
    after = error.response.headers.get("Retry-After", "")
    wait_s = min(int(after), 86_400) if after.isascii() and after.isdigit() and len(after) < 9 else 300
    return RateLimited(f"{name}: asks us to wait {wait_s} s", datetime.now(UTC) + timedelta(seconds=wait_s))


def _code(error: ConnectionClosed) -> str:
    """Never the reason a server gives: anybody may have written that."""
    return f"code {error.rcvd.code}" if error.rcvd else "without a good-bye"


def _reason(error: OSError | EOFError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__

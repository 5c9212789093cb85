"""One document from the web, within all bounds: what an address in a config file may bring, and no more.

Its address, its redirects and its bytes are somebody else's. So addresses of our own network are refused after they are
resolved and on the very connection that is used, redirects are followed a few times, and what is packed is unpacked by
us, as far as the limit and not further.
"""

import ipaddress
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from urllib3 import PoolManager, Retry
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, LocationValueError
from urllib3.response import BaseHTTPResponse

from ..errors import RateLimited, SourceError, TimelineClosed
from .wire import Deadline, pool_classes, retry_after, within

TIMEOUT_S = 20.0  # to connect, and between two reads
WITHIN_S = 60.0  # for all of it, redirects included
# Bytes, unpacked. The feeds of large newspapers are below 1 MB, and feedparser takes up to 9 s for a MB of hostile markup.
MAX_BODY = 2 * 1024 * 1024
MAX_REDIRECTS = 3
MAX_TAG = 512  # characters of an ETag that we keep and send back

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, or the news that it has not changed."""

    body: bytes | None  # unpacked; None: not changed since `etag` or `modified`
    content_type: str = ""
    etag: str | None = None  # to be sent back the next time; None: the server gave none
    modified: str | None = None


def fetch(
    url: str,
    *,
    agent: str,
    clock: Callable[[], datetime],
    etag: str | None = None,
    modified: str | None = None,
    allow_private: bool = False,
    max_body: int = MAX_BODY,
    within_s: float = WITHIN_S,
) -> Fetched:
    """Get `url`, unless it is what `etag` and `modified` stand for. No proxies: they would resolve names for us.

    Raises SourceError, RateLimited or TimelineClosed, naming the host and never the whole address: queries hold keys.
    """
    headers = {
        "User-Agent": agent,
        "Accept-Encoding": "gzip",
        "Accept": "application/atom+xml, application/rss+xml, */*;q=0.5",
    }
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": modified} if modified else {}
    with within(within_s) as deadline, _pools(deadline, allow_private) as pools:
        for _ in range(MAX_REDIRECTS + 1):
            host = _host(url)
            with _ask(pools, url, headers, deadline) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return _read(response, host, clock, deadline, max_body)
                url = _next(url, response.headers.get("Location", ""))
        raise SourceError(f"{host}: sends us on more than {MAX_REDIRECTS} times")


@contextmanager
def _ask(pools: PoolManager, url: str, headers: dict[str, str], deadline: Deadline) -> Iterator[BaseHTTPResponse]:
    """One answer, its body unread. A reset is tried again; what breaks while the body is read is told here, too."""
    host = _host(url)
    retries = Retry(total=2, redirect=False, status=0, respect_retry_after_header=False)
    response: BaseHTTPResponse | None = None
    try:
        response = pools.request(
            "GET",
            url,
            headers=headers,
            preload_content=False,
            redirect=False,
            retries=retries,
            timeout=min(TIMEOUT_S, deadline.left_s()),
        )
        yield response
    except (HTTPError, LocationValueError, OSError, ValueError) as error:
        deadline.left_s()  # a connection that we shut ourselves says so
        reason = getattr(error, "reason", None) or error
        raise SourceError(f"{host}: no whole answer ({type(reason).__name__})") from error
    finally:
        if response is not None:
            response.close()


def _read(
    response: BaseHTTPResponse, host: str, clock: Callable[[], datetime], deadline: Deadline, max_body: int
) -> Fetched:
    body: bytes | None = None
    match response.status:
        case 200:
            body = _body(response, host, deadline, max_body)
        case 304:
            pass
        case 429 | 503:
            raise RateLimited(
                f"{host}: asked too often, or too busy ({response.status})", retry_after(response.headers, clock())
            )
        case 401 | 403:
            raise TimelineClosed(f"{host}: shows this address to nobody without a login ({response.status})")
        case 404 | 410:
            raise SourceError(f"{host}: there is nothing at this address ({response.status}); correct or remove it")
        case status:
            raise SourceError(f"{host}: answered with status {status}")
    return Fetched(
        body, response.headers.get("Content-Type", "")[:200], _tag(response, "ETag"), _tag(response, "Last-Modified")
    )


def _body(response: BaseHTTPResponse, host: str, deadline: Deadline, max_body: int) -> bytes:
    packed = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if packed not in ("identity", "gzip", "x-gzip"):
        raise SourceError(f"{host}: answered packed as {packed[:20]!r}, which we did not ask for")
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed != "identity" else None
    body = bytearray()
    try:
        for chunk in response.stream(65_536, decode_content=False):
            deadline.left_s()
            body += unpack.decompress(chunk, max_body + 1 - len(body)) if unpack else chunk
            if len(body) > max_body:
                raise SourceError(f"{host}: answered with more than {max_body / 1024 / 1024:g} MiB, refused")
    except zlib.error as error:
        raise SourceError(f"{host}: answered with something that cannot be unpacked") from error
    deadline.left_s()
    if unpack and not unpack.eof:
        raise SourceError(f"{host}: its answer broke off")
    return bytes(body)


def _tag(response: BaseHTTPResponse, name: str) -> str | None:
    value = response.headers.get(name, "")
    return value if 0 < len(value) <= MAX_TAG and value.isascii() and value.isprintable() else None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "?")[:100]
    except ValueError:
        return "?"


def _next(url: str, location: str) -> str:
    """Where a redirect leads. Never from https to http: what was read in secret would be asked for in the open."""
    allowed = ("https",) if url.startswith("https:") else ("http", "https")
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        if location and parts.scheme in allowed and parts.hostname and "@" not in parts.netloc:
            return target
    except ValueError:
        pass
    raise SourceError(f"{_host(url)}: sends us on to an address that we do not follow")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the world, not to this machine or its network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


def _connect(host: str, port: int, timeout_s: float, deadline: Deadline, allow_private: bool) -> socket.socket:
    """A connection to an address that was looked at: the one that is checked is the one that is used."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError(f"{host[:100]}: no such host") from error
    addresses = [entry for entry in found if allow_private or is_public(str(entry[4][0]))]
    if not addresses:
        raise SourceError(f"{host[:100]}: is an address of our own network; `allow_private = true` permits it")
    failure: OSError | None = None
    for family, kind, protocol, _, address in addresses[:4]:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(timeout_s, deadline.left_s()))
            deadline.follow(sock)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure or OSError("no address")


@contextmanager
def _pools(deadline: Deadline, allow_private: bool) -> Iterator[PoolManager]:
    """Connections that look where they go, and that the deadline can shut. Made for one fetch and closed after it."""

    def connect(connection: HTTPConnection) -> socket.socket:
        timeout = connection.timeout if isinstance(connection.timeout, int | float) else TIMEOUT_S
        return _connect(connection.host.strip("[]"), connection.port or 0, timeout, deadline, allow_private)

    manager = PoolManager(num_pools=4)
    manager.pool_classes_by_scheme = pool_classes(connect)
    try:
        yield manager
    finally:
        manager.clear()

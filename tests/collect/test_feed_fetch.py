"""What an address may bring: bounded in bytes, time and places."""

import gzip
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.collect import fetch as fetching
from bot.collect.fetch import Fetched, fetch, is_public
from bot.errors import RateLimited, SourceError, TimelineClosed
from tests.servers.feed import FakeFeed, bomb, fake_feed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def web() -> Iterator[FakeFeed]:
    with fake_feed() as fake:
        yield fake


def get(url: str, **options: Any) -> Fetched:
    return fetch(url, **{"agent": "test", "clock": lambda: NOW, "allow_private": True, **options})


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_addresses_of_our_own_network_are_known(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
def test_our_own_network_is_refused_however_it_is_written(web: FakeFeed, host: str) -> None:
    port = web.url.rpartition(":")[2]
    with pytest.raises(SourceError):
        get(f"http://{host}:{port}/feed?key=secret", allow_private=False)
    assert web.asked == []


def test_a_redirect_into_our_own_network_is_refused(web: FakeFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address is taken for a public one; the one it leads to is not."""
    web.answers["/feed"] = (302, {"Location": web.url.replace("127.0.0.1", "127.0.0.2") + "/inside"}, b"")
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    with pytest.raises(SourceError, match="our own network"):
        get(f"{web.url}/feed", allow_private=False)
    assert len(web.asked) == 1


def test_a_few_redirects_are_followed_and_a_circle_ends(web: FakeFeed) -> None:
    web.answers["/a"] = (301, {"Location": "/b"}, b"")
    web.answers["/b"] = (307, {"Location": f"{web.url}/c"}, b"")
    web.answers["/c"] = (200, {}, b"here")
    assert get(f"{web.url}/a").body == b"here"
    web.answers["/c"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(SourceError, match="sends us on more than 3 times"):
        get(f"{web.url}/a")


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://a.example/", "", "//user@a.example/", "http://[::1", "gopher://x"]
)
def test_a_redirect_to_something_odd_is_not_followed(web: FakeFeed, location: str) -> None:
    web.answers["/a"] = (302, {"Location": location}, b"")
    with pytest.raises(SourceError, match="do not follow"):
        get(f"{web.url}/a")


def test_from_https_nothing_leads_back_to_http() -> None:
    assert fetching._next("https://a.example/", "https://b.example/") == "https://b.example/"
    with pytest.raises(SourceError, match="do not follow"):
        fetching._next("https://a.example/", "http://a.example/")


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({}, b"x" * 2000, "more than"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * 2000), "more than"),
        ({"Content-Encoding": "gzip"}, bomb(), "more than"),
        ({"Content-Encoding": "gzip"}, b"no gzip", "cannot be unpacked"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x")[:-9], "broke off"),
        ({"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b"x")), "did not ask for"),
        ({"Content-Encoding": "br"}, b"x", "did not ask for"),
        ({"Content-Length": "9999"}, b"x", "no whole answer"),
        ({"Transfer-Encoding": "chunked"}, b"zz\r\n", "no whole answer"),
    ],
    ids=[
        "long",
        "packed",
        "bomb",
        "not-packed",
        "broken-off",
        "packed-twice",
        "unknown",
        "shorter-than-said",
        "bad-chunk",
    ],
)
def test_what_is_too_much_or_broken_is_refused(
    web: FakeFeed, headers: dict[str, str], body: bytes, message: str
) -> None:
    web.answers["/feed"] = (200, {**headers, "Connection": "close"}, body)
    started = time.monotonic()
    with pytest.raises(SourceError, match=message):
        get(f"{web.url}/feed", max_body=1000, within_s=0.5)
    assert time.monotonic() - started < 3


def test_a_server_that_drips_is_cut_off(web: FakeFeed) -> None:
    started = time.monotonic()
    with pytest.raises(SourceError, match="took longer than"):
        get(f"{web.url}/drip", within_s=0.3)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, TimelineClosed),
        (403, TimelineClosed),
        (404, SourceError),
        (410, SourceError),
        (500, SourceError),
        (204, SourceError),
    ],
)
def test_a_status_is_an_error_of_ours_without_the_address_s_keys(
    web: FakeFeed, status: int, kind: type[SourceError]
) -> None:
    web.answers["/feed?key=hidden"] = (status, {}, b"")
    with pytest.raises(kind) as caught:
        get(f"{web.url}/feed?key=hidden")
    assert "hidden" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_asked_to_wait_it_says_until_when(web: FakeFeed) -> None:
    web.answers["/feed"] = (429, {"Retry-After": "120"}, b"")
    with pytest.raises(RateLimited) as caught:
        get(f"{web.url}/feed")
    assert caught.value.retry_at == NOW + timedelta(seconds=120)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "http://" + "a" * 70 + ".invalid/", "http://a..b/"]
)
def test_nobody_there_is_an_error_of_ours(url: str) -> None:
    with pytest.raises(SourceError):
        get(url, within_s=5)


def test_only_tags_that_may_be_sent_back_are_kept(web: FakeFeed) -> None:
    web.answers["/feed"] = (200, {"ETag": "x" * 5000, "Last-Modified": "Mon, 02 Mar 2026 11:00:00 GMT"}, b"x")
    got = get(f"{web.url}/feed")
    assert (got.etag, got.modified) == (None, "Mon, 02 Mar 2026 11:00:00 GMT")

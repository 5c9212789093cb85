"""Bad days: limits, resets, floods, silence."""

import gc
import gzip
import logging
import time
from collections.abc import Generator
from datetime import timedelta

import pytest

from bot.collect.budget import Budget
from bot.config.sources import MastodonSettings
from bot.errors import RateLimited, SourceError
from tests.servers.mastodon import FAULTS, TOKEN, FakeMastodon, fake_mastodon

from .asking import NOW, collect, settings, source, texts, with_token


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset": "2026-03-02T20:04:00.123Z"}, timedelta(minutes=4, milliseconds=123)),
        ({"X-RateLimit-Reset": "240"}, timedelta(minutes=4)),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 60)}, timedelta(minutes=1)),
        ({"Retry-After": "30"}, timedelta(seconds=30)),
        ({"Retry-After": "Mon, 02 Mar 2026 20:10:00 GMT"}, timedelta(minutes=10)),
        ({"Retry-After": "99999999"}, timedelta(hours=1)),
        ({"Retry-After": "-5"}, None),
        ({"X-RateLimit-Reset": "1999-01-01T00:00:00Z"}, timedelta(seconds=1)),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": "9" * 50}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_pause_that_the_instance_wants_is_told_and_kept_by_all_jobs(
    fake: FakeMastodon, headers: dict[str, str], wait: timedelta | None
) -> None:
    budget = Budget()
    fake.faults = {1: (429, "application/json", b"{}", headers)}
    with pytest.raises(RateLimited) as caught:
        list(source(settings(fake), budget=budget).pages(None))
    assert caught.value.retry_at == (NOW + wait if wait else None)
    asked = len(fake.asked)
    with pytest.raises(RateLimited):
        list(source(settings(fake, name="other"), budget=budget).pages(None))
    assert len(fake.asked) == asked


def test_a_used_up_budget_ends_the_run_before_the_instance_must(fake: FakeMastodon) -> None:
    fake.publish("o2")
    with pytest.raises(RateLimited) as caught:
        list(source(settings(fake), budget=Budget(requests=1)).pages(None))
    assert caught.value.retry_at is not None
    assert timedelta() < caught.value.retry_at - NOW <= timedelta(minutes=5)
    assert len(fake.asked) == 1


@pytest.mark.parametrize("resets", [1, 4])
def test_resets_are_tried_again(fake: FakeMastodon, resets: int) -> None:
    fake.publish("o2")
    fake.faults = dict.fromkeys(range(1, 1 + resets), FAULTS["a reset"])
    assert len(texts(collect(settings(fake))[0])) == 1


def test_a_busy_server_that_asks_to_wait_does_not_put_the_thread_to_sleep(fake: FakeMastodon) -> None:
    fake.faults = {0: FAULTS["503 with a wish"]}
    begun = time.monotonic()
    with pytest.raises(SourceError):
        collect(settings(fake))
    assert time.monotonic() - begun < 2


def test_a_server_that_drips_already_in_its_head_is_cut_off_at_the_deadline(fake: FakeMastodon) -> None:
    fake.faults = {0: lambda handler: handler.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")}
    with pytest.raises(SourceError, match="took longer than"):
        list(source(settings(fake), run_within_s=0.6).pages(None))


def test_an_answer_without_end_is_refused(fake: FakeMastodon) -> None:
    fake.faults = {1: (200, "application/json", b"[" + b" " * 9_000_000 + b"]", {})}
    with pytest.raises(SourceError, match="more than 8 MiB"):
        collect(settings(fake))


def test_a_packed_answer_without_end_is_refused(fake: FakeMastodon) -> None:
    bomb = gzip.compress(b" " * 200_000_000, 9)
    assert len(bomb) < 300_000
    fake.faults = {1: (200, "application/json", bomb, {"Content-Encoding": "gzip"})}
    with pytest.raises(SourceError, match="more than 8 MiB"):
        collect(settings(fake))


def test_another_host_is_not_followed(fake: FakeMastodon) -> None:
    with fake_mastodon() as other:
        fake.faults = {0: (302, "text/html", b"", {"Location": f"{other.url}/api/v2/instance"})}
        with pytest.raises(SourceError, match="sends us on to"):
            collect(with_token(fake))
        assert other.asked == []


def test_a_server_that_is_not_there_is_told_in_one_line(fake: FakeMastodon) -> None:
    chosen = MastodonSettings(kind="mastodon", name="m", url="http://127.0.0.1:9", hashtags=("o2",))
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9: cannot be reached"):
        collect(chosen)


def test_the_libraries_never_write_at_debug(fake: FakeMastodon, caplog: pytest.LogCaptureFixture) -> None:
    fake.publish("o2")
    with caplog.at_level(logging.DEBUG):
        collect(with_token(fake))
    assert TOKEN not in caplog.text
    assert [
        record.name for record in caplog.records if record.name.startswith(("urllib3", "mastodon", "requests"))
    ] == []


def test_a_run_that_is_dropped_halfway_leaves_no_connection_open(fake: FakeMastodon) -> None:
    fake.page = 1
    for _ in range(5):
        fake.publish("o2")
    pages = source(settings(fake)).pages(None)
    assert isinstance(pages, Generator)
    next(pages)
    pages.close()  # an open socket would be a ResourceWarning, and so an error
    gc.collect()

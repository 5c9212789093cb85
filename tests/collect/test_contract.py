"""What every source promises (`bot/collect/base.py`). `contract.py` says how a source joins."""

import logging
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.errors import BotError, SourceError
from tests.servers.imap import PASSWORD
from tests.servers.mastodon import TOKEN
from tests.servers.x import TOKEN as X_TOKEN

from .contract import DRIP, PLATFORMS, Platform, Reader

MOST_PAGES = 60  # of one run, far above what any of these sources needs here


def test_everything_newer_than_the_cursor_is_handed_over(platform: Platform) -> None:
    published = platform.publish(17)
    reader = Reader(platform).run()
    assert reader.have == published
    for count in (1, 0, 23):
        published |= platform.publish(count)
        reader.run()
        assert reader.have == published


def test_a_post_has_a_name_a_source_and_a_text(platform: Platform) -> None:
    platform.publish(12)
    reader = Reader(platform).run()
    for page in reader.pages:
        for post in page.posts:
            assert post.id.source == platform.source().name
            assert post.id.native
            assert "Netz" in post.text


def test_no_cursor_passes_a_post_that_was_not_handed_over(platform: Platform) -> None:
    published = platform.publish(14)
    reader = Reader(platform).run()
    published |= platform.publish(26)
    whole = len(reader.again().run().pages)
    for stopped_after in range(whole):
        stopped = reader.again().run(most_pages=stopped_after)
        assert stopped.again().run().have == published, f"lost after page {stopped_after}"


def test_the_first_run_stopped_at_any_page_loses_nothing(platform: Platform) -> None:
    published = platform.publish(16)
    whole = len(Reader(platform).run().pages)
    for stopped_after in range(whole):
        stopped = Reader(platform).run(most_pages=stopped_after)
        assert stopped.again().run().have == published


def test_a_failure_at_any_request_loses_nothing_and_is_one_of_our_errors(platform: Platform) -> None:
    published = platform.publish(9)
    begun = Reader(platform).run()
    published |= platform.publish(11)
    requests = requests_of_a_run(platform, begun)
    for turn, fault in enumerate(platform.faults):
        for number in range(turn % 3, requests, 3):  # every request meets a third of the faults
            fail_and_go_on(platform, begun, number, fault, published)


def test_a_first_run_that_fails_anywhere_loses_nothing(platform: Platform) -> None:
    published = platform.publish(13)
    nothing = Reader(platform)
    requests = requests_of_a_run(platform, nothing)
    for turn, fault in enumerate(platform.faults):
        for number in range(turn % 5, requests, 5):
            fail_and_go_on(platform, nothing, number, fault, published)


def requests_of_a_run(platform: Platform, begun: Reader) -> int:
    before = platform.requests()
    begun.again().run()
    return platform.requests() - before


def fail_and_go_on(platform: Platform, begun: Reader, number: int, fault: str, published: set[str]) -> None:
    what = f"{fault} at request {number}"
    broken = begun.again()
    platform.befall(number, fault)
    told = ""
    try:
        broken.run()
    except BotError as error:  # any other error is a bug and ends the test
        told = str(error)
    told = told or next((line for page in broken.pages for line in page.warnings), "")
    assert "\n" not in told, what
    assert len(told) < 300, what
    assert "secret" not in told, what
    assert told or broken.have == published, f"lost, and nobody noticed: {what}"
    platform.befall(10_000, fault)
    assert broken.run().have == published, f"lost by: {what}"


RUNS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.none() | st.integers(0, 99), st.integers(0, 5)),
    min_size=1,
    max_size=4,
)  # each: posts published before it, the request that something befalls, what that is, pages after which it is stopped (0: none)


@pytest.mark.parametrize("kind", PLATFORMS)
@settings(
    phases=[Phase.generate],
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(runs=RUNS)
def test_any_row_of_bad_runs_loses_nothing_and_logs_no_secret_and_no_text(
    kind: str, runs: list[tuple[int, int, int | None, int]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with tempfile.TemporaryDirectory() as folder, PLATFORMS[kind](Path(folder)) as platform:
        published: set[str] = set()
        reader = Reader(platform)
        for count, request, fault, stop in runs:
            published |= platform.publish(count)
            platform.befall(10_000 if fault is None else request, platform.faults[(fault or 0) % len(platform.faults)])
            with suppress(BotError):
                reader.run(stop or 1000)
        platform.befall(10_000, platform.faults[0])
        published |= platform.publish(1)  # a stream that never showed anything is no calm, and says so
        assert reader.run().have == published
    logged = [
        record.getMessage() for record in caplog.records if record.name != "websockets.server"
    ]  # the stand-in's own
    assert not [line for line in logged for word in ("Netz", X_TOKEN, TOKEN, PASSWORD) if word in line]


def test_a_server_that_drips_is_left_in_time(platform: Platform) -> None:
    """Of a few bytes a second no read timeout takes note."""
    published = platform.publish(3)
    if platform.within_s:
        platform.within_s = 0.5
        platform.befall(0, DRIP)
        with pytest.raises(SourceError, match="took longer than"):
            Reader(platform).run()
        platform.within_s = 60.0
        platform.befall(10_000, DRIP)
    assert Reader(platform).run().have == published


def test_a_flood_is_read_in_bounded_runs_that_say_so_and_nothing_is_lost(platform: Platform) -> None:
    published = platform.publish(6)
    reader = Reader(platform).run()
    published |= platform.publish(160)
    for _ in range(20):
        pages_before = len(reader.pages)
        reader.run()
        fresh = reader.pages[pages_before:]
        assert len(fresh) <= MOST_PAGES
        if reader.have == published:
            return
        assert any(page.truncated or page.gaps for page in fresh), "posts were left behind in silence"
    assert reader.have == published or any(page.gaps for page in reader.pages)


def test_a_cursor_that_is_none_of_ours_starts_anew(platform: Platform) -> None:
    published = platform.publish(7)
    half_ours = (
        '{"version":1,"timelines":{"#o2":{}}}',
        '{"version":1,"timelines":3}',
        '{"version":1,"timelines":{},"partial":3}',
    )
    for cursor in ("", "nonsense", "{}", "[]", "null", "a:b", "0:99999999999999999999", "[" * 99_999, *half_ours):
        assert Reader(platform, cursor).run().have == published

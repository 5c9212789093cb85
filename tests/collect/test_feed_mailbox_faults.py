"""Runs in a row with faults drawn at random: in the end all has been handed over, and only our errors came out."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.errors import BotError
from tests.servers import feed, imap

from .contract import FeedServer, MailServer, Reader

RUNS = st.lists(
    st.tuples(st.integers(0, 9), st.dictionaries(st.integers(0, 9), st.integers(0, 99), max_size=4), st.integers(0, 5)),
    min_size=1,
    max_size=5,
)  # each: posts published before it, faults by request, pages after which it is stopped (0: none)


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Iterator[imap.FakeImap]:
    with imap.fake_imap(Path(tmp_path_factory.mktemp("imap"))) as fake:
        yield fake


@pytest.fixture(scope="module")
def web() -> Iterator[feed.FakeFeed]:
    with feed.fake_feed() as fake:
        yield fake


def go_through(
    platform: FeedServer | MailServer, fake: feed.FakeFeed | imap.FakeImap, runs: list[tuple[int, dict[int, int], int]]
) -> None:
    published: set[str] = set()
    reader = Reader(platform)
    for count, faults, stop in runs:
        published |= platform.publish(count)
        first = len(fake.asked)
        fake.faults = {first + number: platform.faults[kind % len(platform.faults)] for number, kind in faults.items()}
        with suppress(BotError):
            reader.run(stop or 1000)
    fake.faults = {}
    assert reader.run().have == published


@hypothesis_settings(deadline=None, max_examples=25)
@given(RUNS)
def test_a_feed_loses_nothing(web: feed.FakeFeed, runs: list[tuple[int, dict[int, int], int]]) -> None:
    web.entries.clear()
    go_through(FeedServer(web), web, runs)


@hypothesis_settings(deadline=None, max_examples=25)
@given(RUNS)
def test_a_mailbox_loses_nothing(
    mails: imap.FakeImap, password: None, runs: list[tuple[int, dict[int, int], int]]
) -> None:
    mails.mails.clear()
    mails.validity += 1
    go_through(MailServer(mails), mails, runs)


@pytest.fixture(scope="module")
def password() -> Iterator[None]:
    """The password for all examples: a function's own would be gone after the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILBOX_PASSWORD", imap.PASSWORD)
        yield

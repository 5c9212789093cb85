"""Streams, which hasten the next reading and carry nothing: Mastodon.py against a stand-in on loopback (snac 2.75 has none)."""

import logging
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.collect.budget import Budget
from bot.collect.mastodon.stream import Streams
from tests.loopback import PATIENCE_S
from tests.servers.mastodon import EPOCH, FAULTS, TOKEN, FakeMastodon, event

from .asking import collect, texts, with_token

Heard = queue.SimpleQueue[None]


@contextmanager
def listening(fake: FakeMastodon, **changes: Any) -> Iterator[Heard]:
    """Two hashtags and the notifications."""
    heard: Heard = queue.SimpleQueue()
    chosen = with_token(fake, hashtags=("o2", "o2de"), stream=True, **changes)
    streams = Streams(chosen, lambda: heard.put(None), budget=Budget(10_000), first_wait_s=0.01)
    try:
        yield heard
    finally:
        streams.close()
        assert streams.join(PATIENCE_S)


def is_silent(heard: Heard, fake: FakeMastodon) -> bool:
    """Nothing was heard but the one word we wait for last: a stream comes in order."""
    fake.tell("o2", event("update", {}))
    heard.get(timeout=PATIENCE_S)
    return heard.empty()


def test_a_post_and_a_mention_are_heard_of(fake: FakeMastodon) -> None:
    with listening(fake) as heard:
        fake.wait_for_streams(3)
        for write in (lambda: fake.publish("o2"), lambda: fake.publish("o2de"), fake.mention):
            write()
            heard.get(timeout=PATIENCE_S)
        assert is_silent(heard, fake)
    asked = [(path, query) for path, query, _ in fake.asked if "streaming" in path]
    assert sorted(query.get("tag", "") for _, query in asked) == ["", "o2", "o2de"]


def test_what_is_no_new_post_is_not_heard(fake: FakeMastodon) -> None:
    with listening(fake) as heard:
        fake.wait_for_streams(3)
        fake.tell("o2", b":thump\n" + event("delete", "17") + event("status.update", {}) + event("what's this", 1))
        fake.tell("o2", b"x" * 200_000 + b"\n")  # a line without an end is not kept
        assert is_silent(heard, fake)


GARBAGE = {
    "half an event": b"event: upd",
    "broken JSON": b"event: update\ndata: {]\n\n",
    "no data": b"event: update\n\n",
    "not UTF-8": b"\xff\xfe\n\n",
    "no field": b"\n\n:\nfoo\n\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_and_a_hang_up_lose_nothing(fake: FakeMastodon, garbage: bytes) -> None:
    """What was posted meanwhile is read at the next turn, and what is posted later is heard again."""
    with listening(fake) as heard:
        fake.publish("o2", "vorher")
        pages, cursor = collect(with_token(fake), now=EPOCH)
        fake.wait_for_streams(3)
        fake.tell("o2", garbage)
        fake.hang_up()
        fake.publish("o2", "nachher")
        later, _ = collect(with_token(fake), cursor, now=EPOCH)
        assert {*texts(pages), *texts(later)} == {"vorher #o2", "nachher #o2"}
        fake.wait_for_streams(3)
        while not heard.empty():
            heard.get()
        fake.publish("o2")
        heard.get(timeout=PATIENCE_S)


@pytest.mark.parametrize("fault", [name for name in FAULTS if "429" not in name and "503" not in name])
def test_a_bad_answer_to_the_opening_is_tried_again(fake: FakeMastodon, fault: str) -> None:
    fake.faults = dict.fromkeys(range(12), FAULTS[fault])
    with listening(fake) as heard:
        fake.wait_for_streams(3)
        fake.mention()
        heard.get(timeout=PATIENCE_S)


def test_an_instance_without_streams_is_told_of_once_and_the_token_never(
    fake: FakeMastodon, caplog: pytest.LogCaptureFixture
) -> None:
    fake.has_streams = False
    with caplog.at_level(logging.DEBUG), listening(fake):
        fake.wait_for_requests(20)
    told = [record.getMessage() for record in caplog.records if record.name == "brennpunkt"]
    assert len(told) == 1
    assert "m: no stream, reads at its usual times (127.0.0.1" in told[0]
    assert TOKEN not in caplog.text


def test_a_stream_that_breaks_off_is_opened_again_without_a_word(
    fake: FakeMastodon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with listening(fake):
        fake.wait_for_streams(3)
        before = len(fake.asked)
        fake.hang_up()
        fake.wait_for_requests(before + 3)
    assert [record for record in caplog.records if record.name == "brennpunkt"] == []


def test_a_host_that_asks_for_a_pause_is_left_alone_by_streams_and_by_all_others(
    fake: FakeMastodon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fake.faults = dict.fromkeys(range(20), FAULTS["429 without a time"])
    budget, told = Budget(10_000), Told()
    logging.getLogger("brennpunkt").addHandler(told)
    streams = Streams(with_token(fake, hashtags=("o2",), stream=True), list, budget=budget, first_wait_s=0.01)
    try:
        assert "pause" in told.lines.get(timeout=PATIENCE_S)
    finally:
        logging.getLogger("brennpunkt").removeHandler(told)
        streams.close()
        assert streams.join(PATIENCE_S)
    assert budget.spend(fake.url.removeprefix("http://")) > 0


class Told(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put(record.getMessage())

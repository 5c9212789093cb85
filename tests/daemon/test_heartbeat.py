"""A scheduler that stands still is started anew; one that does so again ends the process."""

import pytest

from bot.daemon import heartbeat
from bot.daemon.heartbeat import DEAD_AFTER_S, Heartbeat


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_as_stopped_when_no_beat_came_for_long() -> None:
    clock = Clock()
    heart = Heartbeat(clock)
    clock.now += DEAD_AFTER_S
    assert not heart.stopped
    clock.now += 1
    assert heart.stopped
    heart.beat()
    assert not heart.stopped


def test_one_that_was_started_anew_gets_its_time_and_is_known_until_it_beats() -> None:
    clock = Clock()
    heart = Heartbeat(clock)
    clock.now += DEAD_AFTER_S + 1
    heart.give_time()
    assert (heart.stopped, heart.revived) == (False, True)
    heart.beat()
    assert not heart.revived


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens"])
def test_without_systemd_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    heartbeat.tell_systemd("READY=1")

import threading
from datetime import timedelta

import pytest

from bot.web.desk import kept
from bot.web.desk.kept import MOST, Kept, StillCounting
from tests.factories import NOON

MINUTE = timedelta(minutes=1)


def test_a_value_is_made_once_and_again_when_it_is_too_old() -> None:
    store, made = Kept(), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert store.get("a", make, now=NOON, fresh=MINUTE) == 1
    assert store.get("a", make, now=NOON + MINUTE, fresh=MINUTE) == 1
    assert store.get("a", make, now=NOON + 2 * MINUTE, fresh=MINUTE) in (
        1,
        2,
    )  # the old one, or the new one if it was quick
    with store._made:
        store._made.wait_for(lambda: not store._making, 10)
    assert store.get("a", make, now=NOON + 2 * MINUTE, fresh=MINUTE) == 2


def test_who_asks_for_what_takes_long_is_told_and_it_is_made_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PATIENCE_S", 0.0)
    store, go = Kept(), threading.Event()

    def make() -> str:
        go.wait(10)
        return "done"

    for _ in range(2):
        with pytest.raises(StillCounting):
            store.get("a", make, now=NOON, fresh=MINUTE)
    go.set()
    with store._made:
        store._made.wait_for(lambda: "a" in store._values, 10)
    assert store.get("a", make, now=NOON, fresh=MINUTE) == "done"


def test_memory_is_bounded_and_a_failure_is_no_value() -> None:
    store = Kept()
    for number in range(MOST + 5):
        store.get(number, lambda: 1, now=NOON, fresh=MINUTE)
    assert len(store._values) == MOST

    def fails() -> int:
        raise RuntimeError

    with pytest.raises(StillCounting):
        store.get("bad", fails, now=NOON, fresh=MINUTE)

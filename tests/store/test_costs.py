import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import store
from bot.domain import Cost, Gap
from tests.factories import NOON

CENT = 10_000


def purse(
    db: store.Database, *, daily: int = 100 * CENT, monthly: int = 1000 * CENT, now: datetime = NOON
) -> store.Purse:
    return store.Purse(db, "x", daily, monthly, lambda: now)


TODAY = NOON.date()


def spent(db: store.Database, day: date = TODAY) -> list[Cost]:
    return store.costs_between(db, day, day + timedelta(days=1))


def test_what_was_set_aside_is_replaced_by_what_was_spent(db: store.Database) -> None:
    money = purse(db)
    assert money.reserve(wanted=50 * CENT, least=5 * CENT) == 50 * CENT
    assert spent(db) == [Cost("x", 50 * CENT, 1)]
    money.settle(3 * CENT)
    assert spent(db) == [Cost("x", 3 * CENT, 1)]


def test_money_set_aside_for_an_answer_that_never_came_stays_counted(db: store.Database) -> None:
    purse(db).reserve(wanted=50 * CENT, least=5 * CENT)
    assert purse(db).reserve(wanted=60 * CENT, least=5 * CENT) == 50 * CENT
    assert purse(db).reserve(wanted=60 * CENT, least=5 * CENT) == 0
    assert spent(db) == [Cost("x", 100 * CENT, 2)]


@pytest.mark.parametrize(
    ("daily", "monthly"), [(10 * CENT, 1000 * CENT), (1000 * CENT, 10 * CENT)], ids=["day", "month"]
)
def test_the_last_money_under_a_cap_is_given_out_unless_it_is_too_little(
    db: store.Database, daily: int, monthly: int
) -> None:
    money = purse(db, daily=daily, monthly=monthly)
    assert money.reserve(wanted=50 * CENT, least=11 * CENT) == 0
    assert money.reserve(wanted=50 * CENT, least=10 * CENT) == 10 * CENT
    assert money.reserve(wanted=1, least=1) == 0


def test_a_new_day_brings_new_money_and_a_new_month_too(db: store.Database) -> None:
    def granted(now: datetime) -> int:
        return purse(db, daily=10, monthly=15, now=now).reserve(wanted=10, least=1)

    assert [granted(NOON), granted(NOON), granted(NOON + timedelta(days=1)), granted(NOON + timedelta(days=2))] == [
        10,
        0,
        5,
        0,
    ]
    assert granted(datetime(2026, 4, 1, tzinfo=UTC)) == 10


def test_a_request_over_midnight_is_settled_on_the_day_it_was_asked(db: store.Database) -> None:
    times = iter([datetime(2026, 3, 2, 23, 59, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)])
    money = store.Purse(db, "x", 100, 100, lambda: next(times))
    money.reserve(wanted=10, least=1)
    money.settle(4)
    assert spent(db, date(2026, 3, 2)) == [Cost("x", 4, 1)]
    assert spent(db, date(2026, 3, 3)) == []


def test_two_processes_at_once_do_not_pass_the_cap_together(tmp_path: Path) -> None:
    databases = [
        store.open_database(tmp_path / "a.db") for _ in range(2)
    ]  # as the daemon and `brennpunkt collect` would
    granted: list[int] = []

    def ask(db: store.Database) -> None:
        granted.extend(purse(db, daily=20).reserve(wanted=1, least=1) for _ in range(20))

    threads = [threading.Thread(target=ask, args=[db]) for db in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 20
    assert spent(databases[0]) == [Cost("x", 20, 20)]
    for db in databases:
        db.close()


def test_a_gap_that_was_filled_after_all_goes(db: store.Database) -> None:
    with store.transaction(db):
        store.add_source(db, "x")
        store.add_gaps(db, [Gap("x", NOON, None, "no money"), Gap("x", NOON, None, "no answer")])
        store.add_gaps(db, [Gap("x", NOON, NOON, "no money")])
    (health,) = store.health(db, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1))
    assert [gap.reason for gap in health.gaps] == ["no answer"]

from datetime import UTC, datetime, timedelta

from bot.watch.volume import Rise, find_rise

NOW = datetime(2026, 3, 17, 14, 20, tzinfo=UTC)
LAST = datetime(2026, 3, 17, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)


def counts(each: int = 40, **last: int) -> dict[datetime, int]:
    """As many in every hour of six days, but for the last whole one."""
    return {LAST - n * HOUR: each for n in range(1, 144)} | {LAST: last.get("last", each), LAST + HOUR: 9}


def test_an_hour_with_far_more_posts_than_usual_stands_out() -> None:
    assert find_rise(counts(last=240), NOW) == Rise(LAST, 240, 40.0)


def test_chance_a_few_posts_and_an_hour_not_over_do_not() -> None:
    assert find_rise(counts(last=80), NOW) is None
    assert find_rise(counts(each=1, last=19), NOW) is None
    assert find_rise(counts() | {LAST + HOUR: 900}, NOW) is None


def test_what_was_not_counted_is_not_empty() -> None:
    assert find_rise({LAST: 500}, NOW) is None
    assert find_rise({hour: n for hour, n in counts(last=240).items() if hour != LAST}, NOW) is None

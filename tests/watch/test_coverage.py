from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain import Gap
from bot.watch.coverage import Heard, coverage

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=BERLIN).astimezone(UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
WEEK = (MIDNIGHT - 3 * DAY, MIDNIGHT + 3 * DAY)


def test_a_live_source_vouches_from_its_first_good_run_to_its_last() -> None:
    known = coverage([], {"live": (MIDNIGHT + 6 * HOUR, MIDNIGHT + 2 * DAY)}, [], BERLIN, MIDNIGHT + 5 * DAY)
    assert known.heard(MIDNIGHT - DAY, MIDNIGHT) is Heard.NOTHING
    assert known.heard(MIDNIGHT, MIDNIGHT + DAY) is Heard.PART
    assert known.heard(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY) is Heard.ALL
    assert known.heard(MIDNIGHT + 3 * DAY, MIDNIGHT + 4 * DAY) is Heard.NOTHING


def test_a_gap_of_one_source_is_a_part_and_of_all_is_nothing() -> None:
    gap = Gap("live", MIDNIGHT, None, "login withdrawn")
    alone = coverage([], {"live": WEEK}, [gap], BERLIN, MIDNIGHT + DAY)
    beside = coverage([], {"live": WEEK, "other": WEEK}, [gap], BERLIN, MIDNIGHT + DAY)
    assert alone.heard(MIDNIGHT, MIDNIGHT + DAY) is Heard.NOTHING
    assert beside.heard(MIDNIGHT, MIDNIGHT + DAY) is Heard.PART
    assert beside.heard(MIDNIGHT - DAY, MIDNIGHT) is Heard.ALL
    assert not beside.whole(MIDNIGHT + HOUR)


def test_an_archive_vouches_for_the_local_days_it_shows_something_on() -> None:
    seen = [("archive", MIDNIGHT + hours * HOUR) for hours in (-4, 13, 49)]
    known = coverage(seen, {}, [], BERLIN, MIDNIGHT + 5 * DAY)
    assert known.heard(MIDNIGHT, MIDNIGHT + DAY) is Heard.ALL
    assert known.heard(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY) is Heard.NOTHING


def test_an_archive_that_ends_in_the_morning_says_nothing_of_the_afternoon() -> None:
    seen = [("archive", MIDNIGHT + hours * HOUR) for hours in (6, 30, 33)]
    known = coverage(seen, {}, [], BERLIN, MIDNIGHT + 5 * DAY)
    assert known.heard(MIDNIGHT, MIDNIGHT + DAY) is Heard.PART
    assert known.heard(MIDNIGHT + 6 * HOUR, MIDNIGHT + 34 * HOUR) is Heard.ALL
    assert known.heard(MIDNIGHT + 34 * HOUR, MIDNIGHT + 2 * DAY) is Heard.NOTHING


def test_the_form_has_no_end() -> None:
    known = coverage([("form", MIDNIGHT + 13 * HOUR)], {}, [], BERLIN, MIDNIGHT + 5 * DAY)
    assert known.heard(MIDNIGHT, MIDNIGHT + DAY) is Heard.ALL


def test_the_day_the_clocks_change_has_its_own_length() -> None:
    sunday = datetime(2026, 3, 29, tzinfo=BERLIN)
    begin = sunday.astimezone(UTC)
    seen = [("archive", begin + hours * HOUR) for hours in (-1, 5, 23)]
    known = coverage(seen, {}, [], BERLIN, begin + 9 * DAY)
    assert sum(begin <= hour < begin + 23 * HOUR for hour in known.active["archive"]) == 23
    assert known.heard(begin, begin + 23 * HOUR) is Heard.ALL

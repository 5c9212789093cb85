from datetime import date, timedelta

import pytest

from bot.watch.wave import Wave, find_wave

LAST = date(2026, 3, 17)


def days(*people: int | None, calm: int = 40) -> list[tuple[date, int | None]]:
    """So many calm days with ten people or eleven, then these; the last of them is LAST."""
    counts = [*(10 + n % 2 for n in range(calm)), *people]
    return [(LAST - timedelta(days=len(counts) - 1 - n), count) for n, count in enumerate(counts)]


def test_calm_days_are_no_wave_and_one_loud_day_is_early_warnings_own() -> None:
    assert find_wave(days()) is None
    assert find_wave(days(90)) is None
    assert find_wave(days(14, 15, 13)) is None


@pytest.mark.parametrize(
    ("people", "state"),
    [
        ((50, 90, 200), "rising"),
        ((50, 200, 180), "lasting"),
        ((50, 200, 180, 90), "ebbing"),
        ((50, 200, 90, 11), "over"),
    ],
)
def test_a_wave_says_how_it_stands(people: tuple[int, ...], state: str) -> None:
    wave = find_wave(days(*people))
    assert wave is not None
    assert (wave.state, wave.height, wave.calm) == (state, 200, 10.5)
    assert wave.first == LAST - timedelta(days=len(people) - 1)


def test_what_is_over_is_told_once() -> None:
    assert find_wave(days(50, 200, 90, 11, 10)) is None


def test_a_wave_of_weeks_is_still_compared_with_the_calm_before_it() -> None:
    wave = find_wave(days(*[200] * 20))
    assert wave is not None
    assert (wave.first, wave.calm) == (LAST - timedelta(days=19), 10.5)


def test_a_day_nobody_listened_to_does_not_end_it() -> None:
    assert find_wave(days(50, None, 180)) == Wave(LAST - timedelta(days=2), LAST, LAST, 180, 10.5, "rising")


def test_without_calm_days_before_it_nobody_can_say() -> None:
    assert find_wave(days(50, 200, calm=5)) is None
    assert find_wave([]) is None


def test_few_people_are_no_wave() -> None:
    quiet = [(LAST - timedelta(days=n), 1) for n in range(40, 1, -1)]
    assert find_wave([*quiet, (LAST - timedelta(days=1), 6), (LAST, 7)]) is None

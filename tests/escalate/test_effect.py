"""Did it help? Told only where the numbers say so, whatever the rest of the country does and whoever did not listen."""

import math
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.escalate.cases import Case, Spot, State, Trouble
from bot.escalate.effect import FEWEST_DAYS, WINDOW, Day, Verdict, days_of, judge
from tests.factories import complaint

FIXED = date(2026, 3, 10)


def days(
    before: float, after: float, elsewhere: tuple[float, float] = (200, 200), gaps: int = 0, seed: int = 1
) -> list[Day]:
    """Around the fix, with so many people a day; `gaps`: days nobody listened to, on each side."""
    draw = random.Random(seed)
    return [
        Day(FIXED + timedelta(days=n), poisson(draw, before if n < 0 else after), poisson(draw, elsewhere[n > 0]))
        for n in range(-WINDOW, WINDOW + 1)
        if n and abs(n) > gaps
    ]


def poisson(draw: random.Random, mean: float) -> int:
    count, product = -1, 1.0
    while product > math.exp(-min(mean, 500)):
        product *= draw.random()
        count += 1
    return max(count, 0)


def test_a_rate_that_fell_is_verified_with_its_numbers() -> None:
    found = judge(days(4, 0.5), FIXED)
    assert found.verdict is Verdict.VERIFIED
    assert found.ratio is not None
    assert found.ratio < 0.3
    assert found.fact.kind == "effect_elsewhere"


def test_what_ebbs_everywhere_proves_nothing_here() -> None:
    assert judge(days(8, 2, elsewhere=(400, 100)), FIXED).verdict is not Verdict.VERIFIED


def test_what_falls_while_the_rest_rises_is_verified() -> None:
    assert judge(days(4, 3, elsewhere=(100, 300)), FIXED).verdict is Verdict.VERIFIED


def test_the_same_rate_is_no_change() -> None:
    assert judge(days(6, 6), FIXED).verdict is Verdict.NO_CHANGE


@pytest.mark.parametrize(
    "given",
    [days(0.1, 0.0), days(4, 0.2, gaps=WINDOW - FEWEST_DAYS + 1), days(0, 0), [], days(0.3, 0.2)],
    ids=["hardly anybody", "nobody listened", "nobody", "no days", "few"],
)
def test_too_few_data_are_told_as_such(given: list[Day]) -> None:
    assert judge(given, FIXED).verdict is Verdict.TOO_FEW


def test_days_nobody_listened_to_count_on_neither_side() -> None:
    whole, half = (
        judge(days(4, 0.5), FIXED),
        judge([day for day in days(4, 0.5) if day.day < FIXED or day.day.day % 2], FIXED),
    )
    assert half.verdict is Verdict.VERIFIED
    assert half.days_after < whole.days_after


@pytest.mark.parametrize(
    "trend", [(200, 200), (300, 100), (100, 300), (1, 1)], ids=["steady", "ebbing", "rising", "alone"]
)
def test_where_nothing_changed_at_most_one_in_twenty_is_called_verified(trend: tuple[float, float]) -> None:
    scale = trend[1] / trend[0]
    wrong = sum(judge(days(3, 3 * scale, trend, seed=n), FIXED).verdict is Verdict.VERIFIED for n in range(200))
    assert wrong <= 15  # 5 % of 200 is 10, and a draw may lie above


def test_days_that_scatter_beyond_chance_do_not_prove_more() -> None:
    draw, wrong = random.Random(7), 0
    for seed in range(100):
        noisy = [Day(d.day, d.here * draw.choice((0, 0, 3)), d.elsewhere) for d in days(2, 2, seed=seed)]
        wrong += judge(noisy, FIXED).verdict is Verdict.VERIFIED
    assert wrong <= 8


def test_most_real_improvements_are_found() -> None:
    assert sum(judge(days(2, 0.6, seed=n), FIXED).verdict is Verdict.VERIFIED for n in range(100)) >= 90


def test_people_of_the_case_are_told_from_all_others_by_place_and_kind() -> None:
    noon = datetime(2026, 3, 12, 12, tzinfo=UTC)
    case = Case(
        1, State.FIXED, (Spot("Köln", "Deutz", Trouble.OVERLOAD),), noon, noon, 9, 9, FIXED, FIXED, fixed_on=FIXED
    )  # fmt: skip
    given = [
        complaint(at=noon, district="Deutz", who="kim"),
        complaint(at=noon, district="Deutz", who="kim"),
        complaint(at=noon, district="Kalk"),
        complaint(at=noon, city="Bonn"),
    ]
    assert days_of(given, case, FIXED, {noon.date()}, UTC) == [Day(noon.date(), 1, 2)]
    whole_city = Case(1, State.FIXED, (Spot("Köln", "", Trouble.OVERLOAD),), noon, noon, 9, 9, FIXED, FIXED)
    assert days_of(given, whole_city, FIXED, {noon.date()}, UTC) == [Day(noon.date(), 2, 1)]

"""The measuring itself, on few months; the figures come from `brennpunkt backtest`."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from bot.watch.backtest import OURS, backtest, backtest_parts
from bot.watch.months import draw_month, with_storms


def test_a_month_is_the_same_for_the_same_seed_and_storms_only_add() -> None:
    calm = draw_month(1, 7)
    assert draw_month(1, 7).arrivals == calm.arrivals
    stormy = with_storms(calm, 7, 10)
    assert sum(stormy.counts) > sum(calm.counts)
    assert all(one[0] <= other[0] for one, other in pairwise(stormy.arrivals))
    assert all(a >= b for a, b in zip(stormy.counts, calm.counts, strict=True))


def test_hours_scatter_as_wildly_as_real_ones() -> None:
    month = draw_month(20, 3)
    pure = draw_month(20, 3, wild=0)

    def excess(counts: Sequence[float], rates: Sequence[float]) -> float:
        hours = [(sum(seen), sum(mean)) for seen, mean in zip(_hours(counts), _hours(rates), strict=True)]
        return sum((seen - mean) ** 2 - mean for seen, mean in hours) / sum(mean**2 for _, mean in hours)

    assert excess(month.counts, pure.rates) == pytest.approx(0.13, abs=0.06)
    assert abs(excess(pure.counts, pure.rates)) < 0.01


def _hours(steps: Sequence[float]) -> list[Sequence[float]]:
    return [steps[at : at + 12] for at in range(0, len(steps), 12)]


def test_strong_storms_are_found_soon_and_a_calm_month_stays_calm() -> None:
    rows = {row.rule: row for row in backtest(4, [11], training=[12])}
    ours = rows[OURS]
    assert ours.false_a_week <= 1
    assert (ours.found[1].found, ours.found[1].storms) == (2, 2)
    assert ours.found[1].delay_min is not None
    assert ours.found[1].delay_min <= 40


def test_a_storm_of_one_city_is_found_by_name_in_a_month_that_is_otherwise_calm() -> None:
    (city, symptom, technology) = backtest_parts(20, [11])
    assert (city.kind, city.series, symptom.kind, technology.kind) == ("city", 40, "symptom", "technology")
    assert city.found[1].found == 2
    assert city.false_a_week + symptom.false_a_week + technology.false_a_week <= 1


def test_the_other_rules_take_their_thresholds_from_months_that_they_are_not_measured_on() -> None:
    assert backtest(4, [11], [13])[0] == backtest(4, [11], [12])[0]
    thresholds = [[row.threshold for row in backtest(4, [11], training)][1:] for training in ([12], [13])]
    assert thresholds[0] != thresholds[1]

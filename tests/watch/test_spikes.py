import math
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Complaint, Gap
from bot.simulate import BUSY
from bot.watch.coverage import Coverage, coverage
from bot.watch.spikes import arrivals, find_spikes
from bot.watch.usual import Usual, tail
from tests.factories import complaint

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def usual_weeks(
    rate: float, days: int, seed: int = 1, without: tuple[datetime, datetime] | None = None
) -> list[Complaint]:
    """Complaints as chance brings them: `rate` an hour on average, more in the evening, all by different people."""
    rng = random.Random(seed)
    found = []
    for number in range(days * 24):
        hour = START + number * HOUR
        if without and without[0] <= hour < without[1]:
            continue
        mean = rate * 24 * BUSY[hour.astimezone(BERLIN).hour] / sum(BUSY)
        arriving = rng.expovariate(mean)
        while arriving < 1:
            found.append(complaint(at=hour + arriving * HOUR, city=rng.choice(["Köln", "Bonn", None])))
            arriving += rng.expovariate(mean)
    return found


def burst(at: datetime, count: int, within: timedelta = HOUR, **changes: object) -> list[Complaint]:
    return [complaint(at=at + number * within / count, **changes) for number in range(count)]


def listened(days: int, gaps: Iterable[Gap] = (), since: datetime = START) -> Coverage:
    until = START + days * DAY
    return coverage([], {"live": (since, until)}, gaps, BERLIN, until)


def test_an_hour_far_off_is_an_incident_with_its_figures_and_its_place() -> None:
    at = START + 60 * DAY + 12 * HOUR
    complaints = usual_weeks(2, 61) + burst(at, 20, city="Mannheim")
    (spike,) = find_spikes(complaints, listened(61), BERLIN, since=at, until=at + 6 * HOUR)
    assert spike.rule == "whole"
    assert timedelta() < spike.at - at <= HOUR / 2
    assert spike.observed >= 18 > 4 * spike.expected
    assert spike.p < 1e-6
    assert spike.places[0][0] == "Mannheim"
    assert ("city", "Mannheim") in [(part.kind, part.name) for part in spike.parts]
    assert not spike.learning


def test_several_hours_somewhat_off_are_found_too() -> None:
    at = START + 60 * DAY + 8 * HOUR
    more = [c for hour in range(8) for c in burst(at + hour * HOUR, 12, city=f"town {hour}")]
    assert find_spikes(usual_weeks(3, 61), listened(61), BERLIN, since=at, until=at + 8 * HOUR) == []
    (spike,) = find_spikes(usual_weeks(3, 61) + more, listened(61), BERLIN, since=at, until=at + 8 * HOUR)
    assert spike.since >= at - 4 * HOUR


def test_one_city_that_stands_out_is_found_where_the_network_as_a_whole_does_not() -> None:
    at = START + 60 * DAY + 18 * HOUR
    complaints = usual_weeks(20, 61) + burst(at, 12, city="Mannheim", within=2 * HOUR)
    (spike,) = find_spikes(complaints, listened(61), BERLIN, since=at, until=at + 3 * HOUR)
    assert spike.rule == "part"
    assert [(part.kind, part.name) for part in spike.parts] == [("city", "Mannheim")]
    assert spike.observed >= 5 > 1 > spike.expected


def test_an_incident_says_when_it_is_over() -> None:
    at = START + 60 * DAY + 12 * HOUR
    complaints = usual_weeks(2, 61) + burst(at, 30)
    (during,) = find_spikes(complaints, listened(61), BERLIN, since=at, until=at + HOUR)
    (after,) = find_spikes(complaints, listened(61), BERLIN, since=at, until=at + 6 * HOUR)
    assert not during.over
    assert after.over


def test_an_incident_is_one_and_ends_when_it_is_calm_again() -> None:
    at = START + 58 * DAY + 12 * HOUR
    complaints = usual_weeks(2, 61, seed=3) + [c for hour in range(5) for c in burst(at + hour * HOUR, 15)]
    (spike,) = find_spikes(complaints, listened(61), BERLIN, since=at, until=START + 61 * DAY)
    assert at < spike.at < spike.until < at + 12 * HOUR
    assert find_spikes(complaints, listened(61), BERLIN, since=spike.until + HOUR, until=START + 61 * DAY) == []


@pytest.mark.parametrize("rate", [0.25, 1, 4])
def test_a_calm_month_hardly_ever_alarms(rate: float) -> None:
    found = find_spikes(usual_weeks(rate, 85), listened(85), BERLIN, since=START + 57 * DAY, until=START + 85 * DAY)
    assert len(found) <= 2  # in four weeks


def test_copies_of_one_text_and_posts_of_one_person_count_once() -> None:
    at = START + 60 * DAY + 12 * HOUR
    copied = burst(at, 20, cluster=7)
    insistent = burst(at, 20, who="kim")
    assert len(arrivals([*copied, *insistent], BERLIN)) == 2
    assert (
        find_spikes(usual_weeks(1, 61, seed=3) + copied + insistent, listened(61), BERLIN, since=at, until=at + HOUR)
        == []
    )


def test_hours_nobody_listened_to_are_not_taken_for_quiet_ones() -> None:
    away = (START + 20 * DAY, START + 55 * DAY)
    complaints = usual_weeks(4, 61, without=away)
    gap = Gap("live", *away, "the program did not run")
    heard = find_spikes(complaints, listened(61, [gap]), BERLIN, since=START + 56 * DAY, until=START + 61 * DAY)
    assert heard == []
    taken_for_quiet = find_spikes(complaints, listened(61), BERLIN, since=START + 56 * DAY, until=START + 61 * DAY)
    assert taken_for_quiet != []


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_source_that_was_silent_unnoticed_and_is_back_is_no_incident(seed: int) -> None:
    back = START + 60 * DAY + 20 * HOUR
    complaints = usual_weeks(8, 61, seed=seed, without=(back - 12 * HOUR, back))
    assert find_spikes(complaints, listened(61), BERLIN, since=back, until=back + 4 * HOUR) == []


def test_the_first_fourteen_days_are_marked_as_learning() -> None:
    at = START + 5 * DAY + 12 * HOUR
    (spike,) = find_spikes(usual_weeks(2, 6) + burst(at, 30), listened(6), BERLIN, since=at, until=at + HOUR)
    assert spike.learning


def test_without_a_day_of_history_there_is_nothing_to_compare_with() -> None:
    at = START + 12 * HOUR
    assert find_spikes(burst(at, 50), listened(1), BERLIN, since=START, until=START + DAY) == []
    assert find_spikes([], listened(60), BERLIN, since=START, until=START + 60 * DAY) == []


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"], ids=["spring", "autumn"])
def test_the_usual_follows_the_local_clock_when_it_changes(change: str) -> None:
    sunday = datetime.fromisoformat(change).replace(tzinfo=BERLIN)
    begin = (sunday - timedelta(weeks=6)).astimezone(UTC).replace(hour=0)
    hours = 24 * 7 * 7
    evening = [int((begin + n * HOUR).astimezone(BERLIN).hour == 19) for n in range(hours) for _ in range(12)]
    usual = Usual(begin, evening, [True] * len(evening), BERLIN)

    def expected(hour: int) -> float:
        return usual.hour((sunday.replace(hour=hour).astimezone(UTC) - begin) // HOUR)[0]

    # The hour from seven to eight in the evening and, as ± 1 h are taken together, its neighbours; by the clock on the wall.
    assert [hour for hour in range(1, 24) if expected(hour) > 1] == [18, 19, 20]


def test_the_level_of_late_moves_what_is_usual_within_bounds() -> None:
    quiet, busy = [0, 0, 0, 0, 0, 1] * 2 * 24 * 42, [2] * 12 * 24 * 14
    usual = Usual(START, quiet + busy, [True] * len(quiet + busy), BERLIN)
    before, after = (usual.mean(end - 12, end) for end in (len(quiet), len(quiet) + 12 * 24 * 7))
    assert before == pytest.approx(2, rel=0.1)
    assert after == pytest.approx(4, rel=0.2)


def test_one_day_of_storm_makes_nothing_usual() -> None:
    calm, storm = [0, 0, 1] * 4 * 24 * 42, [3] * 12 * 24
    usual = Usual(START, calm + storm + calm[: 12 * 24 * 3], [True] * (len(calm) + 12 * 24 * 4), BERLIN)
    end = len(calm) + 12 * 24 * 3
    assert usual.mean(end - 12, end) == pytest.approx(4, rel=0.25)


def test_the_tail_is_that_of_a_negative_binomial() -> None:
    def mass(count: int, mean: float, size: float) -> float:
        chosen = math.lgamma(size + count) - math.lgamma(size) - math.lgamma(count + 1)
        return math.exp(chosen + count * math.log(mean / (mean + size)) + size * math.log(size / (mean + size)))

    for count, mean, size in [(5, 1.0, 2.0), (12, 4.0, 10.0), (40, 20.0, 50.0), (3, 0.1, 0.5)]:
        assert tail(count, mean, size) == pytest.approx(1 - sum(mass(k, mean, size) for k in range(count)), rel=1e-6)


def test_the_tail_of_what_never_happens_is_found_at_once() -> None:
    assert tail(1474, 142.4, 135.0) < 1e-100
    assert tail(5000, 100.0, 1000.0) < 1e-300


@given(st.integers(0, 5000), st.floats(0.001, 500), st.floats(0.05, 1000))
def test_the_tail_is_a_probability_and_falls_with_the_count(count: int, mean: float, size: float) -> None:
    assert 0 <= tail(count + 1, mean, size) <= tail(count, mean, size) <= 1

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Complaint, Symptom
from bot.simulate import stream
from bot.watch.hotspots import interval, rank, trend
from tests.factories import NOON, complaint

BERLIN = ZoneInfo("Europe/Berlin")
SCENARIO = Path(__file__).resolve().parents[2] / "config" / "scenarios" / "november-2011.toml"


def nobody_counted(_city: str) -> None:
    return None


@pytest.fixture(scope="module")
def november() -> tuple[list[Complaint], dict[str, int]]:
    """The filed reports of November 2011, and the inhabitants that their stream ships."""
    rows = list(stream("november-2011", tomllib.loads(SCENARIO.read_text(encoding="utf-8"))))
    return list(_filed(rows)), rows[0]["population"]


def _filed(rows: list[dict[str, object]]) -> Iterator[Complaint]:
    for row in rows:
        if row["kind"] == "report":
            yield complaint(
                at=datetime.fromisoformat(str(row["created_at"])),
                who=str(row["person"]),
                symptoms=tuple(Symptom(value) for value in row["symptoms"]),  # type: ignore[attr-defined]  # rows are JSON
                city=row["city"],
                district=row["district"],
                reported=True,
            )


def test_the_published_table_of_november_2011_comes_out(november: tuple[list[Complaint], dict[str, int]]) -> None:
    complaints, inhabitants = november
    spots = {spot.city: spot for spot in rank(complaints, inhabitants.get, BERLIN)}

    rows = [(spot.city, spot.people, round(100 * spot.share, 1), round(spot.per_100k or 0)) for spot in spots.values()]
    assert rows[:6] == [
        ("Berlin", 1224, 15.9, 35),
        ("Hamburg", 1117, 14.5, 62),
        ("München", 607, 7.9, 44),
        ("Frankfurt am Main", 434, 5.6, 63),
        ("Mannheim", 306, 4.0, 99),
        ("Köln", 270, 3.5, 26),
    ]
    assert max(rows, key=lambda row: row[3])[0] == "Mannheim"  # raw counts mislead


def test_the_published_mix_of_november_2011_comes_out(november: tuple[list[Complaint], dict[str, int]]) -> None:
    everywhere = [complaint(who=c.who, at=c.at, symptoms=c.symptoms, city="all", reported=True) for c in november[0]]
    mix = dict(rank(everywhere, nobody_counted, BERLIN)[0].mix)
    assert mix[Symptom.SLOW_DATA] == 4997
    assert mix[Symptom.DATA_STALL] == 4815
    assert mix[Symptom.CALL_SETUP] == 3142
    assert mix[Symptom.DROPPED_CALL] == 3080


def test_a_person_counts_once_a_place_and_local_day() -> None:
    late = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # half past eleven in Berlin
    again = [complaint(who="kim", at=late), complaint(who="kim", at=late + timedelta(minutes=20))]
    after_midnight = complaint(who="kim", at=late + timedelta(hours=1))
    (spot,) = rank([*again, after_midnight], nobody_counted, BERLIN)
    assert spot.people == 2


def test_a_text_sent_again_by_the_same_person_counts_once_over_all_days() -> None:
    days = [complaint(who="kim", at=NOON + timedelta(days=day), cluster=7) for day in range(3)]
    (spot,) = rank([*days, complaint(who="alex", cluster=7)], nobody_counted, BERLIN)
    assert spot.people == 2


def test_two_districts_on_one_day_are_one_person_in_the_city() -> None:
    complaints = [complaint(who="kim", district="Deutz"), complaint(who="kim", district="Nippes"), complaint()]
    (spot,) = rank(complaints, nobody_counted, BERLIN)
    assert spot.people == 2
    assert [(district.district, district.people) for district in spot.districts] == [("Deutz", 1), ("Nippes", 1)]


def test_found_and_filed_stay_apart_and_the_unplaced_count_in_the_shares() -> None:
    complaints = [complaint(), complaint(reported=True), complaint(city=None), complaint(city=None)]
    (spot,) = rank(complaints, nobody_counted, BERLIN)
    assert (spot.found, spot.filed, spot.share) == (1, 1, 0.5)


def test_few_people_are_marked_as_few_and_districts_have_no_rate() -> None:
    complaints = [complaint(district="Deutz") for _ in range(4)] + [complaint(city="Bonn") for _ in range(5)]
    bonn, koeln = rank(complaints, {"Köln": 1_000_000}.get, BERLIN)
    assert (bonn.small, koeln.small) == (False, True)
    assert (bonn.per_100k, koeln.per_100k, koeln.districts[0].per_100k) == (None, 0.4, None)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(10, 10, 0), (10, 14, 0), (10, 30, 1), (30, 10, -1), (0, 3, 0), (0, 8, 1), (0, 0, 0)],
)
def test_a_trend_is_more_than_chance(before: int, now: int, expected: int) -> None:
    assert trend(before, now) == expected
    spots = rank(
        [complaint() for _ in range(now)] + [complaint(city="Bonn")],
        nobody_counted,
        BERLIN,
        before=[complaint() for _ in range(before)],
    )
    assert [spot.trend for spot in spots if spot.city == "Köln"] == ([expected] if now else [])


def test_without_a_period_before_there_is_no_trend() -> None:
    (spot,) = rank([complaint()], nobody_counted, BERLIN)
    assert (spot.before, spot.trend) == (None, None)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.69), (1, 0.03, 5.57), (5, 1.62, 11.67), (100, 81.4, 121.6)]
)
def test_the_interval_is_close_to_the_exact_one(count: int, low: float, high: float) -> None:
    assert interval(count) == (pytest.approx(low, abs=0.05), pytest.approx(high, rel=0.02))


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["Bonn", "Köln", None]), st.booleans())))
def test_nobody_is_counted_twice_or_lost(rows: list[tuple[int, str | None, bool]]) -> None:
    complaints = [complaint(who=f"person {who}", city=city, reported=filed) for who, city, filed in rows]
    spots = rank(complaints, nobody_counted, BERLIN)
    assert sum(spot.people for spot in spots) == len({(who, city) for who, city, _ in rows if city})
    assert all(spot.low <= spot.people <= spot.high for spot in spots)

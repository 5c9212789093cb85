"""The November-2011 stream: what was published comes out exactly."""

import json
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.config.load import shipped
from bot.simulate import merged, stream

SCENARIO = tomllib.loads(shipped("scenarios", "november-2011.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return list(stream("november-2011", SCENARIO))


@pytest.fixture(scope="module")
def reports(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["kind"] == "report"]


def test_the_first_row_says_that_all_of_it_is_made_up(rows: list[dict[str, Any]]) -> None:
    assert rows[0]["kind"] == "simulation"
    assert "Erfunden" in rows[0]["notice"]["de"]
    assert "Made-up" in rows[0]["notice"]["en"]


def test_the_published_kinds_of_trouble_come_out_exactly(reports: list[dict[str, Any]]) -> None:
    ticks = Counter(symptom for row in reports for symptom in row["symptoms"])
    assert len(reports) == 7691
    assert (ticks["slow_data"], ticks["data_stall"], ticks["call_setup"], ticks["dropped_call"]) == (
        4997,
        4815,
        3142,
        3080,
    )
    assert all(row["symptoms"] and len(set(row["symptoms"])) == len(row["symptoms"]) for row in reports)


def test_among_the_first_700_no_data_comes_before_slow_data(reports: list[dict[str, Any]]) -> None:
    ticks = Counter(symptom for row in reports[:700] for symptom in row["symptoms"])
    assert (round(ticks["data_stall"] / 7), round(ticks["slow_data"] / 7)) == (71, 67)


def test_the_published_cities_come_out_exactly_and_stay_the_first_six(reports: list[dict[str, Any]]) -> None:
    cities = Counter(row["city"] for row in reports if row["city"])
    assert cities.most_common(6) == [
        ("Berlin", 1224), ("Hamburg", 1117), ("München", 607), ("Frankfurt am Main", 434), ("Mannheim", 306), ("Köln", 270),
    ]  # fmt: skip


def test_inhabitants_give_the_published_rates(rows: list[dict[str, Any]]) -> None:
    people = rows[0]["population"]
    rates = {city: round(count * 100_000 / people[city]) for city, count, _ in SCENARIO["cities"]["published"]}
    assert rates == {"Berlin": 35, "Hamburg": 62, "München": 44, "Frankfurt am Main": 63, "Mannheim": 99, "Köln": 26}
    assert all(count * 100_000 / people[city] < 99 for city, count, _ in SCENARIO["cities"]["other"])


@pytest.mark.parametrize(
    ("day", "total"), [("2011-11-15", 700), ("2011-11-21", 6400), ("2011-11-22", 6700), ("2011-11-26", 7691)]
)
def test_the_list_grows_as_published(day: str, total: int) -> None:
    assert sum(count for date, count in SCENARIO["reports"]["per_day"] if date <= day) == total


def test_rows_come_in_order_of_time_with_eight_calm_weeks_first(rows: list[dict[str, Any]]) -> None:
    times = [row["created_at"] for row in rows[1:]]
    assert all(one <= other for one, other in pairwise(times))
    assert times[0] < "2011-09-18" < "2011-11-12"
    assert len({row["id"] for row in rows[1:]}) == len(rows) - 1


def test_the_same_seed_gives_the_same_stream_and_another_one_another(rows: list[dict[str, Any]]) -> None:
    assert json.dumps(list(stream("november-2011", SCENARIO))) == json.dumps(rows)
    assert json.dumps(list(stream("november-2011", SCENARIO, seed=1))) != json.dumps(rows)


@pytest.mark.parametrize(
    "name",
    ["calm-month", "stadium-evening", "regional-outage", "other-carriers-outage", "new-year", "slow-burn"],
)
def test_a_scenario_of_today_has_eight_calm_weeks_and_says_what_it_is(name: str) -> None:
    table = tomllib.loads(shipped("scenarios", f"{name}.toml").read_text(encoding="utf-8"))
    rows = list(stream(name, merged(table, SCENARIO), volume=0.25))
    assert rows[0]["kind"] == "simulation"
    assert rows[0]["notice"]["de"].startswith("Erfunden")
    assert all(one["created_at"] <= other["created_at"] for one, other in pairwise(rows[1:]))
    assert not any("UMTS" in row["text"] or "HSDPA" in row["text"] for row in rows[1:])
    waves = [datetime.fromisoformat(wave["since"]) for wave in table.get("waves", ())]
    assert not waves or min(waves) - datetime.fromisoformat(table["begin"]) >= timedelta(weeks=8)


def test_a_wave_brings_people_to_its_place_and_a_gap_shows_nothing() -> None:
    table = tomllib.loads(shipped("scenarios", "stadium-evening.toml").read_text(encoding="utf-8"))
    scenario = merged(table, SCENARIO)
    since, until = datetime(2026, 4, 29, 17, tzinfo=UTC), datetime(2026, 4, 29, 21, tzinfo=UTC)
    rows = list(stream("stadium-evening", scenario))[1:]
    there = [
        row for row in rows if since.isoformat() <= row["created_at"] < until.isoformat() and "Dortmund" in row["text"]
    ]
    assert len(there) > 50
    left = list(stream("stadium-evening", scenario, gaps=[(since, until)]))[1:]
    assert not [row for row in left if since.isoformat() <= row["created_at"] < until.isoformat()]
    assert len(left) < len(rows)

"""Nobody can be found in the list, or between two of them; and nothing is left out silently."""

import itertools
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Complaint, Symptom, Technology
from bot.escalate.extract import NOWHERE, Period, Place, compare, gone, is_closed, last_closed, period_of, roll_up
from tests.factories import complaint

K = 5
PERIOD = Period(date(2011, 11, 14), date(2011, 11, 27))
STATES = {"Köln": "Nordrhein-Westfalen", "Bonn": "Nordrhein-Westfalen", "Mainz": "Rheinland-Pfalz"}


def known(city: str, district: str | None) -> Place:
    return (STATES[city], city, district) if city in STATES else NOWHERE


def people(count: int, **what: object) -> list[Complaint]:
    return [complaint(**what) for _ in range(count)]


def rows(complaints: list[Complaint]) -> dict[tuple[str | None, ...], int]:
    found, _ = roll_up(complaints, known, PERIOD, K)
    return {(row.symptom, row.technology, row.state, row.city, row.district): row.people for row in found}


SLOW, STALL, SMS = Symptom.SLOW_DATA, Symptom.DATA_STALL, Symptom.SMS_DELAY
NRW = "Nordrhein-Westfalen"


def test_enough_people_keep_their_district_and_the_others_are_rolled_up_step_by_step() -> None:
    given = [
        *people(5, district="Deutz"),
        *people(3, district="Kalk"),
        *people(2),  # somewhere in Köln
        *people(4, city="Bonn"),
        *people(1, city="Mainz"),
    ]
    # Kalk's three and the two of no district are Köln's row; Bonn's four and Mainz' one reach no k in their states
    assert rows(given) == {
        (SLOW, None, NRW, "Köln", "Deutz"): 5,
        (SLOW, None, NRW, "Köln", None): 5,
        (SLOW, None, None, None, None): 5,
    }


def test_a_row_says_how_precise_it_is_and_what_had_to_be_rolled_up_is_counted() -> None:
    whole, rolled = roll_up(people(5, district="Deutz"), known, PERIOD, K)
    assert ([row.level for row in whole], rolled) == (["district"], 0)
    wider, rolled = roll_up([*people(3, district="Deutz"), *people(2)], known, PERIOD, K)
    assert ([row.level for row in wider], rolled) == (["city"], 1)
    states, _ = roll_up([*people(3), *people(3, city="Bonn")], known, PERIOD, K)
    country, _ = roll_up([*people(3), *people(3, city="Mainz")], known, PERIOD, K)
    assert [row.level for row in (*states, *country)] == ["state", "country"]


def test_technology_is_given_up_before_the_place() -> None:
    given = [*people(3, technology=Technology.G4), *people(2, technology=Technology.G5)]
    assert rows(given) == {(SLOW, None, NRW, "Köln", None): 5}


def test_what_is_left_over_in_the_country_takes_the_smallest_row_along_rather_than_being_dropped() -> None:
    given = [*people(9), *people(6, city="Mainz"), *people(2, city=None)]
    assert rows(given) == {(SLOW, None, NRW, "Köln", None): 9, (SLOW, None, None, None, None): 8}


def test_a_rare_symptom_loses_its_name_rather_than_its_people() -> None:
    given = [*people(7), *people(6, symptoms=(STALL,)), *people(2, symptoms=(SMS,))]
    assert rows(given) == {(SLOW, None, NRW, "Köln", None): 7, (None, None, None, None, None): 8}


def test_fewer_than_k_people_in_all_give_no_row() -> None:
    assert roll_up(people(4), known, PERIOD, K)[0] == ()


def test_one_person_who_complains_often_is_one() -> None:
    given = [complaint(who="kim") for _ in range(50)]
    assert rows(given) == {}
    assert rows([*given, *people(4)]) == {(SLOW, None, NRW, "Köln", None): 5}


def test_a_place_that_the_gazetteer_does_not_know_never_gets_into_a_row() -> None:
    given = people(9, city="=HYPERLINK(1)", district="call 0171 1234567")
    assert rows(given) == {(SLOW, None, None, None, None): 9}


CITIES = st.sampled_from([None, *STATES])
ANY = st.lists(
    st.builds(
        complaint,
        who=st.integers(1, 30).map(lambda n: f"person {n}"),
        city=CITIES,
        district=st.sampled_from([None, "Deutz", "Kalk", "Mitte"]),
        symptoms=st.lists(st.sampled_from([SLOW, STALL, SMS]), min_size=1, max_size=3, unique=True).map(tuple),
        technology=st.sampled_from([None, Technology.G4, Technology.G5]),
    ),
    max_size=80,
)


@given(ANY)
def test_every_row_speaks_of_k_people_and_everybody_is_in_a_row(complaints: list[Complaint]) -> None:
    found, _ = roll_up(complaints, known, PERIOD, K)
    everybody = {one.who for one in complaints}
    assert all(row.people >= K for row in found)
    assert bool(found) == (len(everybody) >= K)
    named = Counter(row.symptom for row in found)
    if found:  # a symptom is told by its name or in the row without one, never lost
        assert None in named or {symptom for one in complaints for symptom in one.symptoms} == set(named)
        assert sum(row.people for row in found) >= len(everybody)


def test_periods_are_whole_weeks_that_never_overlap() -> None:
    days = [date(2011, 1, 1) + timedelta(days=n) for n in range(800)]
    for weeks in (1, 2, 4):
        found = sorted({period_of(day, weeks) for day in days}, key=lambda period: period.first)
        assert all(a.last + timedelta(days=1) == b.first for a, b in itertools.pairwise(found))
        assert all(period.first.weekday() == 0 for period in found)


@pytest.mark.parametrize("today", [date(2011, 11, 28), date(2011, 11, 29)], ids=["the day after", "a day later"])
def test_a_period_is_closed_when_late_posts_have_had_a_day(today: date) -> None:
    assert is_closed(PERIOD, today) == (today == date(2011, 11, 29))
    assert last_closed(today, 2) == (PERIOD if today == date(2011, 11, 29) else period_of(date(2011, 11, 1), 2))


def test_the_difference_is_made_of_released_rows_only() -> None:
    before, _ = roll_up([*people(40), *people(6, city="Mainz")], known, PERIOD, K)
    now, _ = roll_up([*people(90), *people(6, city="Bonn")], known, PERIOD, K)
    assert [(change.row.city, change.before, change.trend) for change in compare(now, before)] == [
        ("Köln", 40, 1),
        ("Bonn", None, None),
    ]
    assert [row.city for row in gone(now, before)] == ["Mainz"]

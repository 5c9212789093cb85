from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Complaint, Symptom
from bot.reports.state import PublicState, public_state
from bot.watch.coverage import Heard
from tests.factories import NOON, complaint

DAY = timedelta(days=1)


def state(complaints: Iterable[Complaint], k: int = 5) -> PublicState:
    return public_state(
        complaints,
        until=date(2026, 3, 2),
        zone=ZoneInfo("Europe/Berlin"),
        k=k,
        heard=lambda day: Heard.ALL,
        population={"Köln": 1_000_000}.get,
        population_year=2025,
    )


def people(count: int, city: str | None = "Köln", district: str | None = None, start: int = 0) -> list[Complaint]:
    return [complaint(who=f"p{start + n}", city=city, district=district) for n in range(count)]


def test_people_are_counted_and_not_their_posts() -> None:
    found = state([*people(6), *people(6), complaint(who="p1", city="Köln", at=NOON - DAY)])
    assert (found.people, found.places[0].people, found.places[0].per_100k) == (6, 6, 0.6)
    assert found.places[0].main is Symptom.SLOW_DATA


def test_fewer_than_k_are_never_told_not_even_by_day() -> None:
    found = state(people(4))
    assert found.people is None
    assert found.places == ()
    assert {day.people for day in found.days} == {None}


def test_one_angry_person_of_many_days_is_no_place() -> None:
    loud = [complaint(who="loud", city="Köln", at=NOON - n * DAY) for n in range(20)]
    found = state([*loud, *people(9, None, start=100)])
    assert found.places == ()
    assert found.elsewhere == 10


def test_a_small_remainder_cannot_be_worked_out_by_subtraction() -> None:
    found = state([*people(20, "Köln"), *people(6, "Bonn", start=30), *people(3, "Trier", start=50)])
    assert [place.city for place in found.places] == ["Köln"]  # with Bonn shown, three would be left
    assert found.elsewhere == 9
    inner = state([*people(12, "Köln", "Deutz"), *people(6, "Köln", "Kalk", 20), *people(2, "Köln", "Porz", 40)])
    assert [each.district for each in inner.places[0].districts] == ["Deutz"]


def test_what_lies_outside_of_the_whole_days_is_left_out() -> None:
    found = state([*people(5), *(complaint(at=NOON + DAY, city="Köln") for _ in range(9))])
    assert found.people == 5
    assert len(found.days) == 30


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.sampled_from(["Köln", "Bonn", "Ulm", None]), st.sampled_from(["A", "B", None])
        ),
        max_size=120,
    ),
    st.integers(3, 6),
)
def test_whatever_is_shown_and_whatever_is_left_is_nobody_or_k(rows: list[tuple[int, str, str]], k: int) -> None:
    complaints = [complaint(who=f"p{who}", city=city, district=city and part) for who, city, part in rows]
    found = state(complaints, k)
    if found.people is None:
        return
    assert found.elsewhere == 0 or found.elsewhere >= k
    for place in found.places:
        assert place.people >= k
        everybody = {c.who for c in complaints if c.city == place.city}
        shown = {c.who for c in complaints if (c.city, c.district) in {(d.city, d.district) for d in place.districts}}
        left = everybody - shown
        assert not place.districts or not left or len(left) >= k

"""A case lives as people expect it to; one cause is one case."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Complaint, Symptom
from bot.errors import InputError
from bot.escalate.bulletin import Colour, colour_of, sites_of
from bot.escalate.cases import SETTLED, STEPS, Action, Case, Spot, State, Trouble, merge, possible, split, step
from bot.escalate.finding import Lasting, Reminder, reminders, update
from tests.factories import complaint

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
RULE = Lasting(people=10, days=3, within=14)
KOELN = Spot("Köln", "", Trouble.OVERLOAD)
DEUTZ = Spot("Köln", "Deutz", Trouble.OVERLOAD)


def case(**changes: object) -> Case:
    usual = Case(
        number=1, state=State.NEW, spots=(DEUTZ,), opened_at=NOW, changed_at=NOW, people=20, peak=20,
        first_seen=date(2026, 3, 1), last_seen=date(2026, 3, 9), symptoms=((Symptom.SLOW_DATA, 18),),
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


def crowd(people: int, days: int = 4, **what: object) -> list[Complaint]:
    return [complaint(at=NOW - timedelta(days=n % days), **what) for n in range(people)]


def found(complaints: list[Complaint], *cases: Case) -> list[tuple[str, Action | None, int]]:
    changes = update(complaints, cases, ZONE, RULE, now=NOW)
    return [(str(changed.spots[0]), action, changed.people) for changed, action, _ in changes]


def test_a_case_goes_from_found_to_proven() -> None:
    walked = case()
    for action in (Action.CONFIRM, Action.HAND_OVER, Action.PLAN, Action.START, Action.FIX, Action.VERIFY):
        walked = step(walked, action, now=NOW)
    assert (walked.state, walked.fixed_on, walked.handed_people) == (State.VERIFIED, NOW.date(), 20)
    assert step(walked, Action.REOPEN, now=NOW).state is State.REOPENED


@pytest.mark.parametrize(
    ("state", "action", "says"),
    [
        (State.NEW, Action.FIX, "case 1 is new: fix is not possible; possible now: confirm, close"),
        (State.FIXED, Action.HAND_OVER, "possible now: verify, reopen, close"),
        (State.CLOSED, Action.CLOSE, "possible now: reopen"),
    ],
)
def test_a_step_that_makes_no_sense_says_which_do(state: State, action: Action, says: str) -> None:
    with pytest.raises(InputError, match=says):
        step(case(state=state), action, now=NOW, detail="why")


def test_nobody_closes_a_case_without_a_reason() -> None:
    with pytest.raises(InputError, match="say why"):
        step(case(), Action.CLOSE, now=NOW, detail="  ")
    assert step(case(), Action.CLOSE, now=NOW, detail="a concert").reason == "a concert"


def test_shortly_after_midnight_a_fix_is_of_the_carriers_day_already() -> None:
    midnight = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    today = date(2026, 3, 11)
    assert step(case(state=State.PLANNED), Action.FIX, now=midnight.astimezone(ZONE), day=today).fixed_on == today
    assert step(case(state=State.PLANNED), Action.FIX, now=midnight.astimezone(ZONE)).fixed_on == today
    closed = step(case(), Action.CLOSE, now=midnight, detail="a concert")
    assert closed.settled_on(ZONE) == today


def test_fixed_cannot_lie_in_the_future() -> None:
    with pytest.raises(InputError, match="has not come yet"):
        step(case(state=State.PLANNED), Action.FIX, now=NOW, day=date(2026, 4, 1))


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_whatever_is_tried_a_case_has_one_state_and_a_way_on(actions: list[Action]) -> None:
    walked = case()
    for action in actions:
        if action.value in possible(walked):
            walked = step(walked, action, now=NOW, detail="because")
        else:
            with pytest.raises(InputError):
                step(walked, action, now=NOW, detail="because")
    assert possible(walked)
    assert (walked.settled_on(ZONE) is not None) == (walked.state in SETTLED)
    assert (walked.reason is not None) == (walked.state is State.CLOSED)


def test_what_lasts_becomes_a_case_and_what_passes_does_not() -> None:
    assert found(crowd(10, days=3)) == [("Köln", Action.OPEN, 10)]
    assert found(crowd(10, days=2)) == []
    assert found(crowd(9)) == []


def test_a_district_that_lasts_has_its_own_case_and_the_others_are_the_citys() -> None:
    complaints = [*crowd(12, district="Deutz"), *crowd(6, district="Kalk"), *crowd(5)]
    assert found(complaints) == [("Köln", Action.OPEN, 11), ("Köln-Deutz", Action.OPEN, 12)]


def test_new_complaints_join_the_case_of_their_place_and_kind() -> None:
    calls = crowd(11, district="Deutz", symptoms=(Symptom.DROPPED_CALL,))
    assert found(calls, case()) == [("Köln-Deutz", None, 11)]  # overload is felt in calls, too
    no_network = crowd(11, district="Deutz", symptoms=(Symptom.NO_SERVICE,))
    assert found(no_network, case()) == [("Köln-Deutz", Action.OPEN, 11), ("Köln-Deutz", None, 0)]


def test_complaints_after_the_day_it_was_fixed_reopen_a_case_and_older_ones_do_not() -> None:
    fixed = case(state=State.FIXED, fixed_on=NOW.date() - timedelta(days=5))
    assert found(crowd(12, district="Deutz"), fixed) == [("Köln-Deutz", Action.REOPEN, 12)]
    late = replace(fixed, fixed_on=NOW.date())
    assert [action for _, action, _ in found(crowd(12, district="Deutz"), late)] == [None]


def test_merged_cases_are_one_and_take_in_what_both_would_have() -> None:
    other = case(number=2, spots=(KOELN,), people=5)
    kept, ended = merge(case(), other, now=NOW)
    assert (kept.spots, ended.state, ended.reason) == ((DEUTZ, KOELN), State.CLOSED, "merged into 1")
    both = [*crowd(12, district="Deutz"), *crowd(12)]
    assert found(both, kept, ended) == [("Köln-Deutz", None, 24)]
    with pytest.raises(InputError, match="was merged into 1; work on that one"):
        step(ended, Action.REOPEN, now=NOW)


def test_a_split_gives_each_cause_its_case_and_leaves_none_empty() -> None:
    both = case(spots=(DEUTZ, KOELN), state=State.CONFIRMED)
    kept, new = split(both, [KOELN], 7, now=NOW)
    assert (kept.spots, new.spots, new.number, new.state) == ((DEUTZ,), (KOELN,), 7, State.CONFIRMED)
    with pytest.raises(InputError, match="leaves at least one place in each"):
        split(kept, [DEUTZ], 8, now=NOW)
    with pytest.raises(InputError, match="does not hold Bonn"):
        split(both, [Spot("Bonn", "", Trouble.OVERLOAD)], 8, now=NOW)


QUIET, SEEN = timedelta(days=14), timedelta(days=2)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (case(state=State.PLANNED, due=date(2026, 3, 1)), Reminder.OVERDUE),
        (case(state=State.HANDED_OVER, changed_at=NOW - timedelta(days=20)), Reminder.QUIET),
        (case(state=State.HANDED_OVER, handed_people=20, people=45), Reminder.LOUD),
        (case(changed_at=NOW - timedelta(days=3)), Reminder.UNSEEN),
        (case(state=State.HANDED_OVER, handed_people=20), None),
        (case(state=State.PLANNED, changed_at=NOW - timedelta(days=20), due=date(2026, 5, 1)), None),
        (case(state=State.FIXED, due=date(2026, 3, 1)), None),
    ],
)
def test_a_case_asks_for_attention_when_it_should(given: Case, says: Reminder | None) -> None:
    told = [kind for kind, _ in reminders(given, now=NOW, quiet_after=QUIET, seen_within=SEEN)]
    assert told == ([says] if says else [])


def test_the_public_report_shows_what_was_confirmed_in_the_colours_of_2012() -> None:
    assert colour_of(case()) is None  # nobody has looked
    assert colour_of(case(state=State.CONFIRMED)) is Colour.YELLOW
    assert (
        colour_of(case(state=State.PLANNED, symptoms=((Symptom.SLOW_DATA, 18), (Symptom.DROPPED_CALL, 6))))
        is Colour.RED
    )
    assert colour_of(case(state=State.FIXED)) is Colour.GREEN
    assert colour_of(case(state=State.CLOSED)) is None


def test_the_public_report_names_no_place_where_fewer_than_k_people_complained() -> None:
    few = case(state=State.CONFIRMED, people=4, peak=4)
    many = case(number=2, state=State.CONFIRMED, spots=(KOELN, DEUTZ))
    sites = sites_of([few, many], {"Köln": "Nordrhein-Westfalen"}, k=5, fixed_since=date(2025, 10, 1))
    assert [(site.city, site.district) for site in sites] == [("Köln", None), ("Köln", "Deutz")]
    assert sites_of([few], {}, k=5, fixed_since=date(2025, 10, 1)) == ()


def test_one_place_has_one_line_in_the_public_report_the_worse_one() -> None:
    calls = case(number=2, state=State.CONFIRMED, spots=(replace(DEUTZ, trouble=Trouble.NO_NETWORK),))
    sites = sites_of([case(state=State.CONFIRMED), calls], {}, k=5, fixed_since=date(2025, 10, 1))
    assert [site.colour for site in sites] == [Colour.RED]


def test_no_place_is_told_as_fixed_while_another_case_is_open_there() -> None:
    fixed = case(state=State.FIXED, fixed_on=date(2026, 3, 1))
    calls = case(number=2, state=State.NEW, spots=(replace(DEUTZ, trouble=Trouble.NO_NETWORK),))
    assert [site.colour for site in sites_of([fixed], {}, k=5, fixed_since=date(2025, 10, 1))] == [Colour.GREEN]
    assert sites_of([fixed, calls], {}, k=5, fixed_since=date(2025, 10, 1)) == ()

"""Which cases the digest tells of."""

from datetime import date, timedelta

from bot.digest.day import plan_day
from bot.digest.model import DayDigest
from bot.escalate.cases import Case, Spot, State, Trouble
from tests.digest.factories import DAY, inputs, local


def case(number: int, state: State, *, opened: date = DAY - timedelta(days=9), due: date | None = None) -> Case:
    at = local(DAY, 9)
    return Case(number, state, (Spot("Köln", "", Trouble.OVERLOAD),), local(opened, 8), at, 9, 9, opened, DAY, due=due)


def told(*cases: Case) -> DayDigest:
    return plan_day(inputs(cases=cases))


def test_what_the_planners_work_on_is_told_only_once_its_day_has_come() -> None:
    tomorrow = DAY + timedelta(days=1)  # when the digest is read
    cases = [case(1, State.PLANNED), case(2, State.PLANNED, due=tomorrow), case(3, State.IN_PROGRESS)]
    assert [(line.number, line.due) for line in told(*cases).cases] == [(2, tomorrow)]


def test_a_fixed_case_is_not_due_and_a_closed_or_merged_one_is_not_told() -> None:
    merged = Case(4, State.CLOSED, (), local(DAY, 8), local(DAY, 9), 0, 0, DAY, DAY, merged_into=3)
    lines = told(case(1, State.FIXED, due=DAY), case(2, State.CLOSED), merged).cases
    assert [(line.number, line.stage, line.due) for line in lines] == [(1, "fixed", None)]


def test_a_case_that_was_opened_later_is_no_part_of_an_earlier_digest() -> None:
    assert told(case(1, State.NEW, opened=DAY + timedelta(days=1))).cases == ()

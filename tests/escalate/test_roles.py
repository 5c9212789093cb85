"""Who may see what: the promises that people are given, one line each."""

import pytest

from bot.escalate.roles import RIGHTS, Right, Role, may

WORDS_OF_CUSTOMERS = {Right.SEE_POSTS, Right.LABEL_POSTS, Right.SEE_REPORTS, Right.MODERATE_REPORTS, Right.ANSWER}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PLANNER, Role.ADMIN])
@pytest.mark.parametrize("right", sorted(WORDS_OF_CUSTOMERS))
def test_only_managers_read_or_answer_what_customers_wrote(role: Role, right: Right) -> None:
    assert not may(role, right)
    assert may(Role.MANAGER, right)


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_the_numbers(role: Role) -> None:
    assert may(role, Right.SEE_AGGREGATES)


def test_a_viewer_only_looks_at_numbers() -> None:
    assert RIGHTS[Role.VIEWER] == {Right.SEE_AGGREGATES}


def test_a_planner_has_cases_plan_and_extract() -> None:
    assert all(
        may(Role.PLANNER, right)
        for right in (Right.SEE_CASES, Right.PLAN_CASES, Right.SEE_PLAN, Right.IMPORT_PLAN, Right.EXTRACT)
    )


def test_only_an_admin_manages_users_and_only_a_manager_lets_the_public_report_go() -> None:
    assert [role for role in Role if may(role, Right.MANAGE_USERS)] == [Role.ADMIN]
    assert [role for role in Role if may(role, Right.APPROVE_BULLETIN)] == [Role.MANAGER]


def test_every_right_belongs_to_somebody() -> None:
    assert frozenset().union(*RIGHTS.values()) == set(Right)

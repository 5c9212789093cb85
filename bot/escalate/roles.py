"""Who may see and do what. Pure: a role and a right to yes or no.

Nobody has all of it, on purpose: who manages users reads no customer's words, and who plans sites needs places and
numbers, never a post.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a person is here for. One each."""

    VIEWER = "viewer"  # looks at numbers
    PLANNER = "planner"  # matches cases with the build-out plan
    MANAGER = "manager"  # reads posts, judges, answers
    ADMIN = "admin"  # runs the installation


class Right(StrEnum):
    """One thing to see or do. Seeing is not doing: each has its own."""

    SEE_AGGREGATES = "see_aggregates"  # digests, hot spots, spikes, storm level: nothing below k people
    SEE_POSTS = "see_posts"  # customers' words, with their verdict and link; searching them
    LABEL_POSTS = "label_posts"
    SEE_REPORTS = "see_reports"  # single reports filed in the form
    MODERATE_REPORTS = "moderate_reports"
    ANSWER = "answer"  # approve, edit, skip reply drafts; confirm known faults
    SEE_CASES = "see_cases"
    WORK_CASES = "work_cases"  # confirm, hand over, note, assign, merge, split, close
    PLAN_CASES = "plan_cases"  # say that a case is planned, in progress, fixed; note
    SEE_PLAN = "see_plan"
    IMPORT_PLAN = "import_plan"
    EXTRACT = "extract"  # write the anonymous list
    APPROVE_BULLETIN = "approve_bulletin"  # let the public report on the network (Netzbericht) go out
    ACKNOWLEDGE = "acknowledge"  # say that an alert or an escalation was seen
    SEE_HEALTH = "see_health"  # sources, gaps, cost, outbox
    SEE_SETTINGS = "see_settings"
    SEE_AUDIT = "see_audit"
    MANAGE_USERS = "manage_users"


_EVERYBODY = frozenset({Right.SEE_AGGREGATES})
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: _EVERYBODY,
    Role.PLANNER: _EVERYBODY
    | {Right.SEE_CASES, Right.PLAN_CASES, Right.SEE_PLAN, Right.IMPORT_PLAN, Right.EXTRACT, Right.ACKNOWLEDGE},
    Role.MANAGER: _EVERYBODY
    | {
        Right.SEE_POSTS,
        Right.LABEL_POSTS,
        Right.SEE_REPORTS,
        Right.MODERATE_REPORTS,
        Right.ANSWER,
        Right.SEE_CASES,
        Right.WORK_CASES,
        Right.PLAN_CASES,
        Right.SEE_PLAN,
        Right.EXTRACT,
        Right.APPROVE_BULLETIN,
        Right.ACKNOWLEDGE,
        Right.SEE_HEALTH,
        Right.SEE_AUDIT,
    },
    Role.ADMIN: _EVERYBODY | {Right.SEE_HEALTH, Right.SEE_SETTINGS, Right.SEE_AUDIT, Right.MANAGE_USERS},
}


def may(role: Role, right: Right) -> bool:
    return right in RIGHTS[role]

"""Who must be told of what, by when somebody has to say "seen", and who is told next. Pure; the rules stand in the config."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Occasion(StrEnum):
    CONFIRMED = "confirmed"  # a case: real, and ours
    SPIKE = "spike"  # more complaints than usual, by early warning
    STORM = "storm"  # how heated, 0 to 6
    EMERGENCY = "emergency"  # somebody speaks of danger to life
    OVERDUE = "overdue"  # planners owe an answer, or a fix its day
    QUIET = "quiet"  # planners have it, and nobody writes
    LOUD = "loud"  # planners have it, and complaints grow
    UNSEEN = "unseen"  # a case that nobody looks at


@dataclass(frozen=True, slots=True)
class Happening:
    occasion: Occasion
    key: str  # what it is about: the same fires a rule once
    why: str  # in words, for the message and the audit log; never a customer's
    level: int = 0  # people of a spike, level of a storm; 0: has none


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: Occasion
    tell: tuple[str, ...]  # names of [[notify]]
    at_least: int = 0  # of the happening's level
    within: timedelta | None = None  # by when somebody must have seen it; None: nobody has to
    then: tuple[str, ...] = ()  # who is told if nobody has
    urgent: bool = False  # in quiet hours, too


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that told somebody."""

    number: int
    rule: str
    occasion: Occasion
    key: str
    why: str
    fired_at: datetime  # aware UTC
    due_at: datetime | None = None  # None: nobody has to say that they saw it
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    escalated_at: datetime | None = None  # when the next ones were told; None: not yet, or nobody is next


def firing(
    rules: Sequence[Rule], happenings: Iterable[Happening], known: Collection[tuple[str, str]]
) -> list[tuple[Rule, Happening]]:
    """Which rules fire for what. `known`: rule and key of those that have."""
    return [
        (rule, happening)
        for happening in happenings
        for rule in rules
        if rule.when is happening.occasion
        and happening.level >= rule.at_least
        and (rule.name, happening.key) not in known
    ]


def unanswered(rules: Sequence[Rule], firings: Iterable[Firing], now: datetime) -> list[tuple[Rule, Firing]]:
    """What nobody has seen in time, with the rule that says who is next. Once each."""
    named = {rule.name: rule for rule in rules}
    return [
        (named[fired.rule], fired)
        for fired in firings
        if fired.due_at and fired.due_at <= now and not fired.acknowledged_at and not fired.escalated_at
        and fired.rule in named and named[fired.rule].then
    ]  # fmt: skip

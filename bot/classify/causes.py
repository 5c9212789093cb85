"""Which reason does a text give for the trouble, and how surely?

named     the words give the reason by themselves, wherever they stand: "no coverage in our village", "the mast is broken"
          (rules that mean reason.NAME, or cause.NAME with a weight of GIVEN or more)
hinted    a thing or a place that may be the reason ("at home", "the sim"): where it stands in a sentence that tells of trouble,
          or no sentence does (rules that mean cause.NAME)
passing   said in another sentence than the trouble, or a place beside a crowd or a busy hour: the reason is another one

What was tried, and ways out ("fine on wifi"), are no cause at all: rules that mean "aside". Whether a post is a complaint of ours
is asked elsewhere, and there every word of a cause speaks against it a little.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Protocol

from ..domain import Cause

_PLACES = (Cause.COVERAGE,)  # where it never worked: not where all come at once
GIVEN = 2.0  # weight from which a word of a cause is enough


class Standing(IntEnum):
    """How a cause stands in a text; the higher, the surer."""

    PASSING = 0
    HINTED = 1
    NAMED = 2


class Said(Protocol):
    """As much of a find as is looked at here."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


def standing(
    cause: Cause, said: Said, trouble: Iterable[Said], sentences: Sequence[int], *, given: bool, otherwise: bool
) -> Standing:
    """How surely these words give the reason for the trouble that the text tells of.

    `given`: they say so themselves. `otherwise`: a crowd or a busy hour explains it already.
    """
    if given:
        return Standing.NAMED
    if otherwise and cause in _PLACES:
        return Standing.PASSING
    begin, end = sentences[said.first], sentences[said.last]
    places = [(sentences[one.first], sentences[one.last]) for one in trouble]
    beside = any(first <= end + 1 and begin <= last + 1 for first, last in places)
    return Standing.HINTED if beside or not places else Standing.PASSING


def surest(standings: Mapping[Cause, Standing]) -> frozenset[Cause]:
    """The causes a text names; where it names none, those it hints at."""
    best = max(standings.values(), default=Standing.PASSING)
    return frozenset(cause for cause, how in standings.items() if how is best and how is not Standing.PASSING)

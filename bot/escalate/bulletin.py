"""The public report on the network (Netzbericht): every fortnight, where it got better and where it has not yet.

As O2 published it from March 2012 on: green, fixed; yellow, calls are fine but data is slow at the busy hour; red, both suffer.
Only what a person confirmed is in it, and a person approves it before anybody sees it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ..domain import Symptom
from .cases import SETTLED, Case, State, Trouble

VOICE = frozenset({Symptom.CALL_SETUP, Symptom.DROPPED_CALL, Symptom.NO_SERVICE})
VOICE_SHARE = 0.2  # of the people of a case: fewer may have met a hole in coverage


class Colour(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Site:
    """A line of the report. No number of people: it is about the network."""

    colour: Colour
    city: str
    district: str | None
    state: str | None  # of the federation
    since: date  # known since; green: fixed since
    due: date | None = None  # announced for; None: no date, or fixed
    verified: bool = False  # green: the complaints say so, too


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One report. Public once `approved_at` is set."""

    first: date  # days in the carrier's time zone
    last: date
    sites: tuple[Site, ...]  # red first, then yellow and green; by state, city, district
    carrier: str
    made_at: datetime  # aware UTC
    number: int = 0  # 0: not stored
    approved_by: str | None = None
    approved_at: datetime | None = None  # aware UTC; None: a draft

    @property
    def counts(self) -> dict[Colour, int]:
        found = Counter(site.colour for site in self.sites)
        return {colour: found[colour] for colour in Colour}


def colour_of(case: Case) -> Colour | None:
    """None: not for the public: nobody has confirmed it, or it came to nothing."""
    if case.state in (State.NEW, State.CLOSED):
        return None
    if case.state in (State.FIXED, State.VERIFIED):
        return Colour.GREEN
    voice = max((people for symptom, people in case.symptoms if symptom in VOICE), default=0)
    suffers = any(spot.trouble is Trouble.NO_NETWORK for spot in case.spots) or voice >= VOICE_SHARE * max(
        case.people, 1
    )
    return Colour.RED if suffers else Colour.YELLOW


def sites_of(cases: Iterable[Case], state_of: dict[str, str | None], *, k: int, fixed_since: date) -> tuple[Site, ...]:
    """The lines of a report. A case that never had k people in it stays out; so does what was fixed before `fixed_since`."""
    found: dict[tuple[str, str], Site] = {}
    order = list(Colour)
    cases = list(cases)
    open_at = {(spot.city, spot.district) for case in cases if case.state not in SETTLED for spot in case.spots}
    for case in cases:
        colour = colour_of(case)
        if colour is None or case.peak < k or (case.fixed_on and case.fixed_on < fixed_since):
            continue
        for spot in case.spots:
            if colour is Colour.GREEN and (spot.city, spot.district) in open_at:
                continue  # something is wrong there still, even if nobody has looked at it yet
            site = Site(
                colour=colour,
                city=spot.city,
                district=spot.district or None,
                state=state_of.get(spot.city),
                since=case.fixed_on or case.first_seen,
                due=case.due if colour is not Colour.GREEN else None,
                verified=case.state is State.VERIFIED,
            )
            other = found.get((spot.city, spot.district))  # two causes at one place: the worse one is told
            if other is None or order.index(colour) > order.index(other.colour):
                found[spot.city, spot.district] = site
    return tuple(
        sorted(
            found.values(),
            key=lambda site: (-order.index(site.colour), site.state or "", site.city, site.district or ""),
        )
    )

"""A day's digest as values, without a word of any language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ..domain import Cost, Gap, HotSpot, Simulation, Spike, Symptom
from ..watch.coverage import Heard
from ..watch.hotspots import trend
from ..watch.storm import Storm


class State(StrEnum):
    EMPTY = "empty"  # the database holds nothing at all
    AHEAD = "ahead"  # the day has not begun
    NOTHING = "nothing"  # nobody listened that day
    PART = "part"  # somebody did, with gaps
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Change:
    """People on the day, and what to compare them with."""

    today: int
    yesterday: int | None  # None: nobody listened, or not all day
    usual: float | None  # mean of the whole days among the seven before; None: there is none
    days: int  # how many days that mean is of

    @property
    def since_yesterday(self) -> int | None:
        """1 more, -1 fewer, 0 within chance."""
        return None if self.yesterday is None else trend(self.yesterday, self.today)

    @property
    def against_usual(self) -> int | None:
        return None if self.usual is None else trend(self.usual, self.today, self.days)


@dataclass(frozen=True, slots=True)
class Mix:
    """How many of the day's people see a symptom. Several each: shares add up to more than 1."""

    symptom: Symptom
    people: int
    share: float
    before: float | None  # share among the people of the seven days before; None: there were none


@dataclass(frozen=True, slots=True)
class Place:
    spot: HotSpot  # over `DayDigest.place_days`
    today: int


@dataclass(frozen=True, slots=True)
class Other:
    """Another carrier's complaints, capacity and outages: is it us?"""

    carrier: str
    change: Change


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    city: str | None
    symptoms: tuple[Symptom, ...]


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    posts: int  # of the day
    own: int
    heard: Heard
    live: bool  # False: an archive or a simulation, which nobody asks again
    made_up: bool
    last_success_at: datetime | None
    last_error: str | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class DayCount:
    day: date
    found: int
    filed: int
    heard: Heard

    @property
    def total(self) -> int:
        return self.found + self.filed


@dataclass(frozen=True, slots=True)
class DayDigest:
    day: date
    carrier: str
    state: State
    written_at: datetime  # in the carrier's time zone
    counted_until: datetime | None  # set when the day was not over
    span: tuple[date, date] | None  # local days of the first and the last post or report
    simulation: Simulation | None
    history_days: int  # days before this one that somebody listened to, of the last HISTORY
    people: Change  # capacity: found and filed together
    found: Change
    filed: Change
    outages: Change
    other_trouble: Change
    unsure: int  # of the people found: those with band B at best
    anonymous: int  # of the people found: posts whose source names nobody
    mix: tuple[Mix, ...]
    places: tuple[Place, ...]
    place_days: int  # whole or partly heard days that the places are counted over, up to seven
    unplaced: float | None  # share of the people of those days without a place; None: no people
    population_year: int | None
    leader: HotSpot | None  # most people for each 100,000 inhabitants, small cells left out
    others: tuple[Other, ...]
    only_us: (
        bool | None
    )  # other carriers' complaints did not rise with ours; None: ours did not, or no others are known
    spikes: tuple[Spike, ...]
    learning: bool  # early warning knows fewer than 14 days
    quotes: tuple[Quote, ...]
    sources: tuple[Source, ...]
    series: tuple[DayCount, ...]
    storm: Storm | None = None  # None: nobody looked
    costs: tuple[Cost, ...] = ()  # of the day, by source
    database: str = ""  # the id of the one it was counted in

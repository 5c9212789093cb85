"""The digest of a day, or of a week, as values without a word of any language: text, page, mail, JSON and desk are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ..domain import Cost, Funnel, Gap, HotSpot, Simulation, Spike, Symptom
from ..watch.alerts import Alert
from ..watch.coverage import Heard
from ..watch.hotspots import trend
from ..watch.storm import Storm
from ..watch.wave import Wave


class State(StrEnum):
    EMPTY = "empty"  # the database holds nothing at all
    AHEAD = "ahead"  # the day has not begun
    NOTHING = "nothing"  # nobody listened that day
    PART = "part"  # somebody did, with gaps
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Change:
    """People on the day, and what to compare them with. In a week's edition all of these are weeks."""

    today: int
    yesterday: int | None  # None: nobody listened, or not all day
    usual: float | None  # mean of the whole days among the seven before, or of four weeks; None: there is none
    days: int  # how many days, or weeks, that mean is of

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
    today: int  # on the last day


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the map, and how many people complained there over `DayDigest.place_days`."""

    name: str
    lat: float  # WGS 84
    lon: float
    people: int


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
class Campaign:
    """One text from several people within an hour: shown as what it is. Its words stay in the database."""

    people: int
    posts: int
    sources: tuple[str, ...]
    since: datetime  # in the carrier's time zone
    until: datetime


@dataclass(frozen=True, slots=True)
class Replies:
    """What waits for a person, and what became of the drafts of the period."""

    waiting: int
    approved: int  # waiting to be sent
    sent: int


@dataclass(frozen=True, slots=True)
class CaseLine:
    number: int
    place: str
    stage: str  # new, reopened, waiting (for the network's answer), open, fixed, verified
    since: date  # first complaint of a new one; otherwise the day of its last step
    people: int
    symptom: Symptom | None  # the one most name
    due: date | None  # told only where that day has come


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
    """One day's, or a week's."""

    day: date  # the last one
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
    unsure: int  # of the people found: those with band B at best. `sure` are the others, and who filed a report
    anonymous: int  # of the people found: posts whose source names nobody
    mix: tuple[Mix, ...]
    places: tuple[Place, ...]
    place_days: int  # whole or partly heard days that the places are counted over, up to seven
    placed: int  # people of those days with a place, those places that are not listed included
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
    storm: Storm | None = None  # of the day, or of the week's worst; None: nobody looked
    costs: tuple[Cost, ...] = ()  # of the day, by source
    database: str = ""  # the id of the one it was counted in
    days: int = 1  # 7: a week's
    alerts: tuple[Alert, ...] = ()  # as they were noted at the time; `spikes` are found afterwards, from all that came
    wave: Wave | None = None  # an incident of many days, which hours no longer show
    storm_day: date | None = None  # which day `storm` is of
    levels: tuple[tuple[date, int], ...] = ()  # of the storm scale, day by day; a week's edition only
    country: str = ""  # of the map: "de"
    map: tuple[Dot, ...] = ()  # cities, most people first
    off_map: int = 0  # people whose city has no point on it
    doubtful: int = 0  # of `judged` posts: those that wait for a person's judgement
    judged: int = 0  # posts about us that are findings, or doubtful
    campaigns: tuple[Campaign, ...] = ()
    replies: Replies | None = None  # None: none was ever drafted
    funnel: Funnel | None = None  # None: the form was not opened
    cases: tuple[CaseLine, ...] = ()  # as they stand when it is written, due ones first

    @property
    def sure(self) -> int:
        return self.people.today - self.unsure

    @property
    def untold(self) -> tuple[Spike, ...]:
        """What stood out afterwards and no alert speaks of: an archive, or posts that came late."""
        return tuple(
            spike
            for spike in self.spikes
            if not any(alert.spike.since <= spike.until and spike.since <= alert.spike.until for alert in self.alerts)
        )

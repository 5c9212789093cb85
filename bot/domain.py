"""The words of the house. Values only: frozen, compared by content, nothing but the standard library.

A comment on a field gives its shape, its unit, and what None or "" means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Band(StrEnum):
    """How likely the complaint is about too little capacity. The capacity list is A and B."""

    A = "A"  # capacity likely
    B = "B"  # capacity possible
    C = "C"  # other network trouble: outage, coverage, roaming, device, fixed line, over by now
    D = "D"  # no network trouble


class Symptom(StrEnum):
    """What the customer sees. A complaint may have several, the main one first."""

    DATA_STALL = "data_stall"  # full bars, nothing flows
    SLOW_DATA = "slow_data"  # flows, but far too slowly
    CONGESTION = "congestion"  # the customer names the crowd or the overload
    NO_SERVICE = "no_service"
    DROPPED_CALL = "dropped_call"
    CALL_SETUP = "call_setup"  # cannot call or be called
    SMS_DELAY = "sms_delay"


class Cause(StrEnum):
    """What the text hints at as the reason. One per complaint."""

    CONGESTION = "congestion"
    OUTAGE = "outage"
    MAINTENANCE = "maintenance"
    COVERAGE = "coverage"
    ROAMING = "roaming"
    DEVICE_ACCOUNT = "device_account"
    LANDLINE = "landline"
    UNCLEAR = "unclear"


class Technology(StrEnum):
    G2 = "2G"
    G3 = "3G"
    G4 = "4G"
    G5 = "5G"


class Relation(StrEnum):
    """Whose network the post is about. Only `own` counts for us; `other` feeds the spill-over check."""

    OWN = "own"
    OTHER = "other"
    NONE = "none"


class PlaceKind(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    POSTCODE = "postcode"
    POI = "poi"
    STATION = "station"
    REGION = "region"
    STATE = "state"


class PostId(NamedTuple):
    """A post's name at its source. `native` is text: never do arithmetic on it."""

    source: str
    native: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post as we received it. Untrusted text: never rendered unescaped."""

    id: PostId
    text: str  # plain text, HTML already stripped; `text.prepare` clamps and cleans it
    author: str = ""  # handle with instance, without "@"; "" when the source names none; the store keeps only its HMAC
    url: str = ""
    created_at: datetime | None = None  # aware UTC, as the platform claims; None: it gave none that can be read
    lang: str | None = None  # BCP 47 as claimed by the platform; often wrong
    addressed: bool = False  # sent to the carrier (mention, mail): about us even if no carrier is named
    may_train: bool = True  # False where the platform forbids training on its texts (X)
    press: bool = False  # newspapers and portals taking the matter up: kept apart from customers' posts
    warned: bool = False  # its author put a content warning before it
    closed: bool = False  # its author takes no replies from us
    answers: str = ""  # what its platform calls the post that it answers; "": none, or the source does not say
    local: str = ""  # what the server we asked calls it, to look it up there again; "": by `id.native`


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a text that a judgement rests on. Offsets are code points, `end` exclusive."""

    start: int
    end: int
    text: str
    why: str  # the rule's name


@dataclass(frozen=True, slots=True)
class Carrier:
    """Whose network a post is about."""

    relation: Relation
    name: str | None = None  # "o2", "Vodafone"; None when relation is none


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person should look at a verdict. It counts as it stands until one does."""

    reason: str
    gap: float  # how far the score is from the line, in logits; 0.0: on it


@dataclass(frozen=True, slots=True)
class Verdict:
    """The classifier's opinion, with the words it rests on."""

    band: Band
    score: float  # 0.0 to 1.0: how sure that this is a capacity complaint (A or B)
    symptoms: tuple[Symptom, ...] = ()  # the main one first; empty in D
    cause: Cause | None = None  # None in D
    technology: Technology | None = None  # None: not named
    severity: int = 1  # 1 annoying, 2 impaired, 3 unusable, 4 safety or mass
    evidence: tuple[Span, ...] = ()
    against: tuple[Span, ...] = ()  # what spoke against a higher band: negation, past tense, fixed line
    rules: str = ""  # version of the rule files and model, to re-judge old posts
    doubt: Doubt | None = None  # None: sure enough
    annoyed: bool = False  # the whole sounds it, in whatever words


@dataclass(frozen=True, slots=True)
class Location:
    """A place named in a post, only as precise as its evidence."""

    start: int
    end: int
    text: str  # as written
    kind: PlaceKind
    city: str | None  # official name, "Frankfurt am Main"; None for a state, a region, an ambiguous district
    district: str | None = None  # "Bockenheim"
    postcode: str | None = None  # five digits as text, "01067" keeps its zero; "SW18" in Great Britain
    state: str | None = None  # "Hessen"
    lat: float | None = None  # WGS 84, degrees
    lon: float | None = None
    confidence: float = 1.0  # 0.0 to 1.0; from 0.5 it counts, from 0.7 it is shown
    rule: str = ""  # which rule of locate/hints.py found it


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is said about one post without memory of any other."""

    text: (
        str  # the prepared text that all offsets refer to: cleaned and scrubbed, as long as what came (up to the clamp)
    )
    carrier: Carrier
    lang: str  # "de", "en", or "und" when neither
    verdict: Verdict
    tone: int  # -2 insult or threat to leave … 0 factual … +1 thanks
    places: tuple[Location, ...]  # most specific first; empty: nowhere named
    sketch: tuple[int, ...]  # for finding duplicates; empty in band D, and when the text is too short to compare


@dataclass(frozen=True, slots=True)
class Finding:
    """A post about network trouble (band A, B or C), ours or another carrier's. The row people work with."""

    post: Post
    analysis: Analysis
    at: datetime  # aware UTC: the instant it counts at, its `created_at` or, where that is missing or ahead, the time seen


@dataclass(frozen=True, slots=True)
class Skip:
    """A decision not to act, with its reason. Silence is a result, so it has a type."""

    to: PostId
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a customer filed in the form. The place was chosen, not guessed."""

    id: str  # receipt
    filed_at: datetime  # aware UTC
    symptoms: tuple[Symptom, ...]
    city: str | None
    district: str | None = None
    postcode: str | None = None
    state: str | None = None
    person: str = ""  # what tells one filer from another, already keyed; "" when nothing does
    source: str = "form"


@dataclass(frozen=True, slots=True)
class Funnel:
    """From finding to report: how many of each in a period. Each is a sum of its own, and not the same people."""

    findings: int  # own complaints, bands A and B
    drafts: int  # replies drafted
    sent: int
    opened: int  # times the form was shown
    opened_by_link: int  # of these, through a reply's link
    filed: int
    filed_by_link: int
    waiting: int = 0  # reports of the period that a person has to look at


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a made-up stream says of itself. Whatever shows its posts says so too."""

    name: str
    title: str
    notice: Mapping[str, str]  # language to the sentence that goes on every page
    population_year: int
    population: Mapping[str, int]  # inhabitants by city, of that year; used in place of the gazetteer's


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time a source did not show us. Missing data is missing, not zero."""

    source: str
    since: datetime  # aware UTC
    until: datetime | None  # None: still going on
    reason: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What asking a source cost in some days: never less than was billed."""

    source: str
    usd: int  # micro-dollars: 1,000,000 are one
    requests: int


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What a source did lately, as the digest and `brennpunkt sources` show it."""

    source: str
    last_success_at: datetime | None  # None: it never answered
    last_error: str | None  # one line; None: the last run went well
    posts: int  # in the period asked for
    own: int  # of these, posts about us
    gaps: tuple[Gap, ...] = ()
    made_up: bool = False  # a simulated stream


@dataclass(frozen=True, slots=True)
class Complaint:
    """One finding or report, reduced to what counting needs. Carries no text and no id of a platform."""

    at: datetime  # aware UTC
    who: str  # same text, same person (keyed pseudonym); unique where the source names nobody
    symptoms: tuple[Symptom, ...]
    band: Band
    cause: Cause
    technology: Technology | None
    city: str | None  # None: unplaced
    district: str | None
    state: str | None
    reported: bool  # True: filed in the form; False: found in a post
    cluster: int | None = None  # same number: copies of one text; None: a report
    anonymous: bool = False  # True: its source names nobody, so that it counts as one person without our knowing
    place_sure: bool | None = None  # whether the text names the place beyond doubt; None: not asked, or unplaced


@dataclass(frozen=True, slots=True)
class Said:
    """A post of ours that might be quoted, without its author."""

    text: str
    city: str | None
    symptoms: tuple[Symptom, ...]
    band: Band
    score: float
    evidence: tuple[tuple[str, str], ...]  # its words, and the rule that found them


@dataclass(frozen=True, slots=True)
class DayCount:
    """What is left of a day's complaints of one kind at one place when their rows have gone."""

    day: date  # in the carrier's time zone
    filed: bool  # True: filed in the form; False: found in posts
    relation: Relation
    carrier: str | None  # None: filed with us
    band: Band
    symptom: Symptom | None  # the main one; None: the form named none
    cause: Cause
    city: str | None  # None: unplaced
    district: str | None
    people: int  # each once a day, carrier and place: where their strongest complaint stands
    posts: int


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A place and how many people complained there. A person counts once a place and local day."""

    city: str  # official name
    district: str | None  # None: the whole city
    people: int  # found and filed together
    found: int  # of these, people who posted
    filed: int  # of these, people who filed a report
    share: float  # 0.0 to 1.0: of all complaints of the period, those without a place included
    low: float  # 95 % interval of `people`, were the same period to come again
    high: float
    population: int | None  # inhabitants; None: not known, or a district
    before: int | None  # people in the period before; None: nobody listened then
    trend: int | None  # 1 more than before, -1 fewer, 0 within chance; None: nothing to compare with
    mix: tuple[tuple[Symptom, int], ...]  # people by what they see, most first; several each
    small: bool  # too few people to read anything into
    districts: tuple[HotSpot, ...] = ()  # of a city, most people first; empty for a district
    hours: tuple[int, ...] = ()  # people by hour of the local day, 24
    weekdays: tuple[int, ...] = ()  # people by weekday, Monday first
    sure: float | None = None  # share of the people found whose place is named beyond doubt; None: nobody asked

    @property
    def per_100k(self) -> float | None:
        return per_100k(self.people, self.population)


def per_100k(people: float, population: int | None) -> float | None:
    """People for each 100,000 inhabitants; None where nobody counted the inhabitants."""
    return people * 100_000 / population if population else None


@dataclass(frozen=True, slots=True)
class SpikePart:
    """A part of the network that stood out by itself."""

    kind: str  # city, symptom, technology
    name: str  # "Köln", "data_stall", "4G"
    observed: int  # people within `within`
    expected: float
    within: timedelta
    p: float


@dataclass(frozen=True, slots=True)
class Spike:
    """More complaints than usual at this hour of the week, for one stretch of time."""

    since: datetime  # aware UTC: where the excess begins
    at: datetime  # the first instant at which the rule said so
    until: datetime  # the last one; it is over when this lies behind
    expected: float  # people, in the window that stood out most
    observed: int  # people in that window, copies of one text counted once
    within: timedelta  # the window's length
    p: float  # how likely so many or more are on a usual day
    authors: int  # people in that window, those who copied a text included
    rule: str  # "whole": the network as a whole stood out; "part": only parts of it did, the figures are those of the first
    learning: bool  # True: fewer than 14 days were known before, so that "usual" is a guess
    places: tuple[tuple[str, int], ...] = ()  # cities that grew, with their people in that window
    parts: tuple[SpikePart, ...] = ()  # what stood out by itself, the least likely first
    over: bool = False  # the rule has been silent for two hours


@dataclass
class Tally:
    """What a run did, for one line of the log and one row in `runs`."""

    posts: int = 0  # new ones, stored
    repeats: int = 0  # seen before
    findings: int = 0
    reports: int = 0  # filed reports, new ones
    truncated: bool = False  # stopped at a limit: posts were left behind
    skipped: dict[str, int] = field(default_factory=dict)  # why posts became no finding, and how many
    warnings: list[str] = field(default_factory=list)  # unreadable lines and dates: the first 20
    unread: int = 0  # how many warnings there were

    def skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def warn(self, warnings: Iterable[str]) -> None:
        for warning in warnings:
            self.unread += 1
            if len(self.warnings) < 20:
                self.warnings.append(warning)

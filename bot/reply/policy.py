"""May we answer this post? Pure: a finding and what else must be known of it, to a Draft or a Skip with its reason.

The rules are those of the platforms and of the law, stricter ones first; a person decides on every draft, except where
the author addressed the account and the config allows more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from ..domain import Band, Cause, Finding, PostId, Relation, Skip
from .words import Listed


class Platform(StrEnum):
    """Where a reply would go. Its value is the kind of source."""

    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    X = "x"
    MAIL = "mailbox"


class Mode(StrEnum):
    OFF = "off"
    DRAFT = "draft"  # a person approves each
    AUTOMATIC = "automatic"  # where the author addressed the account; elsewhere as DRAFT


class Way(StrEnum):
    """Who lets a draft go."""

    APPROVAL = "approval"
    AUTOMATIC = "automatic"
    BY_HAND = "by_hand"  # a person opens the platform and sends it there; no program may


class Reason(StrEnum):
    """Why there is no reply. `reasons` in config/texts/replies.*.toml says each for people."""

    MADE_UP = "made_up"
    SUPPRESSED = "suppressed"
    PRESS = "press"
    NOT_OURS = "not_ours"
    SENSITIVE = "sensitive"  # to a person at once
    OPTED_OUT = "opted_out"
    NO_CHANNEL = "no_channel"
    OFF = "off"
    RESOLVED = "resolved"
    OTHER_MATTER = "other_matter"
    UNSURE = "unsure"
    TOO_OLD = "too_old"
    ANSWERED = "answered"
    COOLDOWN = "cooldown"
    CLOSED = "closed"
    WARNED = "warned"
    FORBIDDEN = "forbidden"  # to programs: a Draft for a person to send by hand
    BY_MAIL = "by_mail"  # a Draft, too: a person answers in the mailbox
    CONVERSATION = "conversation"  # an answer to a reply of ours: one an interaction, the rest is for people
    GONE = "gone"  # the post, by the time it was to be answered
    QUIET_HOURS = "quiet_hours"
    HOURLY_CAP = "hourly_cap"
    DAILY_CAP = "daily_cap"


WAITING = frozenset([Reason.QUIET_HOURS, Reason.HOURLY_CAP, Reason.DAILY_CAP])  # asked again later; the rest is final
# Programs may answer only who spoke to them: X's rules of February 2026, Bluesky's for bots.
ONLY_IF_ADDRESSED = frozenset([Platform.X, Platform.BLUESKY])
_ELSEWHERE = frozenset([Cause.DEVICE_ACCOUNT, Cause.LANDLINE, Cause.ROAMING])  # nothing for those who plan the network


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply may be drafted."""

    to: PostId
    way: Way
    reason: Reason | None = None  # why only by hand; None: a program may send it


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known beside the finding. As it stands here: nothing speaks against."""

    platform: Platform | None = Platform.MASTODON  # None: the source takes no replies
    made_up: bool = False  # a simulated stream
    suppressed: bool = False  # the author asked to be forgotten
    opted_out: bool = False  # the author asked not to be answered, before
    resolved: bool = False  # the text speaks of what is over
    sure: bool = False  # a person has judged the post as the finding says
    in_conversation: bool = False  # the post answers a reply of ours
    answered: bool = False  # this post, or a copy of its text
    last_reply_at: datetime | None = None  # to this author; None: never
    closed: bool = False  # the author takes no replies from us
    warned: bool = False  # the author put a content warning before it
    this_hour: int = 0  # replies drafted in the last 60 minutes
    this_day: int = 0  # and on this local day


@dataclass(frozen=True, slots=True)
class Manners:
    """What the config allows."""

    modes: Mapping[Platform, Mode]
    max_age: timedelta
    cooldown: timedelta
    hourly_cap: int
    daily_cap: int
    quiet_from: time
    quiet_until: time  # the same as quiet_from: no quiet hours
    zone: tzinfo


def decide(finding: Finding, facts: Facts, manners: Manners, listed: Listed, *, now: datetime) -> Draft | Skip:
    """Exactly one outcome for every finding; the first reason that holds is the one told."""
    to, addressed = finding.post.id, finding.post.addressed
    mode = manners.modes.get(facts.platform, Mode.OFF) if facts.platform else Mode.OFF
    checks = (
        (Reason.MADE_UP, facts.made_up),
        (Reason.SUPPRESSED, facts.suppressed),
        (Reason.PRESS, finding.post.press),
        (Reason.NOT_OURS, finding.analysis.carrier.relation is not Relation.OWN),
        (Reason.SENSITIVE, listed.sensitive(finding.analysis.text)),
        (Reason.OPTED_OUT, facts.opted_out or listed.opts_out(finding.analysis.text)),
        (Reason.NO_CHANNEL, facts.platform is None),
        (Reason.OFF, mode is Mode.OFF),
        (Reason.RESOLVED, facts.resolved),
        (Reason.OTHER_MATTER, _other_matter(finding)),
        (Reason.UNSURE, finding.analysis.verdict.doubt is not None and not facts.sure),
        (Reason.TOO_OLD, now - finding.at > manners.max_age),
        (Reason.CONVERSATION, facts.in_conversation),
        (Reason.ANSWERED, facts.answered),
        (Reason.COOLDOWN, facts.last_reply_at is not None and now - facts.last_reply_at < manners.cooldown),
        (Reason.CLOSED, facts.closed),
        (Reason.WARNED, facts.warned),
        (Reason.QUIET_HOURS, is_quiet(manners, now)),
        (Reason.HOURLY_CAP, facts.this_hour >= manners.hourly_cap),
        (Reason.DAILY_CAP, facts.this_day >= manners.daily_cap),
    )
    for reason, holds in checks:
        if holds:
            return Skip(to, reason)
    if facts.platform in ONLY_IF_ADDRESSED and not addressed:
        return Draft(to, Way.BY_HAND, Reason.FORBIDDEN)
    if facts.platform is Platform.MAIL:
        return Draft(to, Way.BY_HAND, Reason.BY_MAIL)
    return Draft(to, Way.AUTOMATIC if mode is Mode.AUTOMATIC and addressed else Way.APPROVAL)


def still(facts: Facts, manners: Manners, *, at: datetime, now: datetime) -> Reason | None:
    """What speaks by now against sending a reply that was approved to a post of `at`; None: nothing.

    What the post is about was decided when it was drafted, and by whoever approved it.
    """
    mode = manners.modes.get(facts.platform, Mode.OFF) if facts.platform else Mode.OFF
    checks = (
        (Reason.MADE_UP, facts.made_up),
        (Reason.SUPPRESSED, facts.suppressed),
        (Reason.OPTED_OUT, facts.opted_out),
        (Reason.TOO_OLD, now - at > manners.max_age),
        (Reason.ANSWERED, facts.answered),
        (Reason.COOLDOWN, facts.last_reply_at is not None and now - facts.last_reply_at < manners.cooldown),
        (Reason.OFF, mode is Mode.OFF),
        (Reason.QUIET_HOURS, is_quiet(manners, now)),
        (Reason.HOURLY_CAP, facts.this_hour >= manners.hourly_cap),
        (Reason.DAILY_CAP, facts.this_day >= manners.daily_cap),
    )
    return next((reason for reason, holds in checks if holds), None)


def is_quiet(manners: Manners, now: datetime) -> bool:
    """Quiet hours may go past midnight."""
    clock, since, until = now.astimezone(manners.zone).time(), manners.quiet_from, manners.quiet_until
    return since <= clock < until if since <= until else clock >= since or clock < until


def _other_matter(finding: Finding) -> bool:
    verdict = finding.analysis.verdict
    return verdict.band is Band.D or verdict.cause in _ELSEWHERE

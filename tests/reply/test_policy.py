"""One line a reason; and whatever is known of a post, there is exactly one outcome."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.load import shipped
from bot.domain import Band, Carrier, Cause, Doubt, Finding, Relation, Skip
from bot.reply.policy import (
    ONLY_IF_ADDRESSED,
    Draft,
    Facts,
    Manners,
    Mode,
    Platform,
    Reason,
    Way,
    decide,
    is_quiet,
    still,
)
from bot.reply.words import compile_lists
from tests.factories import NOON, analysis, post, verdict

TEXTS = {lang: tomllib.loads(shipped("texts", f"replies.{lang}.toml").read_text("utf-8")) for lang in ("de", "en")}
LISTED = compile_lists(texts["words"] for texts in TEXTS.values())
MANNERS = Manners(
    modes=dict.fromkeys(Platform, Mode.DRAFT),
    max_age=timedelta(days=1),
    cooldown=timedelta(days=14),
    hourly_cap=10,
    daily_cap=40,
    quiet_from=time(20),
    quiet_until=time(8),
    zone=UTC,
)


def finding(text: str = "o2 in Köln tot", addressed: bool = False, press: bool = False, **changes: Any) -> Finding:
    return Finding(post(text, addressed=addressed, press=press), analysis(text, **changes), NOON)


CASES = {
    Reason.MADE_UP: (finding(), {"made_up": True}),
    Reason.SUPPRESSED: (finding(), {"suppressed": True}),
    Reason.PRESS: (finding(press=True), {}),
    Reason.NOT_OURS: (finding(carrier=Carrier(Relation.OTHER, "Telekom")), {}),
    Reason.SENSITIVE: (finding("o2 tot, und meine Oma braucht den Notarzt"), {}),
    Reason.OPTED_OUT: (finding(), {"opted_out": True}),
    Reason.NO_CHANNEL: (finding(), {"platform": None}),
    Reason.OFF: (finding(), {"platform": Platform.MAIL}),
    Reason.RESOLVED: (finding(), {"resolved": True}),
    Reason.OTHER_MATTER: (finding(verdict=verdict(band=Band.C, cause=Cause.LANDLINE)), {}),
    Reason.UNSURE: (finding(verdict=verdict(doubt=Doubt("near the line", 0.1))), {}),
    Reason.TOO_OLD: (replace(finding(), at=NOON - timedelta(days=2)), {}),
    Reason.CONVERSATION: (finding(addressed=True), {"in_conversation": True}),
    Reason.ANSWERED: (finding(), {"answered": True}),
    Reason.COOLDOWN: (finding(), {"last_reply_at": NOON - timedelta(days=13)}),
    Reason.CLOSED: (finding(), {"closed": True}),
    Reason.WARNED: (finding(), {"warned": True}),
    Reason.FORBIDDEN: (finding(), {"platform": Platform.X}),
    Reason.HOURLY_CAP: (finding(), {"this_hour": 10}),
    Reason.DAILY_CAP: (finding(), {"this_day": 40}),
}
LATER = {Reason.GONE}  # the platform says so when it is asked before sending
NO_MAIL = replace(MANNERS, modes={**MANNERS.modes, Platform.MAIL: Mode.OFF})


def test_a_mail_is_answered_in_the_mailbox() -> None:
    outcome = decide(finding(addressed=True), Facts(Platform.MAIL), MANNERS, LISTED, now=NOON)
    assert isinstance(outcome, Draft)
    assert (outcome.way, outcome.reason) == (Way.BY_HAND, Reason.BY_MAIL)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in LATER | {Reason.BY_MAIL}])
def test_every_reason_is_given(reason: Reason) -> None:
    about, facts = CASES.get(reason, (finding(), {}))
    now = NOON.replace(hour=21) if reason is Reason.QUIET_HOURS else NOON
    outcome = decide(about, Facts(**facts), NO_MAIL, LISTED, now=now)
    assert outcome.reason == reason
    assert isinstance(outcome, Draft) == (reason is Reason.FORBIDDEN)


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_reason_and_every_way_has_words_for_people(lang: str) -> None:
    by_people = {"by_person", "by_person_handled", "by_person_tone", "by_person_wrong"}
    assert set(TEXTS[lang]["reasons"]) == {*Reason, *by_people}
    assert set(TEXTS[lang]["ways"]) == set(Way)


@pytest.mark.parametrize(
    ("platform", "addressed", "mode", "way"),
    [
        (Platform.MASTODON, False, Mode.DRAFT, Way.APPROVAL),
        (Platform.MASTODON, False, Mode.AUTOMATIC, Way.APPROVAL),
        (Platform.MASTODON, True, Mode.AUTOMATIC, Way.AUTOMATIC),
        (Platform.X, True, Mode.AUTOMATIC, Way.AUTOMATIC),
        (Platform.X, True, Mode.DRAFT, Way.APPROVAL),
        (Platform.X, False, Mode.AUTOMATIC, Way.BY_HAND),
        (Platform.BLUESKY, False, Mode.AUTOMATIC, Way.BY_HAND),
        (Platform.MAIL, True, Mode.AUTOMATIC, Way.BY_HAND),
    ],
)
def test_only_who_spoke_to_us_may_be_answered_without_a_person(
    platform: Platform, addressed: bool, mode: Mode, way: Way
) -> None:
    manners = replace(MANNERS, modes={platform: mode})
    outcome = decide(finding(addressed=addressed), Facts(platform), manners, LISTED, now=NOON)
    assert isinstance(outcome, Draft)
    assert outcome.way is way


def test_a_person_s_word_ends_a_doubt_and_the_cooldown_ends_by_itself() -> None:
    doubtful = finding(verdict=verdict(doubt=Doubt("near the line", 0.1)))
    assert isinstance(decide(doubtful, Facts(sure=True), MANNERS, LISTED, now=NOON), Draft)
    assert isinstance(
        decide(finding(), Facts(last_reply_at=NOON - timedelta(days=14)), MANNERS, LISTED, now=NOON), Draft
    )


@given(
    platform=st.none() | st.sampled_from(Platform),
    mode=st.sampled_from(Mode),
    flags=st.tuples(*[st.booleans()] * 7),
    addressed=st.booleans(),
    hours=st.integers(0, 60),
    counts=st.tuples(st.integers(0, 50), st.integers(0, 50)),
    text=st.text(max_size=40),
)
def test_there_is_exactly_one_outcome(
    platform: Platform | None,
    mode: Mode,
    flags: tuple[bool, ...],
    addressed: bool,
    hours: int,
    counts: tuple[int, int],
    text: str,
) -> None:
    facts = Facts(platform, *flags, this_hour=counts[0], this_day=counts[1])
    manners = replace(MANNERS, modes=dict.fromkeys(Platform, mode))
    outcome = decide(finding(text, addressed), facts, manners, LISTED, now=NOON + timedelta(hours=hours))
    if isinstance(outcome, Skip):
        assert outcome.reason in set(Reason)
        return
    assert not any([facts.made_up, facts.suppressed, facts.opted_out, facts.answered])
    assert outcome.way is not Way.AUTOMATIC or addressed
    assert (outcome.reason is Reason.FORBIDDEN) == (platform in ONLY_IF_ADDRESSED and not addressed)


def test_limits_end_exactly_where_the_config_says() -> None:
    none_yet = replace(MANNERS, hourly_cap=1, daily_cap=1)
    assert isinstance(decide(finding(), Facts(), none_yet, LISTED, now=NOON), Draft)
    second = timedelta(seconds=1)
    for changes, age, wanted in (
        ({}, MANNERS.max_age, None),
        ({}, MANNERS.max_age + second, Reason.TOO_OLD),
        ({"last_reply_at": NOON - MANNERS.cooldown}, second, None),
        ({"last_reply_at": NOON - MANNERS.cooldown + second}, second, Reason.COOLDOWN),
        ({"this_hour": 9, "this_day": 39}, second, None),
    ):
        facts = Facts(**changes)
        drafted = decide(replace(finding(), at=NOON - age), facts, MANNERS, LISTED, now=NOON)
        assert drafted.reason == wanted
        assert still(facts, MANNERS, at=NOON - age, now=NOON) == wanted


@pytest.mark.parametrize(
    ("facts", "hours", "reason"),
    [
        ({}, 0, None),
        ({"made_up": True}, 0, Reason.MADE_UP),
        ({"suppressed": True}, 0, Reason.SUPPRESSED),
        ({"opted_out": True}, 0, Reason.OPTED_OUT),
        ({}, 25, Reason.TOO_OLD),
        ({"answered": True}, 0, Reason.ANSWERED),
        ({"last_reply_at": NOON}, 0, Reason.COOLDOWN),
        ({"platform": None}, 0, Reason.OFF),
        ({}, 9, Reason.QUIET_HOURS),
        ({"this_hour": 10}, 0, Reason.HOURLY_CAP),
        ({"this_day": 40}, 0, Reason.DAILY_CAP),
        ({"resolved": True, "warned": True}, 0, None),
    ],
)
def test_what_was_approved_is_looked_at_once_more_before_it_is_sent(
    facts: dict[str, Any], hours: int, reason: Reason | None
) -> None:
    assert still(Facts(**facts), MANNERS, at=NOON, now=NOON + timedelta(hours=hours)) is reason


@pytest.mark.parametrize(
    ("since", "until", "hour", "quiet"),
    [(20, 8, 21, True), (20, 8, 7, True), (20, 8, 12, False), (20, 8, 8, False), (12, 13, 12, True), (12, 13, 13, False),
     (9, 9, 9, False)],
)  # fmt: skip
def test_quiet_hours_may_go_past_midnight(since: int, until: int, hour: int, quiet: bool) -> None:
    manners = replace(MANNERS, quiet_from=time(since), quiet_until=time(until))
    assert is_quiet(manners, datetime(2026, 3, 2, hour, tzinfo=UTC)) is quiet


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Stopp", True), ("@brennpunkt STOP!", True), ("bitte abmelden", True),
        ("@o2 kein Bot bitte, und Netz ist auch keins da", True),
        ("Please, leave me alone", True), ("Don't reply to me", True), ("o2 tot #nobot", True), ("Unsubscribe", True),
        ("Ich stop jetzt mit o2, das Netz nervt seit Tagen", False), ("an der Bushaltestelle Stopp Mitte kein Netz mit o2", False),
        ("Roboter", False), ("", False),
    ],
)  # fmt: skip
def test_who_wants_no_answer(text: str, wanted: bool) -> None:
    assert LISTED.opts_out(text) is wanted


@pytest.mark.parametrize(
    ("text", "grave"),
    [
        ("konnte keinen Notruf absetzen", True), ("Notrufnummer geht nicht", True), ("112 nicht erreichbar", True),
        ("I will kill myself", True), ("was threatened on the train", True), ("nur 1120 kbit", False), ("Netz tot", False),
    ],
)  # fmt: skip
def test_what_a_person_must_read_at_once(text: str, grave: bool) -> None:
    assert LISTED.sensitive(text) is grave

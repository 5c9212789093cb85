"""From a found post to a draft that waits, or a reason that is counted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import store
from bot.analyse import Judge, analyse
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.domain import Band, Tally
from bot.jobs import drafting
from bot.reply.policy import Reason, Way
from bot.store import drafts, labels
from tests.factories import post

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SETTINGS = load_settings(shipped("o2-de.toml"))
STALL = "Volle Balken am Hbf in Köln, aber bei o2 lädt nichts"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(SETTINGS)


def desk(judge: Judge, settings: Settings = SETTINGS, **changes: Any) -> drafting.Desk:
    reply = settings.reply.model_copy(update={"enabled": True, **changes})
    return drafting.open_desk(settings.model_copy(update={"reply": reply}), judge)


def found(db: store.Database, judge: Judge, *texts: str, now: datetime = NOON, **changes: Any) -> None:
    """Posts by as many people as there are texts, unless told otherwise."""
    posts = [
        post(text, **{"source": "mastodon-social", "author": f"person{number}", "created_at": now, **changes})
        for number, text in enumerate(texts)
    ]
    with store.transaction(db):
        store.add_source(db, posts[0].id.source)
        store.add_page(db, [(one, analyse(one, judge)) for one in posts], now=now, tally=Tally())


def run(db: store.Database, at: drafting.Desk, now: datetime = NOON, **changes: Any) -> drafting.Drafted:
    return drafting.draft_replies(db, at, now=now, **changes)


def test_a_complaint_gets_a_draft_that_waits_for_a_person_and_the_second_run_does_nothing(
    db: store.Database, judge: Judge
) -> None:
    found(db, judge, STALL)
    assert run(db, desk(judge)).ways == {Way.APPROVAL: 1}
    (reply,) = drafts.replies(db)
    assert (reply.state, reply.way, reply.platform, reply.lang) == ("draft", "approval", "mastodon", "de")
    assert reply.text
    assert "utomatis" in reply.text
    assert "http" not in reply.text
    assert not run(db, desk(judge)).ways


def test_who_addressed_us_needs_no_approval_where_the_config_says_so(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL, addressed=True)
    assert run(db, desk(judge, modes={"mastodon": "automatic"})).ways == {Way.AUTOMATIC: 1}
    (reply,) = drafts.replies(db)
    assert (reply.state, reply.decided_by) == ("approved", "daemon")


def test_a_person_gets_one_reply_and_a_copy_none(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL, "o2 in Bonn lahmt, Videos laden ewig", author="kim")
    found(db, judge, STALL, author="lee")
    done = run(db, desk(judge))
    assert done.ways == {Way.APPROVAL: 1}
    assert done.reasons == {Reason.COOLDOWN: 1, Reason.ANSWERED: 1}


def test_caps_and_quiet_hours_make_posts_wait(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL, "o2 in Bonn lahmt, Videos laden ewig", "kein Netz bei o2 in Hamburg-Altona seit Stunden")
    night, at = NOON.replace(hour=22), desk(judge, hourly_cap=1)
    assert run(db, at, night).reasons == {Reason.QUIET_HOURS: 3}
    assert drafts.replies(db) == []
    first = run(db, at, NOON + timedelta(minutes=1))
    assert (first.ways, first.reasons) == ({Way.APPROVAL: 1}, {Reason.HOURLY_CAP: 2})
    assert run(db, at, NOON + timedelta(hours=2)).ways == {Way.APPROVAL: 1}


def test_what_is_sensitive_is_named_at_once_and_even_at_night(db: store.Database, judge: Judge) -> None:
    found(db, judge, "kein Netz bei o2 in Köln, konnte keinen Notruf absetzen")
    done = run(db, desk(judge), NOON.replace(hour=23))
    assert (done.sensitive, done.ways) == ([1], {})
    assert [reply.reason for reply in drafts.replies(db)] == ["sensitive"]


def test_stop_is_heard_in_whatever_they_answer_and_withdraws_the_draft(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL, author="kim")
    run(db, desk(judge))
    found(db, judge, "Stopp!", author="kim", addressed=True)
    assert run(db, desk(judge)).opted_out == 1
    assert [reply.state for reply in drafts.replies(db)] == ["withdrawn"]
    later = NOON + timedelta(days=60)
    found(db, judge, "o2 in Bonn lahmt, Videos laden ewig", author="kim", now=later)
    assert run(db, desk(judge), later).reasons == {Reason.OPTED_OUT: 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("o2 in Köln läuft wieder, gestern war alles tot", Reason.RESOLVED),
        ("Telekom in Köln: volle Balken, aber nichts lädt", Reason.NOT_OURS),
    ],
)
def test_others_trouble_and_what_is_over_need_no_reply(
    db: store.Database, judge: Judge, text: str, reason: Reason
) -> None:
    found(db, judge, text)
    assert run(db, desk(judge)).reasons == {reason: 1}


def test_posts_of_a_file_and_made_up_ones_get_no_reply(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL, source="archive")
    assert run(db, desk(judge)).reasons == {Reason.NO_CHANNEL: 1}
    found(db, judge, "o2 in Bonn lahmt, Videos laden ewig", source="november")
    with store.transaction(db):
        db.execute("UPDATE sources SET made_up = 1 WHERE name = 'november'")
    assert run(db, desk(judge)).reasons == {Reason.MADE_UP: 1}


def test_a_manager_s_label_counts_more_than_the_verdict(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL)
    with store.transaction(db):
        labels.add_label(db, 1, labels.Label(Band.D), who="kim", now=NOON)
    assert run(db, desk(judge)).reasons == {Reason.OTHER_MATTER: 1}


def test_a_confirmed_fault_is_said_only_where_and_while_it_holds(db: store.Database, judge: Judge) -> None:
    with store.transaction(db):
        drafts.add_fault(db, "Köln", None, until=NOON + timedelta(hours=1), by="kim", now=NOON)
    found(db, judge, STALL, "kein Netz bei o2 in Hamburg-Altona seit Stunden")
    run(db, desk(judge))
    hamburg, koeln = (reply.text or "" for reply in drafts.replies(db))
    assert "Störung" in koeln
    assert "Köln" in koeln
    assert "Störung" not in hamburg
    later = NOON + timedelta(hours=2)
    found(db, judge, "Mist, o2 lädt in Köln-Deutz rein gar nichts, trotz Empfang", now=later, author="sam")
    run(db, desk(judge), later)
    assert "Störung" not in (drafts.replies(db)[0].text or "")


def test_the_link_to_the_form_is_filled_in_and_signed(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL)
    run(db, desk(judge, form_url="https://netz.example/melden"))
    text = drafts.replies(db)[0].text or ""
    query = text.split("https://netz.example/melden?")[1].split()[0]
    known, _, signature = query.partition("&sig=")
    assert "ort=K%C3%B6ln" in known
    assert signature == db.pseudonym("form", known)


def test_a_dry_run_leaves_nothing(db: store.Database, judge: Judge) -> None:
    found(db, judge, STALL, "Stopp", addressed=True)
    assert run(db, desk(judge), keep=False).ways == {Way.APPROVAL: 1}
    assert (drafts.replies(db), db.execute("SELECT count(*) FROM opt_outs").fetchone()) == ([], (0,))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (STALL, "would draft a reply"),
        ("o2 in Köln läuft wieder, gestern war alles tot", "none: over by now"),
        ("Ich gehe heute ins Kino", "none: not our network"),
        ("kein Netz bei o2, konnte keinen Notruf absetzen", "none: sensitive"),
    ],
)
def test_explain_says_what_would_be_done(judge: Judge, text: str, told: str) -> None:
    for hour in (3, 12):
        now = NOON.replace(hour=hour)
        assert drafting.outlook(analyse(post(text), judge), desk(judge), now=now).startswith(told)


def test_without_replies_switched_on_the_outlook_says_so(judge: Judge) -> None:
    closed = drafting.open_desk(SETTINGS, judge)
    assert drafting.outlook(analyse(post(STALL), judge), closed, now=NOON) == (
        "would draft a reply, but replies are switched off"
    )


@pytest.mark.parametrize("name", ["o2-de.toml", "o2-uk.toml"])
def test_replies_are_off_as_shipped(name: str) -> None:
    path: Path = shipped(name)
    settings = load_settings(path)
    assert (settings.reply.enabled, settings.dry_run) == (False, True)
    assert set(settings.reply.modes.values()) == {"draft"}

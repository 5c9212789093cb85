"""What people say to our replies has its effect, once, and nothing is said in return."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import store
from bot.analyse import Judge, analyse
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.domain import Tally
from bot.jobs import conversations, drafting, rejudging
from bot.reply.answers import Kind
from bot.reply.policy import Reason
from bot.store import answers, drafts
from bot.store import sending as stored
from tests.factories import post

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTINGS = load_settings(shipped("o2-de.toml"))


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(SETTINGS)


@pytest.fixture
def desk(judge: Judge) -> drafting.Desk:
    reply = SETTINGS.reply.model_copy(update={"enabled": True})
    return drafting.open_desk(SETTINGS.model_copy(update={"reply": reply}), judge)


def wrote(
    db: store.Database, judge: Judge, text: str, *, to: str = "", author: str = "kim", now: datetime = NOON
) -> int:
    one = post(
        text,
        source="mastodon-social",
        author=author,
        created_at=now,
        addressed=bool(to),
        answers=to,
        native=f"{author} {text}",
    )
    with store.transaction(db):
        store.add_source(db, "mastodon-social")
        store.add_page(db, [(one, analyse(one, judge))], now=now, tally=Tally())
    number: int = db.execute("SELECT max(id) FROM posts").fetchone()[0]
    return number


def answered(
    db: store.Database, judge: Judge, desk: drafting.Desk, text: str = "bei o2 lädt nichts, volle Balken"
) -> int:
    """A complaint by kim to which our reply `ours` was sent."""
    number = wrote(db, judge, text)
    drafting.draft_replies(db, desk, now=NOON)
    drafts.decide(db, 1, "approved", by="lea", now=NOON)
    with store.transaction(db):
        assert stored.settle_sending(db, 1, "sent", was="approved", native="ours")
    return number


def hear(db: store.Database, desk: drafting.Desk) -> conversations.Heard:
    return conversations.read_answers(db, desk, now=NOON + MINUTE)


def places(db: store.Database) -> list[tuple[str | None, str | None, str]]:
    """Of the complaints of the day, as all that counts them reads them."""
    found = store.complaints(db, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1))
    return [(each.city, each.district, each.who) for each in found]


def test_a_place_told_in_answer_completes_the_finding_for_all_that_counts(
    db: store.Database, judge: Judge, desk: drafting.Desk
) -> None:
    answered(db, judge, desk)
    ((nowhere, _, kim),) = places(db)
    wrote(db, judge, "@brennpunkt Hamburg-Altona", to="ours")
    heard = hear(db, desk)
    assert (heard.kinds, heard.completed) == ({Kind.PLACE: 1}, 1)
    assert nowhere is None
    assert places(db) == [("Hamburg", "Altona", kim)]
    assert db.execute("SELECT city, district, rule FROM places").fetchall() == [("Hamburg", "Altona", "told")]
    assert "finding completed" in [deed.action for deed in store.deeds(db, since=NOON)]
    assert not hear(db, desk).kinds


def test_who_tells_the_place_in_a_complaint_is_counted_once(
    db: store.Database, judge: Judge, desk: drafting.Desk
) -> None:
    answered(db, judge, desk)
    wrote(db, judge, "@brennpunkt In Hamburg-Altona, o2 lädt da nichts", to="ours")
    hear(db, desk)
    assert len({(city, district, who) for city, district, who in places(db)}) == 1


def test_what_was_told_outlives_a_change_of_the_rules(db: store.Database, judge: Judge, desk: drafting.Desk) -> None:
    answered(db, judge, desk)
    wrote(db, judge, "22765", to="ours")
    hear(db, desk)
    db.execute("UPDATE posts SET version = 0")
    rejudging.rejudge(db, judge, now=NOON)
    assert db.execute("SELECT city, postcode FROM findings WHERE post = 1").fetchall() == [("Hamburg", "22765")]
    assert len(db.execute("SELECT * FROM places WHERE post = 1").fetchall()) == 1


def test_somebody_else_s_answer_moves_nobody_s_complaint(db: store.Database, judge: Judge, desk: drafting.Desk) -> None:
    answered(db, judge, desk)
    wrote(db, judge, "Köln-Deutz", to="ours", author="lee")
    assert hear(db, desk).completed == 0
    assert places(db)[0][0] is None


def test_stop_is_obeyed_in_silence(db: store.Database, judge: Judge, desk: drafting.Desk) -> None:
    answered(db, judge, desk)
    wrote(db, judge, "@brennpunkt stopp", to="ours")
    assert hear(db, desk).kinds == {Kind.STOP: 1}
    assert db.execute("SELECT count(*) FROM opt_outs").fetchone() == (1,)
    assert answers.answers(db) == []
    assert len(drafts.replies(db)) == 1


def test_questions_and_emergencies_wait_for_a_person_until_somebody_has_seen_to_them(
    db: store.Database, judge: Judge, desk: drafting.Desk
) -> None:
    answered(db, judge, desk)
    asked = wrote(db, judge, "Wann geht es wieder?", to="ours")
    grave = wrote(db, judge, "Wir mussten den Notarzt rufen und kamen nicht durch", to="ours", author="lee")
    wrote(db, judge, "Danke euch!", to="ours")
    assert hear(db, desk).sensitive == [grave]
    assert [(each.post, each.kind) for each in answers.answers(db)] == [(grave, "sensitive"), (asked, "question")]
    with store.transaction(db):
        assert answers.close_answer(db, grave, by="lea", now=NOON)
        assert not answers.close_answer(db, grave, by="sam", now=NOON)
    assert [each.post for each in answers.answers(db)] == [asked]
    assert len(answers.answers(db, open_only=False)) == 3


def test_an_answer_gets_no_automatic_answer(db: store.Database, judge: Judge, desk: drafting.Desk) -> None:
    answered(db, judge, desk)
    later = NOON + timedelta(days=40)
    wrote(db, judge, "o2 lädt bei mir schon wieder nichts, volle Balken", to="ours", now=later)
    assert drafting.draft_replies(db, desk, now=later).reasons == {Reason.CONVERSATION: 1}


def test_what_answers_somebody_else_is_not_read_as_said_to_us(
    db: store.Database, judge: Judge, desk: drafting.Desk
) -> None:
    answered(db, judge, desk)
    wrote(db, judge, "Hamburg-Altona", to="another post")
    assert not hear(db, desk).kinds


def test_with_the_text_goes_which_post_it_answered(db: store.Database, judge: Judge, desk: drafting.Desk) -> None:
    number = answered(db, judge, desk)
    wrote(db, judge, "Wann geht es wieder?", to="ours")
    natives = [row[0] for row in db.execute("SELECT native FROM posts ORDER BY id")]
    with store.transaction(db):
        store.delete_posts(db, [post(source="mastodon-social", native=native).id for native in natives])
    assert number == 1
    assert db.execute("SELECT parent FROM answers").fetchall() == [(None,)]
    assert db.execute("SELECT native FROM sendings").fetchall() == [(None,)]

"""An approved reply reaches its person once, or a reason says why not."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot import store
from bot.analyse import Judge, analyse
from bot.collect.base import Outgoing
from bot.collect.budget import Budget
from bot.collect.mastodon.reply import MastodonSender
from bot.collect.replying import Sender
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.sources import MastodonSettings
from bot.domain import PostId, Tally
from bot.errors import ReplyForbidden
from bot.jobs import drafting, sending
from bot.store import drafts
from bot.store import sending as stored
from tests.factories import post
from tests.servers.mastodon import EPOCH, FAULTS, TOKEN, FakeMastodon, fake_mastodon

NOON = EPOCH
TEXT = "Volle Balken am Hbf in Köln, aber bei o2 lädt nichts"
SHIPPED = load_settings(shipped("o2-de.toml"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(SHIPPED)


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMastodon]:
    monkeypatch.setenv("M_TOKEN", TOKEN)
    with fake_mastodon(scopes=("read", "write")) as fake:
        yield fake


class Town:
    """A database with posts found at an instance, and the replies to them."""

    def __init__(self, db: store.Database, judge: Judge, instance: FakeMastodon, **reply: Any) -> None:
        self.db, self.judge, self.instance = db, judge, instance
        self.now = NOON
        self.source = MastodonSettings(
            kind="mastodon", name="m", url=instance.url, hashtags=("o2",), token_env="M_TOKEN", contact="a@example.org"
        )
        changed = SHIPPED.reply.model_copy(update={"enabled": True, **reply})
        settings = SHIPPED.model_copy(update={"dry_run": False, "sources": (self.source,), "reply": changed})
        self.desk = drafting.open_desk(settings, judge)

    def found(self, text: str = TEXT, author: str = "kim", **changes: Any) -> str:
        """A post there, stored and drafted a reply to, which is approved. Returns its id at the instance."""
        row = self.instance.publish("o2", text, at=self.now)
        one = post(
            text,
            source="m",
            native=row["uri"],
            author=author,
            created_at=self.now,
            local=row["id"],
            url=row["url"],
            **changes,
        )
        with store.transaction(self.db):
            store.add_source(self.db, "m")
            store.add_page(self.db, [(one, analyse(one, self.judge))], now=self.now, tally=Tally())
        drafting.draft_replies(self.db, self.desk, now=self.now)
        for reply in drafts.replies(self.db, states=("draft",)):
            drafts.decide(self.db, reply.number, "approved", by="lea", now=self.now)
        return str(row["id"])

    def send(self, after: timedelta = timedelta(), **options: Any) -> sending.Sent:
        self.now += after

        def open_(*_: object) -> Sender:
            return MastodonSender(self.source, clock=lambda: self.now, budget=Budget(10_000))

        return sending.send_replies(self.db, self.desk, clock=lambda: self.now, open_=open_, **options)

    def states(self) -> list[tuple[str, str | None]]:
        return [(reply.state, reply.reason) for reply in reversed(drafts.replies(self.db))]


@pytest.fixture
def town(db: store.Database, judge: Judge, instance: FakeMastodon) -> Town:
    return Town(db, judge, instance)


def test_an_approved_reply_is_sent_once_to_whom_it_answers_and_not_into_all_timelines(town: Town) -> None:
    native = town.found()
    assert town.send().lines == ["reply 1 (m): sent"]
    assert town.send(HOUR).lines == []
    ((_, row),) = town.instance.posted
    assert (row["in_reply_to_id"], row["visibility"]) == (native, "unlisted")
    assert row["content"].startswith("<p>@kim ")
    assert "utomatis" in row["content"]
    assert [deed.action for deed in store.deeds(town.db, since=NOON)] == ["reply approved", "reply sent"]


def test_in_a_dry_run_nothing_leaves_and_the_outlook_says_what_would(
    db: store.Database, judge: Judge, instance: FakeMastodon
) -> None:
    town = Town(db, judge, instance)
    town.found()
    town.desk = drafting.open_desk(town.desk.settings.model_copy(update={"dry_run": True}), judge)
    assert town.send().lines == []
    assert instance.asked == []
    (line,) = sending.outlook(db, town.desk, now=NOON)
    assert line.startswith("reply 1 (m): would be sent: ")
    assert town.states() == [("approved", None)]


def test_stop_works_at_once_and_until_somebody_resumes(town: Town) -> None:
    town.found()
    with store.transaction(town.db):
        stored.halt(town.db, stored.EVERYWHERE, by="lea", why="wrong text", now=NOON)
    assert list(town.send().waiting) == ["stopped: `brennpunkt replies resume` lets them go"]
    assert town.instance.posted == []
    with store.transaction(town.db):
        stored.resume(town.db, stored.EVERYWHERE, by="kim", now=NOON)
    assert town.send().lines == ["reply 1 (m): sent"]


def test_a_stop_between_the_last_look_and_the_attempt_still_stops(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.found()
    look = MastodonSender.look

    def look_and_stop(*args: Any) -> Any:
        found = look(*args)
        with store.transaction(town.db):
            stored.halt(town.db, "m", by="lea", why="now", now=NOON)
        return found

    monkeypatch.setattr(MastodonSender, "look", look_and_stop)
    assert town.send().lines == []
    assert town.instance.posted == []


def test_a_post_that_is_gone_is_not_answered(town: Town) -> None:
    town.found()
    town.instance.tags.clear()
    assert town.send().lines == ["reply 1 (m): withdrawn (the post is gone by now)"]


def test_what_a_colleague_answered_from_the_account_is_not_answered_again(town: Town) -> None:
    native = town.found()
    town.instance.post({"status": "Hallo!", "visibility": "public", "in_reply_to_id": native}, TOKEN)
    town.send()
    assert town.states() == [("withdrawn", "answered")]
    assert len(town.instance.posted) == 1


def test_who_opted_out_after_the_approval_gets_nothing(town: Town) -> None:
    town.found()
    with store.transaction(town.db):
        drafts.opt_out(town.db, town.db.pseudonym("author", "m", "kim"), now=NOON)
    town.send()
    assert town.states() == [("withdrawn", "opted_out")]
    assert town.instance.posted == []


def test_what_was_approved_too_late_is_not_sent_any_more(town: Town) -> None:
    town.found()
    town.send(timedelta(days=2))
    assert (town.states(), town.instance.posted) == ([("withdrawn", "too_old")], [])


def test_quiet_hours_and_caps_hold_at_the_moment_of_sending_too(
    db: store.Database, judge: Judge, instance: FakeMastodon
) -> None:
    town = Town(db, judge, instance, hourly_cap=2)
    town.found()
    town.found("o2 in Bonn lahmt, Videos laden ewig", "lee")
    town.desk = drafting.open_desk(
        town.desk.settings.model_copy(update={"reply": town.desk.settings.reply.model_copy(update={"hourly_cap": 1})}),
        judge,
    )
    town.now = NOON.replace(hour=22)
    assert list(town.send().waiting) == ["quiet hours, waits"]
    town.now = NOON + HOUR
    assert list(town.send().waiting) == ["enough for this hour, waits"]
    assert len(instance.posted) == 1
    town.send(2 * HOUR)
    assert len(instance.posted) == 2


@pytest.mark.parametrize("made", [True, False], ids=["it was posted", "it was not"])
@pytest.mark.parametrize(
    "fault",
    ["a reset", "a body that breaks off", "500", "502", "HTML instead of JSON", "half a JSON", "an object", "nothing"],
)
def test_an_answer_that_is_lost_never_leads_to_a_second_reply(town: Town, fault: str, made: bool) -> None:
    native = town.found()
    town.instance.posts_first = made
    town.instance.faults = {4: FAULTS[fault]}
    (line,) = town.send().lines
    assert line.startswith("reply 1 (m): unknown (")
    assert town.states() == [("unknown", None)]
    assert town.send().lines == []
    found = town.send(3 * MINUTE).lines
    town.send(HOUR)
    assert found[0] == ("reply 1 (m): sent" if made else "reply 1 (m): approved (certainly not posted, tried again)")
    assert (town.instance.replies(), town.states()) == ([native], [("sent", None)])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("429", "waits until 12:20 UTC"),
        ((401, "application/json", b"{}", {}), "the token may not post"),
    ],
)
def test_what_was_certainly_not_posted_is_tried_again_later(town: Town, fault: Any, told: str) -> None:
    town.instance.posts_first = False
    native = town.found()
    town.instance.faults = {4: FAULTS[fault] if isinstance(fault, str) else fault}
    assert told in " ".join(town.send().lines)
    assert town.states() == [("approved", None)]
    assert town.send(MINUTE).lines == []
    town.send(2 * HOUR)
    assert town.instance.replies() == [native]


def test_a_refusal_is_a_dead_letter_that_a_person_may_mend(town: Town) -> None:
    town.instance.limit = 40
    town.found()
    town.send()
    assert town.states() == [("failed", None)]
    assert (
        drafts.replies(town.db)[0].error == f"{town.source.url.removeprefix('http://')}: does not take the reply (422)"
    )
    assert town.send(HOUR).lines == []
    assert drafts.decide(town.db, 1, "draft", by="lea", now=town.now, text="Danke! Wo? (Automatisch, Stopp.)")
    assert drafts.decide(town.db, 1, "approved", by="lea", now=town.now)
    assert town.send().lines == ["reply 1 (m): sent"]


def test_a_platform_in_trouble_is_left_alone_and_does_not_cost_attempts(town: Town) -> None:
    town.found()
    town.found("o2 in Bonn lahmt, Videos laden ewig", "lee")
    town.instance.faults = dict.fromkeys(range(100), FAULTS["502"])
    done = town.send()
    assert (len(done.lines), list(done.waiting.values())) == (1, [1])
    assert {reply.attempts for reply in drafts.replies(town.db)} == {0}
    town.instance.faults = {}
    town.send(HOUR)
    assert len(town.instance.posted) == 2


def test_an_account_that_does_not_say_that_it_is_a_program_sends_nothing(town: Town) -> None:
    town.instance.bot = False
    town.found()
    assert "is not marked as automated" in town.send().lines[0]
    assert town.instance.posted == []


def test_three_refusals_by_the_platform_s_rules_stop_its_account(town: Town) -> None:
    for again in (True, True, False, True, True):
        with store.transaction(town.db):
            assert not stored.note_forbidden(town.db, "m", again=again, now=NOON)
    with store.transaction(town.db):
        assert stored.note_forbidden(town.db, "m", again=True, now=NOON)
    town.found()
    town.send()
    assert town.instance.posted == []


def test_a_reply_whose_process_died_is_looked_for(town: Town) -> None:
    native = town.found()
    (reply,) = stored.due_sendings(town.db, "approved", now=NOON)
    caps = stored.Caps(NOON - HOUR, 9, NOON - HOUR, 9)
    assert stored.claim_sending(town.db, reply, caps=caps, now=NOON)
    assert not stored.claim_sending(town.db, reply, caps=caps, now=NOON)
    assert town.send(MINUTE).lines == []
    assert town.states() == [("sending", None)]
    assert town.send(10 * MINUTE).lines == ["reply 1 (m): approved (certainly not posted, tried again)"]
    town.send(HOUR)
    assert town.instance.replies() == [native]


def test_a_post_deleted_while_nobody_knows_is_not_answered_afterwards(town: Town) -> None:
    town.found()
    town.instance.posts_first = False
    town.instance.faults = {4: FAULTS["502"]}
    town.send()
    (row,) = town.instance.tags["o2"]
    with store.transaction(town.db):
        store.delete_posts(town.db, [PostId("m", row["uri"])])
    town.send(HOUR)
    town.send(HOUR)
    assert town.instance.posted == []


def test_the_fourth_reply_is_not_tried_where_the_platform_forbade_three(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def forbidden(_: object, outgoing: Outgoing, __: object) -> str:
        tried.append(outgoing.to.id)
        raise ReplyForbidden("X forbids it (403)")

    monkeypatch.setattr(MastodonSender, "send", forbidden)
    lame = {"Köln": "Videos", "Bonn": "Karten", "Hamburg": "Bilder", "Mannheim": "Mails"}
    for city, what in lame.items():
        town.found(f"o2 in {city} lahmt, {what} laden ewig", city)
    town.send()
    assert len(tried) == 3
    assert [state for state, _ in town.states()] == ["failed"] * 3 + ["approved"]
    (halt,) = stored.halts(town.db)
    assert (halt.source, halt.by, halt.why) == ("m", "daemon", "the platform forbade 3 replies in a row")

"""Replies at X, against a stub that bills, forbids and loses answers as X does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import store
from bot.collect.base import Kept, Outgoing
from bot.collect.budget import Budget
from bot.collect.x.reply import XSender
from bot.config.sources import XSettings
from bot.domain import PostId
from bot.errors import LoginFailed, RateLimited, ReplyForbidden, ReplyUnsure, SourceError
from tests.collect.x_bench import NOON
from tests.servers.x import FAULTS, MENTION_READ, OWN, POST_READ, REPLY, TOKEN, StubPost, XServer, id_of

PARENT = id_of(NOON - timedelta(hours=1))
TO_US = {"entities": {"mentions": [{"id": OWN, "username": "brennpunkt"}]}}
SETTINGS = XSettings(
    kind="x", name="x", token_env="X_READS", reply_keys_env="X_WRITES", daily_cap_usd=1, monthly_cap_usd=10,
    account_id=OWN, contact="a@b.example", queries=("o2",),
)  # fmt: skip
REPLIED = Outgoing(Kept(PostId("x", str(PARENT)), ""), "Danke! (Automatisch, Stopp)", "de", NOON, "ab" * 16, NOON)


@pytest.fixture(scope="module")
def running() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


@pytest.fixture
def server(running: XServer, monkeypatch: pytest.MonkeyPatch) -> XServer:
    monkeypatch.setenv("X_READS", TOKEN)
    monkeypatch.setenv("X_WRITES", "app-key app-secret\naccess-token access-secret")
    running.reset(NOON)
    running.posts = [StubPost(PARENT, extra=TO_US)]
    return running


@pytest.fixture
def sender(server: XServer, db: store.Database) -> Iterator[XSender]:
    purse = store.Purse(db, "x", 1_000_000, 10_000_000, lambda: NOON)
    made = XSender(SETTINGS, purse, base=server.base, clock=lambda: NOON, budget=Budget(10_000))
    yield made
    made.close()


def spent(db: store.Database) -> int:
    return sum(cost.usd for cost in store.costs_between(db, NOON.date(), NOON.date() + timedelta(days=1)))


def test_who_mentioned_us_is_answered_once_and_it_costs_what_x_bills(
    server: XServer, sender: XSender, db: store.Database
) -> None:
    standing = sender.look(REPLIED)
    assert (standing.there, standing.open, standing.mine) == (True, True, None)
    native = sender.send(REPLIED, standing)
    assert [row["id"] for row in server.written] == [native]
    assert sender.look(REPLIED).mine == native
    assert spent(db) == server.billed == 2 * POST_READ + REPLY + MENTION_READ


@pytest.mark.parametrize(
    ("extra", "open_"),
    [
        ({}, False),
        ({"in_reply_to_user_id": OWN}, True),
        ({**TO_US, "reply_settings": "mentionedUsers"}, True),
        ({**TO_US, "reply_settings": "following"}, False),
        ({"entities": {"mentions": [{"id": "13"}]}}, False),
        ({"referenced_tweets": [{"type": "quoted", "id": "5"}]}, False),
    ],
)
def test_only_who_speaks_to_us_and_lets_us_may_be_answered(
    server: XServer, sender: XSender, extra: dict[str, Any], open_: bool
) -> None:
    server.posts = [StubPost(PARENT, extra=extra)]
    assert sender.look(REPLIED).open is open_


@pytest.mark.parametrize(("author", "open_"), [(OWN, True), ("13", False)])
def test_who_quotes_us_may_be_answered(server: XServer, sender: XSender, author: str, open_: bool) -> None:
    server.posts = [StubPost(PARENT, extra={"referenced_tweets": [{"type": "quoted", "id": "5"}]})]
    server.change = lambda body: body.update({"includes": {"tweets": [{"id": "5", "author_id": author}]}})
    assert sender.look(REPLIED).open is open_


def test_a_post_that_is_gone_or_protected_is_not_there(server: XServer, sender: XSender) -> None:
    server.protected = {str(PARENT)}
    assert not sender.look(REPLIED).there
    server.posts, server.protected = [], set()
    assert not sender.look(REPLIED).there
    server.unnamed = {str(PARENT)}
    with pytest.raises(SourceError):
        sender.look(REPLIED)


@pytest.mark.parametrize("made", [True, False], ids=["it was posted", "it was not"])
@pytest.mark.parametrize(
    "fault",
    [
        "reset before the answer",
        "reset within the answer",
        "HTML with 200",
        "half a JSON",
        "500 HTML",
        "503 with a list",
    ],
)
def test_a_lost_answer_is_unsure_and_our_timeline_tells(
    server: XServer, sender: XSender, db: store.Database, fault: str, made: bool
) -> None:
    standing = sender.look(REPLIED)
    server.faults = {len(server.requests): replace(FAULTS[fault], billed=made)}
    with pytest.raises(ReplyUnsure):
        sender.send(REPLIED, standing)
    assert len(server.written) == made
    assert (sender.look(REPLIED).mine is not None) is made
    assert spent(db) >= server.billed


def test_a_duplicate_is_looked_for_since_it_may_be_this_reply(server: XServer, sender: XSender) -> None:
    standing = sender.look(REPLIED)
    sender.send(REPLIED, standing)
    with pytest.raises(ReplyUnsure):
        sender.send(REPLIED, standing)
    assert len(server.written) == 1


def test_what_x_forbids_is_told_apart_and_costs_nothing(server: XServer, sender: XSender, db: store.Database) -> None:
    server.allows_replies = False
    standing = sender.look(REPLIED)
    with pytest.raises(ReplyForbidden, match="not been mentioned"):
        sender.send(REPLIED, standing)
    assert spent(db) == server.billed


@pytest.mark.parametrize(("fault", "error"), [("429", RateLimited), ("401", LoginFailed), ("402", RateLimited)])
def test_what_passes_by_itself_is_certainly_not_posted(
    server: XServer, sender: XSender, fault: str, error: type[Exception]
) -> None:
    standing = sender.look(REPLIED)
    server.faults = {len(server.requests): replace(FAULTS[fault], billed=False)}
    with pytest.raises(error):
        sender.send(REPLIED, standing)
    assert server.written == []


def test_without_keys_account_and_money_nothing_is_sent(
    server: XServer, db: store.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = store.Purse(db, "x", 1_000, 1_000, lambda: NOON)
    broke = XSender(SETTINGS, empty, base=server.base, clock=lambda: NOON, budget=Budget(10_000))
    with pytest.raises(SourceError, match="cap of this day"):
        broke.look(REPLIED)
    broke.close()
    assert server.requests == []
    with pytest.raises(LoginFailed, match="reply_keys_env"):
        XSender(SETTINGS.model_copy(update={"account_id": None}), empty)
    monkeypatch.setenv("X_WRITES", "only three keys")
    with pytest.raises(LoginFailed, match="reply_keys_env"):
        XSender(SETTINGS, empty)

"""Replies against servers that none of us wrote: killed at every step and cut off at every request, each post is answered once."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

from bot import store
from bot.analyse import Judge, analyse
from bot.collect.base import Kept, Outgoing
from bot.collect.bluesky.reply import BlueskySender
from bot.collect.budget import Budget
from bot.collect.mastodon.reply import MastodonSender
from bot.collect.replying import Sender
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.sources import BlueskySettings, MastodonSettings
from bot.domain import PostId, Tally
from bot.errors import ReplyUnsure
from bot.jobs import drafting, sending
from bot.store import drafts
from tests.factories import post
from tests.servers import pds as pds_server
from tests.servers import snac as snac_server
from tests.servers.debian import CannotInstall
from tests.trials.test_crash import in_a_process

pytestmark = pytest.mark.server

NOW = datetime.now(UTC).replace(microsecond=0)
TEXT = "@brennpunkt Volle Balken am Hbf in Köln, aber bei o2 lädt nichts"
_numbers = count(1)


@dataclass
class Place:
    """A server with our account on it, and somebody who writes to us."""

    kind: str
    settings: Any
    write: Callable[[], tuple[str, str]]  # a new post; its id, and what the server we ask calls it
    remove: Callable[[str], None]
    replies: Callable[[str], int]  # how many of ours there are to a post
    judge: Judge
    files: tuple[Path, ...] = ()

    def sender(self, clock: Callable[[], datetime], folder: Path | None = None) -> Sender:
        if self.kind == "mastodon":
            return MastodonSender(self.settings, clock=clock, budget=Budget(100_000))
        own = self.settings.model_copy(update={"session_file": str((folder or self.files[0].parent) / "session")})
        return BlueskySender(own, clock=clock, budget=Budget(100_000))

    def begin(self, folder: Path) -> str:
        """A database with one approved reply to a new post."""
        folder.mkdir()
        for file in self.files:
            shutil.copy(file, folder / file.name)
        native, local = self.write()
        one = post(TEXT, source="s", native=native, local=local, author="kim", created_at=NOW, addressed=True)
        db = store.open_database(folder / "a.db")
        with store.transaction(db):
            store.add_source(db, "s")
            store.add_page(db, [(one, analyse(one, self.judge))], now=NOW, tally=Tally())
        drafting.draft_replies(db, self.desk(), now=NOW)
        assert drafts.decide(db, 1, "approved", by="lea", now=NOW)
        db.close()
        return native

    def desk(self) -> drafting.Desk:
        settings = load_settings(shipped("o2-de.toml"))
        reply = settings.reply.model_copy(update={"enabled": True, "quiet_until": settings.reply.quiet_from})
        return drafting.open_desk(
            settings.model_copy(update={"dry_run": False, "sources": (self.settings,), "reply": reply}), self.judge
        )

    def run(self, folder: Path, hours: int) -> None:
        now, desk = NOW + timedelta(hours=hours), self.desk()
        db = store.open_database(folder / "a.db")
        sending.send_replies(db, desk, clock=lambda: now, open_=lambda *_: self.sender(lambda: now, folder))
        db.close()

    def outcome(self, folder: Path, native: str) -> tuple[str, int]:
        for hours in (1, 2, 3):
            self.run(folder, hours)
        db = store.open_readonly(folder / "a.db")
        (reply,) = drafts.replies(db)
        db.close()
        return reply.state, self.replies(native)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")))


@pytest.fixture(scope="module", params=["snac", "pds"])
def place(request: pytest.FixtureRequest, judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patch:
        try:
            if request.param == "snac":
                with snac_server.snac() as server:
                    patch.setenv("PLACE_TOKEN", server.tokens["brennpunkt"])
                    yield at_snac(server, judge)
            else:
                with pds_server.pds() as network:
                    patch.setenv("PLACE_TOKEN", pds_server.PASSWORD)
                    yield at_pds(network, judge, tmp_path_factory.mktemp("session"))
        except CannotInstall as error:
            pytest.fail(str(error), pytrace=False)


def at_snac(server: snac_server.Snac, judge: Judge) -> Place:
    written: dict[str, dict[str, Any]] = {}

    def write() -> tuple[str, str]:
        status = server.publish("kim", f"{TEXT} {next(_numbers)}")
        written[status["uri"]] = status
        return status["uri"], status["id"]

    def replies(native: str) -> int:
        """Of the files in which snac keeps what our account wrote."""
        ours = [json.loads(path.read_text()) for path in server.data.glob("user/brennpunkt/public/*.json")]
        return sum(row.get("inReplyTo") == native for row in ours)

    settings = MastodonSettings(
        kind="mastodon", name="s", url=server.url, hashtags=("o2",), token_env="PLACE_TOKEN", contact="a@b.example"
    )
    own = server.data / "user" / "brennpunkt" / "user.json"
    own.write_text(json.dumps(json.loads(own.read_text()) | {"bot": True}))
    return Place("mastodon", settings, write, lambda native: server.remove(written[native]), replies, judge)


def at_pds(network: pds_server.Pds, judge: Judge, folder: Path) -> Place:
    us, kim = network.join("brennpunkt"), network.join("kim")
    label = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
    us.ask(
        "com.atproto.repo.putRecord",
        repo=us.did, collection="app.bsky.actor.profile", rkey="self",
        record={"$type": "app.bsky.actor.profile", "labels": label},
    )  # fmt: skip

    def write() -> tuple[str, str]:
        return kim.write(f"{TEXT} {next(_numbers)}"), ""

    def replies(native: str) -> int:
        answer = requests.get(
            f"{network.url}/xrpc/com.atproto.repo.listRecords",
            params={"repo": us.did, "collection": "app.bsky.feed.post", "limit": "100"},
            timeout=20,
        ).json()
        return sum(row["value"].get("reply", {}).get("parent", {}).get("uri") == native for row in answer["records"])

    settings = BlueskySettings(
        kind="bluesky", name="s", hosts=(network.stream.url,), service=network.url, handle=us.handle,
        password_env="PLACE_TOKEN", session_file=str(folder / "session"),
    )  # fmt: skip
    place = Place("bluesky", settings, write, kim.delete, replies, judge, (folder / "session",))
    first = BlueskySender(settings, budget=Budget(100))
    assert first.undisclosed() == ""
    first.close()
    return place


def test_a_reply_arrives_where_it_belongs(place: Place, tmp_path: Path) -> None:
    native = place.begin(tmp_path / "a")
    place.run(tmp_path / "a", 0)
    assert place.outcome(tmp_path / "a", native) == ("sent", 1)


def test_a_post_that_its_author_deleted_is_not_answered(place: Place, tmp_path: Path) -> None:
    native = place.begin(tmp_path / "a")
    place.remove(native)
    place.run(tmp_path / "a", 0)
    db = store.open_readonly(tmp_path / "a" / "a.db")
    assert [(reply.state, reply.reason) for reply in drafts.replies(db)] == [("withdrawn", "gone")]
    db.close()


def test_killed_at_any_step_it_answers_once(place: Place, tmp_path: Path) -> None:
    place.begin(tmp_path / "count")
    *steps, _ = in_a_process(lambda: place.run(tmp_path / "count", 0), tmp_path / "count", None)
    wrong = []
    for step in steps:
        folder = tmp_path / str(step)
        native = place.begin(folder)
        in_a_process(lambda: place.run(folder, 0), folder, step)  # noqa: B023
        if (found := place.outcome(folder, native)) != ("sent", 1):
            wrong.append((step, found))
    assert len(steps) > 10
    assert wrong == []


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_cut_off_at_any_request_it_answers_once(
    place: Place, tmp_path: Path, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = HTTPAdapter.send
    asked, cut = count(), -1

    def fragile(self: HTTPAdapter, *args: Any, **options: Any) -> requests.Response:
        mine = next(asked) == cut
        if mine and lost == "request":
            raise requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104)))
        answer = send(self, *args, **options)
        if mine:
            answer.close()
            raise requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104)))
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", fragile)
    wrong = []
    for step in count():
        native = place.begin(tmp_path / str(step))
        asked, cut = count(), step
        place.run(tmp_path / str(step), 0)
        made, cut = next(asked), -1
        if (found := place.outcome(tmp_path / str(step), native)) != ("sent", 1):
            wrong.append((step, found))
        if made <= step:
            break
    assert step > 4
    assert wrong == []


def test_a_second_attempt_that_should_not_be_makes_no_second_reply(place: Place, tmp_path: Path) -> None:
    if place.kind != "bluesky":
        pytest.skip("only Bluesky lets us choose a record's key")
    native = place.begin(tmp_path / "a")
    sender = place.sender(lambda: NOW)
    outgoing = Outgoing(
        Kept(PostId("s", native), ""), "Danke! https://netz.example/melden?a=1", "de", NOW, "ab" * 16, NOW
    )
    standing = sender.look(outgoing)
    sender.send(outgoing, standing)
    with pytest.raises(ReplyUnsure):
        sender.send(outgoing, standing)
    assert sender.look(outgoing).mine
    sender.close()
    assert place.replies(native) == 1

"""Against Bluesky's own AppView, which answers notifications, search and profiles: what an account may ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.collect.base import Page
from bot.collect.bluesky.jetstream import Limits
from bot.collect.bluesky.source import BlueskySource
from bot.collect.budget import Budget
from bot.config.sources import BlueskySettings
from bot.domain import Post
from tests.loopback import PATIENCE_S
from tests.servers.debian import CannotInstall
from tests.servers.mastodon import wait_until
from tests.servers.pds import PASSWORD, Pds, Person, pds

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server() -> Iterator[Pds]:
    try:
        with pds(appview=True) as running:
            yield running
    except CannotInstall as error:
        pytest.skip(str(error))  # PostgreSQL and Redis cannot be had everywhere; the PDS alone has a file of its own


class Us:
    """Our account, and what it reads; the stream is left out (nobody listens at its address)."""

    def __init__(self, server: Pds, person: Person, session: Path) -> None:
        self.server, self.person, self._session = server, person, session
        self.cursor: str | None = None

    def run(self, **changes: Any) -> list[Page]:
        values: dict[str, Any] = {
            "kind": "bluesky",
            "name": "b",
            "hosts": (self.server.stream.url,),
            "words": ("xyzzy",),  # nothing comes by the stream
            "profiles": self.server.appview,
            "handle": self.person.handle,
            "password_env": "BLUESKY_PASSWORD",
            "service": self.server.url,
            "session_file": str(self._session),
            **changes,
        }
        pages = []
        source = BlueskySource(BlueskySettings(**values), budget=Budget(10_000), limits=Limits(silence_s=0.2))
        for page in source.pages(self.cursor):
            pages.append(page)
            self.cursor = page.cursor or self.cursor
        return pages

    def posts(self, **changes: Any) -> dict[str, Post]:
        return {post.id.native: post for page in self.run(**changes) for post in page.posts}


@pytest.fixture(scope="module")
def us(server: Pds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Us]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLUESKY_PASSWORD", PASSWORD)
        yield Us(server, server.join("brennpunkt"), tmp_path_factory.mktemp("session") / "s")


@pytest.fixture(scope="module")
def kim(server: Pds) -> Person:
    return server.join("kim")


def mention(of: Person) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": of.did}
    return {"facets": [{"features": [feature], "index": {"byteStart": 0, "byteEnd": 4}}]}


def test_mentions_and_replies_are_read_as_sent_to_us(us: Us, kim: Person) -> None:
    """In its own account's words nothing of ours: what the AppView calls a mention or a reply counts as one."""
    ours = us.person.ask(
        "com.atproto.repo.createRecord",
        repo=us.person.did,
        collection="app.bsky.feed.post",
        record={"$type": "app.bsky.feed.post", "text": "Wir schauen nach.", "createdAt": "2026-03-02T12:00:00Z"},
    )
    ref = {"uri": ours["uri"], "cid": ours["cid"]}
    named = kim.write("@uns bei mir geht nichts", **mention(us.person))
    answer = kim.write("Immer noch nichts", reply={"root": ref, "parent": ref})
    found: dict[str, Post] = {}

    def arrived() -> bool:
        found.update(us.posts())
        return {named, answer} <= found.keys()

    wait_until(arrived, PATIENCE_S, "the AppView's notifications")
    assert {uri: (post.text, post.addressed, post.author) for uri, post in found.items()} == {
        named: ("@uns bei mir geht nichts", True, kim.did),
        answer: ("Immer noch nichts", True, kim.did),
    }
    assert found[answer].answers == ours["uri"]


def test_search_finds_posts_of_strangers_and_the_second_run_none_twice(us: Us, kim: Person) -> None:
    uris = {kim.write(f"Seit {number} Stunden kein xyzzy in Köln") for number in range(3)}
    kim.write("Kaffee ist fertig")
    kept: set[str] = set()

    def arrived() -> bool:
        kept.update(uri for uri, post in us.posts(search=("xyzzy",)).items() if not post.addressed)
        return uris <= kept

    wait_until(arrived, PATIENCE_S, "the AppView's search")
    assert kept == uris
    new = kim.write("Jetzt auch in Bonn kein xyzzy")
    wait_until(lambda: new in us.posts(search=("xyzzy",)), PATIENCE_S, "the newest post")


def test_who_asked_to_be_left_alone_is_not_read(us: Us, server: Pds) -> None:
    """The label lies in the author's profile, which only the AppView shows."""
    lea = server.join("lea")
    label = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
    profile = {"$type": "app.bsky.actor.profile", "labels": label}
    lea.ask("com.atproto.repo.putRecord", repo=lea.did, collection=profile["$type"], rkey="self", record=profile)
    hidden = lea.write("@uns xyzzy, bitte nicht lesen", **mention(us.person))
    seen = us.server.join("max").write("@uns xyzzy, bitte lesen", **mention(us.person))
    found: dict[str, Post] = {}

    def arrived() -> bool:
        found.update(us.posts(search=("xyzzy",)))
        return seen in found

    wait_until(arrived, PATIENCE_S, "the AppView's notifications")
    us.cursor = None  # once more from the beginning: by now the AppView has both
    assert hidden not in found | us.posts(search=("xyzzy",))
    us.cursor = None
    assert hidden in us.posts(search=("xyzzy",), profiles="")  # where nobody is asked, it is there

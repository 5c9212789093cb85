"""Against Bluesky's own server: real accounts, real records, its firehose made a Jetstream."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.collect import Page
from bot.collect.bluesky.account import Account
from bot.collect.bluesky.jetstream import Limits
from bot.collect.bluesky.source import BlueskySource
from bot.collect.budget import Budget
from bot.config.sources import BlueskySettings
from bot.errors import BotError, LoginFailed
from tests.loopback import PATIENCE_S
from tests.servers.debian import CannotInstall
from tests.servers.mastodon import wait_until
from tests.servers.pds import PASSWORD, Pds, Person, pds

pytestmark = pytest.mark.server

_numbers = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Pds]:
    try:
        with pds() as running:
            yield running
    except CannotInstall as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def name() -> str:
    return f"person{next(_numbers)}"


def source(server: Pds, **changes: Any) -> BlueskySource:
    values = {
        "kind": "bluesky",
        "name": "b",
        "hosts": (server.stream.url,),
        "words": ("o2",),
        "profiles": "",
        **changes,
    }
    return BlueskySource(BlueskySettings(**values), budget=Budget(10_000), limits=Limits(silence_s=1.0))


def arrived(server: Pds, posts: int, *people: Person, left: bool = False) -> None:
    """What they did with posts, and their leaving, came over the firehose. That they joined may come at any time."""
    dids = {each.did for each in people}

    def there() -> bool:
        events = [json.loads(text) for _, text in list(server.stream.events)]
        kinds = Counter(
            each["kind"] for each in events if each["did"] in dids and each.get("account", {}).get("active") is not True
        )
        return kinds["commit"] >= posts and kinds["account"] >= left

    wait_until(there, PATIENCE_S, "the firehose")


def run(from_: BlueskySource) -> tuple[list[Page], str]:
    """What a run hands over, and the error it ends in, if any."""
    pages: list[Page] = []
    try:
        pages.extend(from_.pages(None))
    except BotError as error:
        return pages, str(error)
    return pages, ""


def test_what_people_write_delete_and_change_arrives_as_it_is(server: Pds, name: str) -> None:
    kim = server.join(name)
    kept = kim.write("o2 hat am Hackeschen Markt kein Netz 📵", langs=["de"], tags=["netzausfall"])
    kim.write("Kaffee ist fertig")
    gone = kim.write("o2 lahmt")
    kim.delete(gone)
    changed = kim.write("o2 steht")
    kim.change(changed, "o2 läuft wieder")
    arrived(server, 6, kim)
    pages, _ = run(source(server))
    posts = {post.id.native: post for page in pages for post in page.posts if post.author == kim.did}
    assert {uri: post.text for uri, post in posts.items()} == {
        kept: "o2 hat am Hackeschen Markt kein Netz 📵\n#netzausfall",
        changed: "o2 läuft wieder",
    }
    assert posts[kept].lang == "de"
    assert posts[kept].created_at is not None
    assert abs((posts[kept].created_at - datetime.now(UTC)).total_seconds()) < 60
    assert gone in {post.native for page in pages for post in page.deleted}
    assert changed in {post.native for page in pages for post in page.edited}


def test_an_account_put_to_sleep_is_told(server: Pds, name: str) -> None:
    kim = server.join(name)
    kim.write("o2 lahmt")
    kim.leave()
    arrived(server, 1, kim, left=True)
    pages, _ = run(source(server))
    assert kim.did in {did for page in pages for did in page.gone}
    assert kim.did not in {post.author for page in pages for post in page.posts}


def test_a_real_session_is_kept_used_again_and_renewed(
    server: Pds, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an AppView the server answers no notifications: that is one line of ours, and the stream goes on."""
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    us, kim = server.join(name), server.join(name + "b")
    values = {
        "handle": us.handle,
        "password_env": "BLUESKY_PASSWORD",
        "service": server.url,
        "session_file": str(tmp_path / "s"),
    }
    ours = source(server, **values)
    account = Account(ours.settings, PASSWORD, budget=Budget(100), user_agent="test", clock=lambda: datetime.now(UTC))
    assert account.open() == us.did
    assert not account.is_labelled(us.did)
    label = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
    profile = {"$type": "app.bsky.actor.profile", "labels": label}
    us.ask("com.atproto.repo.putRecord", repo=us.did, collection=profile["$type"], rkey="self", record=profile)
    assert account.is_labelled(us.did)
    first = (tmp_path / "s").read_text()
    account._client._refresh_and_set_session()
    account.close()
    renewed = (tmp_path / "s").read_text()
    assert renewed != first

    mention = {
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": us.did}],
        "index": {"byteStart": 0, "byteEnd": 5},
    }
    uri = kim.write("@uns immer noch nichts", facets=[mention])
    us.write("o2 hat eine Störung, wir arbeiten daran")
    arrived(server, 2, kim, us)
    pages, error = run(ours)
    assert "listNotifications" in error
    posts = {post.id.native: post for page in pages for post in page.posts}
    assert posts[uri].addressed
    assert us.did not in {post.author for post in posts.values()}
    assert (tmp_path / "s").read_text() == renewed, "the session was used again"


def test_a_wrong_password_is_refused_by_the_real_server(
    server: Pds, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUESKY_PASSWORD", "not-the-password")
    us = server.join(name)
    us.write("Kaffee")
    arrived(server, 1, us)
    wrong = source(
        server, handle=us.handle, password_env="BLUESKY_PASSWORD", service=server.url, session_file=str(tmp_path / "s")
    )
    with pytest.raises(LoginFailed, match="app password"):
        list(wrong.pages(None))

"""Against a real server that none of us wrote: what it does that a polite fake would not."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from bot.cli import main
from bot.collect import Page
from bot.collect.base import Kept
from bot.collect.budget import Budget
from bot.collect.mastodon.source import MastodonSource
from bot.collect.timeline import load_places
from bot.config.load import shipped
from bot.config.sources import MastodonSettings
from bot.errors import LoginFailed
from tests.loopback import PATIENCE_S
from tests.servers.debian import CannotInstall
from tests.servers.mastodon import wait_until
from tests.servers.snac import Snac, snac

pytestmark = pytest.mark.server

_numbers = count(1)


@pytest.fixture
def server() -> Iterator[Snac]:
    """One of each test's own: what a test leaves to deliver would hold up the next."""
    try:
        with snac() as running:
            yield running
    except CannotInstall as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def tag() -> str:
    """A hashtag of this test's own."""
    return f"o2probe{next(_numbers)}"


@pytest.fixture(autouse=True)
def _token(server: Snac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAC_TOKEN", server.tokens["brennpunkt"])


def collect(server: Snac, tag: str, cursor: str | None = None, **changes: Any) -> tuple[list[Page], str | None]:
    chosen = MastodonSettings(**{"kind": "mastodon", "name": "snac", "url": server.url, "hashtags": (tag,), **changes})
    pages = list(MastodonSource(chosen, budget=Budget(100_000)).pages(cursor))
    return pages, next((page.cursor for page in reversed(pages) if page.cursor), cursor)


def natives(pages: list[Page]) -> set[str]:
    return {post.id.native for page in pages for post in page.posts}


@pytest.mark.parametrize("token_env", [None, "SNAC_TOKEN"], ids=["without token", "with token"])
def test_posts_with_a_hashtag_are_collected_and_the_next_run_brings_the_new_ones(
    server: Snac, tag: str, token_env: str | None
) -> None:
    first = {server.publish("kim", f"Kein Netz am Hbf #{tag} {number}")["uri"] for number in range(3)}
    pages, cursor = collect(server, tag, token_env=token_env)
    assert first <= natives(pages)
    later = {server.publish("lea", f"Immer noch nicht #{tag} {number}")["uri"] for number in range(45)}
    pages, cursor = collect(server, tag, cursor, token_env=token_env)
    assert later <= natives(pages)
    assert not any(page.truncated or page.gaps for page in pages)


def test_a_post_reads_as_it_was_written(server: Snac, tag: str) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    status = server.publish("kim", f"Kein Netz <b> & mehr, o2?\nSeit 3 Tagen #{tag} https://example.org/a/b")
    (post,) = [post for page in collect(server, tag)[0] for post in page.posts]
    assert post.id.native == status["uri"]
    assert post.author == f"kim@{server.url.removeprefix('http://')}"
    assert post.created_at is not None
    assert before <= post.created_at <= datetime.now(UTC)
    assert "Kein Netz" in post.text
    assert "\nSeit 3 Tagen #" in post.text
    assert "https://example.org/a/b" in post.text


def test_only_public_posts_are_collected(server: Snac, tag: str) -> None:
    public = server.publish("kim", f"für alle #{tag}")["uri"]
    for visibility in ("private", "direct"):  # snac 2.75 makes "unlisted" public and says so
        server.publish("kim", f"nicht für alle #{tag}", visibility=visibility)
    assert natives(collect(server, tag, token_env="SNAC_TOKEN")[0]) & {public} == {public}
    assert not any("nicht für alle" in post.text for page in collect(server, tag)[0] for post in page.posts)


def test_ids_are_long_texts_and_stay_what_they_are(server: Snac, tag: str) -> None:
    server.publish("kim", f"eins #{tag}")
    native = server.publish("kim", f"zwei #{tag}")["id"]
    assert len(native) == 42
    _, cursor = collect(server, tag)
    places, _ = load_places(cursor)
    assert native in {mark.id for mark in places[f"#{tag}"].marks}


def test_what_the_server_does_otherwise_than_mastodon_is_still_so(server: Snac, tag: str) -> None:
    """When one of these fails, snac has changed and a workaround may go."""
    ids = [server.publish("kim", f"{number} #{tag}")["id"] for number in range(4)]
    path = f"/api/v1/timelines/tag/{tag}"
    assert "Link" not in server.get(path, limit="1").headers
    assert [row["id"] for row in server.get(path, min_id=ids[1], limit="1").json()] == [ids[2]]  # `min_id` is not
    assert server.get(path, min_id="0" * 42).json() == []  # it answers nothing after an id it does not know
    assert server.get("/api/v2/instance").status_code == 404
    assert server.get("/api/v1/accounts/verify_credentials", "wrong").status_code == 422
    assert len(server.get(path, "wrong").json()) == 4  # a wrong token is no token, elsewhere
    gone = requests.delete(f"{server.url}/api/v1/statuses/{ids[0]}", headers=server.login("kim"), timeout=10)
    assert gone.status_code == 404


def test_a_wrong_token_is_named_before_anything_is_read(
    server: Snac, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.publish("kim", f"eins #{tag}")
    monkeypatch.setenv("SNAC_TOKEN", "wrong")
    with pytest.raises(LoginFailed, match=r"the token in SNAC_TOKEN .*\(422\)"):
        collect(server, tag, token_env="SNAC_TOKEN")


def test_a_mention_arrives_after_a_while_and_counts_as_sent_to_us(server: Snac, tag: str) -> None:
    uri = server.publish("lea", "@brennpunkt bei mir geht nichts")["uri"]
    private = server.publish("lea", "@brennpunkt nur für dich", visibility="direct")["uri"]

    def arrived() -> list[bool]:
        pages, _ = collect(server, tag, token_env="SNAC_TOKEN")
        assert private not in natives(pages)
        return [post.addressed for page in pages for post in page.posts if post.id.native == uri]

    assert wait_until(arrived, within_s=PATIENCE_S, what="a mention") == [True]


def test_search_finds_posts_of_others_and_the_second_run_goes_on(server: Snac, tag: str) -> None:
    """snac searches what the account has in its timelines, answers all at once and takes neither `limit` nor `max_id`."""
    word = tag.replace("probe", "wort")
    path, token = "/api/v2/search", server.tokens["brennpunkt"]

    def found(**more: str) -> set[str]:
        rows = server.get(path, token, q=word, type="statuses", **more).json()["statuses"]
        return {row["uri"] for row in rows}

    server.follow("brennpunkt", "kim")
    own = server.publish("brennpunkt", f"von uns selbst {word}")["uri"]
    published: set[str] = set()
    looks = count()

    def one_more() -> bool:
        if next(looks) % 10 == 0:  # every two seconds: it delivers to itself, and a flood would hold it up
            published.add(server.publish("kim", f"noch eins mit {word}")["uri"])
        return len(found(limit="1")) >= 4  # from when on it delivers, snac does not say

    wait_until(one_more, within_s=PATIENCE_S, what="posts of whom we follow in the search")
    assert found() <= found(max_id="1" * 42)  # what was on its way may come in between
    search = {"token_env": "SNAC_TOKEN", "search": (word,)}
    pages, cursor = collect(server, tag, **search)
    assert len(natives(pages) & published) >= 3
    assert own not in natives(pages)
    new = server.publish("kim", f"neu: {word}")["uri"]
    wait_until(lambda: new in found(), within_s=PATIENCE_S, what="one more")
    assert new in natives(collect(server, tag, cursor, **search)[0])


def test_why_mentions_are_read_from_the_newest_back(server: Snac) -> None:
    """`min_id` of mentions gives the newest after it, not the oldest: upwards, a full answer would skip some."""
    token = server.tokens["brennpunkt"]
    path = "/api/v1/notifications"
    uris = {server.publish("kim", f"@brennpunkt {number}")["uri"] for number in range(3)}

    def arrived() -> list[str]:
        rows = server.get(path, token).json()
        return [row["id"] for row in rows] if uris <= {row["status"]["uri"] for row in rows} else []

    ids = wait_until(arrived, within_s=PATIENCE_S, what="three mentions")
    assert [row["id"] for row in server.get(path, token, min_id=ids[2], limit="1").json()] == [ids[0]]
    assert ids[2] in [
        row["id"] for row in server.get(path, token, since_id=ids[2]).json()
    ]  # not after it, at least from it


def test_a_place_the_server_has_forgotten_is_found_again(server: Snac, tag: str) -> None:
    for number in range(3):
        server.publish("kim", f"{number} #{tag}")
    _, cursor = collect(server, tag)
    assert cursor is not None
    table = json.loads(cursor)
    for mark in table["timelines"][f"#{tag}"]["marks"]:
        mark[0] = "1" * 42
    new = server.publish("kim", f"neu #{tag}")["uri"]
    pages, cursor = collect(server, tag, json.dumps(table))
    assert new in natives(pages)
    newer = server.publish("kim", f"neuer #{tag}")["uri"]
    assert newer in natives(collect(server, tag, cursor)[0])


def test_a_post_that_was_deleted_is_noticed_when_it_is_looked_at_again(server: Snac, tag: str) -> None:
    published = [server.publish("kim", f"{number} #{tag}") for number in range(3)]
    chosen = MastodonSettings(
        kind="mastodon", name="snac", url=server.url, hashtags=(tag,), token_env="SNAC_TOKEN"
    )  # snac shows a single post to nobody without a login
    source = MastodonSource(chosen, budget=Budget(100_000))
    found = {post.id.native: Kept(post.id, post.local) for page in source.pages(None) for post in page.posts}
    kept = [found[published[n]["uri"]] for n in (0, 1, 2)]  # its 404 is HTML: believed once another post was shown
    server.remove(published[1])
    looked = list(source.gone(kept))
    assert {post.native for step in looked for post in step.gone} == {published[1]["uri"]}
    assert sum(len(step.there) for step in looked) == 2


def test_resets_never_end_a_run(server: Snac, tag: str) -> None:
    """One GET in thirteen is reset. A run without a second try would fail every fourth time."""
    published = {server.publish("kim", f"{number} #{tag}")["uri"] for number in range(5)}
    cursor = None
    for _ in range(40):
        _, cursor = collect(server, tag, cursor)
    assert published - natives(collect(server, tag)[0]) == set()


def test_the_command_collects_judges_and_stores(server: Snac, tag: str, tmp_path: Path) -> None:
    for number in range(3):
        server.publish("kim", f"o2 hat am Hbf Köln kein Netz, {number} #{tag}")
    server.publish("lea", f"Schöner Tag heute #{tag}")
    shipped_text = shipped("o2-de.toml").read_text(encoding="utf-8")
    config = tmp_path / "own.toml"
    blocks = re.sub(r"(?m)^\[\[sources\]\]\n(?:(?!\[).*\n)*", "", shipped_text)
    source = f'[[sources]]\nkind = "mastodon"\nname = "snac"\nurl = "{server.url}"\nhashtags = ["#{tag}"]\n'
    config.write_text(f"{blocks}\n{source}", encoding="utf-8")
    command = ["--config", str(config), "--database", str(tmp_path / "own.db"), "collect", "mastodon"]
    first = CliRunner().invoke(main, command)
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("snac: 4 new posts, 3 of them about network trouble")
    again = CliRunner().invoke(main, command)
    assert again.stdout.startswith("snac: 0 new posts"), again.output

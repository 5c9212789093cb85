"""What becomes a post."""

import json
from datetime import UTC, timedelta
from typing import Any

import pytest

from bot import __version__
from bot.collect.mastodon.source import hashtags
from bot.config.sources import MastodonSettings
from bot.errors import SourceError
from tests.servers.mastodon import EPOCH, FakeMastodon

from .asking import collect, settings, source, texts, with_token


def test_a_post_is_handed_over_as_a_person_reads_it(fake: FakeMastodon) -> None:
    status = fake.publish("o2", "Kein Netz<br>am Hbf &amp; sonstwo", spoiler_text="Ärger")
    (post,) = [post for page in collect(settings(fake))[0] for post in page.posts]
    assert post.text == "Ärger\n\nKein Netz\nam Hbf & sonstwo #o2"
    assert post.id == ("m", status["uri"])
    assert post.url == status["url"]
    assert post.author == "kim@example.social"
    assert post.created_at == EPOCH + timedelta(seconds=1)
    assert post.lang == "de"
    assert not post.addressed


@pytest.mark.parametrize(
    "changes",
    [
        {"visibility": "unlisted"},
        {"visibility": "private"},
        {"visibility": "direct"},
        {"visibility": None},
        {"account": {"noindex": True}},
        {"account": {"note": "<p>Katzen. #nobot</p>"}},
        {"account": {"note": '<p><a href="x">#<span>NoBots</span></a></p>'}},
        {"account": {"note": "#noindex"}},
        {"account": {"note": "bitte #nosearch, danke"}},
        {"account": {"fields": [{"name": "Bots", "value": "#nobot"}]}},
    ],
    ids=str,
)
def test_who_did_not_write_for_all_or_wants_no_bots_is_left_alone(fake: FakeMastodon, changes: dict[str, Any]) -> None:
    fake.publish("o2", "still", **changes)
    fake.publish("o2", "laut", account={"note": "#nobody reads #nobotany #noindexing", "noindex": None})
    assert texts(collect(settings(fake))[0]) == ["laut #o2"]


def test_a_boost_counts_as_the_post_it_boosts_and_once(fake: FakeMastodon) -> None:
    original = fake.publish("o2", "Kein Netz", account={"acct": "lea@far.example"})
    fake.publish("o2", "", reblog=original, visibility="public", account={"acct": "o2de"})
    fake.publish("o2", "", reblog={**original, "visibility": "private", "uri": "hidden"})
    (post,) = [post for page in collect(settings(fake))[0] for post in page.posts]
    assert (post.id.native, post.author) == (original["uri"], "lea@far.example")


def test_our_own_posts_are_not_collected(fake: FakeMastodon) -> None:
    fake.publish("o2", "Wir sammeln", account={"acct": "brennpunkt", "url": f"{fake.url}/@brennpunkt"})
    fake.publish("o2", "Kein Netz")
    assert texts(collect(with_token(fake))[0]) == ["Kein Netz #o2"]


def test_mentions_count_as_sent_to_us_wherever_they_are_seen(fake: FakeMastodon) -> None:
    fake.mention("nur erwähnt")
    both = fake.publish("o2", "beides")
    fake.mentions.append({"id": "1000", "type": "mention", "created_at": both["created_at"], "status": both})
    fake.publish(
        "o2", "noch nicht gemeldet", mentions=[{"id": "99", "url": f"{fake.url}/@brennpunkt", "acct": "brennpunkt"}]
    )
    fake.publish("o2", "andere", mentions=[{"id": "5", "url": f"{fake.url}/@other", "acct": "other"}])
    fake.mention("privat", visibility="direct")
    fake.mentions.append({"id": "1001", "type": "favourite", "created_at": both["created_at"], "status": both})
    fake.mentions.append({"id": "1002", "type": "mention", "created_at": both["created_at"], "status": None})
    posts = [post for page in collect(with_token(fake))[0] for post in page.posts]
    assert {post.text.removesuffix(" #o2"): post.addressed for post in posts} == {
        "nur erwähnt": True,
        "beides": True,
        "noch nicht gemeldet": True,
        "andere": False,
    }


def test_what_is_said_below_our_replies_is_read_and_long_private_messages_are_not(fake: FakeMastodon) -> None:
    fake.mention("In Altona, wie schon gesagt", visibility="unlisted", in_reply_to_id="77")
    fake.mention("@brennpunkt Stopp bitte", visibility="direct", in_reply_to_id="77")
    fake.mention("Was ich im Vertrauen sagen wollte, ist ja das", visibility="private", in_reply_to_id="77")
    posts = [post for page in collect(with_token(fake))[0] for post in page.posts]
    assert {post.text: post.answers for post in posts} == {
        "In Altona, wie schon gesagt": "77",
        "@brennpunkt Stopp bitte": "77",
    }


def test_without_a_token_nothing_is_asked_that_needs_one(fake: FakeMastodon) -> None:
    fake.mention()
    collect(settings(fake))
    assert {path.rstrip("/") for path, _, _ in fake.asked} == {"/api/v2/instance", "/api/v1/timelines/tag/o2"}
    assert not any("Authorization" in headers for _, _, headers in fake.asked)


def test_every_request_says_who_asks_and_where_to_complain(fake: FakeMastodon) -> None:
    collect(settings(fake, contact="https://example.org/bot"))
    assert {headers["User-Agent"] for _, _, headers in fake.asked} == {
        f"brennpunkt/{__version__} (https://example.org/bot)"
    }


def test_a_public_instance_is_not_asked_without_a_contact() -> None:
    chosen = MastodonSettings(kind="mastodon", name="m", url="https://mastodon.invalid", hashtags=("o2",))
    with pytest.raises(SourceError, match="put a mail address or page"):
        list(source(chosen).pages(None))


def test_a_hashtag_is_asked_once_however_it_is_written(fake: FakeMastodon) -> None:
    assert hashtags(settings(fake, hashtags=("O2", "#o2", "o2de"))) == ["o2", "o2de"]


@pytest.mark.parametrize(
    "broken",
    [
        {"uri": None, "url": None},
        {"uri": 7, "url": ["x"]},
        {"account": None},
        {"account": "kim"},
        {"id": None},
    ],
    ids=str,
)
def test_one_unreadable_post_is_told_and_the_others_are_read(fake: FakeMastodon, broken: dict[str, Any]) -> None:
    fake.publish("o2", "davor")
    status = fake.publish("o2", "kaputt")
    fake.publish("o2", "danach")
    sent = {**status, **broken}
    rows = [fake.tags["o2"][2], sent, fake.tags["o2"][0]]
    fake.faults = {1: (200, "application/json", json.dumps(rows).encode(), {})}
    pages, _ = collect(settings(fake))
    assert {"davor #o2", "danach #o2"} <= set(texts(pages))
    told = [warning for page in pages for warning in page.warnings]
    assert told or "kaputt #o2" in texts(pages)


@pytest.mark.parametrize(
    "odd",
    [
        {"created_at": "yesterday", "language": 7, "spoiler_text": None, "mentions": None},
        {"created_at": "9999-12-31T23:59:59+99:00", "content": None, "language": "\ud800"},
        {"created_at": 10**30, "content": 5, "mentions": [1, "x"]},
        {"created_at": "0001-01-01T00:00:00+14:00", "uri": "https://x/\ud800\x00\u202e", "content": "\ud800"},
        {"account": {"acct": "\x1b[31mkim\ud800", "fields": [1, None, {"name": 3}], "note": 9}},
    ],
    ids=str,
)
def test_odd_values_neither_stop_a_run_nor_reach_the_store_raw(fake: FakeMastodon, odd: dict[str, Any]) -> None:
    fake.publish("o2", **odd)
    (post,) = [post for page in collect(settings(fake))[0] for post in page.posts]
    for value in (post.id.native, post.author, post.url, post.lang or ""):
        value.encode("utf-8")
        assert value.isprintable()
    assert post.created_at is None or post.created_at.tzinfo is UTC

"""What of the stream is for us, and what a stretch of it comes to."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect.bluesky.events import POST, Left, Outcome, Reader, Removed, Written, split_uri, when
from bot.collect.bluesky.jetstream import time_of, to_us
from bot.collect.bluesky.sieve import Sieve
from bot.config.load import load_settings, shipped

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
US = "did:plc:ourselves"
WORDS = ("o2", "o 2", "telefonica deutschland", "#o2de", "@o2de", "störnetz", "tesco mobile", "1&1")
READER = Reader("b", Sieve(WORDS, [US]), frozenset(["de"]))


def commit(
    text: str = "o2 hat kein Netz", *, operation: str = "create", did: str = "did:plc:kim", **record: Any
) -> bytes:
    body = {"$type": POST, "createdAt": NOW.isoformat(), "text": text, **record}
    event = {
        "did": did,
        "time_us": to_us(NOW),
        "kind": "commit",
        "commit": {"operation": operation, "collection": POST, "rkey": "3k1", "record": body},
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def mention(did: str) -> dict[str, Any]:
    return {"facets": [{"index": {}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}]}]}


def answer(did: str) -> dict[str, Any]:
    return {"reply": {"root": {"uri": "at://x"}, "parent": {"cid": "c", "uri": f"at://{did}/{POST}/3k0"}}}


@pytest.mark.parametrize(
    ("text", "record", "ours"),
    [
        ("o2 lahmt", {}, True),
        ("kaputt\no2", {}, True),
        ("O₂ lahmt", {}, True),
        ("das o2netz", {}, True),
        ("#o2störung", {}, True),
        ("o 2 lahmt", {}, True),
        ("Telefónica Deutschland", {}, True),
        ("das Stoernetz", {}, True),
        ("das STÖRNETZ", {}, True),
        ("wieder nichts", {"tags": ["o2de"]}, True),
        ("1&1 geht", {}, True),
        ("CO2 steigt", {}, False),
        ("Kaffee", {}, False),
        ("", {}, False),
        ("o2 is down", {"langs": ["en"]}, False),
        ("o2 is down", {"langs": ["en", "de-AT"]}, True),
        ("o2 is down", {"langs": []}, True),
        ("immer noch nichts", mention(US), True),
        ("still nothing", {**answer(US), "langs": ["en"]}, True),
        ("immer noch nichts", answer("did:plc:somebody"), False),
        ("o2", {"labels": {"values": [{"val": "!no-unauthenticated"}]}}, False),
        ("o2", {"labels": {"values": [{"val": "bot"}, 3, None]}}, True),
        ("o2", {"facets": [None, {"features": 3}], "reply": [], "tags": {}, "langs": 3, "labels": "x"}, True),
    ],
)
def test_a_post_is_taken_for_its_words_or_for_whom_it_is_sent_to(text: str, record: dict[str, Any], ours: bool) -> None:
    raw = commit(text, **record)
    event = READER.event(raw) if READER.sieve.keep(raw) else None
    assert isinstance(event, Written) is ours


def test_a_post_knows_its_author_only_by_the_did() -> None:
    event = READER.event(commit("o2 hat kein Netz", langs=["de-DE"], **mention(US)))
    assert isinstance(event, Written)
    assert event.post is not None
    assert event.post.id == ("b", f"at://did:plc:kim/{POST}/3k1")
    assert event.post.author == "did:plc:kim"
    assert event.post.url == "https://bsky.app/profile/did:plc:kim/post/3k1"
    assert (event.post.addressed, event.post.lang, event.post.created_at) == (True, "de-DE", NOW)


def test_what_we_say_ourselves_is_no_complaint() -> None:
    assert READER.event(commit("o2 hat eine Störung", did=US)) is None


@pytest.mark.parametrize(
    ("claimed", "counted"),
    [
        ("2026-03-02T11:59:00Z", NOW),
        ("2031-01-01T00:00:00Z", NOW),
        ("2026-03-02T03:00:00Z", NOW),
        ("2019-05-01T08:00:00Z", datetime(2019, 5, 1, 8, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", NOW),
        ("soon", NOW),
        (None, NOW),
        (7, NOW),
    ],
)
def test_the_time_seen_counts_unless_the_post_comes_from_an_old_archive(claimed: object, counted: datetime) -> None:
    assert when(claimed, NOW) == counted


@pytest.mark.parametrize(
    "raw",
    [
        b'{"did":',
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
        commit().replace(b'"did:plc:kim"', b'"did:plc:../../x y"'),
        commit().replace(b'"3k1"', b'"../3k1"'),
        commit().replace(str(to_us(NOW)).encode(), b'"soon"'),
    ],
)
def test_an_event_that_can_be_none_is_told_and_left_out(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|names no post|tells no time"):
        READER.event(raw)


@pytest.mark.parametrize(
    "uri", [None, 3, "", "at://did:plc:a/x/y", f"at://{US}/{POST}/a b", f"at:/{US}/{POST}/a", f"at://{US}/{POST}/a/b"]
)
def test_only_the_address_of_a_post_is_one(uri: object) -> None:
    assert split_uri(uri) is None
    assert split_uri(f"at://{US}/{POST}/3k1") == f"at://{US}/{POST}/3k1"


def test_the_last_word_on_a_post_holds() -> None:
    made, changed, unmade = (
        READER.event(commit("o2 a")),
        READER.event(commit("o2 b", operation="update")),
        Removed(f"at://did:plc:kim/{POST}/3k1"),
    )
    assert isinstance(made, Written)
    assert isinstance(changed, Written)
    for events, text, edited, removed in (
        ([made], "o2 a", False, False),
        ([made, changed], "o2 b", True, False),
        ([changed, unmade], None, False, True),
        ([unmade, made], "o2 a", True, False),
        ([made, Left("did:plc:kim")], None, False, False),
        ([made, Left("did:plc:other")], "o2 a", False, False),
        ([made, Written(unmade.uri, None, changed=True)], None, True, True),
    ):
        outcome = Outcome()
        for event in events:
            outcome.add(event)  # type: ignore[arg-type]  # never None here
        posts = [post.text for post in outcome.posts.values()]
        assert posts == ([text] if text else [])
        assert bool(outcome.removed) is removed
        assert not outcome.posts or bool(outcome.edited) is edited


def test_an_account_that_went_takes_its_posts_along() -> None:
    def account(**values: Any) -> bytes:
        return json.dumps(
            {"did": "did:plc:kim", "kind": "account", "account": {"did": "did:plc:kim", **values}}
        ).encode()

    raw = account(active=False, status="takendown")
    assert READER.sieve.keep(raw)
    assert READER.event(raw) == Left("did:plc:kim")
    assert READER.event(account(active=True)) is None


PIECES = st.sampled_from(
    [
        *WORDS,
        "netz",
        "o₂",
        "Ö",
        "ö",
        "oe",
        "´",
        "’",
        "-",
        "\n",
        "\t",
        '"',
        "\\",
        "#",
        "@",
        "2",
        "co",
        "❤",
        "ﬀ",
        "İ",
        " ",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=8).map("".join), st.booleans())
def test_the_raw_test_never_loses_what_the_exact_one_finds(text: str, escaped: bool) -> None:
    event = json.loads(commit(text.encode("utf-8", "replace").decode()))
    raw = json.dumps(event, ensure_ascii=escaped, separators=(",", ":")).encode()
    if READER.sieve.names_us(event["commit"]["record"]["text"]):
        assert READER.sieve.keep(raw)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: commit(text.encode("utf-8", "replace").decode())))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    READER.sieve.keep(raw)
    time_of(raw)
    with suppress(ValueError):
        READER.event(raw)


@pytest.mark.parametrize(
    ("raw", "time"),
    [
        (commit(), to_us(NOW)),
        (b'{"time_us": 1772452800000000}', 1772452800000000),
        (b'{"time_us":17724528}', None),
        (b'{"time_us":-772452800000000}', None),
        (commit('"time_us":1999999999999999,'), to_us(NOW)),
        (b"{}", None),
    ],
)
def test_the_time_of_an_event_is_read_without_parsing_it(raw: bytes, time: int | None) -> None:
    assert time_of(raw) == time


def test_a_carriers_words_are_sought_where_the_config_names_no_others() -> None:
    for name in ("o2-de.toml", "o2-uk.toml"):
        settings = load_settings(shipped(name))
        (bluesky,) = [source for source in settings.sources if source.kind == "bluesky"]
        assert {"o2", "vodafone"} <= set(bluesky.words)
        Sieve(bluesky.words)


def test_an_import_of_old_posts_is_not_todays_trouble() -> None:
    old = (NOW - timedelta(days=900)).isoformat()
    event = READER.event(commit(createdAt=old))
    assert isinstance(event, Written)
    assert event.post is not None
    assert event.post.created_at == NOW - timedelta(days=900)

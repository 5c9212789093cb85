"""Doors that are closed: timelines, tokens, instances."""

from datetime import timedelta

import pytest

from bot.config.sources import MastodonSettings
from bot.domain import Gap
from bot.errors import LoginFailed, SourceError, TimelineClosed
from tests.servers.mastodon import FakeMastodon

from .asking import NOW, collect, settings, source, texts, with_token


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_timeline_only_for_members_says_what_to_set(fake: FakeMastodon, status: int) -> None:
    fake.needs_login = status
    fake.access = None
    fake.publish("o2")
    with pytest.raises(TimelineClosed, match="set `token_env`"):
        collect(settings(fake))
    assert len(texts(collect(with_token(fake))[0])) == 1


@pytest.mark.parametrize("value", ["authenticated", "disabled"])
def test_a_closed_hashtag_is_a_status_and_never_an_empty_timeline(fake: FakeMastodon, value: str) -> None:
    fake.access = {"local": value, "remote": value}
    with pytest.raises(TimelineClosed):
        collect(settings(fake))
    if value == "authenticated":
        collect(with_token(fake))
    else:
        with pytest.raises(TimelineClosed, match="choose another"):
            collect(with_token(fake))


def test_a_half_open_instance_is_read_and_its_other_half_is_a_gap_until_it_opens(fake: FakeMastodon) -> None:
    fake.access = {"local": "public", "remote": "authenticated"}
    fake.publish("o2")
    reason = "the instance does not show posts from other instances"
    pages, cursor = collect(settings(fake), now=NOW)
    assert [gap for page in pages for gap in page.gaps] == [Gap("m", NOW, None, reason)]
    pages, cursor = collect(settings(fake), cursor, now=NOW + timedelta(hours=1))
    assert [gap for page in pages for gap in page.gaps] == []
    fake.access = {"local": "public", "remote": "public"}
    pages, cursor = collect(settings(fake), cursor, now=NOW + timedelta(hours=2))
    assert [gap for page in pages for gap in page.gaps] == [Gap("m", NOW, NOW + timedelta(hours=2), reason)]
    pages, _ = collect(settings(fake), cursor, now=NOW + timedelta(hours=3))
    assert [gap for page in pages for gap in page.gaps] == []


def test_an_instance_before_4_0_is_read_too(fake: FakeMastodon) -> None:
    fake.has_v2 = False
    fake.publish("o2")
    assert len(texts(collect(settings(fake))[0])) == 1
    assert [path for path, _, _ in fake.asked][:2] == ["/api/v2/instance/", "/api/v1/instance/"]


def test_a_website_that_is_no_instance_is_named_as_such(fake: FakeMastodon) -> None:
    fake.faults = {0: (404, "text/html", b"<h1>?</h1>", {}), 1: (404, "text/html", b"<h1>?</h1>", {})}
    with pytest.raises(SourceError, match="is `url` a Mastodon instance"):
        collect(settings(fake))


def test_a_wrong_token_is_named_and_not_shown(fake: FakeMastodon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTODON_TOKEN", "wrong-and-private")
    with pytest.raises(LoginFailed, match="the token in MASTODON_TOKEN") as caught:
        collect(with_token(fake))
    assert "wrong-and-private" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "tökän"])
def test_a_token_that_cannot_be_one_is_not_sent(
    fake: FakeMastodon, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("MASTODON_TOKEN", token)
    with pytest.raises(LoginFailed, match="MASTODON_TOKEN"):
        collect(with_token(fake))
    assert fake.asked == []


def test_a_token_never_travels_unencrypted() -> None:
    chosen = MastodonSettings(
        kind="mastodon",
        name="m",
        url="http://mastodon.invalid",
        hashtags=("o2",),
        token_env="MASTODON_TOKEN",
        contact="a@b.c",
    )
    with pytest.raises(LoginFailed, match="https"):
        list(source(chosen).pages(None))


def test_a_token_without_the_right_to_notifications_still_reads_hashtags(fake: FakeMastodon) -> None:
    fake.scopes = ("read:statuses",)
    fake.publish("o2")
    fake.mention()
    pages, _ = collect(with_token(fake))
    assert len(texts(pages)) == 1
    assert any("read:notifications" in warning for page in pages for warning in page.warnings)


@pytest.mark.parametrize("labelled", [True, False])
def test_a_login_says_who_we_are_and_whether_the_profile_says_bot(fake: FakeMastodon, labelled: bool) -> None:
    fake.bot = labelled
    found = source(with_token(fake)).check_login()
    assert found.who.endswith("logged in as brennpunkt")
    assert found.labelled is labelled


def test_a_token_that_may_not_see_its_account_works_and_leaves_the_label_open(fake: FakeMastodon) -> None:
    fake.scopes = ("read:statuses",)
    found = source(with_token(fake)).check_login()
    assert "scope `profile`" in found.who
    assert found.labelled is None


def test_with_a_token_search_is_read_whole_and_only_what_is_new_the_next_time(fake: FakeMastodon) -> None:
    for number in range(9):
        fake.publish("elsewhere", f"mobilnetz tot, Nummer {number}")
    wanted = with_token(fake).model_copy(update={"search": ("mobilnetz",)})
    pages, cursor = collect(wanted)
    assert len([text for text in texts(pages) if "mobilnetz" in text]) == 9
    fake.publish("elsewhere", "mobilnetz wieder da")
    again, _ = collect(wanted, cursor)
    assert "mobilnetz wieder da" in " ".join(texts(again))


def test_a_search_that_finds_nothing_or_fails_is_said_and_hashtags_are_read(fake: FakeMastodon) -> None:
    fake.publish("o2", "hallo")
    pages, _ = collect(with_token(fake).model_copy(update={"search": ("xyzzy",)}))
    assert len(texts(pages)) == 1
    assert any("shows no post with “xyzzy”" in warning for page in pages for warning in page.warnings)


def test_search_without_a_token_is_refused_by_the_config(fake: FakeMastodon) -> None:
    with pytest.raises(ValueError, match="only accounts search"):
        MastodonSettings(kind="mastodon", name="m", url=fake.url, hashtags=("o2",), search=("o2 netz",))

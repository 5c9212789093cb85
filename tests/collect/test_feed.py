"""Feeds as they are: RSS and Atom of tags, forums and newspapers, and what is wrong with them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect import Page, open_source
from bot.collect.feed import FeedSource, decode, parse_feed
from bot.config.sources import FeedSettings
from bot.domain import Gap, Post
from bot.errors import SourceError
from tests.servers.feed import FakeFeed, fake_feed, item, rss

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def web() -> Iterator[FakeFeed]:
    with fake_feed() as fake:
        yield fake


def settings(web: FakeFeed, **changes: Any) -> FeedSettings:
    usual = {
        "kind": "feed",
        "name": "f",
        "url": f"{web.url}/feed",
        "contact": "social@carrier.example",
        "allow_private": True,
    }
    return FeedSettings(**{**usual, **changes})


def read(web: FakeFeed, cursor: str | None = None, now: datetime = NOW, **changes: Any) -> tuple[list[Page], str]:
    pages = list(FeedSource(settings(web, **changes), clock=lambda: now).pages(cursor))
    assert pages[-1].cursor
    return pages, pages[-1].cursor


def posts(web: FakeFeed, body: bytes, content_type: str = "application/xml", **changes: Any) -> list[Post]:
    web.answers["/feed"] = (200, {"Content-Type": content_type}, body)
    return [post for page in read(web, **changes)[0] for post in page.posts]


def test_the_config_opens_it(web: FakeFeed) -> None:
    assert isinstance(open_source(settings(web)), FeedSource)


def test_an_unchanged_feed_is_not_sent_again(web: FakeFeed) -> None:
    web.publish(3)
    _, cursor = read(web)
    pages, again = read(web, cursor)
    assert [page.posts for page in pages] == [()]
    assert "If-None-Match" in web.asked[1]
    web.publish(1)
    assert [len(page.posts) for page in read(web, again)[0]] == [1]


def test_who_asks_is_said(web: FakeFeed) -> None:
    read_pages, _ = read_one(web)
    assert read_pages
    assert "social@carrier.example" in web.asked[0]["User-Agent"]
    assert web.asked[0]["User-Agent"].startswith("brennpunkt/")


def read_one(web: FakeFeed) -> tuple[list[Page], str]:
    web.publish(1)
    return read(web)


def test_what_scrolled_by_unseen_is_a_gap(web: FakeFeed) -> None:
    web.shown = 5
    web.publish(5)
    _, cursor = read(web)
    web.publish(5)
    later = NOW + timedelta(hours=1)
    pages, _ = read(web, cursor, later)
    assert pages[-1].gaps == (Gap("f", NOW, later, "more new entries than the feed shows"),)


def test_a_feed_that_moved_by_less_than_it_shows_has_no_gap(web: FakeFeed) -> None:
    web.shown = 5
    web.publish(5)
    _, cursor = read(web)
    web.publish(4)
    assert read(web, cursor)[0][-1].gaps == ()


def test_a_feed_that_went_empty_says_so_and_forgets_nothing(web: FakeFeed) -> None:
    web.publish(2)
    _, cursor = read(web)
    kept, web.entries = web.entries, []
    pages, cursor = read(web, cursor)
    assert pages[-1].warnings == ("f: shows no entry; it did before",)
    web.entries = kept
    assert [page.posts for page in read(web, cursor)[0]] == [()]


def test_another_address_is_another_feed(web: FakeFeed) -> None:
    web.publish(1)
    _, cursor = read(web)
    pages, _ = read(web, cursor, url=f"{web.url}/other")
    assert len(pages[-1].posts) == 1


def test_press_is_marked_and_trains_nothing(web: FakeFeed) -> None:
    (post,) = posts(web, rss(item("1", "o2-Kunden klagen über volles Netz")), press=True)
    assert post.press
    assert not post.may_train


def test_an_entry_becomes_a_post(web: FakeFeed) -> None:
    body = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>T</title>
      <entry><id>tag:forum.example,2026:1</id><title type="html">Kein Netz &amp;amp; kein Plan</title>
      <link href="https://forum.example/t/1"/><author><name>kim</name><email>kim@example.org</email></author>
      <published>2026-03-02T12:30:00+01:00</published>
      <content type="html">&lt;p&gt;Seit &lt;b&gt;heute&lt;/b&gt; geht nichts.&lt;/p&gt;
      &lt;script&gt;x()&lt;/script&gt;</content></entry></feed>"""
    (post,) = posts(web, body)
    assert post.text == "Kein Netz & kein Plan\nSeit heute geht nichts."
    assert post.id == ("f", "tag:forum.example,2026:1")
    assert post.url == "https://forum.example/t/1"
    assert post.created_at == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    assert post.author.startswith("kim")


def test_a_title_that_begins_the_body_is_said_once(web: FakeFeed) -> None:
    (post,) = posts(
        web, rss("<item><guid>1</guid><title>Kein Netz am…</title><description>Kein Netz am Hbf</description></item>")
    )
    assert post.text == "Kein Netz am Hbf"


def test_entries_without_id_keep_one_name_and_get_one_each(web: FakeFeed) -> None:
    body = rss(
        item("", "Kein Netz"),
        item("", "Kein Netz, auch nicht oben"),
        "<item><title>x</title><link>https://a.example/1</link></item>",
    )
    first, second = posts(web, body), posts(web, body)
    assert [post.id for post in first] == [post.id for post in second]
    assert len({post.id for post in first}) == 3
    assert first[2].id.native == "https://a.example/1"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Mon, 02 Mar 2026 11:00:00 GMT", datetime(2026, 3, 2, 11, tzinfo=UTC)),
        ("2026-03-02 11:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("vor 30 Minuten", NOW - timedelta(minutes=30)),
        ("2 hours ago", NOW - timedelta(hours=2)),
        ("gestern, 18:15", datetime(2026, 3, 1, 17, 15, tzinfo=UTC)),
        ("", None),
        ("neulich", None),
        ("Mon, 32 Mar 2026 25:00:00 GMT", None),
    ],
)
def test_times_are_read_as_people_write_them(web: FakeFeed, said: str, meant: datetime | None) -> None:
    (post,) = posts(web, rss(item("1", "Kein Netz", f"<pubDate>{said}</pubDate>")), time_zone="Europe/Berlin")
    assert post.created_at == meant


@pytest.mark.parametrize(
    ("encoding", "content_type", "declared"),
    [
        ("utf-8", "application/xml", "UTF-8"),
        ("cp1252", "text/xml; charset=ISO-8859-1", "UTF-8"),
        ("cp1252", "application/xml", "ISO-8859-1"),
        ("cp1252", "application/xml", "UTF-8"),
        ("utf-16", "application/xml", "UTF-16"),
        ("utf-16-be", "application/xml", "UTF-16"),
        ("utf-8-sig", "text/xml; charset=windows-1252", "x-unknown"),
        ("iso8859-15", "text/xml; charset=iso-8859-15", "utf-8"),
        ("utf-8", "text/xml; charset=unicode_escape", "rot13"),
    ],
)
def test_umlauts_survive_whatever_the_server_says(
    web: FakeFeed, encoding: str, content_type: str, declared: str
) -> None:
    channel = f"<channel>{item('1', 'Störung in Köln, 5 €')}</channel>"
    text = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0">{channel}</rss>'
    (post,) = posts(web, text.encode(encoding), content_type)
    assert post.text == "Störung in Köln, 5 €"


def test_a_feed_with_mistakes_is_read_as_far_as_possible(web: FakeFeed) -> None:
    body = rss(
        item("1", "Kein Netz"),
        "<item><title>A & B &nbsp; <b>fett</title><guid>2</guid></item>",
        item("3", "Auch nicht"),
    )
    web.answers["/feed"] = (200, {}, body)
    pages, cursor = read(web)
    assert {post.id.native for page in pages for post in page.posts} >= {"1", "3"}
    assert pages[-1].warnings == ("f: is not well-formed, read as far as possible",)
    assert json.loads(cursor)["seen"]


def test_a_feed_that_breaks_off_gives_what_it_has_and_no_cursor(web: FakeFeed) -> None:
    web.publish(4)
    whole = web.body()
    web.answers["/feed"] = (200, {"ETag": '"x"'}, whole[: len(whole) // 2])
    pages = FeedSource(settings(web), clock=lambda: NOW).pages(None)
    first = next(pages)
    assert first.posts
    assert first.cursor is None
    with pytest.raises(SourceError, match="broke off"):
        next(pages)


def entity_bombs() -> list[bytes]:
    text = '<?xml version="1.0"?><!DOCTYPE rss [<!entity a "haha"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel/></rss>'
    return [
        text.encode(),
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-8-sig"),
        text.replace("<!", "\n<!").encode(),
    ]


@pytest.mark.parametrize("body", entity_bombs())
def test_entities_of_its_own_are_refused_in_any_disguise(body: bytes) -> None:
    with pytest.raises(SourceError, match="entities"):
        parse_feed(body, "application/xml", "h")


def test_a_body_that_names_a_file_is_not_read_from_disk(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(rss(item("1", "private")))
    for body in (str(tmp_path / "feed.xml").encode(), f"file://{tmp_path}/feed.xml".encode()):
        with pytest.raises(SourceError, match="no feed"):
            parse_feed(body, "text/plain", "h")


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "text/xml; charset=utf-16", "text/xml; charset=utf-7", "a;charset=\x00"]),
)
def test_any_bytes_are_text_or_another(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type), str)


PIECES = st.sampled_from(
    [
        *(
            "<rss version='2.0'>",
            "<channel>",
            "<item>",
            "</item>",
            "<title>",
            "</title>",
            "<a ",
            "<![CDATA[",
            "]]>",
            "</",
        ),
        *("&#x110000;", "&#0;", "<!-- ", "<entry>", "99", "\x00", "ä", "<feed xmlns='http://www.w3.org/2005/Atom'>"),
        *("<content type='xhtml'>", "<pubDate>", "<!DOCTYPE x ["),
    ]
)


@given(st.lists(PIECES, max_size=40))
def test_any_heap_of_markup_is_a_feed_or_one_of_our_errors(pieces: list[str]) -> None:
    try:
        parsed = parse_feed("".join(pieces).encode(), "", "h")
    except SourceError:
        return
    assert isinstance(parsed.entries, list)

"""What X brings in, and how far its cursor goes: tweepy against a stub on loopback."""

import json
from datetime import timedelta

import pytest

from bot.errors import SourceError
from tests.collect.x_bench import NOON, QUERY, Bench, Reader
from tests.servers.x import FAULTS, POST_READ, Fault, StubPost, id_of


def asked(bench: Bench, name: str) -> list[str | None]:
    return [params.get(name) for _, params, _ in bench.server.requests]


# What comes in


def test_a_post_arrives_with_its_words_author_and_time(bench: Bench, reader: Reader) -> None:
    (native,) = bench.publish(1, text="Kein Netz &amp; kein Empfang, o2 &lt;3")
    reader.read(bench.source())
    post = reader.posts[native]
    assert (post.text, post.author, post.lang) == ("Kein Netz & kein Empfang, o2 <3", "77", "de")
    assert (post.created_at, post.url) == (NOON - timedelta(hours=1), f"https://x.com/i/status/{native}")
    assert not post.may_train
    assert not post.addressed


def test_mentions_are_addressed_to_us_and_come_before_what_search_finds(bench: Bench, reader: Reader) -> None:
    (native,) = bench.publish(1, mention=True)
    reader.read(bench.source(account_id="12"))
    assert reader.posts[native].addressed
    assert [path for path, *_ in bench.server.requests] == ["/2/users/12/mentions", "/2/tweets/search/recent"]


@pytest.mark.parametrize("word", ["tweet", "post"])
def test_both_sets_of_field_names_are_read(bench: Bench, reader: Reader, word: str) -> None:
    bench.server.word = word
    long = {"text": "Lang und " * 60 + "am Ende kein Netz, o2"}
    (first,) = bench.publish(1, hours_ago=2)
    bench.publish(1, extra={f"edit_history_{word}_ids": [first], f"note_{word}": long})
    bench.publish(1, extra={f"referenced_{word}s": [{"type": "retweeted", "id": first}]})
    (quote,) = bench.publish(1, hours_ago=0.5, extra={f"referenced_{word}s": [{"type": "quoted", "id": first}]})
    reader.read(bench.source())
    assert set(reader.posts) == {first, quote}
    assert reader.posts[first].text == long["text"]


def test_an_edited_post_is_one_post_and_its_new_text_is_told_as_such(bench: Bench, reader: Reader) -> None:
    (first,) = bench.publish(1, hours_ago=3)
    reader.read(bench.source())
    second = str(id_of(NOON - timedelta(hours=1)))
    bench.server.posts = [StubPost(int(second), "o2 geht wieder", extra={"edit_history_tweet_ids": [first, second]})]
    reader.read(bench.source())
    assert (list(reader.posts), reader.edited) == ([first], [first])


def test_our_own_posts_and_posts_that_cannot_be_read_are_left_out_and_the_rest_comes(
    bench: Bench, reader: Reader
) -> None:
    (good,) = bench.publish(1)
    bench.publish(1, extra={"author_id": "12"})
    for extra in ({"id": None}, {"text": None}, {"id": "9" * 19}, {"id": "x"}):
        bench.publish(1, extra=extra)
    reader.read(bench.source(account_id="12"))
    assert list(reader.posts) == [good]
    assert len(reader.warnings) == 4
    (later,) = bench.publish(1, hours_ago=0.5)
    reader.read(bench.source(account_id="12"))
    assert later in reader.posts  # the id in the future moved no cursor


def test_data_and_errors_together_are_posts_and_a_warning(bench: Bench, reader: Reader) -> None:
    (native,) = bench.publish(1)
    bench.server.change = lambda body: body.update(errors=[{"title": "Not Found Error", "detail": "withheld\x1b[2J"}])
    reader.read(bench.source())
    assert list(reader.posts) == [native]
    assert reader.warnings == ["X left something out: withheld [2J"]


@pytest.mark.parametrize("errors", [None, [], [None], "text", 7, [[1], {"message": {"a": 1}}]])
def test_whatever_stands_under_errors_the_posts_come(bench: Bench, reader: Reader, errors: object) -> None:
    (native,) = bench.publish(1)
    bench.server.change = lambda body: body.update(errors=errors)
    reader.read(bench.source())
    assert list(reader.posts) == [native]


# Cursors


def test_the_next_run_asks_for_what_came_after_the_newest_post_of_the_first_page(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(250)
    reader.read(bench.source())
    assert set(reader.posts) == set(natives)
    assert asked(bench, "until_id") == [None, natives[150], natives[50]]
    reader.read(bench.source())
    assert asked(bench, "since_id")[3] == natives[-1]
    assert len(bench.server.requests) == 4


def test_a_failed_second_page_is_asked_again_and_the_first_is_not_paid_twice(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(250)
    bench.server.faults = {1: FAULTS["500 HTML"]}
    with pytest.raises(SourceError):
        reader.read(bench.source())
    assert set(reader.posts) == set(natives[150:])
    more = bench.publish(3, hours_ago=0.1)
    reader.read(bench.source())
    assert set(reader.posts) == {*natives, *more}
    assert bench.server.billed == bench.spent() == 253 * POST_READ


def test_a_run_stopped_at_a_limit_says_so_and_the_next_reads_the_newest_first(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(250)
    reader.read(bench.source(pages=1))
    assert reader.truncated
    assert reader.open_gaps() == [f"search {QUERY}: not read yet, comes later"]
    more = bench.publish(5, hours_ago=0.1)
    reader.read(bench.source(pages=1))
    assert set(more) < set(reader.posts)
    reader.read(bench.source())
    assert set(reader.posts) == {*natives, *more}
    assert reader.open_gaps() == []
    assert not reader.truncated


def test_an_empty_page_in_the_middle_is_no_end(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(150)
    hole = json.dumps({"meta": {"result_count": 0, "next_token": natives[50]}}).encode()
    bench.server.faults = {1: Fault(body=hole)}
    reader.read(bench.source())
    assert set(reader.posts) == set(natives)


def test_a_first_run_looks_back_as_far_as_it_is_told(bench: Bench, reader: Reader) -> None:
    bench.publish(1, hours_ago=30)
    recent = bench.publish(1, hours_ago=20)
    reader.read(bench.source())
    assert list(reader.posts) == recent


def test_a_first_run_that_fails_keeps_its_beginning(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(1, hours_ago=20)
    bench.server.faults = {0: FAULTS["500 HTML"]}
    with pytest.raises(SourceError):
        reader.read(bench.source())
    bench.server.now += timedelta(hours=20)
    reader.read(bench.source())
    assert list(reader.posts) == natives


def test_a_cursor_older_than_search_reaches_goes_on_by_time_and_leaves_a_gap(bench: Bench, reader: Reader) -> None:
    bench.publish(1)
    reader.read(bench.source())
    bench.publish(1)
    bench.server.now += timedelta(days=9)
    recent = bench.publish(1, hours_ago=24 * 6)
    bench.server.requests.clear()
    reader.read(bench.source())
    assert recent[0] in reader.posts
    assert asked(bench, "start_time") == ["2026-03-04T12:05:00Z"]
    (gap,) = reader.gaps.values()
    assert (gap.since, gap.until) == (NOON - timedelta(hours=1), NOON + timedelta(days=2, minutes=5))


def test_where_clocks_disagree_about_seven_days_the_platform_is_right(bench: Bench, reader: Reader) -> None:
    bench.publish(1)
    reader.read(bench.source())
    source = bench.source()
    bench.server.now += timedelta(days=7, minutes=-70)  # the cursor is just within reach
    source._clock = lambda now=bench.server.now: now  # our clock stays behind
    bench.server.now += timedelta(minutes=20)
    reader.read(source)
    assert [gap.reason for gap in reader.gaps.values()] == [f"search {QUERY}: older than the 7 days that X shows"]


def test_a_quiet_query_never_falls_out_of_reach(bench: Bench, reader: Reader) -> None:
    bench.publish(1)
    for _ in range(20):
        reader.read(bench.source())
        bench.server.now += timedelta(hours=12)
    assert reader.gaps == {}


def test_stretches_left_behind_for_too_long_become_a_gap(bench: Bench, reader: Reader) -> None:
    bench.publish(250)
    reader.read(bench.source(pages=1))
    bench.server.now += timedelta(days=8)
    reader.read(bench.source())
    assert reader.open_gaps() == [f"search {QUERY}: older than the 7 days that X shows"] * len(reader.open_gaps())
    assert reader.open_gaps()


def test_when_the_words_change_nothing_is_lost(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(250)
    reader.read(bench.source(pages=1))
    more = bench.publish(1, hours_ago=0.1)
    reader.read(bench.source(queries=("(o2) lang:de",)))
    assert set(reader.posts) == {*natives, *more}
    assert reader.open_gaps() == []


def test_more_mentions_than_x_shows_leave_a_gap(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(800, mention=True, text="Hilfe")
    reader.read(bench.source(account_id="12"))
    assert len(reader.posts) == 800
    (gap,) = reader.gaps.values()
    assert (gap.reason, gap.until) == ("mentions: more than the 800 that X shows", reader.posts[natives[0]].created_at)


@pytest.mark.parametrize("cursor", ["", "null", "[]", "{", '{"a": 1}', '{"a": [null, []]}', '"x"', "7"])
def test_a_cursor_that_cannot_be_read_begins_anew(bench: Bench, cursor: str) -> None:
    natives = bench.publish(3)
    reader = Reader(cursor=cursor)
    reader.read(bench.source())
    assert set(reader.posts) == set(natives)

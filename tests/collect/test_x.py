"""X through tweepy against a stub on loopback."""

import json
import logging
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot import store
from bot.collect import open_source
from bot.errors import BotError, ConfigError, LoginFailed, RateLimited, SourceError, TimelineClosed
from tests.collect.x_bench import NOON, QUERY, TOKEN_ENV, Bench, Reader, settings
from tests.servers.x import FAULTS, POST_READ, TOKEN, Fault, StubPost, XServer, id_of


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


@pytest.fixture
def bench(server: XServer, db: store.Database) -> Bench:
    server.reset(NOON)
    return Bench(server, db)


@pytest.fixture
def reader() -> Reader:
    return Reader()


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


# What goes wrong


WRONG = {
    "401": (LoginFailed, "make a new one"),
    "402": (RateLimited, "balance is used up"),
    "403": (TimelineClosed, "not permitted"),
    "404": (TimelineClosed, "404"),
    "429": (RateLimited, "Too Many Requests"),
    "429 without reset": (RateLimited, "asks to wait"),
    "429 with nonsense": (RateLimited, "asks to wait"),
    "400 with a list": (SourceError, "Bad Request"),
    "400 with errors null": (SourceError, "Bad"),
    "503 with a list": (SourceError, "Over capacity"),
    "HTML with 200": (SourceError, "no JSON"),
    "reset within the answer": (SourceError, "did not answer in full"),
    "errors only with 200": (SourceError, "Could not find"),
    "redirect": (SourceError, "302"),
}


@pytest.mark.parametrize(("fault", "error", "words"), [(f, *rest) for f, rest in WRONG.items()], ids=list(WRONG))
def test_every_refusal_is_one_line_that_says_what_to_do(
    bench: Bench, reader: Reader, fault: str, error: type[SourceError], words: str
) -> None:
    bench.server.faults = {0: FAULTS[fault]}
    with pytest.raises(error, match=words) as caught:
        reader.read(bench.source())
    assert type(caught.value).__mro__.index(SourceError) <= 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ("429", timedelta(minutes=7)),
        ("429 without reset", timedelta(minutes=15)),
        ("429 with nonsense", timedelta(minutes=15)),
        ("402", timedelta(hours=1)),
    ],
)
def test_when_to_ask_again_is_said_and_nobody_waits_here(
    bench: Bench, reader: Reader, fault: str, wait: timedelta
) -> None:
    bench.server.faults = {0: FAULTS[fault]}
    with pytest.raises(RateLimited) as caught:
        reader.read(bench.source())
    assert caught.value.retry_at == NOON + wait
    assert len(bench.server.requests) == 1


def test_a_refused_timeline_does_not_keep_the_others_from_being_read(bench: Bench, reader: Reader) -> None:
    (native,) = bench.publish(1, mention=True)
    bench.server.faults = {0: FAULTS["403"]}
    with pytest.raises(TimelineClosed):
        reader.read(bench.source(account_id="12"))
    assert native in reader.posts


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_only_our_errors_come_out_and_nothing_is_lost(bench: Bench, reader: Reader, fault: str) -> None:
    natives = bench.publish(150)
    bench.server.faults = {1: FAULTS[fault]}
    with pytest.raises(SourceError):
        reader.read(bench.source())
    reader.read(bench.source())
    assert set(reader.posts) == set(natives)
    assert bench.server.billed <= bench.spent()


def test_a_server_that_is_not_there_costs_nothing(bench: Bench, reader: Reader) -> None:
    source = bench.source()
    gone = XServer()
    gone.close()
    source = type(source)(settings(), source._purse, base=gone.base, clock=lambda: NOON, budget=bench.budget)
    with pytest.raises(SourceError, match="could not be reached"):
        reader.read(source)
    assert bench.spent() == 0


def test_the_same_page_over_and_over_ends_the_run(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(150)
    page = json.dumps(
        {"data": [{"id": natives[-1], "text": "o2"}], "meta": {"result_count": 1, "next_token": "x"}}
    ).encode()
    bench.server.faults = dict.fromkeys(range(50), Fault(body=page))
    with pytest.raises(SourceError, match="same page"):
        reader.read(bench.source())
    assert len(bench.server.requests) == 2


# Money


def test_reads_stop_before_the_cap_and_go_on_the_next_day(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(100)
    for day in range(3):
        reader.read(bench.source(daily_cap_usd=0.25))  # fifty posts
        assert bench.server.billed == bench.spent() == min(100, 50 * (day + 1)) * POST_READ
        assert reader.truncated == (day < 2) or bench.server.billed == 100 * POST_READ
        bench.server.now += timedelta(days=1)
    assert set(reader.posts) == set(natives)


def test_a_used_up_cap_is_a_gap_and_a_warning_not_a_silence(bench: Bench, reader: Reader) -> None:
    bench.publish(1)
    reader.read(bench.source(daily_cap_usd=0.04))  # less than the ten posts that search hands out at least
    assert bench.server.requests == []
    assert reader.truncated
    assert reader.warnings == ["stopped at the cap of this day or month (daily_cap_usd, monthly_cap_usd)"]
    (gap,) = reader.gaps.values()
    assert (gap.since, gap.until) == (NOON - timedelta(days=1), None)
    reader.read(bench.source())
    assert reader.open_gaps() == []


def test_an_answer_that_was_lost_counts_in_full_and_a_refused_one_not_at_all(bench: Bench, reader: Reader) -> None:
    bench.publish(30)
    bench.server.faults = {0: FAULTS["reset within the answer"], 1: FAULTS["429"]}
    for spent in (100 * POST_READ, 100 * POST_READ, 130 * POST_READ):
        try:
            reader.read(bench.source())
        except SourceError:
            assert spent == 100 * POST_READ
        assert bench.spent() == spent
    assert bench.server.billed == 60 * POST_READ


def test_mentions_have_their_own_price(bench: Bench, reader: Reader) -> None:
    bench.publish(7, mention=True, text="Hilfe")
    reader.read(bench.source(account_id="12"))
    assert bench.spent() == bench.server.billed == 7_000


def test_without_a_purse_or_a_token_nothing_is_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="dry run"):
        open_source(settings())
    monkeypatch.delenv(TOKEN_ENV)
    with pytest.raises(ConfigError, match=TOKEN_ENV):
        bench.source()


# Counts


def test_counts_tell_the_volume_for_one_price(bench: Bench) -> None:
    bench.publish(40, hours_ago=2)
    bench.publish(2, hours_ago=0.5)
    counts = bench.source().counts(since=NOON - timedelta(hours=3), until=NOON)
    assert [counts[NOON - timedelta(hours=hour)] for hour in (3, 2, 1)] == [0, 40, 2]
    assert bench.spent() == bench.server.billed == 5_000


def test_counts_have_the_new_field_names_too(bench: Bench) -> None:
    bench.server.word = "post"
    bench.publish(3)
    assert sum(bench.source().counts(since=NOON - timedelta(days=20), until=NOON).values()) == 3


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_counts_raise_only_our_errors(bench: Bench, fault: str) -> None:
    bench.server.faults = {0: FAULTS[fault]}
    with pytest.raises(SourceError):
        bench.source().counts(since=NOON - timedelta(hours=3), until=NOON)
    assert bench.server.billed <= bench.spent()


def test_counts_stop_at_the_cap(bench: Bench) -> None:
    with pytest.raises(SourceError, match="cap"):
        bench.source(daily_cap_usd=0.004).counts(since=NOON - timedelta(hours=3), until=NOON)
    assert bench.server.requests == []


# Manners


def test_no_token_and_no_text_reaches_a_log_even_at_debug(
    bench: Bench, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    bench.publish(1, text="Mein Name ist Hase, o2")
    echo = json.dumps({"detail": f"Bearer {TOKEN} is wrong"}).encode()
    bench.server.faults = {1: Fault(401, echo)}
    loud = [logging.getLogger(name) for name in ("tweepy", "tweepy.client", "urllib3", "urllib3.connectionpool")]
    levels = [logger.level for logger in loud]
    try:
        for logger in loud:
            logger.setLevel(logging.DEBUG)  # as somebody might who looks for a fault
        with caplog.at_level(logging.DEBUG):
            reader.read(bench.source())
            with pytest.raises(LoginFailed) as caught:
                reader.read(bench.source())
    finally:
        for logger, level in zip(loud, levels, strict=True):
            logger.setLevel(level)
    assert TOKEN not in caplog.text
    assert TOKEN not in str(caught.value)
    assert "Hase" not in caplog.text


def test_the_contact_stands_in_every_request_and_authors_are_not_asked_for(bench: Bench, reader: Reader) -> None:
    reader.read(bench.source(account_id="12"))
    for _, params, headers in bench.server.requests:
        assert headers["User-Agent"].startswith("brennpunkt/")
        assert "admin@carrier.example" in headers["User-Agent"]
        assert "expansions" not in params
        assert "user.fields" not in params


def test_our_errors_are_errors_for_the_admin(bench: Bench) -> None:
    assert issubclass(SourceError, BotError)


def test_a_server_that_never_answers_is_given_up_and_its_money_stays_counted(
    bench: Bench, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.collect.wire.TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, and says nothing
        monkeypatch.setattr(bench.server, "base", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(SourceError, match="did not answer"):
            reader.read(bench.source())
    assert bench.spent() == 100 * POST_READ


def test_a_run_that_took_too_long_asks_no_more_and_says_so(
    bench: Bench, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.collect.x.source.LAST_ASK_S", 10_000)
    reader.read(bench.source())
    assert reader.truncated
    assert bench.server.requests == []


def test_a_login_is_tried_without_reading_or_paying_for_a_post(bench: Bench) -> None:
    bench.publish(3, text="o2 lahm")
    found = bench.source().check_login()
    assert (found.who, found.labelled) == (
        "the token works; 43435 of the 3000000 posts that X allows a month are read",
        None,
    )
    assert (bench.server.billed, bench.spent()) == (0, 0)


def test_a_wrong_token_is_found_by_the_login(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_ENV, "withdrawn")
    with pytest.raises(LoginFailed, match="make a new one"):
        bench.source().check_login()

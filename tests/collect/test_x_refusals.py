"""X refuses, is silent or lies; and what we never do."""

import json
import logging
import socket
from datetime import timedelta

import pytest

from bot.errors import BotError, LoginFailed, RateLimited, SourceError, TimelineClosed
from tests.collect.x_bench import NOON, TOKEN_ENV, Bench, Reader, settings
from tests.servers.x import FAULTS, POST_READ, TOKEN, Fault, XServer

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

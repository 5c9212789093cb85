"""What the log shows, and what it never shows."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.load import load_settings
from bot.daemon.logs import Formatter, redact, secrets_of
from bot.errors import SourceError
from tests.loopback import write_config

SECRET = "a-secret-that-must-not-be-told"


@pytest.fixture(params=[False, True], ids=["for people", "JSON"])
def log(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Formatter(lambda: [SECRET], as_json=request.param))
    logger = logging.getLogger("a test of the log")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("mailto://kim:pass@mail.example failed", "mailto://…@mail.example failed"),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer …"),
        ("GET https://a.example/x?access_token=abc&limit=40", "GET https://a.example/x?access_token=…&limit=40"),
        ("asked @kim@chaos.social twice", "asked @… twice"),
        ("from kim.muster@example.org", "from …@…"),
        ("did:plc:abcdef123 is gone", "did:… is gone"),
        (
            "mastodon-social: 3 new posts, 1 about network trouble",
            "mastodon-social: 3 new posts, 1 about network trouble",
        ),
        ("digest of 2026-03-02: 9 files in var/digests", "digest of 2026-03-02: 9 files in var/digests"),
    ],
)
def test_accounts_and_tokens_are_taken_out_and_the_rest_stays(line: str, shown: str) -> None:
    assert redact(line) == shown


@given(st.text(alphabet="@:/?=&.ab1 -_…", max_size=60))
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_a_secret_is_in_no_message_and_in_no_exception(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("refused with %s", SECRET)
    try:
        raise SourceError(f"the token {SECRET} was refused")
    except SourceError:
        logger.exception("failed")
    assert SECRET not in written.getvalue()
    assert "was refused" in written.getvalue()


def test_a_bug_shows_where_it_happened_but_not_what_the_post_said(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        json.loads("{Kein Netz in Köln")
        int("Kein Netz in Köln")
    except ValueError:
        logger.exception("a bug")
    assert "test_logs.py" in written.getvalue()
    assert "JSONDecodeError" in written.getvalue()
    try:
        int("Kein Netz in " + "Köln")
    except ValueError:
        logger.exception("another")
    assert "Kein Netz in Köln'" not in written.getvalue().split("another")[1]


def test_json_is_one_object_a_line() -> None:
    record = logging.makeLogRecord({"msg": "two\nlines", "levelname": "INFO", "name": "brennpunkt"})
    (line,) = Formatter(list, as_json=True).format(record).splitlines()
    assert json.loads(line)["message"] == "two\nlines"


def test_the_secrets_are_those_that_the_config_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"kind": "mastodon", "name": "m", "url": "https://a.example", "hashtags": ["o2"], "token_env": "M_TOKEN"}
    settings = load_settings(write_config(tmp_path, source, send_to_env='["CHAT"]'))
    monkeypatch.setenv("M_TOKEN", "m-token")
    monkeypatch.setenv("CHAT", "mailto://kim:pass%20word@mail.example")
    assert {"m-token", "pass word"} <= secrets_of(settings)

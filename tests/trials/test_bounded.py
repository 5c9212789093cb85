"""No text, however hostile, costs much. Work is counted in calls, not by a clock: a clock tells of the machine as well."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, target
from hypothesis import strategies as st

from bot.analyse import Judge, analyse
from bot.config.judge import load_judge
from bot.config.load import load_settings
from bot.domain import Post, PostId
from bot.text import MAX_CHARS

CALLS_A_CHARACTER = 20  # the worst found needs 15; an ordinary post of 100 characters 7
PIECES = [
    *("@", "a", "@a", " ", "0", "1", "+49", "(0", ")", "-", "/", ".", ",", ":", "\n", "?", "#", "ä", "'", "\u0301", "•", "📶"),
    *("x.com/", "did:plc:", ".bsky.social", "http://", "(at)", "DE44 ", "Kundennummer ", "Str. ", "12 The High Street ", "tel:"),
    *("0176 1234567 ", "030", "12345", "0,2 mbit ", "4g ", "H+", "kein ", "netz ", "o2 ", "geht ", "nicht ", "volle balken "),
    *("seit tagen ", "no ", "signal ", "not working ", "frankfurt ", "am ", "in ", "Halle ", "SW1A 1AA ", "#berlin", "und "),
]  # fmt: skip


@pytest.fixture(scope="module")
def judge() -> Judge:
    judge = load_judge(load_settings(Path(__file__).parents[2] / "config" / "o2-de.toml"))
    analyse(post("danke, kein Netz in Berlin! 0176 1234567 @kim"), judge)  # imports what is imported on first use
    return judge


def post(text: str) -> Post:
    return Post(PostId("x", "1"), text)


def calls(text: str, judge: Judge) -> int:
    """Calls made, of Python's own functions too, while one post is analysed."""
    count = 0

    def tick(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        analyse(post(text), judge)
    finally:
        sys.setprofile(before)
    return count


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6))
@example(["@a"])
@example(["@a", "A"])
@example(["SW1A 1AA "])
@example(["@", "x.com/", "#", "Halle ", "no "])
@example(["frankfurt ", "0", ")"])
@example(["1", " ", "2", " ", "(0", "/", "(0", "0"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_longest_text_costs_a_bounded_number_of_steps(judge: Judge, pieces: list[str]) -> None:
    unit = "".join(pieces)
    text = (unit * (MAX_CHARS // len(unit) + 1))[:MAX_CHARS]
    steps = calls(text, judge)
    target(float(steps))
    assert steps <= CALLS_A_CHARACTER * MAX_CHARS


@pytest.mark.parametrize("unit", ["@a", "frankfurt ", "0176 1234567 ", "kein netz? ", "x.com/a "])
def test_twice_the_text_is_at_most_about_twice_the_work(judge: Judge, unit: str) -> None:
    half, whole = (calls((unit * MAX_CHARS)[:size], judge) for size in (MAX_CHARS // 2, MAX_CHARS))
    assert whole <= 2.5 * half

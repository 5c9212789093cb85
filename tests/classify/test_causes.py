"""The reason for trouble is what the words give as such, not every word that could be one."""

import tomllib
from pathlib import Path

import pytest

from bot.classify.cues import Case, cues, sort_out
from bot.classify.language import language
from bot.classify.rules import compile_rules, finds_in
from bot.domain import Cause
from bot.text import tokenize

ROOT = Path(__file__).resolve().parents[2] / "config" / "rules"
RULES = compile_rules({name: tomllib.loads((ROOT / name).read_text("utf-8")) for name in ("de.toml", "en.toml")})


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("There is no coverage in our village", {Cause.COVERAGE}),
        ("No signal at home, ever", {Cause.COVERAGE}),
        ("Packed train, no signal", set()),
        ("Calls keep dropping. Nice weather. Lovely shop. I love my new sim", set()),
        ("My new sim has no signal", {Cause.DEVICE_ACCOUNT}),
        ("The mast is broken, no signal at home", {Cause.OUTAGE}),
        ("daheim kein Netz", {Cause.COVERAGE}),
    ],
)
def test_what_is_only_said_in_passing_is_no_reason(text: str, reasons: set[Cause]) -> None:
    assert _case(text).reasons == reasons


def test_a_reason_does_not_weigh_in_whether_it_is_a_complaint() -> None:
    case = _case("Landed in Spain, no signal")
    assert case.reasons == {Cause.ROAMING}
    assert not any("is-the-reason" in cue for cue in cues(case))


def _case(text: str) -> Case:
    tokens = tokenize(text)
    return sort_out(finds_in(tokens, language(tokens, None), RULES), tokens.sentences)

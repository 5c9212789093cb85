import math

import pytest

from bot.classify.decide import DOUBT
from bot.classify.doubt import BOTH, CLOSE, MARGIN, NEAR, doubted
from bot.classify.model import Linear, Model
from bot.domain import Band, Span
from tests.factories import verdict

MODEL = Model({"capacity": Linear(0.0, {})}, {"capacity": 0.45}, {}, "m")
WORDS = (Span(0, 4, "kein", "x"),)


def at(gap: float) -> float:
    """The probability so far above the line, in logits."""
    return 1 / (1 + math.exp(-(math.log(0.45 / 0.55) + gap)))


@pytest.mark.parametrize(
    ("gap", "band", "against", "reason"),
    [
        (0.1, Band.A, (), NEAR),
        (-0.3, Band.D, (), NEAR),
        (-0.3, Band.C, (), NEAR),
        (MARGIN + 0.1, Band.A, (), None),
        (MARGIN + 0.1, Band.B, (), CLOSE),
        (MARGIN + 0.1, Band.B, WORDS, BOTH),
        (2 * MARGIN + 0.1, Band.B, WORDS, None),
        (-3.0, Band.D, WORDS, None),
    ],
)
def test_near_the_line_a_person_is_asked(gap: float, band: Band, against: tuple[Span, ...], reason: str | None) -> None:
    found = doubted(verdict(score=at(gap), band=band, against=against, evidence=WORDS), MODEL).doubt
    assert (found.reason if found else None) == reason
    if found:
        assert found.gap == pytest.approx(abs(gap), abs=0.01)


def test_a_text_about_other_things_is_not_in_doubt() -> None:
    assert doubted(verdict(score=0.0, band=Band.D), MODEL).doubt is None


def test_where_no_rule_found_trouble_the_line_is_further_up() -> None:
    line = 0.45 + DOUBT  # beyond .45 and yet D: it was measured against this
    found = doubted(verdict(score=line - 0.01, band=Band.D), MODEL).doubt
    assert found is not None
    assert found.gap < MARGIN / 4


def test_training_may_learn_another_margin_and_without_a_model_the_rules_have_their_own_line() -> None:
    narrow = Model(MODEL.heads, MODEL.lines, {"margin": 0.05}, "m")
    assert doubted(verdict(score=at(0.2)), narrow).doubt is None
    assert doubted(verdict(score=0.5), None).doubt is not None

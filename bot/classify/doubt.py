"""Abstain: which verdicts a person should look at, and why.

Measured on 610 labelled posts with an earlier version: within MARGIN of the line 27 % of the verdicts on "A or B?" were wrong
(16 of 59), beyond it 7 %. Between one and two margins 22 % were wrong (8 of 36) where words speak for and against, else 11 %
(7 of 62). On two thirds of the same files today, between one and two margins: 8 of 10 B were wrong, 5 of 46 others.
"""

import math
from dataclasses import replace

from ..domain import Band, Doubt, Verdict
from .decide import LINE, doubt_of
from .model import Model

NEAR = "near the line"
BOTH = "words for and against"
CLOSE = "two close readings"  # trouble without a sign of load: a complaint of ours, or trouble of another kind?
MARGIN = 0.5  # in logits: .34 to .58 around a line of .46; with BOTH 12 % of what customers write to carriers
_CAPACITY = (Band.A, Band.B)


def doubted(verdict: Verdict, model: Model | None) -> Verdict:
    """The verdict with its doubt, if there is one."""
    if not verdict.score:  # nothing of the field was found
        return verdict
    gap = abs(_logit(verdict.score) - _line(verdict, model))
    margin = margin_of(model)
    if gap < margin:
        return replace(verdict, doubt=Doubt(NEAR, round(gap, 3)))
    if gap < 2 * margin and verdict.against and verdict.evidence:
        return replace(verdict, doubt=Doubt(BOTH, round(gap, 3)))
    if gap < 2 * margin and verdict.band is Band.B:
        return replace(verdict, doubt=Doubt(CLOSE, round(gap, 3)))
    return verdict


def margin_of(model: Model | None) -> float:
    """What training learned of where the mistakes lie, or what was measured of the shipped weights."""
    return float(model.about.get("margin", MARGIN)) if model else MARGIN


def line_of(model: Model | None, more: float = 0.0) -> float:
    """Where A and B begin, in logits; `more` is added to the probability."""
    return _logit((model.lines["capacity"] if model else LINE) + more)


def _line(verdict: Verdict, model: Model | None) -> float:
    # Beyond the line and yet no capacity complaint: no rule found trouble, so that more was asked for.
    strict = model is not None and _logit(verdict.score) >= line_of(model) and verdict.band not in _CAPACITY
    return line_of(model, doubt_of(model) if model and strict else 0.0)


def _logit(chance: float) -> float:
    chance = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(chance / (1 - chance))

"""What the finds of the rules add up to: a verdict.

Band: is it a capacity complaint (A or B), other network trouble (C), or none (D)? Two sums of weights decide, turned into
probabilities; with a model its cues, words and n-grams are added. Cause and main symptom follow GUIDELINE.md's order.
"""

import math
from collections.abc import Iterable, Sequence

from ..domain import Band, Cause, Location, PlaceKind, Span, Symptom, Technology, Verdict
from ..text import Tokens
from .cues import Find
from .model import Scores

MAX_SPANS = 8  # shown to a person

# The order of the guideline: the first cause that is named counts. Fixed line and mobile are told apart before.
CAUSE_ORDER = (
    Cause.LANDLINE,
    Cause.MAINTENANCE,
    Cause.OUTAGE,
    Cause.ROAMING,
    Cause.COVERAGE,
    Cause.DEVICE_ACCOUNT,
    Cause.CONGESTION,
)
# With equal weight the more telling symptom is the main one.
SYMPTOM_ORDER = (
    Symptom.SMS_DELAY,
    Symptom.DROPPED_CALL,
    Symptom.CALL_SETUP,
    Symptom.DATA_STALL,
    Symptom.SLOW_DATA,
    Symptom.CONGESTION,
    Symptom.NO_SERVICE,
)
_CROWDED = (PlaceKind.STATION, PlaceKind.POI)
_GENERATIONS = {
    **dict.fromkeys(("2g", "edge", "gprs", "gsm"), Technology.G2),
    **dict.fromkeys(("3g", "umts", "hspa", "h+", "hsdpa"), Technology.G3),
    **dict.fromkeys(("4g", "lte", "4g+", "volte"), Technology.G4),
    **dict.fromkeys(("5g", "5gplus"), Technology.G5),
}


def nothing_found(version: str) -> Verdict:
    return Verdict(Band.D, 0.0, rules=version)


def decide(tokens: Tokens, places: Sequence[Location], finds: Sequence[Find], version: str) -> Verdict:
    """The verdict on a text in which something topical was found."""
    weights = symptom_weights(finds)
    settings = {find.meaning.value for find in finds if find.meaning.kind == "setting"}
    if any(place.kind in _CROWDED for place in places):
        settings.add("crowd")
    scores = _by_hand(finds, settings)
    cause = _cause(finds, weights, settings)
    if scores.capacity >= 0.5 and cause in (Cause.UNCLEAR, Cause.CONGESTION):
        likely = cause is Cause.CONGESTION or bool(
            weights.keys() & {Symptom.SLOW_DATA, Symptom.DATA_STALL, Symptom.CONGESTION} and "mobile" in settings
        )
        band = Band.A if likely else Band.B
    elif scores.network >= 0.5:
        band = Band.C
    else:
        return Verdict(Band.D, scores.capacity, against=_spans(tokens, finds, ("against", "nothing")), rules=version)
    return Verdict(
        band,
        scores.capacity,
        symptoms=_ordered(weights),
        cause=cause,
        technology=technology(tokens),
        severity=_severity(finds),
        evidence=_spans(tokens, finds, ("symptom", "cause", "setting")),
        against=_spans(tokens, finds, ("against", "nothing")),
        rules=version,
    )


def symptom_weights(finds: Iterable[Find]) -> dict[Symptom, float]:
    """The strongest find of each symptom."""
    weights: dict[Symptom, float] = {}
    for meaning, _, _ in finds:
        if meaning.kind == "symptom" and meaning.value != "none":
            symptom = Symptom(meaning.value)
            weights[symptom] = max(meaning.weight, weights.get(symptom, 0.0))
    return weights


def _by_hand(finds: Sequence[Find], settings: set[str]) -> Scores:
    """Scores from the rules' own weights, without a model."""
    strongest = sorted((find.meaning.weight for find in finds if find.meaning.kind == "symptom"), reverse=True)
    trouble = (strongest[0] if strongest else 0.0) + 0.3 * sum(strongest[1:3])
    if not strongest:
        return Scores(0.02, 0.05)
    against = {find.meaning.value: find.meaning.weight for find in finds if find.meaning.kind == "against"}
    minus = max(against.values(), default=0.0) + 0.3 * (sum(against.values()) - max(against.values(), default=0.0))
    network = trouble + 0.4 * bool(settings) - 2.0 - minus * 0.7
    causes = {find.meaning.value for find in finds if find.meaning.kind == "cause"} - {Cause.CONGESTION}
    capacity = trouble + 0.4 * bool(settings) - 2.0 - minus - 2.0 * bool(causes)
    return Scores(_sigmoid(capacity), _sigmoid(network))


def _cause(finds: Sequence[Find], weights: dict[Symptom, float], settings: set[str]) -> Cause:
    named = {find.meaning.value for find in finds if find.meaning.kind == "cause"}
    for cause in CAUSE_ORDER:
        if cause in named:
            return cause
    if Symptom.CONGESTION in weights or "crowd" in settings or "peak" in settings:
        return Cause.CONGESTION
    return Cause.UNCLEAR


def _ordered(weights: dict[Symptom, float]) -> tuple[Symptom, ...]:
    return tuple(sorted(weights, key=lambda symptom: (-weights[symptom], SYMPTOM_ORDER.index(symptom))))


def _severity(finds: Sequence[Find]) -> int:
    return max((int(find.meaning.value) for find in finds if find.meaning.kind == "severity"), default=1)


def technology(tokens: Tokens) -> Technology | None:
    """The generation named first; None when none is."""
    for word in tokens.words:
        known = _GENERATIONS.get(word.lstrip("#"))
        if known is not None:
            return known
    return None


def _spans(tokens: Tokens, finds: Iterable[Find], kinds: tuple[str, ...]) -> tuple[Span, ...]:
    """The finds of these kinds as spans, without repeats, in the order of the text."""
    seen: dict[tuple[int, int], Span] = {}
    for meaning, first, last in finds:
        if meaning.kind in kinds:
            start, end = tokens.starts[first], tokens.ends[last]
            seen.setdefault((start, end), Span(start, end, tokens.text[start:end], meaning.name))
    return tuple(seen[key] for key in sorted(seen))[:MAX_SPANS]


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))

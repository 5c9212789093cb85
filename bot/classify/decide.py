"""What the finds of the rules add up to: a verdict.

Two questions decide the band: is it a capacity complaint (A or B)? Is it network trouble at all (A, B or C)? The rules' own
weights answer them by hand; with a model the cues it learned to weigh do, and the words beside them. Cause and symptoms are the
rules' affair, in the order of the annotation guideline; the model is asked where they are silent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..domain import Band, Cause, Location, Span, Symptom, Technology, Verdict
from ..text import Tokens
from .cues import Case, Find, cues, relevant, sort_out
from .model import Model, sigmoid, vocabulary

MAX_SPANS = 5  # shown to a person
LINE = 0.5  # by hand
EDITION = 4  # of how finds become a verdict, here and in cues.py: `rejudge` looks at it, and a test asks for it
# How much surer the model must be of a capacity complaint in which no rule found trouble: in an English stream nearly all such
# verdicts were wrong. Labels of one's own teach words that no rule knows, so that a trained model asks for less (adapt.py).
DOUBT = 0.25

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
_GENERATIONS = {
    **dict.fromkeys(("2g", "edge", "gprs", "gsm"), Technology.G2),
    **dict.fromkeys(("3g", "umts", "hspa", "h+", "hsdpa"), Technology.G3),
    **dict.fromkeys(("4g", "lte", "4g+", "volte"), Technology.G4),
    **dict.fromkeys(("5g", "5gplus"), Technology.G5),
}


@lru_cache(maxsize=8)
def nothing_found(version: str) -> Verdict:
    return Verdict(Band.D, 0.0, rules=version)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model, or without one the rules' weights, make of a case."""

    capacity: float  # probabilities
    network: float
    is_capacity: bool
    is_network: bool
    likely: bool  # A rather than B
    cause: Cause
    symptoms: tuple[Symptom, ...]
    severity: int
    annoyed: bool = False  # the rules cannot tell


def decide(
    tokens: Tokens, places: Sequence[Location], finds: Sequence[Find], model: Model | None, version: str
) -> Verdict:
    """The verdict on a text in which something topical was found."""
    case = sort_out(finds, tokens.sentences, places)
    if not relevant(case):
        return nothing_found(version)
    opinion = _by_model(case, tokens, model) if model else _by_hand(case)
    against = _spans(tokens, sorted(_of_kind(finds, "against", "nothing"), key=_strongest_first))
    if opinion.is_capacity:
        band = Band.A if opinion.likely else Band.B
    elif opinion.is_network:
        band = Band.C
    else:
        return Verdict(Band.D, opinion.capacity, against=against, rules=version, annoyed=opinion.annoyed)
    return Verdict(
        band,
        opinion.capacity,
        symptoms=opinion.symptoms,
        cause=opinion.cause,
        technology=technology(tokens),
        severity=opinion.severity,
        evidence=_spans(tokens, _telling(finds, opinion)),
        against=against,
        rules=version,
        annoyed=opinion.annoyed,
    )


def _by_hand(case: Case) -> Opinion:
    """The rules' own weights: enough to start a new language with."""
    minus = max(case.against.values(), default=0.0)
    trouble = (case.strongest or 0.4 * max(case.asked.values(), default=0.0)) + 0.3 * max(0, len(case.told) - 1)
    other = case.causes - {Cause.CONGESTION}
    network = sigmoid(trouble + 0.4 * bool(case.settings) - 2.0 - 0.7 * minus) if trouble else 0.05
    capacity = sigmoid(trouble + 0.4 * bool(case.settings) - 2.0 - minus - 2.0 * bool(other)) if trouble else 0.02
    load = _loaded(case)
    clear = bool(case.told.keys() & {Symptom.SLOW_DATA, Symptom.DATA_STALL}) and "mobile" in case.settings
    is_capacity = capacity >= LINE
    allowed = _allowed(case, is_capacity, likely=load or clear)
    cause = next((cause for cause in CAUSE_ORDER if cause in allowed), Cause.UNCLEAR)
    if is_capacity and cause is Cause.CONGESTION and not load:
        cause = Cause.UNCLEAR
    return Opinion(
        capacity, network, is_capacity, network >= LINE, load or clear, cause, _symptoms(case), _severity(case)
    )


def _by_model(case: Case, tokens: Tokens, model: Model) -> Opinion:
    """The trained heads; what they do not cover the rules answer."""
    told, words = cues(case), vocabulary(tokens)
    capacity = model.probability("capacity", told, words)
    network = max(capacity, model.probability("network", told, words))
    found = bool(case.strongest or case.asked)
    is_capacity = capacity >= model.lines["capacity"] + (0.0 if found else doubt_of(model))
    is_network = is_capacity or network >= model.lines["network"]
    load = _loaded(case)
    likely = is_capacity and (load or model.probability("likely", told, words) >= model.lines["likely"])
    cause, symptoms, severity = Cause.UNCLEAR, _symptoms(case), _severity(case)
    if is_network:
        cause = Cause(_best(model, "cause", _allowed(case, is_capacity, likely), told, words))
        if likely and load:
            cause = Cause.CONGESTION
        severity = _judged_severity(severity, model, told, words)
        symptoms = symptoms or (Symptom(_best(model, "main", Symptom, told, words)),)
    annoyed = "annoyed" in model.heads and model.probability("annoyed", told, words) >= model.lines["annoyed"]
    return Opinion(capacity, network, is_capacity, is_network, likely, cause, symptoms, severity, annoyed)


def _loaded(case: Case) -> bool:
    """Does the text name load: overload, a crowd, a busy hour? By the guideline that alone makes a complaint an A."""
    return bool(case.settings & {"crowd", "peak"}) or Symptom.CONGESTION in case.told


def _best(model: Model, group: str, names: Iterable[str], told: Mapping[str, float], words: Sequence[str]) -> str:
    """The name whose head is surest."""
    return max(names, key=lambda name: model.probability(f"{group}.{name}", told, words))


def doubt_of(model: Model) -> float:
    """How much surer this model must be where no rule found trouble."""
    return float(model.about.get("doubt", DOUBT))


def _allowed(case: Case, is_capacity: bool, likely: bool) -> tuple[Cause, ...]:
    """The causes a verdict may have: in A and B load or none, in B an outage that is asked about;
    in C what the text names, if it names one.
    """
    if is_capacity:
        asked = not likely and Cause.OUTAGE in case.causes | case.asked_causes
        return (Cause.OUTAGE,) if asked else (Cause.CONGESTION, Cause.UNCLEAR) if likely else (Cause.UNCLEAR,)
    named = tuple(cause for cause in CAUSE_ORDER if cause in case.reasons and cause is not Cause.CONGESTION)
    return named or tuple(cause for cause in Cause if cause is not Cause.CONGESTION)


def _symptoms(case: Case) -> tuple[Symptom, ...]:
    """Stated symptoms, the strongest first; asked ones where none is stated."""
    table = case.told or case.asked
    return tuple(sorted(table, key=lambda symptom: (-table[symptom], SYMPTOM_ORDER.index(symptom))))


def _severity(case: Case) -> int:
    """The highest level a rule found."""
    return max((int(meaning.value) for meaning in case.meanings if meaning.kind == "severity"), default=1)


def _judged_severity(by_rules: int, model: Model, told: Mapping[str, float], words: Sequence[str]) -> int:
    """An emergency or a mass failure is what a rule says; below that the model knows better (seed corpus: .38 right by rules)."""
    if by_rules == 4 or "severe.2" not in model.heads:
        return by_rules
    return 1 + sum(
        model.probability(f"severe.{level}", told, words) >= model.lines[f"severe.{level}"] for level in (2, 3)
    )


def technology(tokens: Tokens) -> Technology | None:
    """The generation named first; None when none is."""
    for word in tokens.words:
        known = _GENERATIONS.get(word.lstrip("#"))
        if known is not None:
            return known
    return None


def _telling(finds: Sequence[Find], opinion: Opinion) -> list[Find]:
    """What the verdict rests on, the main symptom's words first: trouble, the cause it names, crowd and hour where load is
    the cause. A word of the field ("LTE") tells nothing, unless it is all there is.
    """
    main = opinion.symptoms[0] if opinion.symptoms else ""
    symptoms = sorted(
        _of_kind(finds, "symptom"), key=lambda find: (find.meaning.value != main, *_strongest_first(find))
    )
    causes = [find for find in _of_kind(finds, "reason", "cause") if find.meaning.value == opinion.cause]
    load = opinion.cause is Cause.CONGESTION
    settings = [find for find in _of_kind(finds, "setting") if load and find.meaning.value in ("crowd", "peak")]
    told = [
        *symptoms[:1],
        *sorted(causes, key=_strongest_first),
        *symptoms[1:],
        *sorted(settings, key=_strongest_first),
    ]
    return told or sorted(_of_kind(finds, "setting"), key=_strongest_first)[:1]


def _of_kind(finds: Iterable[Find], *kinds: str) -> list[Find]:
    return [find for find in finds if find.meaning.kind in kinds]


def _strongest_first(find: Find) -> tuple[float, int, int]:
    """Order by weight, then by length, then as written."""
    return -find.meaning.weight, find.first - find.last, find.first


def _spans(tokens: Tokens, finds: Iterable[Find]) -> tuple[Span, ...]:
    """The first of the finds that do not overlap, in their order; the same words are told once."""
    taken: set[int] = set()
    said: set[tuple[str, ...]] = set()
    spans: list[Span] = []
    for meaning, first, last in finds:
        places, words = range(first, last + 1), tuple(tokens.words[first : last + 1])
        if taken.isdisjoint(places) and words not in said:
            taken.update(places)
            said.add(words)
            start, end = tokens.starts[first], tokens.ends[last]
            spans.append(Span(start, end, tokens.text[start:end], meaning.name))
            if len(spans) == MAX_SPANS:
                break
    return tuple(spans)

"""What the finds of the rules say together: the cues the model weighs, each with a name a person can read.

rule:no-signal           a rule was found                 what:cause.outage   some rule with this meaning was
told, asked              trouble that is stated, or only asked about ("is there an outage?")
clean                    trouble is stated, and nothing speaks against it
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..domain import Cause, Location, PlaceKind, Symptom
from .causes import GIVEN, Standing, standing, surest

AGAINST = ("praise", "question", "resolved", "third_party", "hypothetical", "other_service")
SETTINGS = ("crowd", "peak", "mobile", "network", "lately")
SURE = 2.4  # weight from which a find tells of trouble rather than hinting at it
_ASIDE = (Cause.LANDLINE, Cause.DEVICE_ACCOUNT, Cause.COVERAGE, Cause.ROAMING)
_OTHERWISE = {"crowd", "peak"}  # what explains more than the place
_CROWDED = (PlaceKind.STATION, PlaceKind.POI)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a find of a rule stands for."""

    name: str
    kind: str  # nothing, symptom, cause, reason, against, setting, severity, voice, aside
    value: str  # "no_service", "outage", "question", "4" …; "" for nothing and voice
    weight: float
    indirect: bool = False  # counts only beside a word of the field
    key: str = ""  # kind and value, "cause.outage": put together once


class Find(NamedTuple):
    """A rule found at token `first` to `last`, both included."""

    meaning: Meaning
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Case:
    """A text's finds, sorted by what they are good for."""

    told: dict[Symptom, float]  # the strongest find of each symptom that is stated
    asked: dict[Symptom, float]  # and of those that are only asked about
    strongest: float  # of all that is stated, vague trouble included
    causes: frozenset[Cause]  # of which a word is said
    reasons: frozenset[Cause]  # those of them that the text gives as reason
    asked_causes: frozenset[Cause]
    settings: frozenset[str]
    against: dict[str, float]
    meanings: frozenset[Meaning]


def sort_out(finds: Sequence[Find], sentences: Sequence[int], places: Iterable[Location] = ()) -> Case:
    """Put the finds of one text in order; `sentences` says in which sentence each token stands."""
    questions = [(find.first, find.last) for find in finds if find.meaning.value == "question"]
    selves = [find.first for find in finds if find.meaning.value == "self"]
    # "any reason I have no service?" tells of trouble, "is there no service?" asks for it
    strangers = [(start, end) for start, end in questions if not any(start <= at <= end for at in selves)]
    asides = [(find.first, find.last) for find in finds if find.meaning.kind == "aside"]
    if asides:
        finds = [find for find in finds if not _set_aside(find, asides)]
    told: dict[Symptom, float] = {}
    asked: dict[Symptom, float] = {}
    causes: set[Cause] = set()
    stated: list[Find] = []
    asked_causes: set[Cause] = set()
    settings: set[str] = set()
    against: dict[str, float] = {}
    strongest = 0.0
    for meaning, first, last in finds:
        if meaning.kind == "against":
            against[meaning.value] = max(meaning.weight, against.get(meaning.value, 0.0))
        elif meaning.kind == "setting":
            settings.add(meaning.value)
        elif meaning.kind == "reason":
            stated.append(Find(meaning, first, last))
        elif meaning.kind in ("symptom", "cause"):
            owned = meaning.kind == "symptom" and meaning.weight >= SURE
            in_question = any(start <= first and last <= end for start, end in (strangers if owned else questions))
            if meaning.kind == "cause":  # of causes, only an outage is asked about; the others are places and things
                if in_question and meaning.value == Cause.OUTAGE:
                    asked_causes.add(Cause.OUTAGE)
                else:
                    causes.add(Cause(meaning.value))
                    stated.append(Find(meaning, first, last))
                continue
            if not in_question:
                strongest = max(strongest, meaning.weight)
            if meaning.value != "none":
                symptom = Symptom(meaning.value)
                table = asked if in_question else told
                table[symptom] = max(meaning.weight, table.get(symptom, 0.0))
    if any(place.kind in _CROWDED for place in places):
        settings.add("crowd")
    return Case(
        told,
        asked,
        strongest,
        frozenset(causes),
        surest(_standings(stated, finds, sentences, settings)) if stated else frozenset(),
        frozenset(asked_causes - causes),
        frozenset(settings),
        against,
        frozenset(find.meaning for find in finds),
    )


def _standings(
    stated: Iterable[Find], finds: Iterable[Find], sentences: Sequence[int], settings: Iterable[str]
) -> dict[Cause, Standing]:
    """How each cause stands in the text, at its surest."""
    trouble = [find for find in finds if find.meaning.kind == "symptom"]
    otherwise = not _OTHERWISE.isdisjoint(settings)
    out: dict[Cause, Standing] = {}
    for find in stated:
        cause = Cause(find.meaning.value)
        given = find.meaning.kind == "reason" or find.meaning.weight >= GIVEN
        how = standing(cause, find, trouble, sentences, given=given, otherwise=otherwise)
        out[cause] = max(how, out.get(cause, how))
    return out


def _set_aside(find: Find, asides: Iterable[tuple[int, int]]) -> bool:
    """A cause named in what was tried ("took the sim out") or as a way out ("fine on wifi") is none."""
    return find.meaning.value in _ASIDE and any(find.first <= last and first <= find.last for first, last in asides)


def relevant(case: Case) -> bool:
    """Is there anything to judge: trouble, or at least a word of the field? Texts about other things are not asked about."""
    return bool(case.strongest or case.asked or "mobile" in case.settings)


def cues(case: Case) -> dict[str, float]:
    """The cues of a text, each with its value; most are 1.0.

    Not among them: length, language, a handle in front. They tell where a corpus comes from, not what a post says
    (with them F1 on the real English posts fell from .71 to .63).
    """
    out: dict[str, float] = {}
    for meaning in case.meanings:
        if meaning.kind == "reason":  # says which cause, not whether it is a complaint
            continue
        out["rule:" + meaning.name] = 1.0
        out["what:" + meaning.key] = 1.0
    if "third_party" in case.against and not any(meaning.key == "voice.self" for meaning in case.meanings):
        out["third_party:nobody-speaks"] = 1.0  # press and adverts; a customer who quotes them says "I"
    other_cause = case.causes - {Cause.CONGESTION}
    if case.strongest:
        out["told"] = case.strongest / 2
        out["told:symptoms"] = min(4, len(case.told)) / 2
        if "mobile" not in case.settings:
            out["told:no-domain"] = 1.0
        if case.strongest >= SURE and "question" in case.against:
            out["told:and-asked"] = 1.0
        if "lately" in case.settings:
            out["told:lately"] = 1.0
        if case.settings & {"crowd", "peak"}:
            out["told:load"] = 1.0
        if not case.against:
            out["clean:against"] = 1.0
        if not other_cause:
            out["clean:cause"] = 1.0
            if not case.against:
                out["clean"] = 1.0
        if case.causes == {Cause.OUTAGE}:
            out["told:outage"] = 1.0
    elif case.asked:
        out["only-asked"] = 1.0
    for cause in case.asked_causes:
        out["asked:" + cause] = 1.0
    for symptom in case.asked:
        out["asked:" + symptom] = 1.0
    return out

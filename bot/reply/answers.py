"""What somebody says to a reply of ours, and what it calls for. Pure.

A place completes the finding, "stop" is obeyed in silence, thanks and insults need nothing. Emergencies, questions and all
that is not understood go to a person.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from ..domain import Analysis, Location
from ..locate.gazetteer import Gazetteer
from ..locate.hints import SHOWN, find_places
from ..text import tokenize
from .words import Listed

THANKS, INSULT = 1, -2  # of Analysis.tone
_POSTCODE = re.compile(r"(?<![\w.,])\d{5}(?![\w.,]\d)", re.ASCII)
_HANDLE = re.compile(r"@\S+")


class Kind(StrEnum):
    """`answers` in config/texts/replies.*.toml says each for people."""

    SENSITIVE = "sensitive"
    STOP = "stop"
    PLACE = "place"
    QUESTION = "question"
    THANKS = "thanks"
    INSULT = "insult"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Where:
    """What is known so far of where a finding is."""

    city: str | None = None
    district: str | None = None
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    kind: Kind
    needs: bool  # a person must read it
    place: Location | None = None  # where the finding is, as far as is known by now. None: nothing new was told


def read_answer(analysis: Analysis, known: Where, listed: Listed, gazetteer: Gazetteer) -> Answer:
    text = _HANDLE.sub(" ", analysis.text)
    if listed.sensitive(text):
        return Answer(Kind.SENSITIVE, needs=True)
    if listed.opts_out(text):
        return Answer(Kind.STOP, needs=False)
    told = _told(text, known, gazetteer)
    place = _completed(known, told) if told else None
    if listed.asks(text):
        return Answer(Kind.QUESTION, needs=True, place=place)
    if told:
        return Answer(Kind.PLACE, needs=_contradicts(known, told), place=place)
    if analysis.tone >= THANKS:
        return Answer(Kind.THANKS, needs=False)
    if analysis.tone <= INSULT:
        return Answer(Kind.INSULT, needs=False)
    return Answer(Kind.OTHER, needs=True)


def _told(text: str, known: Where, gazetteer: Gazetteer) -> Location | None:
    """A place in an answer to "where?": it may be as short as "22765", or "Mitte" where the city is known."""
    asked = [text, _POSTCODE.sub(lambda found: f"PLZ {found[0]}", text)]
    if known.city:
        asked.append(f"{text.strip(' .!')}, {known.city}")
    every = [place for words in asked for place in find_places(tokenize(words), gazetteer)]
    sure = [place for place in every if place.city and place.confidence >= SHOWN]
    told = [each for each in sure if each.district or each.postcode or each.city != known.city]
    if not told:
        return None
    there = [each for each in told if each.city == told[0].city]  # "Altona, 22765": two places, one answer
    district, postcode = (next((getattr(e, n) for e in there if getattr(e, n)), None) for n in ("district", "postcode"))
    return replace(there[0], district=district, postcode=postcode)


def _completed(known: Where, told: Location) -> Location | None:
    """What is known and what was told, together; None: it adds nothing, or they contradict each other."""
    if _contradicts(known, told):
        return None
    both = replace(told, district=told.district or known.district, postcode=told.postcode or known.postcode)
    return both if Where(both.city, both.district, both.postcode) != known else None


def _contradicts(known: Where, told: Location) -> bool:
    pairs = ((known.city, told.city), (known.district, told.district), (known.postcode, told.postcode))
    return any(old and new and old != new for old, new in pairs)

"""Which posts a digest quotes: few, and only where the words that are quoted show what the caption says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape

from ..domain import Band, Said, Symptom
from ..text import tokenize
from .model import Quote

QUOTES = 5
CHARS = (25, 240)
STRONG = 2.4  # weight of a rule: below it is a hint, not a ground
SURE = {Band.A: 0.6, Band.B: 0.75}  # score from which a post may speak for others


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a quotation may rest on."""

    rules: Mapping[str, tuple[Symptom, float]]  # a rule's name: what it shows, and how strongly
    field: frozenset[str]  # words of the network: the evidence holds one of them
    elsewhere: frozenset[str]  # words of hotline, shop and parcel: the post holds none of them


def choose(candidates: Iterable[Said], grounds: Grounds) -> tuple[Quote, ...]:
    """At most QUOTES, the first of each trouble before others, without links and masked names. None is better than poor."""
    first: dict[Symptom, Quote] = {}
    more: list[Quote] = []
    for said in candidates:
        symptom = shown(said, grounds)
        words = plain(said.text)
        if symptom is None or not CHARS[0] <= len(words) <= CHARS[1]:
            continue
        quote = Quote(words, said.city, (symptom, *(each for each in said.symptoms if each is not symptom)))
        if first.setdefault(symptom, quote) is not quote:
            more.append(quote)
    return (*first.values(), *more)[:QUOTES]


def shown(said: Said, grounds: Grounds) -> Symptom | None:
    """The trouble that the post's own words show; None: nothing that could stand as a caption."""
    if said.score < SURE.get(said.band, 2.0) or grounds.elsewhere & set(tokenize(said.text).words):
        return None
    found = set()
    for words, rule in said.evidence:
        means, weight = grounds.rules.get(rule, (None, 0.0))
        if weight >= STRONG and grounds.field & set(tokenize(words).words):
            found.add(means)
    if Symptom.SLOW_DATA in found:  # what crawls does flow, whatever else the post says
        found.discard(Symptom.DATA_STALL)
    return next((symptom for symptom in said.symptoms if symptom in found), None)


def plain(text: str) -> str:
    return " ".join(re.sub(r"https?://\S+|www\.\S+|@•+", " ", unescape(text)).split())

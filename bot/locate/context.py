"""The words around a hit: what speaks for a place there, and what makes it something else."""

import re
from enum import IntEnum

from ..text import Tokens
from .gazetteer import Gazetteer, Words
from .scan import Form, Hit

LISTED = frozenset(("und", "oder", "and", "or", "bis", "nach", "richtung", "to", "sowie", "wie", "auch"))
_ROUTE = re.compile(r"#?(?:[ab]|re|rb|ic|ice|bab|s)\d{1,4}", re.ASCII)  # "A9 Hof", "RE4 Dortmund"
_JOINS = frozenset(" \t,/-–—&+|<>→()#:")
_ATS = frozenset("@📍🗺")
FAR = 3  # words that may stand between a locative and the name: "in der ganz alten …" goes too far


class Signal(IntEnum):
    """How strongly the words before a name say "place"."""

    NONE = 0
    WEAK = 1  # "nach", "von"
    STRONG = 2  # "in", "Raum"
    SURE = 3  # a form's field, a road ("A9 Hof"), a list with a known city


def signal(tokens: Tokens, hit: Hit, words: Words) -> Signal:
    """The locative before the hit, other small words between them allowed."""
    first = hit.first
    start = tokens.starts[first]
    if any(c in _ATS for c in tokens.text[max(0, start - 2) : start]):
        return Signal.STRONG
    if first and tokens.sentences[first - 1] == tokens.sentences[first] and _ROUTE.fullmatch(tokens.words[first - 1]):
        return Signal.SURE
    if hit.last + 1 < len(tokens.words) and tokens.words[hit.last + 1] == "richtung":
        return Signal.SURE
    for j in range(first - 1, max(-1, first - 1 - FAR), -1):
        word = tokens.words[j]
        if tokens.sentences[j] != tokens.sentences[first]:
            if j == first - 1 and word in words.form_words and ":" in tokens.text[tokens.ends[j] : start]:
                return Signal.SURE
            return Signal.NONE
        if word in words.locatives:
            return Signal.STRONG
        if word in words.weak_locatives:
            return Signal.WEAK
        if word not in words.between:
            return Signal.NONE
    return Signal.NONE


def directly_in(tokens: Tokens, hit: Hit, words: Words) -> bool:
    """Whether a locative stands right before the name. An everyday word needs that: "in der Lage" is no town."""
    j = hit.first - 1
    if j < 0 or tokens.sentences[j] != tokens.sentences[hit.first]:
        return False
    return tokens.words[j] in words.locatives


def at_point(tokens: Tokens, hit: Hit, words: Words) -> bool:
    """Whether a preposition of squares and stations stands before: "am Alex", "auf der Zeil"."""
    j = hit.first - 1
    return j >= 0 and tokens.sentences[j] == tokens.sentences[hit.first] and tokens.words[j] in words.point_locatives


def listed(tokens: Tokens, before: Hit, hit: Hit) -> bool:
    """Whether two hits stand in one list: "Köln, Bonn und Essen", "Berlin-Hamburg", "A Richtung B"."""
    between = hit.first - before.last - 1
    if between > 1 or (between == 1 and tokens.words[before.last + 1] not in LISTED):
        return False
    gap = tokens.text[tokens.ends[before.last] : tokens.starts[hit.first]]
    return between == 1 or all(c in _JOINS for c in gap)


def plainly_listed(tokens: Tokens, before: Hit, hit: Hit) -> bool:
    """A list that only places make: "Halle/Leipzig", "von Köln nach Essen", "zwischen A und B"; "Köln und Regen" is none."""
    if not listed(tokens, before, hit):
        return False
    if hit.first > before.last + 1:
        link = tokens.words[before.last + 1]
        led = before.first > 0 and tokens.words[before.first - 1] in ("zwischen", "between")
        return link in ("nach", "richtung", "bis", "to") or (led and link in ("und", "and"))
    return any(c in "/-–—<>→" for c in tokens.text[tokens.ends[before.last] : tokens.starts[hit.first]])


def written(tokens: Tokens, hit: Hit) -> bool:
    """Whether the hit begins with a capital, as a German noun must."""
    return hit.form in (Form.TAG, Form.SHORT) or tokens.text[tokens.starts[hit.first]].isupper()


def something_else(tokens: Tokens, hit: Hit, gazetteer: Gazetteer) -> bool:
    """Whether the neighbours make the name a person, a club, a firm, a street or a title."""
    words, text = gazetteer.words, tokens.text
    j = hit.first - 1
    if j >= 0 and tokens.starts[hit.first] - tokens.ends[j] <= 2:
        gap = text[tokens.ends[j] : tokens.starts[hit.first]]
        before = tokens.words[j].lstrip("#")
        if before in words.not_after and (gap in (" ", "-", ". ") or hit.form == Form.TAG):
            return True
        if gap == " " and before in words.first_names and text[tokens.starts[j]].isupper() and hit.form == Form.NAME:
            return True
    k = hit.last + 1
    if k < len(tokens.words) and tokens.starts[k] - tokens.ends[hit.last] <= 1:
        gap = text[tokens.ends[hit.last] : tokens.starts[k]]
        after = tokens.words[k]
        if gap in (" ", "-") and after in words.not_before:
            return True
        if gap == " " and len(after) == 1 and after.isdigit() and hit.places and hit.places[0].sort == "state":
            return True  # "Bayern 1", "Hessen 3": broadcasters
        if gap == "-" and after.endswith(("strasse", "str", "platz", "allee", "weg", "damm")):
            return True
    return False


def is_station(tokens: Tokens, hit: Hit, words: Words) -> int:
    """Words after the hit that make it a station there ("Essen Hbf"): how many, 0 for none."""
    k = hit.last + 1
    if k < len(tokens.words) and tokens.words[k] in words.stations and tokens.starts[k] - tokens.ends[hit.last] <= 3:
        return 1
    return 0


def place_before(tokens: Tokens, hit: Hit, words: Words) -> bool:
    """Whether "Messe", "Bahnhof", "Flughafen" stands directly before the hit."""
    j = hit.first - 1
    if j < 0 or tokens.starts[hit.first] - tokens.ends[j] > 2:
        return False
    return tokens.words[j] in words.stations or tokens.words[j] in words.places_there


def part_after(tokens: Tokens, hit: Hit, words: Words) -> tuple[str, int] | None:
    """A part that every city has, right after it ("Stuttgart Mitte", "Leeds city centre"): its name, words taken."""
    k = hit.last + 1
    if k >= len(tokens.words) or tokens.starts[k] - tokens.ends[hit.last] > 2:
        return None
    if "," in tokens.text[tokens.ends[hit.last] : tokens.starts[k]]:
        return None
    if k + 1 < len(tokens.words) and (part := words.parts.get(f"{tokens.words[k]} {tokens.words[k + 1]}")):
        return part, 2
    part = words.parts.get(tokens.words[k])
    if part is None or not tokens.text[tokens.starts[k]].isupper():
        return None
    return part, 1

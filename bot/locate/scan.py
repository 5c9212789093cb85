"""Every stretch of a post that could be a name of a place: the longest first, left to right, none overlapping."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ..domain import PlaceKind
from ..text import Tokens
from .gazetteer import SMALL, Gazetteer, Place, Postcode
from .spelling import one_slip, shortened

# A British postcode written without its space: outward and inward code.
_JOINED_CODE = re.compile(r"([a-z]{1,2}\d[a-z\d]?)\d[a-z]{2}", re.ASCII)
_OUTCODE = re.compile(r"([a-z]{1,2})\d[a-z\d]?", re.ASCII)
_INWARD = re.compile(r"\d\s?[a-zA-Z]{2}(?![\w])", re.ASCII)
MAX_HITS = 60  # of a text: what they mean is asked of each beside all others
LONGEST_TAG = 60  # characters of a hashtag
MAX_GAP = 3  # characters between two words of one name: "St. Pauli", "Halle (Saale", "Frankfurt / Main"


class Form(StrEnum):
    NAME = "name"
    TAG = "hashtag"
    ADJECTIVE = "adjective"
    SHORT = "abbreviation"
    TYPO = "typo"
    POSTCODE = "postcode"


@dataclass(slots=True)
class Hit:
    """A possible name, from token `first` to token `last`, both included."""

    first: int
    last: int
    form: Form
    name: str  # folded
    places: tuple[Place, ...] = ()
    station: bool = False  # the name itself says that it is a station
    part: str | None = None  # a part that the name itself holds: "#stuttgartmitte"
    code: Postcode | None = None  # only for postcodes; None too where the code is British and not listed
    sure: bool = False  # a postcode written out in full


def scan(tokens: Tokens, gazetteer: Gazetteer) -> list[Hit]:
    """The first hits, in the order of the text. Every word is looked up once, and again only when it begins a name."""
    words, heads, openers = tokens.words, gazetteer.heads, gazetteer.openers
    hits: list[Hit] = []
    free = 0  # the first token that is in no hit yet
    for i, opens in enumerate(map(openers.__getitem__, words)):
        if not opens or i < free:
            continue
        word = words[i]
        if (longest := heads.get(word)) is not None:
            hit = _named(tokens, gazetteer, i, min(longest, len(words) - i))
        elif word[0] == "#":
            hit = _tagged(word[:LONGEST_TAG], gazetteer, i)
        else:
            hit = _postcode(tokens, gazetteer, i)
        if hit is not None:
            hits.append(hit)
            free = hit.last + 1
            if len(hits) == MAX_HITS:
                break
    return hits


def _named(tokens: Tokens, gazetteer: Gazetteer, i: int, longest: int) -> Hit | None:
    words = tokens.words
    if longest > 1 and f"{words[i]} {words[i + 1]}" not in gazetteer.pairs:
        longest = 1
    for length in range(longest, 0, -1):
        name = words[i] if length == 1 else " ".join(words[i : i + length])
        found = gazetteer.names.get(name)
        if found and (length == 1 or _unbroken(tokens, i, i + length - 1)):
            if name in gazetteer.upper_only and not tokens.slice(i, i + length - 1).isupper():
                continue
            places = tuple(gazetteer.places[index] for index in found)
            return Hit(i, i + length - 1, Form.NAME, name, places)
    word = words[i]
    if (index := gazetteer.adjectives.get(word)) is not None:
        return Hit(i, i, Form.ADJECTIVE, word, (gazetteer.places[index],))
    if (index := gazetteer.abbreviations.get(tokens.slice(i, i))) is not None:
        return Hit(i, i, Form.SHORT, tokens.slice(i, i), (gazetteer.places[index],))
    if word in gazetteer.words.locatives and i + 1 < len(words):
        return _typo(tokens, gazetteer, i + 1)
    return None


def _unbroken(tokens: Tokens, first: int, last: int) -> bool:
    for j in range(first, last):
        gap = tokens.text[tokens.ends[j] : tokens.starts[j + 1]]
        if len(gap) > MAX_GAP or "\n" in gap or "," in gap or "!" in gap or "?" in gap:
            return False
    return True


def _typo(tokens: Tokens, gazetteer: Gazetteer, i: int) -> Hit | None:
    """A large city's name with one slip, capitalised, after a locative."""
    word = tokens.words[i]
    if len(word) < 6 or word in gazetteer.heads or not tokens.text[tokens.starts[i]].isupper():
        return None
    for short in shortened(word):
        for base in gazetteer.typos.get(short, ()):
            if one_slip(word, base) and (city := _known_city(gazetteer, base)):
                return Hit(i, i, Form.TYPO, word, (city,))
    return None


def _tagged(word: str, gazetteer: Gazetteer, i: int) -> Hit | None:
    body = word[1:].replace("_", "")
    if len(body) < 3:
        return None
    if len(body) == 5 and (code := gazetteer.postcodes.get(body)):
        return Hit(i, i, Form.POSTCODE, body, code=code, sure=True)
    found = gazetteer.names.get(body) or gazetteer.tags.get(body)
    if found:
        if body in gazetteer.upper_only:
            return None
        return Hit(i, i, Form.TAG, body, tuple(gazetteer.places[index] for index in found))
    for cut in range(len(body) - 2, 2, -1):
        city = _known_city(gazetteer, body[:cut])
        if city is None:
            continue
        rest = body[cut:]
        if rest in gazetteer.words.stations:
            return Hit(i, i, Form.TAG, body, (city,), station=True)
        if rest in gazetteer.words.parts:
            return Hit(i, i, Form.TAG, body, (city,), part=gazetteer.words.parts[rest])
        inside = tuple(
            gazetteer.places[index]
            for index in gazetteer.names.get(rest, ())
            if gazetteer.places[index].city == city.name and gazetteer.places[index].kind != PlaceKind.CITY
        )
        if inside:
            return Hit(i, i, Form.TAG, body, inside, sure=True)
    return None


def _known_city(gazetteer: Gazetteer, name: str) -> Place | None:
    indices = gazetteer.names.get(name)
    if indices is None:
        return None
    cities = [
        place
        for place in map(gazetteer.places.__getitem__, indices)
        if place.kind == PlaceKind.CITY and place.people >= SMALL
    ]
    return max(cities, key=lambda place: place.people, default=None)


def _postcode(tokens: Tokens, gazetteer: Gazetteer, i: int) -> Hit | None:
    word = tokens.words[i]
    if len(word) == 5 and word.isdigit():
        code = gazetteer.postcodes.get(word)
        return Hit(i, i, Form.POSTCODE, word, code=code) if code else None
    if not gazetteer.words.postcode_areas or not word[0].isalpha():
        return None
    if found := _JOINED_CODE.fullmatch(word):
        out = found[1]
        return _british(gazetteer, out, i, i, sure=True)
    if len(word) <= 4 and _OUTCODE.fullmatch(word):
        end = i
        while end + 1 < len(tokens.words) and end < i + 2 and tokens.starts[end + 1] - tokens.ends[end] <= 1:
            end += 1
            inward = tokens.text[tokens.ends[i] : tokens.ends[end]].strip()
            if _INWARD.fullmatch(inward):
                return _british(gazetteer, word, i, end, sure=True)
        return _british(gazetteer, word, i, i, sure=False)
    return None


def _british(gazetteer: Gazetteer, out: str, first: int, last: int, *, sure: bool) -> Hit | None:
    found = _OUTCODE.fullmatch(out)
    if found is None or found[1] not in gazetteer.words.postcode_areas:
        return None
    return Hit(first, last, Form.POSTCODE, out, code=gazetteer.postcodes.get(out), sure=sure)

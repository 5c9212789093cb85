"""Every stretch of a post that could be a name of a place: the longest first, left to right, none overlapping."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ..domain import PlaceKind
from ..text import Tokens
from .gazetteer import SMALL, Gazetteer, Opens, Place, Postcode
from .spelling import one_slip, shortened

# A British postcode written without its space: outward and inward code.
_JOINED_CODE = re.compile(r"([a-z]{1,2}\d[a-z\d]?)\d[a-z]{2}", re.ASCII)
_OUTCODE = re.compile(r"([a-z]{1,2})\d[a-z\d]?", re.ASCII)
_INWARD = re.compile(r"\d\s?[a-zA-Z]{2}(?![\w])", re.ASCII)
MAX_HITS = 60  # of a text: what they mean is asked of each beside all others
LONGEST_TAG = 60  # characters of a hashtag
SHORTEST_TYPO = 6  # letters of a word that may be a misspelt city
MAX_GAP = 3  # characters between two words of one name: "St. Pauli", "Halle (Saale", "Frankfurt / Main"


# As plain numbers: an operation on a flag takes a microsecond.
_ALONE, _MORE, _SHORT, _LED, _OTHER = map(int, Opens)


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
    words, openers = tokens.words, gazetteer.openers
    hits: list[Hit] = []
    free = 0  # the first token that is in no hit yet
    for i, opens in enumerate(map(openers.__getitem__, words)):
        if not opens or i < free:
            continue
        if opens != _OTHER:
            hit = _named(tokens, gazetteer, i, opens)
        else:
            word = words[i]
            hit = _tagged(word[:LONGEST_TAG], gazetteer, i) if word[0] == "#" else _postcode(tokens, gazetteer, i)
            if hit is None:  # the word alone decides whether it is one
                openers.keep(word, 0)
        if hit is not None:
            hits.append(hit)
            free = hit.last + 1
            if len(hits) == MAX_HITS:
                break
    return hits


def _named(tokens: Tokens, gazetteer: Gazetteer, i: int, opens: int) -> Hit | None:
    words = tokens.words
    word = words[i]
    if opens & _MORE and i + 1 < len(words) and f"{word} {words[i + 1]}" in gazetteer.pairs:
        for length in range(min(gazetteer.heads[word], len(words) - i), 1, -1):
            name = " ".join(words[i : i + length])
            found = gazetteer.names.get(name)
            if found and _unbroken(tokens, i, i + length - 1) and _in_its_case(tokens, gazetteer, name, i, length):
                return Hit(i, i + length - 1, Form.NAME, name, tuple(map(gazetteer.places.__getitem__, found)))
    if opens & _ALONE:
        found = gazetteer.names.get(word)
        if found and _in_its_case(tokens, gazetteer, word, i, 1):
            return Hit(i, i, Form.NAME, word, tuple(map(gazetteer.places.__getitem__, found)))
        if (index := gazetteer.adjectives.get(word)) is not None:
            return Hit(i, i, Form.ADJECTIVE, word, (gazetteer.places[index],))
    if opens & _SHORT and (index := gazetteer.abbreviations.get(tokens.slice(i, i))) is not None:
        return Hit(i, i, Form.SHORT, tokens.slice(i, i), (gazetteer.places[index],))
    if opens & _LED and i + 1 < len(words):
        return _typo(tokens, gazetteer, i + 1)
    return None


def _in_its_case(tokens: Tokens, gazetteer: Gazetteer, name: str, first: int, length: int) -> bool:
    """ "BER" is an airport, "ber" is none."""
    return name not in gazetteer.upper_only or tokens.slice(first, first + length - 1).isupper()


def _unbroken(tokens: Tokens, first: int, last: int) -> bool:
    for j in range(first, last):
        gap = tokens.text[tokens.ends[j] : tokens.starts[j + 1]]
        if len(gap) > MAX_GAP or "\n" in gap or "," in gap or "!" in gap or "?" in gap:
            return False
    return True


def _typo(tokens: Tokens, gazetteer: Gazetteer, i: int) -> Hit | None:
    """A large city's name with one slip, capitalised, after a locative."""
    word = tokens.words[i]
    if len(word) < SHORTEST_TYPO:
        return None
    cities = gazetteer.slips.get(word)
    if cities is None:
        cities = _misspelt(word, gazetteer)
    return Hit(i, i, Form.TYPO, word, cities) if cities and tokens.text[tokens.starts[i]].isupper() else None


def _misspelt(word: str, gazetteer: Gazetteer) -> tuple[Place, ...]:
    """The city that this word is one slip away from, or none."""
    bases = () if word in gazetteer.heads else (b for s in shortened(word) for b in gazetteer.typos.get(s, ()))
    city = next((city for b in bases if one_slip(word, b) and (city := _known_city(gazetteer, b))), None)
    return gazetteer.slips.keep(word, (city,) if city else ())


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

"""Which of several places comes first: the more specific one, and before all the one where the trouble is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain import PlaceKind
from ..text import Tokens

if TYPE_CHECKING:
    from .gazetteer import Words
    from .scene import Found

_RANK = {
    PlaceKind.POI: 0,
    PlaceKind.STATION: 0,
    PlaceKind.DISTRICT: 1,
    PlaceKind.POSTCODE: 2,
    PlaceKind.CITY: 3,
    PlaceKind.REGION: 4,
    PlaceKind.STATE: 5,
}
TROUBLE, NEUTRAL, PRAISE = 0, 1, 2
REACH = 60  # words on each side: no sentence that a person writes is longer


def in_order(tokens: Tokens, found: list[Found], words: Words) -> list[Found]:
    """Most specific first, then as written. Where one place is praised, it comes after those that are not."""
    if len(found) < 2:
        return found
    moods = [_mood(tokens, each, words) for each in found]
    if PRAISE not in moods or TROUBLE not in moods:
        moods = [NEUTRAL] * len(found)
    order = sorted(range(len(found)), key=lambda i: (moods[i] == PRAISE, _RANK[found[i].kind], found[i].first))
    return [found[i] for i in order]


def _mood(tokens: Tokens, place: Found, words: Words) -> int:
    """What is said in the part of the sentence that holds the place: up to a comma, a sign of contrast, or the end."""
    first, last = place.first, place.last
    while first > max(0, place.first - REACH) and not _cut(tokens, first, words):
        first -= 1
    while last + 1 < min(len(tokens.words), place.last + REACH) and not _cut(tokens, last + 1, words):
        last += 1
    said = tokens.words[first : last + 1]
    if any(word in words.trouble for word in said):
        return TROUBLE
    return PRAISE if any(word in words.praise for word in said) else NEUTRAL


def _cut(tokens: Tokens, i: int, words: Words) -> bool:
    """Whether a new part begins at token `i`."""
    if tokens.sentences[i] != tokens.sentences[i - 1] or tokens.words[i] in words.contrast:
        return True
    return "," in tokens.text[tokens.ends[i - 1] : tokens.starts[i]]

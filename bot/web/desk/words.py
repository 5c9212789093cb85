"""A post's text as pieces to show: which words carry the judgement, which name a place. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...store.search import Mark

SHOWN = 2_000  # code points of a text; a post of 10,000 is opened by itself


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    why: tuple[str, ...] = ()  # rules that found these words; empty: plain text
    place: bool = False


def pieces(text: str, marks: Sequence[Mark], most: int = SHOWN) -> list[Piece]:
    """The text from its beginning, cut where a mark begins or ends. Marks that do not fit the text are left out."""
    shown = text[:most]
    inside = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text) and mark.start < len(shown)]
    edges = sorted({0, len(shown)} | {min(edge, len(shown)) for mark in inside for edge in (mark.start, mark.end)})
    found = []
    for start, end in pairwise(edges):
        over = [mark for mark in inside if mark.start <= start and end <= mark.end]
        why = tuple(dict.fromkeys(mark.why for mark in over))
        found.append(Piece(shown[start:end], why, bool(over) and all(mark.place for mark in over)))
    return found

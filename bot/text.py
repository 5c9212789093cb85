"""Text as everything further in reads it: prepared once, cut into tokens once, offsets kept.

Every replacement is one code point for one, so that an offset into the prepared text is an offset into the text as it came.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from .scrub import mask_persons

MAX_CHARS = (
    10_000  # longer texts are clamped: normalising is quadratic on combining marks, and nobody complains at that length
)

# Controls, surrogates, bidirectional overrides, zero-width and other invisible characters. Tab and newline stay.
_HOSTILE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\uffff\ud800-\udfff]"
)

_TOKEN = re.compile(
    r"""
      (?P<url>https?://\S+|www\.\S+)
    | [@#]\w+
    | \d+(?:[.,:]\d+)*(?:[A-Za-z](?![A-Za-z0-9]))?   # 0,2  10.000  14:30  4g  24h  (32kbit is a number and a unit)
    | [hH]\+
    | [^\W\d_](?:\w|['’`´](?=[^\W\d_]))*
    | (?P<stop>[.!?;:…\n]+)
    | [\u2190-\u2bff\U0001f000-\U0001faff]
    """,
    re.VERBOSE,
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "'": None, "’": None, "`": None, "´": None})


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prepared text cut into words. The four lists have one entry a token and belong together by index."""

    text: str
    words: list[
        str
    ]  # folded: "Ku'damm" is "kudamm", "Störung" is "stoerung"; a link is "http"; handles keep "@", hashtags "#"
    starts: list[int]  # code points into `text`
    ends: list[int]  # exclusive
    sentences: list[int]  # counts up at . ! ? ; : … and line breaks; an abbreviation's dot counts too

    def slice(self, first: int, last: int) -> str:
        """The text from token `first` to token `last`, both included."""
        return self.text[self.starts[first] : self.ends[last]]


def prepare(raw: str, keep: Collection[str] = frozenset()) -> str:
    """Clean and scrub a text as it came. Keeps its length up to MAX_CHARS; doing it twice changes nothing.

    `keep` holds folded handles (with "@") that are brands, not persons.
    """
    return scrub(clean(raw), keep)


def clean(raw: str) -> str:
    """Clamp, and put a space for every character that is not there to be read."""
    return _HOSTILE.sub(" ", raw[:MAX_CHARS])


def scrub(text: str, keep: Collection[str] = frozenset()) -> str:
    """Mask private handles, mail addresses, phone, bank and customer numbers, house numbers, at equal length."""
    brands = _bare(keep)
    return mask_persons(text, lambda name: fold(name) in brands)


@lru_cache(maxsize=64)
def _bare_cached(keep: frozenset[str]) -> frozenset[str]:
    return frozenset(handle.lstrip("@") for handle in keep)


def _bare(keep: Collection[str]) -> frozenset[str]:
    return _bare_cached(frozenset(keep))


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """One spelling for many: lower case, umlauts spelled out, marks and apostrophes dropped, English 's cut off."""
    if word.isascii():
        folded = word.lower()
    else:
        folded = unicodedata.normalize("NFKC", word[:200]).casefold().translate(_UMLAUTS)
        if not folded.isascii():
            folded = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c)) or word
    if len(word) > 3 and word[-2] in "'’`´" and word[-1] in "sS":
        return folded.replace("'", "").replace("`", "")[:-1]
    return folded.replace("'", "").replace("`", "") if "'" in folded or "`" in folded else folded


def tokenize(text: str) -> Tokens:
    """Cut a prepared text into tokens. Every word further in comes from here."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    sentence = 0
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind == "stop":
            sentence += 1
            continue
        words.append("http" if kind == "url" else fold(found.group()))
        starts.append(found.start())
        ends.append(found.end())
        sentences.append(sentence)
    return Tokens(text, words, starts, ends, sentences)

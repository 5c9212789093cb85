"""Text as everything further in reads it: prepared once, cut into tokens once, offsets kept.

Every replacement is one code point for one, so that an offset into the prepared text is an offset into the text as it came.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import accumulate
from typing import TypeVar

from .scrub import mask_persons

V = TypeVar("V")

MAX_CHARS = (
    10_000  # longer texts are clamped: normalising is quadratic on combining marks, and nobody complains at that length
)

# Controls, surrogates, bidirectional overrides, zero-width and other invisible characters. Tab and newline stay.
_HOSTILE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\uffff\ud800-\udfff]"
)

# No group is repeated possessively: Python 3.11.2, Debian 12's, would keep what half a round had taken ("01067:" was one token).
# Splitting by it gives what lies between the tokens and the tokens, in turn.
_TOKEN = re.compile(
    r"""
    ( https?://\S++|www\.\S++
    | [hH]\+
    | [^\W\d_]\w*+(?:['’`´][^\W\d_]\w*+)*
    | [@#]\w++
    | \d++(?:[.,:]\d++)*(?:[A-Za-z](?![A-Za-z0-9]))?   # 0,2  10.000  14:30  4g  24h  (32kbit is a number and a unit)
    | [\u2190-\u2bff\U0001f000-\U0001faff]
    )
    """,
    re.VERBOSE,
)
_STOP = re.compile(r"[.!?;:…\n]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "'": None, "’": None, "`": None, "´": None})


class Memo(dict[str, V]):
    """What was found out about words, kept for the next time; a subclass finds it out in `__missing__`.

    There are a dozen. Every stranger's word ends up in each, so their size is what the judge takes in the long run: of
    60,000 real posts 15 MB at 10,000 words each, 25 MB at 30,000 and a tenth less time.
    """

    MOST = 30_000  # words
    LONGEST = 60  # characters; what is longer hardly comes twice

    def keep(self, word: str, known: V) -> V:
        if len(self) >= self.MOST:
            self.clear()
        if len(word) <= self.LONGEST:
            self[word] = known
        return known


class Tokens:
    """A prepared text cut into words. The four lists have one entry a token and belong together by index.

    Where the words stand is not asked of every post, so it is worked out when somebody asks.
    """

    __slots__ = ("_parts", "ends", "sentences", "starts", "text", "words")

    text: str
    words: list[
        str
    ]  # folded: "Ku'damm" is "kudamm", "Störung" is "stoerung"; a link is "http"; handles keep "@", hashtags "#"
    starts: list[int]  # code points into `text`
    ends: list[int]  # exclusive
    sentences: list[int]  # counts up at . ! ? ; : … and line breaks; an abbreviation's dot counts too

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = _TOKEN.split(text)
        self.words = list(map(_WORDS.__getitem__, self._parts[1::2]))

    def __getattr__(self, name: str) -> list[int]:
        """Asked only for what is not there yet."""
        if name not in ("starts", "ends", "sentences"):
            raise AttributeError(name)
        ends = list(accumulate(map(len, self._parts)))  # of what lies between, and of the tokens, in turn
        self.starts, self.ends = ends[:-1:2], ends[1::2]
        self.sentences = list(accumulate(map(_BREAKS.__getitem__, self._parts[:-1:2])))
        return self.starts if name == "starts" else self.ends if name == "ends" else self.sentences

    def slice(self, first: int, last: int) -> str:
        """The text from token `first` to token `last`, both included."""
        return self.text[self.starts[first] : self.ends[last]]


def prepare(raw: str, keep: Collection[str] = frozenset()) -> str:
    """Clean and scrub a text as it came. Keeps its length up to MAX_CHARS; doing it twice changes nothing.

    `keep` holds folded handles (with "@") that are brands, not persons.
    """
    return scrub(clean(raw), keep)


def clean(raw: str) -> str:
    """Clamp, put a space for every character that is not there to be read, and one "@" for the wide and the small one."""
    raw = raw[:MAX_CHARS]
    plain = raw.isascii() and raw.isprintable()  # as nearly every id and link is
    return raw if plain else _HOSTILE.sub(" ", raw).replace("＠", "@").replace("﹫", "@")


def scrub(text: str, keep: Collection[str] = frozenset()) -> str:
    """Mask private handles, mail addresses, phone, bank and customer numbers, house numbers, at equal length."""
    brands = _bare(keep)
    return mask_persons(text, lambda name: fold(name) in brands)


@lru_cache(maxsize=64)
def _bare_cached(keep: frozenset[str]) -> frozenset[str]:
    return frozenset(handle.lstrip("@") for handle in keep)


def _bare(keep: Collection[str]) -> frozenset[str]:
    return _bare_cached(frozenset(keep))


@lru_cache(maxsize=Memo.MOST)
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
    return Tokens(text)


_fold = fold.__wrapped__  # what follows is a cache itself


class _Words(Memo[str]):
    """Tokens as written to words as compared: "http" for a link, folded otherwise."""

    def __missing__(self, written: str) -> str:
        if written.startswith(("http://", "https://", "www.")):
            return "http"  # not kept: hardly any link comes twice
        return self.keep(written, _fold(written))


class _Breaks(Memo[int]):
    """How many ends of sentences lie between two tokens."""

    def __missing__(self, between: str) -> int:
        return self.keep(between, len(_STOP.findall(between)))


_WORDS, _BREAKS = _Words(), _Breaks()

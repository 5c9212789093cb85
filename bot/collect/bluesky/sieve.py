"""Which events of a stream are worth parsing: the carrier's words, sought in the raw bytes first.

The raw test may let too much through, never too little; the exact one is the classifier's own search for carrier names.
"""

import re
import unicodedata
from collections.abc import Iterable

from ...classify.carrier import Carriers, compile_carriers, find_mentions
from ...config.judge import load_name_words
from ...text import clean, tokenize

_MARKS = re.compile("[\u0300-\u036f]+")
_POST = b'"app.bsky.feed.post"'  # with both quotes: a like names it too, but as part of a longer address


class Sieve:
    """Words and accounts to look for. `words` as in the config: "o2", "tesco mobile", "#o2de", "@o2de"."""

    def __init__(self, words: Iterable[str], dids: Iterable[str] = ()) -> None:
        given = tuple(words)
        self.dids = frozenset(dids)
        self._carriers: Carriers = compile_carriers(
            {"name": given[0], "words": given, "handles": [word for word in given if word.startswith("@")]},
            [],
            [],
            load_name_words(),
        )
        self._needles, self._gapped = _needles(given)
        self._dids = tuple(did.encode() for did in sorted(self.dids))

    def keep(self, raw: bytes) -> bool:
        """May this event matter: a post that may name us, a post deleted or changed, an account that went?"""
        if _POST not in raw:
            return b'"account"' in raw and b"false" in raw
        if b'"delete"' in raw or b'"update"' in raw:
            return True
        for did in self._dids:
            if did in raw:
                return True
        start = 0 if b'"tags":' in raw else max(raw.find(b'"text":"'), 0)
        return self._may_name(raw[start:])

    def _may_name(self, raw: bytes) -> bool:
        if b"\\u" in raw:
            return True  # escaped letters: only parsing tells
        text = raw.lower().decode("ascii") if raw.isascii() else _bare(raw.decode("utf-8", "replace"))
        text = text.replace("'", "").replace("`", "")
        for needle in self._needles:
            if needle in text:
                return True
        return any(pattern.search(text) for pattern in self._gapped)

    def names_us(self, text: str) -> bool:
        """Does it name one of the words, as the classifier reads names: whole, glued ("o2netz"), as a hashtag?"""
        return bool(find_mentions(tokenize(clean(text)), self._carriers))


def _needles(words: Iterable[str]) -> tuple[tuple[str, ...], tuple[re.Pattern[str], ...]]:
    """Pieces one of which stands in every text that names a word; and patterns for words of single characters ("o 2")."""
    names = [[token.lstrip("#@") for token in tokenize(clean(word)).words] for word in words]
    needles = {name[0] for name in names if len(name) == 1 and len(name[0]) > 1}
    gapped: set[str] = set()
    for name in names:
        longest = max(name, key=len, default="")
        if len(longest) == 1:
            gapped.add(r"(?:[^a-z0-9]|\\[nrt]){1,4}".join(re.escape(token) for token in name))
        elif longest and needles.isdisjoint(name):
            needles.add(longest)
    spelled = {spelling for needle in needles for spelling in _spellings(needle)}
    least = {one for one in spelled if not any(other != one and other in one for other in spelled)}
    return tuple(sorted(least, key=len)), tuple(re.compile(pattern) for pattern in sorted(gapped))


def _spellings(folded: str) -> set[str]:
    """A folded word as it stands in a text without its marks: "stoerung" as "storung" (from ö) and as "stoerung"."""
    return {folded, folded.replace("ae", "a").replace("oe", "o").replace("ue", "u")}


def _bare(text: str) -> str:
    text = text.replace("´", "").replace("’", "")  # before NFKD, which makes a blank of the first
    return _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())

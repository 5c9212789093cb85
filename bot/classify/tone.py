"""How angry or glad is the writer? −2 insult or threat to leave … 0 factual … +1 thanks.

TextBlob carries it, through a `Blobber` with our own analyser: its English lexicon is at chance on German (AUC .53).
Only `.sentiment` asks a custom analyser; `.polarity` would ask TextBlob's own. Words and phrases come from config/rules/tone.toml.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import RuleError
from ..lean import without_nltk
from ..text import Tokens, tokenize
from .builder import Builder
from .patterns import Book, Reader, blank

LOWEST, HIGHEST = -2, 1
_found: dict[str, list[int]] = {}  # on their way through TextBlob, which hands on texts only: read once, not twice


@dataclass(frozen=True, slots=True, eq=False)
class ToneLexicon:
    """Compiled phrases with the tone each speaks of."""

    reader: Reader
    void: Book  # phrases that sound like a tone and have none
    book: Book
    tones: tuple[int, ...]  # by rule number


def compile_tone(table: Mapping[str, Any], where: str = "tone.toml") -> ToneLexicon:
    """Compile the parsed tone file. Raises RuleError naming the rule and what is wrong."""
    builder = Builder(where, table.get("lists", {}), table.get("common", ()))
    tones: list[int] = []
    kinds: list[str] = []
    for number, rule in enumerate(table.get("rule", ())):
        name, find = rule.get("name"), rule.get("find")
        value = rule.get("tone", 0)
        if not name or not isinstance(find, list) or not find:
            raise RuleError(f"{where}: rule {name or number + 1}: needs a name and 'find'")
        if isinstance(value, bool) or not isinstance(value, int) or not LOWEST <= value <= HIGHEST:
            raise RuleError(f"{where}: rule {name}: tone must be a whole number from {LOWEST} to {HIGHEST}")
        kind = rule.get("means", "tone")
        if kind not in ("tone", "nothing"):
            raise RuleError(f"{where}: rule {name}: means = {kind!r} is not known")
        tones.append(value)
        kinds.append(kind)
        for pattern in find:
            builder.add(number, name, pattern)
    reader, (void, book) = builder.build(lambda number: kinds[number] != "nothing", 2)
    return ToneLexicon(reader, void, book, tuple(tones))


def tone(tokens: Tokens, lexicon: ToneLexicon, *, annoyed: bool = False) -> int:
    """The writer's tone, -2 to +1. Where no word of the lexicon occurs TextBlob is not even asked: -1 if the whole sounds
    `annoyed` ("third dropped call today"), else 0. Seed corpus, cross-validated: .55 right with it, .44 by words alone.
    """
    if tones := _tones(tokens, lexicon):
        _found[tokens.text] = tones
        if said := int(_blobber(lexicon)(tokens.text).sentiment):
            return said
    return -1 if annoyed else 0


def _tones(tokens: Tokens, lexicon: ToneLexicon) -> list[int]:
    possible = lexicon.reader.possible(tokens)
    if not possible & lexicon.book.own:
        return []
    encoded = lexicon.reader.encode(tokens, possible)
    encoded = blank(encoded, ((hit.first, hit.last) for hit in lexicon.void.find(encoded)))
    return [lexicon.tones[hit.rule] for hit in lexicon.book.find(encoded)]


def _weighed(tones: Sequence[int]) -> int:
    """The harshest word counts; thanks only where nothing is harsh; praise beside trouble is sarcasm."""
    return min(tones) if any(tone < 0 for tone in tones) else max(tones, default=0)


@lru_cache(maxsize=4)
def _blobber(lexicon: ToneLexicon) -> Callable[[str], Any]:
    """A TextBlob factory that asks our lexicon. Imported here: a rule check needs none of it."""
    with without_nltk():
        from textblob import Blobber
        from textblob.base import BaseSentimentAnalyzer, BaseTokenizer

    class OurTokenizer(BaseTokenizer):
        def tokenize(self, text: str) -> list[str]:
            return tokenize(text).words

    class OurAnalyser(BaseSentimentAnalyzer):
        def analyze(self, text: str) -> float:
            return float(_weighed(_found.pop(text) if text in _found else _tones(tokenize(text), lexicon)))

    blobber: Callable[[str], Any] = Blobber(tokenizer=OurTokenizer(), analyzer=OurAnalyser())  # type: ignore[no-untyped-call]  # textblob ships none
    return blobber

"""Word patterns a manager can read, compiled to regular expressions over words.

Every word becomes one character: words that no list tells apart share it. A text of twenty words is a string of twenty characters
and a pattern a short regular expression over them, so that matching runs in C, and only where a pattern's rarest words occur.

    kein|null {radio}          a word, alternatives, a word list
    {radio} ..3 weg|tot        up to three words between, within one sentence (".." alone: three); //6 up to six, across sentences
    {no} {swear}? netz*        may be missing; begins with; *netz ends with
    {radio} !{good} {here}     one word that is not in the list
    ~not {works} {again} ~not  no such word just before the first word, or just after the last
    ^ {question} ..5 $?        start of a sentence, end of a question; $ any end
    #                          a number; {slow_speed} {fast_speed} {short_time} {long_time}: numbers with their unit, see units.py
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..text import Memo, Tokens
from .units import KINDS, number_kind

MAX_TOKENS = 400  # of a text; a complaint has been made by then, and hostile texts stay cheap
SHORTEST_STAR = 2  # letters that must stand beside a star
STOP, ASK, _VOID, _NUMBER = "\x01", "\x02", "\x03", "\x04"  # the last is a number whose kind is not known yet


class Hit(NamedTuple):
    """Pattern `number` (its rule's position in the book) found at token `first` to `last`, both included."""

    rule: int
    first: int
    last: int


class Encoded(NamedTuple):
    """A text as characters, one a word."""

    string: str
    at: Sequence[int]  # position in `string` -> token; a boundary has the token that follows it
    possible: int  # bit mask of the patterns whose words all occur


class Pattern(NamedTuple):
    rule: int
    regex: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Book:
    """Some of the patterns over one set of word lists."""

    patterns: Sequence[Pattern]  # all of them; a pattern's place is its bit
    own: int  # bit mask of those in this book

    def find(self, encoded: Encoded) -> list[Hit]:
        """All hits, in the order of the rules."""
        string, at = encoded.string, encoded.at
        hits = set()
        for bit in single_bits(encoded.possible & self.own):
            rule, regex = self.patterns[bit.bit_length() - 1]
            for found in regex.finditer(string):
                first, last = found.span()
                hits.add((rule, at[first], at[last - 1]))
        return [Hit(*hit) for hit in sorted(hits)] if hits else []


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Words that no list tells apart: their character, and the patterns they wake.

    A pattern is possible where each of its three rarest elements occurs, in whatever alternative; the masks tell of which
    patterns a word meets the rarest, the second, the third.
    """

    char: str
    wakes: tuple[int, int, int]


class Reader:
    """Reads texts for all books over the same word lists. What it learned of a word is kept, and stays in its process."""

    def __init__(self, lists: "Lists", wakes: Mapping[int, tuple[int, int, int]], short: tuple[int, int]) -> None:
        self.lists = lists
        self._given = wakes, short
        self._kinds = _Kinds(lists, wakes)
        self._short = short  # patterns that have no second, no third element

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return Reader, (self.lists, *self._given)

    def possible(self, tokens: Tokens) -> int:
        """Bit mask of the patterns whose words all occur: of most texts 0 in the book that is asked."""
        first, (second, third) = 0, self._short
        for kind in set(map(self._kinds.__getitem__, tokens.words[:MAX_TOKENS])):
            one, two, three = kind.wakes
            first |= one
            second |= two
            third |= three
        return first & second & third

    def encode(self, tokens: Tokens, possible: int) -> Encoded:
        words, sentences = tokens.words[:MAX_TOKENS], tokens.sentences
        if not words:
            return Encoded(STOP, (0,), 0)
        chars = [kind.char for kind in map(self._kinds.__getitem__, words)]
        if _NUMBER in chars:
            self._measure(tokens, chars)
        count = len(words)
        out: list[str] = [STOP]
        at: list[int] = [0]
        begin = sentence = 0
        while begin < count:
            end = count if sentences[count - 1] == sentence else bisect_right(sentences, sentence, begin, count)
            out += chars[begin:end]
            at += range(begin, end)
            if end < count:
                out.append(ASK if "?" in tokens.text[tokens.ends[end - 1] if end else 0 : tokens.starts[end]] else STOP)
                at.append(end)
                sentence = sentences[end]
            begin = end
        out.append(ASK if "?" in tokens.text[tokens.ends[count - 1] : tokens.ends[count - 1] + 20] else STOP)
        at.append(count - 1)
        return Encoded("".join(out), at, possible)

    def _measure(self, tokens: Tokens, chars: list[str]) -> None:
        """Put the characters of what the numbers measure in their places."""
        exact = self.lists.exact.get
        for index, char in enumerate(chars):
            if char == _NUMBER:
                kind = exact("\x00number", 0) | exact("\x00" + number_kind(tokens, index), 0)
                chars[index] = self.lists.chars.get(self.lists.mask(tokens.words[index]) | kind, _VOID)


class _Kinds(Memo[Kind]):
    def __init__(self, lists: "Lists", wakes: Mapping[int, tuple[int, int, int]]) -> None:
        super().__init__()
        self._lists, self._wakes = lists, wakes
        self._any_number = lists.exact.get("\x00number", 0) | sum(lists.exact.get("\x00" + kind, 0) for kind in KINDS)
        self._by_mask: dict[tuple[str, int], Kind] = {}

    def __missing__(self, word: str) -> Kind:
        mask = self._lists.mask(word)
        char = self._lists.chars.get(mask, _VOID)
        if word[0].isdigit():  # what it measures depends on what stands beside it
            char, mask = _NUMBER, mask | self._any_number
        return self.keep(word, self._by_mask.get((char, mask)) or self._kind(char, mask))

    def _kind(self, char: str, mask: int) -> Kind:
        first = second = third = 0
        for one, two, three in filter(None, map(self._wakes.get, single_bits(mask))):
            first |= one
            second |= two
            third |= three
        if len(self._by_mask) >= self.MOST:
            self._by_mask.clear()
        kind = self._by_mask[char, mask] = Kind(char, (first, second, third))
        return kind


@dataclass(frozen=True, slots=True)
class Lists:
    """In which word lists a word stands, as a bit mask, and the character of that mask."""

    exact: Mapping[str, int]  # word -> bit mask
    prefixes: Mapping[str, int]
    suffixes: Mapping[str, int]
    heads: Mapping[str, tuple[str, ...]]  # first two letters -> prefixes: most words have none
    tails: Mapping[str, tuple[str, ...]]
    chars: Mapping[int, str]  # bit mask -> character

    def mask(self, word: str) -> int:
        bare = word
        mask = self.exact.get(word, 0)
        if word[0] == "#":
            bare = word.lstrip("#") or word
            mask |= self.exact.get(bare, 0)
        heads = self.heads.get(bare[:SHORTEST_STAR])
        if heads is not None and bare.startswith(heads):
            for prefix in heads:
                if bare.startswith(prefix):
                    mask |= self.prefixes[prefix]
        tails = self.tails.get(bare[-SHORTEST_STAR:])
        if tails is not None and bare.endswith(tails):
            for suffix in tails:
                if bare.endswith(suffix):
                    mask |= self.suffixes[suffix]
        return mask


def single_bits(mask: int) -> Iterator[int]:
    while mask:
        yield mask & -mask
        mask &= mask - 1


def blank(encoded: Encoded, spans: Iterable[tuple[int, int]]) -> Encoded:
    """The same text with the words of these token spans made unknown: what stands there means something else."""
    dead = {token for first, last in spans for token in range(first, last + 1)}
    if not dead:
        return encoded
    string = "".join(
        _VOID if at in dead and char not in (STOP, ASK) else char
        for char, at in zip(encoded.string, encoded.at, strict=True)
    )
    return encoded._replace(string=string)

"""Word patterns a manager can read, compiled to regular expressions over words.

Every word becomes one character: words that no list tells apart share it. A text of twenty words is a string of twenty characters
and a pattern a short regular expression over them, so that matching runs in C, and only where a pattern's rarest word occurs.

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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from ..text import Memo, Tokens
from .units import number_kind

MAX_TOKENS = 400  # of a text; a complaint has been made by then, and hostile texts stay cheap
SHORTEST_STAR = 2  # letters that must stand beside a star
STOP, ASK, _VOID, _NUMBER = "\x01", "\x02", "\x03", "\x04"  # the last is a number whose kind is not known yet


class Hit(NamedTuple):
    """Pattern `number` (its rule's position in the book) found at token `first` to `last`, both included."""

    rule: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as characters, one a word."""

    string: str
    at: tuple[int, ...]  # position in `string` -> token; a boundary has the token that follows it
    seen: int  # bit mask of all lists that occur


@dataclass(frozen=True, slots=True)
class Pattern:
    rule: int
    regex: re.Pattern[str]
    needs: tuple[int, ...]  # bit masks, each of which must meet `seen`


class Gate(Memo[int]):
    """May any of a book's patterns occur? Most texts end here, so a word's lists are kept and joined in C."""

    def __init__(self, book: "Book") -> None:
        super().__init__()
        self._book = book
        # Where a pattern needs nothing else, its word alone opens.
        self._woken = {
            bit: tuple({pattern.needs: None for pattern in patterns}) if all(p.needs for p in patterns) else ((),)
            for bit, patterns in book.woken.items()
        }
        # Of 1,500 lists it asks for some 200: what else a word stands in would only make the numbers long.
        self._asked = reduce(
            or_, (need for found in self._woken.values() for needs in found for need in needs), book.wakers
        )

    def __missing__(self, word: str) -> int:
        mask = self._book.lists.mask(word)
        if word[0].isdigit():
            mask |= self._book.number  # of any kind: that depends on what stands beside it
        mask &= self._asked
        return self.keep(word, mask)

    def __reduce__(self) -> tuple[type, tuple["Book"]]:
        return Gate, (self._book,)  # what it learned stays here

    def opens(self, tokens: Tokens) -> bool:
        seen = reduce(or_, filter(None, map(self.__getitem__, tokens.words[:MAX_TOKENS])), 0)
        awake = seen & self._book.wakers
        while awake:
            bit = awake & -awake
            awake ^= bit
            for needs in self._woken[bit]:
                for need in needs:
                    if not seen & need:
                        break
                else:
                    return True
        return False


@dataclass(frozen=True, slots=True)
class Book:
    """Compiled patterns over one set of word lists."""

    lists: "Lists"
    woken: Mapping[int, tuple[Pattern, ...]]  # bit -> patterns whose rarest element it is
    wakers: int  # bits of all of these
    number: int  # bits any number may have
    memo: "Marks"  # word -> its character and lists

    def encode(self, tokens: Tokens) -> Encoded:
        words, sentences = tokens.words[:MAX_TOKENS], tokens.sentences
        if not words:
            return Encoded(STOP, (0,), 0)
        known = list(map(self.memo.__getitem__, words))
        chars = [char for char, _ in known]
        seen = reduce(or_, {mask for _, mask in known})
        if _NUMBER in chars:
            seen |= self._numbers(tokens, chars)
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
        return Encoded("".join(out), tuple(at), seen)

    def _numbers(self, tokens: Tokens, chars: list[str]) -> int:
        """Put the characters of what the numbers measure in their places. Returns the lists that occur by them."""
        exact, seen = self.lists.exact.get, 0
        for index, char in enumerate(chars):
            if char == _NUMBER:
                mask = self.memo[tokens.words[index]][1] | exact("\x00number", 0)
                mask |= exact("\x00" + number_kind(tokens, index), 0)
                chars[index] = self.lists.chars.get(mask, _VOID)
                seen |= mask
        return seen

    def find(self, encoded: Encoded) -> list[Hit]:
        """All hits, in the order of the rules; only patterns whose words all occur are searched."""
        seen, string, at = encoded.seen, encoded.string, encoded.at
        awake = seen & self.wakers
        hits: set[Hit] = set()
        searched: set[int] = set()  # a pattern may be woken by several words
        while awake:
            bit = awake & -awake
            awake ^= bit
            for pattern in self.woken[bit]:
                if id(pattern) in searched:
                    continue
                searched.add(id(pattern))
                for need in pattern.needs:
                    if not seen & need:
                        break
                else:
                    for found in pattern.regex.finditer(string):
                        first, last = found.span()
                        hits.add(Hit(pattern.rule, at[first], at[last - 1]))
        return sorted(hits)


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


class Marks(Memo[tuple[str, int]]):
    """What the lists say of a word, kept for each word."""

    def __init__(self, lists: Lists) -> None:
        super().__init__()
        self._lists = lists

    def __missing__(self, word: str) -> tuple[str, int]:
        mask = self._lists.mask(word)
        known = _NUMBER if word[0].isdigit() else self._lists.chars.get(mask, _VOID), mask
        return self.keep(word, known)

    def __reduce__(self) -> tuple[type, tuple[Lists]]:
        return Marks, (self._lists,)  # what it learned stays here


def blank(encoded: Encoded, spans: Iterable[tuple[int, int]]) -> Encoded:
    """The same text with the words of these token spans made unknown: what stands there means something else."""
    dead = {token for first, last in spans for token in range(first, last + 1)}
    if not dead:
        return encoded
    string = "".join(
        _VOID if at in dead and char not in (STOP, ASK) else char
        for char, at in zip(encoded.string, encoded.at, strict=True)
    )
    return Encoded(string, encoded.at, encoded.seen)

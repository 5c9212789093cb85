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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from ..errors import RuleError
from ..text import Tokens, fold
from .language import FUNCTION_WORDS
from .units import KINDS, number_kind

MAX_TOKENS = 400  # of a text; a complaint has been made by then, and hostile texts stay cheap
MAX_MEMO = 100_000
LONGEST_KEPT = 60  # characters of a word in a memo
SHORTEST_STAR = 2  # letters that must stand beside a star
_FIRST = 0xF0000  # private use: characters that no text holds, texts are not what is searched
_STOP, _ASK, _VOID = "\x01", "\x02", "\x03"
_ELEMENT = re.compile(r"\S+")
_GAP = re.compile(r"(\.\.|//)(\d*)$")
_LIST = re.compile(r"\{(\w+)\}$")


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
class _Pattern:
    rule: int
    regex: re.Pattern[str]
    needs: tuple[int, ...]  # bit masks, each of which must meet `seen`


class Gate(dict[str, int]):
    """May any of some rules' patterns occur? Most texts end here, so a word's lists are kept and joined in C."""

    def __init__(self, book: "Book", wanted: Collection[int]) -> None:
        super().__init__()
        self._book, self._wanted = book, wanted
        woken = {
            bit: tuple(pattern.needs for pattern in patterns if pattern.rule in wanted)
            for bit, patterns in book.woken.items()
        }
        self._woken = {bit: needs for bit, needs in woken.items() if needs}
        self._bits = sum(self._woken)  # single bits, each once: their sum is their union

    def __missing__(self, word: str) -> int:
        mask = self._book.memo[word][1]
        if word[0].isdigit():
            mask |= self._book.number  # of any kind: that depends on what stands beside it
        if len(self) >= MAX_MEMO:
            self.clear()
        if len(word) <= LONGEST_KEPT:
            self[word] = mask
        return mask

    def __reduce__(self) -> tuple[type, tuple["Book", Collection[int]]]:
        return Gate, (self._book, self._wanted)  # what it learned stays here

    def opens(self, tokens: Tokens) -> bool:
        seen = reduce(or_, map(self.__getitem__, tokens.words[:MAX_TOKENS]), 0)
        awake = seen & self._bits
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
    woken: Mapping[int, tuple[_Pattern, ...]]  # bit -> patterns whose rarest element it is
    wakers: int  # bits of all of these
    number: int  # bits any number may have
    memo: "_Memo"  # word -> its character and lists

    def encode(self, tokens: Tokens) -> Encoded:
        memo, chars = self.memo, self.lists.chars
        number = self.lists.exact.get
        out: list[str] = [_STOP]
        at: list[int] = [0]
        seen = 0
        words, sentences = tokens.words, tokens.sentences
        count = min(len(words), MAX_TOKENS)
        sentence = 0
        for index in range(count):
            if sentences[index] != sentence:
                sentence = sentences[index]
                gap = tokens.text[tokens.ends[index - 1] if index else 0 : tokens.starts[index]]
                out.append(_ASK if "?" in gap else _STOP)
                at.append(index)
            word = words[index]
            char, mask = memo[word]
            if word[0].isdigit():
                mask |= number("\x00" + number_kind(tokens, index), 0) | number("\x00number", 0)
                char = chars.get(mask, _VOID)
            seen |= mask
            out.append(char)
            at.append(index)
        if count:
            out.append(_ASK if "?" in tokens.text[tokens.ends[count - 1] : tokens.ends[count - 1] + 20] else _STOP)
            at.append(count - 1)
        return Encoded("".join(out), tuple(at), seen)

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
        bare = word.lstrip("#") or word
        mask = self.exact.get(word, 0) | self.exact.get(bare, 0)
        for prefix in self.heads.get(bare[:SHORTEST_STAR], ()):
            if bare.startswith(prefix):
                mask |= self.prefixes[prefix]
        for suffix in self.tails.get(bare[-SHORTEST_STAR:], ()):
            if bare.endswith(suffix):
                mask |= self.suffixes[suffix]
        return mask


class _Memo(dict[str, tuple[str, int]]):
    """What the lists say of a word, kept for each word."""

    def __init__(self, lists: Lists) -> None:
        super().__init__()
        self._lists = lists

    def __missing__(self, word: str) -> tuple[str, int]:
        mask = self._lists.mask(word)
        known = self._lists.chars.get(mask, _VOID), mask
        if len(self) >= MAX_MEMO:
            self.clear()
        if len(word) <= LONGEST_KEPT:
            self[word] = known
        return known

    def __reduce__(self) -> tuple[type, tuple[Lists]]:
        return _Memo, (self._lists,)  # what it learned stays here


def blank(encoded: Encoded, spans: Iterable[tuple[int, int]]) -> Encoded:
    """The same text with the words of these token spans made unknown: what stands there means something else."""
    dead = {token for first, last in spans for token in range(first, last + 1)}
    if not dead:
        return encoded
    string = "".join(
        _VOID if at in dead and char not in (_STOP, _ASK) else char
        for char, at in zip(encoded.string, encoded.at, strict=True)
    )
    return Encoded(string, encoded.at, encoded.seen)


class Builder:
    """Collects word lists and patterns, then compiles them; `where` names the file in errors."""

    def __init__(self, where: str, lists: Mapping[str, Sequence[str]], common: Sequence[str] = ()) -> None:
        self.where = where
        self.bits: dict[str, int] = {}  # list or literal -> bit
        self.entries: dict[str, list[tuple[str, int]]] = {"exact": [], "prefix": [], "suffix": []}
        self.patterns: list[tuple[int, str, str]] = []
        for kind in ("number", *KINDS):
            self.bits[kind] = 1 << len(self.bits)
            self.entries["exact"].append(("\x00" + kind, self.bits[kind]))
        for name, words in lists.items():
            bit = self.bits["{" + name + "}"] = 1 << len(self.bits)
            for word in words:
                self._enter(word, bit, f"list {name}")
        unknown = [name for name in common if "{" + name + "}" not in self.bits]
        if unknown:
            raise RuleError(f"{where}: 'common' names no list: {', '.join(unknown)}")
        self.common = sum(
            self.bits["{" + name + "}"] for name in set(common)
        )  # bits of what wakes no pattern, if anything else can

    def add(self, rule: int, name: str, pattern: str) -> None:
        """Take a pattern of the rule at position `rule`. Raises RuleError on a spelling the language does not have."""
        self.patterns.append((rule, name, pattern))
        for element in _ELEMENT.findall(pattern):
            if not _GAP.match(element) and element not in ("^", "$", "$?", "#"):
                self._bits(element, name)

    def build(self, apart: Callable[[int], bool]) -> tuple[Book, Book]:
        """Two books over the same words: patterns of the rules set `apart`, and all others."""
        exact: dict[str, int] = {}
        prefixes: dict[str, int] = {}
        suffixes: dict[str, int] = {}
        for kind, table in (("exact", exact), ("prefix", prefixes), ("suffix", suffixes)):
            for word, bit in self.entries[kind]:
                table[word] = table.get(word, 0) | bit
        heads = _grouped(prefixes, lambda prefix: prefix[:SHORTEST_STAR])
        tails = _grouped(suffixes, lambda suffix: suffix[-SHORTEST_STAR:])
        masks = self._all_masks(Lists(exact, prefixes, suffixes, heads, tails, {}))
        chars = {mask: chr(_FIRST + number) for number, mask in enumerate(sorted(masks))}
        compiled = [(rule, *self._compile(name, pattern, chars)) for rule, name, pattern in self.patterns]
        numbers = sum(self.bits[kind] for kind in ("number", *KINDS))
        lists = Lists(exact, prefixes, suffixes, heads, tails, chars)
        memo = _Memo(lists)  # one for both
        books = []
        for side in (True, False):
            woken = self._wake([one for one in compiled if apart(one[0]) is side])
            books.append(Book(lists, woken, sum(woken), numbers, memo))
        return books[0], books[1]

    def _wake(self, compiled: Iterable[tuple[int, re.Pattern[str], list[int]]]) -> dict[int, tuple[_Pattern, ...]]:
        """File each pattern under the words of its rarest element."""
        woken: dict[int, list[_Pattern]] = {}
        for rule, regex, needs in compiled:
            rare = next((need for need in needs if not need & self.common), needs[-1])
            pattern = _Pattern(rule, regex, tuple(need for need in needs if need != rare))
            for bit in _single_bits(rare):
                woken.setdefault(bit, []).append(pattern)
        return {bit: tuple(found) for bit, found in woken.items()}

    def _enter(self, word: str, bit: int, name: str) -> None:
        starts, ends = word.startswith("*"), word.endswith("*") and len(word) > 1
        folded = fold(word.strip("*"))
        if not folded or any(c.isspace() for c in folded) or (starts and ends):
            raise RuleError(f"{self.where}: {name}: {word!r} must be one word, with a star at one end at most")
        if (starts or ends) and len(folded) < SHORTEST_STAR:
            raise RuleError(f"{self.where}: {name}: {word!r} is too short for a star")
        self.entries["suffix" if starts else "prefix" if ends else "exact"].append((folded, bit))

    def _bits(self, element: str, name: str) -> int:
        """The bit mask of an element's alternatives; literals become lists of their own."""
        mask = 0
        core = element.lstrip("!~").removesuffix("?")
        for part in core.split("|"):
            known = _LIST.match(part)
            if known:
                if part in self.bits:
                    mask |= self.bits[part]
                elif known[1] in self.bits:
                    mask |= self.bits[known[1]]
                else:
                    raise RuleError(f"{self.where}: rule {name}: there is no list {part}")
            elif part == "#":
                mask |= self.bits["number"]
            elif not part or re.search(r"[{}^$?!~]", part):
                raise RuleError(f"{self.where}: rule {name}: cannot read {element!r}")
            else:
                if part not in self.bits:
                    self.bits[part] = 1 << len(self.bits)
                    if fold(part) in FUNCTION_WORDS:
                        self.common |= self.bits[part]
                    self._enter(part, self.bits[part], f"rule {name}")
                mask |= self.bits[part]
        return mask

    def _compile(self, name: str, pattern: str, chars: Mapping[int, str]) -> tuple[re.Pattern[str], list[int]]:
        parts: list[str] = []
        needs: list[int] = []
        for element in _ELEMENT.findall(pattern):
            gap = _GAP.match(element)
            if gap:
                most = int(gap[2] or 3)
                if most > 12:
                    raise RuleError(f"{self.where}: rule {name}: a gap of {most} words is too wide (12 at most)")
                parts.append(f"[^{_STOP}{_ASK}]{{0,{most}}}?" if gap[1] == ".." else f"(?s:.){{0,{most}}}?")
            elif element == "^":
                parts.append(f"(?<=[{_STOP}{_ASK}])")
            elif element in ("$", "$?"):
                parts.append(f"(?=[{_ASK}{'' if element == '$?' else _STOP}])")
            else:
                mask = self._bits(element, name) if element != "#" else self.bits["number"]
                members = "".join(char for found, char in chars.items() if found & mask)
                if element.startswith("~"):
                    parts.append(f"(?{'!' if needs else '<!'}[{_ranges(members)}])")
                elif element.startswith("!"):
                    parts.append(f"[^{_STOP}{_ASK}{_ranges(members)}]")
                elif not members:
                    raise RuleError(f"{self.where}: rule {name}: {element!r} matches no word")
                else:
                    optional = element.endswith("?")
                    parts.append(f"[{_ranges(members)}]{'?' if optional else ''}")
                    if not optional:
                        needs.append(mask)
        if not needs:
            raise RuleError(f"{self.where}: rule {name}: {pattern!r} needs at least one word")
        return re.compile("".join(parts)), needs

    def _all_masks(self, lists: Lists) -> set[int]:
        """Every bit mask a word can have: listed words, and all that begins or ends as a star says."""
        heads = {0} | {lists.mask(prefix + "\x04") for prefix in lists.prefixes}
        tails = {0} | {lists.mask("\x04" + suffix) for suffix in lists.suffixes}
        masks = {head | tail for head in heads for tail in tails}
        masks |= {lists.mask(word) for word in (*lists.exact, *lists.prefixes, *lists.suffixes)}
        # A listed word with a star's ending is computed above; one behind "#" has the same mask plus its own.
        masks |= {lists.mask("#" + word) for word in (*lists.exact, *lists.prefixes, *lists.suffixes)}
        number = self.bits["number"]
        kinds = {0} | {self.bits[kind] for kind in KINDS}
        digits = {0} | {lists.mask(word) for word in lists.exact if word[:1].isdigit()}
        return masks | {number | kind | digit for kind in kinds for digit in digits}


def _grouped(words: Iterable[str], key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(key(word), []).append(word)
    return {name: tuple(group) for name, group in groups.items()}


def _single_bits(mask: int) -> Iterator[int]:
    while mask:
        yield mask & -mask
        mask &= mask - 1


def _ranges(characters: str) -> str:
    """Characters as ranges of a character class."""
    points = sorted(map(ord, characters))
    out: list[str] = []
    at = 0
    while at < len(points):
        end = at
        while end + 1 < len(points) and points[end + 1] == points[end] + 1:
            end += 1
        out.append(chr(points[at]) + (f"-{chr(points[end])}" if end > at else ""))
        at = end + 1
    return "".join(out)

"""Compiles word patterns (their language stands in patterns.py) to books of regular expressions."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..errors import RuleError
from ..text import fold
from .language import FUNCTION_WORDS
from .patterns import ASK, SHORTEST_STAR, STOP, Book, Lists, Pattern, Reader, single_bits
from .units import KINDS

_FIRST = 0x3400  # below 0x10000 a character class is one look-up; texts themselves are not what is searched
_ELEMENT = re.compile(r"\S+")
_GAP = re.compile(r"(\.\.|//)(\d*)$")
_LIST = re.compile(r"\{(\w+)\}$")


class Builder:
    """Collects word lists and patterns, then compiles them; `where` names the file in errors."""

    def __init__(self, where: str, lists: Mapping[str, Sequence[str]], common: Sequence[str] = ()) -> None:
        self.where = where
        self.bits: dict[str, int] = {}  # list or literal -> bit
        self.entries: dict[str, list[tuple[str, int]]] = {"exact": [], "prefix": [], "suffix": []}
        self.patterns: list[tuple[int, str, str]] = []
        for kind in ("number", *KINDS):
            bit = self.bits["{" + kind + "}"] = 1 << len(self.bits)  # in braces: "number" is a word like any other
            self.entries["exact"].append(("\x00" + kind, bit))
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

    def build(self, part: Callable[[int], int], parts: int) -> tuple[Reader, list[Book]]:
        """Books over the same words, one for each number below `parts` that `part` may give to a rule, and who reads for them."""
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
        reader = Reader(
            Lists(exact, prefixes, suffixes, heads, tails, chars), *self._wakes([m for _, _, m in compiled])
        )
        patterns = tuple(Pattern(rule, regex) for rule, regex, _ in compiled)
        own = [sum(1 << at for at, one in enumerate(patterns) if part(one.rule) == number) for number in range(parts)]
        return reader, [Book(patterns, mask) for mask in own]

    def _wakes(self, needs: Iterable[list[int]]) -> tuple[dict[int, tuple[int, int, int]], tuple[int, int]]:
        """Bit of a list to the patterns of which it meets the rarest, the second, the third element; and those without."""
        wakes: dict[int, list[int]] = {}
        short = [0, 0, 0]
        for at, masks in enumerate(needs):
            rarest_first = sorted(dict.fromkeys(reversed(masks)), key=lambda mask: bool(mask & self.common))
            for plane in range(3):
                if plane >= len(rarest_first):
                    short[plane] |= 1 << at
                    continue
                for bit in single_bits(rarest_first[plane]):
                    wakes.setdefault(bit, [0, 0, 0])[plane] |= 1 << at
        return {bit: (one, two, three) for bit, (one, two, three) in wakes.items()}, (short[1], short[2])

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
                if part not in self.bits:
                    raise RuleError(f"{self.where}: rule {name}: there is no list {part}")
                mask |= self.bits[part]
            elif part == "#":
                mask |= self.bits["{number}"]
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
                parts.append(f"[^{STOP}{ASK}]{{0,{most}}}?" if gap[1] == ".." else f"(?s:.){{0,{most}}}?")
            elif element == "^":
                parts.append(f"(?<=[{STOP}{ASK}])")
            elif element in ("$", "$?"):
                parts.append(f"(?=[{ASK}{'' if element == '$?' else STOP}])")
            else:
                mask = self._bits(element, name) if element != "#" else self.bits["{number}"]
                members = "".join(char for found, char in chars.items() if found & mask)
                if element.startswith("~"):
                    parts.append(f"(?{'!' if needs else '<!'}[{_ranges(members)}])")
                elif element.startswith("!"):
                    parts.append(f"[^{STOP}{ASK}{_ranges(members)}]")
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
        number = self.bits["{number}"]
        kinds = {0} | {self.bits["{" + kind + "}"] for kind in KINDS}
        digits = {0} | {lists.mask(word) for word in lists.exact if word[:1].isdigit()}
        return masks | {number | kind | digit for kind in kinds for digit in digits}


def _grouped(words: Iterable[str], key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(key(word), []).append(word)
    return {name: tuple(group) for name, group in groups.items()}


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

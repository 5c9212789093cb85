"""Whose network is this post about? Names, hashtags and handles come from the config; the failing one counts.

own    our carrier, or a brand on its network, or the post was sent to us
other  another carrier is named as the one that fails
none   nobody is named, or a carrier's own account speaks: it never complains about itself
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

from ..domain import Carrier, Post, Relation, Verdict
from ..errors import RuleError
from ..text import Memo, Tokens, fold, tokenize

LONG_NAME = 5  # letters from which a hashtag may carry anything behind the name
SHORTEST_STEM = 2  # letters of a name to which something may be glued
LONG_GLUE = 4  # letters from which more may follow
FAR = 40  # characters from a name to the trouble: further off is no reason to prefer another name
NEAR = 4  # words after a name that tell how it fares
_END = 10_000
_NOBODY = Carrier(Relation.NONE)


@dataclass(frozen=True, slots=True)
class NameWords:
    """The words around a name, folded; config/rules/names.toml says what each list is for."""

    glued: frozenset[str] = frozenset()
    network: frozenset[str] = frozenset()
    fails: frozenset[str] = frozenset()
    works: frozenset[str] = frozenset()
    trouble: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    def glue(self, rest: str) -> bool:
        """May this be glued to a name?"""
        return rest in self.glued or any(rest.startswith(word) for word in self.glued if len(word) >= LONG_GLUE)


@dataclass(frozen=True, slots=True)
class Carriers:
    """Names to look for, ready to compare with tokens. Index 0 of `names` is our own carrier."""

    names: tuple[str, ...]
    handles: frozenset[str]  # folded, with "@": brands, never masked as persons
    accounts: Mapping[str, int]  # folded, without "@"
    starts: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]  # first word -> whole names, longest first
    stems: Mapping[str, tuple[int, int]]  # single words that may be glued to another -> their rank, the carrier
    stem_lengths: tuple[int, ...]
    collisions: Mapping[str, tuple[tuple[str, ...], ...]]  # first word -> whole phrases that mean something else
    around: NameWords
    first_words: "FirstWords" = field(default_factory=lambda: FirstWords(), compare=False, repr=False)


class FirstWords(Memo[bool]):
    """May a name or a collision begin with this word? Kept for each word: nearly all are none."""

    carriers: Carriers | None = None
    stem_heads: frozenset[str] = frozenset()  # how a glued word must begin

    def of(self, carriers: Carriers) -> "FirstWords":
        if self.carriers is None:
            self.carriers = carriers
            self.stem_heads = frozenset(stem[:SHORTEST_STEM] for stem in carriers.stems)
        return self

    def __missing__(self, word: str) -> bool:
        carriers = self.carriers
        assert carriers is not None
        bare = word.lstrip("#")
        known = word in carriers.starts or bare in carriers.starts or bare in carriers.collisions
        if not known and bare[:SHORTEST_STEM] in self.stem_heads:
            known = _name_at([word], 0, carriers) is not None
        return self.keep(word, known)


@dataclass(frozen=True, slots=True)
class Mention:
    """A carrier's name at token `first` to `last`, both included."""

    carrier: int
    first: int
    last: int
    leading: bool  # among the handles a reply opens with


def compile_names(table: Mapping[str, Any], where: str = "names.toml") -> NameWords:
    """The lists of the parsed file. Raises RuleError naming the list that is missing, unknown or no list of words."""
    lists = [field.name for field in fields(NameWords)]
    for name in (*table, *lists):
        words = table.get(name)
        if name not in lists:
            raise RuleError(f"{where}: there is no list {name!r} (known: {', '.join(lists)})")
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise RuleError(f"{where}: {name} must be a list of words")
    return NameWords(**{name: frozenset(map(fold, table[name])) for name in lists})


def compile_carriers(
    own: Mapping[str, Any],
    others: Sequence[Mapping[str, Any]],
    collisions: Sequence[str],
    around: NameWords,
    keep: Iterable[str] = (),
) -> Carriers:
    """Carrier tables straight from TOML: `name`, `words`, `handles`, `accounts`, `brands` (all but the name optional).

    `keep`: more brand handles (folded, with "@") that scrubbing leaves alone, such as `Rules.handles`.
    """
    names: list[str] = []
    handles: set[str] = set(keep)
    accounts: dict[str, int] = {}
    phrases: dict[tuple[str, ...], int] = {}
    for number, table in enumerate((own, *others)):
        names.append(str(table["name"]))
        for account in table.get("accounts", ()):
            accounts.setdefault(fold(str(account).lstrip("@")), number)
        for handle in (*table.get("handles", ()), *table.get("accounts", ())):
            handles.add("@" + fold(str(handle).lstrip("@").split("@")[0]))
            phrases.setdefault(("@" + fold(str(handle).lstrip("@").split("@")[0]),), number)
        for word in (table["name"], *table.get("words", ()), *table.get("brands", ())):
            phrases.setdefault(_phrase(str(word)), number)
    phrases.pop((), None)
    stems: dict[str, tuple[int, int]] = {}
    for rank, (name, number) in enumerate(phrases.items()):
        stem = name[0].lstrip("#")
        if len(name) == 1 and name[0][0] != "@" and len(stem) >= SHORTEST_STEM:
            stems.setdefault(stem, (rank, number))
    return Carriers(
        names=tuple(names),
        handles=frozenset(handles),
        accounts=accounts,
        starts=_by_first(phrases.items()),
        stems=stems,
        stem_lengths=tuple(sorted({len(stem) for stem in stems})),
        around=around,
        collisions={
            first: tuple(p for p, _ in found) for first, found in _by_first((_phrase(c), 0) for c in collisions).items()
        },
    )


def relation(tokens: Tokens, post: Post, verdict: Verdict, carriers: Carriers) -> Carrier:
    """Whose network the post is about; of several named ones, the one that fails."""
    if post.author and fold(post.author.split("@")[0]) in carriers.accounts:
        return _NOBODY
    if post.addressed:
        return Carrier(Relation.OWN, carriers.names[0])
    mentions = find_mentions(tokens, carriers)
    if not mentions:
        return _NOBODY
    named = {mention.carrier for mention in mentions}
    chosen = named.pop() if len(named) == 1 else _failing(tokens, mentions, verdict, carriers.around)
    return Carrier(Relation.OWN if chosen == 0 else Relation.OTHER, carriers.names[chosen])


def find_mentions(tokens: Tokens, carriers: Carriers) -> list[Mention]:
    """All carrier names in the text, in order; collisions ("o2 Arena") are stepped over."""
    words, first_words = tokens.words, carriers.first_words.of(carriers)
    if not any(map(first_words.__getitem__, words)):
        return []
    found: list[Mention] = []
    skip_to = 0
    leads = 0  # handles a reply opens with
    for at, word in enumerate(words):
        leads += leads == at and word[0] == "@"
        if not first_words[word] or at < skip_to:
            continue
        end = _collision_end(words, at, carriers)
        if end > at:
            skip_to = end
            continue
        hit = _name_at(words, at, carriers)
        if hit is not None:
            carrier, length = hit
            found.append(Mention(carrier, at, at + length - 1, at < leads))
            skip_to = at + length
    return found


def _name_at(words: list[str], at: int, carriers: Carriers) -> tuple[int, int] | None:
    for name, carrier in carriers.starts.get(words[at], ()):
        if tuple(words[at : at + len(name)]) == name:
            return carrier, len(name)
    word = words[at]
    bare = word.lstrip("#")
    if word != bare and bare in carriers.starts:
        return _name_at([bare], 0, carriers)
    if word[0] == "@" or not bare:
        return None
    glued = []
    for length in carriers.stem_lengths:
        stem, rest = bare[:length], bare[length:]
        if rest and stem in carriers.stems and ((word[0] == "#" and length >= LONG_NAME) or carriers.around.glue(rest)):
            glued.append(carriers.stems[stem])
    return (min(glued)[1], 1) if glued else None


def _collision_end(words: list[str], at: int, carriers: Carriers) -> int:
    """The token after a colliding phrase that begins at `at`, or `at` itself."""
    for phrase in carriers.collisions.get(words[at].lstrip("#"), ()):
        end = at + len(phrase)
        if (words[at].lstrip("#"), *words[at + 1 : end]) == phrase:
            article = len(phrase) > 1 and phrase[0] in ("the", "der", "die", "in", "im", "at")
            if not (article and end < len(words) and words[end] in carriers.around.network):
                return end
    return at


def _failing(tokens: Tokens, mentions: list[Mention], verdict: Verdict, around: NameWords) -> int:
    """Of several carriers, the one the trouble is told of: near the evidence, not the one that is said to work."""
    spans = [(span.start, span.end) for span in verdict.evidence]
    best, chosen = -_END, mentions[0].carrier
    for order, mention in enumerate(mentions):
        after = tokens.words[mention.last + 1 : mention.last + 1 + NEAR]
        before = tokens.words[mention.first - 1] if mention.first else ""
        points = 40 if mention.leading else 0
        if spans:
            points -= min(FAR, *(_distance(tokens, mention, span) for span in spans))
        spared = any(no in around.fails and what in around.trouble for no, what in pairwise(after))
        fails = not spared and any(word in around.fails for word in after)
        if fails:
            points += 60
        elif spared or any(word in around.works for word in after[:3]):
            points -= 60
        if before in around.left and not fails:
            points -= 40
        if mention.carrier == 0:
            points += 5  # in doubt it is ours: a person will look at it
        if points - order > best:
            best, chosen = points - order, mention.carrier
    return chosen


def _distance(tokens: Tokens, mention: Mention, span: tuple[int, int]) -> int:
    """Characters between a mention and a piece of evidence; 0 when they touch."""
    start, end = tokens.starts[mention.first], tokens.ends[mention.last]
    return max(0, start - span[1], span[0] - end)


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(tokenize(text).words)


def _by_first(phrases: Iterable[tuple[tuple[str, ...], int]]) -> dict[str, tuple[tuple[tuple[str, ...], int], ...]]:
    table: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for phrase, value in phrases:
        if phrase:
            table.setdefault(phrase[0], []).append((phrase, value))
    return {first: tuple(sorted(found, key=lambda item: -len(item[0]))) for first, found in table.items()}

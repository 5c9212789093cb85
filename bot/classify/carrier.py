"""Whose network is this post about? Names, hashtags and handles come from the config; the failing one counts.

own    our carrier, or a brand on its network, or the post was sent to us
other  another carrier is named as the one that fails
none   nobody is named, or a carrier's own account speaks: it never complains about itself
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..domain import Carrier, Post, Relation, Verdict
from ..text import Tokens, fold, tokenize

# What may be glued to a short name and still mean the carrier: "#o2down", "o2netz". A name of five letters may carry anything.
GLUED = [
    "netz",
    "stoerung",
    "down",
    "ausfall",
    "fail",
    "de",
    "uk",
    "germany",
    "deutschland",
    "mobile",
    "mobilfunk",
    "empfang",
    "internet",
    "handy",
    "service",
    "support",
    "hilft",
    "help",
    "lte",
    "4g",
    "5g",
    "3g",
    "network",
    "issues",
    "problem",
    "probleme",
    "sucks",
    "kunde",
    "kunden",
    "nervt",
    "versagt",
    "outage",
    "signal",
    "broken",
    "netzausfall",
    "shop",
    "free",
]
LONG_NAME = 5
# After a colliding name ("the o2") these show that the network is meant after all.
NETWORKISH = frozenset(
    [
        "network",
        "signal",
        "netz",
        "app",
        "sim",
        "data",
        "service",
        "reception",
        "masts",
        "mast",
        "coverage",
        "store",
        "shop",
        "internet",
        "mobilfunk",
        "tarif",
        "empfang",
        "4g",
        "5g",
        "lte",
        "customer",
        "customers",
        "network's",
        "website",
    ]
)
FAILS = frozenset(
    [
        "nicht",
        "nie",
        "nix",
        "nichts",
        "kein",
        "keine",
        "keinen",
        "kaum",
        "null",
        "nur",
        "isnt",
        "doesnt",
        "dont",
        "cant",
        "never",
        "not",
        "no",
        "wont",
        "hasnt",
        "aint",
        "fails",
    ]
)
WORKS = frozenset(
    [
        "hat",
        "has",
        "works",
        "work",
        "laeuft",
        "geht",
        "ging",
        "funktioniert",
        "klappt",
        "fine",
        "super",
        "flotter",
        "besser",
        "better",
        "top",
        "problemlos",
        "schon",
    ]
)
LEFT = frozenset(
    [
        "war",
        "was",
        "were",
        "bei",
        "with",
        "zu",
        "zur",
        "to",
        "from",
        "von",
        "vom",
        "nach",
        "back",
        "than",
        "als",
        "over",
        "wie",
        "like",
        "via",
    ]
)
NEAR = 4  # words after a name that tell how it fares
_END = 10_000
MAX_MEMO = 100_000  # words


@dataclass(frozen=True, slots=True)
class Carriers:
    """Names to look for, ready to compare with tokens. Index 0 of `names` is our own carrier."""

    names: tuple[str, ...]
    handles: frozenset[str]  # folded, with "@": brands, never masked as persons
    accounts: Mapping[str, int]  # folded, without "@"
    starts: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]  # first word -> whole names, longest first
    stems: tuple[tuple[str, int], ...]  # single words that may be glued to another
    collisions: Mapping[str, tuple[tuple[str, ...], ...]]  # first word -> whole phrases that mean something else
    first_words: "FirstWords" = field(default_factory=lambda: FirstWords(), compare=False, repr=False)


class FirstWords(dict[str, bool]):
    """May a name or a collision begin with this word? Kept for each word: nearly all are none."""

    carriers: Carriers | None = None

    def of(self, carriers: Carriers) -> "FirstWords":
        self.carriers = carriers
        return self

    def __missing__(self, word: str) -> bool:
        carriers = self.carriers
        assert carriers is not None
        bare = word.lstrip("#")
        if len(self) >= MAX_MEMO:
            self.clear()
        known = any(name in carriers.starts for name in (word, bare)) or bare in carriers.collisions
        self[word] = known = known or _name_at([word], 0, carriers) is not None
        return known


@dataclass(frozen=True, slots=True)
class Mention:
    """A carrier's name at token `first` to `last`, both included."""

    carrier: int
    first: int
    last: int
    leading: bool  # among the handles a reply opens with


def compile_carriers(
    own: Mapping[str, Any], others: Sequence[Mapping[str, Any]], collisions: Sequence[str], keep: Iterable[str] = ()
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
    return Carriers(
        names=tuple(names),
        handles=frozenset(handles),
        accounts=accounts,
        starts=_by_first(phrases.items()),
        stems=tuple((name[0].lstrip("#"), n) for name, n in phrases.items() if len(name) == 1 and name[0][0] != "@"),
        collisions={
            first: tuple(p for p, _ in found) for first, found in _by_first((_phrase(c), 0) for c in collisions).items()
        },
    )


def relation(tokens: Tokens, post: Post, verdict: Verdict, carriers: Carriers) -> Carrier:
    """Whose network the post is about; of several named ones, the one that fails."""
    if post.author and fold(post.author.split("@")[0]) in carriers.accounts:
        return Carrier(Relation.NONE)
    if post.addressed:
        return Carrier(Relation.OWN, carriers.names[0])
    mentions = find_mentions(tokens, carriers)
    if not mentions:
        return Carrier(Relation.NONE)
    named = {mention.carrier for mention in mentions}
    chosen = named.pop() if len(named) == 1 else _failing(tokens, mentions, verdict)
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
    for stem, carrier in carriers.stems:
        if len(stem) >= 2 and bare != stem and bare.startswith(stem):
            rest = bare[len(stem) :]
            if (
                (word[0] == "#" and len(stem) >= LONG_NAME)
                or rest in GLUED
                or any(rest.startswith(g) for g in GLUED if len(g) > 3)
            ):
                return carrier, 1
    return None


def _collision_end(words: list[str], at: int, carriers: Carriers) -> int:
    """The token after a colliding phrase that begins at `at`, or `at` itself."""
    for phrase in carriers.collisions.get(words[at].lstrip("#"), ()):
        end = at + len(phrase)
        if (words[at].lstrip("#"), *words[at + 1 : end]) == phrase:
            article = len(phrase) > 1 and phrase[0] in ("the", "der", "die", "in", "im", "at")
            if not (article and end < len(words) and words[end] in NETWORKISH):
                return end
    return at


def _failing(tokens: Tokens, mentions: list[Mention], verdict: Verdict) -> int:
    """Of several carriers, the one the trouble is told of: near the evidence, not the one that is said to work."""
    spans = [(span.start, span.end) for span in verdict.evidence]
    best, chosen = -_END, mentions[0].carrier
    for order, mention in enumerate(mentions):
        after = tokens.words[mention.last + 1 : mention.last + 1 + NEAR]
        before = tokens.words[mention.first - 1] if mention.first else ""
        points = 40 if mention.leading else 0
        if spans:
            points -= min(_distance(tokens, mention, span) for span in spans)
        fails = any(word in FAILS for word in after)
        if fails:
            points += 60
        elif any(word in WORKS for word in after[:3]):
            points -= 60
        if before in LEFT and not fails:
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

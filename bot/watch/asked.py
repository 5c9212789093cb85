"""What the words we ask for bring, and which words complaints hold that we do not ask for. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import NamedTuple

from ..classify.language import FUNCTION_WORDS
from ..text import tokenize

PEOPLE = 5  # fewer could be one family
SURE = 3.0  # standard deviations of the log-odds: of a few thousand words tried, chance leaves about three


class Heard(NamedTuple):
    """A stored post, reduced to what counting words needs."""

    text: str
    who: str  # keyed
    own: bool  # about us
    complaint: bool  # on the capacity list


@dataclass(frozen=True, slots=True)
class Term:
    """A word, phrase or hashtag that is asked for."""

    name: str  # as the config has it
    sources: tuple[str, ...]  # that ask for it
    posts: int
    own: int  # of these, about us
    complaints: int  # of those, on the capacity list
    alone: int  # posts that hold none of the others: what would be lost without it


@dataclass(frozen=True, slots=True)
class Proposal:
    """A word that people who complain use more than others do."""

    word: str  # folded
    people: int  # who complained with it
    others: int  # people who used it without complaining
    posts: int
    z: float  # log-odds against the others' words, in standard deviations


def weigh(
    posts: Iterable[Heard], asked: Mapping[str, Iterable[str]], is_place: Callable[[str], bool]
) -> tuple[list[Term], list[Proposal]]:
    """Terms by posts, and proposals by how sure they are. `asked`: each term as the config has it, with its sources."""
    terms = {name: tuple(tokenize(name).words) for name in asked}
    begins: dict[str, list[str]] = defaultdict(list)
    for name, term in terms.items():
        if term:
            begins[term[0]].append(name)
            if len(term) == 1 and term[0][0] not in "#@":
                begins["#" + term[0]].append(name)  # whoever asks for a word gets its hashtag, too
    counts: dict[str, Counter[str]] = {name: Counter() for name in asked}
    complaining: dict[str, set[str]] = defaultdict(set)
    others: dict[str, set[str]] = defaultdict(set)
    volume: Counter[str] = Counter()
    people: tuple[set[str], set[str]] = (set(), set())
    for post in posts:
        words = tokenize(post.text).words
        found = set(_found(words, begins, terms))
        for name in found:
            counts[name].update(posts=1, own=post.own, complaints=post.own and post.complaint, alone=len(found) == 1)
        ours = post.own and post.complaint
        people[0 if ours else 1].add(post.who)
        for word in set(words):
            volume[word] += 1
            (complaining if ours else others)[word].add(post.who)
    known = set(begins) | {word for term in terms.values() for word in term}
    proposals = [
        Proposal(word, len(who), len(others[word]), volume[word], z)
        for word, who in complaining.items()
        if len(who) >= PEOPLE
        and word not in known
        and _tells(word)
        and not is_place(word)
        and (z := _surprise(len(who), len(people[0]), len(others[word]), len(people[1]))) >= SURE
    ]
    listed = [Term(name, tuple(asked[name]), **{key: count[key] for key in _KEYS}) for name, count in counts.items()]
    return (
        sorted(listed, key=lambda term: (-term.posts, term.name)),
        sorted(proposals, key=lambda proposal: (-proposal.z, proposal.word)),
    )


_KEYS = ("posts", "own", "complaints", "alone")


def _found(words: list[str], begins: Mapping[str, list[str]], terms: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for at, word in enumerate(words):
        for name in begins.get(word, ()):
            term = terms[name]
            if len(term) == 1 or tuple(words[at : at + len(term)]) == term:
                yield name


def _tells(word: str) -> bool:
    """A word that could be searched for: no handle, no number, no word of grammar."""
    bare = word.removeprefix("#")
    return len(bare) > 2 and bare.isalpha() and bare != "http" and bare not in FUNCTION_WORDS


def _surprise(a: int, of_a: int, b: int, of_b: int) -> float:
    """How much more often people of the first group use a word, as log-odds over their standard deviation."""
    odds = log((a + 0.5) / (of_a - a + 0.5)) - log((b + 0.5) / (of_b - b + 0.5))
    return odds / sqrt(1 / (a + 0.5) + 1 / (of_a - a + 0.5) + 1 / (b + 0.5) + 1 / (of_b - b + 0.5))

"""Lists of words that decide: who wants no answer, and whom a person must read at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..text import tokenize

FEW = 4  # words: in so short an answer a single "stop" is meant for us; in "I can't stop laughing, o2" it is not


@dataclass(frozen=True, slots=True)
class Listed:
    """Phrases, folded and cut into words. A word that ends in "*" stands for all that begin with it."""

    alone: tuple[tuple[str, ...], ...]  # opting out where the text is hardly anything else
    anywhere: tuple[tuple[str, ...], ...]  # opting out in any text
    grave: tuple[tuple[str, ...], ...]  # emergency, violence, self-harm
    asking: tuple[tuple[str, ...], ...]  # first words of a question

    def opts_out(self, text: str) -> bool:
        words = _words(text)
        return _any(self.anywhere, words) or (len(words) <= FEW and _any(self.alone, words))

    def sensitive(self, text: str) -> bool:
        return _any(self.grave, _words(text))

    def asks(self, text: str) -> bool:
        words = _words(text)
        return "?" in text or any(all(map(_same, phrase, words)) for phrase in self.asking if len(phrase) <= len(words))


def compile_lists(tables: Iterable[dict[str, list[str]]]) -> Listed:
    """From the `words` of all languages' files at once: people answer in whichever they like."""
    every = list(tables)
    return Listed(*(_phrases(every, name) for name in ("opt_out_alone", "opt_out_anywhere", "sensitive", "question")))


def _phrases(tables: Sequence[dict[str, list[str]]], name: str) -> tuple[tuple[str, ...], ...]:
    found = []
    for phrase in (phrase for table in tables for phrase in table[name]):
        words = tokenize(phrase).words
        found.append((*words[:-1], words[-1] + ("*" if phrase.endswith("*") else "")))
    return tuple(found)


def _words(text: str) -> list[str]:
    """Without those it is sent to."""
    return [word for word in tokenize(text).words if not word.startswith("@")]


def _any(phrases: tuple[tuple[str, ...], ...], words: list[str]) -> bool:
    return any(
        all(map(_same, phrase, words[first:])) for phrase in phrases for first in range(len(words) - len(phrase) + 1)
    )


def _same(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted

"""The rules: word patterns that a manager can read and change, and what a text's finds add up to.

    tables (TOML) ─compile_rules─▶ Rules ─judge_text─▶ Verdict

One book of patterns a language. Finds that mean "nothing" blank their words first ("hotline overloaded", "Ball im Netz"), so that
no other rule reads trouble into them. What is left goes to `decide.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ..domain import Cause, Location, Symptom, Verdict
from ..errors import RuleError
from ..text import Tokens, fold
from .builder import Builder
from .cues import AGAINST, SETTINGS, Find, Meaning
from .decide import DOUBT, EDITION, LINE, decide, nothing_found
from .model import Model
from .patterns import Book, Reader, blank


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """One language's rules: three books, since what means "nothing" is searched first, and trouble before the rest."""

    language: str
    reader: Reader
    void: Book
    topical: Book  # trouble, or the words of the field: without any of them there is nothing to judge
    book: Book
    meanings: tuple[Meaning, ...]  # by the rule number a hit carries


@dataclass(frozen=True, slots=True)
class Rules:
    """All that `judge_text` needs, compiled once."""

    languages: Mapping[str, LanguageRules]
    model: Model | None
    handles: frozenset[
        str
    ]  # brands named in the word lists, folded, with "@": kept by scrubbing, since rules look at them
    version: str  # of the rule files, what is made of them, and the model: to re-judge old posts


def compile_rules(tables: Mapping[str, Mapping[str, Any]], model: Model | None = None) -> Rules:
    """Compile parsed rule files, given by file name. Raises RuleError naming file, rule and what is wrong."""
    languages = {}
    for where, table in sorted(tables.items()):
        rules = _compile_language(where, table)
        if rules.language in languages:
            raise RuleError(f"{where}: the language {rules.language!r} has rules in another file already")
        languages[rules.language] = rules
    digest = blake2b(
        repr((EDITION, LINE, DOUBT, sorted((name, repr(table)) for name, table in tables.items()))).encode(),
        digest_size=4,
    ).hexdigest()
    handles = frozenset(
        fold(word)
        for table in tables.values()
        for words in table.get("lists", {}).values()
        for word in words
        if word.startswith("@")
    )
    return Rules(languages, model, handles, f"{digest}+{model.version}" if model else digest)


def judge_text(tokens: Tokens, lang: str, places: Sequence[Location], rules: Rules) -> Verdict:
    """Is this a network complaint, which, and why? A text in no language of ours is tried in all of them."""
    finds = finds_in(tokens, lang, rules)
    if not finds:
        return nothing_found(rules.version)
    return decide(tokens, places, finds, rules.model, rules.version)


def finds_in(tokens: Tokens, lang: str, rules: Rules) -> list[Find]:
    """The finds of one language's rules, or of all where the language is not known."""
    own = rules.languages.get(lang)
    if own is not None:
        return find_all(tokens, own, alone=True)
    return [find for language in rules.languages.values() for find in find_all(tokens, language)]


def find_all(tokens: Tokens, language: LanguageRules, *, topical: bool = True, alone: bool = False) -> list[Find]:
    """Every rule's finds in a text, in the order of the rule file; [] when nothing `topical` can occur.

    `alone`: no other language is asked, so that [] where nothing topical does occur makes no difference.
    """
    possible = language.reader.possible(tokens)
    if topical and not possible & language.topical.own:
        return []
    encoded = language.reader.encode(tokens, possible)
    # All books share lists, words and characters: what one blanks, the others no longer read.
    voids = language.void.find(encoded)
    if voids:
        encoded = blank(encoded, ((hit.first, hit.last) for hit in voids))
    hits = language.topical.find(encoded)
    if topical and alone and not hits:
        return []
    hits = sorted(hits + language.book.find(encoded))
    finds = [Find(language.meanings[hit.rule], hit.first, hit.last) for hit in (*voids, *hits)]
    if topical and not any(find.meaning.key == "setting.mobile" for find in finds):
        return [find for find in finds if not find.meaning.indirect]
    return finds


def _compile_language(where: str, table: Mapping[str, Any]) -> LanguageRules:
    language = table.get("language")
    if not isinstance(language, str) or not language:
        raise RuleError(f'{where}: says no language (language = "de")')
    lists = table.get("lists", {})
    builder = Builder(where, lists, table.get("common", ()))
    meanings: list[Meaning] = []
    names: set[str] = set()
    for number, rule in enumerate(table.get("rule", ())):
        meaning = _meaning(where, number, rule)
        if meaning.name in names:
            raise RuleError(f"{where}: two rules are called {meaning.name!r}")
        names.add(meaning.name)
        meanings.append(meaning)
        for pattern in rule["find"]:
            builder.add(number, meaning.name, pattern)
    if not meanings:
        raise RuleError(f"{where}: holds no [[rule]]")
    reader, (void, topical, book) = builder.build(lambda number: _part(meanings[number]), 3)
    return LanguageRules(language, reader, void, topical, book, tuple(meanings))


def _part(meaning: Meaning) -> int:
    """The book a rule stands in: void, topical, the rest."""
    return 0 if meaning.kind == "nothing" else 1 if meaning.key == "setting.mobile" or _direct(meaning) else 2


def _direct(meaning: Meaning) -> bool:
    return meaning.kind == "symptom" and not meaning.indirect


def _meaning(where: str, number: int, rule: Mapping[str, Any]) -> Meaning:
    name = rule.get("name")
    if not isinstance(name, str) or not name:
        raise RuleError(f"{where}: rule {number + 1} has no name")
    unknown = set(rule) - {"name", "means", "weight", "indirect", "find", "match", "miss"}
    if unknown:
        raise RuleError(f"{where}: rule {name}: unknown key {', '.join(sorted(unknown))}")
    find = rule.get("find")
    if not isinstance(find, list) or not find or not all(isinstance(pattern, str) for pattern in find):
        raise RuleError(f"{where}: rule {name}: 'find' must be a list of patterns")
    kind, _, value = str(rule.get("means", "")).partition(".")
    allowed = {
        "nothing": ("",),
        "aside": ("",),
        "voice": ("", "self"),
        "symptom": (*Symptom, "none"),
        "cause": tuple(Cause),
        "reason": tuple(Cause),
        "against": AGAINST,
        "setting": SETTINGS,
        "severity": ("2", "3", "4"),
    }
    if kind not in allowed or value not in allowed[kind]:
        raise RuleError(f"{where}: rule {name}: means = {rule.get('means')!r} is not known")
    weight = rule.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise RuleError(f"{where}: rule {name}: weight must be a number")
    return Meaning(name, kind, value, float(weight), rule.get("indirect") is True, f"{kind}.{value}" if value else kind)

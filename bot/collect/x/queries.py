"""Search queries for X: packed from a carrier's words, and checked before they are asked.

Rules from X's "Build a query" (read in 2026): at most 512 characters; `lang:`, `is:` and `has:` cannot stand alone; a group
cannot be negated; AND (a space) binds before OR, so that a mix of both without parentheses means something else than it
says.
"""

import re
from collections.abc import Iterable, Sequence

from ...errors import ConfigError

MAX_CHARS = 512  # self-serve access
DEPENDENT = ("lang:", "is:", "has:", "sample:")  # match too much to stand alone

_WORD = re.compile(r"[^\W_]+")
_HANDLE = re.compile(r"@\w{1,15}", re.ASCII)
_TOKEN = re.compile(r'-?(?:\w+:)?"[^"]*"|-?\(|\)|[^\s()"]+')


def pack(
    words: Iterable[str], *, without: Iterable[str] = (), accounts: Iterable[str] = (), languages: Sequence[str] = ()
) -> tuple[str, ...]:
    """As few queries as hold all `words`, in their order: `(o2 OR "o 2" OR #o2) lang:de -is:retweet -"o2 arena" -from:o2de`.

    Handles that cannot be X's (with an instance or a domain) are left out. A phrase that holds a word asked for anyway
    is left out, too. Raises ConfigError naming the word that does not fit.
    """
    terms = _uncovered(dict.fromkeys(term for word in words if (term := _term(word))))
    suffix = "".join(
        [
            _languages(languages),
            " -is:retweet",
            *(f" -{term}" for word in without if (term := _term(word))),
            *(f" -from:{handle[1:]}" for account in accounts if (handle := _handle(account))),
        ]
    )
    queries: list[str] = []
    group: list[str] = []
    for term in terms:
        if group and length(_query([*group, term], suffix)) > MAX_CHARS:
            queries.append(_query(group, suffix))
            group = []
        group.append(term)
    if group:
        queries.append(_query(group, suffix))
    for query in queries:
        validate(query)
    return tuple(queries)


def validate(query: str) -> None:
    """Raises ConfigError saying what X would not accept, or would read in another way than it is written."""
    if length(query) > MAX_CHARS:
        raise _bad(query, f"{length(query)} characters, and X takes {MAX_CHARS}; leave out some words")
    if query.count('"') % 2:
        raise _bad(query, "a quotation mark without its partner")
    tokens = _TOKEN.findall(query)
    alone, rest = _alternatives(query, tokens, 0)
    if rest < len(tokens):
        raise _bad(query, "a closing parenthesis without its partner")
    if not alone:
        raise _bad(query, "lang:, is:, has: and what is left out cannot stand alone; add a word to look for")


def length(query: str) -> int:
    """Characters as the strictest reader counts them: beyond the Basic Multilingual Plane (emoji) as two."""
    return len(query.encode("utf-16-le", "replace")) // 2


def _alternatives(query: str, tokens: list[str], at: int) -> tuple[bool, int]:
    """Read what stands between OR up to a closing parenthesis or the end: (can it stand alone, next token)."""
    branches: list[list[bool]] = [[]]  # one entry a term: can it stand alone
    while at < len(tokens) and tokens[at] != ")":
        term = tokens[at]
        at += 1
        if term == "OR":
            branches.append([])
        elif term == "-(":
            raise _bad(query, "a group cannot be left out; leave out its words one by one")
        elif term == "(":
            alone, at = _alternatives(query, tokens, at)
            if at == len(tokens):
                raise _bad(query, "an opening parenthesis without its partner")
            branches[-1].append(alone)
            at += 1
        elif term in ("AND", "NOT"):
            raise _bad(query, f"X knows no {term}; a space means AND, a leading - means NOT")
        else:
            branches[-1].append(not term.startswith(("-", *DEPENDENT)))
    if not all(branches):
        raise _bad(query, "nothing stands where a word is expected, beside an OR or between parentheses")
    if len(branches) > 1 and any(len(branch) > 1 for branch in branches):
        raise _bad(query, "AND binds before OR; put parentheses around the alternatives")
    return all(any(branch) for branch in branches), at


def _bad(query: str, why: str) -> ConfigError:
    return ConfigError(f"query {query if len(query) <= 60 else query[:57] + '...'!r}: {why}")


def _query(group: Sequence[str], suffix: str) -> str:
    return f"({' OR '.join(group)}){suffix}"


def _languages(languages: Sequence[str]) -> str:
    if len(languages) < 2:
        return "".join(f" lang:{code}" for code in languages)
    return f" ({' OR '.join(f'lang:{code}' for code in languages)})"


def _term(word: str) -> str | None:
    """A word as X wants it: bare, with its # or @, or quoted. None: a handle of another network."""
    word = " ".join(word.split())
    if word.startswith("@"):
        return _handle(word)
    if _WORD.fullmatch(word) and word not in ("OR", "AND", "NOT"):
        return word
    if word.startswith("#") and re.fullmatch(r"#\w+", word):
        return word
    if '"' in word or "\\" in word or not _WORD.search(word):
        raise ConfigError(
            f"word {word!r}: cannot be searched for on X; write it without quotation marks and with a letter"
        )
    return f'"{word}"'


def _handle(account: str) -> str | None:
    handle = "@" + account.lstrip("@")
    return handle if _HANDLE.fullmatch(handle) else None


def _uncovered(terms: Iterable[str]) -> list[str]:
    """Leave out phrases that hold a single word which is asked for anyway: "o2 netz" beside o2."""
    terms = list(terms)
    single = {term.casefold() for term in terms if _WORD.fullmatch(term)}
    return [term for term in terms if term[0] != '"' or single.isdisjoint(_WORD.findall(term.casefold()))]

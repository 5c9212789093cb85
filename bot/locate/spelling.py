"""The ways a name is written: folded, without its qualifier, declined, as an adjective, with a letter missing."""

import re
from collections.abc import Iterator
from functools import lru_cache

from ..text import fold, tokenize

_fold = fold.__wrapped__  # not through the cache: thirty thousand names would push the posts' words out
_ONE_WORD = re.compile(r"[^\W\d_]+")
_QUALIFIER = re.compile(
    r"^(?P<base>.{3,}?)(?: ?[(/,] ?| (?:an|am|im|in|bei|vor|ob|auf|unter|unterm|a\.|i\.|b\.|v\.|o\.) ?)(?P<rest>.+?)\)?$"
)
_HONOUR = re.compile(
    r"^(?:(?:Universitäts- und )?Hansestadt|Lutherstadt|Wissenschaftsstadt|Landeshauptstadt|Reuterstadt) "
)
_DECLINED = re.compile(
    r"^(\w+sch|alt|neu|gross|klein|rot|gruen|weiss|schwarz|unter|ober|hoh|frei|lang|breit|heilig)(?:er|es|e) (\w.*)$"
)
# How German places end. No proof, but a long word that ends so is hardly anything else.
TOPONYM = re.compile(
    r"(?:heim|hausen|stadt|feld|dorf|berg|burg|bach|au|ingen|winkel|heiden|ow|itz|rath|hof|kirchen|tal|wald|see|moor|horst|buettel|stedt|ried|"
    r"ach|brueck|born|loh|rade|husen|haus|eck|lingen|wig|walde|beck|park|markt|platz|werder|ort|kamp|holz|stein|furt|hagen|leben|roda|rode|matt|hain|kirch|moos|weiler|zell|wangen|beuren|hafen|grund|horn|leben|gau|büren|bueren|weier|bronn|brunn|ried|bergen|walde|luch|buch|hude|fleth|ham|lar|mar|kassel|koog|siel|deich|ing)$"
)
SURE_TOPONYM = re.compile(
    r"(?:heim|hausen|dorf|ingen|hagen|buettel|kirchen|rode|roda|leben|stedt|walde|beck|husen|winkel|heiden)$"
)
_STREET = re.compile(r"(str)asse\b")


@lru_cache(maxsize=256)  # the same name is asked for several times in a row while files are read
def folded(name: str) -> str:
    """A name as `text.tokenize` would hand it over, words joined by a space."""
    if _ONE_WORD.fullmatch(name):
        return _fold(name)
    return " ".join(tokenize(name).words)


def spellings(name: str) -> Iterator[str]:
    """Folded: the name, declined forms ("Hackeschen Markt"), the short form of a street ("Hermannstr")."""
    plain = folded(name)
    yield plain
    if " " in plain and (found := _DECLINED.match(plain)):
        yield f"{found[1]}en {found[2]}"
        yield f"{found[1]}em {found[2]}"
    if "strasse" in plain:
        yield _STREET.sub(r"\1", plain)


def bases(name: str) -> Iterator[str]:
    """Folded shorter names of a municipality: "Sulz am Neckar" is also "sulz" and "sulz neckar"."""
    if honour := _HONOUR.match(name):
        name = name[honour.end() :]
        yield folded(name)
    if found := _QUALIFIER.match(name):
        base, rest = folded(found["base"]), folded(found["rest"]).split()
        yield base
        if rest:
            yield f"{base} {rest[-1]}"


def adjectives(base: str) -> Iterator[str]:
    """What a city's people and things are called: "koeln" gives "koelner", "dresden" gives "dresdner"."""
    if base.endswith("e"):
        yield base + "r"
    elif base.endswith("en") and len(base) > 5:
        yield base + "er"
        yield base[:-2] + ("ner" if base[-3] in "dhkt" else "er")
    elif base.endswith("er") and len(base) > 6:
        yield base + "er"
        yield base[:-2] + "raner"
    else:
        yield base + "er"


def shortened(word: str) -> Iterator[str]:
    """The word, and the word with each letter left out once: two words share one of these when one slip parts them."""
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def one_slip(a: str, b: str) -> bool:
    """Whether one letter is missing, added, changed or swapped with its neighbour between `a` and `b`."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]

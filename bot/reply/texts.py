"""Which words: a reply put together from what people wrote in config/texts/replies.*.toml, and measured as the platform does."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from ..domain import PostId, Symptom
from .policy import Platform

Texts = Mapping[str, Any]  # one parsed file
SHOWN_LINK = 30  # characters of a link that readers see, about
LINK_CHARS = 23  # of any link, at X and Mastodon
MENTION_CHARS = 32  # kept free at Mastodon: "@" and a handle without its domain, of 30, and a space
SHOWN_TO = {Platform.MASTODON: 500, Platform.BLUESKY: 300, Platform.X: 280}  # Mastodon's is each instance's to change

_LINK = re.compile(r"https?://\S+")
_DOMAIN = re.compile(r"(@\w+)@[\w.-]+\w")
_ADDRESS = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
# Weighted length of X: github.com/twitter/twitter-text, config v3. All else counts twice.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reply is about."""

    platform: Platform
    symptom: Symptom | None  # the main one; None: not said
    missing: tuple[str, ...]  # as `hints.wanting` tells: city, district, postcode
    known: str = ""  # the place of a fault that a person confirmed; "": none
    link: str = ""  # to the form; "": none. Never shown at X: a post with a link costs ten times as much
    formal: bool = True
    mastodon_limit: int = SHOWN_TO[Platform.MASTODON]


def write(wanted: Wanted, texts: Texts, to: PostId) -> str:
    """The reply: always the same for a post, different for different ones. The opening goes first where it is too long."""
    room = limit(wanted.platform, wanted.mastodon_limit)
    last = ""
    for parts in _candidates(wanted, texts["reply"], to):
        last = _joined([_filled(part, wanted) for part in parts], wanted.platform, texts["reply"])
        if room is None or measure(last, wanted.platform) <= room:
            return last
    return last


def limit(platform: Platform, mastodon_limit: int = SHOWN_TO[Platform.MASTODON]) -> int | None:
    """How long a reply may be, as `measure` counts; None: as long as it likes."""
    return mastodon_limit - MENTION_CHARS if platform is Platform.MASTODON else SHOWN_TO.get(platform)


def measure(text: str, platform: Platform) -> int:
    """Length as the platform counts it; rather too much than too little where emoji are joined."""
    text = unicodedata.normalize("NFC", text)
    if platform is Platform.X:
        bare, links = _LINK.subn("", text)
        return links * LINK_CHARS + sum(1 if any(a <= ord(c) <= b for a, b in _LIGHT) else 2 for c in bare)
    if platform is Platform.MASTODON:
        text = _DOMAIN.sub(r"\1", _LINK.sub("x" * LINK_CHARS, text))
    if platform is Platform.BLUESKY:
        text = _LINK.sub(lambda found: shown_link(found[0]), text)
    return sum(not unicodedata.category(c).startswith("M") for c in text)  # a mark belongs to the letter before it


def shown_link(link: str) -> str:
    """A link as it stands in a text at Bluesky: whole it is in the facet, which does not count."""
    parts = urlsplit(link)
    return parts.netloc + parts.path.rstrip("/")


def shown_text(text: str, platform: Platform) -> str:
    """A text as its readers will see it there: links shortened, handles without their server."""
    if platform is Platform.MASTODON:
        text = _DOMAIN.sub(r"\1", text)
    return text if platform is Platform.MAIL else _LINK.sub(lambda found: _shortened(found[0]), text)


def _shortened(link: str) -> str:
    shown = shown_link(link)
    return shown if len(shown) <= SHOWN_LINK else shown[: SHOWN_LINK - 1] + "…"


def problems(text: str, platform: Platform, texts: Texts, mastodon_limit: int) -> list[tuple[str, str]]:
    """What is wrong with a text that a person changed, as (long, lacks, link or says; the word); empty: nothing."""
    folded = text.casefold()
    room, length = limit(platform, mastodon_limit), measure(text, platform)
    found = [("long", f"{length}/{room}")] if room is not None and length > room else []
    found += [("lacks", word) for word in texts["must"] if word not in folded]
    if platform is Platform.X and _LINK.search(text):
        found.append(("link", ""))
    return found + [("says", word) for word in texts["never"] if word in folded]


def complaints(text: str, platform: Platform, texts: Texts, mastodon_limit: int) -> list[str]:
    """The same for the command line, one line each."""
    said = {
        "long": "too long: {}",
        "lacks": "lacks “{}…”: who wrote it, and how to opt out",
        "link": "a link, at X",
        "says": "says “{}”",
    }
    return [
        said[kind].format(word.replace("/", " of ") if kind == "long" else word)
        for kind, word in problems(text, platform, texts, mastodon_limit)
    ]


def _candidates(wanted: Wanted, reply: Texts, to: PostId) -> Iterator[Sequence[str]]:
    """All ways to say it, the one drawn for this post first."""
    seed = "\x1f".join(to)

    def drawn(key: str, variants: Sequence[str]) -> list[str]:
        first = int.from_bytes(sha256(f"{seed}\x1f{key}".encode("utf-8", "replace")).digest()[:4]) % len(variants)
        return [*variants[first:], *variants[:first]]

    openings = drawn("opening", reply["opening"][wanted.symptom or "none"])
    case = "place" if "city" in wanted.missing else "part" if wanted.missing else "nothing"
    known = drawn("known", reply["known"]["fault"]) if wanted.known else [""]
    asks = drawn("ask", reply["ask"][case])
    link = drawn("link", reply["link"])[0] if wanted.link and wanted.platform is not Platform.X else ""
    sign = drawn("sign", reply["sign"])[0]
    for first in (openings, [""]):
        yield from ((*parts, link, sign) for parts in product(first, known, asks))
    yield from (("", "", ask, "", sign) for ask in asks)


def _filled(part: str, wanted: Wanted) -> str:
    chosen = _ADDRESS.sub(r"\1" if wanted.formal else r"\2", part)
    return chosen.format(place=wanted.known, link=wanted.link)


def _joined(parts: Sequence[str], platform: Platform, reply: Texts) -> str:
    said = [part for part in parts if part]
    if platform is Platform.MAIL:
        return "\n\n".join((reply["greeting"], " ".join(said[:-1]), reply["closing"], said[-1]))
    return " ".join(said)

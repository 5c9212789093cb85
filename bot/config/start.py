"""A new carrier's config from a few answers: the shipped one with its comments, and other values."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import tomlkit

from ..text import fold

_OWN = ("name", "words", "handles", "accounts", "brands")  # what a carrier and its competitors both say of themselves
_PATHS = re.compile(r"(?<=[/-])o2-(?:de|uk)\b")


@dataclass(frozen=True, slots=True)
class Answers:
    name: str  # of the carrier
    country: str  # two letters, ISO 3166
    time_zone: str
    languages: tuple[str, ...]  # of the digest, the first one is the mail's
    contact: str  # mail address or page where the platforms' admins reach us
    words: tuple[str, ...] = ()  # what people call the carrier; unused where the template knows it
    handles: tuple[str, ...] = ()  # its accounts, "@name"


def write_config(template: str, answers: Answers) -> str:
    """The TOML of `template` for another carrier. One that the template lists among the others changes places with its own.

    Comments stay. What is certain to be wrong for another carrier (collisions, brands, its country's feeds) is emptied.
    """
    config: Any = tomlkit.parse(template)
    carrier, others = config["carrier"], config["others"]
    asked = {word.removeprefix("#") for word in (*carrier["words"], *carrier["brands"])}  # of the carrier that goes
    known = next((other for other in others if fold(other["name"]) == fold(answers.name)), None)
    if fold(carrier["name"]) != fold(answers.name):
        before = {key: carrier[key] for key in _OWN if key in carrier}
        new = dict(known) if known else _named(answers)
        for key in _OWN:
            _set(carrier, key, new.get(key, () if key != "name" else answers.name))
        _set(carrier, "collisions", ())
        if known is not None:
            others.remove(known)
        if answers.country in carrier["countries"]:
            others.insert(0, _table({key: value for key, value in before.items() if key != "brands"}))
        else:
            others.clear()
    if answers.country != carrier["countries"][0]:
        _set(carrier, "countries", (answers.country,))
    carrier["time_zone"] = answers.time_zone
    _set(config["digest"], "languages", answers.languages)
    _sources(config, answers, asked)
    short = re.sub(r"[^a-z0-9]+", "-", fold(answers.name)).strip("-") + f"-{answers.country}"
    text = _PATHS.sub(short, tomlkit.dumps(config))
    return text.replace(
        '# contact = "social@carrier.example"', f"contact = {tomlkit.string(answers.contact).as_string()}", 1
    )


def _named(answers: Answers) -> dict[str, Any]:
    """How a carrier that the template does not know is called: by its name, and what the admin added."""
    name = answers.name.lower()
    tags = ["#" + re.sub(r"\W", "", name)]
    return {
        "name": answers.name,
        "words": tuple(dict.fromkeys((name, *answers.words, *tags))),
        "handles": answers.handles,
        "accounts": tuple(handle.removeprefix("@") for handle in answers.handles),
    }


def _sources(config: Any, answers: Answers, asked: Collection[str]) -> None:
    """Hashtags of the carrier instead of those it was `asked` for before; the others ("funkloch") speak of any."""
    own = [word.removeprefix("#") for word in config["carrier"]["words"] if word.startswith("#")]
    for source in config["sources"]:
        if source["kind"] == "mastodon":
            general = [tag for tag in source["hashtags"] if tag not in asked]
            _set(source, "hashtags", tuple(dict.fromkeys((*own, *general))))
        if source["kind"] == "bluesky":
            _set(source, "languages", tuple(answers.languages[:1]))


def _set(table: Any, key: str, value: Any) -> None:
    """Replace a value and keep the comment behind it."""
    if isinstance(value, tuple | list):
        items = tomlkit.array()
        items.extend(list(value))
        value = items
    if key in table:
        before = table[key].trivia
        table[key] = value
        table[key].trivia.comment_ws, table[key].trivia.comment = before.comment_ws, before.comment
    elif value:
        table[key] = value


def _table(values: dict[str, Any]) -> Any:
    table = tomlkit.table()
    for key, value in values.items():
        table[key] = value
    return table

"""Every setting as a table for docs/configuration.md: key, default and what `config/o2-de.toml` says of it."""

import re
import tomllib
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bot.config.settings import Settings

TEMPLATE = Path(__file__).resolve().parent.parent / "config" / "o2-de.toml"
_KEY = re.compile(r"^#? ?(\w+) = (.+)$")
_SECTION = re.compile(r"^#? ?\[+(\w+)\]+")
_KIND = re.compile(r'^#? ?kind = "(\w+)"')


def tables() -> Iterator[str]:
    """The whole reference as Markdown, one table a section of the config."""
    said = comments(TEMPLATE.read_text(encoding="utf-8"))
    yield from _table("The top of the file", Settings, said, ("",), skip=_sections())
    for key, models in _sections().items():
        for model in models:
            kind = _kind_of(model)
            title = f'`[[{key}]]` with `kind = "{kind}"`' if kind else f"`[{key}]`"
            yield from _table(
                title, model, said, (f"{key}.{kind}" if kind else key, "carrier" if key == "others" else key)
            )


def comments(text: str) -> dict[tuple[str, str], str]:
    """What stands behind a key, or in the lines above it: (section, key) → words. Commented-out keys count."""
    said: dict[tuple[str, str], str] = {}
    section, above = "", ""
    for line in text.splitlines():
        if (head := _SECTION.match(line)) and "=" not in line.split("]")[0]:
            section, above = head[1], ""
        elif kind := _KIND.match(line):
            section = f"{section.partition('.')[0]}.{kind[1]}"
        elif (key := _KEY.match(line)) and _is_toml(line):
            _, _, behind = _without_strings(key[2]).partition("#")
            words = key[2][len(key[2]) - len(behind) :].strip() if behind else above
            said.setdefault((section, key[1]), words.strip())
            above = ""
        else:
            above = f"{above} {line.lstrip('# ')}".strip() if line.startswith("#") else ""
    return said


def _table(
    title: str, model: type[BaseModel], said: dict[tuple[str, str], str], where: tuple[str, ...], skip: Any = ()
) -> Iterator[str]:
    rows = [
        f"| `{key}` | {_default(field.get_default(call_default_factory=True))} | {_words(said, where, key)} |"
        for key, field in model.model_fields.items()
        if key not in skip and key != "kind"
    ]
    if rows:
        yield from (f"## {title}", "", "| key | default | |", "| --- | --- | --- |", *rows, "")


def _words(said: dict[tuple[str, str], str], where: tuple[str, ...], key: str) -> str:
    found = [said[section, key] for section in where if (section, key) in said]
    if not found and key in ("contact", "expected_every") and "sources" in where[0]:
        found = [said["sources.mastodon", key]]
    return next((words for words in found if words), "").replace("|", "\\|")


def _sections() -> dict[str, list[type[BaseModel]]]:
    """Keys of the file that are tables of their own, with the model or models of each."""
    found = {key: list(_models(field.annotation)) for key, field in Settings.model_fields.items()}
    return {key: models for key, models in found.items() if models}


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    else:
        for part in get_args(kind):
            yield from _models(part)


def _kind_of(model: type[BaseModel]) -> str:
    kind = model.model_fields.get("kind")
    return str(get_args(kind.annotation)[0]) if kind else ""


def _default(value: Any) -> str:
    match value:
        case _ if value is PydanticUndefined:
            return "needed"
        case None:
            return "unset"
        case timedelta():
            seconds = int(value.total_seconds())
            unit, size = next((u, s) for u, s in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % s == 0)
            return f'`"{seconds // size}{unit}"`'
        case time():
            return f'`"{value:%H:%M}"`'
        case bool():
            return f"`{str(value).lower()}`"
        case tuple() | dict() if not value:
            return "empty"
        case tuple():
            return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
        case BaseModel() | dict():
            return "as shown there"
        case str():
            return f'`"{value}"`'
    return f"`{value}`"


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line.lstrip("# "))
    except tomllib.TOMLDecodeError:
        return line.rstrip().endswith("[")  # the first line of a list
    return True


def _without_strings(text: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', lambda found: "x" * len(found[0]), text)

"""Both languages say the same things, and every page's words are there."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from bot.config.load import shipped
from bot.web.base.room import WEB
from bot.web.desk.call import SAID


def keys(table: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict) and not value.keys() <= {"one", "other"}:
            yield from keys(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def words(lang: str) -> set[str]:
    return set(keys(tomllib.loads(shipped("texts", f"desk.{lang}.toml").read_text(encoding="utf-8"))["desk"]))


def test_both_languages_say_the_same_things() -> None:
    assert words("de") == words("en")


def test_every_word_that_a_page_asks_for_is_there() -> None:
    files = [*(WEB / "desk").rglob("*.html"), *(WEB / "desk").rglob("*.py")]
    asked = {key for file in files for key in re.findall(r'say\("([a-z_.]+)"[,)]', file.read_text(encoding="utf-8"))}
    assert {key for key in asked if not key.startswith("digest.")} - words("de") == set()
    assert {f"said.{name}" for name in SAID} <= words("de")

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.config.load import read_toml, shipped
from bot.domain import Symptom
from tests.digest.factories import words

LANGUAGES = ["de", "en"]


def leaves(table: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": str(value)}
    return found


def test_every_language_has_the_same_words_with_the_same_blanks() -> None:
    german, english = (leaves(read_toml(shipped("texts", f"{language}.toml"))) for language in LANGUAGES)
    assert german.keys() == english.keys()
    for key, text in german.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_symptom_has_a_name(language: str) -> None:
    assert all(words(language).say(f"symptom.{symptom}") for symptom in Symptom)


@pytest.mark.parametrize(
    ("value", "digits", "sign", "german", "english"),
    [
        (1234567, 0, False, "1.234.567", "1,234,567"),
        (12.34, 1, False, "12,3", "12.3"),
        (-3, 0, True, "−3", "−3"),
        (3, 0, True, "+3", "+3"),
        (-0.4, 0, True, "0", "0"),
        (0, 0, True, "0", "0"),
    ],
)
def test_numbers_are_written_as_in_the_language(
    value: float, digits: int, sign: bool, german: str, english: str
) -> None:
    assert words("de").number(value, digits, sign) == german
    assert words("en").number(value, digits, sign) == english


def test_dates_shares_and_plurals_are_written_as_in_the_language() -> None:
    german, english = words("de"), words("en")
    assert german.date(date(2026, 3, 2), "long_date") == "Montag, 2. März 2026"
    assert english.date(date(2026, 3, 2), "long_date") == "Monday, 2 March 2026"
    assert german.date(datetime(2026, 10, 2, 7, 5, tzinfo=UTC), "moment") == "2.\u00a0Okt., 07:05\u00a0Uhr"
    assert (german.percent(0.625), english.percent(0.625)) == ("62\u00a0%", "62%")
    assert [english.say("digest.customers", n) for n in (0, 1, 1000)] == [
        "0 customers",
        "1 customer",
        "1,000 customers",
    ]
    assert german.say("digest.customers", 1) == "1 Kunde"
    assert english.listing(["a", "b", "c"]) == "a, b and c"
    assert german.quote('sagt "nein" zu {allem}') == "„sagt 'nein' zu {allem}“"

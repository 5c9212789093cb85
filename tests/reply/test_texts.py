"""Every text on every platform: within its limit, honest about what it is, promising nothing."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import PostId, Symptom
from bot.reply.policy import Platform
from bot.reply.texts import Wanted, complaints, limit, measure, write
from tests.reply.test_policy import TEXTS

LONG = "Frankfurt am Main, Sachsenhausen-Nord"
LINK = "https://netz.carrier.example/melden?" + "x" * 300
MISSING = (("city", "district", "postcode"), ("district", "postcode"), ())
CITY = re.compile(r"\b(stadt|ort|city|place)\b", re.IGNORECASE)
PART = re.compile(r"stadtteil|plz|district|postcode", re.IGNORECASE)


def drawn(wanted: Wanted, lang: str, count: int = 60) -> set[str]:
    """So many posts that practically every variant comes up."""
    return {write(wanted, TEXTS[lang], PostId("mastodon", str(number))) for number in range(count)}


@pytest.mark.parametrize(("lang", "platform", "formal"), list(product(TEXTS, Platform, (True, False))))
def test_every_text_fits_says_what_it_is_and_promises_nothing(lang: str, platform: Platform, formal: bool) -> None:
    room = limit(platform)
    for symptom, missing, known in product([None, *Symptom], MISSING, ("", LONG)):
        wanted = Wanted(platform, symptom, missing, known, LINK, formal)
        for text in drawn(wanted, lang, 12):
            assert room is None or measure(text, platform) <= room
            assert complaints(text, platform, TEXTS[lang], 500) == []
            assert ("https://" in text) == (platform is not Platform.X)
            assert (known in text) if known else "fault in" not in text
            assert not re.search(r"[{}|]", text)
            asked = text.replace(known, "") if known else text
            assert bool(CITY.search(asked.split("(Auto")[0])) >= bool("city" in missing)
            assert bool(PART.search(asked)) == bool(missing)


def test_the_place_is_asked_for_only_where_it_is_missing() -> None:
    for lang in TEXTS:
        asks = TEXTS[lang]["reply"]["ask"]
        assert all(CITY.search(ask) and PART.search(ask) for ask in asks["place"])
        assert all(PART.search(ask) and not CITY.search(ask) for ask in asks["part"])
        assert not any(PART.search(ask) or CITY.search(ask) for ask in asks["nothing"])


def test_each_case_has_six_variants_in_both_languages() -> None:
    def shape(table: object) -> object:
        if isinstance(table, dict):
            return {name: shape(part) for name, part in table.items() if name not in ("words", "never")}
        return len(table) if isinstance(table, list) else ""

    assert shape(TEXTS["de"]) == shape(TEXTS["en"])
    for reply in (texts["reply"] for texts in TEXTS.values()):
        cases = [
            *reply["opening"].values(),
            *reply["known"].values(),
            *reply["ask"].values(),
            reply["link"],
            reply["sign"],
        ]
        assert all(len(case) == len(set(case)) == 6 for case in cases)


def test_a_post_always_gets_the_same_words_and_others_get_others() -> None:
    wanted = Wanted(Platform.MASTODON, Symptom.NO_SERVICE, ("city",))
    one = PostId("mastodon", "7")
    assert write(wanted, TEXTS["de"], one) == write(wanted, TEXTS["de"], one)
    assert len(drawn(wanted, "de")) > 20


def test_the_formal_and_the_informal_address() -> None:
    wanted = Wanted(Platform.MASTODON, Symptom.NO_SERVICE, ("city",))
    formal, informal = (
        drawn(wanted, "de"),
        drawn(Wanted(Platform.MASTODON, Symptom.NO_SERVICE, ("city",), formal=False), "de"),
    )
    assert any(" Sie " in text for text in formal)
    assert not any(re.search(r"\b(Sie|Ihren?|Ihnen)\b", text) for text in informal)
    assert not any(re.search(r"\b([Dd]u|[Dd]einen?|[Dd]ir)\b", text) for text in formal)


@pytest.mark.parametrize(
    ("text", "platform", "length"),
    [
        ("abc", Platform.X, 3),
        ("日本 🙂", Platform.X, 7),
        ("„ä“", Platform.X, 3),
        ("siehe https://example.org/" + "x" * 99, Platform.X, 6 + 23),
        ("@kim@chaos.social https://example.org/" + "x" * 99, Platform.MASTODON, 4 + 1 + 23),
        ("siehe https://example.org/melden?" + "x" * 99, Platform.BLUESKY, 6 + 18),
        ("a\u0308e\u0301", Platform.BLUESKY, 2),
    ],
)
def test_length_is_counted_as_the_platform_counts(text: str, platform: Platform, length: int) -> None:
    assert measure(text, platform) == length


@given(st.text(), st.sampled_from(Platform))
def test_no_text_is_too_odd_to_measure(text: str, platform: Platform) -> None:
    assert 0 <= measure(text, platform) <= 2 * len(text) + 23 * text.count("http") + 46


@pytest.mark.parametrize(
    ("text", "platform", "found"),
    [
        ("Automatisch. Stopp genügt.", Platform.X, []),
        ("Das ist ein Einzelfall. Automatisch, Stopp.", Platform.X, ["says “einzelfall”"]),
        ("Automatisch, Stopp: https://example.org", Platform.X, ["a link, at X"]),
        ("Automatisch, Stopp. " + "x" * 300, Platform.BLUESKY, ["too long: 320 of 300"]),
        ("Stopp", Platform.MAIL, ["lacks “automatis…”: who wrote it, and how to opt out"]),
    ],
)
def test_what_a_person_changed_is_looked_at(text: str, platform: Platform, found: list[str]) -> None:
    assert complaints(text, platform, TEXTS["de"], 500) == found

"""What a reply's link fills into the form, and that nobody else can."""

import hashlib
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Symptom
from bot.reply.link import NAMES, Prefilled, form_link, read_link
from tests.factories import location

LAST = date(2026, 4, 1)


def sign(query: str) -> str:
    return hashlib.blake2b(query.encode(), key=b"k", digest_size=16).hexdigest()


def made(**changes: str) -> dict[str, str]:
    place = location("Köln", district="Deutz")
    link = form_link(
        "https://netz.example/melden", sign, 12, lang="de", symptoms=(Symptom.NO_SERVICE,), place=place, until=LAST
    )
    assert link.startswith("https://netz.example/melden?")
    return dict(parse_qsl(urlsplit(link).query)) | changes


def test_the_form_reads_what_the_reply_knew() -> None:
    assert read_link(made(), sign, today=LAST) == Prefilled(12, "de", (Symptom.NO_SERVICE,), "Köln", "Deutz", "")


def test_what_others_add_on_the_way_does_not_matter() -> None:
    assert read_link(made(utm_source="app", fbclid="1"), sign, today=LAST) is not None


@pytest.mark.parametrize("name", [*NAMES, "sig"])
def test_a_changed_link_fills_in_nothing(name: str) -> None:
    assert read_link(made(**{name: "9"}), sign, today=LAST) is None


def test_after_its_last_day_a_link_fills_in_nothing() -> None:
    assert read_link(made(), sign, today=date(2026, 4, 2)) is None


def test_it_says_nothing_of_the_post_and_its_author() -> None:
    assert made().keys() == {"was", "ort", "teil", "nr", "lang", "bis", "sig"}


def test_without_a_form_there_is_no_link() -> None:
    assert form_link("", sign, 1, lang="de", symptoms=(), place=None, until=LAST) == ""


@given(st.dictionaries(st.sampled_from([*NAMES, "sig"]), st.text()))
def test_no_query_however_odd_upsets_the_form(params: dict[str, str]) -> None:
    assert read_link(params, sign, today=LAST) is None

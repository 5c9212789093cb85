from typing import Any

import pytest

from bot.domain import Symptom, Technology
from bot.locate.gazetteer import Gazetteer, Postcode
from bot.reports.form import Filing, Mistakes, Setting, read_form, why_wait
from bot.reports.places import Places

PLACES = Places(Gazetteer(postcodes={"22765": Postcode(53.5, 9.9, "Hamburg", "Altona", "Hamburg")}))


def read(contact: bool = True, **fields: str | list[str]) -> Filing | Mistakes:
    usual: dict[str, Any] = {"ort": "22765", "was": "data_stall"}
    given = {name: value if isinstance(value, list) else [value] for name, value in (usual | fields).items()}
    return read_form(given, PLACES, "de", contact=contact)


def filing(**fields: str | list[str]) -> Filing:
    found = read(**fields)
    assert isinstance(found, Filing)
    return found


def test_two_answers_are_enough() -> None:
    found = filing()
    assert (found.symptoms, found.spot.city, found.setting) == ((Symptom.DATA_STALL,), "Hamburg", None)


def test_all_answers_are_taken_and_what_is_no_answer_is_left_out() -> None:
    found = filing(was=["sms_delay", "slow_data", "magic"], wo="train", technik="5G", seit="yesterday", wann=["night"])
    assert found.symptoms == (Symptom.SLOW_DATA, Symptom.SMS_DELAY)
    assert (found.setting, found.technology, found.since) == (Setting.TRAIN, Technology.G5, None)
    assert found.times == ("night",)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"was": []}, {"was": "none"}),
        ({"ort": ""}, {"ort": "missing"}),
        ({"ort": "Atlantis"}, {"ort": "unknown"}),
        ({"text": "x" * 1001}, {"text": "long"}),
        ({"mail": "kim(at)example"}, {"mail": "no_mail"}),
        ({"mail": "kim@example.org"}, {"mail": "no_consent"}),
        ({"was": [], "ort": ""}, {"was": "none", "ort": "missing"}),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_question(fields: Any, wrong: Any) -> None:
    found = read(**fields)
    assert isinstance(found, Mistakes)
    assert found.fields == wrong


def test_persons_in_the_words_are_masked_and_links_lead_nowhere() -> None:
    found = filing(
        text="Ruft 0171 2345678 an oder kim@example.org, Bilder auf https://spam.example/x", geraet="Pixel 9\x00"
    )
    assert "2345678" not in found.words
    assert "kim@" not in found.words
    assert "spam.example" not in found.words
    assert "[Link]" in found.words
    assert found.phone == "Pixel 9"


def test_an_address_is_taken_with_consent_only_and_where_one_is_asked_for() -> None:
    assert filing(mail="Kim@Example.org", einwilligung="ja").contact == "kim@example.org"
    found = read(contact=False, mail="kim@example.org", einwilligung="ja")
    assert isinstance(found, Filing)
    assert found.contact == ""


def test_what_may_be_a_program_waits_for_a_person() -> None:
    assert why_wait(filing(), worked=True) is None
    assert why_wait(filing(), worked=False) == "no_work"
    assert why_wait(filing(text="www.spam.example"), worked=True) == "links"
    assert why_wait(filing(website="x"), worked=True) == "trap"

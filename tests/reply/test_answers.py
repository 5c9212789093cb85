"""What is made of what people say to our replies."""

import pytest

from bot.analyse import Judge, analyse
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.jobs.drafting import load_texts
from bot.reply.answers import Answer, Kind, Where, read_answer
from bot.reply.words import compile_lists
from tests.factories import post

LISTED = compile_lists(texts["words"] for texts in load_texts().values())
NOWHERE, HAMBURG = Where(), Where("Hamburg")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")))


def read(judge: Judge, text: str, known: Where = NOWHERE) -> Answer:
    return read_answer(analyse(post(text, addressed=True), judge), known, LISTED, judge.gazetteer)


@pytest.mark.parametrize(
    ("text", "kind", "needs"),
    [
        ("@brennpunkt Stopp!", Kind.STOP, False),
        ("please stop replying", Kind.STOP, False),
        ("Danke euch!", Kind.THANKS, False),
        ("Thank you so much", Kind.THANKS, False),
        ("Ihr Idioten, Saftladen", Kind.INSULT, False),
        ("@brennpunkt Wann wird das repariert?", Kind.QUESTION, True),
        ("wie lange dauert das noch", Kind.QUESTION, True),
        ("When will it work again", Kind.QUESTION, True),
        ("Meine Mutter kann den Notarzt nicht rufen!", Kind.SENSITIVE, True),
        ("Seit gestern Abend, drinnen und draußen", Kind.OTHER, True),
        ("@brennpunkt 22765", Kind.PLACE, False),
        ("Hamburg-Altona", Kind.PLACE, False),
    ],
)
def test_what_an_answer_is_and_whether_a_person_must_read_it(judge: Judge, text: str, kind: Kind, needs: bool) -> None:
    answer = read(judge, text)
    assert (answer.kind, answer.needs) == (kind, needs)


@pytest.mark.parametrize(
    ("text", "known", "city", "district", "postcode"),
    [
        ("@brennpunkt 22765", NOWHERE, "Hamburg", None, "22765"),
        ("22765 Hamburg", NOWHERE, "Hamburg", None, "22765"),
        ("In Hamburg-Altona, seit gestern", NOWHERE, "Hamburg", "Altona", None),
        ("Mitte", Where("Berlin"), "Berlin", "Mitte", None),
        ("Altona, 22765", HAMBURG, "Hamburg", "Altona", "22765"),
        ("22765", Where("Hamburg", "Altona"), "Hamburg", "Altona", "22765"),
        ("Köln-Deutz. Wann geht es wieder?", NOWHERE, "Köln", "Deutz", None),
    ],
)
def test_a_place_that_is_told_completes_what_was_known(
    judge: Judge, text: str, known: Where, city: str, district: str | None, postcode: str | None
) -> None:
    place = read(judge, text, known).place
    assert place
    assert (place.city, place.district, place.postcode) == (city, district, postcode)


@pytest.mark.parametrize(
    ("text", "known"),
    [("In Köln-Deutz", HAMBURG), ("Altona", Where("Hamburg", "Bergedorf")), ("20095", Where("Hamburg", None, "22765"))],
)
def test_a_place_that_contradicts_what_is_known_goes_to_a_person(judge: Judge, text: str, known: Where) -> None:
    answer = read(judge, text, known)
    assert (answer.kind, answer.needs, answer.place) == (Kind.PLACE, True, None)


def test_what_was_known_already_adds_nothing(judge: Judge) -> None:
    answer = read(judge, "Altona", Where("Hamburg", "Altona"))
    assert (answer.kind, answer.needs, answer.place) == (Kind.PLACE, False, None)


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_kind_has_words_for_people(lang: str) -> None:
    assert set(load_texts()[lang]["answers"]) == set(Kind)

from typing import Any

import pytest

from bot.digest.quotes import QUOTES, choose
from bot.domain import Band, Said, Symptom
from bot.jobs.publishing import load_grounds

GROUNDS = load_grounds()
STALL, SLOW, NONE = Symptom.DATA_STALL, Symptom.SLOW_DATA, Symptom.NO_SERVICE


def said(text: str = "Am Neumarkt kein Netz bei o2, seit Stunden", **changes: Any) -> Said:
    usual: dict[str, Any] = {"city": "Köln", "symptoms": (NONE,), "band": Band.A, "score": 0.9}
    usual["evidence"] = (("kein Netz", "kein-netz"),)
    return Said(text, **{**usual, **changes})


def test_a_quote_has_no_links_and_no_masked_names() -> None:
    (quote,) = choose([said("@o2de &amp; @•••••: kein Netz am Neumarkt https://example.org/x")], GROUNDS)
    assert (quote.text, quote.symptoms[0]) == ("@o2de & : kein Netz am Neumarkt", NONE)


@pytest.mark.parametrize(
    "poor",
    [
        said("kein Netz"),
        said(band=Band.B, score=0.6),
        said(symptoms=(STALL,)),
        said(evidence=(("immer dasselbe hier", "fachwort-neben-ärger"),)),
        said(evidence=(("wieder weg", "netz-weg"),)),
        said("Kein Netz in der Warteschleife, die Hotline legt auf"),
        said(symptoms=()),
    ],
    ids=["short", "unsure", "other trouble shown", "no trouble named", "not of the network", "hotline", "no trouble"],
)
def test_what_does_not_speak_for_itself_is_not_quoted(poor: Said) -> None:
    assert choose([poor], GROUNDS) == ()


def test_where_a_speed_is_named_data_do_flow() -> None:
    both = said(
        "Datenverbindung im Schneckentempo, volle Balken, nichts lädt",
        symptoms=(STALL, SLOW),
        evidence=(
            ("volle Balken, nichts lädt", "volle-balken-nichts-geht"),
            ("Datenverbindung im Schneckentempo", "internet-lahm"),
        ),
    )
    (quote,) = choose([both], GROUNDS)
    assert quote.symptoms == (SLOW, STALL)


def test_each_trouble_is_quoted_before_any_is_quoted_twice() -> None:
    many = [said(f"Kein Netz am Neumarkt in Köln, zum {n}. Mal") for n in range(9)]
    stall = said(
        "Internet geht nicht am Dom, volle Balken",
        symptoms=(STALL,),
        evidence=(("Internet geht nicht", "internet-geht-nicht"),),
    )
    quotes = choose([*many, stall], GROUNDS)
    assert [quote.symptoms[0] for quote in quotes] == [NONE, STALL, NONE, NONE, NONE]
    assert len(quotes) == QUOTES


def test_every_rule_that_shows_a_symptom_is_known() -> None:
    assert GROUNDS.rules["kein-netz"] == (NONE, 3.0)
    assert GROUNDS.rules["no-signal"][0] is NONE

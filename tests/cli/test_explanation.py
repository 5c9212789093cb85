import io

from rich.console import Console

from bot.cli.explanation import show
from bot.domain import Band, Doubt, Span
from tests.factories import analysis, location, verdict


def shown(**changes: object) -> str:
    out = io.StringIO()
    show(analysis("Kein Netz in Köln\x1b[31m, o2?", **changes), Console(file=out, width=120, highlight=False))
    return out.getvalue()


def test_an_explanation_names_band_words_place_and_what_follows() -> None:
    said = verdict(evidence=(Span(0, 9, "Kein Netz", "no-signal"),), against=(Span(20, 24, "o2?", "question"),))
    text = shown(verdict=said, places=(location("Köln"),))
    for part in (
        "A capacity likely",
        "ours (o2)",
        "“Kein Netz”",
        "no-signal",
        "against",
        "question",
        "Köln",
        "capacity list",
    ):
        assert part in text
    assert "in doubt" not in text


def test_it_says_why_a_person_should_look() -> None:
    text = shown(verdict=verdict(band=Band.B, doubt=Doubt("near the line", 0.12)))
    assert "near the line (0.12 from it): goes to review" in text


def test_a_post_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in shown()

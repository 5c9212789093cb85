import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.classify.language import language
from bot.text import prepare, tokenize


@pytest.mark.parametrize(
    ("text", "claimed", "expected"),
    [
        ("Ich habe seit heute kein Netz in Köln", "en", "de"),
        ("no signal at my place since this morning", "de", "en"),
        ("hob i koan Empfang dahoam", None, "de"),
        ("Netzstörung Mannheim", None, "de"),
        ("Network outage, nothing loads", None, "en"),
        ("je n'ai pas de réseau depuis ce matin", "fr", "und"),
        ("no tengo señal en mi casa desde la mañana", "es", "und"),
        ("o2", "de", "de"),
        ("o2", "pt", "und"),
        ("", None, "und"),
        ("@o2 #o2 http://x.de", "en", "en"),
        ("нет сети", None, "und"),
    ],
)
def test_the_words_decide_and_the_claim_only_where_they_are_silent(text, claimed, expected):
    assert language(tokenize(prepare(text)), claimed) == expected


@given(st.text(), st.one_of(st.none(), st.text(max_size=8)))
def test_any_text_has_an_answer(text, claimed):
    assert language(tokenize(prepare(text)), claimed) in ("de", "en", "und")

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect.x.queries import MAX_CHARS, length, pack, validate
from bot.config.load import load_settings, shipped
from bot.errors import ConfigError


def test_words_handles_and_phrases_become_one_query() -> None:
    assert pack(
        ["o2", "o 2", "#o2de", "@o2de", "aldi talk", "handyvertrag.de", "1&1"],
        without=["o2 arena"],
        accounts=["o2de"],
        languages=["de"],
    ) == (
        '(o2 OR "o 2" OR #o2de OR @o2de OR "aldi talk" OR "handyvertrag.de" OR "1&1") lang:de -is:retweet -"o2 arena" -from:o2de',
    )


def test_a_phrase_that_holds_a_word_asked_for_anyway_is_left_out() -> None:
    assert pack(["o2 netz", "o2", "e-plus", "O2 Netz"]) == ('(o2 OR "e-plus") -is:retweet',)


def test_handles_of_other_networks_are_left_out() -> None:
    assert pack(["o2", "@o2@mastodon.example", "@o2.bsky.social"], accounts=["o2.example"]) == ("(o2) -is:retweet",)


def test_two_languages_are_alternatives() -> None:
    assert pack(["o2"], languages=["de", "en"]) == ("(o2) (lang:de OR lang:en) -is:retweet",)


def test_the_shipped_carriers_fit_into_few_queries() -> None:
    for config in ("o2-de.toml", "o2-uk.toml"):
        carrier = load_settings(shipped(config)).carrier
        queries = pack((*carrier.words, *carrier.handles, *carrier.brands), accounts=carrier.accounts)
        assert 1 <= len(queries) <= 3, config


@pytest.mark.parametrize("word", ['o"2', "back\\slash", "…", "#…"])
def test_a_word_that_x_cannot_look_for_is_named(word: str) -> None:
    with pytest.raises(ConfigError, match="cannot be searched for"):
        pack([word])


def test_a_word_longer_than_a_query_is_refused() -> None:
    with pytest.raises(ConfigError, match="X takes 512"):
        pack(["x" * 600])


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters='"\\'), max_size=60)))
def test_every_word_is_in_a_query_and_every_query_is_valid(words: list[str]) -> None:
    try:
        queries = pack(words, without=["o2 arena"], languages=["de"], accounts=["o2de"])
    except ConfigError:
        return
    asked = " ".join(queries).casefold()
    for query in queries:
        assert length(query) <= MAX_CHARS
        validate(query)
    for word in words:
        if word.isalnum() and word.isascii():
            assert word.casefold() in asked


GOOD = [
    "o2",
    "(o2 OR #o2) lang:de",
    '"o 2" -is:retweet',
    '(o2 OR "e plus") (lang:de OR lang:en) -"o2 arena"',
    "((o2 netz) OR telefonica) lang:de",
    'place:"new york" o2',
]


@pytest.mark.parametrize("query", GOOD)
def test_what_x_takes_passes(query: str) -> None:
    validate(query)


BAD = {
    "lang:de": "stand alone",
    "has:links OR is:retweet": "stand alone",
    "-o2": "stand alone",
    "o2 OR lang:de": "stand alone",
    "o2 -(arena OR world)": "group cannot be left out",
    "o2 netz OR telefonica": "AND binds before OR",
    "(o2 OR telefonica": "opening parenthesis",
    "o2)": "closing parenthesis",
    'o2 "netz': "quotation mark",
    "o2 OR": "nothing stands",
    "() o2": "nothing stands",
    "": "nothing stands",
    "o2 AND netz": "no AND",
    "o2 " * 200: "X takes 512",
    "📶" * 257: "X takes 512",
}


@pytest.mark.parametrize(("query", "why"), BAD.items(), ids=[query[:30] for query in BAD])
def test_what_x_would_refuse_or_misread_is_said(query: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        validate(query)

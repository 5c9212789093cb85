import tomllib
from pathlib import Path

import pytest

from bot.classify.carrier import compile_carriers, compile_names, relation
from bot.domain import Band, Post, PostId, Relation, Span, Verdict
from bot.errors import RuleError
from bot.text import prepare, tokenize

OWN = {
    "name": "o2",
    "words": ["o2 germany", "telefonica", "#o2", "#o2de"],
    "handles": ["@o2de", "@o2"],
    "accounts": ["o2de"],
    "brands": ["Aldi Talk", "Blau"],
}
OTHERS = [
    {"name": "Telekom", "words": ["t-mobile"], "handles": ["@telekom_hilft"], "brands": ["congstar"]},
    {"name": "Vodafone", "words": [], "handles": ["@vodafone_de"]},
    {"name": "EE", "words": ["ee"], "handles": ["@EE"], "accounts": ["EE"]},
]
FILE = Path(__file__).parents[2] / "config" / "rules" / "names.toml"
AROUND = compile_names(tomllib.loads(FILE.read_text("utf-8")))
CARRIERS = compile_carriers(OWN, OTHERS, ["o2 arena", "o2 world", "the o2", "co2", "o2 gehalt", "o2 academy"], AROUND)


def whose(text, evidence="", author="", addressed=False):
    prepared = prepare(text, CARRIERS.handles)
    at = prepared.find(evidence)
    spans = (Span(at, at + len(evidence), evidence, "test"),) if evidence else ()
    post = Post(PostId("x", "1"), text, author=author, addressed=addressed)
    found = relation(tokenize(prepared), post, Verdict(Band.B, 0.9, evidence=spans), CARRIERS)
    return found.name or found.relation.value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("o2 hat kein Netz", "o2"),
        ("#o2störung in Köln", "o2"),
        ("mein o2netz ist weg", "o2"),
        ("@o2de schon wieder", "o2"),
        ("Das O2-Netz ist tot", "o2"),
        ("o2's Netz", "o2"),
        ("aldi talk geht nicht", "o2"),
        ("Bei congstar geht nichts", "Telekom"),
        ("#vodafonedown", "Vodafone"),
        ("T-Mobile ist weg", "Telekom"),
        ("CO2 wird teurer", "none"),
        ("der O2-Gehalt im Blut", "none"),
        ("see you at The O2 tonight", "none"),
        ("The O2 network is down", "o2"),
        ("Konzert in der o2 World", "none"),
        ("kein Netz in Köln", "none"),
        ("", "none"),
    ],
)
def test_names_hashtags_and_handles_tell_the_carrier(text, name):
    assert whose(text) == name


@pytest.mark.parametrize(
    ("text", "evidence", "name"),
    [
        ("Telekom hat hier Netz, o2 nicht", "", "o2"),
        ("o2 hat hier Netz, Telekom nicht", "", "Telekom"),
        ("@EE when I was with @o2 your signal is awful", "signal is awful", "EE"),
        ("Vodafone läuft super, aber o2 kein Netz", "kein Netz", "o2"),
        ("Ich wechsle zu Telekom, bei o2 ist das Netz weg", "Netz weg", "o2"),
        ("Vodafone ist hier total überlastet, mit o2 keine Probleme", "total überlastet", "Vodafone"),
        ("EE has no issues here. o2 is down again", "", "o2"),
        ("Vodafone no problems, o2 no signal", "no signal", "o2"),
        ("o2 ist gut. Aber Vodafone bei meiner Mutter auf dem Land: kein Netz", "kein Netz", "Vodafone"),
    ],
)
def test_of_several_carriers_the_failing_one_counts(text, evidence, name):
    assert whose(text, evidence) == name


def test_a_post_sent_to_us_is_about_us_even_if_it_names_nobody():
    assert whose("seit gestern kein Netz", addressed=True) == "o2"


def test_a_carriers_own_account_never_complains():
    assert whose("o2: Wir haben gerade eine Störung", author="o2de") == "none"
    assert whose("@o2de kein Netz", author="EE@mastodon.example") == "none"


def test_brand_handles_are_kept_when_persons_are_masked():
    assert "@o2de" in prepare("@o2de @lieschen kein Netz", CARRIERS.handles)
    assert "lieschen" not in prepare("@o2de @lieschen kein Netz", CARRIERS.handles)


def test_the_relation_says_own_other_or_none():
    def kind(text):
        return relation(tokenize(text), Post(PostId("x", "1"), text), Verdict(Band.D, 0.0), CARRIERS).relation

    assert [kind("o2 weg"), kind("Telekom weg"), kind("weg")] == [Relation.OWN, Relation.OTHER, Relation.NONE]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"glued": "netz"}, "names.toml: glued must be a list of words"),
        ({"works": ["fine", ""]}, "names.toml: works must be a list of words"),
        ({"glue": ["netz"]}, "names.toml: there is no list 'glue'"),
    ],
)
def test_a_mistake_in_the_list_of_words_is_named(changes, complaint):
    with pytest.raises(RuleError, match=complaint):
        compile_names(tomllib.loads(FILE.read_text("utf-8")) | changes)

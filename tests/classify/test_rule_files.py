"""Every shipped rule keeps what it promises: its own examples."""

import tomllib
from pathlib import Path

import pytest

from bot.classify.rules import compile_rules, find_all
from bot.classify.tone import compile_tone
from bot.errors import RuleError
from bot.text import tokenize

FOLDER = Path(__file__).parents[2] / "config" / "rules"
TABLES = {path.name: tomllib.loads(path.read_text("utf-8")) for path in (FOLDER / "de.toml", FOLDER / "en.toml")}
RULES = compile_rules(TABLES)
CASES = [
    pytest.param(table["language"], rule["name"], text, expected, id=f"{table['language']}-{rule['name']}-{text}")
    for table in TABLES.values()
    for rule in table["rule"]
    for key, expected in (("match", True), ("miss", False))
    for text in rule[key]
]


@pytest.mark.parametrize(("language", "name", "text", "expected"), CASES)
def test_a_rule_matches_its_examples_and_misses_its_counterexamples(language, name, text, expected):
    finds = find_all(tokenize(text), RULES.languages[language], topical=False)
    assert (name in {find.meaning.name for find in finds}) is expected


def test_every_rule_has_an_example_and_a_counterexample():
    assert all(rule.get("match") and rule.get("miss") for table in TABLES.values() for rule in table["rule"])


def test_another_way_of_deciding_is_another_version(monkeypatch):
    monkeypatch.setattr("bot.classify.rules.EDITION", 99)
    assert compile_rules(TABLES).version != RULES.version


def test_the_tone_file_compiles():
    compile_tone(tomllib.loads((FOLDER / "tone.toml").read_text("utf-8")))


def rule(**changes):
    base = {
        "name": "weg",
        "means": "symptom.no_service",
        "find": ["netz weg"],
        "match": ["netz weg"],
        "miss": ["netz da"],
    }
    return {"language": "de", "lists": {"netz": ["netz"]}, "rule": [{**base, **changes}]}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (rule(find=["{fehlt} weg"]), "rule weg: there is no list {fehlt}"),
        (rule(means="symptom.kaputt"), "rule weg: means = 'symptom.kaputt' is not known"),
        (rule(find="netz"), "rule weg: 'find' must be a list of patterns"),
        (rule(find=["netz ..40 weg"]), "a gap of 40 words is too wide"),
        (rule(find=["{netz"]), "rule weg: cannot read '{netz'"),
        (rule(weigth=2), "rule weg: unknown key weigth"),
        (rule(name=""), "rule 1 has no name"),
        (rule(weight="3"), "rule weg: weight must be a number"),
        (rule(find=["netz? .."]), "needs at least one word"),
        ({"language": "de"}, "holds no [[rule]]"),
        ({"rule": []}, "says no language"),
        (rule() | {"common": ["nix"]}, "'common' names no list: nix"),
        (rule() | {"lists": {"netz": ["zwei worte"]}}, "'zwei worte' must be one word"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_rule_file_is_refused_with_file_rule_and_reason(table, message):
    with pytest.raises(RuleError) as error:
        compile_rules({"mein.toml": table})
    assert "mein.toml" in str(error.value)
    assert message in str(error.value)

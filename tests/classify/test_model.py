import random

import pytest

from bot.classify.model import Example, dump, features, load, sigmoid, train, vocabulary
from bot.classify.teach import example, teach
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.errors import InputError
from bot.text import tokenize


def examples(count=200):
    rng = random.Random(1)
    rows = []
    for _ in range(count):
        bad = rng.random() < 0.5
        words = [rng.choice(["netz", "handy", "heute"]), rng.choice(["lahm", "weg"] if bad else ["toll", "neu"])]
        rows.append(Example({"told": 1.0} if bad else {"clean": 1.0}, words, {"capacity": bad}))
    return rows


def test_it_learns_and_the_same_examples_give_the_same_weights():
    model = train(examples())
    assert model.probability("capacity", {"told": 1.0}, ["netz", "weg"]) > 0.8
    assert model.probability("capacity", {"clean": 1.0}, ["netz", "neu"]) < 0.2
    assert dump(model) == dump(train(examples()))


def test_labelled_posts_teach_what_they_are_labelled_with():
    rules = load_judge(load_settings(shipped("o2-de.toml"))).rules
    bad = {"text": "o2 lte total lahm heute abend, nichts lädt", "lang": "de", "band": "A", "symptoms": ["slow_data"],
           "cause": "overload", "severity": 3, "tone": -1}  # fmt: skip
    fine = {"text": "o2 netz ist heute wieder richtig schnell", "lang": "de", "band": "D", "tone": 1}
    model = teach([bad, fine, {**bad, "text": "Kaffee ist fertig"}] * 20, rules, {"made_of": "a test"})
    assert model.about == {"made_of": "a test", "examples": 40}, "what the program would not look at teaches nothing"
    (told, clean) = (example(row, rules) for row in (bad, fine))
    assert model.probability("capacity", told.cues, told.words) > model.probability("capacity", clean.cues, clean.words)
    with pytest.raises(InputError, match="none of the labelled posts speaks of a mobile network"):
        teach([{**bad, "text": "Kaffee ist fertig"}], rules, {})


def test_words_alone_decide_where_no_cue_speaks():
    model = train(examples())
    assert model.probability("capacity", {}, ["lahm"]) > model.probability("capacity", {}, ["toll"])


def test_a_head_of_cues_only_looks_at_no_word():
    model = train(examples(), cues_only=["capacity"])
    assert model.probability("capacity", {}, ["lahm"]) == model.probability("capacity", {}, ["toll"])


def test_the_shares_of_an_explanation_add_up_to_the_score():
    model = train(examples())
    cues, words = {"told": 1.0}, ["netz", "lahm"]
    total = sum(share for _, share in model.explain("capacity", cues, words))
    assert sigmoid(total) == pytest.approx(model.probability("capacity", cues, words))


def test_a_model_survives_being_written_and_read():
    model = train(examples(), about={"trained on": "a test"}, lines={"capacity": 0.4})
    again = load(dump(model))
    assert again.version == model.version
    assert again.lines == {"capacity": 0.4}
    assert again.about == {"trained on": "a test"}


def test_another_line_is_another_version():
    rows = examples()
    assert train(rows, lines={"capacity": 0.4}).version != train(rows, lines={"capacity": 0.5}).version


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "heads": 3, "lines": {}, "about": {}}', "[" * 100_000]
)
def test_a_file_that_is_no_model_is_refused_by_name(text):
    with pytest.raises(InputError, match=r"mine\.json"):
        load(text, "mine.json")


def test_nothing_to_learn_from_is_said():
    with pytest.raises(InputError, match="no labelled posts"):
        train([])


def test_handles_and_links_are_no_words_and_numbers_are_what_they_measure():
    assert vocabulary(tokenize("@o2de 0,2 Mbit am #Hbf http://x.de 2019")) == [
        "#slow_speed",
        "mbit",
        "am",
        "hbf",
        "#year",
    ]


def test_the_features_of_a_word_are_itself_and_its_n_grams():
    found = features({}, ["netz"])
    assert {"w:netz", "c:<ne", "c:tz>", "c:etz"} <= found.keys()

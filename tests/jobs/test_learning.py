import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.analyse import Judge
from bot.classify.measure import Gold
from bot.classify.model import dump
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.weights import save_weights
from bot.domain import Band
from bot.errors import InputError
from bot.jobs import learning
from bot.jobs.labelled import Text, load_labelled
from bot.jobs.learning import Score
from tests.factories import NOON

PLACES = ("Köln", "Bonn", "Kiel", "Ulm", "Mainz", "Trier", "Halle", "Jena", "Gera", "Hof", "Celle", "Aalen")
DAYS = ("heute", "gestern", "seit Montag", "seit Dienstag", "dauernd", "immer noch", "schon wieder", "jeden Abend")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")), own=False)


def own_words(count: int) -> list[Text]:
    """Customers who say "Matschnetz" for what the shipped weights have no word for."""
    found = []
    for number in range(count):
        yes = number % 3 == 0
        place, day = PLACES[number % 12], DAYS[number // 12 % 8]
        text = (
            f"o2 Handynetz {day} in {place}, Matschnetz {number}"
            if yes
            else f"o2 Handynetz {day} in {place}, alles fein {number}"
        )
        gold = Gold(Band.A if yes else Band.D)
        found.append(Text(f"post {number}", text, "de", gold, NOON + timedelta(minutes=number)))
    return found


def test_a_word_that_only_our_customers_use_is_learned_and_used(judge: Judge) -> None:
    training = learning.train(judge, own_words(160), now=NOON)
    assert training.refused is None
    shipped_score, trained_score = training.slice
    assert trained_score.f1 > shipped_score.f1
    said = learning.contributions(judge.rules.model, training.model, own_words(1)[0], judge)  # type: ignore[arg-type]  # it has one
    assert "w:matschnetz" in dict(said)


def test_the_same_labels_give_the_same_weights_and_the_file_holds_no_text(judge: Judge, tmp_path: Path) -> None:
    one, two = (learning.train(judge, own_words(120), now=NOON) for _ in range(2))
    assert dump(one.model) == dump(two.model)
    path = tmp_path / "a.db.model.json"
    save_weights(one.model, path)
    about = json.loads(path.read_text("utf-8"))["about"]
    assert (about["base"], about["bands"]["B"]) == (judge.rules.model.version, 0)  # type: ignore[union-attr]  # it has one
    assert 60 < about["labels"] + about["frozen"] <= 120
    assert "alles fein" not in path.read_text("utf-8")


def test_what_is_kept_to_decide_with_is_never_learned_from_and_neither_are_its_copies(judge: Judge) -> None:
    texts = own_words(120)
    frozen = [text for text in texts if learning.is_frozen(text.ref)]
    assert 15 < len(frozen) < 50
    copies = [replace(text, ref=f"{text.ref} again") for text in frozen]
    alone = learning.train(judge, texts, now=NOON)
    beside = learning.train(judge, [*texts, *(copy for copy in copies if not learning.is_frozen(copy.ref))], now=NOON)
    assert beside.trained == alone.trained


def test_with_few_labels_the_shipped_weights_stay(judge: Judge) -> None:
    assert "too few labels" in (learning.train(judge, own_words(40), now=NOON).refused or "")


@pytest.mark.parametrize(
    ("shipped_score", "trained", "crosswise", "reason"),
    [
        (Score(0.7, 0.5, 40), Score(0.8, 0.4, 40), (), None),
        (Score(0.7, 0.5, 40), Score(0.7, 0.4, 40), (), "not better"),
        (Score(0.7, 0.5, 40), Score(0.8, 0.6, 40), (), "not better"),
        (Score(0.7, 0.5, 19), Score(0.8, 0.4, 19), (), "too few"),
        (
            Score(0.7, 0.5, 40),
            Score(0.8, 0.4, 40),
            ((Score(0.7, 0.5, 90), Score(0.6, 0.4, 90)),),
            "worse in cross-validation",
        ),
    ],
)
def test_only_what_is_better_is_used(
    shipped_score: Score, trained: Score, crosswise: tuple[tuple[Score, Score], ...], reason: str | None
) -> None:
    said = learning.why_not((shipped_score, trained), 9, crosswise)
    assert reason in said if reason and said else said is reason


def test_posts_of_x_are_never_trained_on(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    rows = [
        {"text": "o2 Handynetz tot", "band": "A", "url": url}
        for url in ("https://x.com/a/status/1", "https://twitter.com/a")
    ]
    rows += [
        {"text": "o2 Handynetz tot", "band": "A", "source": "x"},
        {"text": "o2 Handynetz tot", "band": "A", "may_train": False},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match="never trained on"):
        learning.train(judge, load_labelled(path), now=NOON)


def test_copies_of_a_text_are_one_group(judge: Judge) -> None:
    text = "In der ganzen Kölner Innenstadt lädt bei o2 seit Stunden keine einzige Seite mehr"
    texts = [
        Text("1", text, "de", Gold(Band.A)),
        Text("2", "kurz", "de", Gold(Band.D)),
        Text("3", "RT @kim " + text, "de", Gold(Band.A)),
    ]
    assert learning.group_copies(texts) == [0, 1, 0]


def test_later_posts_are_judged_by_weights_that_saw_earlier_ones_only(judge: Judge) -> None:
    texts = own_words(80)
    lessons, sources = learning._lessons([(text, at) for at, text in enumerate(reversed(texts))], judge)
    for learn, test in learning._by_time(lessons, sources):
        assert max(sources[at].at for at in learn) < min(sources[at].at for at in test)  # type: ignore[type-var]  # all have one


def test_the_margin_of_doubt_is_where_half_of_the_mistakes_lie() -> None:
    mistakes = [(0.1 * at, False) for at in range(1, 12)]
    assert learning.margin([*mistakes, *((3.0, True) for _ in range(50))]) == 0.6
    assert learning.margin([]) == learning.MARGIN


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("no json", "line 1: Expecting value"),
        ('{"band": "A"}', "line 1: no `text`"),
        ('{"text": "x", "band": "Q"}', "line 1: `band` must be"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=r"labelled\.jsonl") as caught:
        load_labelled(path)
    assert message in str(caught.value)


def test_weights_trained_on_another_shipped_model_are_left_alone_with_a_word(
    judge: Judge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings(shipped("o2-de.toml"))
    training = learning.train(judge, own_words(120), now=NOON)
    save_weights(training.model, tmp_path / "a.db.model.json")
    assert load_judge(settings, tmp_path / "a.db").rules.version.endswith(training.model.version)
    save_weights(replace(training.model, about={"base": "older"}), tmp_path / "a.db.model.json")
    assert load_judge(settings, tmp_path / "a.db").rules.version == judge.rules.version
    assert "run `brennpunkt train` again" in caplog.text

import random

from bot.classify.adapt import STRENGTHS, Lesson, adapt, best_strength, folds
from bot.classify.model import Example, Linear, Model, dump, load

BASE = Model(
    {"capacity": Linear(-0.5, {"told": 1.0}), "network": Linear(0.0, {"told": 2.0})}, {"capacity": 0.45}, {}, "base"
)


def lessons(count: int, *, word: str = "kaputt", wrong: float = 0.0) -> list[Lesson]:
    """Trouble where `word` stands, which the base knows nothing of."""
    rng = random.Random(1)
    found = []
    for number in range(count):
        yes = number % 2 == 0
        says = yes if rng.random() >= wrong else not yes
        words = ["netz", word] if says else ["netz"]
        found.append(Lesson(Example({"told": 0.5}, words, {"capacity": yes, "network": True}), number))
    return found


def chance(model: Model, *words: str) -> float:
    return model.probability("capacity", {"told": 0.5}, ["netz", *words])


def test_a_word_that_tells_is_learned_and_the_same_lessons_give_the_same_weights() -> None:
    model = adapt(BASE, lessons(200), {}, 10.0)
    assert chance(model, "kaputt") > chance(BASE) > chance(model)
    assert dump(model) == dump(adapt(BASE, lessons(200), {}, 10.0))
    assert model.version != BASE.version


def test_a_stronger_pull_moves_less() -> None:
    moves = [
        abs(chance(adapt(BASE, lessons(100), {}, pull), "kaputt") - chance(BASE)) for pull in (10.0, 100.0, 1000.0)
    ]
    assert moves == sorted(moves, reverse=True)


def test_with_a_handful_of_answers_everything_stays_as_shipped() -> None:
    assert adapt(BASE, lessons(8), {}, 10.0).heads == BASE.heads


def test_only_the_head_that_decides_the_list_is_moved() -> None:
    assert adapt(BASE, lessons(200), {}, 10.0).heads["network"] is BASE.heads["network"]


def test_a_word_of_one_or_two_posts_becomes_no_weight() -> None:
    taught = lessons(60)
    rare = Lesson(Example({"told": 0.5}, ["netz", "erika", "mustermann"], {"capacity": True}), 99)
    model = adapt(BASE, [*taught, rare, rare], {}, 10.0)
    assert "erika" not in dump(model)
    assert "mustermann" not in dump(model)


def test_noise_is_answered_with_the_strongest_pull() -> None:
    assert best_strength(BASE, lessons(100, wrong=0.5)) == STRENGTHS[0]


def test_copies_of_a_text_are_never_in_two_folds() -> None:
    copies = [Lesson(lesson.example, at // 3) for at, lesson in enumerate(lessons(60))]
    parts = folds(copies)
    assert sorted(at for part in parts for at in part) == list(range(60))
    assert sum(len({copies[at].group for at in part}) for part in parts) == 20


def test_weights_survive_the_file() -> None:
    model = adapt(BASE, lessons(100), {"base": "x"}, 10.0)
    again = load(dump(model))
    assert (again.version, again.about["base"]) == (model.version, "x")

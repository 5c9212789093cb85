from collections.abc import Iterable

import pytest

from bot.watch.asked import Heard, Proposal, Term, weigh

ASKED = {"o2": ["x", "bluesky"], "#funkloch": ["mastodon"], "o2 netz": ["x"], "@o2de": ["x"]}


def heard(text: str, who: str = "kim", *, own: bool = True, complaint: bool = True) -> Heard:
    return Heard(text, who, own, complaint)


def terms(*posts: Heard) -> dict[str, Term]:
    return {term.name: term for term in weigh(posts, ASKED, lambda _: False)[0]}


def proposals(posts: Iterable[Heard], places: tuple[str, ...] = ()) -> dict[str, Proposal]:
    return {found.word: found for found in weigh(posts, ASKED, places.__contains__)[1]}


def test_each_term_counts_its_posts_once_and_says_what_only_it_brought() -> None:
    found = terms(
        heard("o2, o2 und nochmal O2: kein Netz"),
        heard("Das o2-Netz ist weg"),
        heard("#Funkloch in Köln", own=False, complaint=False),
        heard("@o2de #funkloch bei mir", complaint=False),
        heard("#o2 lahmt"),
    )
    assert found["o2"] == Term("o2", ("x", "bluesky"), posts=3, own=3, complaints=3, alone=2)
    assert found["o2 netz"] == Term("o2 netz", ("x",), posts=1, own=1, complaints=1, alone=0)
    assert found["#funkloch"] == Term("#funkloch", ("mastodon",), posts=2, own=1, complaints=0, alone=1)
    assert found["@o2de"].posts == 1


CHAT = [heard("Guten Morgen aus Köln", f"b{n}", own=False, complaint=False) for n in range(30)]


@pytest.mark.parametrize(
    ("people", "word", "proposed"),
    [
        (5, "Funkstille", True),
        (4, "Funkstille", False),  # could be one family
        (9, "Köln", False),  # a place
        (9, "immer", False),  # grammar
        (9, "@kundin", False),
        (9, "4711", False),
        (9, "#o2", False),  # asked for with its word
        (9, "#netzausfall", True),
    ],
)
def test_a_word_is_proposed_when_enough_people_complain_with_it(people: int, word: str, proposed: bool) -> None:
    posts = [heard(f"o2 {word}", f"a{n}") for n in range(people)]
    found = proposals([*posts, *CHAT], ("koeln",))
    assert bool(found) is proposed


def test_one_angry_person_proposes_nothing() -> None:
    assert not proposals([*(heard("o2 Funkstille", "kim") for _ in range(50)), *CHAT])


def test_a_word_that_everybody_uses_says_nothing_about_complaints() -> None:
    chat = [heard("Wetter heute", f"b{n}", complaint=False) for n in range(30)]
    assert "wetter" not in proposals([*(heard("Wetter schlecht, o2 auch", f"a{n}") for n in range(30)), *chat])


def test_without_posts_there_is_nothing_to_say() -> None:
    assert terms()["o2"].posts == 0
    assert not proposals([])

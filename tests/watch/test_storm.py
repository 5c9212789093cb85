import pytest

from bot.watch.storm import Reason, Weather, storm_level


def weather(**changes: float | None) -> Weather:
    usual: dict[str, float | None] = {
        "people": 12, "usual": 12.0, "voices": 60, "channels": 0, "listening": 3, "press": 0, "annoyed": 3, "angry": 0, "posts": 12,
    }  # fmt: skip
    return Weather(**{**usual, **changes})  # type: ignore[arg-type]  # numbers all of them


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (weather(people=0, posts=0), 0),
        (weather(), 1),
        (weather(press=1), 2),
        (weather(people=30, voices=80, posts=30), 2),
        (weather(people=60, voices=90, posts=60, channels=2), 4),
        (weather(people=60, voices=90, posts=60, channels=2, press=3), 5),
        (weather(people=300, voices=350, posts=300, channels=3, press=9, angry=120), 6),
        (weather(people=3, usual=0.2, voices=3, posts=3), 1),
        (weather(usual=None), 1),
    ],
    ids=[
        "nobody",
        "as usual",
        "the press asks",
        "twice",
        "two channels",
        "and the press",
        "hurricane",
        "three people",
        "first day",
    ],
)
def test_the_level_rises_with_what_it_is_explained_by(day: Weather, level: int) -> None:
    storm = storm_level(day)
    assert storm.level == level
    assert storm.reasons[0].key == "volume"


@pytest.mark.parametrize(
    ("day", "steps"),
    [
        (weather(people=24, voices=80), 2),
        (weather(people=23, voices=80), 1),
        (weather(people=48, voices=90), 3),
        (weather(people=100, usual=10.0, voices=150), 4),
        (weather(people=50, usual=1.0, voices=60), 3),
        (weather(people=10, usual=2.5, voices=10), 3),
        (weather(people=9, usual=1.0, voices=9), 1),
        (weather(people=3, usual=0.1, voices=9), 1),
        (weather(people=0, posts=0), 0),
    ],
    ids=[
        "twice",
        "not yet",
        "four times",
        "ten times",
        "too few for a flood",
        "just enough",
        "too few",
        "three",
        "nobody",
    ],
)
def test_volume_makes_its_steps_exactly_where_they_are_said_to_be(day: Weather, steps: int) -> None:
    storm = storm_level(day)
    assert storm.reasons[0] == Reason("volume", steps, day.people, day.usual)
    assert storm.level == steps


def test_a_quarter_of_angry_posts_is_heated_and_less_is_not() -> None:
    assert [storm_level(weather(angry=angry)).level for angry in (2, 3)] == [1, 2]
    assert [storm_level(weather(posts=posts, angry=posts)).reasons[-1].points for posts in (9, 10)] == [0, 1]
    assert storm_level(weather(posts=0)).reasons[-1].figure == 0.0


def test_where_most_speak_of_other_things_it_is_one_step_beyond_volume_at_the_most() -> None:
    heated = {"people": 24, "posts": 24, "channels": 2, "press": 1, "angry": 24}
    assert [storm_level(weather(voices=voices, **heated)).level for voices in (96, 97)] == [5, 3]


def test_the_reasons_add_up_to_no_less_than_the_level() -> None:
    storm = storm_level(weather(people=60, voices=90, posts=60, channels=2))
    assert sum(reason.points for reason in storm.reasons) >= storm.level

import pytest

from bot.watch.storm import Weather, storm_level


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


def test_the_reasons_add_up_to_no_less_than_the_level() -> None:
    storm = storm_level(weather(people=60, voices=90, posts=60, channels=2))
    assert sum(reason.points for reason in storm.reasons) >= storm.level

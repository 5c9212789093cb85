"""The storm level in words: the level, and a line for each thing it rests on."""

from ..watch.storm import Reason, Storm
from .words import Words


def lines(storm: Storm, words: Words) -> list[str]:
    """The level first, then its reasons with the steps each adds."""
    name = words.say(f"storm.names.{storm.level}")
    return [words.say("storm.level", level=storm.level, name=name), *(_line(reason, words) for reason in storm.reasons)]


def _line(reason: Reason, words: Words) -> str:
    figure, beside = reason.figure, reason.beside
    match reason.key:
        case "volume" if beside is None:
            text = words.say("storm.volume_unknown", people=words.number(figure))
        case "volume":
            text = words.say("storm.volume", people=words.number(figure), usual=words.number(beside or 0, 1))
        case "channels":
            text = words.say("storm.channels", figure, listening=words.number(beside or 0))
        case "press" if not figure:
            text = words.say("storm.press_none")
        case "press":
            text = words.say("storm.press", figure)
        case "critics":
            text = words.say("storm.critics", share=words.percent(figure))
        case _:
            text = words.say("storm.anger", angry=words.percent(figure), annoyed=words.percent(beside or 0))
    return f"{text} {words.say('storm.points', reason.points)}" if reason.points else text

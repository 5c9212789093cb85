"""What to do today: a few lines that follow from the day's figures. No more than the manager can do before ten."""

from ..watch.coverage import Heard
from .model import DayDigest, State
from .words import Words

STEPS = 4
HEATED = 3  # of the storm scale: from here on somebody has to say something


def todo(digest: DayDigest, words: Words) -> list[str]:
    if digest.state not in (State.PART, State.WHOLE):
        return []
    steps = []
    going_on = [spike for spike in digest.spikes if not spike.over and not spike.learning]
    if going_on and digest.only_us is not False:
        cities = words.listing(
            [city for spike in going_on for city, _ in spike.places][:3] or [words.say("digest.todo.everywhere")]
        )
        steps.append(words.say("digest.todo.network", places=cities))
    if digest.only_us is False:
        steps.append(words.say("digest.todo.not_us"))
    if digest.storm and digest.storm.level >= HEATED:
        steps.append(words.say("digest.todo.statement", level=digest.storm.level))
    rising = [place.spot.city for place in digest.places if place.spot.trend == 1 and not place.spot.small][:3]
    if rising:
        steps.append(words.say("digest.todo.rising", places=words.listing(rising)))
    deaf = [
        source.name for source in digest.sources if source.live and (source.heard is Heard.NOTHING or source.last_error)
    ]
    if deaf:
        steps.append(words.say("digest.todo.sources", sources=words.listing(deaf)))
    return steps[:STEPS]

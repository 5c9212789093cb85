"""What to do today: a few lines that follow from the day's figures. No more than the manager can do before ten."""

from ..watch.coverage import Heard
from .model import DayDigest, State
from .words import Words

STEPS = 5
HEATED = 3  # of the storm scale: from here on somebody has to say something


def todo(digest: DayDigest, words: Words) -> list[str]:
    if digest.state not in (State.PART, State.WHOLE):
        return []
    steps = []
    alarmed = [alert.spike for alert in digest.alerts if alert.over_at is None] + [*digest.untold]
    going_on = [spike for spike in alarmed if not spike.over and not spike.learning]
    if going_on and digest.only_us is not False:
        cities = words.listing(
            [city for spike in going_on for city, _ in spike.places][:3] or [words.say("digest.todo.everywhere")]
        )
        steps.append(words.say("digest.todo.network", places=cities))
    if digest.only_us is False:
        steps.append(words.say("digest.todo.not_us"))
    if digest.storm and digest.storm.level >= HEATED:
        steps.append(words.say("digest.todo.statement", level=digest.storm.level))
    if digest.wave and digest.wave.state in ("ebbing", "over"):
        steps.append(words.say("digest.todo.wave", first=words.date(digest.wave.first, "day_month")))
    if due := [line for line in digest.cases if line.due]:
        places = words.listing(words.say("digest.cases.name", place=each.place, number=each.number) for each in due[:3])
        steps.append(words.say("digest.todo.due", len(due), cases=places))
    if unseen := sum(line.stage in ("new", "reopened") for line in digest.cases):
        steps.append(words.say("digest.todo.cases", unseen))
    if digest.replies and digest.replies.waiting:
        steps.append(words.say("digest.todo.replies", digest.replies.waiting))
    rising = [place.spot.city for place in digest.places if place.spot.trend == 1 and not place.spot.small][:3]
    if rising and not digest.wave:  # in a wave it rises everywhere
        steps.append(words.say("digest.todo.rising", places=words.listing(rising)))
    deaf = [
        source.name for source in digest.sources if source.live and (source.heard is Heard.NOTHING or source.last_error)
    ]
    if deaf:
        steps.append(words.say("digest.todo.sources", sources=words.listing(deaf)))
    return steps[:STEPS] or [words.say("digest.todo.nothing")]

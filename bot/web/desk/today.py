"""Today: what is to be done now, and how it stands."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from fastapi import Response

from ... import store
from ...digest.day import WEEK
from ...digest.model import DayDigest
from ...digest.todo import todo
from ...digest.weather import lines
from ...escalate.roles import Right
from ...jobs import publishing
from ...store.pulse import Beat
from .call import Call
from .desk import Desk
from .live import visible
from .posts import latest_day

FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that waits for a person."""

    name: str
    count: int
    path: str
    pressing: bool = False


def show(call: Call) -> Response:
    day = call.day("day") or latest_day(call)
    digest = digest_of(call.desk, day)
    places = [place for place in digest.places if call.may(Right.SEE_POSTS) or not place.spot.small]
    if call.get("as") == "csv":
        rows = ((p.spot.city, p.spot.people, p.today, p.spot.per_100k, p.spot.trend) for p in places)
        return call.csv("places", ("city", "people", "people_today", "per_100k", "trend"), rows)
    return call.page(
        "today.html",
        digest=digest,
        places=places,
        day=day,
        where_since=day - timedelta(days=WEEK - 1),
        archive=day < call.today,
        steps=steps_for(call),
        hints=hints(digest, call),
        weather=lines(digest.storm, call.words) if digest.storm else [],
        alerts=store.alerts(call.db, since=call.now - timedelta(days=1), until=call.now + timedelta(days=1)),
    )


def hints(digest: DayDigest, call: Call) -> list[str]:
    """What else follows from the day's figures: what waits by itself stands above it, with its count of this minute."""
    rest = replace(digest, replies=None, cases=tuple(line for line in digest.cases if not line.due))
    nothing = call.words.say("digest.todo.nothing")
    return [line for line in todo(rest, call.words) if line != nothing]


def steps_for(call: Call) -> list[Step]:
    """What waits and this role may know of."""
    beat = call.desk.pulse.now(call.desk.reader, call.now)
    return [step for step in steps(beat) if step.name in visible(beat, call)]


def steps(beat: Beat) -> list[Step]:
    """What waits, the most pressing first; what does not wait is left out."""
    every = (
        Step("urgent", beat.urgent, "/replies", pressing=True),
        Step("alerts", beat.alerts, "/alerts", pressing=True),
        Step("halted", beat.halted, "/shift#sending", pressing=True),
        Step("drafts", beat.drafts, "/replies"),
        Step("conversations", beat.conversations, "/answers"),
        Step("reports", beat.reports, "/reports"),
        Step("cases", beat.cases, "/cases?due=1"),
        Step("doubts", beat.doubts, "/review"),
    )
    return [step for step in every if step.count]


def digest_of(desk: Desk, day: date) -> DayDigest:
    """As it is now, or was a minute ago: counting a day anew takes up to a second."""

    def make() -> DayDigest:
        with desk.reader() as db:
            return publishing.build_digest(db, desk.gazetteer, desk.settings, day, now=desk.clock())

    return desk.kept.get(("digest", day), make, now=desk.clock(), fresh=FRESH)

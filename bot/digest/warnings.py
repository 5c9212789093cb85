"""What early warning said, and how heated it is: from the model alone."""

from datetime import timedelta

from ..domain import Spike
from ..watch.alerts import Alert
from ..watch.spikes import MEMORY
from ..watch.wave import Wave
from .model import DayDigest
from .page import Block, Points, Section, Text
from .sections import mean
from .weather import lines
from .words import Words


def within(stretch: timedelta, words: Words) -> str:
    minutes = round(stretch / timedelta(minutes=1))
    return (
        words.say("digest.spikes.minutes", minutes) if minutes <= 60 else words.say("digest.spikes.hours", minutes / 60)
    )


def part_of(spike: Spike, words: Words) -> list[str]:
    """What alone stood out where the network as a whole did not."""
    first = [part for part in spike.parts[:1] if spike.rule == "part"]
    return [words.say(f"symptom.{part.name}") if part.kind == "symptom" else part.name for part in first]


def where(spike: Spike, words: Words) -> str:
    """For a line with little room: the part alone that it concerns, or the city that most of them name."""
    for part in part_of(spike, words):
        return words.say("alert.only", part=part)
    if spike.places and 2 * spike.places[0][1] >= spike.observed:
        return words.say("alert.mostly", city=spike.places[0][0])
    return ""


def chance(p: float, words: Words) -> str:
    """How rare, in a sentence."""
    if p <= 1e-6:
        return words.say("digest.spikes.chance_never")
    odds = 1 / p
    return words.say("digest.spikes.chance", odds=words.number(round(odds, 1 - len(str(int(odds))))))


def wave(found: Wave, words: Words) -> str:
    """How an incident of many days stands."""
    return words.say(
        f"digest.wave.{found.state}",
        first=words.date(found.first, "day_month"),
        last=words.date(found.last, "day_month"),
        peak=words.date(found.peak, "day_month"),
        height=words.number(found.height),
        calm=mean(found.calm, words),
    )


def early(digest: DayDigest, words: Words) -> Section:
    """Alerts as they went out, then what was found afterwards."""
    blocks: list[Block] = []
    for alert in digest.alerts:
        blocks += [Text(_spike(alert.spike, digest, words)), Points(tuple(_judged(alert, digest, words)))]
    blocks += [Text(_spike(spike, digest, words)) for spike in digest.untold]
    if not blocks:
        if digest.history_days == 0:
            text = words.say("digest.spikes.no_history")
        elif digest.learning:
            text = words.say("digest.spikes.none_learning", days=words.say("digest.days", digest.history_days))
        elif digest.wave and digest.wave.state != "over":
            text = words.say("digest.spikes.none_in_wave")
        else:
            text = words.say("digest.spikes.none")
        blocks.append(Text(text))
    return Section(words.say("digest.spikes.title"), tuple(blocks))


def _judged(alert: Alert, digest: DayDigest, words: Words) -> list[str]:
    """What became of an alert, and what speaks for and against it."""
    told = []
    if alert.told_at:
        moment = words.date(
            alert.opened_at.astimezone(digest.written_at.tzinfo), "moment"
        )  # told_at: what was said last
        told.append(words.say("digest.spikes.told", moment=moment))
    told.append(is_it_us(alert, words))
    if alert.words:
        grew = ", ".join(f"{word} ({words.number(people)})" for word, people, _ in alert.words)
        told.append(words.say("alert.words", words=grew))
    return told + speaks_against(alert, words, without="learning")


def speaks_against(alert: Alert, words: Words, without: str = "") -> list[str]:
    events = ", ".join(names.get(words.lang, names[""]) for names in alert.events)
    return [words.say(f"alert.against.{key}", events=events) for key in alert.against if key != without]


def is_it_us(alert: Alert, words: Words) -> str:
    """With the figures of others, where they rose."""
    if not alert.elsewhere:
        return words.say("alert.us_yes")
    listing = words.listing(
        words.say("alert.elsewhere", name=e.name, observed=words.number(e.observed), expected=mean(e.expected, words))
        for e in alert.elsewhere
    )
    key = "alert.us_no" if alert.not_us else "alert.us_partly"
    return words.say(key, listing=listing, theirs=words.number(alert.theirs, 1))


def _spike(spike: Spike, digest: DayDigest, words: Words) -> str:
    zone = digest.written_at.tzinfo
    begin = spike.since.astimezone(zone)
    long = begin.date() <= digest.day - MEMORY
    parts = [
        words.say(
            "digest.spikes.since_long" if long else "digest.spikes.since",
            since=words.date(begin, "moment"),
            days=words.number(MEMORY.days - 1),
            observed=words.say("digest.customers", spike.observed),
            within=within(spike.within, words),
            expected=mean(spike.expected, words),
            chance=chance(spike.p, words),
        )
    ]
    parts += [words.say("digest.spikes.only", part=part) for part in part_of(spike, words)]
    if spike.authors > spike.observed:
        parts.append(words.say("digest.spikes.authors", spike.authors - spike.observed))
    if spike.places:
        cities = (f"{city} ({words.number(people)})" for city, people in spike.places)
        parts.append(words.say("digest.spikes.grew", places=words.listing(cities)))
    until = spike.until.astimezone(zone)
    over = until.date() <= digest.day and spike.over
    parts.append(
        words.say("digest.spikes.ended", until=words.date(until, "moment"))
        if over
        else words.say("digest.spikes.lasted")
    )
    if spike.learning:
        parts.append(words.say("digest.spikes.learning"))
    return " ".join(parts)


def storm(digest: DayDigest, words: Words) -> list[Section]:
    if digest.storm is None:
        return []
    level, *reasons = lines(digest.storm, words)
    blocks: list[Block] = [Text(level)]
    if digest.levels:
        days = (f"{words.date(day, 'short_date')} {each}" for day, each in digest.levels)
        worst = words.date(digest.storm_day or digest.day, "day_month")
        blocks.append(Text(words.say("storm.by_day", days=", ".join(days), worst=worst)))
    blocks += [Points(tuple(reasons)), Text(words.say("storm.note"), "note")]
    return [Section(words.say("storm.title"), tuple(blocks))]

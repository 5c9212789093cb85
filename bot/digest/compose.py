"""From the model of a day to a page in one language. Which sentence when; the words are in config/texts/."""

import math

from ..watch.coverage import Heard
from ..watch.hotspots import SMALL
from . import sections
from .model import Change, DayDigest, State
from .page import Page, Section, Text
from .sections import mean, rate, symptom
from .todo import todo
from .words import Words

SURE = 20  # from this many people on, a change is told in percent


def compose(digest: DayDigest, words: Words) -> Page:
    lead = _lead(digest, words)
    parts = [Section("", (*(Text(text, "lead") for text in lead), *_warnings(digest, words)))]
    if steps := todo(digest, words):
        parts.append(Section(words.say("digest.todo.title"), tuple(Text(f"· {step}") for step in steps)))
    if digest.state in (State.PART, State.WHOLE):
        parts += [
            sections.counts(digest, words),
            sections.chart(digest, words),
            sections.spikes(digest, words),
            *sections.storm(digest, words),
            sections.mix(digest, words),
        ]
        parts += [sections.places(digest, words), sections.others(digest, words), sections.quotes(digest, words)]
    elif digest.state is State.NOTHING and any(count.heard is not Heard.NOTHING for count in digest.series):
        parts.append(sections.chart(digest, words))
    if digest.state is not State.EMPTY:
        parts.append(sections.sources(digest, words))
    return Page(
        lang=words.lang,
        title=words.say("digest.title", carrier=digest.carrier, date=words.date(digest.day, "long_date")),
        subject=_subject(digest, words),
        brief=(*lead, *(warning.text for warning in _warnings(digest, words))),
        made_up=_made_up(digest, words),
        sections=tuple(parts),
        foot=words.say(
            "digest.foot.written",
            moment=words.date(digest.written_at, "moment_year"),
            zone=str(digest.written_at.tzinfo),
        ),
    )


def _made_up(digest: DayDigest, words: Words) -> str:
    if not (simulation := digest.simulation):
        return ""
    notice = simulation.notice.get(words.lang) or next(iter(simulation.notice.values()), simulation.name)
    return words.say("digest.made_up", notice=notice, title=simulation.title)


def _subject(digest: DayDigest, words: Words) -> str:
    date = words.date(digest.day, "date")
    if digest.state in (State.PART, State.WHOLE):
        people = words.say("digest.customers", digest.people.today)
        subject = words.say("digest.mail.subject", carrier=digest.carrier, people=people, date=date)
    else:
        subject = words.say("digest.mail.subject_nothing", carrier=digest.carrier, date=date)
    return words.say("digest.mail.subject_made_up", subject=subject) if digest.simulation else subject


def _lead(digest: DayDigest, words: Words) -> list[str]:
    """The first screen: how many, compared with what, what and where, and whether it is us."""
    if digest.state not in (State.PART, State.WHOLE):
        texts = [words.say(f"digest.state.{digest.state}")]
        if digest.state is State.NOTHING and digest.span:
            first, last = (words.date(day) for day in digest.span)
            texts.append(words.say("digest.state.nothing_known", first=first, last=last))
            texts.append(words.say("digest.state.nothing_todo"))
        return texts
    people = digest.people
    if people.today:
        first = words.say("digest.lead.people", people.today, carrier=digest.carrier)
    else:
        first = words.say("digest.lead.nobody", carrier=digest.carrier)
    texts = [" ".join([first, *_compared(people, words)])]
    if digest.found.today and digest.filed.today:
        found, filed = words.number(digest.found.today), words.number(digest.filed.today)
        texts[0] += " " + words.say("digest.lead.split", found=found, filed=filed)
    told = [*_main_trouble(digest, words), *_main_place(digest, words)]
    if told:
        texts.append(" ".join(told))
    alarms = [*_alarmed(digest, words), *_is_it_us(digest, words)]
    if alarms:
        texts.append(" ".join(alarms))
    return texts


def _compared(people: Change, words: Words) -> list[str]:
    parts = []
    if people.yesterday is not None and people.since_yesterday is not None:
        way = {0: "like_yesterday", 1: "more_than_yesterday", -1: "fewer_than_yesterday"}[people.since_yesterday]
        change = _by(people.today, people.yesterday, words)
        parts.append(words.say(f"digest.lead.{way}", change=change, before=words.number(people.yesterday)))
    if people.usual is not None and people.against_usual is not None and people.days > 1:
        way = {0: "like_usual", 1: "more_than_usual", -1: "fewer_than_usual"}[people.against_usual]
        usual, days = mean(people.usual, words), words.number(people.days)
        change = _by(people.today, people.usual, words)
        parts.append(words.say(f"digest.lead.{way}", change=change, usual=usual, days=days))
    if len(parts) == 2:
        return [words.say("digest.lead.compared", yesterday=parts[0], usual=parts[1])]
    return [words.say("digest.lead.compared_once", what=part) for part in parts]


def _by(today: float, before: float, words: Words) -> str:
    """How far apart: in percent where there are enough people, else as a number."""
    if before >= SURE:
        return words.percent(abs(today / before - 1))
    return words.number(abs(round(today - before)))


def _main_trouble(digest: DayDigest, words: Words) -> list[str]:
    if not digest.mix or digest.people.today < SMALL:
        return []
    main = digest.mix[0]
    before = main.share if main.before is None else main.before
    chance = 2 * math.sqrt(before * (1 - before) / digest.people.today)  # 95 % of a share of so many people
    points = 100 * (main.share - before)
    key = "main"
    if abs(points) > max(100 * chance, 3):
        key = "main_rising" if points > 0 else "main_falling"
    return [
        words.say(
            f"digest.lead.{key}",
            symptom=symptom(main.symptom, words),
            share=words.percent(main.share),
            points=words.number(abs(points)),
        )
    ]


def _main_place(digest: DayDigest, words: Words) -> list[str]:
    if not digest.places or digest.places[0].spot.small:
        return []
    top, leader = digest.places[0].spot, digest.leader
    key = "places_only" if leader is None else "places_same" if leader.city == top.city else "places"
    return [
        words.say(
            f"digest.lead.{key}",
            digest.place_days,
            city=top.city,
            people=words.number(top.people),
            leader=leader.city if leader else "",
            rate=rate(leader.per_100k, words) if leader and leader.per_100k else "",
        )
    ]


def _alarmed(digest: DayDigest, words: Words) -> list[str]:
    if not digest.spikes:
        return []
    learning = all(spike.learning for spike in digest.spikes)
    return [words.say("digest.lead.spikes_learning" if learning else "digest.lead.spikes", len(digest.spikes))]


def _is_it_us(digest: DayDigest, words: Words) -> list[str]:
    """Said only when our own complaints stand out, and other carriers' are known."""
    if digest.only_us is None:
        return []
    return [words.say("digest.lead.others_not" if digest.only_us else "digest.lead.others_too")]


def _warnings(digest: DayDigest, words: Words) -> list[Text]:
    """What limits the figures: a day cut short, gaps, too short a history."""
    texts = []
    if digest.state is State.PART:
        texts.append(words.say("digest.state.part"))
    if digest.counted_until and digest.state is not State.EMPTY:
        texts.append(words.say("digest.state.unfinished", time=f"{digest.counted_until:%H:%M}"))
    if digest.state in (State.PART, State.WHOLE):
        if digest.history_days == 0:
            texts.append(words.say("digest.state.first_day"))
        elif digest.history_days == 1:
            texts.append(words.say("digest.state.young_one"))
        elif digest.history_days < 7:
            texts.append(words.say("digest.state.young", days=words.say("digest.days", digest.history_days)))
        elif digest.people.days < 7:
            texts.append(words.say("digest.state.gaps_before"))
    return [Text(text, "warning") for text in texts]

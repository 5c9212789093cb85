"""From the model of a day to a page in one language. Which sentence when; the words are in config/texts/."""

import math
from datetime import timedelta

from ..watch.coverage import Heard
from ..watch.hotspots import SMALL
from . import cases, sections, warnings
from .model import DayDigest, State
from .page import Page, Points, Section, Text
from .sections import mean, rate, symptom
from .todo import todo
from .warnings import wave, where, within
from .words import Words

SURE = 20  # from this many people on, a change is told in percent
MULTIPLE = 4  # times as many: percent say nothing any more


def compose(digest: DayDigest, words: Words) -> Page:
    words = words.over("week") if digest.days > 1 else words
    lead = _lead(digest, words)
    parts = [Section("", (*(Text(text, "lead") for text in lead), *_warnings(digest, words)))]
    if steps := todo(digest, words):
        parts.append(Section(words.say("digest.todo.title"), (Points(tuple(steps)),)))
    if digest.state in (State.PART, State.WHOLE):
        parts += [
            sections.counts(digest, words),
            sections.chart(digest, words),
            sections.places(digest, words),
            sections.mix(digest, words),
            warnings.early(digest, words),
            *warnings.storm(digest, words),
            sections.others(digest, words),
            *sections.campaigns(digest, words),
            *([sections.quotes(digest, words)] if digest.days == 1 else []),
            *cases.section(digest, words),
            *sections.waiting(digest, words),
        ]
    elif digest.state is State.NOTHING and any(count.heard is not Heard.NOTHING for count in digest.series):
        parts.append(sections.chart(digest, words))
    if digest.state is not State.EMPTY:
        parts.append(sections.sources(digest, words))
    return Page(
        lang=words.lang,
        title=words.say(
            "digest.title", carrier=digest.carrier, date=words.date(digest.day, "long_date"), **_span(digest, words)
        ),
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


def _span(digest: DayDigest, words: Words) -> dict[str, str]:
    """First and last day of a week's edition."""
    first = digest.day - timedelta(days=digest.days - 1)
    return {"first": words.date(first, "day_month"), "last": words.date(digest.day)}


def _made_up(digest: DayDigest, words: Words) -> str:
    if not (simulation := digest.simulation):
        return ""
    notice = simulation.notice.get(words.lang) or next(iter(simulation.notice.values()), simulation.name)
    return words.say("digest.made_up", notice=notice, title=simulation.title)


def _subject(digest: DayDigest, words: Words) -> str:
    date = words.say("digest.mail.date", date=words.date(digest.day), **_span(digest, words))
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
    surely = ""
    if digest.unsure:
        surely = words.say("digest.lead.surely", sure=words.number(digest.sure), unsure=words.number(digest.unsure))
    key = "people" if people.today else "nobody"
    first = words.say(f"digest.lead.{key}", people.today, carrier=digest.carrier, surely=surely)
    texts = [" ".join([first, *_compared(digest, words)])]
    if digest.found.today and digest.filed.today:
        found, filed = words.number(digest.found.today), words.number(digest.filed.today)
        texts[0] += " " + words.say("digest.lead.split", found=found, filed=filed)
    if digest.wave:
        texts.append(wave(digest.wave, words))
    told = [*_main_trouble(digest, words), *_main_place(digest, words)]
    if told:
        texts.append(" ".join(told))
    alarms = [*_alarmed(digest, words), *_is_it_us(digest, words)]
    if alarms:
        texts.append(" ".join(alarms))
    return texts


def _compared(digest: DayDigest, words: Words) -> list[str]:
    """Half a day's figure is compared only where even the half is more. While a wave goes on, what came of late is not
    what is usual."""
    people = digest.people
    whole = digest.state is State.WHOLE and not digest.counted_until
    parts = []
    if people.yesterday is not None and people.since_yesterday is not None and (whole or people.since_yesterday == 1):
        way = {0: "like_yesterday", 1: "more_than_yesterday", -1: "fewer_than_yesterday"}[people.since_yesterday]
        change = _by(people.today, people.yesterday, words)
        parts.append(words.say(f"digest.lead.{way}", change=change, before=words.number(people.yesterday)))
    if (
        people.usual is not None
        and people.against_usual is not None
        and people.days > 1
        and (whole or people.against_usual == 1)
        and digest.wave is None
    ):
        way = {0: "like_usual", 1: "more_than_usual", -1: "fewer_than_usual"}[people.against_usual]
        usual, days = mean(people.usual, words), words.number(people.days)
        change = _by(people.today, people.usual, words)
        parts.append(words.say(f"digest.lead.{way}", change=change, usual=usual, days=days))
    if len(parts) == 2:
        return [words.say("digest.lead.compared", yesterday=parts[0], usual=parts[1])]
    return [words.say("digest.lead.compared_once", what=part) for part in parts]


def _by(today: float, before: float, words: Words) -> str:
    """How far apart: in percent where there are enough people and it is no multiple, else as a number."""
    if before >= SURE and today < MULTIPLE * before:
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
    spikes = [*(alert.spike for alert in digest.alerts), *digest.untold]
    if not spikes:
        return []
    learning = all(spike.learning for spike in spikes)
    first = spikes[0]
    return [
        words.say(
            "digest.lead.spikes_learning" if learning else "digest.lead.spikes",
            len(spikes),
            where=where(first, words),
            people=words.say("digest.customers", first.observed),
            within=within(first.within, words),
            expected=mean(first.expected, words),
        )
    ]


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
        elif digest.history_days < 7 * digest.days:
            texts.append(words.say("digest.state.young", days=words.say("digest.days_back", digest.history_days)))
        elif digest.people.days < (7 if digest.days == 1 else 4):
            texts.append(words.say("digest.state.gaps_before"))
    return [Text(text, "warning") for text in texts]

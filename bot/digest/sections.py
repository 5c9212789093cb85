"""The parts of a day's page below its first screen, each from the model alone."""

from datetime import timedelta

from ..domain import Gap, HotSpot, Spike
from ..watch.coverage import Heard
from ..watch.spikes import MEMORY
from .model import Change, DayDigest, Source
from .page import Block, ChartBlock, Quotation, Section, Table, Text
from .weather import lines
from .words import Words

BARS = "▁▂▃▄▅▆▇█"
DISTRICTS = 3  # told for each of the first cities
CITIES = 3


def symptom(value: str, words: Words) -> str:
    return words.say(f"symptom.{value}")


def mean(value: float, words: Words) -> str:
    return words.number(value, 0 if value >= 20 or value == int(value) else 1)


def rate(value: float, words: Words) -> str:
    return words.number(value, 0 if value >= 9.95 else 1)


def within(stretch: timedelta, words: Words) -> str:
    minutes = round(stretch / timedelta(minutes=1))
    return (
        words.say("digest.spikes.minutes", minutes) if minutes <= 60 else words.say("digest.spikes.hours", minutes / 60)
    )


def chance(p: float, words: Words) -> str:
    """How rare, in a sentence."""
    if p <= 1e-6:
        return words.say("digest.spikes.chance_never")
    odds = 1 / p
    return words.say("digest.spikes.chance", odds=words.number(round(odds, 1 - len(str(int(odds))))))


def counts(digest: DayDigest, words: Words) -> Section:
    rows = (
        (words.say("digest.counts.people"), *_change(digest.people, words)),
        (words.say("digest.counts.found"), *_change(digest.found, words)),
        (words.say("digest.counts.filed"), *_change(digest.filed, words)),
        (words.say("digest.counts.outages"), *_change(digest.outages, words)),
        (words.say("digest.counts.other"), *_change(digest.other_trouble, words)),
    )
    notes = []
    if digest.unsure:
        notes.append(words.say("digest.counts.unsure", share=words.percent(digest.unsure / digest.found.today)))
    if digest.anonymous:
        notes.append(words.say("digest.counts.anonymous", digest.anonymous))
    notes.append(words.say("digest.counts.explained"))
    return _section(
        "counts", words, Table(_columns("counts", ("day", "yesterday", "usual"), words), rows), *_notes(notes)
    )


def chart(digest: DayDigest, words: Words) -> Section:
    known = [count for count in digest.series if count.heard is not Heard.NOTHING]
    last = digest.series[-1]
    highest = max(known, key=lambda count: count.total, default=last)
    values = {
        "first": words.date(digest.series[0].day, "short_date"),
        "last": words.date(last.day, "short_date"),
        "day": words.date(last.day, "short_date"),
        "top": words.number(highest.total),
        "top_day": words.date(highest.day, "short_date"),
        "today": words.number(last.total) if last in known else words.say("digest.chart.no_data"),
    }
    bars = "".join(_bar(count.total, highest.total) if count in known else "·" for count in digest.series)
    caption = words.say("digest.chart.sparkline" if highest.total else "digest.chart.sparkline_none", **values)
    alt = words.say("digest.chart.alt", **values)
    if missing := len(digest.series) - len(known):
        caption += " " + words.say("digest.chart.missing")
        alt += " " + words.say("digest.chart.alt_missing", missing)
    title = words.say("digest.chart.title", days=words.number(len(digest.series)))
    return Section(title, (ChartBlock(bars, caption, alt),))


def _bar(value: int, top: int) -> str:
    return BARS[round((len(BARS) - 1) * value / top)] if top else BARS[0]


def spikes(digest: DayDigest, words: Words) -> Section:
    if digest.spikes:
        return _section("spikes", words, *(Text(_spike(spike, digest, words)) for spike in digest.spikes))
    if digest.history_days == 0:
        text = words.say("digest.spikes.no_history")
    elif digest.learning:
        text = words.say("digest.spikes.none_learning", days=words.say("digest.days", digest.history_days))
    else:
        text = words.say("digest.spikes.none")
    return _section("spikes", words, Text(text))


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
    if spike.authors > spike.observed:
        parts.append(words.say("digest.spikes.authors", authors=words.number(spike.authors)))
    if spike.places:
        cities = (f"{city} ({words.number(people)})" for city, people in spike.places)
        parts.append(words.say("digest.spikes.grew", places=words.listing(cities)))
    until = spike.until.astimezone(zone)
    over = until.date() == digest.day
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
    note = Text(words.say("storm.note"), "note")
    return [Section(words.say("storm.title"), (Text(level), Text(" ".join(reasons)), note))]


def mix(digest: DayDigest, words: Words) -> Section:
    if not digest.mix:
        return _section("mix", words, Text(words.say("digest.mix.none")))
    none = words.say("digest.counts.none")
    rows = tuple(
        (
            symptom(row.symptom, words),
            words.number(row.people),
            words.percent(row.share),
            none if row.before is None else words.percent(row.before),
            none if row.before is None else words.number(100 * (row.share - row.before), sign=True),
        )
        for row in digest.mix
    )
    table = Table(
        (words.say("digest.mix.symptom"), *_columns("mix", ("people", "share", "before", "moved"), words)[1:]),
        rows,
        shares=tuple(row.share for row in digest.mix),
    )
    several = sum(row.share for row in digest.mix) > 1
    return _section("mix", words, table, *_notes([words.say("digest.mix.note")] if several else []))


def places(digest: DayDigest, words: Words) -> Section:
    title = words.say("digest.places.title", digest.place_days)
    unplaced = words.say("digest.places.unplaced", share=words.percent(digest.unplaced or 0.0))
    if not digest.places:
        return Section(title, (Text(words.say("digest.places.none")),))
    rows = tuple(
        (
            place.spot.city,
            words.number(place.spot.people),
            words.number(place.today),
            _rated(place.spot, words),
            _trend(place.spot, words),
            symptom(place.spot.mix[0][0], words) if place.spot.mix else words.say("digest.counts.none"),
        )
        for place in digest.places
    )
    columns = _columns("places", ("people", "today", "rate", "trend", "main"), words)[1:]
    blocks: list[Block] = [Table((words.say("digest.places.place"), *columns), rows, words=(4, 5)), Text(unplaced)]
    with_districts = [place.spot for place in digest.places[:CITIES] if any(not d.small for d in place.spot.districts)]
    if with_districts:
        blocks.append(Text(" ".join(_districts(spot, words) for spot in with_districts)))
    notes = []
    if any(place.spot.population and not place.spot.small for place in digest.places):
        key = "digest.places.population" if digest.population_year else "digest.places.population_unknown"
        notes.append(words.say(key, year=digest.population_year))
    if any(place.spot.trend is not None and not place.spot.small for place in digest.places):
        notes.append(words.say("digest.places.trend_note"))
    if any(place.spot.small for place in digest.places):
        notes.append(words.say("digest.places.small_note"))
    return Section(title, (*blocks, *_notes([" ".join(notes)] if notes else [])))


def _rated(spot: HotSpot, words: Words) -> str:
    if not spot.population or spot.per_100k is None or spot.small:  # a few people in a village are no rate
        return words.say("digest.counts.none")
    low, high = (bound * 100_000 / spot.population for bound in (spot.low, spot.high))
    return f"{rate(spot.per_100k, words)} ({words.range(low, high, 0 if low >= 9.95 else 1)})"


def _trend(spot: HotSpot, words: Words) -> str:
    if spot.small:
        return words.say("digest.places.small")
    if spot.trend is None:
        return words.say("digest.counts.none")
    return words.say({0: "digest.places.same", 1: "digest.places.more", -1: "digest.places.fewer"}[spot.trend])


def _districts(spot: HotSpot, words: Words) -> str:
    named = [d for d in spot.districts if not d.small][:DISTRICTS]
    told = ", ".join(f"{district.district} {words.number(district.people)}" for district in named)
    return words.say("digest.places.district", city=spot.city, districts=told)


def others(digest: DayDigest, words: Words) -> Section:
    if not digest.others:
        return _section("others", words, Text(words.say("digest.others.none")))
    rows = tuple((other.carrier, *_change(other.change, words)) for other in digest.others)
    columns = _columns("others", ("day", "yesterday", "usual"), words)[1:]
    table = Table((words.say("digest.others.carrier"), *columns), rows)
    return _section("others", words, table, *_notes([words.say("digest.others.note")]))


def quotes(digest: DayDigest, words: Words) -> Section:
    if not digest.quotes:
        return _section("quotes", words, Text(words.say("digest.quotes.none")))
    told = []
    for quote in digest.quotes:
        what = symptom(quote.symptoms[0], words) if quote.symptoms else ""
        both = words.say("digest.quotes.where", city=quote.city, symptom=what)
        told.append(Quotation(words.quote(quote.text), both if quote.city and what else quote.city or what))
    return _section("quotes", words, *told)


def sources(digest: DayDigest, words: Words) -> Section:
    if not digest.sources:
        return _section("sources", words, Text(words.say("digest.sources.none")))
    rows = tuple(
        (
            source.name,
            words.number(source.posts),
            words.number(source.own),
            words.say(f"digest.sources.{_heard(source)}"),
            _last_answer(source, words),
        )
        for source in digest.sources
    )
    columns = _columns("sources", ("posts", "own", "heard", "last"), words)[1:]
    blocks: list[Block] = [Table((words.say("digest.sources.source"), *columns), rows, words=(3, 4))]
    for source in digest.sources:
        blocks += [Text(text, "note") for text in _source_notes(source, digest, words)]
    if paid := [cost for cost in digest.costs if cost.usd]:
        told = words.listing(f"{cost.source} {words.number(cost.usd / 1_000_000, 2)}" for cost in paid)
        blocks.append(Text(words.say("digest.sources.cost", costs=told)))
    return _section("sources", words, *blocks)


def _heard(source: Source) -> str:
    if source.heard is Heard.ALL:
        return "all" if source.posts else "quiet"
    return "part" if source.heard is Heard.PART else "nothing"


def _last_answer(source: Source, words: Words) -> str:
    if not source.live:
        return words.say("digest.sources.archive")
    if source.last_success_at is None:
        return words.say("digest.sources.never")
    return words.date(source.last_success_at, "moment")


def _source_notes(source: Source, digest: DayDigest, words: Words) -> list[str]:
    notes = [words.say("digest.sources.made_up", source=source.name)] if source.made_up else []
    notes += [_gap(gap, digest, words) for gap in source.gaps]
    if source.last_error:
        notes.append(words.say("digest.sources.error", source=source.name, error=source.last_error))
    return notes


def _gap(gap: Gap, digest: DayDigest, words: Words) -> str:
    zone = digest.written_at.tzinfo
    since = words.date(gap.since.astimezone(zone), "moment")
    if gap.until is None:
        return words.say("digest.sources.gap_open", source=gap.source, since=since, reason=gap.reason)
    until = words.date(gap.until.astimezone(zone), "moment")
    return words.say("digest.sources.gap", source=gap.source, since=since, until=until, reason=gap.reason)


def _change(change: Change, words: Words) -> tuple[str, str, str]:
    none = words.say("digest.counts.none")
    return (
        words.number(change.today),
        none if change.yesterday is None else words.number(change.yesterday),
        none if change.usual is None else mean(change.usual, words),
    )


def _columns(section: str, keys: tuple[str, ...], words: Words) -> tuple[str, ...]:
    return ("", *(words.say(f"digest.{section}.{key}") for key in keys))


def _notes(texts: list[str]) -> list[Text]:
    return [Text(text, "note") for text in texts]


def _section(key: str, words: Words, *blocks: Block) -> Section:
    return Section(words.say(f"digest.{key}.title"), blocks)

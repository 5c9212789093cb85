"""The parts of a day's page below its first screen, each from the model alone."""

from ..domain import Gap, HotSpot
from ..watch.coverage import Heard
from ..watch.hotspots import busy_hours
from .model import Change, DayDigest, Source
from .page import Block, Picture, Points, Quotation, Section, Table, Text
from .words import Words

BARS = "▁▂▃▄▅▆▇█"
DISTRICTS = 3  # told for each of the first cities
CITIES = 3


def symptom(value: str, words: Words) -> str:
    return words.say(f"symptom.{value}")


def mean(value: float, words: Words) -> str:
    if 0 < value < 0.05:
        return f"<\N{NO-BREAK SPACE}{words.number(0.1, 1)}"  # "0.0 expected" reads as if nobody had looked
    return words.number(value, 0 if value >= 20 or value == int(value) else 1)


def rate(value: float, words: Words) -> str:
    return words.number(value, 0 if value >= 9.95 else 1)


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
        key = "nobody_named" if digest.anonymous == digest.found.today else "anonymous"
        notes.append(words.say(f"digest.counts.{key}", digest.anonymous))
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
        "top_day": words.date(highest.day, "day_month"),
        "today": words.number(last.total) if last in known else words.say("digest.chart.no_data"),
    }
    bars = "".join(_bar(count.total, highest.total) if count in known else "·" for count in digest.series)
    caption = words.say("digest.chart.sparkline" if highest.total else "digest.chart.sparkline_none", **values)
    alt = words.say("digest.chart.alt", **values)
    if missing := len(digest.series) - len(known):
        caption += " " + words.say("digest.chart.missing")
        alt += " " + words.say("digest.chart.alt_missing", missing)
    title = words.say("digest.chart.title", days=words.number(len(digest.series)))
    return Section(title, (Picture("days", bars, caption, alt),))


def _bar(value: int, top: int) -> str:
    return BARS[round((len(BARS) - 1) * value / top)] if top else BARS[0]


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
            none if row.before is None else words.number(round(100 * row.share) - round(100 * row.before), sign=True),
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
    if not digest.places:
        return Section(title, (Text(words.say("digest.places.none")),))
    shown = [place for place in digest.places if place.spot.people > 1] or list(digest.places[:CITIES])
    rows = tuple(
        (
            place.spot.city,
            words.number(place.spot.people),
            words.number(place.today),
            _rated(place.spot, words),
            _trend(place.spot, words),
            symptom(place.spot.mix[0][0], words) if place.spot.mix else words.say("digest.counts.none"),
        )
        for place in shown
    )
    columns = _columns("places", ("people", "today", "rate", "trend", "main"), words)[1:]
    blocks: list[Block] = []
    if digest.map:
        blocks.append(_map(digest, words))
    blocks.append(Table((words.say("digest.places.place"), *columns), rows, words=(4, 5)))
    told = [words.say("digest.places.unplaced", share=words.percent(digest.unplaced or 0.0))]
    listed = sum(place.spot.people for place in shown)
    if (more := digest.placed - listed) > 0:
        told.insert(0, words.say("digest.places.elsewhere", more))
    blocks.append(Text(" ".join(told)))
    first = [place.spot for place in shown[:CITIES]]
    if details := [detail for spot in first if (detail := _detail(spot, words))]:
        blocks.append(Points(tuple(details)))
    notes = []
    if any(place.spot.population and not place.spot.small for place in shown):
        key = "digest.places.population" if digest.population_year else "digest.places.population_unknown"
        notes.append(words.say(key, year=digest.population_year))
    if any(place.spot.trend is not None and not place.spot.small for place in shown):
        notes.append(words.say("digest.places.trend_note"))
    if any(place.spot.small for place in shown):
        notes.append(words.say("digest.places.small_note"))
    return Section(title, (*blocks, *_notes([" ".join(notes)] if notes else [])))


def _map(digest: DayDigest, words: Words) -> Picture:
    cities = (f"{dot.name} {words.number(dot.people)}" for dot in digest.map[:CITIES])
    caption = words.say("digest.map.caption")
    if digest.off_map:
        caption += " " + words.say("digest.map.off", digest.off_map)
    alt = words.say("digest.map.alt", len(digest.map), cities=words.listing(cities))
    return Picture("map", "", caption, alt)


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


def _detail(spot: HotSpot, words: Words) -> str:
    """Districts and busy hours of a city; "" where there are too few people for either."""
    told = []
    named = [d for d in spot.districts if not d.small][:DISTRICTS]
    if named:
        told.append(", ".join(f"{district.district} {words.number(district.people)}" for district in named))
    if busy := busy_hours(spot):
        first, end, share = busy
        told.append(words.say("digest.places.busy", first=first, end=end or 24, share=words.percent(share)))
    return words.say("digest.places.detail", city=spot.city, told="; ".join(told)) if told else ""


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


def campaigns(digest: DayDigest, words: Words) -> list[Section]:
    if not digest.campaigns:
        return []
    points = tuple(
        words.say(
            "digest.campaigns.one",
            people=words.say("digest.customers", each.people),
            posts=words.number(each.posts),
            since=words.date(each.since, "moment"),
            until=words.date(each.until, "clock" if each.since.date() == each.until.date() else "moment"),
            sources=words.listing(each.sources),
        )
        for each in digest.campaigns
    )
    return [_section("campaigns", words, Points(points), *_notes([words.say("digest.campaigns.note")]))]


def waiting(digest: DayDigest, words: Words) -> list[Section]:
    """What waits for a person."""
    points = []
    if replies := digest.replies:
        points.append(words.say("digest.waiting.drafts", replies.waiting))
        if replies.approved:
            points.append(words.say("digest.waiting.approved", replies.approved))
        if replies.sent:
            points.append(words.say("digest.waiting.sent", replies.sent))
    if funnel := digest.funnel:
        if funnel.waiting:
            points.append(words.say("digest.waiting.reports", funnel.waiting))
        opened, filed, by_link = map(words.number, (funnel.opened, funnel.filed, funnel.filed_by_link))
        points.append(
            words.say(
                "digest.waiting.funnel", sent=words.number(funnel.sent), opened=opened, filed=filed, by_link=by_link
            )
        )
    if digest.doubtful:
        share = words.percent(digest.doubtful / max(digest.judged, 1))
        points.append(words.say("digest.waiting.doubtful", digest.doubtful, share=share))
    return [_section("waiting", words, Points(tuple(points)))] if points else []


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

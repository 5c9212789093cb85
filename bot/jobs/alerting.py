"""The watch job: find incidents, judge them by all that is known, note them, and queue what people are to hear."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from .. import store
from ..classify.language import FUNCTION_WORDS
from ..config.load import read_toml, shipped
from ..config.settings import Settings
from ..digest.alert import Teller
from ..digest.quotes import CHARS, plain
from ..domain import Said, Spike
from ..errors import ConfigError
from ..text import fold, tokenize
from ..watch.alerts import (
    COOLDOWN,
    LATELY,
    Alert,
    Event,
    against,
    events_of,
    grown_words,
    next_message,
    recurs,
    rose,
    same_incident,
    share_of_theirs,
)
from ..watch.coverage import Heard
from ..watch.silence import in_words
from ..watch.spikes import HISTORY, OVER, find_spikes
from . import outbox
from .publishing import early_warning, known_hours, load_words, storm_of

SAMPLE = 5
COMPARED = timedelta(hours=6)  # of an incident's latest hours, with other carriers: a quarter of an hour shows too few
BEFORE = timedelta(days=28)  # what the words of an incident are compared with
PADDING = timedelta(hours=1)
PAUSE = timedelta(hours=1)  # a program that did not run for so long still tells what it missed


def watch(writer: store.Database, reader: store.Database, settings: Settings, *, now: datetime) -> list[Alert]:
    """Note what early warning says now. Returns the alerts that were written, with all that helps to judge them."""
    since = now - settings.watch.every - OVER - COOLDOWN
    open_one = store.open_alert(writer, touched_since=since)
    lately = now - max(settings.watch.every, PAUSE)
    if (open_one is None or open_one.over_at) and not early_warning(reader, since=lately, until=now):
        return []  # nobody came, so no rule can fire
    known, _ = known_hours(reader, settings, since=since - HISTORY, until=now)
    # Nobody holds the complaints any longer than this: in a storm they are megabytes.
    spikes = find_spikes(
        early_warning(reader, since=since - HISTORY, until=now), known, settings.zone, since=since, until=now
    )
    events = load_events(settings)
    written = []
    for spike in spikes:
        before = store.open_alert(writer, touched_since=spike.since - COOLDOWN)
        if before and not same_incident(before, spike):
            before = None
        if before and spike.until <= before.spike.until and (before.over_at or not spike.over):
            continue  # nothing has happened since the last look
        gap = known.heard(spike.since - PADDING, min(spike.until, now)) is not Heard.ALL
        alert = judge(reader, settings, spike, before, events, gap=gap, now=now)
        step = next_message(before, spike, now, "recurring" in alert.against)
        with store.transaction(writer):
            alert = store.put_alert(writer, alert)
            if step:
                queue_alert(writer, settings, alert, step, now=now)
                alert = store.put_alert(writer, replace(alert, told_observed=max(spike.observed, 1), told_at=now))
        written.append(alert)
    return written


def judge(
    db: store.Database,
    settings: Settings,
    spike: Spike,
    before: Alert | None,
    events: Iterable[Event],
    *,
    gap: bool,
    now: datetime,
) -> Alert:
    """Put beside a spike what speaks for and against it."""
    city = next((part.name for part in spike.parts if part.kind == "city"), None) if spike.rule == "part" else None
    begin, end = spike.since, min(spike.until, now)
    words, people = store.word_counts(db, since=begin, until=end, city=city)
    words_before, people_before = store.word_counts(db, since=begin - BEFORE, until=begin, city=city)
    sources, press = store.sources_of(db, since=begin, until=end)
    listening = store.sources_of(db, since=begin - BEFORE, until=begin)[0]
    seen = _beside_usual(db, settings, min(end - spike.within, max(begin, end - COMPARED)), end)
    us, expected = seen.pop("")
    elsewhere = rose(seen)
    theirs = share_of_theirs(us - expected, elsewhere)
    quotes = store.quotes(db, since=begin, until=end, limit=50)
    spelled = _spelled(said.text for said in quotes)
    named = events_of(spike, events, settings.zone)
    told = {word for names in (settings.carrier, *settings.others) for word in (names.name.casefold(), *names.words)}
    told |= {fold(word) for place, _ in spike.places for word in place.split()}
    return Alert(
        number=before.number if before else 0,
        spike=replace(spike, since=min(spike.since, before.spike.since), at=before.spike.at) if before else spike,
        opened_at=before.opened_at if before else now,
        posts=sources.total(),
        words=tuple(
            (spelled.get(word, word), count, usual)
            for word, count, usual in grown_words(words, people, words_before, people_before, told | FUNCTION_WORDS)
        ),
        sample=_sample(quotes, city),
        elsewhere=elsewhere,
        theirs=theirs,
        against=against(
            spike,
            posts=spike.authors,
            sources=list(sources),
            listening=len(listening),
            press=press,
            gap=gap,
            theirs=theirs,
            event=bool(named),
            recurring=recurs(
                spike, before.number if before else 0, store.alerts(db, since=begin - LATELY, until=begin)
            ),
        ),
        events=named,
        told_observed=before.told_observed if before else 0,
        told_at=before.told_at if before else None,
        over_at=(before.over_at if before and before.over_at else now) if spike.over else None,
    )


def queue_alert(db: store.Database, settings: Settings, alert: Alert, step: str, *, now: datetime) -> None:
    """Inside the transaction that notes the alert. An update takes the place of one that still waits for the morning."""
    simulation = store.get_simulation(db)
    number = f"alert {alert.number} "
    key = number + (step if step != "grown" else f"grown {alert.spike.observed}")
    asleep = [
        to for to in outbox.recipients(settings, "alert") if to.quiet and to.quiet.over_at(now, settings.zone) > now
    ]
    level = storm_of(db, settings, now.astimezone(settings.zone).date()).level if asleep and step != "over" else 0
    for to in outbox.recipients(settings, "alert"):
        wakes = to in asleep and to.quiet is not None and level >= to.quiet.wake_from
        notice = ""
        if simulation:
            notice = simulation.notice.get(to.language) or simulation.title
        teller = Teller(load_words(to.language), settings.carrier.name, settings.zone, notice, level if wakes else None)
        page = teller.page(alert, step)
        outbox.queue(db, settings, to, key, "alert", page, now=now, instead_of=number, urgent=wakes)


def describe_alert(alert: Alert, zone: tzinfo = UTC) -> str:
    """One line, for the log in UTC."""
    return describe_spike(alert.spike, zone) + ("; likely not us" if alert.not_us else "")


def describe_spike(spike: Spike, zone: tzinfo) -> str:
    line = (
        f"{spike.observed} customers within {in_words(spike.within)}, {spike.expected:.1f} expected (p {spike.p:.1g})"
    )
    line += f", since {spike.since.astimezone(zone):%Y-%m-%d %H:%M} {spike.since.astimezone(zone):%Z}"
    if spike.places:
        line += "; most in " + ", ".join(f"{city} ({people})" for city, people in spike.places[:3])
    if spike.rule == "part":
        line += "; only " + ", ".join(part.name for part in spike.parts[:3])
    line += "; over" if spike.over else ""
    return line + ("; still learning what is usual" if spike.learning else "")


def load_events(settings: Settings) -> list[Event]:
    """Holidays and big events of the carrier's countries. Raises ConfigError."""
    events = []
    for country in settings.carrier.countries[:1]:
        path = shipped("events", f"{country}.toml")
        for row in read_toml(path).get("events", ()) if path.exists() else ():
            try:
                first = date.fromisoformat(row["first"])
                last = date.fromisoformat(row.get("last", row["first"]))
                others = {key[5:]: str(name) for key, name in row.items() if key.startswith("name_")}
                events.append(Event({"": str(row["name"])} | others, first, last, tuple(row.get("places", ()))))
            except (KeyError, ValueError, TypeError) as error:
                raise ConfigError(f"{path}: an event needs name and first, as 2026-12-31 ({error})") from error
    return events


def _beside_usual(
    db: store.Database, settings: Settings, begin: datetime, end: datetime
) -> dict[str, tuple[int, float]]:
    """People who complained about us (""), about other carriers, or named an app in the window, and on average at these
    hours of a week."""
    since = begin - timedelta(days=7) - PADDING
    rows = [("", complaint.at, complaint.who) for complaint in early_warning(db, since=since, until=end)]
    apps = {fold(name): name for name in settings.watch.apps}
    rows += store.others(db, since=since, until=end)
    rows += [(apps[word], at, who) for word, at, who in store.mentions(db, apps, since=since, until=end)]
    now: dict[str, set[str]] = defaultdict(set, {"": set()})
    before: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for name, at, who in rows:
        if at >= begin:
            now[name].add(who)
        for day in range(1, 8):
            shift = timedelta(days=day)
            if begin - shift - PADDING <= at < end - shift + PADDING:
                before[name].add((day, who))
    scale = (end - begin) / (end - begin + 2 * PADDING) / 7
    return {name: (len(people), len(before[name]) * scale) for name, people in now.items()}


def _spelled(texts: Iterable[str]) -> dict[str, str]:
    """How people write a folded word: "fünf" for "fuenf"."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for tokens in map(tokenize, texts):
        for word, start, end in zip(tokens.words, tokens.starts, tokens.ends, strict=True):
            forms[word.lstrip("#")][tokens.text[start:end].lstrip("#")] += 1
    return {word: counts.most_common(1)[0][0] for word, counts in forms.items()}


def _sample(candidates: Iterable[Said], city: str | None) -> tuple[str, ...]:
    """More than a digest quotes: here a reader is to judge whether it is real."""
    texts = [plain(said.text) for said in candidates if city in (None, said.city)]
    return tuple([text for text in texts if CHARS[0] <= len(text) <= CHARS[1]][:SAMPLE])

"""The jobs that tell people: early warning, and the digest of a day in files, mail and chat."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from functools import cache, partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from .. import store
from ..config.load import read_toml, shipped
from ..config.settings import Settings
from ..digest import render
from ..digest.compose import compose
from ..digest.day import Inputs, about_capacity, history_start, midnight, plan_day
from ..digest.model import Campaign, DayDigest, Quote, Replies, State
from ..digest.quotes import Grounds, choose
from ..digest.words import Words
from ..domain import Band, Complaint, Funnel, HotSpot, Symptom
from ..errors import StoreError
from ..locate.build import load_cities
from ..locate.gazetteer import Gazetteer
from ..store.cases import cases
from ..store.funnel import funnel
from ..text import fold
from ..watch.coverage import Coverage, coverage
from ..watch.hotspots import rank
from ..watch.storm import Storm, Weather, storm_level
from ..watch.wave import Wave, people_by_day, waves_until
from . import pictures

FOLDER = "folder"
LANGUAGES = ("de", "en")
NETWORK = (Band.A, Band.B, Band.C)
QUOTES_READ = 200  # of these a few are chosen
CAMPAIGNS = 3
LATE = timedelta(days=3)  # a week's edition that nobody wrote on its Monday is still written
ENDS = timedelta(days=3)  # an archive that shows nothing for so long has ended


def early_warning(db: store.Database, *, since: datetime, until: datetime) -> list[Complaint]:
    """What early warning counts: capacity and outages."""
    return list(store.complaints(db, since=since, until=until, outages=True))


def storm_of(db: store.Database, settings: Settings, day: date) -> Storm:
    """How heated a local day was."""
    return storms_of(db, settings, day, 1)[0][1]


def storms_of(db: store.Database, settings: Settings, last: date, days: int) -> list[tuple[date, Storm]]:
    """How heated the `days` up to `last` were, the newest first. Their history is read once for all of them."""
    zone = settings.zone
    end, since = midnight(last + timedelta(days=1), zone), history_start(last - timedelta(days=days - 1), zone)
    known, _ = known_hours(db, settings, since=since, until=end)
    people = people_by_day(store.people(db, since=since, until=end), zone)
    return _storms(db, zone, last, waves_until(last, people, known, zone, end, days))


def _storms(db: store.Database, zone: tzinfo, last: date, waves: Sequence[Wave | None]) -> list[tuple[date, Storm]]:
    """Of the days up to `last` and the wave that each is part of, the newest first. What several of them are compared with
    is read once."""
    span = store.span(db)

    @cache
    def moods(day: date) -> list[tuple[str, str, int, str]]:
        return store.moods(db, since=midnight(day, zone), until=midnight(day + timedelta(days=1), zone))

    days = (last - timedelta(days=back) for back in range(len(waves)))
    return [(day, _storm(db, zone, day, wave, moods, span)) for day, wave in zip(days, waves, strict=True)]


def _storm(
    db: store.Database,
    zone: tzinfo,
    day: date,
    wave: Wave | None,
    moods: Callable[[date], list[tuple[str, str, int, str]]],
    span: tuple[datetime, datetime] | None,
) -> Storm:
    """Compared with the week before it, or before the wave that it is part of: a storm does not make itself usual."""
    first = min(day, wave.first) if wave else day
    week = [mood for back in range(7, 0, -1) for mood in moods(first - timedelta(days=back))]
    today = moods(day)
    spoke, press = store.voices(db, since=midnight(day, zone), until=midnight(day + timedelta(days=1), zone))
    days = min((midnight(first, zone) - span[0]).days, 7) if span else 0
    by_source = Counter(source for source, _ in {(source, who) for source, who, _, _ in today})
    usual = Counter(source for source, _, _ in {(source, who, on) for source, who, _, on in week})
    return storm_level(
        Weather(
            people=len({who for _, who, _, _ in today}),
            usual=usual.total() / days if days > 0 else None,
            voices=spoke,
            channels=sum(
                people >= 3 and people > 1.5 * usual[name] / max(days, 1) for name, people in by_source.items()
            ),
            listening=len(by_source.keys() | usual.keys()),
            press=press,
            annoyed=sum(tone <= -1 for _, _, tone, _ in today),
            angry=sum(tone <= -2 for _, _, tone, _ in today),
            posts=len(today),
        )
    )


def build_digest(
    db: store.Database, gazetteer: Gazetteer, settings: Settings, day: date, *, now: datetime, days: int = 1
) -> DayDigest:
    """Read what the digest of `day`, or of the `days` up to it, needs, and plan it. A week's edition quotes nobody."""
    zone = settings.zone
    first = day - timedelta(days=days - 1)
    begin, end = midnight(first, zone), midnight(day + timedelta(days=1), zone)
    since = history_start(day, zone, days)
    known, live = known_hours(db, settings, since=since, until=min(end, now))
    population, year = population_of(db, gazetteer)
    doubts = store.doubt_share(db, since=begin, until=end)
    home = settings.carrier.countries[0]
    lately = begin - timedelta(days=35 if days > 1 else 8)  # what the digest's own days are compared with
    complaints = early_warning(db, since=since, until=lately)
    complaints += store.complaints(db, since=lately, until=end, bands=NETWORK)
    people = people_by_day(((each.at, each.who) for each in complaints if about_capacity(each)), zone)
    (wave,) = waves_until(day, people, known, zone, min(end, now))
    digest = plan_day(
        Inputs(
            day=day,
            days=days,
            zone=zone,
            carrier=settings.carrier.name,
            written_at=now,
            complaints=complaints,
            wave=wave,
            others=store.others(db, since=lately, until=end),
            quotes=_quotes(db, begin, end) if days == 1 else (),
            health=store.health(db, since=begin, until=end),
            known=known,
            live=live,
            span=store.span(db),
            simulation=store.get_simulation(db),
            population=population,
            population_year=year,
            point=(load_cities(places) if (places := shipped("places", home)).is_dir() else gazetteer).coordinates,
            storms=_storms(db, zone, day, [wave] * days)[::-1],
            costs=store.costs_between(db, first, day + timedelta(days=1)),
            alerts=store.alerts(db, since=begin, until=end),
            campaigns=_campaigns(db, begin, end, zone),
            replies=_replies(db, begin),
            cases=cases(db),
            funnel=_funnel(db, begin.astimezone(zone), end.astimezone(zone)),
            doubts=(doubts.doubtful, doubts.judged),
        )
    )
    return replace(digest, database=store.database_id(db), country=home)


def _quotes(db: store.Database, begin: datetime, end: datetime) -> tuple[Quote, ...]:
    return choose(store.quotes(db, since=begin, until=end, limit=QUOTES_READ), load_grounds())


@cache
def load_grounds() -> Grounds:
    """What a quotation may rest on. Raises ConfigError."""
    words = read_toml(shipped("rules", "quotes.toml"))
    rules = {}
    for path in sorted(shipped("rules").glob("??.toml")):
        for rule in read_toml(path)["rule"]:
            kind, _, name = rule["means"].partition(".")
            if kind == "symptom" and name in set(Symptom):
                rules[rule["name"]] = (Symptom(name), rule.get("weight", 0.0))
    field, elsewhere = (frozenset(map(fold, words[key])) for key in ("field", "elsewhere"))
    return Grounds(rules, field, elsewhere)


def _campaigns(db: store.Database, begin: datetime, end: datetime, zone: tzinfo) -> list[Campaign]:
    found = store.campaigns(db, since=begin, until=end)[:CAMPAIGNS]
    return [
        Campaign(each.authors, each.posts, each.sources, each.since.astimezone(zone), each.until.astimezone(zone))
        for each in found
    ]


def _replies(db: store.Database, begin: datetime) -> Replies | None:
    standing = store.standing(db, since=begin)
    if not standing:
        return None
    return Replies(*(standing.get(state, 0) for state in ("draft", "approved", "sent")))


def _funnel(db: store.Database, begin: datetime, end: datetime) -> Funnel | None:
    counted = funnel(db, begin, end)
    return counted if counted.opened or counted.filed else None


def hot_spots(db: store.Database, gazetteer: Gazetteer, settings: Settings, last: date, days: int) -> list[HotSpot]:
    """Places of the `days` up to `last`, with the same number of days before for the trend."""
    begin, middle, end = (
        midnight(last + timedelta(days=shift), settings.zone) for shift in (1 - 2 * days, 1 - days, 1)
    )
    population, _ = population_of(db, gazetteer)
    first = store.span(db)
    before = list(store.complaints(db, since=begin, until=middle)) if first and first[0] <= begin else None
    return rank(store.complaints(db, since=middle, until=end, with_confidence=True), population, settings.zone, before)


def made_up_notice(db: store.Database, language: str) -> str | None:
    """What a made-up stream in this database says of itself; None: all of it is real."""
    simulation = store.get_simulation(db)
    return simulation.notice.get(language) if simulation else None


def load_words(language: str) -> Words:
    """Raises ConfigError."""
    return Words(language, read_toml(shipped("texts", f"{language}.toml")))


def text_of(digest: DayDigest, language: str) -> str:
    return render.as_text(digest, load_words(language))


def page_of(digest: DayDigest, language: str, *, around: bool = False) -> str:
    """The HTML edition with its pictures; `around`: with links to the days around and to the other languages."""
    words = load_words(language)
    return render.as_html(digest, words, pictures.drawn(digest, words), _links(digest, words) if around else ())


def write_digest(digest: DayDigest, folder: Path, languages: Sequence[str]) -> list[Path]:
    """All editions into <folder>/<day>/, each file whole or not at all; those of a week into <folder>/<last day>-week/.
    Returns what was written. Raises StoreError."""
    return _write(digest, folder, [load_words(language) for language in languages])


def publish_due(
    writer: store.Database, reader: store.Database, gazetteer: Gazetteer, settings: Settings, *, now: datetime
) -> list[str]:
    """What a morning owes: yesterday's digest, and in the first days of a week that of the week before, where anybody
    listened in it. Each once, however often it is asked. Raises StoreError."""
    yesterday = now.astimezone(settings.zone).date() - timedelta(days=1)
    publish = partial(publish_digest, writer, reader, gazetteer, settings, now=now)
    done = [f"digest of {yesterday}: {line}" for line in publish(yesterday)]
    sunday = yesterday - timedelta(days=(yesterday.weekday() + 1) % 7)
    if yesterday - sunday < LATE:
        done += [f"week up to {sunday}: {line}" for line in publish(sunday, days=7)]
    return done


def publish_digest(
    writer: store.Database,
    reader: store.Database,
    gazetteer: Gazetteer,
    settings: Settings,
    day: date,
    *,
    now: datetime,
    days: int = 1,
) -> list[str]:
    """Write the digest of `day`, or of the `days` up to it, into the folder and queue it for those the config names, each
    once. Returns a line for each thing done. Raises StoreError when the folder cannot be written, after the others have
    been queued."""
    from . import outbox  # brings mail and its kin, which a page or a command does without

    what, folder = ("digest", FOLDER) if days == 1 else ("week", f"{FOLDER}, week")
    key = f"{what} {day}"
    made: list[DayDigest] = []

    def digest() -> DayDigest:
        made.extend(() if made else [build_digest(reader, gazetteer, settings, day, now=now, days=days)])
        return made[0]

    def queue() -> list[str]:
        waiting = [to for to in outbox.recipients(settings, what) if not store.is_queued(reader, f"{key} {to.name}")]
        if not waiting:
            return []
        words = {to.language: load_words(to.language) for to in waiting}
        drawn = pictures.for_mail(digest(), list(words.values()))
        with store.transaction(writer):
            for to in waiting:
                page = compose(digest(), words[to.language])
                outbox.queue(writer, settings, to, key, what, page, drawn.get(to.language, {}), now=now)
        return [f"queued for {to.name}" for to in waiting]

    done: list[str] = []
    if days > 1 and not store.has_digest(reader, day, folder) and digest().state not in (State.PART, State.WHOLE):
        return []
    if not store.has_digest(reader, day, folder):
        try:
            paths = write_digest(digest(), Path(settings.digest.folder), settings.digest.languages)
        except BaseException:
            queue()
            raise
        store.claim_digest(writer, day, folder, now=now)  # afterwards: writing again is harmless, a lost day is not
        done.append(f"{len(paths)} files in {paths[0].parent}")
    return done + queue()


def _links(digest: DayDigest, words: Words) -> list[tuple[str, str]]:
    """The day or week before and after, the other edition of the same day, the other languages."""
    week = "/week" if digest.days > 1 else ""
    before, after = (digest.day + timedelta(days=shift * digest.days) for shift in (-1, 1))
    links = [(f"← {words.date(before, 'short_date')}", f"{week}/{before}?lang={words.lang}")]
    if after <= digest.written_at.date():
        links.append((f"{words.date(after, 'short_date')} →", f"{week}/{after}?lang={words.lang}"))
    key, other = ("digest.the_day", "") if week else ("digest.the_week", "/week")
    links.append((words.say(key), f"{other}/{digest.day}?lang={words.lang}"))
    others = (load_words(language) for language in LANGUAGES if language != words.lang)
    return links + [(other.say("language"), f"{week}/{digest.day}?lang={other.lang}") for other in others]


def _write(digest: DayDigest, folder: Path, languages: Sequence[Words]) -> list[Path]:
    target = folder / (digest.day.isoformat() + ("-week" if digest.days > 1 else ""))
    contents: dict[str, str | bytes] = {"digest.json": render.as_json(digest)}
    for words in languages:
        drawn = pictures.drawn(digest, words)
        contents[f"digest.{words.lang}.txt"] = render.as_text(digest, words)
        contents[f"digest.{words.lang}.html"] = render.as_html(digest, words, drawn)
        contents |= {f"{name}.{words.lang}.svg": svg for name, svg in drawn.items()}
    try:
        target.mkdir(parents=True, exist_ok=True)
        return [_replace(target / name, content) for name, content in contents.items()]
    except OSError as error:
        raise StoreError(f"{target}: the digest cannot be written ({error.strerror})") from error


def _replace(path: Path, content: str | bytes) -> Path:
    """Write under another name and rename: a reader sees the old file or the new one, never a half."""
    data = content.encode() if isinstance(content, str) else content
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    return path


def known_hours(
    db: store.Database, settings: Settings, *, since: datetime, until: datetime
) -> tuple[Coverage, frozenset[str]]:
    """Which hours were listened to, and which sources are asked again and again. An archive's own ends are looked for
    somewhat further out."""
    archives = {source.name for source in settings.sources if source.kind == "archive"}
    listening = {name: times for name, times in store.listening(db).items() if name not in archives}
    seen = store.seen_hours(db, since=since - ENDS, until=until + ENDS, besides=listening)
    gaps = [gap for name in store.source_names(db) for gap in store.gaps_between(db, name, since, until)]
    return coverage(seen, listening, gaps, settings.zone, until), frozenset(listening)


def population_of(db: store.Database, gazetteer: Gazetteer) -> tuple[Callable[[str], int | None], int | None]:
    """Inhabitants by city, and of which year: those of a made-up stream where there is one."""
    if simulation := store.get_simulation(db):
        return simulation.population.get, simulation.population_year
    return gazetteer.population, gazetteer.population_year

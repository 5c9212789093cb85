"""The jobs that tell people: early warning, and the digest of a day in files, mail and chat."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from .. import store
from ..config.load import read_toml, shipped
from ..config.settings import Settings
from ..digest import render
from ..digest.bars import draw_bars
from ..digest.charts import draw_days
from ..digest.compose import compose
from ..digest.day import Inputs, history_start, midnight, plan_day
from ..digest.model import DayDigest
from ..digest.words import Words
from ..domain import Band, Cause, Complaint, HotSpot
from ..errors import StoreError
from ..locate.gazetteer import Gazetteer
from ..watch.coverage import Coverage, coverage
from ..watch.hotspots import rank
from ..watch.storm import Storm, Weather, storm_level
from . import outbox

FOLDER = "folder"
LANGUAGES = ("de", "en")
NETWORK = (Band.A, Band.B, Band.C)
QUOTES_READ = 200  # of these a few are chosen


def early_warning(db: store.Database, *, since: datetime, until: datetime) -> list[Complaint]:
    """What early warning counts: capacity and outages."""
    return [
        complaint
        for complaint in store.complaints(db, since=since, until=until, bands=NETWORK)
        if complaint.band is not Band.C or complaint.cause is Cause.OUTAGE
    ]


def storm_of(db: store.Database, settings: Settings, day: date) -> Storm:
    """How heated a local day was."""
    begin, end = midnight(day, settings.zone), midnight(day + timedelta(days=1), settings.zone)
    week = store.moods(db, since=midnight(day - timedelta(days=7), settings.zone), until=begin)
    today = store.moods(db, since=begin, until=end)
    spoke, press = store.voices(db, since=begin, until=end)
    span = store.span(db)
    days = min((begin - span[0]).days, 7) if span else 0
    by_source = Counter(source for source, _ in {(source, who) for source, who, _, _ in today})
    before = Counter(source for source, _, _ in {(source, who, on) for source, who, _, on in week})
    return storm_level(
        Weather(
            people=len({who for _, who, _, _ in today}),
            usual=before.total() / days if days > 0 else None,
            voices=spoke,
            channels=sum(
                people >= 3 and people > 1.5 * before[name] / max(days, 1) for name, people in by_source.items()
            ),
            listening=len(by_source.keys() | before.keys()),
            press=press,
            annoyed=sum(tone <= -1 for _, _, tone, _ in today),
            angry=sum(tone <= -2 for _, _, tone, _ in today),
            posts=len(today),
        )
    )


def build_digest(
    db: store.Database, gazetteer: Gazetteer, settings: Settings, day: date, *, now: datetime
) -> DayDigest:
    """Read what the digest of `day` needs, and plan it."""
    zone = settings.zone
    begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    since = history_start(day, zone)
    known, live = known_hours(db, settings, since=since, until=min(end, now))
    population, year = population_of(db, gazetteer)
    digest = plan_day(
        Inputs(
            day=day,
            zone=zone,
            carrier=settings.carrier.name,
            written_at=now,
            complaints=list(store.complaints(db, since=since, until=end, bands=NETWORK)),
            others=store.others(db, since=begin - timedelta(days=8), until=end),
            quotes=store.quotes(db, since=begin, until=end, limit=QUOTES_READ),
            health=store.health(db, since=begin, until=end),
            known=known,
            live=live,
            span=store.span(db),
            simulation=store.get_simulation(db),
            population=population,
            population_year=year,
            storm=storm_of(db, settings, day),
            costs=store.costs_between(db, day, day + timedelta(days=1)),
        )
    )
    return replace(digest, database=store.database_id(db))


def hot_spots(db: store.Database, gazetteer: Gazetteer, settings: Settings, last: date, days: int) -> list[HotSpot]:
    """Places of the `days` up to `last`, with the same number of days before for the trend."""
    begin, middle, end = (
        midnight(last + timedelta(days=shift), settings.zone) for shift in (1 - 2 * days, 1 - days, 1)
    )
    population, _ = population_of(db, gazetteer)
    first = store.span(db)
    before = list(store.complaints(db, since=begin, until=middle)) if first and first[0] <= begin else None
    return rank(store.complaints(db, since=middle, until=end), population, settings.zone, before)


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
    """The HTML edition with its chart; `around`: with links to the days around and to the other languages."""
    words = load_words(language)
    return render.as_html(digest, words, draw_bars(digest, words), _links(digest, words) if around else ())


def write_digest(digest: DayDigest, folder: Path, languages: Sequence[str]) -> list[Path]:
    """All editions into <folder>/<day>/, each file whole or not at all. Returns what was written. Raises StoreError."""
    return _write(digest, folder, [load_words(language) for language in languages])


def publish_digest(
    writer: store.Database,
    reader: store.Database,
    gazetteer: Gazetteer,
    settings: Settings,
    day: date,
    *,
    now: datetime,
) -> list[str]:
    """Write the digest of `day` into the folder and queue it for those the config names, each once. Returns a line for each
    thing done. Raises StoreError when the folder cannot be written, after the others have been queued."""
    digest: DayDigest | None = None
    done: list[str] = []
    if not store.has_digest(reader, day, FOLDER):
        digest = build_digest(reader, gazetteer, settings, day, now=now)
        try:
            paths = write_digest(digest, Path(settings.digest.folder), settings.digest.languages)
        except BaseException:
            _queue(writer, reader, gazetteer, settings, day, digest, now=now)
            raise
        store.claim_digest(writer, day, FOLDER, now=now)  # afterwards: writing again is harmless, a lost day is not
        done.append(f"{len(paths)} files in {paths[0].parent}")
    return done + _queue(writer, reader, gazetteer, settings, day, digest, now=now)


def _queue(
    writer: store.Database,
    reader: store.Database,
    gazetteer: Gazetteer,
    settings: Settings,
    day: date,
    digest: DayDigest | None,
    *,
    now: datetime,
) -> list[str]:
    key = f"digest {day}"
    waiting = [to for to in outbox.recipients(settings, "digest") if not store.is_queued(reader, f"{key} {to.name}")]
    if not waiting:
        return []
    digest = digest or build_digest(reader, gazetteer, settings, day, now=now)
    words = {to.language: load_words(to.language) for to in waiting}
    pictures = draw_days(digest, list(words.values()))
    with store.transaction(writer):
        for to in waiting:
            page = compose(digest, words[to.language])
            outbox.queue(writer, settings, to, key, "digest", page, pictures.get(to.language), now=now)
    return [f"queued for {to.name}" for to in waiting]


def _links(digest: DayDigest, words: Words) -> list[tuple[str, str]]:
    before, after = (digest.day + timedelta(days=shift) for shift in (-1, 1))
    links = [(f"← {words.date(before, 'short_date')}", f"/{before}?lang={words.lang}")]
    if after <= digest.written_at.date():
        links.append((f"{words.date(after, 'short_date')} →", f"/{after}?lang={words.lang}"))
    others = (load_words(language) for language in LANGUAGES if language != words.lang)
    return links + [(other.say("language"), f"/{digest.day}?lang={other.lang}") for other in others]


def _write(digest: DayDigest, folder: Path, languages: Sequence[Words]) -> list[Path]:
    target = folder / digest.day.isoformat()
    contents: dict[str, str | bytes] = {"digest.json": render.as_json(digest)}
    for words in languages:
        chart = draw_bars(digest, words) if digest.series else ""
        contents[f"digest.{words.lang}.txt"] = render.as_text(digest, words)
        contents[f"digest.{words.lang}.html"] = render.as_html(digest, words, chart)
        contents[f"days.{words.lang}.svg"] = chart
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
    """Which hours were listened to, and which sources are asked again and again."""
    archives = {source.name for source in settings.sources if source.kind == "archive"}
    listening = {name: times for name, times in store.listening(db).items() if name not in archives}
    seen = store.seen_hours(db, since=since, until=until)
    gaps = [gap for health in store.health(db, since=since, until=until) for gap in health.gaps]
    return coverage(seen, listening, gaps, settings.zone, until), frozenset(listening)


def population_of(db: store.Database, gazetteer: Gazetteer) -> tuple[Callable[[str], int | None], int | None]:
    """Inhabitants by city, and of which year: those of a made-up stream where there is one."""
    if simulation := store.get_simulation(db):
        return simulation.population.get, simulation.population_year
    return gazetteer.population, gazetteer.population_year

"""Made-up streams in a known shape: what was published comes out exactly, the rest is drawn from a seed.

A stream is rows for JSON lines, ordered by time: first one that says what it is, then posts and filed reports.
"""

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Scenario = Mapping[str, Any]  # a parsed file of config/scenarios/

# How likely a complaint is at each hour of the local day: little at night, a first peak at noon, the busy hour at seven.
BUSY = (2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 10, 12, 11, 10, 11, 13, 16, 19, 20, 18, 14, 9, 4)


def stream(
    name: str,
    scenario: Scenario,
    seed: int | None = None,
    *,
    volume: float = 1.0,
    noise: float | None = None,
    gaps: Sequence[tuple[datetime, datetime]] = (),
) -> Iterator[Row]:
    """All rows of a scenario. The same scenario, seed and wishes give the same rows on every machine.

    `volume` multiplies the hourly complaints of a scenario with waves, `noise` is other posts for each complaint; nothing
    is shown of what falls into a gap (aware, since and until).
    """
    seed = scenario["seed"] if seed is None else seed
    reports = _reports(name, scenario, random.Random(f"{name} reports {seed}")) if "reports" in scenario else []
    rng = random.Random(f"{name} posts {seed}")
    posts = _posts(name, scenario, rng) if reports else list(_waves(name, scenario, rng, volume, noise))
    yield {
        "kind": "simulation",
        "name": name,
        "title": scenario["title"],
        "notice": scenario["notice"],
        "seed": seed,
        "population_year": scenario["cities"]["population_year"],
        "population": {city: people for city, _, people in _cities(scenario)},
    }
    rows = sorted([*reports, *posts], key=lambda row: (row["created_at"], row["id"]))
    for row in rows:
        at = datetime.fromisoformat(row["created_at"])
        if not any(since <= at < until for since, until in gaps):
            yield row


def merged(scenario: Scenario, base: Scenario) -> Scenario:
    """A scenario with all it takes from another one: cities, spots and sentences, some words put in today's."""

    def today(value: Any) -> Any:
        if isinstance(value, str):
            for old, new in scenario["words"].items():
                value = value.replace(old, new)
            return value
        if isinstance(value, dict):
            return {key: today(item) for key, item in value.items()}
        return [today(item) for item in value] if isinstance(value, list) else value

    taken = {key: today(base[key]) for key in ("cities", "districts", "spots", "posts", "time_zone", "carrier")}
    symptoms = {"symptoms": [[symptom, people] for symptom, people, _ in base["reports"]["symptoms"]]}
    return taken | symptoms | dict(scenario) | {"posts": taken["posts"] | scenario.get("posts", {})}


def _reports(name: str, scenario: Scenario, rng: random.Random) -> list[Row]:
    settings = scenario["reports"]
    zone = ZoneInfo(scenario["time_zone"])
    times: list[datetime] = []
    for day, count in settings["per_day"]:
        times += sorted(_moment(date.fromisoformat(day), rng, zone) for _ in range(count))
    places: list[str | None] = [city for city, count, _ in _cities(scenario) for _ in range(count)]
    places += [None] * scenario["cities"]["unplaced"]
    if len(places) != len(times):
        raise ValueError(f"{name}: {len(times)} reports over the days, but {len(places)} over the places")
    rng.shuffle(places)
    ticks = _ticks(settings, len(times), rng)
    return [
        {
            "kind": "report",
            "id": f"{name}-report-{number:05}",
            "created_at": _text(at),
            "symptoms": symptoms,
            "city": city,
            "district": _pick_some(scenario["districts"].get(city, ()), 0.6, rng),
            "person": f"customer {number}",
        }
        for number, (at, city, symptoms) in enumerate(zip(times, places, ticks, strict=True))
    ]


def _ticks(settings: Mapping[str, Any], total: int, rng: random.Random) -> list[list[str]]:
    """Which kinds of trouble each report ticks: exactly as many of each as published, among the first ones too."""
    ticks: list[list[str]] = [[] for _ in range(total)]
    first = settings["first"]
    for symptom, among_all, among_first in settings["symptoms"]:
        chosen = rng.sample(range(first), among_first) + rng.sample(range(first, total), among_all - among_first)
        for number in chosen:
            ticks[number].append(symptom)
    _fill_empty(ticks, 0, first, rng)
    _fill_empty(ticks, first, total, rng)
    return ticks


def _fill_empty(ticks: list[list[str]], start: int, end: int, rng: random.Random) -> None:
    """Nobody files a form without a tick: take one from a report that has three or more, within the same stretch."""
    rich = [number for number in range(start, end) if len(ticks[number]) >= 3]
    rng.shuffle(rich)
    for number in range(start, end):
        if not ticks[number]:
            ticks[number].append(ticks[rich.pop()].pop())


def _posts(name: str, scenario: Scenario, rng: random.Random) -> list[Row]:
    settings = scenario["posts"]
    zone = ZoneInfo(scenario["time_zone"])
    reports = {date.fromisoformat(day): count for day, count in scenario["reports"]["per_day"]}
    rows: list[Row] = []
    texts: list[str] = []
    day: date = scenario["calm_since"]
    while day <= max(reports):
        complaints = round(
            settings["calm_per_day"] * rng.uniform(0.7, 1.3) + settings["per_report"] * reports.get(day, 0)
        )
        noise = round(complaints * settings["noise"])
        for number in range(complaints + noise):
            if number >= complaints:
                text = rng.choice(rng.choice(list(settings["noise_texts"].values())))
            elif texts and rng.random() < settings["copies"]:
                text = rng.choice(texts[-50:])
            else:
                text = _complaint(scenario, rng)
                texts.append(text)
            rows.append(
                {
                    "kind": "post",
                    "id": f"{name}-post-{len(rows):05}",
                    "created_at": _text(_moment(day, rng, zone)),
                    "author": f"made_up_{rng.randrange(4000)}",
                    "text": text,
                    "lang": "de",
                }
            )
        day += timedelta(days=1)
    return rows


def _waves(name: str, scenario: Scenario, rng: random.Random, volume: float, noise: float | None) -> Iterator[Row]:
    """Hours with their usual complaints, and waves upon them: so many times as many for some hours, of whom and where."""
    settings = scenario["posts"]
    zone = ZoneInfo(scenario["time_zone"])
    noise = settings["noise"] if noise is None else noise
    texts: list[str] = []
    number = 0
    hour = datetime.fromisoformat(scenario["begin"]).replace(tzinfo=zone).astimezone(UTC)
    end = datetime.fromisoformat(scenario["end"]).replace(tzinfo=zone).astimezone(UTC)
    waves = [each for wave in scenario.get("waves", ()) for each in _repeated(wave, zone)]
    mood = 0.0
    while hour < end:
        local = hour.astimezone(zone)
        mood = 0.6 * mood + 0.8 * rng.gauss(0, 1)  # what people share beyond chance, as measured on real posts
        usual = volume * settings["per_hour"] * 24 * BUSY[local.hour] / sum(BUSY) * math.exp(0.35 * mood - 0.06)
        kinds: list[tuple[str, float, Mapping[str, Any]]] = [("own", usual, {}), ("noise", usual * noise, {})]
        kinds += [(other, usual * settings["other_share"], {}) for other in settings["others"]]
        for since, factor, wave in waves:
            if since <= hour < since + timedelta(hours=wave["hours"]):
                share = settings["other_share"] if wave["who"] != "own" else 1.0
                kinds.append((wave["who"], usual * share * (factor - 1), wave))
        for who, mean, wave in kinds:
            for _ in range(_poisson(rng, mean)):
                text = _said(scenario, who, wave, texts, rng)
                at = hour + timedelta(seconds=rng.randrange(3600))
                yield {
                    "kind": "post",
                    "id": f"{name}-post-{number:06}",
                    "created_at": _text(at),
                    "author": f"made_up_{rng.randrange(40_000)}",
                    "text": text,
                    "lang": "de",
                }
                number += 1
        hour += timedelta(hours=1)


def _repeated(wave: Mapping[str, Any], zone: ZoneInfo) -> Iterator[tuple[datetime, float, Mapping[str, Any]]]:
    """When a wave begins and how high it is, on each of its `days` higher by `rise`."""
    first = datetime.fromisoformat(wave["since"]).replace(tzinfo=zone)
    for day in range(wave.get("days", 1)):
        yield (first + timedelta(days=day)).astimezone(UTC), wave["factor"] + day * wave.get("rise", 0.0), wave


def _said(scenario: Scenario, who: str, wave: Mapping[str, Any], texts: list[str], rng: random.Random) -> str:
    settings = scenario["posts"]
    if who == "noise":
        return str(rng.choice(rng.choice(list(settings["noise_texts"].values()))))
    if who == "own" and texts and rng.random() < settings["copies"]:
        return rng.choice(texts[-50:])
    text = _complaint(scenario, rng, wave)
    if who == "own":
        texts.append(text)
        return text
    return re.sub(r"[@#]?o2(de)?\b", who, text, flags=re.I)


def _poisson(rng: random.Random, mean: float) -> int:
    """Arrivals within an hour, one by one."""
    count, at = 0, rng.expovariate(1)
    while at < mean:
        count += 1
        at += rng.expovariate(1)
    return count


def _complaint(scenario: Scenario, rng: random.Random, wave: Mapping[str, Any] | None = None) -> str:
    settings = scenario["posts"]
    wave = wave or {}
    known = scenario["symptoms"] if "symptoms" in scenario else scenario["reports"]["symptoms"]
    weights = {row[0]: row[1] for row in known if row[0] in wave.get("symptoms", (row[0],))}
    symptom = rng.choices(list(weights), list(weights.values()))[0]
    where = ""
    if rng.random() >= wave.get("unplaced", settings["unplaced"]):
        cities = [row for row in _cities(scenario) if row[0] in wave.get("cities", (row[0],))]
        city = rng.choices([row[0] for row in cities], [row[1] for row in cities])[0]
        where = rng.choice(wave.get("spots") or scenario["spots"].get(city, [f"in {city}"]))
    sentence = rng.choice(settings["complaints"][symptom]).replace("{wo}", where)
    sentence = " ".join(sentence.split()).replace(" ,", ",").replace(" .", ".").replace(" ?", "?").replace(" :", ":")
    opening = rng.choice(settings["opening"])
    text = f"{opening}{sentence[:1].upper() + sentence[1:]}{rng.choice(settings['closing'])}"
    return text if scenario["carrier"] in text.casefold() else f"{text} #{scenario['carrier']}"


def _cities(scenario: Scenario) -> list[tuple[str, int, int]]:
    return [tuple(row) for row in [*scenario["cities"]["published"], *scenario["cities"]["other"]]]


def _moment(day: date, rng: random.Random, zone: ZoneInfo) -> datetime:
    hour = rng.choices(range(24), BUSY)[0]
    return datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=zone).astimezone(
        UTC
    )


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _pick_some(values: Any, share: float, rng: random.Random) -> str | None:
    """One of `values` with this probability, else none. Always draws, so that later draws stay where they are."""
    draw = rng.random()
    return rng.choice(values) if values and draw < share else None

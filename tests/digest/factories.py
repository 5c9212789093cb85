"""A fortnight of a small carrier's complaints, without chance: the golden digests are made of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.config.load import read_toml, shipped
from bot.digest.day import Inputs
from bot.digest.model import Quote
from bot.digest.words import Words
from bot.domain import Band, Cause, Complaint, Cost, Gap, Simulation, SourceHealth, Symptom
from bot.watch.coverage import coverage
from bot.watch.storm import Weather, storm_level
from tests.factories import complaint

ZONE = ZoneInfo("Europe/Berlin")
DAY = date(2026, 3, 17)  # a Tuesday
MORNING_AFTER = datetime(2026, 3, 18, 6, 0, tzinfo=UTC)
INHABITANTS = {"Köln": 1_080_000, "Bonn": 330_000, "Leverkusen": 160_000}
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
MADE_UP = Simulation(
    "november-2011",
    "November 2011",
    {"de": "Erfundener Strom nach veröffentlichten Zahlen", "en": "Made-up stream after published figures"},
    2011,
    INHABITANTS,
)
QUOTES = [
    Quote("Volle Balken am Neumarkt, o2, aber es lädt nichts", "Köln", (Symptom.DATA_STALL,)),
    Quote('@o2de seit dem Mittag bricht jedes "Gespräch" ab, auch', "Bonn", (Symptom.DROPPED_CALL,)),
    Quote("o2 ist hier am Abend langsamer als die Post & das jeden Tag", None, (Symptom.SLOW_DATA,)),
]
POINTS = {"Köln": (50.94, 6.96), "Bonn": (50.73, 7.1), "Leverkusen": (51.03, 6.98)}


def words(language: str) -> Words:
    return Words(language, read_toml(shipped("texts", f"{language}.toml")))


def local(day: date, hour: float) -> datetime:
    return (datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(hours=hour)).astimezone(UTC)


def usual_day(day: date, people: int = 12) -> list[Complaint]:
    """So many people over the day, two in three in a post; half of them in Köln, with the same troubles each day."""
    rows = []
    for number in range(people):
        symptoms = ((Symptom.SLOW_DATA,), (Symptom.DATA_STALL, Symptom.CALL_SETUP), (Symptom.DROPPED_CALL,))[number % 3]
        rows.append(
            complaint(
                at=local(day, 8 + 14 * number / people),
                who=f"{day} {number}",
                symptoms=symptoms,
                band=Band.B if number % 4 == 3 else Band.A,
                city=("Köln", None, "Köln", "Bonn")[number % 4],
                district="Deutz" if number % 4 == 0 else None,
                reported=number % 3 == 2,
            )
        )
    return rows


def apart(day: date) -> list[Complaint]:
    """One outage and two other troubles, which belong to no other figure."""
    causes = (Cause.OUTAGE, Cause.COVERAGE, Cause.DEVICE_ACCOUNT)
    return [
        complaint(at=local(day, 10 + n), who=f"{day} apart {n}", band=Band.C, cause=cause, city="Köln")
        for n, cause in enumerate(causes)
    ]


def days_before(count: int, day: date = DAY) -> list[date]:
    return [day - timedelta(days=back) for back in range(count, 0, -1)]


def inputs(
    *,
    history: int = 60,
    complaints: list[Complaint] | None = None,
    gaps: tuple[Gap, ...] = (),
    live: bool = True,
    **changes: Any,
) -> Inputs:
    """The morning after DAY: `history` usual days before it, and on it usual complaints and a burst in Köln."""
    if complaints is None:
        complaints = [c for day in days_before(history) for c in usual_day(day)]
        complaints += usual_day(DAY) + apart(DAY) + apart(DAY - timedelta(days=1))
        complaints += [
            complaint(
                at=local(DAY, 18 + n / 20),
                who=f"burst {n}",
                symptoms=(Symptom.DATA_STALL,),
                city="Köln",
                district="Deutz",
            )
            for n in range(16)
        ]
    first, last = local(DAY, -24 * history), MORNING_AFTER
    listening: Mapping[str, tuple[datetime, datetime]] = {"mastodon-social": (first, last)} if live else {}
    known = coverage([], listening, gaps, ZONE, local(DAY, 24))
    usual: dict[str, Any] = {
        "day": DAY,
        "zone": ZONE,
        "carrier": "o2",
        "written_at": MORNING_AFTER,
        "complaints": complaints,
        "others": [
            ("Telekom", local(day, 12 + n), f"{day} {n}")
            for day in [*days_before(min(history, 8)), DAY]
            for n in range(3)
        ],
        "quotes": QUOTES,
        "health": [SourceHealth("mastodon-social", MORNING_AFTER, None, 120, 40, gaps)],
        "known": known,
        "live": frozenset(listening),
        "span": (first, local(DAY, 22)),
        "simulation": None,
        "population": INHABITANTS.get,
        "population_year": 2024,
        "point": POINTS.get,
        "storms": [(DAY, storm_level(Weather(29, 12.0, 90, 1, 1, 0, 9, 2, 29)))],
        "costs": (Cost("x", 1_250_000, 40), Cost("mastodon-social", 0, 12)),
    }
    return Inputs(**{**usual, **changes})

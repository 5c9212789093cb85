"""A database as it looks after half a year of listening, in any size: what bench_desk.py and bench_store.py measure on.

180 days, as `retention.rows` keeps them. Three fifths of the posts are about us; one in `found` is a finding, three fifths of
those are ours, and three fifths of ours are about capacity; every second one names a place. Texts and links are kept for 30
days, sketches of findings for seven; of older links their HMAC is left. Somebody writes four posts on average. Each source
was asked every five minutes, and each night cleaned up.
"""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bot import store
from bot.store.health import purge_runs

DAYS, TEXT_DAYS, SKETCH_DAYS = 180, 30, 7
SOURCES = ("mastodon", "bluesky", "x", "forum")
WORDS = (
    *(
        "netz",
        "o2",
        "langsam",
        "heute",
        "wieder",
        "kein",
        "empfang",
        "bahnhof",
        "lädt",
        "nichts",
        "seit",
        "stunden",
        "anruf",
    ),
    *("bricht", "ab", "volle", "balken", "video", "mail"),
)
CITIES = (
    *("Berlin", "Hamburg", "München", "Köln", "Leipzig", "Dresden", "Mannheim", "Bonn", "Essen", "Dortmund", "Bremen"),
    *("Stuttgart", "Kiel", "Mainz", "Erfurt"),
)
SYMPTOMS = ("slow_data", "data_stall", "no_service", "dropped_call")
SKETCH = 8  # values each
FOUND = 20
BATCH = 20_000
EVERY = timedelta(minutes=5)
TABLES = ("posts", "findings", "places", "sketches", "doubts", "urls")

Rows = dict[str, list[tuple[object, ...]]]


def rows(
    numbers: range,
    since: datetime,
    until: datetime,
    now: datetime,
    draw: random.Random,
    text_days: int = TEXT_DAYS,
    found: int = FOUND,
) -> Rows:
    """Of so many posts that came evenly between `since` and `until`, one behind the other."""
    made: Rows = {table: [] for table in TABLES}
    step = (until - since) / len(numbers)
    for index, number in enumerate(numbers):
        moment = since + step * index
        at, age = store.iso(moment), now - moment
        key, author = (
            f"{draw.getrandbits(128):032x}",
            f"{draw.randrange(numbers.stop // 4 + 1) * 0x9E3779B97F4A7C15:032x}",
        )
        link = f"https://example.org/@somebody/{number}"
        text = " ".join(draw.choices(WORDS, k=18)) + f" wort{draw.randrange(50_000)}"
        raw = (f"n{number}", link, text) if age < timedelta(days=text_days) else (None, None, None)
        if raw[0] is None:
            made["urls"].append((f"{draw.getrandbits(128):032x}", number))
        finding, own, band = number % found == 0, draw.random() < 0.6, draw.choices("ABC", (2, 4, 4))[0]
        relation, carrier = ("own", "o2") if own else ("other", "Telekom") if finding else ("none", None)
        made["posts"].append(
            (number, key, draw.choice(SOURCES), *raw, author, at, at, at, "de", relation, carrier,
             band if finding else "D", None if finding else "no network trouble", 0, 1, 0, 1)
        )  # fmt: skip
        if not finding:
            continue
        placed = draw.random() < 0.5
        city = draw.choices(CITIES, range(len(CITIES), 0, -1))[0] if placed else None
        district = f"{city}-{draw.choice(('Mitte', 'Nord', 'Süd'))}" if city and draw.random() < 0.3 else None
        evidence = json.dumps([[0, 4, "slow data"]] if raw[0] else [])
        made["findings"].append(
            (number, at, relation, carrier, band, draw.random(), json.dumps([draw.choice(SYMPTOMS)]),
             "outage" if band == "C" and draw.random() < 0.3 else "congestion", draw.choice(("4G", "5G", None, None)), 2,
             draw.choice((0, -1, -2)), evidence, author, number, city, district, None, None, "bench")
        )  # fmt: skip
        if placed:
            made["places"].append(
                (number, 0, "district" if district else "city", city, district, None, None, 50.0, 8.0, draw.random(), 0, 4, "in")
            )  # fmt: skip
        if age < timedelta(days=SKETCH_DAYS):
            made["sketches"] += [(draw.getrandbits(62), number, at) for _ in range(SKETCH)]
        if band == "B" and age < timedelta(days=TEXT_DAYS) and draw.random() < 0.1:
            made["doubts"].append((number, "near the line", draw.random()))
    return made


def put(db: store.Database, made: Rows) -> None:
    for table, values in made.items():
        if values:
            db.conn.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(values[0]))})", values)


def make(
    path: Path, count: int, now: datetime, *, text_days: int = TEXT_DAYS, runs: bool = True, found: int = FOUND
) -> None:
    """Minutes for 10⁷ posts, and three gigabytes."""
    db, draw = store.open_database(path), random.Random(1)
    for pragma in ("synchronous=OFF", "cache_size=-2000000", "secure_delete=OFF"):
        db.execute(f"PRAGMA {pragma}")
    with store.transaction(db):
        for name in SOURCES:
            store.add_source(db, name)
            db.conn.executemany(
                "INSERT INTO runs (job, source, started_at, ended_at, outcome, posts, repeats, findings)"
                " VALUES ('collect', ?, ?, ?, 'ok', 1, 0, 0)",
                ((name, at, at) for each in range(DAYS * 288 * runs) for at in [store.iso(now - EVERY * each)]),
            )
            db.execute("UPDATE sources SET last_success_at = ? WHERE name = ?", [store.iso(now), name])
    begin, step = now - timedelta(days=DAYS), timedelta(days=DAYS) / count
    for numbers in _batches(count):
        with store.transaction(db):
            put(
                db,
                rows(
                    numbers,
                    begin + step * (numbers.start - 1),
                    begin + step * (numbers.stop - 1),
                    now,
                    draw,
                    text_days,
                    found,
                ),
            )
    purge_runs(db, now=now)
    store.checkpoint(db)
    db.close()


def _batches(count: int) -> Iterator[range]:
    return (range(first, min(first + BATCH, count + 1)) for first in range(1, count + 1, BATCH))

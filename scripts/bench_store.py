"""How reading and storing grow with the table: scripts/bench --sizes [--folder F] [--posts 10000 100000 …].

    --sizes    how scripts/bench knows that it is meant
    --save     keep the figures in scripts/bench_store.json
    --check    say what got worse by more than MARGIN (exit status 1)
    --bytes    instead: what a post takes, and what retention leaves of it (of 100,000 posts whose texts were all kept)

Databases are made by many_posts.py, once where a folder is given. Figures are processor time in units of fetching 100,000
rows from SQLite in the same minute, so that they hold on any machine; the median of three.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import store
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings
from bot.config.settings import Settings
from bot.domain import Band, Carrier, Post, Relation, Tally
from bot.jobs import publishing, upkeep
from bot.locate.gazetteer import Gazetteer
from bot.store.search import Wanted, find_posts
from scripts.many_posts import WORDS, make
from tests import factories

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "scripts" / "bench_store.json"
MARGIN = 0.5
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE, PAGES = 1000, 5
HALF_YEAR = timedelta(days=180)


def spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def unit() -> float:
    db = store.in_memory()
    db.conn.executemany("INSERT INTO costs VALUES (?, 'a source', 1, 1)", ((str(n),) for n in range(100_000)))
    return statistics.median(spent(lambda: db.execute("SELECT * FROM costs").fetchall()) for _ in range(5))


def page(draw: random.Random) -> list[tuple[Post, object]]:
    """New posts, one in twenty a finding, as a source hands them over."""
    made = []
    for number in range(PAGE):
        native = f"{draw.getrandbits(64):x}"
        text = " ".join(draw.choices(WORDS, k=18))
        post = factories.post(
            text, native=native, author=f"a{draw.getrandbits(20)}", created_at=NOW, url=f"https://example.org/{native}"
        )
        found = number % 20 == 0
        verdict = factories.verdict(band=draw.choice((Band.A, Band.B, Band.C)) if found else Band.D)
        sketch = tuple(draw.getrandbits(62) for _ in range(8)) if found else ()
        places = (factories.location(draw.choice(("Köln", "Bonn", "Kiel"))),) if found else ()
        relation = Relation.OWN if found or number % 2 else Relation.NONE
        carrier = Carrier(relation, "o2" if relation is Relation.OWN else None)
        made.append((post, factories.analysis(text, verdict=verdict, sketch=sketch, places=places, carrier=carrier)))
    return made


def store_pages(path: Path) -> list[float]:
    """Processor time of each page, its commit included."""
    db, draw, took = store.open_database(path), random.Random(), []
    for _ in range(PAGES):
        posts = page(draw)

        def put(posts: list = posts) -> None:  # type: ignore[type-arg]
            with store.transaction(db):
                store.add_page(db, posts, now=NOW, tally=Tally())

        took.append(spent(put))
    db.close()
    return took


def measure(path: Path, settings: Settings, gazetteer: Gazetteer) -> dict[str, float]:
    day = NOW.date() - timedelta(days=1)
    db = store.open_readonly(path)
    asked: dict[str, Callable[[], object]] = {
        "digest of a day": lambda: publishing.build_digest(db, gazetteer, settings, day, now=NOW),
        "digest of a week": lambda: publishing.build_digest(db, gazetteer, settings, day, now=NOW, days=7),
        "hot spots of 90 days": lambda: publishing.hot_spots(db, gazetteer, settings, day, 90),
        "hot spots of 7 days": lambda: publishing.hot_spots(db, gazetteer, settings, day, 7),
        "storm page, 14 days": lambda: publishing.storms_of(db, settings, day, 14),
        "sources": lambda: store.source_states(db, {}, now=NOW),
        "newest posts": lambda: find_posts(db, Wanted(NOW - HALF_YEAR, NOW), limit=50),
        "search for a word": lambda: find_posts(db, Wanted(NOW - HALF_YEAR, NOW, words="wort4711"), limit=50),
    }
    found = {name: statistics.median(spent(work) for _ in range(3)) for name, work in asked.items()}
    db.close()
    return found | {"store 1,000 posts": statistics.median(store_pages(path))}


def sizes(given: argparse.Namespace, folder: Path) -> int:
    settings = load_settings(ROOT / "config" / "o2-de.toml")
    gazetteer = load_gazetteer_of(settings)
    table: dict[str, dict[str, float]] = {}
    for count in given.posts:
        path = folder / f"{count}.db"
        if not path.exists():
            make(path, count, NOW)
        rows = measure(path, settings, gazetteer)
        one = unit()
        for name, seconds in rows.items():
            table.setdefault(name, {})[str(count)] = round(seconds / one, 2)
        print(f"{count:,} posts, a unit is {1000 * one:.0f} ms, {path.stat().st_size / count:,.0f} bytes a post")
        print("".join(f"    {name:<24}{1000 * seconds:>9.1f} ms\n" for name, seconds in rows.items()), flush=True)
    known = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    worse = []
    print(f"{'in units':<24}" + "".join(f"{count:>20,}" for count in given.posts))
    for name, row in table.items():
        cells = []
        for size, ratio in row.items():
            before = known.get(name, {}).get(size)
            if before and ratio > 0.2 and ratio / before > 1 + MARGIN:
                worse.append(f"{name} at {size}: {ratio / before - 1:+.0%}")
            cells.append(f"{ratio:>11} {f'({before})' if before else '':>8}")
        print(f"{name:<24}{''.join(cells)}")
    if given.save:
        merged = {name: known.get(name, {}) | row for name, row in table.items()}
        BASELINE.write_text(json.dumps(merged, indent=1) + "\n")
    if given.check and worse:
        print("worse than the baseline by more than " + f"{MARGIN:.0%}: " + "; ".join(worse), file=sys.stderr)
        return 1
    return 0


def bytes_a_post(folder: Path, count: int = 100_000) -> None:
    path = folder / "bytes.db"
    path.unlink(missing_ok=True)
    make(path, count, NOW, text_days=180, runs=False)
    settings = load_settings(ROOT / "config" / "o2-de.toml")

    def size(what: str) -> None:
        db = store.open_database(path)
        store.checkpoint(db)
        db.execute("VACUUM")
        db.close()
        print(f"    {what:<44}{path.stat().st_size / count:>8,.0f} bytes a post")

    size("all texts of half a year")
    for after, what in ((0, "texts of 30 days, as shipped"), (181, "only numbers, after half a year without posts")):
        db = store.open_database(path)
        now = NOW + timedelta(days=after)
        limits = upkeep.cutoffs(settings, now)
        took = spent(partial(store.purge, db, limits, settings.zone, now=now))
        db.close()
        size(what)
        print(f"    {'  the purge before it':<44}{took:>8.1f} s of a processor")


@contextmanager
def place(folder: Path | None) -> Iterator[Path]:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with TemporaryDirectory(prefix="brennpunkt-sizes-") as made:
            yield Path(made)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--posts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    for flag in ("--sizes", "--save", "--check", "--bytes"):
        arguments.add_argument(flag, action="store_true")
    given = arguments.parse_args()
    with place(given.folder) as folder:
        if given.bytes:
            bytes_a_post(folder)
            return 0
        return sizes(given, folder)


if __name__ == "__main__":
    sys.exit(main())

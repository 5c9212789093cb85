"""A simulated month: every job of the daemon at its hour, by a clock of its own, over made-up posts of three sources.

Two storms, three outages of sources and four crashes come on the way. Afterwards all that is stored is compared with the
same posts read at once, in peace; memory is told by day, and what a post takes on disk.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import pipeline, store
from bot.collect.base import Page
from bot.collect.files.archive import ArchiveSource
from bot.config.judge import load_judge
from bot.config.load import load_settings, read_toml, shipped
from bot.daemon import memory
from bot.errors import BotError, SourceError
from bot.jobs import alerting, casework, listening, publishing, upkeep
from bot.simulate import merged, stream
from tests.loopback import write_config

BEGIN = datetime(2026, 4, 20, 22, tzinfo=UTC)  # midnight in Berlin
HOUR = timedelta(hours=1)
HOURS = 31 * 24
SOURCES = ("one", "two", "three")
STORMS = ((17 * 24 + 12, 8), (25 * 24 + 17, 5))  # first hour, hours
OUTAGES = {"one": ((6 * 24 + 9, 5),), "two": ((12 * 24 + 3, 30),), "three": ((12 * 24 + 3, 7),)}
CRASHES = (5 * 24 + 7, 11 * 24 + 18, 17 * 24 + 15, 27 * 24 + 3)  # in these hours the process is killed
COLLECTED_EVERY, WATCHED_EVERY = 3, 6  # hours; the daemon does both every few minutes
A_DAY_OF_CALM = 961  # posts of the scenario at volume 1 and eight others for each complaint


@dataclass(frozen=True)
class Folder:
    """Where a month happens."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "own.toml"

    @property
    def database(self) -> Path:
        return self.path / "a.db"

    @property
    def hour(self) -> Path:
        return self.path / "hour"

    def whole(self, source: str) -> Path:
        """All posts of the month."""
        return self.path / f"{source}.all.jsonl"

    def live(self, source: str) -> Path:
        """Those that have been posted by now."""
        return self.path / f"{source}.jsonl"


class Platform:
    """A file that grows, and cannot be reached in some hours."""

    def __init__(self, folder: Folder, name: str, hour: int) -> None:
        self.name = name
        self._archive = ArchiveSource(folder.live(name), name=name)
        self._down = any(first <= hour < first + hours for first, hours in OUTAGES[name])

    def pages(self, since: str | None) -> Iterator[Page]:
        if self._down:
            raise SourceError(f"{self.name}.example: answered 503")
        yield from self._archive.pages(since)


def write_month(folder: Folder, posts: int, seed: int) -> dict[str, list[int]]:
    """The sources' files, and how long each is at the end of every hour."""
    table = read_toml(shipped("scenarios", "calm-month.toml"))
    scenario = merged(table, read_toml(shipped("scenarios", f"{table['base']}.toml")))
    an_hour = max(100, posts // 200)  # of a storm: four times what is usual, and more
    stormy = sum(hours for _, hours in STORMS) * an_hour
    rows = list(stream("calm-month", scenario, seed, volume=(posts - stormy) / 31 / A_DAY_OF_CALM, noise=8))
    within = [row for row in rows[1:] if BEGIN <= datetime.fromisoformat(row["created_at"]) < BEGIN + HOURS * HOUR]
    rng = random.Random(f"month {seed}")
    about_us = [row for row in within if "o2" in str(row["text"]).casefold()]
    for first, hours in STORMS:
        for number in range(hours * an_hour):
            at = BEGIN + (first + hours * rng.random()) * HOUR
            copy = {
                "id": f"storm-{first}-{number}",
                "created_at": at.isoformat(),
                "author": f"angry{rng.randrange(9999)}",
            }
            within.append(rng.choice(about_us) | copy)
    ends: dict[str, list[int]] = {}
    by_hour: dict[tuple[str, int], list[str]] = {}
    for row in sorted(within, key=lambda row: datetime.fromisoformat(row["created_at"])):
        hour = int((datetime.fromisoformat(row["created_at"]) - BEGIN) / HOUR)
        by_hour.setdefault((rng.choice(SOURCES), hour), []).append(json.dumps(row, ensure_ascii=False) + "\n")
    for source in SOURCES:
        ends[source] = []
        with folder.whole(source).open("wb") as file:
            for hour in range(HOURS):
                file.write("".join(by_hour.get((source, hour), [])).encode())
                ends[source].append(file.tell())
    return ends


def live(folder: Folder, ends: dict[str, list[int]]) -> None:
    """From the hour that was begun last to the end: what the daemon does, and when."""
    settings = load_settings(folder.config)
    memory.keep_small()
    judge = load_judge(settings)
    memory.settled()
    db = store.open_database(folder.database)
    reader = store.open_readonly(folder.database)
    for hour in range(int(folder.hour.read_text()), HOURS):
        folder.hour.write_text(str(hour))
        now = BEGIN + (hour + 1) * HOUR
        for source in SOURCES if hour % COLLECTED_EVERY == COLLECTED_EVERY - 1 else ():
            grow(folder, source, ends[source][hour])
            try:
                pipeline.collect_and_record(
                    Platform(folder, source, hour), judge, db, job="collect", clock=lambda now=now: now
                )
            except BotError as error:
                say("failed", now, str(error))
        if hour % WATCHED_EVERY == WATCHED_EVERY - 1:  # where posts have just come in
            for alert in alerting.watch(db, reader, settings, now=now):
                if not alert.over_at:
                    say("alert", now, str(alert.number))
            for line in listening.watch_sources(db, reader, settings, now=now):
                say("silence", now, line)
            casework.daily(db, reader, judge.gazetteer, settings, now=now)
            memory.give_back()  # as the daemon does after long jobs
        local = now.astimezone(settings.zone)
        if local.hour == settings.retention.at.hour:
            upkeep.purge(db, settings, actor="daemon", now=now)
            upkeep.drop_quotes(reader, settings, upkeep.too_old_to_quote(settings, now))
            assert settings.backup
            upkeep.make_backup(db, reader, settings.backup, folder.database, settings, now=now)
        if local.hour == settings.digest.at.hour:
            day = local.date() - timedelta(days=1)
            publishing.publish_digest(db, reader, judge.gazetteer, settings, day, now=now)
            say("memory", now, str(resident()))
    folder.hour.write_text(str(HOURS))
    reader.close()
    db.close()


def grow(folder: Folder, source: str, end: int) -> None:
    """Up to that byte; a crash may have come before or after it."""
    path = folder.live(source)
    path.touch()
    with folder.whole(source).open("rb") as whole, path.open("ab") as file:
        whole.seek(file.tell())
        file.write(whole.read(end - file.tell()))


def say(what: str, now: datetime, text: str) -> None:
    print(json.dumps([what, now.isoformat(), text]), flush=True)


def resident() -> int:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def run_and_kill(folder: Folder) -> list[list[str]]:
    """The month in one process after another. Returns what they said."""
    said: list[list[str]] = []
    rng = random.Random("crashes")
    for crash in (*CRASHES, None):
        child = subprocess.Popen(
            [sys.executable, "-m", "scripts.month", "--folder", str(folder.path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout
        if crash is not None:
            while int(folder.hour.read_text() or 0) < crash and child.poll() is None:
                time.sleep(0.02)
            time.sleep(rng.uniform(0, 0.3))
            child.send_signal(signal.SIGKILL)
        said += [json.loads(line) for line in child.stdout if line.endswith("\n")]
        status = child.wait()
        if status not in (0, -signal.SIGKILL):
            raise SystemExit(f"it ended with status {status}")
    return said


def judged(database: Path) -> dict[tuple[str, str], tuple[object, ...]]:
    """Every post with what was found in it, as far as that does not depend on when it was read."""
    db = store.open_readonly(database)
    rows = db.execute(
        "SELECT p.source, p.native, p.text, p.at, p.author, p.band, f.relation, f.carrier, f.symptoms, f.cause, f.city, f.who"
        " FROM posts p LEFT JOIN findings f ON f.post = p.id"
    ).fetchall()
    db.close()
    return {(row[0], row[1]): row[2:] for row in rows}


def in_peace(folder: Folder) -> dict[tuple[str, str], tuple[object, ...]]:
    """The same posts, read at once. The same key, so that pseudonyms can be compared."""
    twin = folder.path / "twin.db"
    db = store.open_database(twin, folder.path / "a.db.key")
    judge = load_judge(load_settings(folder.config))
    end = BEGIN + HOURS * HOUR
    for source in SOURCES:
        archive = ArchiveSource(folder.whole(source), name=source)
        pipeline.collect_and_record(archive, judge, db, job="import", clock=lambda: end)
    db.close()
    (folder.path / "twin.db.key").write_bytes((folder.path / "a.db.key").read_bytes())
    return judged(twin)


def was_told(db: store.Database, begin: datetime, end: datetime) -> bool:
    """Whether people heard of a storm while it lasted, or right after."""
    alerts = store.alerts(db, since=begin, until=end)
    return any(alert.told_at and alert.told_at <= end + WATCHED_EVERY * HOUR for alert in alerts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)  # a child's
    options = parser.parse_args(arguments)
    if options.folder:
        folder = Folder(options.folder)
        live(folder, json.loads((folder.path / "ends.json").read_text()))
        return
    with TemporaryDirectory(prefix="brennpunkt-month-") as name:
        folder = Folder(Path(name))
        sources = ({"kind": "archive", "name": each, "path": str(folder.live(each)), "every": "1h"} for each in SOURCES)
        write_config(folder.path, *sources, text='"60d"')
        folder.hour.write_text("0")
        (folder.path / "ends.json").write_text(json.dumps(write_month(folder, options.posts, options.seed)))
        began = time.monotonic()
        said = run_and_kill(folder)
        took = time.monotonic() - began
        found, wanted = judged(folder.database), in_peace(folder)
        db = store.open_database(folder.database)
        days = db.execute("SELECT count(*) FROM digests").fetchone()[0]
        health = db.execute("PRAGMA integrity_check").fetchone()[0]
        gaps = db.execute("SELECT count(*) FROM gaps WHERE until IS NULL").fetchone()[0]
        storms = sum(was_told(db, BEGIN + first * HOUR, BEGIN + (first + hours) * HOUR) for first, hours in STORMS)
        store.checkpoint(db)
        size = folder.database.stat().st_size
        db.close()
    told = Counter(what for what, _, _ in said)
    figures = {
        "posts": len(wanted),
        "posts lost": len(wanted.keys() - found.keys()),
        "posts from nowhere": len(found.keys() - wanted.keys()),
        "judged otherwise": sum(found[key] != wanted[key] for key in found.keys() & wanted.keys()),
        "findings": sum(row[4] is not None for row in wanted.values()),
        "digests": days,
        "runs that failed": told["failed"],
        "incidents": len({text for what, _, text in said if what == "alert"}),
        "storms told": storms,
        "words of silence": told["silence"],
        "gaps left open": gaps,
        "bytes a post": round(size / max(len(found), 1)),
        "seconds": round(took),
    }
    for what, figure in figures.items():
        print(f"{what:<20}{figure:>10,}")
    memory = [int(text) for what, _, text in said if what == "memory"]
    print("memory by day, MB   " + " ".join(str(each) for each in memory))
    wrong = [
        what for what in ("posts lost", "posts from nowhere", "judged otherwise", "gaps left open") if figures[what]
    ]
    if days < 30 or storms < len(STORMS) or health != "ok" or max(memory) >= 200:
        wrong.append("digests, storms, integrity or memory")
    if wrong:
        raise SystemExit(f"Error: {', '.join(wrong)}")


if __name__ == "__main__":
    main()

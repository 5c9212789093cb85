"""Kill the daemon at random moments and see whether a post was lost, doubled, or judged otherwise, or anybody was told or
answered twice.

The daemon is the real one, on sources and a chat on loopback. Only its clock is moved: some hours on at every start, so
that there are new posts, and every day a new digest; and what it does a minute after its start, it does after a second.
People write to its account and are answered; the platform and the chat take their time, so that kills fall into it.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot import store
from tests.loopback import Chat, chat, write_config
from tests.servers.mastodon import FAULTS, TOKEN, FakeMastodon, fake_mastodon

BEGIN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEXTS = (
    "Volle Balken am Hauptbahnhof in Köln, aber bei o2 lädt nichts",
    "o2 in Hamburg so lahm, 0,1 Mbit seit heute Morgen",
    "Mitten in Berlin kein Netz, danke o2",
    "Bei o2 brechen in Mannheim alle Gespräche ab",
    "Schönes Wetter heute",
    "Telekom hat hier Netz, o2 nicht",
)
# What people write to the account: no two alike, since copies of a text are answered once.
CITIES = ("Köln", "Hamburg", "Berlin", "Mannheim", "Leipzig", "Bremen", "Dresden", "Kassel", "Augsburg", "Erfurt")
TROUBLE = (
    "lädt nichts",
    "habe ich kein Netz",
    "brechen Gespräche ab",
    "ist das Internet so lahm",
    "geht abends gar nichts",
)
WHEN = (
    "seit Montag",
    "seit gestern",
    "jeden Abend",
    "auf dem Weg zur Arbeit",
    "beim Einkaufen",
    "im Park",
    "am Bahnhof",
)
CROWD = 40  # who complain within an hour, so that early warning has something to tell
# `brennpunkt` at another time: the clock goes on from there.
AT = """import sys, time_machine
from datetime import timedelta
from bot.cli import main
from bot.daemon import main as daemon
daemon.MINUTE = timedelta(seconds=1)
with time_machine.travel(float(sys.argv.pop(1))): main()"""
LIVE = """
[[notify]]
name = "desk"
address_env = "TORTURE_DESK"
what = ["alert"]
"""
STARTED_WITHIN_S = 180.0
AT_WORK_S = 2.0  # of CPU, at most, before a kill: a busy machine must not mean that nothing has been done


@dataclass
class World:
    """What there is to be collected, and who is told."""

    folder: Path
    instance: FakeMastodon
    chat: Chat
    draw: random.Random
    now: datetime = BEGIN
    published: dict[str, str] = field(default_factory=dict)  # native id -> text
    asked: list[str] = field(default_factory=list)  # the platform's numbers of posts to our account
    caught: set[str] = field(default_factory=set)  # messages and replies that were being sent when the process died

    def __post_init__(self) -> None:
        (self.folder / "posts.jsonl").touch()
        sources = (
            {
                "kind": "mastodon",
                "name": "instance",
                "url": self.instance.url,
                "hashtags": ["o2", "o2de"],
                "every": "30s",
                "token_env": "TORTURE_TOKEN",
            },
            {"kind": "archive", "name": "file", "path": str(self.folder / "posts.jsonl"), "every": "30s"},
        )
        changes = {
            "dry_run": "false",
            "text": '"180d"',
            "modes": '{ mastodon = "automatic" }',
            "hourly_cap": "1000",
            "daily_cap": "1000",
            "max_age": '"7d"',
            "quiet_until": '"20:00"',  # as quiet_from: never
        }
        self.config = write_config(self.folder, *sources, send_to_env='["TORTURE_CHAT"]', port="0", **changes)
        text = self.config.read_text(encoding="utf-8").replace("[reply]\nenabled = false", "[reply]\nenabled = true")
        self.config.write_text(text + LIVE, encoding="utf-8")
        self.database = self.folder / "a.db"
        self.instance.post = self._slowly(self.instance.post)  # type: ignore[method-assign]
        self.chat.slow = self._wait

    def _wait(self) -> None:
        time.sleep(random.uniform(0, 0.4))  # not `draw`: other threads ask, whenever they come

    def _slowly(self, post: Any) -> Any:
        def slow(*given: Any) -> Any:
            self._wait()
            made = post(*given)
            self._wait()
            return made

        return slow

    def go_on(self) -> None:
        """Some hours later, with some more posts."""
        hours = self.draw.uniform(1, 8)
        begin, self.now = self.now, self.now + timedelta(hours=hours)
        for _ in range(self.draw.randrange(4)):
            self._ask(begin + (self.now - begin) * self.draw.random())
        crowd = CROWD if self.draw.random() < 0.05 else 0
        for number in range(self.draw.randrange(13) + crowd):
            at = begin + (self.now - begin) * self.draw.random()
            if number < crowd:
                at = self.now - timedelta(hours=1) * self.draw.random()
            text = f"{self.draw.choice(TEXTS)} ({len(self.published)})"
            if self.draw.random() < 0.6:
                tag = self.draw.choice(("o2", "o2de"))
                self.published[self.instance.publish(tag, text, at=at)["uri"]] = f"{text} #{tag}"
                continue
            row = {"id": f"line-{len(self.published)}", "text": text, "created_at": at.isoformat()}
            with (self.folder / "posts.jsonl").open("a") as file:
                file.write(json.dumps(row) + "\n")
            self.published[row["id"]] = text

    def _ask(self, at: datetime) -> None:
        """Somebody writes to our account, whom the config lets it answer."""
        words = f"{self.draw.choice(WHEN)} {self.draw.choice(TROUBLE)} in {self.draw.choice(CITIES)}"
        text = f"o2, {words} und {self.draw.choice(WHEN)} auch ({len(self.published)})"
        account = {"acct": f"kim{len(self.published)}", "id": str(1000 + len(self.published))}
        status = self.instance.mention(text, at=at, account=account)["status"]
        self.asked.append(status["id"])
        self.published[status["uri"]] = text

    def misbehave(self) -> None:
        """One of the next answers is a bad one."""
        fault = FAULTS[self.draw.choice(("500", "half a JSON", "a reset", "a body that breaks off"))]
        self.instance.faults = {len(self.instance.asked) + self.draw.randrange(6): fault}


class Daemon:
    """`brennpunkt run` at the world's time. Its log is kept, for when something is wrong."""

    def __init__(self, world: World) -> None:
        options = ["--config", str(world.config), "--database", str(world.database), "run"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", AT, str(world.now.timestamp()), *options],
            stderr=subprocess.PIPE,
            text=True,
            env=dict(
                os.environ,
                TORTURE_CHAT=world.chat.address("digests"),
                TORTURE_DESK=world.chat.address("alerts"),
                TORTURE_TOKEN=TOKEN,
            ),
        )
        self.log: list[str] = []
        self.running = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.log.append(line)
            if "running:" in line:
                self.running.set()

    def wait(self) -> None:
        if not self.running.wait(STARTED_WITHIN_S):
            self.end()
            raise SystemExit("the daemon did not start:\n" + "".join(self.log))

    def work(self, cpu_s: float) -> None:
        """Let it go on until it has used that much of the CPU, or does not want it."""
        until, ends_at = self._used_s() + cpu_s, time.monotonic() + 5 * cpu_s
        while self._used_s() < until and time.monotonic() < ends_at:
            time.sleep(0.02)

    def _used_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, within_s: float | None = None) -> int:
        """Kill it; with `within_s` ask first."""
        if within_s is None:
            self.process.kill()
        else:
            self.process.terminate()
        status = self.process.wait(within_s)
        self.reader.join()
        assert self.process.stderr
        self.process.stderr.close()
        return status


def torture(world: World, kills: int) -> Counter[str]:
    """Returns how many kills fell where."""
    fell: Counter[str] = Counter()
    for number in range(kills):
        world.go_on()
        if world.draw.random() < 0.1:
            world.misbehave()
        daemon = Daemon(world)
        if world.draw.random() < 0.25:
            time.sleep(world.draw.uniform(0, 4))
            fell["starting"] += 1
        else:
            daemon.wait()
            daemon.work(world.draw.uniform(0, AT_WORK_S))
            fell["working"] += 1
        daemon.end()
        world.caught |= being_sent(world)
        if daemon.process.returncode != -9 or any("Traceback" in line for line in daemon.log):
            raise SystemExit(f"kill {number}: it ended by itself or met a bug\n" + "".join(daemon.log))
    return fell


def finish(world: World) -> None:
    """Let it work undisturbed a day later until everything is in and the last digest is written; the next start sends it."""
    world.now = (world.now + timedelta(days=1)).replace(hour=12)  # after the hour of the digest
    world.instance.faults = {}
    for done in ("digest of", ": sent"):
        daemon = Daemon(world)
        daemon.wait()
        ends_at = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < ends_at and not (
            len(stored(world)) >= len(world.published)
            and any(done in line for line in daemon.log)
            and not waiting_replies(world)
        ):
            time.sleep(0.3)
        if daemon.end(within_s=15):
            raise SystemExit("it did not stop cleanly:\n" + "".join(daemon.log))


def stored(world: World) -> list[str]:
    db = store.open_readonly(world.database)
    natives = [row[0] for row in db.execute("SELECT native FROM posts")]
    db.close()
    return natives


def waiting_replies(world: World) -> int:
    """How many are on their way, or nobody can say of."""
    db = store.open_readonly(world.database)
    (count,) = db.execute("SELECT count(*) FROM drafts WHERE state IN ('approved', 'sending', 'unknown')").fetchone()
    db.close()
    return int(count)


def being_sent(world: World) -> set[str]:
    if not world.database.exists():
        return set()
    db = store.open_database(world.database)  # it may have died before the tables were made
    rows = db.execute(
        "SELECT 'reply ' || id FROM drafts WHERE state = 'sending' UNION SELECT key FROM outbox WHERE state = 'sending'"
    ).fetchall()
    db.close()
    return {row[0] for row in rows}


def judged(database: Path) -> dict[str, tuple[object, ...]]:
    """Every finding by its post, as far as it does not depend on when it was read."""
    db = store.open_readonly(database)
    rows = db.execute(
        "SELECT p.native, f.relation, f.carrier, f.band, f.symptoms, f.cause, f.city, p.text"
        " FROM findings f JOIN posts p ON p.id = f.post"
    ).fetchall()
    db.close()
    return {row[0]: row[1:] for row in rows}


def undisturbed(world: World) -> dict[str, tuple[object, ...]]:
    """What the same posts become when nothing goes wrong."""
    rows = (json.dumps({"id": native, "text": text}) + "\n" for native, text in world.published.items())
    (world.folder / "all.jsonl").write_text("".join(rows), encoding="utf-8")
    command = [sys.executable, "-m", "bot", "--config", str(world.config), "--database", str(world.folder / "twin.db")]
    subprocess.run([*command, "import", str(world.folder / "all.jsonl")], check=True, stdout=subprocess.DEVNULL)
    return judged(world.folder / "twin.db")


def compare(world: World) -> tuple[dict[str, int], list[str]]:
    """Figures, and what is wrong."""
    natives = Counter(stored(world))
    sent = Counter(world.chat.taken.get("digests", []))
    alerts = Counter(world.chat.told.get("alerts", []))
    answered = Counter(world.instance.replies())
    ours, twin = judged(world.database), undisturbed(world)
    db = store.open_readonly(world.database)
    days = {row[0] for row in db.execute("SELECT day FROM digests")}
    known = {row[0] for row in db.execute("SELECT native FROM sendings WHERE native IS NOT NULL")}
    (health,) = db.execute("PRAGMA integrity_check").fetchone()
    db.close()
    there = {row["id"] for _, row in world.instance.posted}
    copies = list(world.folder.glob("backups/*.db"))
    folders = {path.parent.name for path in world.folder.glob("digests/*/digest.json")}
    figures = {
        "posts published": len(world.published),
        "posts lost": len(world.published.keys() - natives.keys()),
        "posts doubled": sum(count - 1 for count in natives.values()),
        "posts from nowhere": len(natives.keys() - world.published.keys()),
        "findings": len(ours),
        "findings that differ": sum(ours.get(native) != twin.get(native) for native in ours.keys() | twin.keys()),
        "days with a digest": len(days),
        "digests sent": len(sent),
        "digests sent twice": sum(count - 1 for count in sent.values()),
        "alerts sent": alerts.total(),
        "alerts sent twice": sum(count - 1 for count in alerts.values()),
        "people who wrote to us": len(world.asked),
        "replies sent": answered.total(),
        "answered twice": sum(count - 1 for count in answered.values()),
        "answered unasked": len(answered.keys() - set(world.asked)),
        "killed while sending": len(world.caught),
        "still unknown or waiting": waiting_replies(world),
        "taken for sent or not": len(known ^ there),
        "backups": len(copies),
        "backups damaged": sum(store.quick_check(copy) is not None for copy in copies),
        "half digests left": sum(1 for _ in world.folder.glob("digests/*/.*")),
        "digests not in the folder": len(days - folders),
        "database damaged": int(health != "ok"),
    }
    return figures, [name for name, count in figures.items() if count and name not in HARMLESS]


# A kill between the mark and the sending leaves a digest unsent: rather that than twice.
# A kill while a file is written leaves a file that begins with a dot.
HARMLESS = (
    *("posts published", "findings", "days with a digest", "digests sent", "alerts sent", "backups"),
    *("people who wrote to us", "replies sent", "killed while sending"),
    *("half digests left", "digests not in the folder"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cut short as by Ctrl-C: nothing is left behind
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="brennpunkt-torture-")))
        instance = stack.enter_context(fake_mastodon(page=5, scopes=("read", "write")))
        world = World(folder, instance, stack.enter_context(chat()), random.Random(options.seed))
        began = time.monotonic()
        fell = torture(world, options.kills)
        finish(world)
        figures, wrong = compare(world)
    print(f"{'kills':<28}{options.kills:>8,}  ({fell['starting']} while starting, {fell['working']} while working)")
    for name, figure in figures.items():
        print(f"{name:<28}{figure:>8,}{'  ← wrong' if name in wrong else ''}")
    print(f"{'seed ' + str(options.seed):<28}{time.monotonic() - began:>8,.0f} s")
    if wrong:
        raise SystemExit(f"Error: {', '.join(wrong)}")


if __name__ == "__main__":
    main()

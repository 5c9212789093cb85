"""A carrier's worst hour: 50,000 posts within ten minutes from three sources, through the real daemon.

    scripts/load --storm [--posts 50000] [--minutes 10] [--known 100000] [--reads 20]

Mastodon and Bluesky are stand-ins on loopback, the third source is a file that grows; the database already holds half a year
(many_posts.py). Meanwhile somebody reads public pages and another the desk. Says when the alert came, how long pages took,
when the last post was stored, and what memory the daemon ever took.
"""

import argparse
import asyncio
import http.cookiejar
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import store
from bot.config.load import shipped
from bot.store import users
from bot.web.auth import hash_password
from scripts import many_posts
from scripts.bench_desk import PASSWORD
from scripts.load import PAGES, Visitors
from scripts.vitals import cpu_s, memory
from tests.loopback import chat, write_config
from tests.servers.jetstream import FakeJetstream, fake_jetstream
from tests.servers.mastodon import FakeMastodon, fake_mastodon

DESK = ("/desk", "/desk/posts", "/desk/alerts", "/desk/storm", "/desk/map?days=7", "/desk/sources")
SHARES = ("bluesky",) * 10 + ("forum",) * 8 + ("mastodon",) * 2  # of twenty posts
LATE_S = 330  # so long after the last post all must be stored


class Storm(threading.Thread):
    """Says what people say, evenly over the time given."""

    def __init__(self, posts: int, seconds: float, file: Path, stream: FakeJetstream, instance: FakeMastodon) -> None:
        super().__init__(daemon=True)
        self.posts, self.seconds, self.file, self.stream, self.instance = posts, seconds, file, stream, instance
        lines = [
            line for each in shipped("seed").glob("*.jsonl") for line in each.read_text(encoding="utf-8").splitlines()
        ]
        self.texts = [json.loads(line)["text"] for line in lines]
        random.Random(1).shuffle(self.texts)

    def run(self) -> None:
        begin, said = time.monotonic(), 0
        while said < self.posts:
            time.sleep(0.5)
            due = min(self.posts, int(self.posts * (time.monotonic() - begin) / self.seconds))
            rows = []
            for number in range(said, due):
                text, who, now = f"o2 {self.texts[number % len(self.texts)]}", f"a{number % 40_000}", datetime.now(UTC)
                match SHARES[number % len(SHARES)]:
                    case "bluesky":
                        after = max(now - self.stream.now, timedelta(microseconds=1))
                        self.stream.write(text, did=f"did:plc:{who}", after=after, createdAt=now.isoformat())
                    case "mastodon":
                        # As `publish`, which sorts: nobody may see the list while it does.
                        self.instance._number += 1
                        account = {"id": who, "acct": who, "username": who}
                        status = self.instance.status(text, at=now, tag="o2", account=account)
                        self.instance.tags.setdefault("o2", []).append(status)
                    case _:
                        row = {"id": str(number), "text": text, "author": who, "created_at": now.isoformat()}
                        rows.append(json.dumps(row))
            with self.file.open("a") as file:
                file.writelines(f"{row}\n" for row in rows)
            said = due


def sign_in(port: int) -> str:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = urllib.parse.urlencode({"name": "bench", "password": PASSWORD}).encode()
    opener.open(f"http://127.0.0.1:{port}/desk/login", form, timeout=60).read()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


async def visit(port: int, reads: int, seconds: float) -> None:
    cookie, pages = sign_in(port), itertools.cycle(DESK)
    public, desk = Visitors(port), Visitors(port)

    def read() -> bytes:
        return f"GET {random.choice(PAGES)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()

    def work() -> bytes:
        return f"GET {next(pages)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()

    await asyncio.gather(public.come(read, reads, seconds), desk.come(work, 1, seconds))
    print(public.line("public", reads))
    print(desk.line("desk", 1), flush=True)


def count(db: store.Database, since: datetime) -> int:
    found: int = db.execute("SELECT count(*) FROM posts WHERE at >= ?", [store.iso(since)]).fetchone()[0]
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--storm", action="store_true", help="how scripts/load knows that it is meant")
    arguments.add_argument("--posts", type=int, default=50_000)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--known", type=int, default=100_000)
    arguments.add_argument("--reads", type=int, default=20)
    given = arguments.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cut short as by Ctrl-C: nothing is left behind
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="brennpunkt-storm-")))
        print(f"working in {folder}", flush=True)
        many_posts.make(folder / "a.db", given.known, datetime.now(UTC))
        db = store.open_database(folder / "a.db")
        with store.transaction(db):
            users.add_user(db, "bench", "manager", hash_password(PASSWORD), now=datetime.now(UTC))
        instance, stream, room = (stack.enter_context(each()) for each in (fake_mastodon, fake_jetstream, chat))
        stream.now = datetime.now(UTC) - timedelta(seconds=60)
        stream.write("Guten Morgen")
        (folder / "posts.jsonl").touch()
        config = write_config(
            folder,
            {
                "kind": "mastodon",
                "name": "mastodon",
                "url": instance.url,
                "hashtags": ["o2"],
                "every": "1m",
                "max_pages": 60,
            },
            {"kind": "bluesky", "name": "bluesky", "hosts": [stream.url], "profiles": "", "every": "1m"},
            {"kind": "archive", "name": "forum", "path": str(folder / "posts.jsonl"), "every": "1m"},
            port="0",
        )
        with config.open("a") as file:
            file.write('\n[[notify]]\nname = "desk"\naddress_env = "STORM_ROOM"\nwhat = ["alert"]\n')
        command = [sys.executable, "-m", "bot", "--config", str(config), "--database", str(folder / "a.db"), "run"]
        env = os.environ | {"STORM_ROOM": room.address("desk")}
        daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
        assert daemon.stderr
        try:
            port = next(int(line.rsplit(":", 1)[1].strip(" /\n")) for line in daemon.stderr if "pages on http" in line)
            said: list[str] = []
            threading.Thread(target=said.extend, args=(daemon.stderr,), daemon=True).start()
            time.sleep(90)  # each source was asked once, and early warning has looked
            room.told.clear()
            begin, load, used = datetime.now(UTC), os.getloadavg()[0], cpu_s(daemon.pid)
            storm = Storm(given.posts, 60 * given.minutes, folder / "posts.jsonl", stream, instance)
            storm.start()
            pages = threading.Thread(
                target=lambda: asyncio.run(visit(port, given.reads, 60 * given.minutes)), daemon=True
            )
            pages.start()
            told: float | None = None
            deadline = time.monotonic() + 60 * given.minutes + LATE_S
            while time.monotonic() < deadline and (count(db, begin) < given.posts or told is None):
                time.sleep(2)
                if told is None and room.told.get("desk"):
                    told = (datetime.now(UTC) - begin).total_seconds()
            ended = (datetime.now(UTC) - begin).total_seconds()
            pages.join()
            print(f"the first alert arrived {told:.0f} s after the first post" if told else "no alert")
            stored = count(db, begin)
            print(
                f"{stored:,} of {given.posts:,} posts stored, the last {ended - 60 * given.minutes:.0f} s after it was written"
            )
            print(f"daemon: {cpu_s(daemon.pid) - used:.0f} s of a processor, {memory(daemon.pid)['VmHWM']} MB at most")
            print(f"load average {load:.1f} before, {os.getloadavg()[0]:.1f} after")
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(30)
            db.close()
    if told and stored >= given.posts:
        return 0
    print("".join(said[-30:]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())

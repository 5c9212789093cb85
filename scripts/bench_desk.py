"""How fast the desk answers on a large database: python scripts/bench_desk.py FOLDER. Makes it there once.

many_posts.py says what is in it. One process serves on loopback while
another stores a page of posts every second (`--collect 0`: none does); each page is asked in turn by one connection.
Prints p50 and p99 in ms, and what each answer cost the serving process.
"""

import argparse
import http.cookiejar
import os
import random
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot import store
from bot.config.load import shipped
from bot.store import users
from bot.web.auth import hash_password
from scripts import many_posts

FOUND = 10  # posts for one finding: more of them than a carrier has
PASSWORD = "four words or more"  # noqa: S105  # of a made-up account
PAGES = {
    "today": "",
    "map, 7 days": "/map?days=7",
    "place": "/place?city=Berlin",
    "posts": "/posts",
    "posts, page 5": "/posts?page=5",
    "posts, filters": "/posts?city=Bonn&symptom=slow_data&band=B",
    "review": "/review",
    "replies": "/replies",
    "cases": "/cases",
    "alerts": "/alerts",
    "storm": "/storm",
    "sources": "/sources",
    "rules": "/rules",
    "shift": "/shift",
    "answers": "/answers",
    "netzbericht": "/netzbericht",
    "audit": "/audit",
    "search, rare": "/posts?q=wort4711",
    "search, common": "/posts?q=netz",
    "search, several": "/posts?q=netz+empfang+-bahnhof&city=Kiel",
    "search, phrase": "/posts?q=%22volle+balken%22",
    "search, beginning": "/posts?q=emp*",
    "search, all kinds": "/posts?q=netz&kind=all",
}


def make(path: Path, count: int) -> None:
    now = datetime.now(UTC)
    many_posts.make(path, count, now, found=FOUND)
    db = store.open_database(path)
    with store.transaction(db):
        users.add_user(db, "bench", "manager", hash_password(PASSWORD), now=now)
    db.close()


def collect(path: Path, count: int) -> None:
    """A page of posts every second, as a busy daemon stores them, until it is ended."""
    db = store.open_database(path)
    while True:
        with store.transaction(db):
            (last,) = db.execute("SELECT max(id) FROM posts").fetchone()
            now = datetime.now(UTC)
            new = range(last + 1, last + 1 + count)
            many_posts.put(
                db, many_posts.rows(new, now - timedelta(seconds=1), now, now, random.Random(last), found=FOUND)
            )
        time.sleep(1)


def cpu_ms(pid: int) -> float:
    """What a process has computed so far: tells on a busy machine what waiting hides."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path, times: int, collected: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = shipped("o2-de.toml").read_text(encoding="utf-8").replace("port = 8611", f"port = {port}")
    (folder / "bench.toml").write_text(text.replace("var/", f"{folder}/"), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "bot",
        "--config",
        str(folder / "bench.toml"),
        "--database",
        str(folder / "bench.db"),
        "serve",
    ]
    running = [subprocess.Popen(command, stderr=subprocess.DEVNULL)]
    serving = running[0]
    if collected:
        running.append(subprocess.Popen([sys.executable, __file__, str(folder), "--collector", str(collected)]))
    try:
        home = f"http://127.0.0.1:{port}/desk"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        form = urllib.parse.urlencode({"name": "bench", "password": PASSWORD}).encode()
        opener.open(f"{home}/login", form, timeout=300).read()
        print(f"{'page':<20} {'first':>7} {'p50':>6} {'p99':>6} {'cpu':>6}  ms, {times} times each; bytes")
        for name, page in PAGES.items():
            taken, size, spent = [], 0, cpu_ms(serving.pid)
            for _ in range(times + 1):
                began = time.perf_counter()
                size = len(opener.open(home + page, timeout=300).read())
                taken.append(1000 * (time.perf_counter() - began))
                spent = cpu_ms(serving.pid) if len(taken) == 1 else spent
            first, rest = taken[0], sorted(taken[1:])
            each = (cpu_ms(serving.pid) - spent) / times
            print(
                f"{name:<20} {first:7.0f} {rest[len(rest) // 2]:6.0f} {rest[int(len(rest) * 0.99)]:6.0f} {each:6.0f}  {size:,}",
                flush=True,
            )
        status = Path(f"/proc/{serving.pid}/status").read_text()
        print(next(line for line in status.splitlines() if line.startswith("VmHWM")))
    finally:
        for process in running:
            process.terminate()
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--collect", type=int, default=40, help="posts stored every second meanwhile (0: none)")
    parser.add_argument("--collector", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    path = given.folder / "bench.db"
    if given.collector:
        collect(path, given.collector)
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        make(path, given.posts)
    measure(given.folder.resolve(), given.times, given.collect)


if __name__ == "__main__":
    main()

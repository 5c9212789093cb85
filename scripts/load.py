"""The measuring behind scripts/load: the real daemon with an archive that grows, and visitors who do not wait for each other.

Requests start at their time whether or not earlier ones were answered; a latency counts from the time a request was due.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from bot import store
from bot.config.load import shipped
from bot.reports.work import make_task
from tests.loopback import write_config

PAGES = ("/", "/", "/en", "/melden", "/report", "/netzbericht", "/open-data.json", "/static/base/base.css")
TOWNS = ("Hamburg", "22765", "Berlin", "Deutz, Köln", "Mannheim", "Frankfurt am Main", "Leipzig")
SYMPTOMS = ("data_stall", "slow_data", "call_setup", "dropped_call", "no_service", "sms_delay")
WORK = 1000
CONNECTIONS = 40  # each way; a proxy keeps such a pool


class Visitors:
    """One pool of connections, and what came of its requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        # The freshest first: servers close those that idle.
        self.idle: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            self.idle.put_nowait(None)
        self.took: list[float] = []
        self.answers: Counter[str] = Counter()

    async def visit(self, request: bytes, due: float) -> None:
        connection = await self.idle.get()
        try:
            if connection is None or connection[0].at_eof():  # closed after idling, as every client must expect
                connection = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = connection
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            self.answers[head[9:12].decode()] += 1
            self.idle.put_nowait((reader, writer) if b"connection: close" not in head.lower() else None)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.answers[type(error).__name__] += 1
            self.idle.put_nowait(None)
        self.took.append(time.perf_counter() - due)

    async def come(self, make: Callable[[], bytes], rate: int, seconds: float) -> None:
        begin, tasks = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(self.visit(make(), due)))
        await asyncio.gather(*tasks)

    def line(self, what: str, rate: int) -> str:
        parts = statistics.quantiles(self.took, n=100) if len(self.took) > 1 else [0.0] * 99
        answers = ", ".join(f"{count:,} × {name}" for name, count in self.answers.most_common())
        return (
            f"{what:<8} {rate:>5}/s  p50 {1000 * parts[49]:7.1f} ms  p99 {1000 * parts[98]:7.1f} ms"
            f"  max {1000 * max(self.took):7.1f} ms  {answers}"
        )


def address() -> str:
    return ".".join(str(random.randint(1, 223)) for _ in range(4))


def read() -> bytes:
    return f"GET {random.choice(PAGES)} HTTP/1.1\r\nHost: netz\r\nX-Forwarded-For: {address()}\r\n\r\n".encode()


def report(sign: Callable[[str], str]) -> bytes:
    salt, number = secrets.token_hex(8), random.randint(0, WORK)
    task = make_task(salt, number, WORK, sign, now=datetime.now(UTC))
    fields = {"ort": random.choice(TOWNS), "was": random.sample(SYMPTOMS, 2), "text": f"seit Tagen {salt}"}
    body = urlencode(fields | {"arbeit": f"{task.salt} {number} {task.signature}"}, doseq=True).encode()
    head = (
        f"POST /melden HTTP/1.1\r\nHost: netz\r\nX-Forwarded-For: {address()}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def load(port: int, sign: Callable[[str], str], posts: int, reads: int, seconds: float) -> bool:
    """Whether all went well: nothing but 200, and nobody waited for a second."""
    filing, reading = Visitors(port), Visitors(port)
    await asyncio.gather(filing.come(partial(report, sign), posts, seconds), reading.come(read, reads, seconds))
    print(filing.line("reports", posts))
    print(reading.line("pages", reads), flush=True)
    took = sorted(filing.took + reading.took)
    return {*filing.answers, *reading.answers} == {"200"} and took[int(0.99 * len(took))] < 1.0


def grow(path: Path, stop: threading.Event) -> None:
    """Fifty posts a second for the daemon to collect."""
    files = sorted(shipped("seed").glob("*.jsonl"))
    texts = [json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    random.shuffle(texts)
    number = 0
    while not stop.wait(1.0):
        now = datetime.now(UTC).isoformat()
        with path.open("a") as file:
            for _ in range(50):
                number += 1
                row = {"id": str(number), "text": texts[number % len(texts)], "author": f"a{number}", "created_at": now}
                file.write(json.dumps(row) + "\n")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--posts", type=int, default=100)
    arguments.add_argument("--reads", type=int, default=500)
    arguments.add_argument("--ramp", action="store_true", help="then double both until something breaks")
    given = arguments.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cut short as by Ctrl-C: nothing is left behind
    with TemporaryDirectory(prefix="brennpunkt-load-") as name:
        folder, stop = Path(name), threading.Event()
        (folder / "posts.jsonl").touch()
        source = {"kind": "archive", "name": "file", "path": str(folder / "posts.jsonl"), "every": "30s"}
        config = write_config(folder, source, port="0")
        text = config.read_text().replace("work = 40000", f"work = {WORK}")
        config.write_text(text.replace("# trusted_proxies = [", "trusted_proxies = ["))
        command = [sys.executable, "-m", "bot", "--config", str(config), "--database", str(folder / "a.db"), "run"]
        daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert daemon.stderr
        try:
            port = next(int(line.rsplit(":", 1)[1].strip(" /\n")) for line in daemon.stderr if "pages on http" in line)
            threading.Thread(target=daemon.stderr.read, daemon=True).start()
            threading.Thread(target=grow, args=(folder / "posts.jsonl", stop), daemon=True).start()
            db = store.open_readonly(folder / "a.db")
            sign = partial(db.pseudonym, "work")
            asyncio.run(load(port, sign, 5, 20, 2))
            print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
            well = asyncio.run(load(port, sign, given.posts, given.reads, given.seconds))
            factor = 2
            while well and given.ramp:
                well = asyncio.run(load(port, sign, given.posts * factor, given.reads * factor, 10))
                factor *= 2
            counts = [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("reports", "posts")]
            status = Path(f"/proc/{daemon.pid}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
            ticks = sum(map(int, Path(f"/proc/{daemon.pid}/stat").read_text().rsplit(")")[1].split()[11:13]))
            print(
                f"daemon used {ticks / os.sysconf('SC_CLK_TCK'):.1f} s of a processor; load average {os.getloadavg()[0]:.1f}"
            )
            print(f"stored {counts[0]:,} reports and {counts[1]:,} collected posts; daemon's peak {peak:.0f} MiB")
            db.close()
        finally:
            stop.set()
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(20)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

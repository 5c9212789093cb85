"""What the daemon costs a machine with every kind of source on: memory, idle CPU, time to the first collection.

    .venv/bin/python -m scripts.vitals [SECONDS]

All platforms are stand-ins on loopback. Seconds of the clock depend on what else the machine does; those of the CPU hardly.
"""

import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pytest_httpserver import HTTPServer

from tests.collect import test_bluesky_account as bluesky
from tests.loopback import chat, write_config
from tests.servers import imap, x
from tests.servers.feed import fake_feed
from tests.servers.jetstream import fake_jetstream
from tests.servers.mastodon import TOKEN, fake_mastodon

# `brennpunkt`, but X is the stand-in.
RUN = (
    "import sys; from bot.collect.x.source import XSource; XSource.__init__.__kwdefaults__['base'] = sys.argv.pop(1);"
    " from bot.cli import main; main()"
)
SAID = "Volle Balken am Hauptbahnhof in Köln, aber bei o2 lädt nichts"
SECRETS = {"T_MASTODON": TOKEN, "T_X": x.TOKEN, "T_BLUESKY": bluesky.PASSWORD, "T_MAIL": imap.PASSWORD}


def world(stack: ExitStack, folder: Path) -> tuple[list[dict[str, object]], str]:
    """A source of each kind with something to read, and where X is."""
    mastodon, stream, feed = (stack.enter_context(each()) for each in (fake_mastodon, fake_jetstream, fake_feed))
    mails = stack.enter_context(imap.fake_imap(folder))
    server = x.XServer()
    stack.callback(server.close)
    web = stack.enter_context(HTTPServer())
    pds = bluesky.FakePds(web.url_for("").rstrip("/"))
    access = bluesky.token("access", datetime.now(UTC) + timedelta(hours=2))
    pds.access = lambda: access  # type: ignore[method-assign]
    web.expect_request(re.compile("/xrpc/.*")).respond_with_handler(pds.answer)
    mastodon.publish("o2", SAID)
    mastodon.mention(SAID)
    stream.now = datetime.now(UTC) - timedelta(seconds=20)
    stream.write(SAID)
    feed.publish(3)
    mails.add(imap.mail("Netz", SAID))
    server.reset(datetime.now(UTC))
    server.posts = [x.StubPost(x.id_of(server.now - timedelta(hours=1)), text=SAID)]
    (folder / "posts.jsonl").write_text(f'{{"id": "1", "text": "{SAID}"}}\n', encoding="utf-8")
    (folder / "drop").mkdir()
    account = {"handle": "bot.test", "password_env": "T_BLUESKY", "service": pds.url, "profiles": ""}
    caps = {"daily_cap_usd": 1.0, "monthly_cap_usd": 9.0, "account_id": "77"}
    mailbox = {"port": mails.port, "ca_file": str(mails.certificate), "password_env": "T_MAIL", "user": "hilfe"}
    return [
        {"kind": "archive", "name": "file", "path": str(folder / "posts.jsonl"), "every": "1h"},
        {"kind": "mastodon", "name": "m", "url": mastodon.url, "hashtags": ["o2"], "token_env": "T_MASTODON"},
        {"kind": "bluesky", "name": "b", "hosts": [stream.url], "session_file": str(folder / "session"), **account},
        {"kind": "x", "name": "x", "token_env": "T_X", "contact": "a@b.example", **caps},
        {"kind": "feed", "name": "f", "url": feed.url, "allow_private": True, "contact": "a@b.example"},
        {"kind": "mailbox", "name": "mail", "host": "127.0.0.1", **mailbox},
        {"kind": "folder", "name": "drop", "path": str(folder / "drop")},
    ], server.base


def cpu_s(process: int) -> float:
    """Of the process and of the children that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(value) for value in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> dict[str, int]:
    """Megabytes: now, and the most it ever was."""
    text = Path(f"/proc/{process}/status").read_text()
    return {name: int(re.findall(rf"{name}:\s+(\d+)", text)[0]) * 1024 // 1_000_000 for name in ("VmRSS", "VmHWM")}


def main() -> None:
    idle_s = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="brennpunkt-vitals-")))
        sources, base = world(stack, folder)
        room = stack.enter_context(chat())
        config = write_config(folder, *sources, send_to_env='["T_CHAT"]')  # yesterday's digest is sent at once
        config.write_text(config.read_text(encoding="utf-8").replace("port = 8611", "port = 0"), encoding="utf-8")
        command = [sys.executable, "-c", RUN, base, "--config", str(config), "--database", str(folder / "a.db"), "run"]
        began = time.monotonic()
        daemon = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=os.environ | SECRETS | {"T_CHAT": room.address("digests")}
        )
        assert daemon.stderr
        collected: dict[str, tuple[float, float, str]] = {}
        for line in daemon.stderr:
            if (found := re.search(r"(?:INFO|WARNING) +(?:collect )?(\w+): (?!asked again)(.+)", line)) and (
                found[1] in {str(source["name"]) for source in sources}
            ):
                collected.setdefault(found[1], (time.monotonic() - began, cpu_s(daemon.pid), found[2].strip()))
            if len(collected) == len(sources):
                break
        time.sleep(10)  # what the first collections left to do
        before = cpu_s(daemon.pid)
        time.sleep(idle_s)
        idle = cpu_s(daemon.pid) - before
        told = memory(daemon.pid)
        daemon.terminate()
        rest = daemon.stderr.read()
        status = daemon.wait(15)
    for name, (clock_s, used_s, line) in sorted(collected.items(), key=lambda each: each[1][0]):
        print(f"{name:<6}{clock_s:>6.1f} s after the start, {used_s:>4.1f} s of CPU: {line}")
    print(f"idle: {100 * idle / idle_s:.2f} % of a core over {idle_s:.0f} s")
    print(f"messages sent: {sum(map(len, room.taken.values()))}")
    print(f"memory: {told['VmRSS']} MB, at most {told['VmHWM']} MB; ended with status {status}")
    if "Traceback" in rest:
        raise SystemExit(rest)


if __name__ == "__main__":
    main()

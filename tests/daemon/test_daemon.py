"""The daemon as its admin meets it: a process, its log, its signals."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import store
from bot.config.load import shipped
from tests.loopback import PATIENCE_S


@pytest.fixture
def config(tmp_path: Path) -> Path:
    rows = [{"id": str(number), "text": f"o2 in Köln lahmt, Versuch {number}"} for number in range(3)]
    (tmp_path / "posts.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    text = shipped("o2-de.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[[sources]]")
    tail = rest[rest.index("[watch]") :]
    sources = "".join(
        f'[[sources]]\nkind = "archive"\nname = "{name}"\npath = "{tmp_path / file}"\nevery = "30s"\n\n'
        for name, file in (("missing", "missing.jsonl"), ("posts", "posts.jsonl"))
    )
    path = tmp_path / "own.toml"
    path.write_text(
        head + sources + tail.replace("var/digests", str(tmp_path / "digests")).replace("port = 8611", "port = 0"),
        encoding="utf-8",
    )
    return path


class Process:
    """A running daemon whose log can be waited for, with a deadline instead of a sleep."""

    def __init__(self, config: Path, *options: str, database: str = "a.db", command: str = "run") -> None:
        words = ["--config", str(config), "--database", str(config.parent / database), command, *options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *words], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        self.log = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self._changed:
                self.log += line
                self._changed.notify_all()

    def wait_for(self, pattern: str) -> re.Match[str]:
        with self._changed:
            found = self._changed.wait_for(lambda: re.search(pattern, self.log), timeout=PATIENCE_S)
            assert found, self.log
        return found

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        status = self.process.wait(timeout=PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self.process.stderr
        self.process.stderr.close()
        return status


@pytest.fixture
def daemon(config: Path) -> Iterator[Process]:
    running = Process(config)
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.ended()


def test_one_bad_source_stops_only_itself_and_is_remembered(daemon: Process, config: Path) -> None:
    daemon.wait_for("posts: 3 new posts")
    daemon.wait_for("WARNING collect missing: .*missing.jsonl: cannot be read")
    daemon.wait_for("missing: asked again at ")
    assert "Traceback" not in daemon.log
    assert daemon.end() == 0
    db = store.open_readonly(config.parent / "a.db")
    runs = dict(db.execute("SELECT source, outcome FROM runs WHERE job = 'collect'").fetchall())
    db.close()
    assert runs == {"missing": "failed", "posts": "ok"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(daemon: Process, number: signal.Signals) -> None:
    daemon.wait_for("running: 2 sources")
    assert daemon.end(number) == 0
    assert daemon.log.endswith(" stopped\n"), "all jobs had ended"


def test_a_second_daemon_on_the_same_database_names_the_first_and_leaves(daemon: Process, config: Path) -> None:
    daemon.wait_for("running: 2 sources")
    (config.parent / "link.db").symlink_to(config.parent / "a.db")
    second = Process(config, database="link.db")
    assert second.ended() == 75
    second.wait_for(f"Error: .*another daemon \\(process {daemon.process.pid}\\)")


def test_a_killed_daemon_starts_again_where_it_was(daemon: Process, config: Path) -> None:
    daemon.wait_for("posts: 3 new posts")
    daemon.end(signal.SIGKILL)
    again = Process(config)
    again.wait_for("posts: 0 new posts")
    assert again.end() == 0
    db = store.open_readonly(config.parent / "a.db")
    assert db.execute("SELECT count(*) FROM posts").fetchone() == (3,)
    db.close()


def test_a_digest_owed_at_the_start_waits_for_the_sources(config: Path) -> None:
    yesterday = datetime.now(ZoneInfo("Europe/Berlin")).date() - timedelta(days=1)
    rows = [{"id": "1", "text": "In Köln lädt bei o2 nichts", "created_at": f"{yesterday}T12:00:00+01:00"}]
    (config.parent / "posts.jsonl").write_text(json.dumps(rows[0]), encoding="utf-8")
    config.write_text(config.read_text(encoding="utf-8").replace('at = "07:00"', 'at = "00:00"'), encoding="utf-8")
    running = Process(config)
    running.wait_for(f"digest of {yesterday}: ")
    assert running.end() == 0
    text = (config.parent / "digests" / str(yesterday) / "digest.de.txt").read_text(encoding="utf-8")
    assert "Köln" in text

"""The whole program as one process: what it serves, what it logs, and how it takes a new config."""

import json
import os
import re
import select
import signal
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot import store
from bot.config.load import load_settings, shipped
from bot.daemon.guard import Guard
from bot.daemon.heartbeat import DEAD_AFTER_S
from bot.daemon.main import Daemon
from bot.domain import Gap
from bot.errors import ConfigError, StoreError
from bot.web.serving import Pages
from tests.daemon.test_daemon import Process
from tests.factories import NOON
from tests.loopback import PATIENCE_S, chat, write_config
from tests.servers.mastodon import TOKEN, fake_mastodon

SAID = "Volle Balken am Hauptbahnhof in Köln, aber bei o2 lädt nichts"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    with fake_mastodon() as instance, chat() as room:
        instance.publish("o2", SAID)
        instance.mention(SAID)
        monkeypatch.setenv("THE_TOKEN", TOKEN)
        monkeypatch.setenv("THE_CHAT", room.address("secret-room").replace("json://", "json://kim:pass-word@"))
        source = {"kind": "mastodon", "name": "m", "url": instance.url, "hashtags": ["o2"], "token_env": "THE_TOKEN"}
        process = Process(write_config(tmp_path, source, send_to_env='["THE_CHAT"]', port="0"))
        process.wait_for("m: 2 new posts")
        yield process
        if process.process.poll() is None:
            process.process.kill()
        process.process.wait()
        assert process.process.stderr
        process.process.stderr.close()


def get(process: Process, path: str) -> str:
    found = re.search(r"pages on (http://\S+/)", process.log)
    assert found, process.log
    with urlopen(found[1] + path, timeout=20) as answer:
        text: str = answer.read().decode()
        return text


def test_one_process_collects_and_shows_and_says_how_it_is(running: Process) -> None:
    assert get(running, "healthz") == "ok"
    assert get(running, "readyz") == "ok"
    figures = get(running, "metrics")
    assert 'brennpunkt_posts_total{source="m"} 2.0' in figures
    assert 'brennpunkt_source_failures{source="m"} 0.0' in figures
    assert 'brennpunkt_job_seconds_count{job="collect m"} 1.0' in figures
    assert 'brennpunkt_source_lag_seconds{source="m"}' in figures
    assert 'brennpunkt_job_errors_total{job="collect m"} 0.0' in figures
    assert 'brennpunkt_queue_length{queue="messages",state="unknown"} 0.0' in figures
    assert '<html lang="de">' in get(running, "")
    with pytest.raises(HTTPError):
        get(running, "nowhere")
    assert running.end() == 0


def test_no_log_of_a_full_run_holds_secrets_handles_or_what_posts_say(running: Process) -> None:
    get(running, "")
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("reloaded: 1 sources")
    assert running.end() == 0
    for hidden in (TOKEN, "pass-word", "kim", "Volle Balken", "Hauptbahnhof"):
        assert hidden not in running.log


def test_a_wrong_config_is_not_taken_over_and_a_right_one_is(running: Process, tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    right = config.read_text(encoding="utf-8")
    config.write_text(right.replace("dry_run = true", "dry_rum = true"), encoding="utf-8")
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("not reloaded, all stays as it was: .*did you mean `dry_run`")
    assert get(running, "healthz") == "ok"
    config.write_text(right.replace('at = "07:00"', 'at = "08:00"'), encoding="utf-8")
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("reloaded: 1 sources, digest at 08:00")
    assert get(running, "readyz") == "ok"
    assert running.end() == 0


def test_an_address_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        web = load_settings(shipped("o2-de.toml")).web.model_copy(update={"port": other.getsockname()[1]})
        with pytest.raises(ConfigError, match="cannot be listened on"):
            Pages(None, web)


class Ended(Exception):
    pass


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(load_settings(write_config(tmp_path)), tmp_path / "a.db", None)
    daemon._start_scheduler()
    yield daemon
    daemon.stopping.set()
    daemon.scheduler.shutdown()
    with daemon._jobs_changed:  # a job of a scheduler that the test has ended may still be at work
        assert daemon._jobs_changed.wait_for(lambda: daemon._jobs == 0, timeout=PATIENCE_S)
    daemon.db.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The other end of sd_notify: what a service says of itself arrives here as datagrams."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.settimeout(PATIENCE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield end


def test_systemd_hears_that_it_is_ready_alive_and_stopping(tmp_path: Path, systemd: socket.socket) -> None:
    process = Process(write_config(tmp_path, port="0"))
    assert systemd.recv(100) == b"READY=1"
    process.wait_for("running: ")
    assert systemd.recv(100) == b"WATCHDOG=1"
    assert process.end() == 0
    while (said := systemd.recv(100)) != b"STOPPING=1":
        assert said == b"WATCHDOG=1"
    assert process.process.stderr
    process.process.stderr.close()


def test_a_dead_scheduler_is_started_anew_and_beats_again(
    daemon: Daemon, systemd: socket.socket, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    beaten, beat = threading.Event(), daemon.heart.beat

    def beat_and_tell() -> None:
        beat()
        beaten.set()

    monkeypatch.setattr(daemon.heart, "beat", beat_and_tell)
    dead = daemon.scheduler
    dead.pause()  # says that it runs, and does nothing, as after its thread has died
    daemon.heart._last -= DEAD_AFTER_S + 1
    daemon._look_after_scheduler()
    assert daemon.scheduler is not dead
    assert "the scheduler stood still" in caplog.text
    assert not select.select([systemd], [], [], 0)[0]  # its watchdog hears nothing meanwhile
    assert beaten.wait(timeout=20)
    assert not daemon.heart.revived
    daemon._look_after_scheduler()
    assert systemd.recv(100) == b"WATCHDOG=1"


def test_one_that_stays_dead_ends_the_process(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(status: int) -> None:
        raise Ended(status)

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr("logging.shutdown", lambda: None)
    daemon.heart.give_time()
    daemon.heart._last -= DEAD_AFTER_S + 1
    monkeypatch.setattr(daemon.heart, "beat", lambda: None)
    daemon.heart.revived = True
    with pytest.raises(Ended, match="70"):
        daemon._look_after_scheduler()


def test_a_job_that_a_former_scheduler_began_is_not_begun_twice(daemon: Daemon) -> None:
    begun = []

    def job() -> None:
        begun.append(1)
        daemon._guarded("one job", job)

    daemon._guarded("one job", job)
    assert begun == [1]


def damage(db: store.Database, path: Path) -> None:
    """Overwrite the end of the file, as a failing disk does: it opens as if nothing were wrong."""
    with store.transaction(db):
        store.add_gaps(
            db, [Gap("m", NOON + timedelta(hours=n), NOON + timedelta(hours=n + 1), "x") for n in range(999)]
        )
    store.checkpoint(db)
    with path.open("r+b") as file:
        file.seek(-4096 * 4, os.SEEK_END)
        file.write(b"\xa5" * 4096 * 4)


def test_a_damaged_database_is_found_at_the_start_and_restoring_is_explained(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    damage(db, tmp_path / "a.db")
    db.close()
    process = Process(write_config(tmp_path, port="0"))
    assert process.process.wait(timeout=PATIENCE_S) == 1
    process.wait_for(r"a\.db: damaged \(.+\); put a backup back with `brennpunkt restore FILE`")
    assert "Traceback" not in process.log
    assert process.process.stderr
    process.process.stderr.close()


def test_a_large_database_is_checked_beside_the_first_jobs_and_ends_them(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.daemon.guard.AT_ONCE", 0)
    guard = Guard(tmp_path / "a.db")
    assert guard.large
    guard.look()  # not checked yet
    damage(daemon.db, tmp_path / "a.db")
    guard.check()
    with pytest.raises(StoreError, match="brennpunkt restore"):
        guard.look()


def test_a_database_that_is_replaced_while_in_use_ends_the_daemon(tmp_path: Path) -> None:
    process = Process(write_config(tmp_path, port="0"))
    process.wait_for("running: 0 sources")
    os.replace(tmp_path / "a.db", tmp_path / "away.db")
    process.wait_for("CRITICAL .*moved, deleted or replaced while in use")
    assert process.process.wait(timeout=20) == 1
    process.wait_for("stopped")
    assert "Traceback" not in process.log
    assert process.process.stderr
    process.process.stderr.close()


def test_the_log_is_json_on_demand(tmp_path: Path) -> None:
    process = Process(write_config(tmp_path, port="0"), "--log", "json")
    process.wait_for("running: 0 sources")
    assert process.end() == 0
    process.wait_for("stopped")
    assert process.process.stderr
    process.process.stderr.close()
    assert {json.loads(line)["level"] for line in process.log.splitlines()} == {"INFO"}

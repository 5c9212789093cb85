"""The whole program as one process: what it serves, what it logs, and how it takes a new config."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot.config.load import load_settings, shipped
from bot.daemon.heartbeat import DEAD_AFTER_S
from bot.daemon.main import Daemon
from bot.errors import ConfigError
from bot.web.serving import Pages
from tests.daemon.test_daemon import Process
from tests.loopback import chat, write_config
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
        assert daemon._jobs_changed.wait_for(lambda: daemon._jobs == 0, timeout=30)
    daemon.db.close()


def test_a_dead_scheduler_is_started_anew_and_beats_again(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    dead = daemon.scheduler
    dead.pause()  # says that it runs, and does nothing, as after its thread has died
    daemon.heart._last -= DEAD_AFTER_S + 1
    daemon._look_after_scheduler()
    assert daemon.scheduler is not dead
    assert "the scheduler stood still" in caplog.text
    ends_at = time.monotonic() + 20
    while daemon.heart.revived and time.monotonic() < ends_at:
        time.sleep(0.01)
    assert not daemon.heart.revived


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


def test_the_log_is_json_on_demand(tmp_path: Path) -> None:
    process = Process(write_config(tmp_path, port="0"), "--log", "json")
    process.wait_for("running: 0 sources")
    assert process.end() == 0
    process.wait_for("stopped")
    assert process.process.stderr
    process.process.stderr.close()
    assert {json.loads(line)["level"] for line in process.log.splitlines()} == {"INFO"}

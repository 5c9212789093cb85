"""The world breaks: each time one clear line, a row in `runs` where one can be written, and recovery by itself.

What platforms answer is broken in tests/collect, files and keys in tests/store; two daemons are in test_daemon.py.
"""

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bot import pipeline, store
from bot.collect.budget import Budget
from bot.collect.mastodon.source import MastodonSource
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.sources import MastodonSettings
from bot.daemon.main import Daemon
from bot.domain import Tally
from bot.errors import SourceError, StoreError
from tests.factories import analysis, post
from tests.loopback import write_config
from tests.servers.imap import make_certificate
from tests.servers.mastodon import EPOCH, fake_mastodon

BERLIN = ZoneInfo("Europe/Berlin")
JUDGE = load_judge(load_settings(shipped("o2-de.toml")))


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Shakes hands, or tries to, and says nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with suppress(OSError), connection:
                        context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def line_of(db: store.Database, url: str) -> str:
    """Ask there once. Returns the line for the admin, which must stand in `runs`, too."""
    settings = MastodonSettings(kind="mastodon", name="m", url=url, hashtags=("o2",), contact="test@example.org")
    source = MastodonSource(settings, clock=lambda: EPOCH, budget=Budget(requests=10_000))
    with pytest.raises(SourceError) as raised:
        pipeline.collect_and_record(source, JUDGE, db, job="collect", clock=lambda: EPOCH)
    line = str(raised.value)
    assert "\n" not in line
    assert db.execute("SELECT outcome, error FROM runs ORDER BY id DESC").fetchone() == ("failed", line)
    return line


def test_a_certificate_that_nobody_signed_is_refused_and_said(db: store.Database, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    with tls_server(context) as port:
        assert "certificate" in line_of(db, f"https://127.0.0.1:{port}")


def test_a_name_that_nobody_knows_is_one_line_and_the_source_recovers(db: store.Database) -> None:
    assert "nowhere.invalid" in line_of(db, "https://nowhere.invalid")
    with fake_mastodon() as instance:
        instance.publish("o2")
        settings = MastodonSettings(kind="mastodon", name="m", url=instance.url, hashtags=("o2",))
        source = MastodonSource(settings, clock=lambda: EPOCH, budget=Budget(requests=10_000))
        tally = pipeline.collect_and_record(source, JUDGE, db, job="collect", clock=lambda: EPOCH)
    assert tally.posts == 1
    assert db.execute("SELECT last_error, failures FROM sources").fetchall() == [(None, 0)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for little more than an empty database."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(tmp_path)], capture_output=True)
    if done.returncode:
        pytest.skip("mounting needs root; tests/store fills a database by its page count")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_stores_nothing_of_the_page_and_all_of_it_when_there_is_room(small_disk: Path) -> None:
    db = store.open_database(small_disk / "a.db")
    with store.transaction(db):
        store.add_page(db, [(post("kept"), analysis("kept"))], now=EPOCH, tally=Tally())
    (small_disk / "ballast").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096 - 8192))
    page = [(post(f"{number} " + "x" * 4000), analysis(f"{number} " + "x" * 4000)) for number in range(60)]
    with pytest.raises(StoreError, match="disk is full"), store.transaction(db):
        store.add_page(db, page, now=EPOCH, tally=Tally())
    assert db.execute("SELECT count(*) FROM posts").fetchone() == (1,)
    (small_disk / "ballast").unlink()
    with store.transaction(db):
        store.add_page(db, page[:20], now=EPOCH, tally=Tally())
    assert db.execute("SELECT count(*) FROM posts").fetchone() == (21,)
    db.close()


def test_a_database_that_another_process_holds_is_waited_for_and_then_said(tmp_path: Path) -> None:
    db, other = (store.open_database(tmp_path / "a.db") for _ in range(2))
    db.execute("PRAGMA busy_timeout=50")
    with store.transaction(other), pytest.raises(StoreError, match="another process has held"), store.transaction(db):
        pass
    with store.transaction(db):  # the other one has let go
        store.add_source(db, "m")
    db.close()
    other.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(load_settings(write_config(tmp_path)), tmp_path / "a.db", None)
    yield daemon
    daemon.db.close()


def next_fire(daemon: Daemon, job: str, after: datetime) -> datetime:
    with time_machine.travel(after, tick=False):
        trigger = {each.id: each.trigger for each in daemon._schedule().get_jobs()}[job]
        fires: datetime = trigger.get_next_fire_time(None, after)
        return fires


@pytest.mark.parametrize(
    ("night", "hours"),
    [
        pytest.param("2026-03-28", 23, id="the clocks go forward"),
        pytest.param("2026-10-24", 25, id="the clocks go back"),
        pytest.param("2028-02-28", 24, id="a leap day begins"),
        pytest.param("2028-02-29", 24, id="a leap day ends"),
    ],
)
def test_the_digest_comes_once_every_morning(daemon: Daemon, night: str, hours: int) -> None:
    evening = datetime.fromisoformat(f"{night}T07:00:01").replace(tzinfo=BERLIN)
    fires = next_fire(daemon, "digest", evening).astimezone(UTC)
    assert fires - evening.astimezone(UTC) == timedelta(hours=hours) - timedelta(seconds=1)
    assert fires.astimezone(BERLIN).hour == 7


@pytest.mark.parametrize("shift", [timedelta(days=-400), timedelta(days=400)], ids=["back", "ahead"])
def test_a_wrong_clock_neither_loses_posts_nor_asks_twice_for_ever(db: store.Database, shift: timedelta) -> None:
    """A run at the wrong time, then one at the right time: every post is there, once."""
    with fake_mastodon(page=5) as instance:
        settings = MastodonSettings(kind="mastodon", name="m", url=instance.url, hashtags=("o2",))
        published = set()
        for now in (EPOCH, EPOCH + shift, EPOCH + timedelta(hours=2)):
            published |= {instance.publish("o2")["uri"] for _ in range(7)}
            source = MastodonSource(settings, clock=lambda now=now: now, budget=Budget(requests=10_000))
            pipeline.collect_and_record(source, JUDGE, db, job="collect", clock=lambda now=now: now)
    natives = [row[0] for row in db.execute("SELECT native FROM posts")]
    assert sorted(natives) == sorted(published)

"""Streams that hasten the asking, over the daemon's own scheduler and a stand-in for an instance."""

import queue
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from bot.config.sources import MastodonSettings
from bot.daemon.haste import Haste
from bot.daemon.scheduler import Scheduler
from tests.loopback import PATIENCE_S
from tests.servers import mastodon


@pytest.fixture
def scheduler() -> Iterator[BackgroundScheduler]:
    made = Scheduler(timezone=UTC)  # type: ignore[no-untyped-call]  # the library has no types
    made.start()
    yield made
    made.shutdown()


def test_what_a_stream_tells_is_asked_for_soon_and_once_more_if_told_while_asking(
    scheduler: BackgroundScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.daemon.haste.SOON", timedelta())
    monkeypatch.setenv("STREAM_TOKEN", mastodon.TOKEN)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    at_work: set[str] = set()
    haste = Haste(lambda: scheduler, at_work)
    told_meanwhile: list[None] = [None]

    def ask() -> None:
        at_work.add("collect m")
        with haste.asking("m"):
            asked.put("asked")
            if told_meanwhile:
                told_meanwhile.pop()
                haste._tell("m")
        at_work.remove("collect m")

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    scheduler.add_job(ask, "interval", days=1, id="collect m", next_run_time=tomorrow)
    with mastodon.fake_mastodon() as fake:
        settings = {"kind": "mastodon", "name": "m", "url": fake.url, "hashtags": ("o2",), "token_env": "STREAM_TOKEN"}
        quiet = MastodonSettings(**{**settings, "name": "quiet"})
        haste.listen([quiet, MastodonSettings(**settings, stream=True)])
        fake.wait_for_streams(2)  # of the one that asks for it
        fake.publish("o2")
        assert [asked.get(timeout=PATIENCE_S), asked.get(timeout=PATIENCE_S)] == ["asked", "asked"]
        fake.mention()
        assert asked.get(timeout=PATIENCE_S) == "asked"
        haste.listen([quiet])  # a reload without it
        fake.hang_up()
        fake.wait_for_streams(0)
    assert asked.empty()
    (job,) = scheduler.get_jobs()
    assert job.next_run_time > datetime.now(UTC) + timedelta(hours=23)  # its own turn goes on

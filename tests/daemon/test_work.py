"""The daemon's jobs, each once and without its scheduler: what stands in the log afterwards."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from bot import store
from bot.analyse import analyse
from bot.config.judge import load_judge
from bot.config.load import load_settings
from bot.daemon.haste import Haste
from bot.daemon.metrics import Metrics
from bot.daemon.work import Work
from bot.domain import Tally
from bot.jobs import drafting
from tests.factories import post
from tests.jobs.test_alerting import NOON, fill
from tests.loopback import write_config

SOON = NOON + timedelta(minutes=20)


@pytest.fixture
def work(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Work]:
    caplog.set_level(logging.INFO, "brennpunkt")
    source = {"kind": "mastodon", "name": "m", "url": "http://127.0.0.1:1", "hashtags": ["o2"]}
    settings = load_settings(write_config(tmp_path, source))
    settings = settings.model_copy(update={"reply": settings.reply.model_copy(update={"enabled": True})})
    judge = load_judge(settings)
    with closing(store.open_database(tmp_path / "a.db")) as db, time_machine.travel(SOON, tick=False):
        yield Work(
            settings,
            judge,
            drafting.open_desk(settings, judge),
            db,
            (tmp_path / "a.db", None),
            reader=lambda: closing(store.open_readonly(tmp_path / "a.db")),
            stop=bool,
            move=lambda _turn, _at: None,
            haste=Haste(lambda: pytest.fail("nothing runs"), ()),
            metrics=Metrics(),
            unasked=set(),
        )


def read(work: Work, text: str, at: datetime) -> None:
    said = post(text, source="m", created_at=at)
    with store.transaction(work.db):
        store.add_source(work.db, "m")
        store.add_page(work.db, [(said, analyse(said, work.judge))], now=at, tally=Tally())


def test_an_incident_is_a_warning_once(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    fill(work.db)
    work.watch()
    (line,) = (line for line in caplog.messages if line.startswith("alert "))
    assert line.startswith("alert 1: 20 customers within 30 min, ")
    caplog.clear()
    work.watch()
    assert caplog.messages == []


def test_a_call_for_help_is_a_warning_and_nothing_of_it_is_in_the_log(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    read(work, "o2 in Bonn: kein Netz, konnte keinen Notruf absetzen", SOON)
    work.draft()
    assert caplog.messages[0] == "post 1 needs a person at once: `brennpunkt replies list`"
    assert caplog.messages[1].startswith("replies: ")
    assert "Notruf" not in caplog.text


def test_a_night_leaves_a_copy_and_says_what_went(work: Work, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    read(work, "o2 lahmt in Köln", SOON - timedelta(days=31))
    for job in (work.purge, work.backup, work.cases, work.ask_contacts, work.deliver):
        job()
    assert caplog.messages[0].startswith("purge: 1 texts, 0 posts")
    (copy,) = (tmp_path / "backups").glob("*.db*")
    assert caplog.messages[1] == f"backup: {copy}"
    assert len(caplog.messages) == 2, "jobs with nothing to do say nothing"

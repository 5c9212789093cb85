"""No data never looks like no complaints: people hear once that a source is silent, and once that it is back."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import store
from bot.collect.x.source import XSource
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.config.sources import FeedSettings
from bot.config.telling import NotifySettings
from bot.domain import Tally
from bot.jobs.listening import watch_sources, watch_volume
from bot.store import Database
from bot.watch.silence import Trouble
from tests.collect.x_bench import TOKEN_ENV
from tests.collect.x_bench import settings as x_settings
from tests.servers.x import TOKEN, StubPost, XServer, id_of

NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def settings() -> Settings:
    desk = NotifySettings(name="desk", address_env="DESK", what=("alert",), language="en")
    boss = NotifySettings(name="boss", address_env="BOSS", what=("digest",))
    both = tuple(FeedSettings(kind="feed", name=name, url="https://example.org/") for name in ("forum", "news"))
    return load_settings(shipped("o2-de.toml")).model_copy(update={"notify": (desk, boss), "sources": both})


def asked(db: Database, source: str, hours: float, error: str | None = None) -> None:
    at = NOON + hours * HOUR
    with store.transaction(db):
        store.add_source(db, source)
        tally = Tally() if error else Tally(posts=1)
        store.record_run(db, "collect", source, tally, started_at=at, ended_at=at, error=error, trouble=Trouble.OTHER)


def heard(db: Database, settings: Settings, hours: float) -> list[str]:
    """Looks, and returns what is new in the outbox, as title and text."""
    before = {message.number for message in store.outbox(db)}
    watch_sources(db, db, settings, now=NOON + hours * HOUR)
    new = [message for message in store.outbox(db) if message.number not in before]
    rows = [db.execute("SELECT target, text FROM outbox WHERE number = ?", [each.number]).fetchone() for each in new]
    return [f"{target}: {' '.join(text.split())}" for target, text in rows]


def test_a_source_that_fails_for_more_than_an_hour_is_told_once_and_once_when_it_is_back(
    db: Database, settings: Settings
) -> None:
    for source in ("forum", "news"):
        asked(db, source, 0)
    told = []
    for quarter in range(1, 20):
        asked(db, "forum", quarter / 4, "forum.example: cannot be reached")
        asked(db, "news", quarter / 4)
        told += heard(db, settings, quarter / 4)
    (message,) = told
    assert message.startswith("desk: o2: no data from forum ═")
    assert "does not mean that nobody complains" in message
    assert "since 17 Mar, 13:15: forum.example: cannot be reached" in message
    asked(db, "forum", 5)
    asked(db, "news", 5)
    (back,) = heard(db, settings, 5)
    assert back.startswith("desk: o2: data again from forum ═")
    assert heard(db, settings, 5.2) == []


def test_when_nobody_is_heard_it_says_that_every_figure_is_blind(db: Database, settings: Settings) -> None:
    for quarter in range(7):
        for source in ("forum", "news"):
            asked(db, source, quarter / 4, "the network is down")
    (message,) = heard(db, settings, 1.6)
    assert "no data from 2 sources: forum and news" in message
    assert "every figure is blind" in message
    assert "has not answered once" in message


def test_a_source_that_answers_but_brings_nothing_is_told_in_the_language_of_the_reader(
    db: Database, settings: Settings
) -> None:
    for hour in range(-24 * 40, 0, 3):
        asked(db, "forum", hour)
    for hour in range(24):
        with store.transaction(db):
            at = NOON + hour * HOUR
            store.record_run(db, "collect", "forum", Tally(), started_at=at, ended_at=at)
    german = settings.model_copy(update={"notify": (settings.notify[0].model_copy(update={"language": "de"}),)})
    (message,) = heard(db, german, 23)
    assert "forum antwortet, ist aber seit" in message
    assert "stiller als je zuvor: 0 Beiträge in 24 Stunden. Üblich sind 8." in message


def test_a_source_that_was_not_asked_since_the_start_is_not_called_silent(db: Database, settings: Settings) -> None:
    for hour in range(-24 * 40, -20):
        asked(db, "forum", hour)
    assert watch_sources(db, db, settings, now=NOON, asked=lambda _: False) == []
    assert len(watch_sources(db, db, settings, now=NOON)) == 1


def test_a_rise_at_x_is_told_by_its_number_alone_and_once(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = XServer()
    try:
        server.reset(NOON)
        monkeypatch.setenv(TOKEN_ENV, TOKEN)
        monkeypatch.setitem(XSource.__init__.__kwdefaults__, "base", server.base)
        monkeypatch.setitem(XSource.__init__.__kwdefaults__, "clock", lambda: NOON)
        usual = [NOON - hours * HOUR - 30 * timedelta(minutes=1) for hours in range(144) for _ in range(4)]
        storm = [NOON - timedelta(minutes=20 + number % 30) for number in range(80)]
        server.posts = [StubPost(id_of(at, number), text="o2") for number, at in enumerate([*usual, *storm], 1)]
        x = x_settings(account_id=None)
        for _ in range(2):
            lines = watch_volume(db, settings, x, clock=lambda: NOON)
            assert lines in (["x: 84 posts in an hour, usually 4"], [])
    finally:
        server.close()
    (message,) = store.outbox(db)
    assert (message.target, message.title) == ("desk", "o2: 84 posts on x in an hour, usually 4")
    (text,) = db.execute("SELECT text FROM outbox").fetchone()
    assert "counted, not read" in text
    assert server.billed == 2 * 5_000

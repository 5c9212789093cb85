"""From the queue to people: once, later, or not at all, and nobody at night."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import notify, store
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.config.telling import NotifySettings, QuietSettings
from bot.digest.page import Page, Section, Text
from bot.errors import NotifyError, NotifyRefused, NotifyUnsure
from bot.jobs import outbox
from bot.store import Database

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 17, 12, tzinfo=BERLIN).astimezone(UTC)
NIGHT = QuietSettings(since=time(22), until=time(6, 30))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Post:
    """Stands at the end of `notify.send`, which has tests of its own: takes messages, or raises what it is told."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.failure: BaseException | None = None

    def __call__(self, target: notify.Target, message: notify.Message) -> None:
        if self.failure:
            raise self.failure
        self.taken.append(f"{target.name}: {message.title}")


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    taker = Post()
    monkeypatch.setattr(notify, "send", taker)
    monkeypatch.setenv("DESK", "mailto://desk")
    return taker


@pytest.fixture
def settings() -> Settings:
    desk = NotifySettings(name="desk", address_env="DESK", what=("alert", "digest"))
    return load_settings(shipped("o2-de.toml")).model_copy(update={"notify": (desk,)})


def put(db: Database, settings: Settings, key: str = "alert 1 opened", now: datetime = NOON, **changes: Any) -> None:
    page = Page("de", "Frühwarnung", "Frühwarnung", (), "", (Section("", (Text("Seit 12 Uhr", "lead"),)),), "")
    with store.transaction(db):
        for to in outbox.recipients(settings, "alert"):
            outbox.queue(db, settings, to, key, "alert", page, now=now, **changes)


def states(db: Database) -> list[str]:
    return [message.state for message in store.outbox(db)]


def test_a_message_is_sent_once(db: Database, settings: Settings, post: Post) -> None:
    clock = Clock()
    put(db, settings)
    put(db, settings)
    assert outbox.deliver(db, settings, clock=clock) == ["alert 1 opened desk: sent"]
    assert outbox.deliver(db, settings, clock=clock) == []
    assert post.taken == ["desk: Frühwarnung"]


def test_a_certain_failure_is_tried_again_ever_later_and_given_up_at_last(
    db: Database, settings: Settings, post: Post
) -> None:
    clock = Clock()
    put(db, settings)
    post.failure = NotifyError("desk: down")
    waits = []
    while states(db) == ["pending"]:
        outbox.deliver(db, settings, clock=clock)
        (message,) = store.outbox(db)
        waits.append(message.not_before - clock.now)
        clock.now = max(message.not_before, clock.now)
    assert states(db) == ["failed"]
    assert len(waits) == outbox.ATTEMPTS
    assert timedelta(seconds=40) <= waits[0] <= timedelta(seconds=80)
    assert waits[4] > 10 * waits[0]


def test_what_came_back_is_sent_then(db: Database, settings: Settings, post: Post) -> None:
    clock = Clock()
    put(db, settings)
    post.failure = NotifyError("desk: down")
    outbox.deliver(db, settings, clock=clock)
    post.failure = None
    clock.now += timedelta(minutes=2)
    assert outbox.deliver(db, settings, clock=clock) == ["alert 1 opened desk: sent"]


@pytest.mark.parametrize(
    ("failure", "state"), [(NotifyRefused("desk: no"), "failed"), (NotifyUnsure("desk: lost"), "unknown")]
)
def test_what_is_final_or_unknown_is_not_tried_again(
    db: Database, settings: Settings, post: Post, failure: Exception, state: str
) -> None:
    clock = Clock()
    put(db, settings)
    post.failure = failure
    outbox.deliver(db, settings, clock=clock)
    post.failure = None
    clock.now += timedelta(hours=5)
    assert outbox.deliver(db, settings, clock=clock) == []
    assert states(db) == [state]


def test_a_program_killed_while_sending_does_not_send_again(db: Database, settings: Settings, post: Post) -> None:
    clock = Clock()
    put(db, settings)
    post.failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        outbox.deliver(db, settings, clock=clock)
    put(db, settings, "alert 2 opened")
    store.claim(db, 2, now=clock.now)  # and then the power went: nothing was settled
    post.failure = None
    clock.now += timedelta(hours=1)
    assert outbox.deliver(db, settings, clock=clock) == []
    assert states(db) == ["unknown", "unknown"]


def test_the_address_is_looked_up_when_it_is_sent(
    db: Database, settings: Settings, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(db, settings)
    monkeypatch.delenv("DESK")
    (line,) = outbox.deliver(db, settings, clock=Clock())
    assert line.endswith("failed (desk: the environment variable DESK (or DESK_FILE) is not set)")


def test_old_news_are_not_sent(db: Database, settings: Settings, post: Post) -> None:
    put(db, settings)
    clock = Clock()
    clock.now += timedelta(hours=13)
    outbox.deliver(db, settings, clock=clock)
    assert (states(db), post.taken) == (["failed"], [])


@pytest.mark.parametrize(
    ("hour", "over"), [(21.9, 21.9), (22, 30.5), (23, 30.5), (25, 30.5), (30, 30.5), (30.5, 30.5), (12, 12)]
)
def test_quiet_hours_end_in_the_morning(hour: float, over: float) -> None:
    midnight = datetime(2026, 3, 17, tzinfo=BERLIN).astimezone(UTC)
    assert NIGHT.over_at(midnight + timedelta(hours=hour), BERLIN) == midnight + timedelta(hours=over)


def test_at_night_a_message_waits_and_an_update_takes_its_place(db: Database, settings: Settings, post: Post) -> None:
    (desk,) = settings.notify
    settings = settings.model_copy(update={"notify": (desk.model_copy(update={"quiet": NIGHT}),)})
    clock = Clock()
    clock.now = NOON + timedelta(hours=11)
    put(db, settings, now=clock.now)
    put(db, settings, "alert 1 grown 40", now=clock.now + timedelta(hours=1), instead_of="alert 1 ")
    assert outbox.deliver(db, settings, clock=clock) == []
    clock.now = NOON + timedelta(hours=18, minutes=30)
    assert outbox.deliver(db, settings, clock=clock) == ["alert 1 grown 40 desk: sent"]


def test_the_config_says_who_gets_what(settings: Settings, tmp_path: Path) -> None:
    digest = settings.digest.model_copy(update={"send_to_env": ("OLD",)})
    settings = settings.model_copy(update={"digest": digest})
    assert [to.name for to in outbox.recipients(settings, "alert")] == ["desk"]
    assert [to.name for to in outbox.recipients(settings, "digest")] == ["desk", "OLD"]

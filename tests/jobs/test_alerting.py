"""From complaints in the store to what people are told, one alert for each incident."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import store
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.config.telling import NotifySettings, QuietSettings
from bot.digest.warnings import speaks_against
from bot.domain import Carrier, Relation, Tally
from bot.jobs import alerting
from bot.jobs.publishing import load_words
from bot.store import Database
from bot.watch.alerts import Alert
from tests.factories import analysis, location, post

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 17, 12, tzinfo=BERLIN).astimezone(UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def settings() -> Settings:
    desk = NotifySettings(name="desk", address_env="DESK", what=("alert",), language="en")
    return load_settings(shipped("o2-de.toml")).model_copy(update={"notify": (desk,)})


def fill(db: Database, *, days: int = 40, burst: int = 20, others: int = 0) -> None:
    """So many days with a complaint every three hours, then at noon one a minute in Köln; others' complaints beside them."""
    usual = [
        (post(author=f"u{n}", created_at=NOON - n * timedelta(hours=3)), analysis(f"kein Netz bei o2 hier, Nummer {n}"))
        for n in range(1, days * 8)
    ]
    now = [
        (
            post(f"Daten tot am Dom in Köln {n}", author=f"b{n}", created_at=NOON + n * MINUTE),
            analysis(f"o2: Daten tot am Dom in Köln, nichts geht mehr {n}", places=(location(),)),
        )
        for n in range(burst)
    ]
    elsewhere = [
        (post(author=f"t{n}", created_at=NOON + n * MINUTE), analysis(carrier=Carrier(Relation.OTHER, "Telekom")))
        for n in range(others)
    ]
    with store.transaction(db):
        store.add_source(db, "test")
        store.add_page(db, usual + now + elsewhere, now=NOON + timedelta(days=1), tally=Tally())
        for at in (NOON - timedelta(days=days), NOON + timedelta(days=1)):
            store.record_run(db, "collect", "test", Tally(), started_at=at, ended_at=at)


def look(db: Database, settings: Settings, minutes: int) -> list[Alert]:
    return alerting.watch(db, db, settings, now=NOON + minutes * MINUTE)


def told(db: Database) -> list[str]:
    return [message.title for message in reversed(store.outbox(db))]


def test_an_incident_is_one_alert_with_one_message_and_one_when_it_is_over(db: Database, settings: Settings) -> None:
    fill(db)
    written = []
    for minutes in range(0, 300, 5):
        written += look(db, settings, minutes)
        for message in store.due(db, now=NOON + minutes * MINUTE):
            store.claim(db, message.number, now=NOON)
    assert {alert.number for alert in written} == {1}
    titles = told(db)
    assert re.fullmatch(r"Early warning o2, (mostly|only) Köln: \d+ customers, (0\.\d|<\xa00\.1) expected", titles[0])
    assert titles[-1].startswith("Early warning o2, mostly Köln: over since")
    assert len(titles) <= 3
    (alert,) = store.alerts(db, since=NOON, until=NOON + timedelta(hours=5))
    assert alert.over_at is not None
    assert alert.opened_at <= NOON + 15 * MINUTE


def test_an_alert_says_what_grew_and_shows_a_sample(db: Database, settings: Settings) -> None:
    fill(db)
    alert = [alert for minutes in (10, 25) for alert in look(db, settings, minutes)][-1]
    words = {word for word, _, _ in alert.words}
    assert "Dom" in words
    assert not words & {"Köln", "koeln", "am", "und"}  # said already, or said of everything
    assert "nummer" not in {word for word, _, _ in alert.words}
    assert alert.sample[0].startswith("o2: Daten tot am Dom")
    assert "one_source" not in alert.against  # there is no other one


def test_when_others_rise_too_it_is_likely_not_us(db: Database, settings: Settings) -> None:
    fill(db, others=20)
    (alert,) = look(db, settings, 30)  # ten minutes after the last one: the program may have paused
    assert alert.not_us
    assert [each.name for each in alert.elsewhere] == ["Telekom"]
    text, _, _ = store.claim(db, 1, now=NOON) or ("", "", None)
    assert "Likely not us" in " ".join(text.split())
    assert "Telekom 20 instead of" in " ".join(text.split())


def test_while_learning_alerts_are_noted_and_nobody_is_told(db: Database, settings: Settings) -> None:
    fill(db, days=6)
    assert [alert for minutes in (10, 30) for alert in look(db, settings, minutes)]
    assert told(db) == []


def test_a_second_look_writes_nothing_when_nothing_happened(db: Database, settings: Settings) -> None:
    fill(db)
    assert look(db, settings, 20)
    assert [alert.spike.over for alert in look(db, settings, 240)] == [True]
    assert look(db, settings, 245) == []


def test_the_shipped_events_can_be_read(settings: Settings) -> None:
    assert any(event.names[""] == "Silvester" for event in alerting.load_events(settings))


def test_what_goes_on_is_called_by_its_name_in_each_language(db: Database, settings: Settings) -> None:
    fill(db)
    found = look(db, settings, 20)[0]
    names = next(event.names for event in alerting.load_events(settings) if event.names[""] == "Silvester")
    with store.transaction(db):
        store.put_alert(db, replace(found, against=("event",), events=(names, {"": "Pokalspiel"})))
    kept = store.alerts(db, since=found.spike.since, until=found.spike.until)[-1]
    told = {lang: speaks_against(kept, load_words(lang))[0] for lang in ("de", "en")}
    assert "Silvester, Pokalspiel" in told["de"]
    assert "New Year's Eve, Pokalspiel" in told["en"]


def test_an_alert_kept_before_names_had_languages_keeps_its_name(db: Database, settings: Settings) -> None:
    fill(db)
    found = look(db, settings, 20)[0]
    with store.transaction(db):
        db.execute("UPDATE alerts SET detail = json_set(detail, '$.events', json('[\"Kirmes\"]'))")
    kept = store.alerts(db, since=found.spike.since, until=found.spike.until)[-1]
    assert kept.events == ({"": "Kirmes"},)


@pytest.mark.parametrize(("level", "waits"), [(1, False), (7, True)])
def test_in_quiet_hours_only_a_storm_of_the_level_that_was_asked_for_wakes_anybody(
    db: Database, settings: Settings, level: int, waits: bool
) -> None:
    quiet = QuietSettings(since=time(11), until=time(23), wake_from=level)
    asleep = settings.model_copy(update={"notify": (settings.notify[0].model_copy(update={"quiet": quiet}),)})
    fill(db)
    look(db, asleep, 30)
    (message,) = store.outbox(db)
    assert (message.not_before > NOON + 30 * MINUTE) is waits
    text, _, _ = store.claim(db, message.number, now=NOON) or ("", "", {})
    assert ("in spite of quiet hours: level" in " ".join(text.split())) is not waits

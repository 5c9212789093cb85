import json
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from bot import store
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.config.telling import NotifySettings
from bot.digest import render
from bot.digest.model import DayDigest
from bot.domain import Tally
from bot.errors import StoreError
from bot.jobs import alerting, publishing
from bot.locate.gazetteer import Gazetteer
from bot.store import Database
from tests.factories import analysis, location, post

DAY = date(2026, 3, 17)
NOON = datetime(2026, 3, 17, 12, tzinfo=ZoneInfo("Europe/Berlin"))
MORNING_AFTER = NOON + timedelta(hours=19)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    usual = load_settings(shipped("o2-de.toml"))
    digest = usual.digest.model_copy(update={"folder": str(tmp_path / "digests"), "send_to_env": ()})
    return usual.model_copy(update={"digest": digest})


@pytest.fixture
def filled(db: Database) -> Database:
    """Twelve complaints from noon on, one a minute, after fifteen days with one at noon."""
    with store.transaction(db):
        store.add_source(db, "mastodon-social")
        days = [
            (post(source="mastodon-social", author=f"a{n}", created_at=NOON - timedelta(days=n)), analysis())
            for n in range(1, 16)
        ]
        burst = [
            (
                post(source="mastodon-social", author=f"b{n}", created_at=NOON + timedelta(minutes=n)),
                analysis(places=(location(),)),
            )
            for n in range(12)
        ]
        store.add_page(db, days + burst, now=MORNING_AFTER, tally=Tally())
        for at in (NOON - timedelta(days=16), MORNING_AFTER):
            store.record_run(db, "collect", "mastodon-social", Tally(), started_at=at, ended_at=at)
    return db


def publish(db: Database, settings: Settings) -> list[str]:
    return publishing.publish_digest(db, db, Gazetteer(), settings, DAY, now=MORNING_AFTER)


def send_to(settings: Settings, *names: str) -> Settings:
    return settings.model_copy(update={"digest": settings.digest.model_copy(update={"send_to_env": names})})


def test_all_editions_are_written_once(filled: Database, settings: Settings) -> None:
    folder = Path(settings.digest.folder) / "2026-03-17"
    assert publish(filled, settings) == [f"9 files in {folder}"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "days.de.svg", "days.en.svg",
        "digest.de.html", "digest.de.txt", "digest.en.html", "digest.en.txt", "digest.json", "map.de.svg", "map.en.svg",
    ]  # fmt: skip
    assert json.loads((folder / "digest.json").read_text())["people"]["today"] == 12
    assert "12 Kunden haben sich" in (folder / "digest.de.txt").read_text()
    assert "<svg" in (folder / "digest.en.html").read_text()
    (folder / "digest.json").unlink()
    assert publish(filled, settings) == []
    assert not (folder / "digest.json").exists()


def test_everybody_named_is_queued_once_and_the_picture_with_it(filled: Database, settings: Settings) -> None:
    desk = NotifySettings(name="desk", address_env="DESK", what=("digest",), language="en")
    alerts = NotifySettings(name="alerts", address_env="ALERTS", what=("alert",))
    wanted = send_to(settings, "MAIL_ONE").model_copy(update={"notify": (desk, alerts)})
    _, *queued = publish(filled, wanted)
    assert queued == ["queued for desk", "queued for MAIL_ONE"]
    assert publish(filled, wanted) == []
    german, english = store.outbox(filled)
    assert (german.title, english.title) == ("o2: 12 Kunden am 17. März 2026", "o2: 12 customers on 17 March 2026")
    for message in (german, english):
        taken = store.claim(filled, message.number, now=MORNING_AFTER)
        assert taken is not None
        assert {name: png[:4] for name, png in taken[2].items()} == {"days.png": b"\x89PNG", "map.png": b"\x89PNG"}
        assert "cid:days.png" in taken[1]
        assert "cid:map.png" in taken[1]


def test_a_week_comes_once_in_its_first_days_to_those_who_want_it_and_quotes_nobody(
    filled: Database, settings: Settings
) -> None:
    desk = NotifySettings(name="desk", address_env="DESK", what=("week",), language="en")
    wanted = settings.model_copy(update={"notify": (desk,)})
    due = partial(publishing.publish_due, filled, filled, Gazetteer(), wanted)
    sunday = "2026-03-15"
    assert due(now=MORNING_AFTER + timedelta(days=1))[1:] == []  # a Thursday: too late
    assert [line.split(":")[0] for line in due(now=MORNING_AFTER - timedelta(days=2))] == [
        "digest of 2026-03-15", "week up to 2026-03-15", "week up to 2026-03-15",
    ]  # fmt: skip
    assert due(now=MORNING_AFTER - timedelta(days=2)) == []
    (message,) = store.outbox(filled)
    assert message.title == "o2: 7 customers from 9 March to 15 March 2026"
    written = Path(settings.digest.folder) / f"{sunday}-week"
    told = json.loads((written / "digest.json").read_text())
    assert (told["days"], told["people"]["today"], told["quotes"]) == (7, 7, [])


def test_an_alert_that_was_sent_is_told_as_it_was_and_not_found_again(filled: Database, settings: Settings) -> None:
    alerting.watch(filled, filled, settings, now=NOON + timedelta(minutes=15))
    digest = publishing.build_digest(filled, Gazetteer(), settings, DAY, now=MORNING_AFTER)
    assert (len(digest.alerts), len(digest.spikes), digest.untold) == (1, 1, ())
    text = publishing.text_of(digest, "en")
    assert "Early warning fired once, mostly Köln: " in " ".join(text.split())
    assert "Nothing rose elsewhere: it looks like us." in text
    again = TypeAdapter(DayDigest).validate_json(render.as_json(digest))
    assert again.alerts == digest.alerts


def test_a_folder_that_cannot_be_written_is_one_line(
    filled: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "digests").write_text("a file is in the way")
    with pytest.raises(StoreError, match="the digest cannot be written"):
        publish(filled, settings)
    digest = publishing.build_digest(filled, Gazetteer(), settings, DAY, now=MORNING_AFTER)
    with pytest.raises(StoreError, match="the digest cannot be written"):
        publishing.write_digest(digest, tmp_path / "digests", ["de"])


def test_no_half_written_file_is_left(
    filled: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = publishing.build_digest(filled, Gazetteer(), settings, DAY, now=MORNING_AFTER)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreError, match="No space left"):
        publishing.write_digest(digest, tmp_path, ["de"])
    assert list((tmp_path / "2026-03-17").iterdir()) == []


def test_places_are_ranked_over_as_many_days_as_asked(filled: Database, settings: Settings) -> None:
    (spot,) = publishing.hot_spots(filled, Gazetteer(), settings, DAY, 14)
    assert (spot.city, spot.people, spot.before) == ("Köln", 12, None)
    (spot,) = publishing.hot_spots(filled, Gazetteer(), settings, DAY, 7)
    assert spot.before == 0


def test_a_page_among_others_links_to_the_days_around_and_the_other_language(
    filled: Database, settings: Settings
) -> None:
    digest = publishing.build_digest(filled, Gazetteer(), settings, DAY, now=MORNING_AFTER)
    page = publishing.page_of(digest, "de", around=True)
    for address in ("/2026-03-16?lang=de", "/2026-03-18?lang=de", "/2026-03-17?lang=en"):
        assert f'href="{address}"' in page
    today = publishing.build_digest(filled, Gazetteer(), settings, MORNING_AFTER.date(), now=MORNING_AFTER)
    assert "/2026-03-19" not in publishing.page_of(today, "de", around=True)
    assert "href=" not in publishing.page_of(digest, "en").replace("xlink:href=", "")


def test_an_empty_database_has_a_digest_too(db: Database, settings: Settings) -> None:
    digest = publishing.build_digest(db, Gazetteer(), settings, DAY, now=MORNING_AFTER)
    assert "Hier ist noch nichts" in publishing.text_of(digest, "de")
    assert "There is nothing here yet" in publishing.page_of(digest, "en")

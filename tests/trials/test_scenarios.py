"""Made-up streams through the whole program: the fitting alert comes, or none."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import store
from bot.analyse import Judge
from bot.config.judge import load_judge
from bot.config.load import load_settings, read_toml, shipped
from bot.config.settings import Settings
from bot.domain import Spike
from bot.jobs import alerting, publishing
from bot.jobs.replay import replay
from bot.simulate import merged, stream
from bot.watch.alerts import Alert, Event
from bot.watch.spikes import HISTORY, find_spikes

KNOWN = timedelta(days=23)  # before the end: of eight calm weeks three will do, and save most of the time
CLOCK = timedelta(minutes=30)  # that runs at the end


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(shipped("o2-de.toml"))


@pytest.fixture(scope="module")
def judge(settings: Settings) -> Judge:
    return load_judge(settings)


class Stage:
    """A scenario up to a local time, replayed into a database."""

    def __init__(self, folder: Path, db: store.Database, judge: Judge, settings: Settings) -> None:
        self.folder, self.db, self.judge, self.settings = folder, db, judge, settings

    def play(self, name: str, until: str) -> list[Alert]:
        """What the last half hour says."""
        end = self.local(until)
        table = read_toml(shipped("scenarios", f"{name}.toml"))
        whole = merged(table, read_toml(shipped("scenarios", f"{table['base']}.toml")))
        scenario = dict(whole) | {"begin": (end - KNOWN).date().isoformat()}
        rows = list(stream(name, scenario, noise=0.0))
        file = self.folder / f"{name}.jsonl"
        shown = [json.dumps(row) for row in rows if row.get("created_at", "") < end.isoformat()]
        file.write_text("\n".join(shown), encoding="utf-8")
        said = replay(file, "made-up", self.db, self.judge, self.settings, since=end - CLOCK)
        return [alert for _, alert in said if isinstance(alert, Alert)]

    def rewind(self) -> None:
        """Nobody looked yet."""
        with store.transaction(self.db):
            self.db.execute("DELETE FROM alerts")

    def look(self, moment: str) -> list[Alert]:
        return alerting.watch(self.db, self.db, self.settings, now=self.local(moment))

    def local(self, moment: str) -> datetime:
        return datetime.fromisoformat(moment).replace(tzinfo=self.settings.zone).astimezone(UTC)

    def spikes(self, since: str, until: str) -> list[Spike]:
        begin, end = self.local(since), self.local(until)
        known, _ = publishing.known_hours(self.db, self.settings, since=begin - HISTORY, until=end)
        complaints = publishing.early_warning(self.db, since=begin - HISTORY, until=end)
        return find_spikes(complaints, known, self.settings.zone, since=begin, until=end)


@pytest.fixture
def stage(tmp_path: Path, db: store.Database, judge: Judge, settings: Settings) -> Stage:
    return Stage(tmp_path, db, judge, settings)


def test_a_full_stadium_is_named_with_its_city_and_the_match_as_what_speaks_against(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = Event({"": "Pokalspiel"}, date(2026, 4, 29), date(2026, 4, 29), ("Dortmund",))
    monkeypatch.setattr(alerting, "load_events", lambda _: [match])
    alert = stage.play("stadium-evening", "2026-04-29T20:30")[-1]
    assert alert.spike.places[0][0] == "Dortmund"
    assert alert.spike.at < stage.local("2026-04-29T20:00")  # within the first hour
    assert (alert.events, alert.not_us) == (({"": "Pokalspiel"},), False)
    assert "event" in alert.against


def test_a_regional_outage_is_ours_and_told_with_its_place(stage: Stage) -> None:
    alert = stage.play("regional-outage", "2026-04-30T11:00")[-1]
    assert {city for city, _ in alert.spike.places} & {"Köln", "Bonn", "Leverkusen"}
    assert alert.spike.at < stage.local("2026-04-30T10:45")
    assert (alert.spike.learning, alert.not_us, alert.elsewhere) == (False, False, ())


def test_when_another_carrier_fails_what_reaches_us_is_likely_not_us(stage: Stage) -> None:
    stage.play("other-carriers-outage", "2026-04-30T15:00")
    stage.rewind()
    alert = [alert for hour in range(11, 16) for alert in stage.look(f"2026-04-30T{hour}:00")][-1]
    assert alert.not_us
    assert alert.elsewhere[0].name == "Telekom"
    assert alert.against[0] == "elsewhere"


def test_new_years_eve_is_everybodys_and_named(stage: Stage) -> None:
    alert = stage.play("new-year", "2027-01-01T02:00")[-1]
    assert [names[""] for names in alert.events] == ["Silvester"]
    assert {"Telekom", "Vodafone"} <= {each.name for each in alert.elsewhere}
    assert alert.not_us


def test_a_calm_week_is_no_news(stage: Stage) -> None:
    assert stage.play("calm-month", "2026-05-12T20:00") == []
    assert stage.spikes("2026-05-06T20:00", "2026-05-12T20:00") == []


def test_what_smoulders_every_evening_becomes_a_hot_spot_and_is_not_told_each_time(stage: Stage) -> None:
    stage.play("slow-burn", "2026-05-14T20:00")
    stage.rewind()
    for day in range(6, 15):
        for hour in (20, 23):
            stage.look(f"2026-05-{day:02}T{hour}:00")
    alerts = store.alerts(stage.db, since=stage.local("2026-05-06T00:00"), until=stage.local("2026-05-15T00:00"))
    mannheim = [alert for alert in alerts if alert.spike.rule == "part"]
    assert len(mannheim) >= 5
    assert sum(alert.told_at is not None for alert in mannheim) <= 2
    assert "recurring" in mannheim[-1].against
    first, *_ = publishing.hot_spots(stage.db, stage.judge.gazetteer, stage.settings, date(2026, 5, 14), 7)
    assert (first.city, first.trend) == ("Mannheim", 1)

"""An archive by a clock of its own: what it says beside alerts. The alerts themselves: tests/trials/test_scenarios.py."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import store
from bot.analyse import Judge
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.errors import InputError
from bot.jobs.replay import describe, replay


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(shipped("o2-de.toml"))


@pytest.fixture(scope="module")
def judge(settings: Settings) -> Judge:
    return load_judge(settings)


def archive(folder: Path, *rows: object) -> Path:
    file = folder / "archive.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


def said_at(minute: int) -> dict[str, str]:
    return {"id": f"p{minute}", "created_at": f"2026-05-01T10:{minute:02}:00+00:00", "text": "Schönes Wetter heute"}


def test_it_says_when_the_clock_starts_what_is_left_out_and_that_nothing_stood_out(
    tmp_path: Path, db: store.Database, judge: Judge, settings: Settings
) -> None:
    file = archive(tmp_path, said_at(2), said_at(31), {"id": "x", "text": "Wann war das?"}, "no post")
    lines = [describe(moment, said, settings) for moment, said in replay(file, "old", db, judge, settings)]
    assert lines == [
        "2026-05-01 12:05  the clock starts; as fast as it goes; 2 lines could not be read or have no time and are left out",
        "2026-05-01 12:36  the end: 2 posts and reports, nothing stood out",
    ]


def test_a_faster_clock_waits_for_each_look_and_not_for_the_work_between_them(
    tmp_path: Path, db: store.Database, judge: Judge, settings: Settings
) -> None:
    now, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds + 0.5  # the work of the next look

    file = archive(tmp_path, said_at(0), said_at(10))
    said = [
        text
        for _, text in replay(file, "old", db, judge, settings, speed=60, clock=lambda: now[0], sleep=sleep)
        if isinstance(text, str)
    ]
    assert said[0] == "the clock starts; 15 min in 0:00:15"
    assert slept == [5.0, 4.5, 4.5, 4.5]


def test_an_archive_that_a_clock_cannot_follow_is_refused_in_one_line(
    tmp_path: Path, db: store.Database, judge: Judge, settings: Settings
) -> None:
    with pytest.raises(InputError, match="no post in it says when"):
        list(replay(archive(tmp_path, {"id": "x", "text": "Wann war das?"}), "old", db, judge, settings))
    late = datetime(2026, 5, 2, tzinfo=UTC)
    with pytest.raises(InputError, match="ends at 2026-05-01 12:02"):
        list(replay(archive(tmp_path, said_at(2)), "old", db, judge, settings, since=late))

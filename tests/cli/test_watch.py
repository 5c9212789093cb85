"""Commands that look at what stood out, and at what was to be told."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from bot import store
from tests.cli.test_handover import filled, run
from tests.factories import NOON
from tests.store.test_outbox import put


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("home"))


def test_what_stood_out_is_said_with_its_places_and_a_calm_week_says_so(home: Path) -> None:
    said = run(home, "spikes", "--until", "2011-11-25").stdout
    assert "customers within 15 min, " in said
    assert "most in Köln (3), Bonn (2)" in said
    listed = json.loads(run(home, "spikes", "--until", "2011-11-25", "--json").stdout)
    assert len(listed) == len(said.splitlines())
    assert run(home, "spikes", "--until", "2011-11-05").stdout.startswith("Nothing stood out.")


def test_how_heated_a_day_was_comes_with_what_it_rests_on(home: Path) -> None:
    said = run(home, "storm", "2011-11-24").stdout.splitlines()
    assert said[0] == "Level 0 of 6: calm."
    assert said[1].startswith("0 customers write of network trouble")
    assert json.loads(run(home, "storm", "2011-11-24", "--json").stdout)["level"] == 0


def test_hot_spots_name_districts_and_those_that_are_few(home: Path) -> None:
    shown = run(home, "hotspots", "2011-11-26").stdout.splitlines()
    assert [line.split()[:2] for line in shown[1:3]] == [["Köln", "12"], ["Deutz", "12"]]
    rows = json.loads(run(home, "hotspots", "2011-11-26", "--json").stdout)
    assert [(row["city"], row["people"]) for row in rows] == [("Köln", 12), ("Bonn", 11)]
    assert run(home, "hotspots", "2010-01-01").stdout.splitlines()[-1].startswith("Nobody who complained named a place")


def test_an_empty_outbox_says_so_and_has_nothing_to_send_again(home: Path) -> None:
    assert run(home, "outbox").stdout == "Nothing waits and nothing failed.\n"
    assert json.loads(run(home, "outbox", "--all", "--json").stdout) == []
    refused: Result = run(home, "outbox", "--again", "7")
    assert (refused.exit_code, refused.stderr) == (1, "7: no failed or unknown message with content\n")


def test_a_replay_tells_each_alert_at_its_own_time_and_keeps_nothing_when_dry(home: Path) -> None:
    lines = run(home, "replay", str(home / "a.jsonl"), "--since", "2011-11-23", "--dry-run").stdout.splitlines()
    assert lines[0] == "2011-11-23 00:00  the clock starts; as fast as it goes"
    assert lines[1].startswith("2011-11-23 13:05  6 customers within 15 min, 0.2 expected")
    assert "the end: 23 posts and reports, incidents: 2" in lines[-1]
    said = run(home, "replay", str(home / "a.jsonl"), "--since", "2011-11-23", "--dry-run", "--json").stdout
    assert len([json.loads(line) for line in said.splitlines()]) == len(lines)
    assert "replay" not in run(home, "sources").stdout


def test_a_stream_is_made_up_only_where_it_can_be_written_and_as_it_was_published(home: Path) -> None:
    for words, told in (
        ([str(home)], "is a folder"),
        ([str(home / "none" / "a.jsonl")], "no such folder; make it first"),
        ([str(home / "b.jsonl"), "--volume", "2"], "has published numbers"),
    ):
        refused = run(home, "simulate", "november-2011", *words)
        assert refused.exit_code != 0
        assert told in " ".join(refused.stderr.split())
    assert not (home / "b.jsonl").exists()


def test_early_warning_is_measured_beside_other_rules_and_for_parts_of_the_whole(home: Path) -> None:
    table = run(home, "backtest", "--months", "1", "--volume", "0.25").stdout.splitlines()
    assert table[0].split()[:3] == ["an", "hour", "rule"]
    assert [line.split()[1] for line in table[1:]] == ["Brennpunkt", "fixed", "mean", "EARS", "NB"]
    parts = run(home, "backtest", "--months", "1", "--volume", "0.25", "--parts").stdout.splitlines()
    assert [line.split()[1] for line in parts[1:]] == ["city", "symptom", "technology"]
    rows = run(home, "backtest", "--months", "1", "--volume", "0.25", "--parts", "--json").stdout.splitlines()
    assert [json.loads(row)["kind"] for row in rows] == ["city", "symptom", "technology"]


def test_a_message_that_failed_is_listed_sent_again_or_given_up(tmp_path: Path) -> None:
    with closing(store.open_database(tmp_path / "a.db")) as db:
        put(db)
    for word, then in (("--again", "pending"), ("--close", "failed")):
        with closing(store.open_database(tmp_path / "a.db")) as db:
            store.claim(db, 1, now=NOON)
            store.settle(db, 1, "unknown", now=NOON, error="no answer")
        assert run(tmp_path, "outbox").stdout.splitlines()[0].split()[:2] == ["1", "unknown"]
        assert "no answer" in run(tmp_path, "outbox").stdout
        assert run(tmp_path, "outbox", word, "1").stdout == f"1: {then}\n"

"""Commands that look at what stood out, and at what was to be told."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.test_handover import filled, run


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

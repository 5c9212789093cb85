import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import store
from bot.cli import main
from bot.domain import Gap, Tally


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One source of the shipped config that fails, one that nobody asked yet, and one that cost money."""
    path = tmp_path / "a.db"
    db = store.open_database(path)
    now = datetime.now(UTC).replace(microsecond=0)
    ago = now - timedelta(hours=1)
    with store.transaction(db):
        for name in ("mastodon-social", "x"):
            store.add_source(db, name)
            store.record_run(db, "collect", name, Tally(posts=3), started_at=ago, ended_at=ago)
        again = {"error": "away\x1b[2J", "retry_at": now + timedelta(minutes=9)}
        for _ in range(2):
            store.record_run(db, "collect", "mastodon-social", Tally(), started_at=now, ended_at=now, **again)
        store.add_gaps(db, [Gap("x", now - timedelta(hours=2), now - timedelta(hours=1), "older than X shows")])
    store.Purse(db, "x", 10_000_000, 10_000_000, lambda: now).reserve(wanted=1_230_000, least=1)
    db.close()
    return path


def run(database: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--database", str(database), *words], catch_exceptions=False)


def test_sources_says_of_each_how_it_is_in_words(database: Path) -> None:
    lines = run(database, "sources").stdout.splitlines()
    rows = {line.split()[0]: line for line in lines[1:5]}
    assert "never asked" in rows["bluesky"]
    assert "failing" in rows["mastodon-social"]
    assert "fine" in rows["x"]
    assert rows["x"].endswith("1.23")
    remarks = "\n".join(lines[5:])
    assert ", 2 times in a row: away [2J" in remarks
    assert "mastodon-social: asked again at " in remarks
    assert "to now: did not answer" in remarks
    assert "older than X shows" in remarks
    assert "\x1b" not in remarks


def test_sources_as_json_holds_the_same(database: Path) -> None:
    rows = {row["source"]: row for row in json.loads(run(database, "sources", "--json").stdout)}
    assert rows["bluesky"]["now"]["state"] == "never asked"
    assert (rows["x"]["cost_usd"], rows["x"]["now"]["posts"]) == (1.23, 3)
    assert rows["mastodon-social"]["now"]["failures"] == 2

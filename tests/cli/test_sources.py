import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import store
from bot.cli import main
from bot.collect.x.source import XSource
from bot.config.load import shipped
from bot.domain import Gap, Tally
from tests.collect.x_bench import TOKEN_ENV
from tests.factories import analysis, post
from tests.servers.x import TOKEN, StubPost, XServer, id_of


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


def test_sources_says_of_how_many_texts_nobody_knows_whether_they_were_deleted(database: Path) -> None:
    db = store.open_database(database)
    seen_at = datetime.now(UTC) - timedelta(hours=30)
    with store.transaction(db):
        store.add_page(db, [(post(source="mastodon-social"), analysis())], now=seen_at, tally=Tally())
    db.close()
    said = run(database, "sources").stdout
    assert "mastodon-social: whether 1 posts were deleted is not known for a day and more; the longest since" in said


@pytest.fixture
def complaints(tmp_path: Path) -> Path:
    """Twelve people who complain of a dead zone, and twelve who talk of other things."""
    now = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    rows = [
        {"id": f"{kind} {n}", "author": f"{kind}{n}", "created_at": now, "text": text}
        for n in range(12)
        for kind, text in (
            ("a", "In Köln Funkstille bei o2, volle Balken und nichts lädt"),
            ("b", "Guten Morgen aus Köln, schönes Wetter"),
        )
    ]
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    run(tmp_path / "q.db", "import", str(path))
    return tmp_path / "q.db"


def test_queries_shows_what_each_word_brings_and_proposes_others(complaints: Path) -> None:
    found = json.loads(run(complaints, "queries", "--json").stdout)
    terms = {term["name"]: term for term in found["terms"]}
    assert (terms["o2"]["posts"], terms["o2"]["own"], terms["o2"]["complaints"]) == (12, 12, 12)
    assert terms["#funkloch"]["posts"] == 0
    words = {row["word"]: row for row in found["proposals"]}
    assert words["funkstille"]["people"] == 12
    assert not {"koeln", "o2", "bei", "morgen"} & set(words)
    assert words["funkstille"]["usd_a_day"] is None  # no purse, no price
    shown = run(complaints, "queries").stdout
    assert "funkstille" in shown
    assert "stored posts: at least" in shown


def test_what_one_more_query_costs_is_asked_of_x(
    complaints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shipped("o2-de.toml").read_text(encoding="utf-8")
    block = f'[[sources]]\nkind = "x"\nname = "x"\ntoken_env = "{TOKEN_ENV}"\ncontact = "a@b.example"\n'
    caps = "daily_cap_usd = 1.0\nmonthly_cap_usd = 9.0\n\n"
    (tmp_path / "x.toml").write_text(text.replace("[watch]", block + caps + "[watch]", 1), encoding="utf-8")
    monkeypatch.setenv(TOKEN_ENV, TOKEN)
    server = XServer()
    monkeypatch.setitem(XSource.__init__.__kwdefaults__, "base", server.base)
    try:
        server.reset(datetime.now(UTC))
        hour_ago = server.now - timedelta(hours=1)
        server.posts = [StubPost(id_of(hour_ago, n), "Funkstille") for n in range(600)]
        told = run(complaints, "--config", str(tmp_path / "x.toml"), "queries", "--ask", "--json").stdout
    finally:
        server.close()
    (row,) = [row for row in json.loads(told)["proposals"] if row["word"] == "funkstille"]
    assert (row["posts_a_day"], row["usd_a_day"], row["volume"]) == (100, 0.5, "X")
    assert {path for path, _, _ in server.requests} == {"/2/tweets/counts/recent"}
    costs = run(complaints, "--config", str(tmp_path / "x.toml"), "sources", "--json").stdout
    assert [row["cost_usd"] for row in json.loads(costs) if row["source"] == "x"] == [server.billed / 1e6]


def test_sources_as_json_holds_the_same(database: Path) -> None:
    rows = {row["source"]: row for row in json.loads(run(database, "sources", "--json").stdout)}
    assert rows["bluesky"]["now"]["state"] == "never asked"
    assert (rows["x"]["cost_usd"], rows["x"]["now"]["posts"]) == (1.23, 3)
    assert rows["mastodon-social"]["now"]["failures"] == 2


def test_sources_says_how_many_texts_of_x_can_be_looked_after_and_what_all_would_cost(
    database: Path, tmp_path: Path
) -> None:
    db = store.open_database(database)
    with store.transaction(db):
        store.add_page(db, [(post(source="x"), analysis()) for _ in range(300)], now=datetime.now(UTC), tally=Tally())
    db.close()
    config = tmp_path / "own.toml"
    block = '[[sources]]\nkind = "x"\nname = "x"\ntoken_env = "T"\ndaily_cap_usd = 2\nmonthly_cap_usd = 40\n\n[watch]'
    config.write_text(shipped("o2-de.toml").read_text(encoding="utf-8").replace("[watch]", block), encoding="utf-8")
    said = run(database, "--config", str(config), "sources").stdout
    assert "still there: 43 posts. To keep those of all 300 would cost $1.50 a day" in said
    rows = json.loads(run(database, "--config", str(config), "sources", "--json").stdout)
    (x,) = [row["rechecks"] for row in rows if row["source"] == "x"]
    assert (x["kept"], x["most"], x["brought"], x["usd_for_all"]) == (300, 43, 300, 1.5)

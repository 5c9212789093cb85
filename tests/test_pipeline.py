import io
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot import pipeline, store
from bot.analyse import Judge
from bot.collect.base import Page
from bot.collect.files.archive import ArchiveSource
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.sources import XSettings
from bot.domain import Gap, Simulation, Tally
from bot.errors import ConfigError, LoginFailed, RateLimited, SourceError, StoreError, TimelineClosed
from bot.watch.silence import State
from tests.factories import NOON, post


@pytest.fixture(scope="session")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")))


@dataclass
class Pages:
    """A source that hands out what the test gives it; an exception in the list is raised in its turn."""

    given: list[Page | Exception]
    name: str = "test"
    asked: list[str | None] = field(default_factory=list)

    def pages(self, since: str | None) -> Iterator[Page]:
        self.asked.append(since)
        for page in self.given:
            if isinstance(page, Exception):
                raise page
            yield page


def collect(db: store.Database, judge: Judge, source: Pages) -> Tally:
    return pipeline.collect_and_record(source, judge, db, job="collect", clock=lambda: NOON)


def texts(db: store.Database) -> list[str]:
    return [row[0] for row in db.execute("SELECT text FROM posts ORDER BY id")]


def test_a_failed_second_page_keeps_the_first_and_its_cursor(db: store.Database, judge: Judge) -> None:
    source = Pages([Page((post("one"),), cursor="1"), SourceError("away")])
    with pytest.raises(SourceError):
        collect(db, judge, source)
    assert texts(db) == ["one"]
    assert store.get_cursor(db, "test") == "1"
    assert db.execute("SELECT outcome, error, posts FROM runs").fetchall() == [("failed", "away", 1)]


def test_a_page_without_cursor_does_not_move_it(db: store.Database, judge: Judge) -> None:
    collect(db, judge, Pages([Page((post("old"),), cursor="old")]))
    with pytest.raises(SourceError):
        collect(db, judge, Pages([Page((post("newest"),)), SourceError("away")]))
    assert store.get_cursor(db, "test") == "old"


def test_the_next_run_asks_from_the_cursor(db: store.Database, judge: Judge) -> None:
    source = Pages([Page((post(),), cursor="7")])
    collect(db, judge, source)
    collect(db, judge, source)
    assert source.asked == [None, "7"]


def test_a_rate_limit_is_remembered_for_the_source(db: store.Database, judge: Judge) -> None:
    later = NOON + timedelta(minutes=15)
    with pytest.raises(RateLimited):
        collect(db, judge, Pages([RateLimited("slow down", later)]))
    assert store.next_allowed_at(db, "test") == later
    collect(db, judge, Pages([Page()]))
    assert store.next_allowed_at(db, "test") is None


@pytest.mark.parametrize(
    ("failures", "error", "least", "most"),
    [
        (1, SourceError("away"), 48, 60),
        (2, SourceError("away"), 96, 120),
        (5, SourceError("away"), 768, 960),
        (6, SourceError("away"), 1440, 1800),
        (1000, SourceError("away"), 1440, 1800),
        (1, RateLimited("slow down"), 48, 60),
        (1, RateLimited("slow down", NOON + timedelta(seconds=900)), 900, 900),
        (3, RateLimited("slow down", NOON - timedelta(seconds=900)), 192, 240),  # a time that has passed says nothing
        (1, LoginFailed("no"), 2880, 3600),
        (1, ConfigError("no token"), 2880, 3600),
        (1, TimelineClosed("shut"), 1440, 1800),
        (1, TypeError("a bug"), 48, 60),
    ],
)
def test_a_source_that_fails_is_asked_again_later_and_later(
    failures: int, error: Exception, least: int, most: int
) -> None:
    for seed in range(50):
        wait = pipeline.next_try(failures, error, NOON, Random(seed)) - NOON
        assert timedelta(seconds=least) <= wait <= timedelta(seconds=most)


def test_sources_that_failed_together_do_not_come_back_together() -> None:
    tries = {pipeline.next_try(3, SourceError("away"), NOON, Random(seed)) for seed in range(20)}
    assert len(tries) == 20


def gaps(db: store.Database) -> list[Gap]:
    (health,) = store.health(db, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1))
    return list(health.gaps)


def collect_at(db: store.Database, judge: Judge, hours: int, *given: Page | Exception) -> None:
    at = NOON + timedelta(hours=hours)
    with suppress(Exception):
        pipeline.collect_and_record(Pages(list(given)), judge, db, job="collect", clock=lambda: at)


def test_a_failing_source_has_a_gap_until_its_cursor_has_made_up_for_it(db: store.Database, judge: Judge) -> None:
    collect_at(db, judge, 0, Page(cursor="1"))
    collect_at(db, judge, 1, SourceError("away"))
    collect_at(db, judge, 2, LoginFailed("no"))
    assert gaps(db) == [Gap("test", NOON, None, "did not answer")]
    assert store.failures(db, "test") == 2
    collect_at(db, judge, 3, Page(cursor="2", truncated=True))  # answers, but has not caught up
    assert gaps(db) == [Gap("test", NOON, None, "did not answer")]
    collect_at(db, judge, 4, Page(cursor="3"))
    assert gaps(db) == []
    assert store.failures(db, "test") == 0


def test_without_a_cursor_the_time_stays_missing(db: store.Database, judge: Judge) -> None:
    collect_at(db, judge, 0, Page())
    collect_at(db, judge, 1, SourceError("away"))
    collect_at(db, judge, 3, Page())
    assert gaps(db) == [Gap("test", NOON, NOON + timedelta(hours=3), "did not answer")]


def test_before_its_first_answer_nothing_can_be_made_up_for(db: store.Database, judge: Judge) -> None:
    collect_at(db, judge, 0, SourceError("away"))
    collect_at(db, judge, 2, Page(cursor="1"))
    assert gaps(db) == [Gap("test", NOON, NOON + timedelta(hours=2), "did not answer")]


def test_a_bug_in_a_source_is_no_answer(db: store.Database, judge: Judge) -> None:
    with pytest.raises(TypeError):
        collect(db, judge, Pages([TypeError("a bug")]))
    (state,) = store.source_states(db, {"test": None}, now=NOON)
    assert (state.state, state.last_success_at, state.failures) == (State.FAILING, None, 1)
    assert state.why.startswith("a bug (TypeError)")


def test_a_source_that_cannot_be_opened_says_why(db: store.Database, judge: Judge) -> None:
    x = XSettings(
        kind="x", name="x", token_env="NO_SUCH_TOKEN", daily_cap_usd=1.0, monthly_cap_usd=1.0, queries=("o2",)
    )
    with pytest.raises(ConfigError):
        pipeline.open_and_collect(x, judge, db, clock=lambda: NOON)
    (state,) = store.source_states(db, {"x": None}, now=NOON)
    assert state.state is State.FAILING
    assert "NO_SUCH_TOKEN is not set" in state.why
    store.allow_logins(db)  # a restart: the token may be there now
    assert store.next_allowed_at(db, "x") is None


def test_a_quiet_source_is_told_and_one_that_is_no_longer_configured_is_not(db: store.Database, judge: Judge) -> None:
    collect_at(db, judge, 0, Page((post(created_at=NOON - timedelta(minutes=4)),), cursor="1"))
    for hour in range(1, 10):
        collect_at(db, judge, hour, Page(cursor="1"))
    now = NOON + timedelta(hours=9)
    (silent,) = store.source_states(db, {"test": timedelta(hours=6)}, now=now)
    assert (silent.state, silent.since, silent.lag) == (State.QUIET, NOON, timedelta(minutes=4))
    (gone,) = store.source_states(db, {}, now=now)
    assert not gone.silent
    early = store.source_states(db, {"test": timedelta(hours=6), "new": None}, now=NOON)
    assert [state.silent for state in early] == [False, False]


def test_gaps_and_silence_are_kept_with_the_source(db: store.Database, judge: Judge) -> None:
    gap = Gap("test", NOON - timedelta(hours=2), NOON - timedelta(hours=1), "older than the platform shows")
    collect(db, judge, Pages([Page(gaps=(gap,))]))
    (health,) = store.health(db, since=NOON - timedelta(days=1), until=NOON)
    assert health.gaps == (gap,)
    assert health.posts == 0
    assert health.last_success_at == NOON


def test_asked_to_stop_it_stops_between_pages_and_keeps_what_it_has(db: store.Database, judge: Judge) -> None:
    tally = Tally()
    source = Pages([Page((post("one"),), cursor="1"), Page((post("two"),), cursor="2")])
    pipeline.collect(source, judge, db, tally, now=NOON, stop=lambda: True)
    assert texts(db) == ["one"]
    assert store.get_cursor(db, "test") == "1"


def test_a_hostile_post_is_stored_like_any_other(db: store.Database, judge: Judge) -> None:
    hostile = [
        "\ud800",
        "a\x00b",
        "\u202e" * 50,
        "ä\u0301" * 20_000,
        "@" * 9_999,
        "<script>",
        "'; DROP TABLE posts; --",
        "🏴" * 5_000,
    ]
    collect(db, judge, Pages([Page(tuple(post(text) for text in hostile), cursor="1")]))
    assert len(texts(db)) == len(hostile)


def test_a_made_up_stream_is_marked_for_good(db: store.Database, judge: Judge, tmp_path: Path) -> None:
    rows = [
        {
            "kind": "simulation",
            "name": "s",
            "title": "S",
            "notice": {"de": "x"},
            "population_year": 2011,
            "population": {"Köln": 5},
        },
        {"kind": "report", "id": "r1", "created_at": "2011-11-20T10:00:00Z", "symptoms": ["slow_data"], "city": "Köln"},
        {"kind": "post", "id": "p1", "created_at": "2011-11-20T10:00:00Z", "text": "o2 lahmt"},
    ]
    path = tmp_path / "s.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    tally = pipeline.collect_and_record(ArchiveSource(path, name="s"), judge, db, job="import", clock=lambda: NOON)
    assert (tally.posts, tally.reports) == (1, 1)
    simulation = store.get_simulation(db)
    assert simulation is not None
    assert simulation.population == {"Köln": 5}
    assert store.health(db, since=NOON, until=NOON)[0].made_up


def test_made_up_posts_and_real_ones_do_not_share_a_database(db: store.Database, judge: Judge) -> None:
    simulation = Simulation("s", "S", {"de": "x"}, 2011, {})
    made_up = Pages([Page((post(source="s"),), simulation=simulation, cursor="1")], name="s")
    collect(db, judge, made_up)
    collect(db, judge, made_up)
    with pytest.raises(StoreError, match="--database"):
        collect(db, judge, Pages([Page((post(),), cursor="1")]))
    assert db.execute("SELECT DISTINCT source FROM posts").fetchall() == [("s",)]


def test_a_made_up_stream_is_kept_out_of_a_real_database(db: store.Database, judge: Judge) -> None:
    collect(db, judge, Pages([Page((post(),), cursor="1")]))
    simulation = Simulation("s", "S", {"de": "x"}, 2011, {})
    with pytest.raises(StoreError, match="--database"):
        collect(db, judge, Pages([Page((post(source="s"),), simulation=simulation)], name="s"))
    assert store.get_simulation(db) is None


def analysed(judge: Judge, *lines: str) -> tuple[list[dict[str, object]], list[dict[str, object]], int]:
    out, err = io.StringIO(), io.StringIO()
    bad = pipeline.analyse_lines([line.encode("utf-8", "surrogatepass") + b"\n" for line in lines], judge, out, err)
    return (
        [json.loads(line) for line in out.getvalue().splitlines()],
        [json.loads(line) for line in err.getvalue().splitlines()],
        bad,
    )


def test_analyse_gives_one_line_for_each_in_order_and_goes_on_after_a_bad_one(judge: Judge) -> None:
    rows, problems, bad = analysed(
        judge,
        '{"id": 1, "text": "Kein Netz am Hbf, o2?"}',
        "no json",
        "",
        '{"id": "3", "text": "Guten Morgen", "created_at": "yesterday"}',
        '{"id": 4}',
        '{"text": "ohne id"}',
    )
    assert [row["id"] for row in rows[:2]] == [1, "3"]
    assert len(rows) == 3
    assert bad == 2
    assert [(problem["line"], "error" in problem) for problem in problems] == [(2, True), (4, False), (5, True)]


def test_analyse_survives_rows_that_are_no_posts_and_ids_that_are_none(judge: Judge) -> None:
    rows, problems, bad = analysed(
        judge,
        '{"kind": "simulation", "name": "x"}',
        '{"kind": "report", "id": "r1"}',
        '{"id": "\\ud800", "text": "eins"}',
        '{"id": NaN, "text": "zwei"}',
        '{"id": {"a": [1]}, "text": "drei"}',
        '{"id": 7, "text": "vier"}',
    )
    assert len(rows) == 4
    assert rows[-1]["id"] == 7
    assert bad == len(problems) == 2


@pytest.mark.parametrize(
    "native", ["https://example.org/" + "a/" * 200 + "#0", "  two\nlines ", "\u202e", "\ud800", 2**70, 0]
)
def test_analyse_echoes_an_id_as_it_came_so_that_any_join_works(judge: Judge, native: str | int) -> None:
    rows, _, _ = analysed(judge, json.dumps({"id": native, "text": "Guten Morgen"}))
    assert [row["id"] for row in rows] == [native]


FIELDS = {
    "id",
    "carrier",
    "carrier_name",
    "lang",
    "band",
    "score",
    "symptoms",
    "cause",
    "technology",
    "severity",
    "tone",
    "evidence",
    "places",
}


def test_analyse_keeps_its_contract(judge: Judge) -> None:
    text = "Seit heute früh volle Balken, aber bei o2 lädt in Köln nichts. Zum x-ten Mal!"
    ((row,), _, _) = analysed(judge, json.dumps({"id": "a", "text": text}))
    assert set(row) == FIELDS
    assert row["carrier"] == "own"
    assert row["band"] in "AB"
    for mark in [*row["evidence"], *row["places"]]:
        assert text[mark["start"] : mark["end"]] == mark["text"]
    assert set(row["evidence"][0]) == {"start", "end", "text", "why"}
    assert set(row["places"][0]) == {
        "start", "end", "text", "kind", "city", "district", "postcode", "state", "lat", "lon", "confidence", "rule",
    }  # fmt: skip


def test_a_post_about_nothing_has_no_symptoms_and_no_cause(judge: Judge) -> None:
    ((row,), _, _) = analysed(judge, '{"id": 1, "text": "Guten Morgen zusammen"}')
    assert (row["band"], row["symptoms"], row["cause"], row["carrier"], row["carrier_name"]) == (
        "D",
        [],
        None,
        "none",
        None,
    )

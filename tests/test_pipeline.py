import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot import pipeline, store
from bot.analyse import Judge
from bot.collect.archive import ArchiveSource
from bot.collect.base import Page
from bot.config import load_judge, load_settings, shipped
from bot.domain import Gap, Tally
from bot.errors import RateLimited, SourceError
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


FIELDS = {
    "id", "carrier", "carrier_name", "lang", "band", "score", "symptoms", "cause", "technology", "severity", "tone", "evidence", "places",
}  # fmt: skip


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

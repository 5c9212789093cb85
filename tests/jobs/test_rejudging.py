from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import store
from bot.analyse import Judge, analyse
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.domain import Band, Post, Tally
from bot.jobs import rejudging
from bot.jobs.learning import with_model
from bot.store.rejudge import put_judgements, to_rejudge
from tests.factories import NOON, post

POSTS = (
    "Volle Balken, aber bei o2 lädt in Köln seit Stunden nichts",
    "Guten Morgen allerseits",
    "Bei der Telekom lahmt das mobile Internet in Bonn",
    "o2 bricht in Kiel jeden Anruf ab",
    "Die neue Folge ist da",
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")), own=False)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[store.Database]:
    db = store.open_database(tmp_path / "a.db")
    yield db
    db.close()


def deaf(judge: Judge) -> Judge:
    """A version that finds nothing in any text."""
    return replace(judge, rules=replace(judge.rules, languages={}, version="deaf"))


def fill(db: store.Database, judge: Judge, posts: tuple[Post, ...]) -> None:
    with store.transaction(db):
        store.add_page(db, [(each, analyse(each, judge)) for each in posts], now=NOON, tally=Tally())


def state(db: store.Database) -> list[tuple[object, ...]]:
    said = "post, at, relation, carrier, band, round(score, 6), symptoms, cause, severity, tone, evidence, cluster, city, rules"
    return [
        *db.execute(f"SELECT {said} FROM findings ORDER BY post"),
        *db.execute("SELECT id, lang, relation, carrier, band, skip FROM posts ORDER BY id"),
        *db.execute("SELECT * FROM places ORDER BY post, rank"),
    ]


def posts() -> tuple[Post, ...]:
    return tuple(post(text, author=f"person {at}") for at, text in enumerate(POSTS))


def test_judging_again_gives_what_judging_now_would_have_given(db: store.Database, judge: Judge) -> None:
    page = posts()
    fresh = store.in_memory()
    fill(fresh, judge, page)
    fill(db, deaf(judge), page)
    assert db.execute("SELECT count(*) FROM findings").fetchone() == (0,)
    changes = rejudging.rejudge(db, judge, now=NOON)
    assert (changes.seen, changes.changed, changes.joined, changes.left) == (5, 3, 2, 0)
    assert state(db) == state(fresh)
    fresh.close()


def test_a_look_writes_nothing(file: store.Database, judge: Judge, tmp_path: Path) -> None:
    fill(file, deaf(judge), posts())
    before = state(file)
    reader = store.open_readonly(tmp_path / "a.db")
    changes = rejudging.preview(reader, judge)
    reader.close()
    assert changes.joined == 2
    assert changes.bands[Band.D, Band.A] + changes.bands[Band.D, Band.B] == 3
    assert {stored.number for stored, _ in changes.examples} == {1, 3, 4}
    assert state(file) == before


def test_what_was_said_before_is_kept_with_its_version(db: store.Database, judge: Judge) -> None:
    fill(db, judge, posts())
    version = judge.rules.version
    rejudging.rejudge(db, deaf(judge), now=NOON + timedelta(days=1))
    rows = db.execute(
        "SELECT j.post, v.name, j.band IN ('A', 'B'), j.relation, j.score > 0 FROM judgements j JOIN versions v ON v.id = j.version"
    ).fetchall()
    assert rows == [(1, version, 1, "own", 1), (3, version, 1, "other", 1), (4, version, 1, "own", 1)]
    assert db.execute("SELECT count(*) FROM findings").fetchone() == (0,)
    names = db.execute("SELECT DISTINCT v.name FROM posts p JOIN versions v ON v.id = p.version").fetchall()
    assert names == [("deaf",)]


def test_an_interrupted_run_goes_on_where_it_was(
    db: store.Database, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejudging, "BATCH", 2)
    fill(db, deaf(judge), posts())
    assert rejudging.rejudge(db, judge, now=NOON, stop=lambda: True).seen == 2
    assert rejudging.rejudge(db, judge, now=NOON).seen == 3
    assert rejudging.rejudge(db, judge, now=NOON).seen == 0


def test_a_post_without_text_and_one_that_lost_it_meanwhile_stay_as_they_are(db: store.Database, judge: Judge) -> None:
    page = posts()
    fill(db, judge, page)
    with store.transaction(db):
        store.delete_posts(db, [page[0].id])
    stop_after_reading = to_rejudge(db, "deaf", limit=9)
    with store.transaction(db):
        store.delete_posts(db, [page[3].id])
        batch = [(stored, analyse(stored.post, deaf(judge))) for stored in stop_after_reading]
        put_judgements(db, batch, 99, now=NOON)
    assert db.execute("SELECT post FROM findings ORDER BY post").fetchall() == [(1,), (4,)]


def test_the_press_stays_the_press_and_a_carriers_own_account_no_customer(db: store.Database, judge: Judge) -> None:
    account = next(name for name, carrier in judge.carriers.accounts.items() if carrier == 0)
    fill(db, deaf(judge), (post(POSTS[0], press=True), post(POSTS[0], author=account), post(POSTS[0], author="kim")))
    rejudging.rejudge(db, judge, now=NOON)
    assert db.execute("SELECT skip FROM posts ORDER BY id").fetchall() == [("press",), ("names no carrier",), (None,)]


def test_when_the_first_copy_goes_the_next_one_heads_the_cluster(db: store.Database, judge: Judge) -> None:
    text = "In der ganzen Kölner Innenstadt lädt bei o2 seit Stunden keine einzige Seite mehr"
    fill(db, judge, tuple(post(text, author=who) for who in ("kim", "lee", "sam")))
    stored = to_rejudge(db, "deaf", limit=1)[0]
    with store.transaction(db):
        put_judgements(db, [(stored, analyse(stored.post, deaf(judge)))], 99, now=NOON)
    assert db.execute("SELECT post, cluster FROM findings ORDER BY post").fetchall() == [(2, 2), (3, 2)]


def test_the_queue_follows_the_new_doubts(db: store.Database, judge: Judge) -> None:
    fill(db, judge, posts())
    with store.transaction(db):
        db.execute("INSERT OR REPLACE INTO doubts VALUES (1, 'near the line', 0.1)")
    rejudging.rejudge(db, deaf(judge), now=NOON)
    assert db.execute("SELECT count(*) FROM doubts").fetchone() == (0,)


def test_another_model_is_another_version(judge: Judge) -> None:
    assert with_model(judge, None).rules.version != judge.rules.version

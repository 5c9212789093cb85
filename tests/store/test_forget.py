import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import store
from bot.domain import Post, Span, Tally
from tests.factories import NOON, analysis, location, post, verdict

BERLIN = ZoneInfo("Europe/Berlin")
LATER = NOON + timedelta(hours=1)
WORDS = "Unverwechselbar: mein Zeppelin hat kein Netz"


def add(db: store.Database, *posts: Post) -> Tally:
    tally = Tally()
    judged = analysis(
        WORDS, places=(location(),), verdict=verdict(evidence=(Span(0, 8, "x", "no service"),)), sketch=(1, 2, 3)
    )
    with store.transaction(db):
        for one in posts:
            store.add_source(db, one.id.source)
        store.add_page(db, [(one, judged) for one in posts], now=NOON, tally=tally)
    return tally


def forget(db: store.Database, who: str, **how: object) -> store.Subject:
    subject = store.find_subject(db, who, **how)  # type: ignore[arg-type]
    store.forget(db, subject, BERLIN, actor="admin", now=LATER)
    return subject


def rows(db: store.Database, table: str = "posts") -> int:
    count: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


@pytest.mark.parametrize("who", ["kim@chaos.social", "@Kim@Chaos.Social", " KIM@chaos.social "])
def test_who_is_forgotten_is_gone_and_stays_out(db: store.Database, who: str) -> None:
    add(db, post(author="kim@chaos.social"), post(author="kim@chaos.social"), post(author="lee"))
    assert len(forget(db, who).posts) == 2
    assert (rows(db), rows(db, "findings"), rows(db, "places")) == (1, 1, 1)
    tally = add(db, post(native="new", author="Kim@chaos.social", url="https://chaos.social/@kim/9"))
    assert tally.skipped == {"suppressed": 1}
    assert tally.findings == 0
    stub = db.execute("SELECT text, native, url, author, created_at, skip FROM posts ORDER BY id DESC").fetchone()
    assert stub == (None, None, None, None, None, "suppressed")
    assert add(db, post(native="new", author="kim@chaos.social")).repeats == 1


def test_what_was_counted_stays_a_number(db: store.Database) -> None:
    add(db, post(author="kim"))
    forget(db, "kim")
    (row,) = store.aggregates(db, since_day=NOON.date(), until_day=NOON.date() + timedelta(days=1))
    assert (row.city, row.people, row.posts) == ("Köln", 1, 1)


def test_a_handle_without_a_source_is_meant_everywhere_and_with_one_only_there(db: store.Database) -> None:
    add(db, post(source="a", author="kim"), post(source="b", author="kim"))
    forget(db, "kim", sources=["a"])
    assert db.execute("SELECT source FROM posts").fetchall() == [("b",)]
    assert add(db, post(source="c", author="kim")).skipped == {}
    forget(db, "kim")
    assert rows(db) == 0
    assert add(db, post(source="later", author="kim")).skipped == {"suppressed": 1}


def test_a_url_stands_for_its_author(db: store.Database) -> None:
    add(db, post(author="kim", url="https://x.example/1"), post(author="kim"), post(author="lee"))
    assert len(forget(db, "https://x.example/1/").posts) == 2
    assert add(db, post(author="kim")).skipped == {"suppressed": 1}


def test_a_url_can_stand_for_one_post_only(db: store.Database) -> None:
    add(db, post(native="1", author="kim", url="https://x.example/1"), post(author="kim"))
    assert len(forget(db, "https://x.example/1", only_post=True).posts) == 1
    assert add(db, post(author="kim")).skipped == {}
    assert add(db, post(native="1", author="kim")).skipped == {"suppressed": 1}


def test_a_url_is_known_as_long_as_its_row_though_it_is_not_kept(db: store.Database) -> None:
    add(db, post(author="kim", url="https://x.example/kim-1"))
    later = NOON + timedelta(days=40)
    month = timedelta(days=30)
    store.purge(db, store.cutoffs(later, BERLIN, texts=month, rows=6 * month, reports=month), BERLIN, now=later)
    assert "kim-1" not in "\n".join(db.conn.iterdump())
    assert len(store.find_subject(db, "https://x.example/kim-1").posts) == 1


def test_a_post_that_we_never_had_is_not_taken_in_after_all(db: store.Database) -> None:
    assert forget(db, "https://x.example/1").posts == ()
    assert add(db, post(author="kim", url="https://x.example/1")).skipped == {"suppressed": 1}


def test_who_was_forgotten_before_is_said(db: store.Database) -> None:
    assert not forget(db, "kim").forgotten
    assert store.find_subject(db, "kim").forgotten


def test_an_export_holds_all_that_is_known_and_nothing_of_others(db: store.Database) -> None:
    add(db, post(native="17", author="kim", url="https://x.example/17"), post(author="lee", native="18"))
    (row,) = store.export_subject(db, store.find_subject(db, "kim"), actor="admin", now=LATER)
    assert (row["native"], row["url"], row["text"], row["source"]) == ("17", "https://x.example/17", WORDS, "test")
    assert row["judgement"]["symptoms"] == ["slow_data"]
    assert row["places"][0]["city"] == "Köln"
    json.dumps(row)


def test_the_audit_log_says_who_did_what_to_how_many_and_no_word_of_theirs(db: store.Database) -> None:
    add(db, post(author="kim"), post(author="kim"))
    store.export_subject(db, store.find_subject(db, "kim"), actor="admin", now=LATER)
    forget(db, "kim")
    assert [(deed.actor, deed.action, deed.posts, deed.detail) for deed in store.deeds(db, since=NOON)] == [
        ("admin", "export-subject", 2, None),
        ("admin", "forget", 2, None),
    ]


def test_what_is_deleted_is_in_no_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    db = store.open_database(path)
    handles = [f"zeppelinfahrerin{number}" for number in range(50)]
    add(db, *[post(author=handle, native=f"native-{handle}", url=f"https://x.example/{handle}") for handle in handles])
    wanted = [b"Zeppelin", b"native-zeppelin", b"x.example/zepp"]
    before = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert all(word in before for word in wanted)
    keys = [row[0].encode() for row in db.execute("SELECT key FROM posts UNION SELECT author FROM posts")]
    for handle in handles:
        forget(db, handle)
    assert store.checkpoint(db)
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not [word for word in wanted if word in left]
    assert sum(key in left for key in keys) == 50  # the suppression list: one an author
    db.close()


def queued(db: store.Database, state: str, day: str = NOON.date().isoformat(), what: str = "digest") -> None:
    with store.transaction(db):
        store.enqueue(
            db, f"{what} {day} {state}", target=state, what=what, title="t", text=WORDS, html=f"<p>{WORDS}",
            pictures={"days.png": b"png"}, not_before=NOON, now=NOON,
        )  # fmt: skip
        db.execute("UPDATE outbox SET state = ? WHERE target = ?", [state, state])


def outbox(db: store.Database) -> list[tuple[str, str]]:
    return db.execute("SELECT state, text FROM outbox ORDER BY number").fetchall()


def gone_by(db: store.Database, way: str, one: Post) -> None:
    if way == "forget":
        store.forget(db, store.find_subject(db, "kim"), BERLIN, actor="admin", now=LATER)
    elif way == "purge":
        age = timedelta(days=1)
        limits = store.cutoffs(LATER + 2 * age, BERLIN, texts=age, rows=400 * age, reports=400 * age)
        store.purge(db, limits, BERLIN, now=LATER + 2 * age)
    else:
        with store.transaction(db):
            (store.delete_posts if way == "deletion" else store.forget_versions)(db, [one.id])


@pytest.mark.parametrize("way", ["forget", "deletion", "change", "purge"])
def test_no_message_on_its_way_quotes_what_is_gone(db: store.Database, way: str) -> None:
    one = post(WORDS, author="kim")
    add(db, one)
    for state in ("pending", "sending", "failed", "unknown"):
        queued(db, state)
    gone_by(db, way, one)
    assert outbox(db) == [("failed", ""), ("sending", ""), ("failed", ""), ("unknown", "")]
    (told,) = db.execute("SELECT error FROM outbox WHERE target = 'pending'").fetchone()
    assert "may have quoted" in told
    assert db.execute("SELECT count(*) FROM outbox WHERE html <> '' OR picture IS NOT NULL").fetchone() == (0,)
    store.settle(db, 2, "pending", now=LATER, error="no answer", retry_at=LATER)
    assert outbox(db)[1] == ("failed", "")  # an empty message is never sent
    assert not store.due(db, now=LATER)


def test_digests_of_other_days_and_alerts_go_out_all_the_same(db: store.Database) -> None:
    one = post(WORDS, author="kim")
    add(db, one)
    queued(db, "pending", day=(NOON.date() - timedelta(days=3)).isoformat())
    queued(db, "unknown", day="1 opened", what="alert")
    gone_by(db, "deletion", one)
    assert outbox(db) == [("pending", WORDS), ("unknown", WORDS)]


def test_what_failed_or_is_unknown_keeps_its_content_no_longer_than_texts(db: store.Database) -> None:
    for state in ("failed", "unknown", "sent"):
        queued(db, state, day="2020-01-01")
    age = timedelta(days=30)
    for days, left in ((29, WORDS), (32, "")):
        now = NOON + timedelta(days=days)
        limits = store.cutoffs(now - timedelta(days=1), BERLIN, texts=age, rows=age, reports=age)
        store.purge(db, limits, BERLIN, now=now)
        assert {text for _, text in outbox(db)} == {left}

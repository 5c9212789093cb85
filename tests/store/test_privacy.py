from datetime import timedelta

from bot import store
from bot.domain import Analysis, Complaint, Post, PostId, Span, Tally
from tests.factories import NOON, analysis, location, post, verdict

SECRET = "geheimes Wort"


def add(db: store.Database, *posts: Post, said: Analysis | None = None) -> Tally:
    tally = Tally()
    with store.transaction(db):
        store.add_page(db, [(each, said or analysis(each.text)) for each in posts], now=NOON, tally=tally)
    return tally


def counted(db: store.Database) -> list[Complaint]:
    return list(store.complaints(db, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1)))


def everything(db: store.Database) -> str:
    tables = ("posts", "findings", "places", "sketches")
    return str([db.execute(f"SELECT * FROM {table}").fetchall() for table in tables])


def test_a_deleted_post_leaves_its_number_and_nothing_it_said(db: store.Database) -> None:
    one = post(SECRET, native="at://1", url="https://example.org/1", source="b")
    said = analysis(
        SECRET, verdict=verdict(evidence=(Span(0, 8, "geheimes", "why"),)), places=(location(),), sketch=(1, 2)
    )
    add(db, one, said=said)
    before = counted(db)
    with store.transaction(db):
        assert store.delete_posts(db, [one.id, PostId("b", "never seen")]) == 1
        assert store.delete_posts(db, [one.id]) == 0
    assert SECRET not in everything(db)
    assert "at://1" not in everything(db)
    assert "example.org" not in everything(db)
    assert "why" not in everything(db)
    assert db.execute("SELECT count(*) FROM sketches").fetchone() == (0,)
    assert len(before) == 1
    assert counted(db) == before


def test_a_deleted_post_that_is_handed_over_again_stays_deleted(db: store.Database) -> None:
    one = post(SECRET, source="b")
    add(db, one)
    with store.transaction(db):
        store.delete_posts(db, [one.id])
        store.forget_versions(db, [one.id])  # an edit told once more, from before the deletion
    assert add(db, one).repeats == 1
    assert SECRET not in everything(db)


def test_who_leaves_takes_all_posts_along_at_that_source_only(db: store.Database) -> None:
    add(db, *(post(f"o2 {n}", source="b", author="did:plc:Kim") for n in range(3)))
    add(db, post("other", source="b", author="did:plc:x"), post("elsewhere", source="c", author="did:plc:Kim"))
    with store.transaction(db):
        assert store.delete_posts(db, [], source="b", authors=["did:plc:kim", "did:plc:unknown"]) == 3
    assert sorted(row[0] for row in db.execute("SELECT text FROM posts WHERE text NOT NULL")) == ["elsewhere", "other"]


def test_a_changed_post_takes_the_place_of_the_old_one(db: store.Database) -> None:
    old, new = post("o2 lahmt", native="1", source="b"), post("o2 geht wieder", native="1", source="b")
    add(db, old, said=analysis(old.text, places=(location(),)))
    with store.transaction(db):
        assert store.forget_versions(db, [old.id]) == 1
    add(db, new)
    assert db.execute("SELECT text FROM posts").fetchall() == [("o2 geht wieder",)]
    assert db.execute("SELECT count(*) FROM findings").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM places").fetchone() == (0,)


def test_thousands_go_at_once(db: store.Database) -> None:
    posts = [post(f"o2 {n}", source="b") for n in range(1_200)]
    add(db, *posts)
    with store.transaction(db):
        assert store.delete_posts(db, [each.id for each in posts]) == 1_200

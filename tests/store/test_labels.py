from datetime import timedelta

import pytest

from bot import store
from bot.domain import Band, Carrier, Cause, Doubt, PostId, Relation, Symptom
from bot.errors import InputError
from bot.store import labels, versions
from bot.store.labels import Label
from tests.factories import NOON, analysis, post, verdict
from tests.store.test_posts import add

STALL = Label(Band.A, (Symptom.DATA_STALL,), Cause.CONGESTION, "Köln")


def label(db: store.Database, number: int, given: Label, **changes: object) -> Label | None:
    with store.transaction(db):
        return labels.add_label(db, number, given, **{"who": "kim", "now": NOON, **changes})  # type: ignore[arg-type]  # a test's shorthand


def doubtful(gap: float, text: str = "Netz mies, o2") -> object:
    return analysis(text, verdict=verdict(band=Band.B, score=0.45, doubt=Doubt("near the line", gap)))


def test_a_label_says_what_by_whom_and_when(db: store.Database) -> None:
    add(db, (post(), analysis()))
    assert label(db, 1, STALL) is None
    (found,) = labels.labels_in_force(db)
    assert (found.label, found.text, found.lang, found.at) == (STALL, "Kein Netz am Hbf, o2?", "de", NOON)
    assert labels.label_history(db, 1) == [(STALL, "kim", NOON)]


def test_labelling_again_keeps_what_was_said_before(db: store.Database) -> None:
    add(db, (post(), analysis()))
    label(db, 1, STALL)
    assert label(db, 1, Label(Band.D), who="lee", now=NOON + timedelta(days=1)) == STALL
    assert [(old.band, who) for old, who, _ in labels.label_history(db, 1)] == [("A", "kim"), ("D", "lee")]
    assert [found.label.band for found in labels.labels_in_force(db)] == ["D"]
    with store.transaction(db):
        labels.unlabel(db, 1, who="kim", now=NOON)
    assert [found.label for found in labels.labels_in_force(db)] == [STALL]


def test_a_post_that_is_not_here_or_has_lost_its_text_cannot_be_labelled(db: store.Database) -> None:
    add(db, (post(native="1"), analysis()))
    with store.transaction(db):
        store.delete_posts(db, [PostId("test", "1")])
    for number, message in ((1, "no longer kept"), (2, "no post 2")):
        with pytest.raises(InputError, match=message):
            label(db, number, STALL)


def test_a_label_outlives_the_text_and_has_a_copy_only_where_that_is_wanted(db: store.Database) -> None:
    add(db, (post(), analysis()), (post(), analysis()))
    label(db, 1, STALL)
    label(db, 2, STALL, keep_text=True)
    with store.transaction(db):
        db.execute("UPDATE posts SET text = NULL")  # as a purge does
    assert [found.text for found in labels.labels_in_force(db)] == [None, "Kein Netz am Hbf, o2?"]


def test_what_is_deleted_at_its_source_goes_from_the_labels_too(db: store.Database) -> None:
    add(
        db,
        (post(native="1"), analysis("my secret place")),
        (post(native="2", author="lee"), analysis("my secret place")),
    )
    for number in (1, 2):
        label(db, number, STALL, keep_text=True)
    with store.transaction(db):
        store.delete_posts(db, [PostId("test", "1")], source="test", authors=["lee"])
    assert [found.text for found in labels.labels_in_force(db)] == [None, None]
    assert "secret" not in "\n".join(db.conn.iterdump())


def test_who_is_forgotten_takes_their_labels_along_and_who_asks_is_shown_them(db: store.Database) -> None:
    add(db, (post(author="kim"), analysis()))
    label(db, 1, STALL, keep_text=True)
    subject = store.find_subject(db, "kim", sources=["test"])
    (row,) = store.export_subject(db, subject, actor="admin", now=NOON)
    assert row["labels"][0]["band"] == "A"
    store.forget(db, subject, NOON.tzinfo, actor="admin", now=NOON)  # type: ignore[arg-type]  # it has one
    assert list(labels.labels_in_force(db)) == []


def test_the_queue_begins_near_the_line_and_every_fourth_is_drawn_by_lot(db: store.Database) -> None:
    gaps = (0.4, 0.1, 0.3, 0.2, 0.35)
    add(db, *((post(), doubtful(gap)) for gap in gaps), *((post(), analysis()) for _ in range(9)))  # type: ignore[arg-type,misc]  # pairs
    queue = labels.waiting(db, limit=8)
    assert [waiting.gap for waiting in queue] == [0.1, 0.2, 0.3, None, 0.35, 0.4, None, None]
    assert {waiting.reason for waiting in queue} == {"near the line", "drawn by lot"}
    assert queue == labels.waiting(db, limit=8)
    label(db, 2, STALL)
    assert labels.waiting(db, limit=1)[0].gap == 0.2
    assert labels.how_many_wait(db) == 4


def test_every_post_may_be_drawn_and_those_drawn_stay_when_others_come(db: store.Database) -> None:
    add(db, *((post(), analysis()) for _ in range(300)))
    drawn = [waiting.post for waiting in labels.waiting(db, limit=1000)]
    assert sorted(drawn) == list(range(1, 301))
    assert drawn != sorted(drawn)
    add(db, *((post(), analysis()) for _ in range(10)))
    assert [number for number in (each.post for each in labels.waiting(db, limit=1000)) if number <= 300] == drawn


def test_posts_about_others_the_press_and_what_has_no_text_do_not_wait(db: store.Database) -> None:
    elsewhere = analysis(carrier=Carrier(Relation.OTHER, "Telekom"), verdict=verdict(doubt=Doubt("near the line", 0.1)))
    add(db, (post(), elsewhere), (post(press=True), doubtful(0.1)), (post(), doubtful(0.1)))  # type: ignore[arg-type]  # pairs
    with store.transaction(db):
        db.execute("UPDATE posts SET text = NULL WHERE id = 3")
    assert labels.waiting(db, limit=9) == []


def test_the_share_of_doubt_counts_what_was_judged_about_us(db: store.Database) -> None:
    no = analysis(verdict=verdict(band=Band.D, symptoms=(), cause=None, doubt=Doubt("near the line", 0.3)))
    add(db, (post(), analysis()), (post(), analysis()), (post(), doubtful(0.1)), (post(), no))  # type: ignore[arg-type]  # pairs
    period = {"since": NOON, "until": NOON + timedelta(days=1)}
    share = versions.doubt_share(db, **period)
    assert (share.doubtful, share.judged, share.share) == (2, 4, 0.5)
    label(db, 3, STALL)
    assert versions.doubt_share(db, **period).doubtful == 1
    assert versions.doubt_share(db, since=NOON + timedelta(days=1), until=NOON + timedelta(days=2)).share is None


@pytest.mark.parametrize(
    ("name", "found"), [("1", 1), ("post 1", 1), ("#1", 1), ("https://a.example/1/", 1), ("2", None)]
)
def test_a_post_is_found_by_its_number_or_its_address(db: store.Database, name: str, found: int | None) -> None:
    add(db, (post(url="https://a.example/1"), analysis()))
    assert labels.find_post(db, name) == found


def test_it_is_known_which_version_judged(db: store.Database) -> None:
    add(db, (post(), analysis(verdict=verdict(rules="one"))))
    add(db, (post(), analysis(verdict=verdict(rules="two"))), (post(), analysis(verdict=verdict(rules="two"))))
    rows = db.execute("SELECT v.name FROM posts p JOIN versions v ON v.id = p.version ORDER BY p.id").fetchall()
    assert rows == [("one",), ("two",), ("two",)]

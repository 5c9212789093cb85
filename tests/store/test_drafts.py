"""What is kept of replies, and what goes with the post."""

from datetime import timedelta

from bot import store
from bot.domain import Analysis, Post, PostId
from bot.store import drafts
from tests.factories import NOON, analysis, post
from tests.store import test_posts

HOUR = timedelta(hours=1)


def add(db: store.Database, *page: tuple[Post, Analysis]) -> None:
    with store.transaction(db):
        store.add_source(db, "test")
    test_posts.add(db, *page)


def draft(db: store.Database, number: int, **changes: str) -> bool:
    given = {"state": "draft", "way": "approval", "platform": "mastodon", "text": "Danke!", **changes}
    with store.transaction(db):
        return drafts.add_decision(db, number, now=NOON, **given)  # type: ignore[arg-type]  # a test's shorthand


def known(db: store.Database, number: int) -> drafts.Known:
    return drafts.known_of(db, number, hour=NOON - HOUR, day=NOON - HOUR)


def test_about_a_finding_is_decided_once(db: store.Database) -> None:
    add(db, (post(), analysis()), (post(), analysis()))
    assert [each.number for each in drafts.candidates(db, since=NOON)] == [1, 2]
    assert draft(db, 1)
    assert not draft(db, 1, text="Nochmals danke!")
    assert [each.number for each in drafts.candidates(db, since=NOON)] == [2]
    assert [reply.text for reply in drafts.replies(db)] == ["Danke!"]


def test_a_reply_counts_for_its_author_and_for_copies_of_the_text(db: store.Database) -> None:
    sketch = tuple(range(8))
    add(db, (post(author="kim"), analysis(sketch=sketch)), (post(author="lee"), analysis(sketch=sketch)))
    add(db, (post(author="kim"), analysis()))
    draft(db, 1)
    assert (known(db, 2).answered, known(db, 2).last_reply_at) == (True, None)
    assert (known(db, 3).answered, known(db, 3).last_reply_at) == (False, NOON)
    assert (known(db, 3).this_hour, known(db, 3).this_day) == (1, 1)


def test_what_authors_ask_of_replies_is_kept(db: store.Database) -> None:
    add(db, (post(warned=True), analysis()), (post(closed=True), analysis()), (post(), analysis()))
    assert [(known(db, n).warned, known(db, n).closed) for n in (1, 2, 3)] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_a_deleted_post_takes_its_draft_along(db: store.Database) -> None:
    add(db, (post(native="1"), analysis()), (post(native="2"), analysis()))
    draft(db, 1)
    draft(db, 2, state="approved")
    with store.transaction(db):
        store.delete_posts(db, [PostId("test", "1"), PostId("test", "2")])
    assert {(reply.state, reply.text) for reply in drafts.replies(db)} == {("withdrawn", None)}
    with store.transaction(db):
        assert not drafts.change_draft(db, 1, "approved", before=("draft", "withdrawn"), by="kim", now=NOON)


def test_a_draft_changes_only_from_the_state_it_was_seen_in(db: store.Database) -> None:
    add(db, (post(), analysis()))
    draft(db, 1)
    with store.transaction(db):
        assert drafts.change_draft(db, 1, "approved", before=("draft",), by="kim", now=NOON)
        assert not drafts.change_draft(db, 1, "approved", before=("draft",), by="lee", now=NOON)
    (reply,) = drafts.replies(db, states=("approved",))
    assert (reply.decided_by, reply.decided_at) == ("kim", NOON)


def test_who_opts_out_gets_nothing_more_and_what_waits_is_taken_back(db: store.Database) -> None:
    add(db, (post(author="kim"), analysis()), (post(author="kim", text="Stopp", addressed=True), analysis()))
    add(db, (post(author="lee", addressed=True), analysis()))
    draft(db, 1)
    (heard, _) = drafts.spoke_to_us(db, since=NOON)
    assert heard[1] == "Kein Netz am Hbf, o2?" or heard[1] == "Stopp"
    author = db.pseudonym("author", "test", "kim")
    with store.transaction(db):
        assert drafts.opt_out(db, author, now=NOON) == 1
    assert [(reply.state, reply.reason, reply.text) for reply in drafts.replies(db)] == [
        ("withdrawn", "opted_out", None)
    ]
    assert known(db, 2).opted_out
    assert not known(db, 3).opted_out
    assert [who for who, _ in drafts.spoke_to_us(db, since=NOON)] == [db.pseudonym("author", "test", "lee")]


def test_a_fault_is_known_until_it_ends(db: store.Database) -> None:
    with store.transaction(db):
        drafts.add_fault(db, "Köln", None, until=NOON + HOUR, by="kim", now=NOON)
        drafts.add_fault(db, "Köln", "Deutz", until=NOON + HOUR, by="kim", now=NOON)
        drafts.add_fault(db, "Köln", None, until=NOON + 2 * HOUR, by="lee", now=NOON)
    assert [(f.district, f.approved_by) for f in drafts.faults(db, now=NOON)] == [("Deutz", "kim"), (None, "lee")]
    assert [f.district for f in drafts.faults(db, now=NOON + HOUR)] == [None]
    with store.transaction(db):
        assert drafts.end_fault(db, "Köln", None, now=NOON + HOUR)
    assert drafts.faults(db, now=NOON + HOUR) == []


def test_a_person_s_export_holds_the_replies_to_them(db: store.Database) -> None:
    add(db, (post(author="kim"), analysis()))
    draft(db, 1)
    (row,) = store.export_subject(db, store.find_subject(db, "kim", sources=["test"]), actor="kim", now=NOON)
    assert [reply["text"] for reply in row["replies"]] == ["Danke!"]


def test_a_reason_is_counted(db: store.Database) -> None:
    add(db, *((post(), analysis()) for _ in range(3)))
    draft(db, 1)
    for number in (2, 3):
        draft(db, number, state="skipped", reason="too_old", way=None, text=None)  # type: ignore[arg-type]  # as a skip has it
    assert drafts.outcomes(db, since=NOON) == [("skipped", "too_old", 2), ("draft", "", 1)]

import json
from datetime import timedelta

import pytest

from bot import store
from bot.domain import (
    Analysis,
    Band,
    Carrier,
    Cause,
    Complaint,
    Gap,
    Post,
    Relation,
    Report,
    Span,
    Symptom,
    Tally,
)
from bot.errors import StoreError
from tests.factories import NOON, analysis, location, post, verdict


def add(db: store.Database, *page: tuple[Post, Analysis]) -> Tally:
    tally = Tally()
    with store.transaction(db):
        store.add_page(db, page, now=NOON, tally=tally)
    return tally


def complaints(db: store.Database) -> list[Complaint]:
    return list(store.complaints(db, since=NOON - timedelta(days=30), until=NOON + timedelta(days=1)))


def test_a_post_seen_twice_is_stored_once(db: store.Database) -> None:
    one = post(native="1")
    assert add(db, (one, analysis()), (one, analysis())).repeats == 1
    tally = add(db, (one, analysis()))
    assert (tally.posts, tally.repeats, tally.findings) == (0, 1, 0)
    assert len(complaints(db)) == 1


def test_the_same_id_at_two_sources_is_two_posts(db: store.Database) -> None:
    assert add(db, (post(native="1", source="a"), analysis()), (post(native="1", source="b"), analysis())).posts == 2


def test_what_is_no_finding_says_why(db: store.Database) -> None:
    tally = add(
        db,
        (post(), analysis(verdict=verdict(band=Band.D, symptoms=(), cause=None))),
        (post(), analysis(carrier=Carrier(Relation.NONE))),
        (post(), analysis(carrier=Carrier(Relation.OTHER, "Telekom"))),
    )
    assert tally.skipped == {"no network trouble": 1, "names no carrier": 1}
    assert tally.findings == 1
    assert complaints(db) == []
    others = list(store.complaints(db, since=NOON, until=NOON + timedelta(days=1), relation=Relation.OTHER))
    assert len(others) == 1


def test_the_press_is_kept_and_never_counted_as_a_customer(db: store.Database) -> None:
    tally = add(db, (post(press=True), analysis()), (post(), analysis()))
    assert (tally.posts, tally.findings, tally.skipped) == (2, 1, {"press": 1})
    assert len(complaints(db)) == 1
    assert db.execute("SELECT press, skip FROM posts ORDER BY id").fetchall() == [(1, "press"), (0, None)]


def test_the_author_is_a_pseudonym_and_the_handle_is_nowhere_in_the_file(db: store.Database) -> None:
    add(db, (post(author="very_unusual_handle"), analysis()))
    assert "very_unusual_handle" not in "\n".join(db.conn.iterdump())
    assert complaints(db)[0].who == db.execute("SELECT author FROM posts").fetchone()[0]


def test_two_posts_without_author_are_two_persons(db: store.Database) -> None:
    add(db, (post(author=""), analysis()), (post(author=""), analysis()))
    assert len({complaint.who for complaint in complaints(db)}) == 2


def test_evidence_is_kept_as_offsets_never_as_words(db: store.Database) -> None:
    span = Span(0, 8, "Kein Netz", "no service")
    add(db, (post(), analysis(verdict=verdict(evidence=(span,)))))
    assert json.loads(db.execute("SELECT evidence FROM findings").fetchone()[0]) == [[0, 8, "no service"]]


def test_a_post_from_the_future_and_one_without_time_count_when_they_were_seen(db: store.Database) -> None:
    add(db, (post(created_at=NOON + timedelta(days=400)), analysis()), (post(created_at=None), analysis()))
    assert {complaint.at for complaint in complaints(db)} == {NOON}


def test_a_complaint_keeps_what_fails_and_where(db: store.Database) -> None:
    add(
        db,
        (
            post(),
            analysis(
                places=(location("Köln", district="Deutz"), location("Bonn")), verdict=verdict(cause=Cause.UNCLEAR)
            ),
        ),
    )
    (found,) = complaints(db)
    assert (found.city, found.district, found.symptoms, found.cause) == (
        "Köln",
        "Deutz",
        (Symptom.SLOW_DATA,),
        Cause.UNCLEAR,
    )
    assert db.execute("SELECT city FROM places ORDER BY rank").fetchall() == [("Köln",), ("Bonn",)]


def test_copies_of_a_text_within_a_week_join_its_cluster(db: store.Database) -> None:
    sketch = (1, 2, 3, 4, 5, 6, 7, 8)
    add(db, (post(), analysis(sketch=sketch)), (post(), analysis(sketch=sketch)))
    add(db, (post(), analysis(sketch=(1, 2, 3, 4, 5, 6, 7, 99))), (post(), analysis(sketch=(11, 12, 13, 14, 15))))
    add(db, (post(created_at=NOON - timedelta(days=8)), analysis(sketch=sketch)))
    assert [complaint.cluster for complaint in sorted(complaints(db), key=lambda c: c.cluster or 0)] == [1, 1, 1, 4, 5]


def test_a_page_that_fails_leaves_nothing_behind(db: store.Database) -> None:
    broken = analysis(verdict=verdict(band="E" * 3, technology=object()))
    with pytest.raises(StoreError):
        add(db, (post(), analysis()), (post(), broken))
    assert db.execute("SELECT count(*) FROM posts").fetchone() == (0,)


def test_reports_count_with_the_place_that_was_chosen(db: store.Database) -> None:
    report = Report("r1", NOON, (Symptom.DATA_STALL,), city="Mannheim", person="someone")
    with store.transaction(db):
        assert store.add_reports(db, [report, report]) == 1
        assert store.add_reports(db, [report]) == 0
    (found,) = complaints(db)
    assert (found.reported, found.city, found.symptoms) == (True, "Mannheim", (Symptom.DATA_STALL,))
    assert "someone" not in "\n".join(db.conn.iterdump())


def test_quotes_are_the_surest_and_one_a_text(db: store.Database) -> None:
    sketch = (1, 2, 3, 4, 5, 6, 7, 8)
    add(
        db,
        (post(author="alex"), analysis("less sure", verdict=verdict(score=0.6))),
        (post(), analysis("sure", sketch=sketch)),
        (post(), analysis("sure", sketch=sketch)),
    )
    quotes = store.quotes(db, since=NOON, until=NOON + timedelta(hours=1), limit=5)
    assert [said.text for said in quotes] == ["sure", "less sure"]


def test_a_gap_told_twice_is_one_and_its_end_moves(db: store.Database) -> None:
    start = NOON - timedelta(hours=3)
    with store.transaction(db):
        store.add_source(db, "a")
        store.add_gaps(db, [Gap("a", start, None, "no answer")])
        store.add_gaps(db, [Gap("a", start, NOON, "no answer")])
    (health,) = store.health(db, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1))
    assert health.gaps == (Gap("a", start, NOON, "no answer"),)
    assert health.last_success_at is None


def test_a_wave_of_like_texts_costs_no_more_a_post_however_long_it_lasts(db: store.Database) -> None:
    def page_of_alike(first: int) -> int:
        """Steps of SQLite's machine, in hundreds. The posts share four of eight hashes: too few to be copies."""
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        alike = [(post(), analysis(sketch=(1, 2, 3, 4, *range(n * 9, n * 9 + 4)))) for n in range(first, first + 250)]
        db.conn.set_progress_handler(step, 100)
        add(db, *alike)
        db.conn.set_progress_handler(None, 0)
        return steps

    add(db, (post(), analysis(sketch=(1, 2, 3, 4, 5, 6, 7, 8))))
    page_of_alike(10)
    early = page_of_alike(300)
    for first in range(600, 2100, 250):
        late = page_of_alike(first)
    assert late < 1.2 * early
    add(db, (post(), analysis(sketch=(1, 2, 3, 4, 5, 6, 7, 9))))
    assert [complaint.cluster for complaint in complaints(db)].count(1) == 2  # the copy is found behind the wave

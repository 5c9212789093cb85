from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import store
from bot.domain import Band, Carrier, Cause, PostId, Relation, Span, Symptom, Tally
from bot.store.search import Wanted, find_posts, match_expression
from tests.factories import NOON, analysis, location, post, verdict

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
LATELY = {"since": NOON - DAY, "until": NOON + DAY}


def add(db: store.Database, text: str, native: str = "", **changes: object) -> None:
    with store.transaction(db):
        store.add_source(db, "test")
        one = post(text, native=native or text, created_at=changes.pop("at", NOON))
        store.add_page(db, [(one, analysis(text, **changes))], now=NOON + DAY, tally=Tally())


def texts(db: store.Database, **wanted: object) -> list[str | None]:
    return [found.text for found in find_posts(db, Wanted(**{**LATELY, **wanted}), limit=50).posts]


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("kein netz", '"kein" AND "netz"'),
        ('"kein netz" köln', '"kein netz" AND "köln"'),
        ("netz -wlan", '"netz" NOT "wlan"'),
        ('netz -"zu hause"', '"netz" NOT "zu hause"'),
        ("störung*", '"störung"*'),
        ("ne*", '"ne"'),
        ("-wlan", ""),
        ('" OR 1=1 --', '"1=1" AND "OR"'),
        ("*** ( ) \0", ""),
    ],
)
def test_what_people_type_becomes_a_question(typed: str, expression: str) -> None:
    got = match_expression(typed)
    assert sorted(got.split(" AND ")) == sorted(expression.split(" AND "))


@given(st.text(max_size=300))
def test_nothing_that_can_be_typed_breaks_the_search(typed: str) -> None:
    with store.in_memory().conn as connection:
        if expression := match_expression(typed):
            connection.execute("SELECT rowid FROM post_words WHERE post_words MATCH ?", [expression]).fetchall()
    connection.close()


def test_posts_are_found_by_words_whatever_their_accents_and_case(db: store.Database) -> None:
    add(db, "In Köln geht bei o2 nichts")
    add(db, "Hotline bei o2 seit Stunden besetzt")
    assert texts(db, words="koln") == texts(db, words="KÖLN o2") == ["In Köln geht bei o2 nichts"]
    assert texts(db, words="o2 -köln") == ["Hotline bei o2 seit Stunden besetzt"]


def test_posts_are_found_by_all_that_is_known_of_them(db: store.Database) -> None:
    add(db, "one", places=(location("Köln", district="Deutz"),), at=NOON - timedelta(hours=2))
    calls = verdict(band=Band.C, symptoms=(Symptom.CALL_SETUP,), cause=Cause.OUTAGE)
    add(db, "two", verdict=calls, at=NOON - timedelta(hours=1))
    add(db, "three", carrier=Carrier(Relation.OTHER, "Vodafone"))
    assert texts(db) == ["two", "one"]
    assert texts(db, city="Köln", district="Deutz") == texts(db, band=Band.A) == ["one"]
    assert texts(db, symptom=Symptom.CALL_SETUP) == texts(db, cause=Cause.OUTAGE) == ["two"]
    assert texts(db, kind="others") == texts(db, kind="all", carrier="Vodafone") == ["three"]
    assert texts(db, kind="all", source="test") == ["three", "two", "one"]
    assert texts(db, since=NOON - timedelta(minutes=90)) == ["two"]
    assert texts(db, source="elsewhere") == []


def test_each_post_shows_the_words_it_rests_on(db: store.Database) -> None:
    evidence = (Span(3, 8, "lahmt", "slow"),)
    add(db, "o2 lahmt in Köln", verdict=verdict(evidence=evidence), places=(location("Köln", start=12, end=16),))
    (found,) = find_posts(db, Wanted(**LATELY), limit=5).posts
    assert [(mark.start, mark.end, mark.why, mark.place) for mark in found.marks] == [
        (3, 8, "slow", False),
        (12, 16, "test", True),
    ]
    assert find_posts(db, Wanted(**LATELY, rule="slow"), limit=5).posts == (found,)
    assert not find_posts(db, Wanted(**LATELY, rule="other"), limit=5).posts


def test_pages_follow_each_other_without_a_gap(db: store.Database) -> None:
    for number in range(5):
        add(db, f"post {number}", at=NOON + timedelta(minutes=number))
    first = find_posts(db, Wanted(**LATELY), limit=3)
    second = find_posts(db, Wanted(**LATELY), limit=3, offset=3)
    assert [each.text for each in (*first.posts, *second.posts)] == [f"post {number}" for number in (4, 3, 2, 1, 0)]
    assert (first.more, second.more) == (True, False)


def test_a_deleted_word_is_in_no_file_and_not_found_any_more(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "a.db")
    for number in range(40):  # so that the index has more than one part
        add(db, f"o2 lahmt zum {number}. Mal", native=f"n{number}")
    add(db, "o2 lahmt, sagt xylophonquark", native="gone")
    add(db, "o2 lahmt, sagt yttriumzwirn", native="changed")
    assert len(texts(db, words="xylophonquark")) == 1
    store.checkpoint(db)
    assert b"xylophonquark" in (tmp_path / "a.db").read_bytes()
    with store.transaction(db):
        store.delete_posts(db, [PostId("test", "gone")])
        store.forget_versions(db, [PostId("test", "changed")])
    assert texts(db, words="xylophonquark") == texts(db, words="yttriumzwirn") == []
    store.checkpoint(db)
    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for part in (b"xylophon", b"phonquark", b"yttrium", b"umzwirn"):
        assert part not in everything
    assert len(texts(db, words="lahmt")) == 40
    db.execute("INSERT INTO post_words (post_words) VALUES ('integrity-check')")
    db.close()


def test_who_is_forgotten_or_too_old_is_found_by_no_word(db: store.Database) -> None:
    add(db, "o2 lahmt wie immer")
    month = timedelta(days=30)
    later = NOON + 2 * month
    store.purge(db, store.cutoffs(later, BERLIN, texts=month, rows=6 * month, reports=month), BERLIN, now=later)
    assert texts(db, words="lahmt") == []
    assert texts(db) == [None]
    db.execute("INSERT INTO post_words (post_words) VALUES ('integrity-check')")

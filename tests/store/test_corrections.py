"""What a person says of a post is what counts, until they take it back."""

from datetime import timedelta

import pytest

from bot import store
from bot.domain import Band, Carrier, Cause, Relation, Symptom
from bot.reports.places import Spot
from bot.store import labels
from bot.store.labels import Label
from bot.store.rejudge import to_rejudge
from tests.factories import NOON, analysis, location, post, verdict
from tests.store.test_posts import add

KOELN = analysis("o2 lahmt in Köln", places=(location("Köln", start=12, end=16),))
BONN = Spot("Beuel, Bonn", "Bonn", "Beuel", None, "Nordrhein-Westfalen")


def label(db: store.Database, given: Label, number: int = 1) -> None:
    with store.transaction(db):
        labels.add_label(db, number, given, who="kim", now=NOON)


def unlabel(db: store.Database, number: int = 1) -> None:
    with store.transaction(db):
        labels.unlabel(db, number, who="kim", now=NOON)


def counted(db: store.Database) -> list[tuple[object, ...]]:
    hour = timedelta(hours=1)
    found = store.complaints(db, since=NOON, until=NOON + hour, bands=(Band.A, Band.B, Band.C), with_confidence=True)
    return [(each.band, each.symptoms, each.cause, each.city, each.district) for each in found]


def everything(db: store.Database) -> list[list[tuple[object, ...]]]:
    return [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in ("posts", "findings", "places")]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Label(Band.B), [(Band.B, (Symptom.SLOW_DATA,), Cause.CONGESTION, "Köln", None)]),
        (
            Label(Band.C, (Symptom.NO_SERVICE,), Cause.OUTAGE),
            [(Band.C, (Symptom.NO_SERVICE,), Cause.OUTAGE, "Köln", None)],
        ),
        (Label(Band.D), []),
        (
            Label(Band.A, (), None, "Beuel", spot=BONN),
            [(Band.A, (Symptom.SLOW_DATA,), Cause.CONGESTION, "Bonn", "Beuel")],
        ),
        (Label(Band.A, (), None, ""), [(Band.A, (Symptom.SLOW_DATA,), Cause.CONGESTION, None, None)]),
    ],
    ids=["band", "symptom and cause", "none at all", "place", "nowhere"],
)
def test_a_correction_counts_and_taking_it_back_leaves_no_trace_in_what_counts(
    db: store.Database, given: Label, wanted: list[tuple[object, ...]]
) -> None:
    add(db, (post(), KOELN))
    before = everything(db)
    label(db, given)
    assert counted(db) == wanted
    unlabel(db)
    assert everything(db) == before
    deeds = [(deed.actor, deed.action) for deed in store.deeds(db, since=NOON)]
    assert deeds == [("kim", "post judged"), ("kim", "judgement taken back")]


def test_the_word_before_counts_again_when_the_last_one_is_taken_back(db: store.Database) -> None:
    add(db, (post(), KOELN))
    label(db, Label(Band.A, place="Beuel", spot=BONN))
    label(db, Label(Band.D))
    assert counted(db) == []
    unlabel(db)
    assert counted(db)[0][3:] == ("Bonn", "Beuel")
    unlabel(db)
    assert counted(db)[0][3:] == ("Köln", None)


def test_what_the_program_missed_counts_as_a_person_says(db: store.Database) -> None:
    missed = analysis("o2 ist zäh wie Kaugummi", verdict=verdict(band=Band.D, symptoms=(), cause=None))
    add(db, (post(author="kim"), missed))
    before = everything(db)
    label(db, Label(Band.B, (Symptom.SLOW_DATA,), Cause.CONGESTION, "Beuel", spot=BONN))
    assert counted(db) == [(Band.B, (Symptom.SLOW_DATA,), Cause.CONGESTION, "Bonn", "Beuel")]
    unlabel(db)
    assert everything(db) == before


def test_nobodys_network_and_the_press_count_for_nobody_whatever_is_said(db: store.Database) -> None:
    add(
        db,
        (post(), analysis("lahm hier", carrier=Carrier(Relation.NONE), verdict=verdict(band=Band.D))),
        (post(press=True), KOELN),
    )
    for number in (1, 2):
        label(db, Label(Band.A), number)
    assert counted(db) == []


def test_the_programs_order_of_symptoms_stands_where_a_person_names_the_same(db: store.Database) -> None:
    both = (Symptom.SLOW_DATA, Symptom.CONGESTION)
    add(db, (post(), analysis("o2 lahmt", verdict=verdict(symptoms=both))))
    label(db, Label(Band.A, tuple(reversed(both))))
    assert counted(db)[0][1] == both


def test_a_place_that_its_author_tells_later_does_not_undo_a_correction(db: store.Database) -> None:
    from bot.store.answers import complete

    add(db, (post(), KOELN))
    label(db, Label(Band.A, place="Beuel", spot=BONN))
    with store.transaction(db):
        complete(db, 1, location("Köln", district="Deutz"), now=NOON)
    assert counted(db)[0][3:] == ("Bonn", "Beuel")
    unlabel(db)
    assert counted(db)[0][3:] == ("Köln", "Deutz")


def test_new_rules_do_not_overrule_a_person(db: store.Database) -> None:
    add(db, (post(), KOELN), (post(), KOELN))
    label(db, Label(Band.D))
    assert [stored.number for stored in to_rejudge(db, "another version", limit=9)] == [2]
    unlabel(db)
    assert [stored.number for stored in to_rejudge(db, "another version", limit=9)] == [1, 2]


def test_labels_out_of_a_file_teach_and_leave_the_count_as_it_is(db: store.Database) -> None:
    add(db, (post(), KOELN))
    before = everything(db)
    label(db, Label(Band.D, picked="file"))
    assert everything(db) == before

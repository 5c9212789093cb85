from datetime import UTC, date, timedelta

import pytest

from bot import store
from bot.domain import Band, Carrier, Cause, Doubt, Relation, Report, Symptom, Tally
from bot.store import Database
from bot.store.labels import Label, add_label
from tests.factories import NOON, analysis, post, verdict

HOUR = timedelta(hours=1)
OTHER = Carrier(Relation.OTHER, "Telekom")


def add(db: Database, *rows: tuple[object, object]) -> None:
    with store.transaction(db):
        store.add_source(db, "test")
        store.add_page(db, rows, now=NOON + 9 * HOUR, tally=Tally())  # type: ignore[arg-type]  # pairs from the factories


def test_a_post_without_author_is_one_person_and_marked(db: Database) -> None:
    add(db, (post(author=""), analysis()), (post(author=""), analysis()), (post(author="kim"), analysis()))
    found = list(store.complaints(db, since=NOON, until=NOON + HOUR))
    assert [complaint.anonymous for complaint in found] == [True, True, False]
    assert len({complaint.who for complaint in found}) == 3


def test_quotes_are_one_a_person_and_insults_come_last(db: Database) -> None:
    add(
        db,
        (post("laut", author="kim"), analysis("laut", tone=-2)),
        (post("leise", author="alex"), analysis("leise", verdict=verdict(score=0.6))),
        (post("sicher", author="sam"), analysis("sicher", verdict=verdict(score=0.8))),
        (post("noch einmal sicher", author="sam"), analysis("noch einmal sicher", verdict=verdict(score=0.7))),
        (post("Telekom", author="kim"), analysis("Telekom", carrier=OTHER)),
    )
    quotes = store.quotes(db, since=NOON, until=NOON + HOUR, limit=9)
    assert [(said.text, said.symptoms) for said in quotes] == [
        (text, (Symptom.SLOW_DATA,)) for text in ("sicher", "leise", "laut")
    ]


def test_what_waits_for_a_persons_judgement_or_was_judged_to_be_none_is_not_quoted(db: Database) -> None:
    doubtful = verdict(score=0.9, doubt=Doubt("near", 0.1))
    add(
        db,
        (post(), analysis("zweifelhaft", verdict=doubtful)),
        (post(), analysis("klar")),
        (post(), analysis("doch nichts")),
    )
    with store.transaction(db):
        add_label(db, 3, Label(Band.D), who="kim", now=NOON)
    assert [said.text for said in store.quotes(db, since=NOON, until=NOON + HOUR, limit=9)] == ["klar"]


def test_other_carriers_are_counted_for_capacity_and_outages(db: Database) -> None:
    outage = verdict(band=Band.C, cause=Cause.OUTAGE)
    roaming = verdict(band=Band.C, cause=Cause.ROAMING)
    for each in (verdict(), outage, roaming):
        add(db, (post(), analysis(carrier=OTHER, verdict=each)))
    add(db, (post(), analysis()))
    assert [row[0] for row in store.others(db, since=NOON, until=NOON + HOUR)] == ["Telekom", "Telekom"]


def test_every_hour_in_which_a_source_showed_anything_is_known(db: Database) -> None:
    add(db, (post(), analysis(verdict=verdict(band=Band.D))), (post(created_at=NOON + HOUR / 2), analysis()))
    store.add_reports(db, [Report("r1", NOON + 3 * HOUR, (Symptom.NO_SERVICE,), None)])
    assert sorted(store.seen_hours(db, since=NOON, until=NOON + 9 * HOUR)) == [
        ("form", NOON.astimezone(UTC) + 3 * HOUR),
        ("test", NOON.astimezone(UTC)),
    ]
    besides = store.seen_hours(db, since=NOON, until=NOON + 9 * HOUR, besides={"test"})
    assert [source for source, _ in besides] == ["form"]


def test_listening_reaches_from_the_first_good_run_to_the_last(db: Database) -> None:
    def run(job: str, hours: int, error: str | None = None) -> None:
        at = NOON + hours * HOUR
        store.record_run(db, job, "test", Tally(), started_at=at, ended_at=at, error=error)

    store.add_source(db, "test")
    run("collect", 0, "down")
    run("collect", 1)
    run("collect", 4)
    run("collect", 5, "down")
    run("import", 6)
    assert store.listening(db) == {"test": (NOON + HOUR, NOON + 4 * HOUR)}


@pytest.mark.parametrize("recipient", ["folder", "0"])
def test_a_digest_goes_to_a_recipient_once_unless_released(db: Database, recipient: str) -> None:
    day = date(2026, 3, 2)
    assert store.claim_digest(db, day, recipient, now=NOON)
    assert not store.claim_digest(db, day, recipient, now=NOON)
    assert store.claim_digest(db, day + timedelta(days=1), recipient, now=NOON)
    assert store.has_digest(db, day, recipient)
    assert not store.has_digest(db, day, "somebody else")

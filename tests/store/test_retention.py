from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot import store
from bot.domain import Analysis, Band, Carrier, Cause, Post, Relation, Report, Simulation, Span, Symptom, Tally
from tests.factories import NOON, analysis, location, post, verdict

BERLIN = ZoneInfo("Europe/Berlin")


def add(db: store.Database, *page: tuple[Post, Analysis], now: datetime = NOON) -> None:
    with store.transaction(db):
        for one, _ in page:
            store.add_source(db, one.id.source)
        store.add_page(db, page, now=now, tally=Tally())


def limits(now: datetime, texts: int = 30, rows: int = 180, reports: int = 180) -> store.Cutoffs:
    return store.cutoffs(
        now, BERLIN, texts=timedelta(days=texts), rows=timedelta(days=rows), reports=timedelta(days=reports)
    )


def purge(db: store.Database, now: datetime) -> store.Purged:
    return store.purge(db, limits(now), BERLIN, now=now)


def counts(db: store.Database, **wanted: object) -> list[tuple[object, ...]]:
    rows = store.aggregates(db, since_day=date(2000, 1, 1), until_day=date(2100, 1, 1), **wanted)  # type: ignore[arg-type]
    return [(row.band, row.symptom, row.city, row.district, row.people, row.posts) for row in rows]


def complaining(city: str = "Köln", district: str | None = None, **changes: object) -> Analysis:
    span = Span(0, 8, "Kein Netz", "no service")
    return analysis(places=(location(city, district=district),), verdict=verdict(evidence=(span,), **changes))


@given(st.integers(0, 50_000), st.integers(1, 400))
def test_nothing_gets_older_than_it_may_and_nothing_goes_more_than_a_day_early(hours: int, days: int) -> None:
    now = NOON + timedelta(hours=hours)
    cutoff = limits(now, texts=days).texts
    assert cutoff.astimezone(BERLIN).hour == 0
    oldest = now - timedelta(days=days)
    assert oldest <= cutoff <= oldest + timedelta(hours=25)


def test_after_thirty_days_the_words_go_and_the_judgement_stays(db: store.Database) -> None:
    add(db, (post(native="17", url="https://example.org/17"), complaining()))
    later = NOON + timedelta(days=30)
    assert store.purgeable(db, limits(later)) == store.Purged(texts=1, rows=0, reports=0)
    assert purge(db, later) == store.Purged(texts=1, rows=0, reports=0)
    assert db.execute("SELECT text, native, url FROM posts").fetchone() == (None, None, None)
    assert db.execute("SELECT evidence FROM findings").fetchone() == ("[]",)
    assert db.execute("SELECT start, end, city FROM places").fetchone() == (0, 0, "Köln")
    assert len(list(store.complaints(db, since=NOON, until=later))) == 1
    assert purge(db, later) == store.Purged(texts=0, rows=0, reports=0)


def test_a_post_whose_words_are_gone_is_still_known(db: store.Database) -> None:
    add(db, (post(native="17"), complaining()))
    purge(db, NOON + timedelta(days=31))
    tally = Tally()
    with store.transaction(db):
        store.add_page(db, [(post(native="17"), complaining())], now=NOON, tally=tally)
    assert (tally.posts, tally.repeats) == (0, 1)


def test_younger_texts_stay(db: store.Database) -> None:
    add(db, (post(text="young"), analysis("young")))
    assert purge(db, NOON + timedelta(days=28)).texts == 0
    assert db.execute("SELECT text FROM posts").fetchone() == ("young",)


def test_what_is_old_when_it_comes_in_stays_as_long_as_what_is_new(db: store.Database) -> None:
    add(db, (post(created_at=NOON - timedelta(days=900)), complaining()))
    assert purge(db, NOON + timedelta(days=1)) == store.Purged(0, 0, 0)


def test_after_half_a_year_only_numbers_are_left(db: store.Database) -> None:
    add(
        db,
        (post(author="kim"), complaining(district="Deutz")),
        (post(author="kim"), complaining(district="Deutz", symptoms=(Symptom.NO_SERVICE,), band=Band.B)),
        (post(author="lee"), complaining(district="Deutz")),
        (post(author="kim"), complaining("Bonn")),
        (post(), analysis(verdict=verdict(band=Band.D, symptoms=(), cause=None))),
        (post(), analysis(carrier=Carrier(Relation.OTHER, "Telekom"))),
    )
    assert purge(db, NOON + timedelta(days=181)).rows == 6
    for table in ("posts", "findings", "places", "sketches", "urls"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert counts(db) == [
        (Band.A, Symptom.SLOW_DATA, "Bonn", None, 1, 1),
        (Band.A, Symptom.SLOW_DATA, "Köln", "Deutz", 2, 2),
        (Band.B, Symptom.NO_SERVICE, "Köln", "Deutz", 0, 1),  # kim has been counted there that day
    ]
    assert [row[-2:] for row in counts(db, relation=Relation.OTHER)] == [(1, 1)]
    assert [row[:3] for row in counts(db, bands=[Band.B])] == [(Band.B, Symptom.NO_SERVICE, "Köln")]
    assert db.execute("SELECT day, source, posts, own FROM day_sources").fetchall() == [("2026-03-02", "test", 6, 5)]


def test_a_day_is_the_carriers_and_adds_up_over_purges(db: store.Database) -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=NOON.tzinfo)  # the 3rd in Berlin
    add(db, (post(created_at=late), complaining()), now=late)
    add(db, (post(created_at=late), complaining()), now=late + timedelta(days=5))
    purge(db, late + timedelta(days=181))
    purge(db, late + timedelta(days=187))
    (row,) = store.aggregates(db, since_day=date(2026, 3, 3), until_day=date(2026, 3, 4))
    assert (row.posts, row.cause) == (2, Cause.CONGESTION)


def test_reports_become_numbers_too(db: store.Database) -> None:
    with store.transaction(db):
        store.add_reports(
            db,
            [
                Report("r1", NOON, (Symptom.DATA_STALL,), city="Mannheim", person="a"),
                Report("r2", NOON, (), city=None),
            ],
        )
    assert purge(db, NOON + timedelta(days=181)).reports == 2
    rows = store.aggregates(db, since_day=NOON.date(), until_day=NOON.date() + timedelta(days=1))
    assert {(row.filed, row.symptom, row.city, row.people) for row in rows} == {
        (True, Symptom.DATA_STALL, "Mannheim", 1),
        (True, None, None, 1),
    }


def test_a_made_up_stream_stays_it_names_nobody(db: store.Database) -> None:
    add(db, (post(source="november", text="made up"), complaining()))
    with store.transaction(db):
        store.set_simulation(db, "november", Simulation("n", "N", {}, 2011, {}))
        store.add_reports(db, [Report("r1", NOON - timedelta(days=900), (), city=None, source="november")])
    assert purge(db, NOON + timedelta(days=900)) == store.Purged(0, 0, 0)


def test_a_purge_of_many_posts_goes_in_batches(db: store.Database) -> None:
    add(db, *[(post(), complaining()) for _ in range(1200)])
    assert purge(db, NOON + timedelta(days=31)).texts == 1200
    assert purge(db, NOON + timedelta(days=181)).rows == 1200
    assert counts(db)[0][-2:] == (1, 1200)


def test_runs_are_put_together_after_days_and_go_after_weeks_but_for_a_sources_first_and_last(
    db: store.Database,
) -> None:
    first = NOON - timedelta(days=200)

    def run(at: datetime, source: str = "s", error: str | None = None) -> None:
        tally = Tally(posts=1, repeats=2, findings=3)
        with store.transaction(db):
            store.add_source(db, source)
            store.record_run(db, "collect", source, tally, started_at=at, ended_at=at, error=error)
            store.record_run(db, "backup", None, Tally(), started_at=at, ended_at=at)

    for at in (first, first + timedelta(days=1), first + timedelta(days=2)):
        run(at, "left behind")
        run(at)
    for minutes in range(0, 120, 5):
        run(NOON - timedelta(days=10) + timedelta(minutes=minutes), error="away" if minutes == 30 else None)
        run(NOON - timedelta(days=1) + timedelta(minutes=minutes))
    listened = store.listening(db)
    purge(db, NOON)
    assert store.listening(db) == listened
    kept = db.execute(
        "SELECT started_at, posts, repeats, findings, last_at FROM runs WHERE source = 's' ORDER BY started_at"
    ).fetchall()
    assert [row[:2] for row in kept[:5]] == [
        (store.iso(first), 1),
        ("2026-02-20T12:00:00+00:00", 6),
        ("2026-02-20T12:30:00+00:00", 1),
        ("2026-02-20T12:35:00+00:00", 5),
        ("2026-02-20T13:00:00+00:00", 12),
    ]
    assert kept[4][2:] == (24, 36, "2026-02-20T13:55:00+00:00")
    assert kept[5][1:] == (1, 2, 3, None)
    assert len(kept) == 5 + 24
    assert db.execute("SELECT count(*) FROM runs WHERE source = 'left behind'").fetchone() == (2,)
    (before,) = db.execute(
        "SELECT count(*) FROM runs WHERE job = 'backup' AND started_at < ?", [store.iso(first + timedelta(days=9))]
    )
    assert before == (0,)
    again = db.execute("SELECT * FROM runs ORDER BY id").fetchall()
    purge(db, NOON)
    assert db.execute("SELECT * FROM runs ORDER BY id").fetchall() == again

"""What is asked day by day must be answered by an index: on a small table nobody notices that all of it is read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import store
from bot.config.load import load_settings, shipped
from bot.domain import Band, Tally
from bot.jobs import alerting, publishing, upkeep
from bot.locate.gazetteer import Gazetteer
from bot.store import Database
from bot.store.pulse import beat
from bot.store.search import Wanted, find_posts
from tests.factories import analysis, location, post, verdict

NOW = datetime(2026, 3, 18, 7, tzinfo=ZoneInfo("Europe/Berlin"))
DAY = NOW.date() - timedelta(days=1)
LARGE = re.compile(r"^SCAN (p|f|posts|findings|runs|places|urls)\b")


@contextmanager
def asked(db: Database) -> Iterator[list[str]]:
    """The statements that run within the block, filled in."""
    statements: list[str] = []
    db.conn.set_trace_callback(statements.append)
    yield statements
    db.conn.set_trace_callback(None)


def whole_tables(db: Database, statements: list[str]) -> set[str]:
    """Those that read a large table from its beginning to its end."""
    found = set()
    for statement in dict.fromkeys(statements):
        if statement.startswith(("SELECT", "WITH", "DELETE", "UPDATE")):
            steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
            if any(LARGE.match(step) for step in steps):
                found.add(f"{statement[:200]}: {steps}")
    return found


def test_digest_hot_spots_alerts_the_desk_and_the_nights_purge_read_no_large_table_whole(db: Database) -> None:
    settings = load_settings(shipped("o2-de.toml"))
    with store.transaction(db):
        store.add_source(db, "an archive")
        store.add_source(db, "live")
        store.record_run(db, "collect", "live", Tally(), started_at=NOW - timedelta(days=40), ended_at=NOW)
    with asked(db) as statements:
        with store.transaction(db):
            for source in ("an archive", "live"):
                some = [
                    (
                        post(source=source, author=f"a{n}", created_at=NOW - timedelta(minutes=n)),
                        analysis(places=(location(),)),
                    )
                    for n in range(40)
                ]
                none = [(post(source=source), analysis(verdict=verdict(band=Band.D)))]
                store.add_page(db, some + none, now=NOW.astimezone(UTC), tally=Tally())
        publishing.build_digest(db, Gazetteer(), settings, DAY, now=NOW)
        publishing.build_digest(db, Gazetteer(), settings, DAY, now=NOW, days=7)
        publishing.hot_spots(db, Gazetteer(), settings, DAY, 90)
        publishing.storms_of(db, settings, NOW.date(), 14)
        alerting.watch(db, db, settings, now=NOW.astimezone(UTC))
        store.source_states(db, {}, now=NOW)
        beat(db, lately=NOW - timedelta(days=2), today=NOW.date())
        for kind in ("ours", "others", "all", "doubts"):
            find_posts(db, Wanted(NOW - timedelta(days=90), NOW, kind=kind), limit=50)
        find_posts(db, Wanted(NOW - timedelta(days=90), NOW, words="Netz"), limit=50)
        store.due_posts(db, "live", most=100, now=NOW)
        store.idle_since(db, "purge")
        store.purge(db, upkeep.cutoffs(settings, NOW), settings.zone, now=NOW)
    assert len(statements) > 100
    assert whole_tables(db, statements) == set()

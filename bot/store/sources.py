"""What is known of each source: cursor, health, gaps, and the log of runs."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from ..domain import Gap, Simulation, SourceHealth, Tally
from ..errors import StoreError
from ..watch.silence import Trouble
from .database import Database, instant, iso, settled, transaction

NO_ANSWER = "did not answer"  # the reason of gaps that open by themselves


@settled
def get_cursor(db: Database, source: str) -> str | None:
    """How far `source` vouched to be complete; None before its first page."""
    row = db.execute("SELECT cursor FROM cursors WHERE source = ?", [source]).fetchone()
    return row[0] if row else None


def set_cursor(db: Database, source: str, cursor: str, *, now: datetime) -> None:
    """Inside the transaction that stores the posts it vouches for."""
    db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)", [source, cursor, iso(now)])


def add_gaps(db: Database, gaps: Iterable[Gap]) -> None:
    """Note what was not seen. The same gap told twice is one; its end moves as it becomes known.

    A gap that ends where it begins has been filled after all: it goes.
    """
    db.conn.executemany(
        "INSERT INTO gaps (source, since, until, reason) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (source, since, reason) DO UPDATE SET until = excluded.until",
        [(gap.source, iso(gap.since), iso(gap.until) if gap.until else None, gap.reason) for gap in gaps],
    )
    db.execute("DELETE FROM gaps WHERE until <= since")


def add_source(db: Database, name: str) -> None:
    """Make a source known, so that its silence shows. Safe to repeat."""
    db.execute("INSERT INTO sources (name, made_up) VALUES (?, 0) ON CONFLICT (name) DO NOTHING", [name])


def source_names(db: Database) -> list[str]:
    """All that ever brought something or was asked."""
    return [row[0] for row in db.execute("SELECT name FROM sources ORDER BY name")]


def sources_of_posts(db: Database) -> list[str]:
    """Those that ever showed a post that is still here, by name: one look into an index each."""
    rows = db.execute(
        "WITH RECURSIVE found (source) AS (SELECT min(source) FROM posts"
        " UNION ALL SELECT (SELECT min(p.source) FROM posts p WHERE p.source > found.source) FROM found WHERE source IS NOT NULL)"
        " SELECT source FROM found WHERE source IS NOT NULL"
    )
    return [row[0] for row in rows]


def set_simulation(db: Database, source: str, simulation: Simulation) -> None:
    """Mark a source as made up, and keep what its stream says of itself. Inside the transaction of its first page."""
    db.execute("UPDATE sources SET made_up = 1 WHERE name = ?", [source])
    db.execute(
        "INSERT OR REPLACE INTO meta VALUES ('simulation', ?)", [json.dumps(asdict(simulation), ensure_ascii=False)]
    )


def refuse_mixture(db: Database, source: str, simulation: Simulation | None) -> None:
    """Made-up posts and real ones share no database: every figure would be wrong. Raises StoreError. Before a page is stored."""
    made_up = dict(db.execute("SELECT name, made_up FROM sources").fetchall())
    if simulation is not None or made_up.get(source):
        real = [name for name, flag in made_up.items() if not flag and name != source]
        marks = ",".join("?" * len(real))
        mixed = db.execute(f"SELECT 1 FROM posts WHERE source IN ({marks}) LIMIT 1", real).fetchone()
    else:
        mixed = any(made_up.values())
    if mixed:
        raise StoreError("made-up posts and real ones do not go into one database; name another one with --database")


def get_simulation(db: Database) -> Simulation | None:
    """What a made-up stream in this database says of itself; None: all of it is real."""
    row = db.execute("SELECT value FROM meta WHERE name = 'simulation'").fetchone()
    return Simulation(**json.loads(row[0])) if row else None


@settled
def next_allowed_at(db: Database, source: str) -> datetime | None:
    """Until when the platform asked us to wait; None: we may ask now."""
    row = db.execute("SELECT next_allowed_at FROM sources WHERE name = ?", [source]).fetchone()
    return instant(row[0]) if row and row[0] else None


def record_run(
    db: Database,
    job: str,
    source: str | None,
    tally: Tally,
    *,
    started_at: datetime,
    ended_at: datetime,
    error: str | None = None,
    trouble: Trouble = Trouble.OTHER,
    retry_at: datetime | None = None,
) -> None:
    """One row in `runs`, and the health of its source. `error` is one line, `trouble` its kind, `retry_at` when to ask again."""
    outcome = "failed" if error else "partial" if tally.truncated or tally.warnings else "ok"
    db.execute(
        "INSERT INTO runs (job, source, started_at, ended_at, outcome, error, posts, repeats, findings)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [job, source, iso(started_at), iso(ended_at), outcome, error, tally.posts, tally.repeats, tally.findings],
    )
    if source is None:
        return
    if error:
        db.execute(
            "UPDATE sources SET last_error = ?, trouble = ?, next_allowed_at = ?, failures = failures + 1,"
            " failing_since = coalesce(failing_since, ?) WHERE name = ?",
            [error, trouble, iso(retry_at) if retry_at else None, iso(started_at), source],
        )
        if job == "collect":
            _open_gap(db, source)
    else:
        if job == "collect" and not tally.truncated:  # stopped at a limit: it has not caught up yet
            _close_gap(db, source, ended_at)
        db.execute(
            "UPDATE sources SET last_error = NULL, trouble = NULL, next_allowed_at = NULL, failures = 0,"
            " failing_since = NULL, last_success_at = ? WHERE name = ?",
            [iso(ended_at), source],
        )


@settled
def failures(db: Database, source: str) -> int:
    """How often in a row it did not answer."""
    row = db.execute("SELECT failures FROM sources WHERE name = ?", [source]).fetchone()
    return row[0] if row else 0


def allow_logins(db: Database) -> None:
    """Let sources whose login failed be asked at once: the config or a token may be new. Raises StoreError."""
    with transaction(db):
        db.execute("UPDATE sources SET next_allowed_at = NULL WHERE trouble = ?", [Trouble.LOGIN])


def _open_gap(db: Database, source: str) -> None:
    """A source that fails shows nothing since it last answered."""
    db.execute(
        "INSERT INTO gaps (source, since, until, reason)"
        " SELECT name, coalesce(last_success_at, failing_since), NULL, ? FROM sources WHERE name = ?"
        " ON CONFLICT (source, since, reason) DO UPDATE SET until = NULL",
        [NO_ANSWER, source],
    )


def _close_gap(db: Database, source: str, now: datetime) -> None:
    """It answers again. One that reads on from a cursor has made up for the time: it says itself what it could not.

    Without a cursor, or when it had never answered before, the time stays missing.
    """
    db.execute(
        "UPDATE gaps SET until = CASE WHEN EXISTS (SELECT 1 FROM sources s JOIN cursors c ON c.source = s.name"
        " WHERE s.name = ? AND s.last_success_at IS NOT NULL) THEN since ELSE ? END"
        " WHERE source = ? AND reason = ? AND until IS NULL",
        [source, iso(now), source, NO_ANSWER],
    )
    db.execute("DELETE FROM gaps WHERE until <= since")


@settled
def idle_since(db: Database, job: str) -> datetime | None:
    """When a job last began that did not fail; where it never did, when any job first began; None: none ever."""
    (at,) = db.execute(
        "SELECT coalesce((SELECT max(started_at) FROM runs WHERE job = ? AND outcome <> 'failed'),"
        " (SELECT started_at FROM runs WHERE id = (SELECT min(id) FROM runs)))",
        [job],
    ).fetchone()
    return instant(at) if at else None


def health(db: Database, *, since: datetime, until: datetime) -> list[SourceHealth]:
    """Every known source with what it brought in [since, until) and the gaps that touch that stretch."""
    rows = db.execute(
        "SELECT name, last_success_at, last_error, made_up, count(p.at), total(p.relation = 'own') FROM sources s"
        " LEFT JOIN posts p ON p.source = s.name AND p.at >= ? AND p.at < ? GROUP BY name ORDER BY name",
        [iso(since), iso(until)],
    ).fetchall()
    return [
        SourceHealth(
            source=name,
            last_success_at=instant(success) if success else None,
            last_error=error,
            posts=posts,
            own=int(own),
            gaps=tuple(gaps_between(db, name, since, until)),
            made_up=bool(made_up),
        )
        for name, success, error, made_up, posts, own in rows
    ]


def gaps_between(db: Database, source: str, since: datetime, until: datetime) -> list[Gap]:
    return [
        Gap(source, instant(row[0]), instant(row[1]) if row[1] else None, row[2])
        for row in db.execute(
            "SELECT since, until, reason FROM gaps WHERE source = ? AND since < ? AND (until IS NULL OR until > ?) ORDER BY since",
            [source, iso(until), iso(since)],
        )
    ]

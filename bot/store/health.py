"""How each source is now, judged by what it usually brings; and the texts it brought."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ..watch.asked import Heard
from ..watch.silence import HISTORY, LATELY, Known, Run, SourceState, State, Trouble, alike, state_of
from .database import AMONG, Database, instant, iso, listed, transaction
from .labels import how_many_wait
from .sources import gaps_between

RUNS_KEPT = timedelta(days=60)  # more than what is usual is learned from


def source_states(db: Database, expected: Mapping[str, timedelta | None], *, now: datetime) -> list[SourceState]:
    """Every source that is configured or known, by name. `expected`: those of the config with their `expected_every`."""
    known = {
        name: Known(
            source=name,
            last_success_at=_instant(success),
            last_error=error,
            trouble=Trouble(trouble) if trouble else None,
            failing_since=_instant(since),
            failures=failures,
            next_allowed_at=_instant(allowed),
            lag=_lag(db, name),
        )
        for name, success, error, trouble, since, failures, allowed in db.execute(
            "SELECT name, last_success_at, last_error, trouble, failing_since, failures, next_allowed_at FROM sources"
        ).fetchall()
    }
    runs: dict[str, list[Run]] = defaultdict(list)
    for source, *run in db.execute(
        "SELECT source, started_at, outcome <> 'failed', posts, last_at FROM runs"
        " WHERE job = 'collect' AND started_at >= ? AND started_at <= ? AND source IS NOT NULL ORDER BY started_at, id",
        [iso(now - HISTORY), iso(now)],
    ):
        runs[source].append(_run(*run))
    states = []
    for name in sorted({*known, *expected}):
        gaps = gaps_between(db, name, now - HISTORY, now)
        state = state_of(known.get(name, Known(name)), runs[name], gaps, now, expected.get(name))
        if state.state is State.QUIET and name not in expected:  # what is no longer asked is not silent
            state = replace(state, state=State.FINE, since=None, why="", silent=False)
        states.append(state)
    return states


def purge_runs(db: Database, *, now: datetime) -> None:
    """Put runs together that are alike and some days old, and forget those older than RUNS_KEPT, but for the first and the
    last of a source: from when to when it was listened to. In short transactions; safe to repeat. Raises StoreError."""
    for (source,) in db.execute("SELECT name FROM sources").fetchall():
        rows = db.execute(
            "SELECT started_at, outcome <> 'failed', posts, last_at, id, ended_at, repeats, findings, outcome FROM runs"
            " WHERE source = :source AND job = 'collect' AND started_at < :before AND started_at < (SELECT max(started_at)"
            "  FROM runs WHERE source = :source AND job = 'collect' AND outcome <> 'failed') ORDER BY started_at, id",
            {"source": source, "before": iso(now - LATELY)},
        ).fetchall()
        runs = [_run(*row[:4]) for row in rows]
        with transaction(db):
            for group in alike(runs):
                some = rows[group]
                db.execute(
                    "UPDATE runs SET last_at = ?, posts = ?, ended_at = ?, repeats = ?, findings = ?, outcome = ? WHERE id = ?",
                    [
                        iso(runs[group][-1].last),
                        sum(run.posts for run in runs[group]),
                        some[-1][5],
                        *(sum(row[column] for row in some) for column in (6, 7)),
                        "ok" if {row[8] for row in some} == {"ok"} else "partial",
                        some[0][4],
                    ],
                )
                db.execute(f"DELETE FROM runs WHERE id {AMONG}", [listed(row[4] for row in some[1:])])
    ends = "started_at FROM runs g WHERE g.source = runs.source AND g.job = 'collect' AND g.outcome <> 'failed' ORDER BY started_at"
    with transaction(db):
        db.execute(
            "WITH RECURSIVE jobs (job) AS (SELECT min(job) FROM runs"
            " UNION ALL SELECT (SELECT min(r.job) FROM runs r WHERE r.job > jobs.job) FROM jobs WHERE job IS NOT NULL)"
            " DELETE FROM runs WHERE job IN (SELECT job FROM jobs) AND started_at < ?"
            f" AND started_at IS NOT (SELECT {ends} LIMIT 1) AND started_at IS NOT (SELECT {ends} DESC LIMIT 1)",
            [iso(now - RUNS_KEPT)],
        )


def told_silent(db: Database) -> dict[str, datetime]:
    """Sources whose silence people have heard of, and when."""
    rows = db.execute("SELECT name, silence_told_at FROM sources WHERE silence_told_at IS NOT NULL")
    return {name: instant(at) for name, at in rows.fetchall()}


def note_silence(db: Database, source: str, told_at: datetime | None) -> None:
    """People have heard that it is silent; None: that it is back. Inside a transaction."""
    db.execute("UPDATE sources SET silence_told_at = ? WHERE name = ?", [iso(told_at) if told_at else None, source])


def heard(db: Database, *, since: datetime, until: datetime) -> Iterator[Heard]:
    """Texts of customers' posts in [since, until), as far as they are kept."""
    rows = db.execute(
        "SELECT text, coalesce(author, 'post ' || id), relation = 'own', band IN ('A', 'B') FROM posts"
        " WHERE at >= ? AND at < ? AND text IS NOT NULL AND press = 0",
        [iso(since), iso(until)],
    )
    return (Heard(text, who, bool(own), bool(complaint)) for text, who, own, complaint in rows)


def queue_lengths(db: Database) -> dict[tuple[str, str], int]:
    """How much waits for the program or a person: (queue, state) and how many."""
    found = {("messages", state): 0 for state in ("pending", "failed", "unknown")}
    found |= {("replies", "draft"): 0, ("review", "waiting"): how_many_wait(db)}
    rows = db.execute(
        "SELECT 'messages', state, count(*) FROM outbox WHERE state <> 'sent' GROUP BY state"
        " UNION ALL SELECT 'replies', state, count(*) FROM drafts"
        " WHERE state NOT IN ('sent', 'skipped', 'withdrawn') GROUP BY state"
    )
    return found | {(queue, state): count for queue, state, count in rows}


def _lag(db: Database, source: str) -> timedelta | None:
    """How old the newest post was when it was seen."""
    # Named, for by `posts_shown` SQLite reads all posts of the source: 2.5 s at 10^6.
    row = db.execute(
        "SELECT seen_at, max(created_at) FROM posts WHERE source = ?"
        " AND seen_at = (SELECT max(seen_at) FROM posts INDEXED BY posts_seen WHERE source = ?)",
        [source, source],
    ).fetchone()
    return max(timedelta(), instant(row[0]) - instant(row[1])) if row[1] else None


def _run(at: str, ok: int, posts: int, last_at: str | None) -> Run:
    return Run(instant(at), bool(ok), posts, _instant(last_at))


def _instant(text: str | None) -> datetime | None:
    return instant(text) if text else None

"""The few figures that show whether anything has changed, and how much waits for a person."""

from dataclasses import dataclass
from datetime import date, datetime

from ..escalate.cases import SETTLED
from .database import Database, iso
from .labels import how_many_wait
from .reports import waiting


@dataclass(frozen=True, slots=True)
class Beat:
    posts: int  # the number of the newest
    alerts: int  # that go on
    alert: int  # the number of the newest
    drafts: int  # replies to approve
    urgent: int  # posts that a person must read at once, of the last two days
    doubts: int  # posts to judge
    conversations: int  # answers to our replies that a person should read
    reports: int  # filed in the form, to be looked at
    cases: int  # due today or before, and not settled
    halted: int  # senders that somebody stopped


def beat(db: Database, *, lately: datetime, today: date) -> Beat:
    """Each from an index or of few rows: it is asked every other second. `lately`: from when on a post can be urgent."""
    (posts,) = db.execute("SELECT coalesce(max(id), 0) FROM posts").fetchone()
    alerts, alert = db.execute(
        "SELECT coalesce(sum(over_at IS NULL), 0), coalesce(max(number), 0) FROM alerts"
    ).fetchone()
    (drafts,) = db.execute("SELECT count(*) FROM drafts WHERE state = 'draft'").fetchone()
    (urgent,) = db.execute(
        "SELECT count(*) FROM drafts WHERE state = 'skipped' AND made_at >= ? AND reason = 'sensitive'"
        " AND decided_by IS NULL",
        [iso(lately)],
    ).fetchone()
    (answers,) = db.execute("SELECT count(*) FROM answers WHERE needs = 1 AND closed_by IS NULL").fetchone()
    settled = ",".join(f"'{state}'" for state in SETTLED)
    (due,) = db.execute(
        f"SELECT count(*) FROM cases WHERE due <= ? AND state NOT IN ({settled})", [today.isoformat()]
    ).fetchone()
    (halted,) = db.execute("SELECT count(*) FROM senders WHERE halted_at IS NOT NULL").fetchone()
    return Beat(posts, int(alerts), alert, drafts, urgent, how_many_wait(db), answers, waiting(db), due, halted)

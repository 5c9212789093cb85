"""Which version judged what, and of which of its verdicts it was not sure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..domain import Analysis, Relation
from .database import Database, iso


@dataclass(frozen=True, slots=True)
class DoubtShare:
    """How much of what was judged about us a person should look at."""

    doubtful: int
    judged: int  # findings about us, and doubtful posts that became none

    @property
    def share(self) -> float | None:
        return self.doubtful / self.judged if self.judged else None


def version_id(db: Database, name: str, *, now: datetime) -> int:
    """The number of a version of rules and model; noted when it judges here for the first time. Inside a transaction."""
    db.execute("INSERT INTO versions (name, since) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", [name, iso(now)])
    number: int = db.execute("SELECT id FROM versions WHERE name = ?", [name]).fetchone()[0]
    return number


def note_doubts(db: Database, judged: Iterable[tuple[int, Analysis]]) -> None:
    """Put posts about us whose verdict is doubtful into the review queue. Inside a transaction."""
    db.conn.executemany(
        "INSERT OR REPLACE INTO doubts VALUES (?, ?, ?)",
        [
            (post, analysis.verdict.doubt.reason, analysis.verdict.doubt.gap)
            for post, analysis in judged
            if analysis.verdict.doubt and analysis.carrier.relation is Relation.OWN
        ],
    )


def doubt_share(db: Database, *, since: datetime, until: datetime) -> DoubtShare:
    """The figure for the digest. A post that somebody labelled is no longer in doubt."""
    period = [iso(since), iso(until)]
    doubtful, unfound = db.execute(
        "SELECT count(*), total(p.skip IS NOT NULL) FROM doubts d JOIN posts p ON p.id = d.post"
        " WHERE p.at >= ? AND p.at < ? AND p.id NOT IN (SELECT post FROM labels WHERE post IS NOT NULL)",
        period,
    ).fetchone()
    found = db.execute(
        "SELECT count(*) FROM findings WHERE relation = 'own' AND at >= ? AND at < ?", period
    ).fetchone()[0]
    return DoubtShare(doubtful, found + int(unfound))

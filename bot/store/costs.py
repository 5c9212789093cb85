"""What asking costs: counted before it is spent, so that no cap is passed and no bill forgotten.

What is promised: the sum in `costs` is never below what the platform billed, at any instant, whatever dies; and no more
than a cap allows is ever set aside, however many processes ask at once. The price of that: a request whose answer was lost
counts in full, though the platform may have billed less.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from ..domain import Cost
from .database import Database, transaction


@dataclass
class Purse:
    """One source's money: a cap a day and a cap a month, both in UTC, in micro-dollars."""

    db: Database
    source: str
    daily: int
    monthly: int
    clock: Callable[[], datetime]
    _day: str = field(default="", init=False)
    _reserved: int = field(default=0, init=False)

    def reserve(self, *, wanted: int, least: int) -> int:
        """Set aside up to `wanted` in a transaction of its own; 0 when less than `least` is left. Raises StoreError."""
        day = self.clock().astimezone(UTC).date().isoformat()
        with transaction(self.db):
            today, month = self.db.execute(
                "SELECT total(usd) FILTER (WHERE day = ?), total(usd) FROM costs WHERE source = ? AND day BETWEEN ? AND ?",
                [day, self.source, day[:8] + "01", day[:8] + "31"],
            ).fetchone()
            granted = min(wanted, self.daily - int(today), self.monthly - int(month))
            if granted < max(least, 1):
                return 0
            _add(self.db, day, self.source, granted, 1)
        self._day, self._reserved = day, granted
        return granted

    def settle(self, spent: int) -> None:
        """Replace the last reservation by what was spent. Raises StoreError; the reservation stays counted then."""
        with transaction(self.db):
            _add(self.db, self._day, self.source, spent - self._reserved, 0)
        self._reserved = spent


def costs_between(db: Database, since_day: date, until_day: date) -> list[Cost]:
    """What each source cost on the days from `since_day` up to, but not with, `until_day` (UTC), by name."""
    rows = db.execute(
        "SELECT source, sum(usd), sum(requests) FROM costs WHERE day >= ? AND day < ? GROUP BY source ORDER BY source",
        [since_day.isoformat(), until_day.isoformat()],
    )
    return [Cost(*row) for row in rows]


def _add(db: Database, day: str, source: str, usd: int, requests: int) -> None:
    db.execute(
        "INSERT INTO costs VALUES (?, ?, ?, ?) ON CONFLICT (day, source)"
        " DO UPDATE SET usd = usd + excluded.usd, requests = requests + excluded.requests",
        [day, source, usd, requests],
    )

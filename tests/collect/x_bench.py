"""What the tests of X share: a stub with a clock, a reader that keeps what it was told, and a purse in a real database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot import store
from bot.collect import Page
from bot.collect.budget import Budget
from bot.collect.x.source import XSource
from bot.config.sources import XSettings
from bot.domain import Gap, Post
from tests.servers.x import FAULTS, Fault, StubPost, XServer, id_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUERY = "(o2 OR telefonica) lang:de"
TOKEN_ENV = "BRENNPUNKT_TEST_X_TOKEN"


def settings(**changes: Any) -> XSettings:
    usual = {"kind": "x", "name": "x", "token_env": TOKEN_ENV, "daily_cap_usd": 1000, "monthly_cap_usd": 10_000}
    return XSettings(**{**usual, "contact": "admin@carrier.example", "queries": (QUERY,), **changes})


@dataclass
class Bench:
    server: XServer
    db: store.Database
    budget: Budget = field(default_factory=lambda: Budget(requests=1_000_000))

    def source(self, **changes: Any) -> XSource:
        wanted = settings(**changes)
        daily, monthly = round(wanted.daily_cap_usd * 1_000_000), round(wanted.monthly_cap_usd * 1_000_000)
        purse = store.Purse(self.db, "x", daily, monthly, lambda: self.server.now)
        return XSource(wanted, purse, base=self.server.base, clock=lambda: self.server.now, budget=self.budget)

    def publish(self, count: int, *, hours_ago: float = 1, **changes: Any) -> list[str]:
        """Posts a second apart, the first one so long ago. Returns their ids, oldest first."""
        first = self.server.now - timedelta(hours=hours_ago)
        posts = [
            StubPost(id_of(first + timedelta(seconds=number), len(self.server.posts) + number + 1), **changes)
            for number in range(count)
        ]
        self.server.posts += posts
        return [str(post.native) for post in posts]

    def spent(self) -> int:
        """Micro-dollars, of all days."""
        return sum(cost.usd for cost in store.costs_between(self.db, date.min, date.max))


class SmallChange:
    """A purse that always has money for the smallest page X hands out, so that few posts make many pages."""

    def reserve(self, *, wanted: int, least: int) -> int:
        return least

    def settle(self, spent: int) -> None:
        pass


class XPlatform:
    """X for the contract test: a query and mentions, ten and five posts a page."""

    faults = tuple(FAULTS)
    within_s = 60.0

    def __init__(self, server: XServer) -> None:
        self._server = server

    def publish(self, count: int) -> set[str]:
        first = NOON - timedelta(hours=1)  # X shows a post soon after it got its id
        numbers = range(len(self._server.posts), len(self._server.posts) + count)
        posts = [StubPost(id_of(first + timedelta(seconds=n), n), mention=n % 3 == 0) for n in numbers]
        self._server.posts += posts
        return {str(post.native) for post in posts}

    def source(self) -> XSource:
        changed = settings(account_id="12", pages=6)
        source = XSource(changed, SmallChange(), base=self._server.base, clock=lambda: NOON, budget=Budget(1_000_000))
        source.run_within_s = self.within_s
        return source

    def befall(self, request: int, fault: str) -> None:
        self._server.faults = {len(self._server.requests) + request: FAULTS.get(fault, Fault(drips=True))}

    def requests(self) -> int:
        return len(self._server.requests)


@dataclass
class Reader:
    """What the store would hold: posts once, the last cursor, and the gaps."""

    posts: dict[str, Post] = field(default_factory=dict)
    cursor: str | None = None
    gaps: dict[tuple[datetime, str], Gap] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    truncated: bool = False
    edited: list[str] = field(default_factory=list)

    def read(self, source: XSource, *, pages: int = 1000) -> None:
        """Raises what the source raises; what came before stays. After so many pages the reader dies."""
        self.truncated = False
        for number, page in enumerate(source.pages(self.cursor)):
            if number == pages:
                return
            self.take(page)

    def take(self, page: Page) -> None:
        for post in page.posts:
            self.posts.setdefault(post.id.native, post)
        self.cursor = page.cursor or self.cursor
        for gap in page.gaps:
            self.gaps[gap.since, gap.reason] = gap
        self.warnings += page.warnings
        self.truncated |= page.truncated
        self.edited += [post.native for post in page.edited]

    def open_gaps(self) -> list[str]:
        return sorted(reason for (since, reason), gap in self.gaps.items() if gap.until is None or gap.until > since)

"""Bluesky: the public stream without an account, filtered here by the carrier's words; mentions and search with one.

The cursor is JSON: how far the stream was read (`us`, µs, of `host`), and the account's place in each of its lists.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ...config.sources import BlueskySettings
from ...domain import Gap, Post, PostId
from ...errors import RateLimited, SourceError
from ..base import LoggedIn, Page
from ..budget import SHARED, Budget
from ..files.archive import read_time
from .events import POST, Outcome, Reader, split_uri
from .http import Http, Profiles, agent_of
from .jetstream import End, Limits, Slice, from_us, slices, to_us
from .sieve import Sieve

if TYPE_CHECKING:
    from .account import Account, Place, Row

LOOK_BACK = timedelta(hours=36)  # what Jetstream keeps
MARGIN = timedelta(minutes=5)  # so that the place we ask for is not dropped on the way
FIRST = timedelta(hours=1)  # of the first run ever
OVERLAP_US = 5_000_000  # events come up to 33 ms out of order (152 recorded ones); the README advises some seconds
OTHER_HOST_US = 60_000_000  # each host has a clock of its own
# The network posts 30 times a second. A server that starts anew sends what it missed under later times, so only a long
# hole in the times is missing data; but one that is silent while it has so much to send is broken.
QUIET = timedelta(minutes=10)
STALLED = timedelta(minutes=1)
SKIP_US = 1_000_000  # what is left out around a message that we refuse to read
CONNECTIONS = 10  # a run: after a good-bye of the server, or past a message too large


@dataclass(slots=True)
class State:
    """What the cursor holds."""

    host: str = ""  # "": no run yet
    us: int | None = None  # all events seen up to here are stored. None: no run yet
    skip_us: int = 0  # not asked from before here: there is a message that we refuse to read
    lists: dict[str, dict[str, str | None]] = field(default_factory=dict)  # "mentions", "search …" -> Place
    did: str = ""  # our own account's, so that what is sent to it is known in the stream, too
    account_wait: str | None = None  # the account is not asked before (ISO 8601); the stream does not wait for it

    @staticmethod
    def load(cursor: str | None) -> "tuple[State, str | None]":
        """The state, and a warning where there was one that cannot be read."""
        if cursor is None:
            return State(), None
        try:
            state = State(**json.loads(cursor))
            if state.us is not None:
                from_us(state.us)
            for place in state.lists.values():
                place.items()
            if state.account_wait:
                datetime.fromisoformat(state.account_wait)
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return State(), "the stored cursor cannot be read; starts like the first time"
        return state, None

    def dump(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


class BlueskySource:
    """`pages` raises SourceError, RateLimited or LoginFailed; ConfigError where the password's file cannot be read."""

    def __init__(
        self,
        settings: BlueskySettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        budget: Budget = SHARED,
        limits: Limits | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._budget = budget
        self._limits = limits or Limits()

    @property
    def name(self) -> str:
        return self.settings.name

    def check_login(self) -> LoggedIn:
        run = _Run(self.settings, State(), self._clock, self._budget, self._limits)
        try:
            account = run._account()
            try:
                did = account.open()
                return LoggedIn(f"logged in as {self.settings.handle} ({did})", account.is_labelled(did))
            finally:
                account.close()
        finally:
            run.close()

    def pages(self, since: str | None) -> Iterator[Page]:
        """The account's lists first: whoever wrote to us is known as such. What fails in one does not stop the other."""
        state, warning = State.load(since)
        if warning:
            yield Page(warnings=(f"{self.name}: {warning}",))
        run = _Run(self.settings, state, self._clock, self._budget, self._limits)
        failed: list[SourceError] = []
        try:
            for part in (run.account_pages, run.stream_pages):
                try:
                    yield from part()
                except SourceError as error:
                    failed.append(error)
        finally:
            run.close()
        if failed:
            raise failed[-1]


class _Run:
    """One collection."""

    def __init__(
        self, settings: BlueskySettings, state: State, clock: Callable[[], datetime], budget: Budget, limits: Limits
    ) -> None:
        self.settings = settings
        self.state = state
        self.clock = clock
        self.now = clock()
        self.budget = budget
        self.limits = limits
        self.user_agent = agent_of(settings)
        self.name = settings.name
        self.reader = self._reader()
        self.http = Http(settings.profiles, budget, self.user_agent, clock) if settings.profiles else None
        self.profiles = Profiles(self.http) if self.http else None

    def close(self) -> None:
        if self.http:
            self.http.close()

    def _reader(self) -> Reader:
        own = {*self.settings.accounts, *([self.state.did] if self.state.did else [])}
        return Reader(self.name, Sieve(self.settings.words, own), frozenset(self.settings.languages))

    # The account

    def account_pages(self) -> Iterator[Page]:
        wait = datetime.fromisoformat(self.state.account_wait) if self.state.account_wait else None
        if self.settings.handle is None or (wait and wait > self.now):
            return
        account = self._account()
        try:
            self.state.did = account.open()
            self.state.account_wait = None
            self.reader = self._reader()
            yield from self._lists(account)
        except RateLimited as error:  # the stream is another host: it must not wait as well
            until = error.retry_at or self.now + timedelta(minutes=5)
            self.state.account_wait = until.isoformat()
            raise SourceError(f"{error}; the account waits until {until:%H:%M} UTC, the stream does not") from error
        finally:
            account.close()

    def _account(self) -> "Account":
        from .account import Account  # 25 MB of imports: only for those who have one

        return Account.of(self.settings, budget=self.budget, clock=self.clock)

    def _lists(self, account: "Account") -> Iterator[Page]:
        from .account import Place

        begin = Place(**self.state.lists.get("mentions", {}))
        for rows, place, more in account.mentions(begin):
            yield self._list_page("mentions", rows, place, more, addressed=True)
        for words in self.settings.search:
            begin = Place(**self.state.lists.get(f"search {words}", {}))
            for rows, place, more in account.search(words, begin):
                yield self._list_page(f"search {words}", rows, place, more, addressed=False)

    def _list_page(self, name: str, rows: "list[Row]", place: "Place", more: bool, *, addressed: bool) -> Page:
        posts = {}
        for row in rows:
            uri = split_uri(row.get("uri"))
            # Search is a plain substring match on some servers, so its results pass the same filter as the stream.
            if uri and (not addressed or row.get("reason") in ("mention", "reply")):
                seen = min(read_time(row.get("indexedAt"))[0] or self.now, self.now)
                if post := self.reader.post(uri, row.get("record"), seen, addressed=addressed):
                    posts[uri] = post
        allowed = self._allowed(posts)  # before the place moves: where nobody can say who opted out, nothing was read
        self.state.lists[name] = asdict(place)
        return Page(allowed, cursor=self.state.dump(), truncated=more)

    # The stream

    def stream_pages(self) -> Iterator[Page]:
        state, now = self.state, self.now
        gaps: list[Gap] = []
        asked = to_us(now - (LOOK_BACK - MARGIN))
        if state.us is None:
            state.us = to_us(now - FIRST)
        elif state.us < asked:
            gaps.append(self._gap(state.us, asked, "older than the 36 hours that the stream keeps"))
            state.us = asked
        ends_at = time.monotonic() + self.limits.run_s
        for _ in range(CONNECTIONS):
            end = None
            for piece in slices(
                self.settings.hosts, POST, self._ask_from, self.reader.sieve.keep,
                now=now, ends_at=ends_at, limits=self.limits, user_agent=self.user_agent,
            ):  # fmt: skip
                if state.host and piece.first_us and piece.first_us - state.us > QUIET // timedelta(microseconds=1):
                    gaps.append(self._gap(state.us, piece.first_us, "the stream showed nothing"))
                yield self._stream_page(piece, gaps)
                gaps, end = [], piece.end
                if piece.error:
                    raise piece.error
            if end not in (End.CLOSED, End.TOO_BIG):
                break
        behind = now - from_us(state.us)
        if end is End.SILENT and behind > STALLED:
            raise SourceError(
                f"{self.name}: the stream is open, but nothing was sent since {now - behind:%Y-%m-%d %H:%M} UTC"
            )

    def _ask_from(self, host: str) -> int:
        same = host == self.state.host or not self.state.host
        return max((self.state.us or 0) - (OVERLAP_US if same else OTHER_HOST_US), self.state.skip_us)

    def _stream_page(self, piece: Slice, gaps: list[Gap]) -> Page:
        """A slice as a page. Its cursor may follow the newest event: the stream comes oldest first."""
        outcome, warnings = Outcome(), []
        for raw in piece.kept:
            try:
                if event := self.reader.event(raw):
                    outcome.add(event)
            except ValueError as error:
                warnings.append(f"{self.name}: an event is {error}, left out")
        posts = self._allowed(outcome.posts)
        state = self.state
        if piece.end is End.TOO_BIG:
            unread = max(piece.newest_us or 0, self._ask_from(piece.host))
            state.skip_us = unread + SKIP_US
            gaps = [*gaps, self._gap(unread, state.skip_us, "a message too large to read")]
        state.host = piece.host
        state.us = max(state.us or 0, piece.newest_us or 0)
        return Page(
            posts,
            cursor=state.dump(),
            truncated=piece.end is End.LIMIT,
            deleted=tuple(PostId(self.name, uri) for uri in outcome.removed),
            gone=tuple(outcome.left),
            edited=tuple(PostId(self.name, uri) for uri in sorted(outcome.edited)),
            gaps=tuple(gaps),
            warnings=tuple(warnings),
        )

    def _allowed(self, posts: dict[str, Post]) -> tuple[Post, ...]:
        """Without those whose authors asked to be left alone."""
        if self.profiles is None or not posts:
            return tuple(posts.values())
        out = self.profiles.opted_out([post.author for post in posts.values()])
        return tuple(post for post in posts.values() if post.author not in out)

    def _gap(self, since_us: int, until_us: int, reason: str) -> Gap:
        return Gap(self.name, from_us(since_us), from_us(until_us), reason)

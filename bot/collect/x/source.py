"""X through tweepy: mentions of the account, and recent search for the carrier's words.

Every post read costs money, so nothing is asked twice (x_cursor.py), money is set aside before each request (base.Purse),
and without a purse nothing is asked at all.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ...config.load import secret
from ...config.sources import XSettings
from ...domain import Gap, PostId
from ...errors import ConfigError, LoginFailed, SourceError
from ..base import Kept, LoggedIn, Looked, Page, Purse
from ..budget import Budget
from . import cursor as x_cursor
from .answers import FIELDS, Answer, read_counts, read_lookup, read_page
from .cursor import MENTIONS, Stretch, Timeline, id_at, time_of
from .http import (
    AT_THE_CAP,
    HOST,
    REQUESTS,
    RUN_S,
    ApiWire,
    LostAnswer,
    SinceTooOld,
    load_answer,
    micro,
    open_client,
    paid,
)

REACH = timedelta(days=7)  # of recent search
MARGIN = timedelta(minutes=5)  # so that a request does not fall out of reach on its way
WIDER_MARGIN = timedelta(hours=1)  # where X's clock and ours disagree
AHEAD = timedelta(minutes=5)  # how far X's clock may be ahead of ours
MENTIONS_REACH = 800  # posts; the timeline shows no more, and says nothing about it
MOST = 100  # posts a request
LAST_ASK_S = 30.0  # before the run ends; later the answer might not be read
SETTLED = timedelta(hours=6)  # after so long search holds all there is

TOO_OLD = "older than the 7 days that X shows"
TOO_MANY = "more than the 800 that X shows"
LATER = "not read yet, comes later"


class XSource:
    """One X app. `pages` raises SourceError, RateLimited, LoginFailed, TimelineClosed and, from the purse, StoreError."""

    def __init__(
        self,
        settings: XSettings,
        purse: Purse | None,
        *,
        base: str = HOST,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        budget: Budget = REQUESTS,
    ) -> None:
        """Raises ConfigError without a token, and without a purse: what is not counted is not spent."""
        self.name = settings.name
        token = secret(settings.token_env)
        if not token:
            raise ConfigError(f"{self.name}: {settings.token_env} is not set; docs/accounts.md says how to get a token")
        if purse is None:
            raise ConfigError(f"{self.name}: X bills every post read, so a dry run leaves it out")
        self._settings = settings
        self._purse = purse
        self._clock = clock
        self.run_within_s = RUN_S
        self._wire: Callable[[], ApiWire] = lambda: ApiWire(token, clock, base, budget, self.run_within_s)
        self._labels = ([MENTIONS] if settings.account_id else []) + list(settings.queries)

    def pages(self, since: str | None) -> Iterator[Page]:
        """Mentions first, then each query; what is newest of all of them first, then older stretches left behind.

        Every page has a cursor: it names the stretches still missing. Where X refuses one timeline the others are
        still read, and its error is raised at the end.
        """
        now = self._clock()
        timelines, gone, warning = x_cursor.load(since, self._labels, id_at(now - self._settings.look_back))
        run = _Run(self, timelines, now)
        if (
            since is None or warning or gone
        ):  # the first run pins its beginning: failing, it must not slide along with the clock
            yield Page(cursor=x_cursor.dump(timelines), gaps=run.closed(gone), warnings=(warning,) if warning else ())
        work = [(label, timeline.top()) for label, timeline in timelines.items()]
        work += [(label, stretch) for label, timeline in timelines.items() for stretch in timeline.missing[1:]]
        with run.client.session:
            for label, stretch in work:
                yield from run.read(label, stretch)
                if run.stopped:
                    yield run.left_behind()
                    break
        if run.errors:
            raise min(run.errors, key=lambda error: getattr(error, "retry_at", None) is None)

    @property
    def texts_kept(self) -> int:
        return self._settings.texts_kept

    def gone(self, posts: Sequence[Kept]) -> Iterator[Looked]:
        """Look posts up by their ids, a hundred a request. Each that is still there is billed like a post read.

        Ends early when the budget is used up. Raises as `pages` does.
        """
        run = _Run(self, {}, self._clock())
        with run.client.session:
            for first in range(0, len(posts), MOST):
                looked = run.look([post.id for post in posts[first : first + MOST]])
                if looked is None:
                    return
                yield looked

    def check_login(self) -> LoggedIn:
        """By asking how much was read this month: that is not billed, and no post is handed out."""
        run = _Run(self, {}, self._clock())
        with run.client.session:
            used, cap = run.usage()
        return LoggedIn(f"the token works; {used} of the {cap} posts that X allows a month are read")

    def counts(self, *, since: datetime, until: datetime, granularity: str = "hour") -> dict[datetime, int]:
        """How many posts the queries find, by the beginning of each minute, hour or day (UTC): what early warning reads.

        One request a query, the same price whatever the volume. A post that two queries find counts twice. Raises as
        `pages` does, and SourceError when the budget is used up.
        """
        now = self._clock()
        times = {"start_time": max(since, now - REACH + MARGIN), "end_time": min(until, now - timedelta(seconds=30))}
        total: dict[datetime, int] = {}
        run = _Run(self, {}, now)
        with run.client.session:
            for query in self._settings.queries:
                for start, count in run.count(query, granularity=granularity, **times).items():
                    total[start] = total.get(start, 0) + count
        return dict(sorted(total.items()))


class _Run:
    """One run's connection, limits and timelines."""

    def __init__(self, source: XSource, timelines: dict[str, Timeline], now: datetime) -> None:
        self.settings = source._settings
        self.purse = source._purse
        self.timelines = timelines
        self.now = now
        self.client = open_client(source._settings, source._wire())
        self.ends_at = time.monotonic() + RUN_S
        self.asked = 0
        self.stopped = ""  # why no more is asked in this run
        self.errors: list[SourceError] = []
        self.edited: set[PostId] = set()  # told already: a post that two timelines hold is replaced once

    def read(self, label: str, stretch: Stretch) -> Iterator[Page]:
        """The pages of one stretch, newest first, until it is whole, a limit is met, or X refuses it."""
        timeline = self.timelines[label]
        left: Stretch | None = stretch
        token, margin = None, MARGIN
        while left is not None:
            left, gaps = self._within_reach(label, left, margin)
            if left is None:
                yield Page(cursor=x_cursor.dump(self.timelines), gaps=gaps)
                return
            try:
                answer = self._ask(label, left, token)
            except SinceTooOld as error:
                if label == MENTIONS or margin == WIDER_MARGIN:
                    self.errors.append(error)
                    return
                margin = WIDER_MARGIN
                continue
            except (LostAnswer, LoginFailed):
                raise
            except SourceError as error:
                self.errors.append(error)
                return
            if answer is None:
                if gaps:
                    yield Page(cursor=x_cursor.dump(self.timelines), gaps=gaps)
                return
            token = None if answer.ids else answer.token  # after an empty page only the token leads on
            before, left = left, timeline.advance(left, answer.ids, more=answer.token is not None)
            if left is None:
                gaps += self._ended(label, before, answer)
            edited = tuple(post for post in answer.edited if post not in self.edited)
            self.edited.update(edited)
            cursor = x_cursor.dump(self.timelines)
            yield Page(answer.posts, cursor=cursor, edited=edited, gaps=gaps, warnings=answer.warnings)

    def count(self, query: str, **params: Any) -> dict[datetime, int]:
        price = micro(self.settings.prices.counts_request_usd)
        if not self._reserve(wanted=price, least=price):
            raise SourceError(self.stopped)
        counts, token = paid(self.purse, lambda: self.client.get_recent_tweets_count(query, **params), read_counts)
        self.purse.settle(price)
        if token:
            raise SourceError("X answered a part of the counts only; ask for a shorter time or larger steps")
        return counts

    def usage(self) -> tuple[str, str]:
        """Posts read in this month, and how many X allows; "?" where it does not say. tweepy 4.17 has no name for it."""
        data = load_answer(self.client.request("GET", "/2/usage/tweets")).get("data")
        found = data if isinstance(data, dict) else {}
        used, cap = (str(found.get(key, "")) for key in ("project_usage", "project_cap"))
        return used if used.isdecimal() else "?", cap if cap.isdecimal() else "?"

    def look(self, posts: Sequence[PostId]) -> Looked | None:
        """None: there is no money for it. Raises SourceError."""
        price = micro(self.settings.prices.post_read_usd)
        money = self._reserve(wanted=len(posts) * price, least=price)
        if self.stopped == AT_THE_CAP:
            return None
        if not money:
            raise SourceError(self.stopped)
        by_native = {post.native: post for post in posts[: money // price]}
        ids = list(by_native)
        there, gone, billed = paid(
            self.purse, lambda: self.client.get_tweets(ids), lambda answer: read_lookup(answer, ids)
        )
        self.purse.settle(billed * price)
        return Looked(tuple(by_native[native] for native in there), tuple(by_native[native] for native in gone))

    def left_behind(self) -> Page:
        """What a run that stopped at a limit says of all that is still missing."""
        gaps = []
        for label, timeline in self.timelines.items():
            gaps += [self._gap(label, stretch) for stretch in timeline.missing]
            timeline.missing = [replace(stretch, noted=True) for stretch in timeline.missing]
        return Page(cursor=x_cursor.dump(self.timelines), truncated=True, gaps=tuple(gaps), warnings=(self.stopped,))

    def closed(self, gone: dict[str, Timeline]) -> tuple[Gap, ...]:
        """Gaps of queries no longer asked: the queries in their place read these stretches anew."""
        return tuple(
            self._gap(label, stretch, filled=True)
            for label, timeline in gone.items()
            for stretch in timeline.missing
            if stretch.noted
        )

    def _ask(self, label: str, stretch: Stretch, token: str | None) -> Answer | None:
        """One request; None when a limit forbids it. Raises SourceError."""
        account, prices = self.settings.account_id, self.settings.prices
        mentions = label == MENTIONS
        price, least = (micro(prices.mention_read_usd), 5) if mentions else (micro(prices.post_read_usd), 10)
        money = self._reserve(wanted=MOST * price, least=least * price)
        if not money:
            return None
        params: dict[str, Any] = {"max_results": money // price, "tweet_fields": FIELDS, **bounds(stretch)}
        if token:
            params["pagination_token" if mentions else "next_token"] = token

        def call() -> Any:
            if mentions:
                return self.client.get_users_mentions(account, **params)
            return self.client.search_recent_tweets(label, **params)

        def read(answer: dict[str, Any]) -> Answer:
            newest = id_at(self.now + AHEAD)
            return read_page(answer, self.settings.name, newest=newest, addressed=mentions, own=account)

        answer = paid(self.purse, call, read)
        self.purse.settle(answer.billed * price)
        if answer.ids and stretch.until is not None and min(answer.ids) >= stretch.until:
            raise SourceError("X hands out the same page again; it is asked again at the next run")
        return answer

    def _reserve(self, *, wanted: int, least: int) -> int:
        if self.asked >= self.settings.pages:
            self.stopped = f"stopped after {self.asked} requests; the rest comes next time"
        elif time.monotonic() > self.ends_at - LAST_ASK_S:
            self.stopped = f"stopped after {RUN_S - LAST_ASK_S:.0f} s; the rest comes next time"
        elif money := self.purse.reserve(wanted=wanted, least=least):
            self.asked += 1
            return money
        else:
            self.stopped = AT_THE_CAP
        return 0

    def _within_reach(self, label: str, stretch: Stretch, margin: timedelta) -> tuple[Stretch | None, tuple[Gap, ...]]:
        """Cut off what search no longer shows, and say so. None: nothing is left of the stretch."""
        floor = id_at(self.now - REACH + margin)
        if label == MENTIONS or stretch.since >= floor:
            return stretch, ()
        timeline = self.timelines[label]
        lost_until = min(floor, stretch.until or floor)
        gaps = [Gap(self.settings.name, time_of(stretch.since), time_of(lost_until), f"{title(label)}: {TOO_OLD}")]
        if stretch.noted:
            gaps.append(self._gap(label, stretch, filled=True))
        left = None if lost_until < floor else replace(stretch, since=floor, noted=False)
        timeline.change(stretch, left)
        if stretch.until is None:
            timeline.head = max(timeline.head, floor)
        return left, tuple(gaps)

    def _ended(self, label: str, stretch: Stretch, answer: Answer) -> tuple[Gap, ...]:
        """What to say once nothing is missing of a stretch."""
        timeline = self.timelines[label]
        if not timeline.missing or timeline.missing[0].until is not None:
            # Nothing came for hours: begin after them, or a quiet query would fall out of reach and seem to have a gap.
            timeline.head = max(timeline.head, id_at(self.now - SETTLED))
        gaps = [self._gap(label, stretch, filled=True)] if stretch.noted else []
        if label == MENTIONS and answer.ids and stretch.read + len(answer.ids) >= MENTIONS_REACH:
            lost_until = time_of(min(answer.ids))
            gaps.append(Gap(self.settings.name, time_of(stretch.since), lost_until, f"{title(label)}: {TOO_MANY}"))
        return tuple(gaps)

    def _gap(self, label: str, stretch: Stretch, *, filled: bool = False) -> Gap:
        since = time_of(stretch.since)
        until = since if filled else None if stretch.until is None else time_of(stretch.until)
        return Gap(self.settings.name, since, until, f"{title(label)}: {LATER}")


def title(label: str) -> str:
    """A timeline as gaps name it. The same for a query's whole life, as gaps are told apart by it."""
    return "mentions" if label == MENTIONS else f"search {label if len(label) <= 40 else label[:39] + '…'}"


def bounds(stretch: Stretch) -> dict[str, Any]:
    """A stretch as parameters. X takes ids or times, not both in one request.

    An id made from an instant ends in 22 zero bits; X is asked by time then, as it may refuse an id that is no post's.
    """
    if stretch.until is not None:
        return {"since_id": stretch.since, "until_id": stretch.until}
    if stretch.since % (1 << 22) == 0:
        return {"start_time": time_of(stretch.since)}
    return {"since_id": stretch.since}

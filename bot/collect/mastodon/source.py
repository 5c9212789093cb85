"""Mastodon and what speaks its client API: hashtag timelines; mentions and search where a token is set (Mastodon.py 2.3.3).

The cursor is JSON: a place in each timeline (`timeline.Place`), so that hashtags move on their own.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mastodon import Mastodon

from ...config.load import secret
from ...config.sources import MastodonSettings
from ...domain import Gap, Post
from ...errors import LoginFailed, RateLimited, SourceError, TimelineClosed
from ..base import Kept, LoggedIn, Looked, Page, user_agent
from ..budget import SHARED, Budget
from ..timeline import Place, Slice, Step, Walk, dump_places, load_places
from ..wire import OutOfTime, Wire
from .errors import Asker, Unreachable, explain
from .post import Reader, Row, read_instant

PAGE = 40  # posts an answer, Mastodon's most
RUN_WITHIN_S = 120.0
RECHECKS = 100  # a pass, one request each: of a host's 200 in 5 minutes half are left for reading
MENTIONS = "@"  # the mentions' name among the timelines; hashtags are "#…"

# At DEBUG they would write what we ask for into the log; at WARNING urllib3 tells every reset that it retries.
logging.getLogger("mastodon").setLevel(logging.WARNING)
logging.getLogger("urllib3").setLevel(logging.ERROR)

T = TypeVar("T")


class _Client(Mastodon):
    def timeline_is_available(self, *_args: Any, **_options: Any) -> bool:
        """We ask the instance once a run; the library would before every page, and again after every 404."""
        return True


@dataclass
class MastodonSource:
    """Hashtags of one instance as a source."""

    settings: MastodonSettings
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    budget: Budget = field(default_factory=lambda: SHARED)
    run_within_s: float = RUN_WITHIN_S

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def texts_kept(self) -> None:
        return None

    def gone(self, posts: Sequence[Kept]) -> Iterator[Looked]:
        """Ask the configured instance for each post by its own id. An instance that drops old posts counts as their author.

        What would not be read today goes, too: the author opted out in the meantime.
        """
        with self._run() as run:
            run.find_reader()
            for post in [post for post in posts if post.local][:RECHECKS]:
                yield run.look(post)

    def check_login(self) -> LoggedIn:
        with self._run() as run:
            run.find_reader()
            own = run.reader.own
        if own is None:
            return LoggedIn(f"{run.host}: the token works, but may not see whose it is; give it the scope `profile`")
        return LoggedIn(f"{run.host}: logged in as {own.get('acct')}", bool(own.get("bot")))

    def pages(self, since: str | None) -> Iterator[Page]:
        """Raises SourceError, RateLimited, LoginFailed or TimelineClosed; ConfigError where the token's file cannot be read."""
        with self._run() as run:
            yield from run.pages(since)

    def _run(self) -> "closing[Run]":
        return closing(Run(self.settings, self.clock, self.budget, self.run_within_s))


class Run:
    """One collection: its connection, its place in every timeline, and the posts it has handed over."""

    def __init__(
        self,
        settings: MastodonSettings,
        clock: Callable[[], datetime],
        budget: Budget,
        within_s: float,
        wire: type[Wire] = Wire,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.now = clock()
        self.host = urlsplit(settings.url).netloc
        self.token = _token(settings)
        self.asked_as = Asker(self.host, settings.token_env)
        self.wire = wire(self.host, budget, within_s)
        self.budget = budget
        self.session = self.wire.session()
        self.client = _Client(
            access_token=self.token,
            api_base_url=settings.url,
            session=self.session,
            user_agent=user_agent(
                settings.name, settings.contact or ("loopback" if _is_loopback(settings.url) else None)
            ),
            ratelimit_method="throw",
            version_check_mode="none",
        )
        self.reader = Reader(settings.name, self.host)
        self.places: dict[str, Place] = {}
        self.partial_since: dict[str, str] = {}  # reason -> when it began, ISO 8601
        self.seen: set[str] = set()  # uris handed over in this run
        self.shown = False  # did the instance show a post by its id?

    def close(self) -> None:
        self.session.close()

    def pages(self, since: str | None) -> Iterator[Page]:
        yield from self._begin(since)
        failed: list[SourceError] = []
        for name, steps in self._timelines():
            try:
                for step in steps:
                    yield self._page(name, step)
            except (RateLimited, LoginFailed, TimelineClosed, OutOfTime, Unreachable):
                raise
            except SourceError as error:  # this timeline only: the others must not starve behind it
                failed.append(error)
        if failed:
            raise failed[0]

    def _begin(self, since: str | None) -> Iterator[Page]:
        """Ask the instance what it shows, and whose token we hold."""
        warnings = []
        try:
            places, notes = load_places(since)
            began = {str(why): str(datetime.fromisoformat(at)) for why, at in notes.get("partial", {}).items()}
        except (ValueError, TypeError, AttributeError):
            places, began = {}, {}
            warnings.append(f"{self.settings.name}: the stored cursor cannot be read; starts like the first time")
        wanted = [MENTIONS, *(f"#{tag}" for tag in hashtags(self.settings)), *map(_quoted, self.settings.search)]
        self.places = {name: places.get(name, Place()) for name in wanted}
        gaps = self._partial(began, self.find_reader())
        if warnings or gaps:
            yield Page(cursor=self._cursor(), gaps=gaps, warnings=tuple(warnings))

    def find_reader(self) -> str | None:
        """Whose posts we read, and as whom. Returns why the hashtags show only a part; None: they show all."""
        reason, domain = self._instance()
        self.reader = Reader(self.settings.name, domain, self._own_account() if self.token else None)
        return reason

    def look(self, post: Kept) -> Looked:
        """Is it still there, and still ours to read? Raises SourceError where that is not said."""
        try:
            row = self.ask("a post", lambda: self.client.status(post.local))
        except SourceError:
            # Mastodon says so in JSON. A page of HTML may be snac's, once it has shown another post, or a firewall's.
            if self.status() == 404 and (self._first() == b"{" or self.shown):
                return Looked(gone=(post.id,))
            raise
        if not isinstance(row, Mapping) or str(row.get("id")) != post.local:
            raise SourceError(f"{self.host}: answered with something other than the post asked for")
        self.shown = True
        try:
            ours = self.reader.post(row) is not None
        except ValueError:
            ours = True
        return Looked(there=(post.id,)) if ours else Looked(gone=(post.id,))

    def _timelines(self) -> Iterator[tuple[str, Iterator[Step]]]:
        """Mentions first: a post that is both counts as sent to us."""
        settings = self.settings
        if self.token:
            walk = Walk(self._mentions, self.now, timedelta(), settings.max_pages)  # numbered as they arrive
            yield MENTIONS, walk.downwards(self.places[MENTIONS])  # snac 2.75 reads `min_id` of mentions as `since_id`
        for tag in hashtags(settings):
            walk = Walk(self._hashtag(tag), self.now, settings.overlap, settings.max_pages)
            yield f"#{tag}", walk.read(self.places[f"#{tag}"])
        for words in settings.search:  # answered newest first, whatever bound is named
            walk = Walk(self._search(words), self.now, settings.overlap, settings.max_pages)
            yield _quoted(words), walk.downwards(self.places[_quoted(words)])

    def _page(self, name: str, step: Step) -> Page:
        warnings = [f"{self.settings.name}: {text}" for text in step.slice.warnings]
        gaps: tuple[Gap, ...] = ()
        if step.place is not None:
            self.places[name] = step.place
        if step.empty and name != MENTIONS:
            had = self.places[name].marks
            hint = "it did before" if had else "if that surprises, check how it is written"
            warnings.append(f"{self.settings.name}: shows no post with {name}; {hint}")
        if step.late_unread:
            warnings.append(
                f"{self.settings.name}: many posts with {name} at once; some that arrived late may be missing"
            )
        if step.reaches_back_to is not None and name != MENTIONS:
            back_to = step.reaches_back_to.isoformat(timespec="minutes")
            warnings.append(
                f"{self.settings.name}: first reading of {name}, back to {back_to}; what is older stays unread"
            )
        if step.missing is not None and step.missing[0] < step.missing[1]:
            what = "mentions" if name == MENTIONS else f"posts with {name}"
            gaps = (Gap(self.settings.name, *step.missing, f"more {what} than one run reads"),)
        return Page(
            self._unseen(step.slice.posts),
            cursor=self._cursor() if step.place is not None else None,
            truncated=step.truncated,
            gaps=gaps,
            warnings=tuple(warnings),
        )

    def _unseen(self, posts: tuple[Post, ...]) -> tuple[Post, ...]:
        fresh = {post.id.native: post for post in posts if post.id.native not in self.seen}
        self.seen.update(fresh)
        return tuple(fresh.values())

    def _cursor(self) -> str:
        return dump_places(self.places, partial=self.partial_since)

    # What we ask

    def _hashtag(self, tag: str) -> Callable[..., Slice]:
        def fetch(**bounds: str) -> Slice:
            rows = self.ask(f"posts with #{tag}", lambda: self.client.timeline_hashtag(tag, limit=PAGE, **bounds))
            return self._slice(rows, lambda row: self.reader.post(row))

        return fetch

    def _search(self, words: str) -> Callable[..., Slice]:
        def fetch(**bounds: str) -> Slice:
            found = self.ask(
                f"what it finds for {_quoted(words)}",
                lambda: self.client.search_v2(words, resolve=False, result_type="statuses", limit=PAGE, **bounds),
            )
            return self._slice(_dig(found, "statuses"), lambda row: self.reader.post(row), first=b"{")

        return fetch

    def _mentions(self, **bounds: str) -> Slice:
        def fetch() -> object:
            return self.client.notifications(types=["mention"], limit=PAGE, **bounds)

        def read(row: Row) -> Post | None:
            mention = row.get("status")
            if row.get("type") != "mention" or not isinstance(mention, Mapping):
                return None
            return self.reader.post(mention, addressed=True)

        try:
            return self._slice(self.ask("mentions", fetch), read)
        except LoginFailed:
            if self.status() != 403:
                raise
            return Slice(warnings=("the token lacks `read:notifications`: mentions are not read",))

    def _slice(self, rows: object, read: Callable[[Row], Post | None], *, first: bytes = b"[") -> Slice:
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows) or self._first() != first:
            raise SourceError(f"{self.host}: answered with something other than a list of posts")
        ids, posts, times, warnings = [], [], [], []
        for row in rows:
            native = str(row.get("id") or "")
            if 0 < len(native) <= 200 and native.isprintable():
                ids.append(native)
            if moment := read_instant(row.get("created_at")):
                times.append(moment)
            try:
                if post := read(row):
                    posts.append(post)
            except ValueError as error:
                warnings.append(f"{error}, left out")
        if rows and not ids:
            raise SourceError(f"{self.host}: answered with posts that have no id")
        return Slice(tuple(ids), tuple(posts), tuple(times), tuple(warnings))

    def _instance(self) -> tuple[str | None, str]:
        """Why the hashtags show only a part (None: they show all), and the instance's name in handles.

        Mastodon 4.5 answers a closed hashtag with an empty list, so what is closed is asked beforehand.
        """
        try:
            info = self.ask("the instance", self.client.instance_v2)
        except SourceError:
            if self.status() != 404:  # before Mastodon 4.0, and snac
                raise
            info = self.ask("the instance", self.client.instance_v1)
        if self._first() != b"{":
            raise SourceError(f"{self.host}: does not say what instance it is; is `url` right?")
        domain = _dig(info, "domain") or _dig(info, "uri")
        domain = domain if isinstance(domain, str) and 0 < len(domain) < 254 and "/" not in domain else self.host
        feeds = _dig(info, "configuration", "timelines_access", "hashtag_feeds")
        shut = ("disabled",) if self.token else ("disabled", "authenticated")
        closed = [side for side in ("local", "remote") if _dig(feeds, side) in shut]
        if len(closed) == 2:
            login_helps = "authenticated" in (_dig(feeds, "local"), _dig(feeds, "remote"))
            remedy = "without login; set `token_env`" if login_helps and not self.token else "at all; choose another"
            raise TimelineClosed(f"{self.host}: the instance shows no hashtags {remedy}")
        whose = {"local": "of its own people", "remote": "from other instances"}
        return (f"the instance does not show posts {whose[closed[0]]}" if closed else None), domain

    def _own_account(self) -> Row | None:
        """Ours, to leave out our own posts. Asked first: snac and old Mastodons take a wrong token for none elsewhere."""
        try:
            account = self.ask("our account", self.client.account_verify_credentials)
        except LoginFailed:
            if self.status() != 403:
                raise
            return None  # a token that may read posts only
        return account if isinstance(account, Mapping) else None

    def _partial(self, began: Mapping[str, str], reason: str | None) -> tuple[Gap, ...]:
        """A gap begins when the instance shows only a part, and ends when it shows all again."""
        self.partial_since = {reason: began.get(reason, self.now.isoformat())} if reason else {}
        ended = [
            Gap(self.settings.name, datetime.fromisoformat(since), self.now, why)
            for why, since in began.items()
            if why != reason
        ]
        new = [Gap(self.settings.name, self.now, None, reason)] if reason and reason not in began else []
        return (*ended, *new)

    # How we ask, and what its failures mean

    def ask(self, what: str, call: Callable[[], T]) -> T:
        self.wire.last = None
        try:
            return call()
        except Exception as error:  # one call of the library and nothing else; it lets out more than its own errors
            raise self.explain(error, what) from error

    def explain(self, error: Exception, what: str) -> SourceError:
        """Our error for one of the library's; a host that asked to wait is left alone by all jobs."""
        ours = explain(error, self.wire.last, self.asked_as, what, self.clock())
        if isinstance(ours, RateLimited):
            self.budget.close(self.host, (ours.retry_at - self.clock()).total_seconds() if ours.retry_at else 60.0)
        return ours

    def status(self) -> int | None:
        return self.wire.last.status if self.wire.last else None

    def _first(self) -> bytes:
        return self.wire.last.first if self.wire.last else b""


def hashtags(settings: MastodonSettings) -> list[str]:
    """Each once, without "#", in the order of the config: "O2" and "#o2" are one timeline."""
    return list(dict.fromkeys(tag.lstrip("#").casefold() for tag in settings.hashtags))


def _quoted(words: str) -> str:
    """A search's name among the timelines."""
    return f"“{words}”"


def _token(settings: MastodonSettings) -> str | None:
    """Raises LoginFailed where the config names a token that is not there, or that would travel unencrypted."""
    if settings.token_env is None:
        return None
    token = secret(settings.token_env)
    if not token:
        raise LoginFailed(
            f"{settings.name}: the environment has no {settings.token_env}; set it, or remove `token_env`"
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise LoginFailed(f"{settings.name}: {settings.token_env} holds something that is no token")
    if settings.url.startswith("http:") and not _is_loopback(settings.url):
        raise LoginFailed(f"{settings.name}: `url` must begin with https:, or anybody on the way can read the token")
    return token


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def _dig(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value

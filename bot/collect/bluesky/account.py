"""What a Bluesky account may ask for: mentions, replies, and search (atproto 0.0.73). The only code that knows the library.

Its login allows 30 sessions in five minutes and 300 a day (bsky.social), so the session is kept in a file and renewed.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from atproto_client import Client, Session
from atproto_client.exceptions import (
    BadRequestError,
    RateLimitExceededError,
    RequestErrorBase,
    UnauthorizedError,
)
from atproto_client.models.common import XrpcError
from atproto_client.models.dot_dict import DotDict
from atproto_client.request import Request
from atproto_core.exceptions import AtProtocolError

from ...config.load import secret
from ...config.sources import BlueskySettings
from ...errors import LoginFailed, RateLimited, ReplyRefused, ReplyUnsure, SourceError
from ..budget import Budget
from ..files.archive import read_time
from ..mastodon.errors import Unreachable
from .events import labels
from .http import Http, agent_of, ask_again_at

OVERLAP = timedelta(hours=6)  # what arrives late is sorted by its own time, so the last hours are read again
FIRST = timedelta(days=7)  # of the first run ever
PAGES = 20  # of 100 each, a run and list
LOGIN_EVERY = timedelta(minutes=5)  # at most: 288 a day
REFUSED_FOR = timedelta(minutes=30)  # a wrong password is not tried again before that
# How getRecord says that there is none, or none that is shown.
GONE = ("RecordNotFound", "RepoNotFound", "RepoDeactivated", "RepoTakendown", "RepoSuspended")
# What the library raises on answers that it did not expect; SourceErrors of our own wire pass through it.
STRANGE = (AtProtocolError, httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError, RecursionError)

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs every address with its query

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list that is answered newest first has been read. Times are as the server wrote them (ISO 8601)."""

    seen: str | None = None  # all up to here has been handed over
    newest: str | None = None  # the newest of the pass that is under way
    follow: str | None = None  # where that pass goes on; None: none is under way


class Account:
    """A logged-in account. Every method raises SourceError, RateLimited or LoginFailed, nothing of the library's."""

    def __init__(
        self,
        settings: BlueskySettings,
        password: str,
        *,
        budget: Budget,
        user_agent: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._password = password
        self._clock = clock
        self._file = Path(settings.session_file)
        self._host = urlsplit(settings.service).netloc
        self._bridge = _Bridge(lambda url: Http(url, budget, user_agent, clock))
        self._bridge.allow(settings.service)
        self._client = Client(settings.service, Request(transport=self._bridge))
        self._client.on_session_change(lambda _event, session: self._keep(session))

    @staticmethod
    def of(settings: BlueskySettings, *, budget: Budget, clock: Callable[[], datetime]) -> "Account":
        """Raises LoginFailed where the config names none."""
        password = secret(settings.password_env) if settings.password_env else None
        if settings.handle is None or not password:
            name = settings.password_env or "`handle` and `password_env`"
            raise LoginFailed(f"{settings.name}: {name} is not set; docs/accounts.md says how to get an account")
        return Account(settings, password, budget=budget, user_agent=agent_of(settings), clock=clock)

    def open(self) -> str:
        """Take up the saved session, or log in. Returns our own DID."""
        if not self._resume():
            self._log_in()
        return self.did

    def close(self) -> None:
        self._bridge.close()

    def is_labelled(self, did: str) -> bool:
        """Does our profile carry the self-label `bot`?"""
        params = {"repo": did, "collection": "app.bsky.actor.profile", "rkey": "self"}
        try:
            record = self._ask("com.atproto.repo.getRecord", params).get("value")
        except SourceError as error:
            if isinstance(error.__cause__, BadRequestError):  # RecordNotFound: it has no profile yet
                return False
            raise
        return isinstance(record, Mapping) and "bot" in labels(record.get("labels"))

    def mentions(self, place: Place) -> Iterator[tuple[list[Row], Place, bool]]:
        """Posts that mention us or answer us. Shape: app.bsky.notification.listNotifications#notification."""
        params = {"reasons": ["mention", "reply"], "limit": 100}
        return self._newest_first("app.bsky.notification.listNotifications", params, "notifications", place)

    def search(self, words: str, place: Place) -> Iterator[tuple[list[Row], Place, bool]]:
        """Posts found for `words`. Shape: app.bsky.feed.defs#postView."""
        params = {"q": words, "sort": "latest", "limit": 100}
        return self._newest_first("app.bsky.feed.searchPosts", params, "posts", place)

    def _newest_first(
        self, nsid: str, params: dict[str, Any], key: str, place: Place
    ) -> Iterator[tuple[list[Row], Place, bool]]:
        """Rows, the place after them, and whether some are left for the next run. Goes back until what was seen before."""
        now = self._clock()
        oldest = (_instant(place.seen) or now - FIRST) - OVERLAP
        newest = place.newest if place.follow else None
        follow = place.follow
        for number in range(PAGES):
            body = self._ask(nsid, {**params, **({"cursor": follow} if follow else {})})
            rows = (
                [row for row in body.get(key, ()) if isinstance(row, Mapping)]
                if isinstance(body.get(key), list)
                else []
            )
            times = [moment for row in rows if (moment := _instant(row.get("indexedAt"))) and moment <= now + OVERLAP]
            if newest is None and times:
                newest = max(times).isoformat()
            follow = body.get("cursor") if isinstance(body.get("cursor"), str) else None
            if not rows or not follow or (times and min(times) < oldest):
                yield rows, Place(seen=newest or place.seen), False
                return
            yield rows, replace(place, newest=newest, follow=follow), number == PAGES - 1

    def find(self, nsid: str, params: dict[str, Any]) -> Row | None:
        """What one query answers; None where the server says that there is no such thing, or no longer."""
        return self._ask(nsid, params, missing=GONE) or None

    def create(self, record: Row, collection: str, rkey: str) -> None:
        """Make a record under a key of our choice. Raises ReplyRefused, ReplyUnsure, RateLimited.

        Where there is one under that key the server fails (PDS 0.4: 500), so that nothing is made twice.
        """
        body = {"repo": self.did, "collection": collection, "rkey": rkey, "record": record}
        for again in (False, True):
            try:
                self._client.invoke_procedure(
                    "com.atproto.repo.createRecord",
                    data=DotDict(body),
                    input_encoding="application/json",
                    output_encoding="application/json",
                )
            except RequestErrorBase as error:
                status = error.response.status_code if error.response else 0
                if not again and _session_is_over(error):
                    self._log_in()
                    continue
                if isinstance(error, RateLimitExceededError):
                    raise self._explain(error, "the reply") from error
                if 400 <= status < 500 and status != 408:
                    raise ReplyRefused(f"{self._host}: does not take the reply ({status})") from error
                raise ReplyUnsure(
                    f"{self._host}: did not say whether it took the reply ({status or 'no answer'})"
                ) from error
            except STRANGE as error:
                raise ReplyUnsure(f"{self._host}: answered the reply with something else than expected") from error
            except RateLimited:  # our own budget for the host
                raise
            except SourceError as error:
                raise ReplyUnsure(f"{error}; whether the reply is there, nobody said") from error
            return

    @property
    def did(self) -> str:
        """Our own, once `open` has been called."""
        session = self._client._session  # the library shows it only as a string
        return session.did if session else ""

    def _ask(self, nsid: str, params: dict[str, Any], *, missing: tuple[str, ...] = ()) -> Row:
        """One query; a session that ran out is made anew once. Empty for an error named in `missing`."""
        for again in (False, True):
            try:
                answer = self._client.invoke_query(nsid, params=DotDict(params)).content
            except (BadRequestError, UnauthorizedError) as error:
                if missing and (_says(error, missing) or _says_none(error)):
                    return {}
                if again or not _session_is_over(error):
                    raise self._explain(error, nsid) from error
                self._log_in()
            except STRANGE as error:
                raise self._explain(error, nsid) from error
            except Unreachable:  # the account may have moved to another server, which only a login tells
                if again or not self._lives_elsewhere():
                    raise
                self._log_in()
            else:
                if not isinstance(answer, Mapping):
                    raise SourceError(f"{self._host}: answered {nsid} with something that is no JSON object")
                return answer
        raise AssertionError("unreachable")

    def _resume(self) -> bool:
        saved = self._saved()
        if not isinstance(saved.get("session"), str):
            return False
        try:
            self._client.login(session_string=saved["session"], fetch_bsky_profile=False)
            self._client._should_refresh_session()  # reads the token, so that a damaged one is noticed here
        except STRANGE:
            return False
        return True

    def _log_in(self) -> None:
        """createSession: sparingly, and never again at once with a password that was refused."""
        saved = self._saved()
        tried, refused = _instant(saved.get("tried_at")), _instant(saved.get("refused_at"))
        if refused and self._clock() < refused + REFUSED_FOR:
            raise LoginFailed(
                f"{self._host}: refused the password in {self._settings.password_env}; make a new app password under"
                f" Settings, Privacy and security, then delete {self._file} or wait half an hour"
            )
        if tried and self._clock() < tried + LOGIN_EVERY:
            raise SourceError(f"{self._host}: the session does not hold; logs in anew a few minutes later")
        self._write({"tried_at": self._clock().isoformat()})
        self._client.update_base_url(self._settings.service)  # a saved session may have led elsewhere
        try:
            self._client.login(self._settings.handle, self._password, fetch_bsky_profile=False)
        except UnauthorizedError as error:
            self._write({"refused_at": self._clock().isoformat()})
            raise LoginFailed(
                f"{self._host}: refuses {self._settings.handle} with the password in {self._settings.password_env};"
                " make an app password under Settings, Privacy and security"
            ) from error
        except STRANGE as error:
            raise self._explain(error, "the login") from error

    def _explain(self, error: Exception, what: str) -> SourceError:
        """The one place where the library's errors become ours. Not a word of what was answered."""
        if isinstance(error, RateLimitExceededError):
            headers = error.response.headers if error.response else {}
            return RateLimited(f"{self._host}: asked too often", ask_again_at(headers, self._clock()))
        if isinstance(error, UnauthorizedError):
            return LoginFailed(
                f"{self._host}: does not let {self._settings.handle} read {what}; is it an app password?"
            )
        if isinstance(error, RequestErrorBase) and error.response is not None:
            return SourceError(
                f"{self._host}: could not give {what} (HTTP {error.response.status_code}); asks again next time"
            )
        return SourceError(f"{self._host}: answered {what} with something else than expected ({type(error).__name__})")

    def _keep(self, session: Session) -> None:
        self._bridge.allow(session.pds_endpoint or "")
        tried = self._saved().get("tried_at")
        self._write({"session": session.encode(), **({"tried_at": tried} if isinstance(tried, str) else {})})

    def _saved(self) -> dict[str, Any]:
        try:
            saved = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        ours = isinstance(saved, dict) and saved.get("account") == self._account()
        return saved if ours else {}

    def _write(self, content: dict[str, str]) -> None:
        """Whole or not at all, and readable by us only from its first byte on. A disk that refuses costs a login, no more."""
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"account": self._account(), **content}, file)
            beside.replace(self._file)

    def _lives_elsewhere(self) -> bool:
        session = self._client._session
        return bool(session and urlsplit(session.pds_endpoint or "").netloc != self._host)

    def _account(self) -> str:
        return f"{self._settings.handle} at {self._settings.service}"


class _Bridge(httpx.BaseTransport):
    """The library's requests on our wire: timeouts, a deadline, a size limit, the host's budget, and no other hosts."""

    def __init__(self, make: Callable[[str], Http]) -> None:
        self._make = make
        self._hosts: dict[str, Http | None] = {}
        self._urls: dict[str, str] = {}

    def allow(self, url: str) -> None:
        """Another server to speak to: the one where the account lives. Never unencrypted, unless the service is so itself."""
        plain = url.startswith("http://") and self._urls and not next(iter(self._urls.values())).startswith("http://")
        if (host := urlsplit(url).netloc) and not plain:
            self._urls.setdefault(host, f"{urlsplit(url).scheme}://{host}")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.netloc.decode("ascii", "replace")
        if host not in self._urls:
            raise SourceError(
                f"{next(iter(self._urls))}: sends us on to {host[:100]}; if that is right, set `service` to it"
            )
        http = self._hosts.get(host)
        if http is None:
            http = self._hosts[host] = self._make(self._urls[host])
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in ("host", "content-length", "user-agent")
        }
        answer = http.send(request.method, str(request.url), headers=headers, data=request.read())
        unpacked = [
            (n, v)
            for n, v in answer.headers.items()
            if n.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        ]
        return httpx.Response(answer.status_code, headers=unpacked, content=answer.content)

    def close(self) -> None:
        for http in self._hosts.values():
            if http is not None:
                http.close()


def _session_is_over(error: RequestErrorBase) -> bool:
    return _says(error, ("ExpiredToken", "InvalidToken", "AuthMissing"))


def _says_none(error: RequestErrorBase) -> bool:
    """PDS and AppView give some of these no name of their own."""
    content = error.response.content if error.response else None
    return isinstance(content, XrpcError) and str(content.message).startswith("Could not locate record")


def _says(error: RequestErrorBase, names: tuple[str, ...]) -> bool:
    content = error.response.content if error.response else None
    return isinstance(content, XrpcError) and content.error in names


def _instant(value: object) -> datetime | None:
    return read_time(value)[0]

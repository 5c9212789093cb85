"""The wire to X: the token added at the last moment, and every answer read before tweepy sees it.

tweepy 4.17 sends no timeout and fixes the host (client.py, BaseClient.request), prints the bearer token at DEBUG, and its
exceptions fall over themselves on error bodies that are lists or hold `"errors": null` (errors.py, HTTPException). An
adapter below its session cures all of it: tweepy never learns the token, and is handed nothing but success.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import requests
import urllib3
from tweepy.client import Client
from urllib3.util import Retry

from ...config.sources import XSettings
from ...errors import LoginFailed, RateLimited, SourceError, TimelineClosed
from ..base import Purse, user_agent
from ..budget import Budget
from ..wire import Paused, Wire

HOST = "https://api.twitter.com"  # tweepy's own; X answers there as at api.x.com
RUN_S = 240.0  # for all requests of a run
WINDOW = timedelta(minutes=15)  # of X's rate limits
REQUESTS = Budget(400, WINDOW.total_seconds())  # one for all jobs of this process; X allows an app 450 searches
CHATTY = ("tweepy", "tweepy.client", "urllib3", "urllib3.connectionpool")  # at DEBUG they print headers and posts
AT_THE_CAP = "stopped at the cap of this day or month (daily_cap_usd, monthly_cap_usd)"
MICRO = 1_000_000
LONGEST_WAIT = timedelta(days=1)
UNPAID_WAIT = timedelta(hours=1)


T = TypeVar("T")


class LostAnswer(SourceError):
    """The request may have arrived and been billed, but no answer could be read."""


class SinceTooOld(SourceError):
    """X no longer knows what came after the `since_id` it was asked from."""


class ApiWire(Wire):
    """Mounted on tweepy's session. Raises our errors for whatever is no successful answer.

    Asks the host `base` (scheme and host) whatever host tweepy names. Sends each request once: a repeated one may be
    billed again, and the next run goes on where this one ended.
    """

    def __init__(
        self,
        token: str | None,
        clock: Callable[[], datetime],
        base: str = HOST,
        budget: Budget = REQUESTS,
        within_s: float = RUN_S,
    ) -> None:
        super().__init__(urlsplit(base).netloc, budget, within_s)
        self.max_retries = Retry(0, read=False)
        self._token = token  # None: tweepy signs the request with the account's keys
        self._clock = clock
        self._base = base

    def send(self, request: requests.PreparedRequest, *_args: Any, **options: Any) -> requests.Response:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        parts = urlsplit(str(request.url))
        request.url = f"{self._base}{parts.path}?{parts.query}"
        try:
            response = super().send(request, **options)
        except Paused as error:
            raise RateLimited(str(error), self._clock() + timedelta(seconds=error.wait_s)) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, SourceError) as error:
            raise _unanswered(error) from error
        if response.status_code in (200, 201):
            return response
        headers = self.last.headers if self.last else {}
        raise refusal(response.status_code, headers, response.content, self._clock(), secret=self._token or "")


def open_client(settings: XSettings, wire: ApiWire, *keys: str) -> Any:
    """tweepy on a wire of ours. `keys` are the account's own, which sign; without them the wire adds the app's token."""
    for name in CHATTY:
        if logging.getLogger(name).getEffectiveLevel() < logging.INFO:
            logging.getLogger(name).setLevel(logging.INFO)
    make_client = cast(Any, Client)  # tweepy has no types
    client = make_client(None if keys else "added by the wire", *keys, return_type=requests.Response)
    client.user_agent = user_agent(settings.name, settings.contact)
    client.session = wire.session()
    return client


def paid(purse: Purse, call: Callable[[], requests.Response], read: Callable[[dict[str, Any]], T]) -> T:
    """Gives back what was set aside when X refuses. An answer that is lost may have been billed: its money stays counted."""
    try:
        return read(load_answer(call()))
    except LostAnswer:
        raise
    except SourceError:
        purse.settle(0)
        raise


def load_answer(response: requests.Response) -> dict[str, Any]:
    """The JSON object of a successful answer. Raises LostAnswer for anything else, such as a page of HTML."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise LostAnswer("X answered something that is no JSON object; it is asked again at the next run")
    return answer


def refusal(status: int, headers: Mapping[str, str], body: bytes, now: datetime, *, secret: str = "") -> SourceError:
    """What an answer other than 200 means. Such an answer hands out no posts and bills none."""
    said = detail(body)
    said = said.replace(secret, "…") if secret else said
    because = f": {said}" if said else ""
    match status:
        case 400 if b"since_id" in body:
            return SinceTooOld(f"X says that its last post read is too old (400{because})")
        case 401:
            return LoginFailed(f"X does not accept the token (401{because}); make a new one, docs/accounts.md says how")
        case 402:
            return RateLimited(
                f"the X account's balance is used up (402{because}); add credits in the developer console",
                now + UNPAID_WAIT,
            )
        case 403 | 404:
            return TimelineClosed(
                f"X does not show this to your app ({status}{because}); check its project and permissions"
            )
        case 429:
            return RateLimited(f"X asks to wait (429{because})", _reset(headers, now))
        case _:
            return SourceError(f"X answered {status}{because}; it is asked again at the next run")


def detail(body: bytes) -> str:
    """One line of what an error body says, whatever its shape. "" for HTML and where it says nothing."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return detail_of(found)


def detail_of(found: object) -> str:
    """As `detail`, of JSON already read."""
    return " ".join("".join(c if c.isprintable() else " " for c in _message(found)).split())[:200]


def _message(found: object, depth: int = 0) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        return next((text for item in found if (text := _message(item, depth + 1))), "") if depth < 4 else ""
    if isinstance(found, dict) and depth < 4:
        keys = ("errors", "error", "detail", "message", "title")
        return next((text for key in keys if (text := _message(found.get(key), depth + 1))), "")
    return ""


def micro(usd: float) -> int:
    """Dollars as micro-dollars."""
    return round(usd * MICRO)


def _reset(headers: Mapping[str, str], now: datetime) -> datetime:
    """When X takes questions again; a window from now where it does not say so, or says nonsense."""
    text = headers.get("x-rate-limit-reset", "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return now + WINDOW
    reset = datetime.fromtimestamp(int(text), UTC)
    return min(max(reset, now + timedelta(seconds=30)), now + LONGEST_WAIT)


def _unanswered(error: Exception) -> SourceError:
    """No answer came. Where no connection was made, nothing can have been billed either."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    unreached = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.SSLError, urllib3.exceptions.ProxyError)
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError) or isinstance(
        reason, unreached
    ):
        return SourceError("X could not be reached; it is asked again at the next run")
    why = str(error) if isinstance(error, SourceError) else type(error).__name__
    return LostAnswer(f"X did not answer in full ({why}); it is asked again at the next run")

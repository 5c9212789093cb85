"""What a failed request means: the one place where the client library's errors become ours.

Messages name the host, what was asked, and what to do. They hold neither the token nor a word of what was answered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from requests.exceptions import SSLError, Timeout
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import TimeoutError as UrllibTimeout

from ...errors import LoginFailed, RateLimited, SourceError, TimelineClosed
from ..wire import Answer, Paused, retry_after


class Unreachable(SourceError):
    """No answer at all: asking for the next timeline would only wait again."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom we asked, and as whom."""

    host: str
    token_env: str | None  # None: without a token


def explain(error: Exception, answer: Answer | None, asker: Asker, what: str, now: datetime) -> SourceError:
    """Our error for one of the library's. `answer` is the last one; None: there was none. `what` was asked for."""
    found = causes(error)
    for cause in found:
        if isinstance(cause, Paused):
            return RateLimited(f"{asker.host}: {cause}", now + timedelta(seconds=cause.wait_s))
        if isinstance(cause, SourceError):  # of wire.py, raised inside the library
            return type(cause)(f"{asker.host}: {cause}")
    if answer is None:
        return Unreachable(f"{asker.host}: {_why_no_answer(found)}; asks again next time")
    return _by_status(answer, asker, what, now)


def _by_status(answer: Answer, asker: Asker, what: str, now: datetime) -> SourceError:
    host = asker.host
    match answer.status:
        case 429:
            return RateLimited(f"{host}: asked too often, the instance wants a pause", retry_after(answer.headers, now))
        case 401 | 403 | 422 if asker.token_env:  # 422: snac, and Mastodon for a token that belongs to nobody
            return LoginFailed(
                f"{host}: the token in {asker.token_env} may not read {what} ({answer.status});"
                " make a new one in the instance's settings under Development, with the scope `read`"
            )
        case 401 | 422:  # 422: Mastodon where "public preview" is switched off
            return TimelineClosed(f"{host}: shows {what} only with a login; set `token_env`")
        case 403 if answer.first == b"{":  # with a page of HTML it is a firewall, not the instance
            return TimelineClosed(f"{host}: shows {what} to nobody without a login; set `token_env`")
        case 404:
            return SourceError(f"{host}: does not know {what} (404); is `url` a Mastodon instance?")
        case status if 200 <= status < 300:
            return SourceError(f"{host}: answered with something that is no JSON; maintenance, perhaps")
        case status:
            return SourceError(f"{host}: could not give {what} (HTTP {status}); asks again next time")


def causes(error: BaseException) -> list[BaseException]:
    """The error and what led to it, the nearest first."""
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and len(found) < 20:
        found.append(following)
        following = following.__cause__ or following.__context__
    return found


def _why_no_answer(found: list[BaseException]) -> str:
    if any(isinstance(cause, SSLError) for cause in found):
        return "its certificate is not accepted"
    if any(isinstance(cause, NewConnectionError) for cause in found):  # a kind of timeout to urllib3
        return "cannot be reached"
    if any(isinstance(cause, Timeout | UrllibTimeout | TimeoutError) for cause in found):
        return "no answer in time"
    return "broke off"

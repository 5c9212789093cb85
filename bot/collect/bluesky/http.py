"""Bluesky's HTTP side within our bounds: what every request passes through, and the opt-outs of authors."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from requests import Response
from urllib3.exceptions import HTTPError

from ... import __version__
from ...config.sources import BlueskySettings
from ...errors import RateLimited, SourceError
from ...text import clean
from ..budget import Budget
from ..mastodon.errors import Asker, explain
from ..plain import LEAVE_ME, text_of
from ..wire import Wire, retry_after
from .events import HIDDEN, labels

RUN_S = 60.0
AT_ONCE = 25  # authors a request, the most that app.bsky.actor.getProfiles takes


def agent_of(settings: BlueskySettings) -> str:
    return f"brennpunkt/{__version__}" + (f" ({settings.contact})" if settings.contact else "")


class Http:
    """One run's requests to one host. Every failure to get an answer is a SourceError; an answer may have any status."""

    def __init__(self, url: str, budget: Budget, user_agent: str, clock: Callable[[], datetime]) -> None:
        self.host = urlsplit(url).netloc
        self._url = url
        self._clock = clock
        self._session = Wire(self.host, budget, RUN_S).session()
        self._session.headers["User-Agent"] = user_agent

    def send(self, method: str, url: str, **options: Any) -> Response:
        try:
            return self._session.request(method, url, allow_redirects=False, **options)
        except (OSError, ValueError, HTTPError, SourceError) as error:  # requests' errors are OSErrors or ValueErrors
            raise explain(error, None, Asker(self.host, None), "", self._clock()) from error

    def get(self, nsid: str, params: list[tuple[str, str]]) -> Mapping[str, Any]:
        """The JSON object that a query answers with. Raises SourceError, RateLimited."""
        response = self.send("GET", f"{self._url}/xrpc/{nsid}", params=params)
        if response.status_code == 429:
            raise RateLimited(f"{self.host}: asked too often", ask_again_at(response.headers, self._clock()))
        try:
            body = response.json() if response.status_code == 200 else None
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise SourceError(
                f"{self.host}: could not answer {nsid} (HTTP {response.status_code}); asks again next time"
            )
        return body

    def close(self) -> None:
        self._session.close()


def ask_again_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a 429 lets us ask again; None: it does not say. Bluesky sends Unix seconds in RateLimit-Reset."""
    said = headers.get("ratelimit-reset") or headers.get("retry-after") or ""
    return retry_after({"Retry-After": said}, now)


class Profiles:
    """Who asked to be left alone, by a label on the own profile or a word in it. One request for 25 authors."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._known: dict[str, bool] = {}

    def opted_out(self, dids: Collection[str]) -> set[str]:
        """Raises SourceError where nobody can say: then nothing is taken, and asked again next time."""
        unknown = [did for did in dict.fromkeys(dids) if did not in self._known]
        for first in range(0, len(unknown), AT_ONCE):
            part = unknown[first : first + AT_ONCE]
            rows = self._http.get("app.bsky.actor.getProfiles", [("actors", did) for did in part]).get("profiles")
            self._known.update(dict.fromkeys(part, False))
            for row in rows if isinstance(rows, list) else []:
                if isinstance(row, dict) and row.get("did") in part:
                    self._known[row["did"]] = wants_out(row)
        return {did for did in dids if self._known[did]}


def wants_out(profile: Mapping[str, Any]) -> bool:
    """Does this profile, as the platform shows it, say that programs should keep away?"""
    about = clean(text_of(profile.get("description")))
    return bool(labels(profile.get("labels")) & HIDDEN) or LEAVE_ME.search(about) is not None

"""Ticket systems of others, over HTTP: hand a ticket in, find it again, read its status. The only file that asks them.

A ticket that may have arrived is never handed in again before the system was asked for it: `NotifyUnsure` says so.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests import Response
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .collect.budget import SHARED
from .collect.wire import Wire
from .errors import NotifyError, NotifyRefused, NotifyUnsure, SourceError
from .escalate.tickets import Kind

WITHIN_S = 30.0
LARGEST = 1024 * 1024  # bytes of an answer
LATER = (408, 425, 429, 503)  # certainly not taken, and perhaps next time


@dataclass(frozen=True, slots=True)
class System:
    """A ticket system, with its secret."""

    name: str
    kind: Kind
    url: str  # TM Forum: of the collection, "…/serviceProblem"; Zammad: its front page
    token: str = ""  # "": it wants none

    @property
    def collection(self) -> str:
        base = self.url.rstrip("/")
        return f"{base}/api/v1/tickets" if self.kind is Kind.ZAMMAD else base


@dataclass(frozen=True, slots=True)
class Ticket:
    """As it stands there."""

    id: str
    status: str  # in its words; "": it names none


def hand_in(system: System, body: str) -> Ticket:
    """Post a ticket. Raises NotifyError (not taken, later perhaps), NotifyRefused (never), NotifyUnsure (who knows)."""
    answer = _ask(system, "POST", system.collection, body)
    if answer.status_code in LATER:
        raise NotifyError(f"{system.name}: answered {answer.status_code}, tried again later")
    if 400 <= answer.status_code < 500:
        raise NotifyRefused(f"{system.name}: refused it ({answer.status_code}{_why(answer)})")
    if answer.status_code == 202:
        raise NotifyUnsure(f"{system.name}: took it for later (202) and named no ticket")
    if not 200 <= answer.status_code < 300:
        raise NotifyUnsure(f"{system.name}: answered {answer.status_code}; nobody knows whether it took the ticket")
    found = _ticket(_json(answer))
    if found is None:
        raise NotifyUnsure(f"{system.name}: answered {answer.status_code} without a ticket's id")
    return found


def find(system: System, key: str) -> Ticket | None:
    """The ticket with our key; None: it is certainly not there. Raises NotifyError where nobody can say."""
    if system.kind is Kind.ZAMMAD:
        asked = quote(f'title:"{key}"')
        url = f"{system.collection}/search?expand=true&limit=20&query={asked}"
    else:
        field = "externalId" if system.kind is Kind.TMF621_V4 else "externalIdentifier.id"
        url = f"{system.collection}?{field}={quote(key)}"
    rows = _json(_good(system, _ask(system, "GET", url)))
    if not isinstance(rows, list):
        raise NotifyError(f"{system.name}: answered a search with something else than a list")
    for row in rows:
        if isinstance(row, dict) and _bears(row, key) and (found := _ticket(row)):
            return found
    return None


def read(system: System, number: str) -> Ticket:
    """A ticket by its id there. Raises NotifyError."""
    url = f"{system.collection}/{quote(number, safe='')}" + ("?expand=true" if system.kind is Kind.ZAMMAD else "")
    found = _ticket(_json(_good(system, _ask(system, "GET", url))))
    if found is None:
        raise NotifyError(f"{system.name}: answered without a ticket")
    return found


def _ask(system: System, method: str, url: str, body: str | None = None) -> Response:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if system.token:
        scheme = "Token token=" if system.kind is Kind.ZAMMAD else "Bearer "
        headers["Authorization"] = scheme + system.token
    wire = Wire(urlsplit(url).netloc, SHARED, WITHIN_S, LARGEST)
    try:
        with wire.session() as session:
            session.trust_env = False  # no password of a .netrc takes the place of the token
            return session.request(
                method, url, data=body.encode() if body else None, headers=headers, allow_redirects=method == "GET"
            )
    except requests.ConnectionError as error:
        if _never_left(error):
            raise NotifyError(f"{system.name}: cannot be reached") from error
        raise NotifyUnsure(f"{system.name}: the answer got lost") from error
    except (requests.RequestException, SourceError) as error:
        raise NotifyUnsure(f"{system.name}: no whole answer ({type(error).__name__})") from error
    finally:
        wire.close()


def _never_left(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _good(system: System, answer: Response) -> Response:
    if not 200 <= answer.status_code < 300:
        raise NotifyError(f"{system.name}: answered {answer.status_code}{_why(answer)}")
    return answer


def _json(answer: Response) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def _why(answer: Response) -> str:
    """What the system says in its error, as far as it is a word of one line."""
    told = _json(answer)
    words = [told.get(key) for key in ("reason", "message", "error")] if isinstance(told, dict) else []
    text = next((word for word in words if isinstance(word, str)), "")
    return f": {' '.join(text.split())[:150]}" if text else ""


def _ticket(row: Any) -> Ticket | None:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str | int) or row["id"] in ("", True, False):
        return None
    status = row.get("status") or row.get("state") or ""
    return Ticket(str(row["id"])[:200], str(status)[:100] if isinstance(status, str | int) else "")


def _bears(row: dict[str, Any], key: str) -> bool:
    """A search may answer with more than was asked for."""
    identifiers = row.get("externalIdentifier")
    ids = [each.get("id") for each in identifiers if isinstance(each, dict)] if isinstance(identifiers, list) else []
    return key in (row.get("externalId"), *ids) or f"[{key}]" in str(row.get("title", ""))

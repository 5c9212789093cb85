"""X on loopback: the documented answers of four endpoints, the ugly ones too, and a bill for every post handed out.

Written from X's documentation and error messages of 2026. It is stricter than X where X is vague.
"""

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .drip import drip

TOKEN = "a-token-that-nobody-may-see"
POST_READ, MENTION_READ, COUNTS, REPLY = 5_000, 1_000, 5_000, 10_000  # micro-dollars
OWN = "12"  # our account
HTML = b"<!DOCTYPE html><title>Over capacity</title>"
EPOCH_MS = 1_288_834_974_657


def id_of(moment: datetime, number: int = 1) -> int:
    return (int(moment.timestamp() * 1000) - EPOCH_MS << 22) + number


@dataclass(frozen=True)
class StubPost:
    native: int
    text: str = "Kein Netz, o2?"
    mention: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What one request gets in place of its answer."""

    status: int = 200
    body: bytes | None = None  # None: the honest body
    headers: dict[str, str] = field(default_factory=dict)
    billed: bool = True  # False: X itself answers so, and hands out no posts
    cut: int | None = None  # bytes sent of the body before the connection is reset; None: all of it
    drips: bool = False  # the body comes byte by byte, and never ends


RESET = "x-rate-limit-reset"
FAULTS: dict[str, Fault] = {
    "reset before the answer": Fault(cut=-1),
    "reset within the answer": Fault(cut=20),
    "HTML with 200": Fault(body=HTML),
    "a list with 200": Fault(body=b"[]"),
    "nothing with 200": Fault(body=b""),
    "without end": Fault(body=b"[" + b" " * 9_000_000),
    "no meta": Fault(body=b'{"data": []}'),
    "half a JSON": Fault(body=b'{"data": [{"id": "1'),
    "too deep": Fault(body=b"[" * 100_000),
    "errors only with 200": Fault(
        body=b'{"errors": [{"title": "Not Found Error", "detail": "Could not find"}]}', billed=False
    ),
    "202": Fault(202, b"{}"),
    "redirect": Fault(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
    "400": Fault(400, b'{"errors": [{"message": "Invalid"}], "title": "Invalid Request"}'),
    "400 with a list": Fault(400, b'["Bad Request"]'),
    "400 with errors null": Fault(400, b'{"errors": null, "detail": "Bad"}'),
    "401": Fault(401, b'{"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}'),
    "402": Fault(402, b'{"title": "CreditsDepleted", "detail": "Your account has no credits", "status": 402}'),
    "403": Fault(403, b'{"title": "Forbidden", "detail": "You are not permitted"}'),
    "404": Fault(404, b""),
    "429": Fault(429, b'{"title": "Too Many Requests"}', {RESET: "1772453220"}),
    "429 without reset": Fault(429, b"Too Many Requests"),
    "429 with nonsense": Fault(429, b"null", {RESET: "soon"}),
    "500 HTML": Fault(500, HTML),
    "503 with a list": Fault(503, b'[{"code": 130, "message": "Over capacity"}]'),
}


class XServer:
    """State of the stub. `now` is its clock; `faults` maps the number of a request (from 0) to what it gets."""

    def __init__(self) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.reset(datetime(2026, 3, 2, 12, tzinfo=UTC))

    def reset(self, now: datetime) -> None:
        self.now = now
        self.posts: list[StubPost] = []
        self.protected: set[str] = set()  # ids shown to followers only
        self.unnamed: set[str] = set()
        self.faults: dict[int, Fault] = {}
        self.change: Callable[[dict[str, Any]], None] = lambda body: None  # a last word on honest bodies
        self.word = "tweet"  # "post": the names of August 2026
        self.written: list[dict[str, Any]] = []  # by our account, oldest first
        self.allows_replies = True
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []  # path, parameters, headers
        self.billed = 0  # micro-dollars

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, path: str, params: dict[str, str], headers: dict[str, str]) -> tuple[int, dict[str, Any], int]:
        """Status, body and price of an honest answer."""
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"title": "Unauthorized", "status": 401}, 0
        if path == "/2/tweets":
            body = self._lookup(params.get("ids", "").split(","))
            return 200, body, len(body.get("data", [])) * POST_READ
        if path == "/2/usage/tweets":
            return 200, {"data": {"cap_reset_day": 10, "project_cap": "3000000", "project_usage": "43435"}}, 0
        if path == f"/2/users/{OWN}/tweets":
            rows = [row for row in reversed(self.written) if int(row["id"]) > int(params["since_id"])]
            return 200, {"data": rows, "meta": {"result_count": len(rows)}}, len(rows) * MENTION_READ
        mentions = re.fullmatch(r"/2/users/\d+/mentions", path)
        if not mentions and path not in ("/2/tweets/search/recent", "/2/tweets/counts/recent"):
            return 404, {}, 0
        if problem := self._problem(params, mentions=bool(mentions), counts="counts" in path):
            return 400, {"errors": [{"parameters": {}, "message": problem}], "title": "Invalid Request"}, 0
        if "counts" in path:
            return 200, self._counts(params), COUNTS
        found = [post for post in self.posts if (post.mention if mentions else matches(params["query"], post.text))]
        body = self._page(found, params)
        return 200, body, len(body.get("data", [])) * (MENTION_READ if mentions else POST_READ)

    def write(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any], int]:
        """POST /2/tweets, signed with the account's keys (OAuth 1.0a), as the rules of February 2026 have it."""
        if not re.match(r"OAuth .*oauth_signature=", headers.get("Authorization", "")):
            return 401, {"title": "Unauthorized", "status": 401}, 0
        parent = body["reply"]["in_reply_to_tweet_id"]
        if not self.allows_replies:
            detail = (
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged"
            )
            return 403, {"title": "Forbidden", "detail": detail, "status": 403}, 0
        if any(row["text"] == body["text"] for row in self.written):
            return 403, {"detail": "You are not allowed to create a Tweet with duplicate content.", "status": 403}, 0
        native = str(id_of(self.now, len(self.written) + 1))
        references = [{"type": "replied_to", "id": parent}]
        self.written.append({"id": native, "text": body["text"], "referenced_tweets": references})
        return 201, {"data": {"id": native, "text": body["text"]}}, REPLY

    def _problem(self, params: dict[str, str], *, mentions: bool, counts: bool) -> str:
        if not mentions and not 1 <= len(params.get("query", "")) <= 512:
            return "query is too long"
        if not counts and not (5 if mentions else 10) <= int(params.get("max_results", "10")) <= 100:
            return "max_results is out of range"
        if {"since_id", "until_id"} & params.keys() and {"start_time", "end_time"} & params.keys():
            return "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'."
        oldest = self.now - timedelta(days=7)
        if not mentions and "since_id" in params and int(params["since_id"]) < id_of(oldest, 0):
            return f"'since_id' must be a tweet id created after {oldest:%Y-%m-%dT%H:%MZ}."
        if not mentions and "start_time" in params and datetime.fromisoformat(params["start_time"]) < oldest:
            return "'start_time' must be on or after 7 days ago"
        return ""

    def _page(self, found: list[StubPost], params: dict[str, str]) -> dict[str, Any]:
        above = int(params.get("since_id", 0))
        if "start_time" in params:
            above = id_of(datetime.fromisoformat(params["start_time"]), 0) - 1
        below = int(params.get("until_id", id_of(self.now - timedelta(seconds=30))))
        token = params.get("next_token") or params.get("pagination_token")
        below = min(below, int(token)) if token else below
        rows = sorted((post for post in found if above < post.native < below), key=lambda post: -post.native)
        most = int(params.get("max_results", "10"))
        page = rows[:most]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": str(page[0].native), "oldest_id": str(page[-1].native)}
        if len(rows) > most:
            meta["next_token"] = str(page[-1].native)
        return {"data": [self._row(post) for post in page], "meta": meta} if page else {"meta": meta}

    def _lookup(self, ids: list[str]) -> dict[str, Any]:
        """Those that are there, and an error for each that is not; of those in `unnamed` not a word."""
        there = {str(post.native): post for post in self.posts}
        kinds = dict.fromkeys(self.protected, "not-authorized-for-resource")
        errors = [
            {
                "resource_id": native,
                "resource_type": "tweet",
                "title": "Not Found Error",
                "type": f"https://api.twitter.com/2/problems/{kinds.get(native, 'resource-not-found')}",
            }
            for native in ids
            if (native not in there or native in self.protected) and native not in self.unnamed
        ]
        rows = [self._row(there[native]) for native in ids if native in there and native not in self.protected]
        return {name: value for name, value in (("data", rows), ("errors", errors)) if value}

    def _row(self, post: StubPost) -> dict[str, Any]:
        created_at = datetime.fromtimestamp(((post.native >> 22) + EPOCH_MS) / 1000, UTC)
        return {
            "id": str(post.native),
            "text": post.text,
            "author_id": "77",
            "lang": "de",
            "created_at": created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            f"edit_history_{self.word}_ids": [str(post.native)],
            **post.extra,
        }

    def _counts(self, params: dict[str, str]) -> dict[str, Any]:
        start, end = (datetime.fromisoformat(params[name]) for name in ("start_time", "end_time"))
        step = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}[
            params["granularity"]
        ]
        found = [post.native for post in self.posts if matches(params["query"], post.text)]
        rows = []
        while start < end:
            stop = min(start + step - timedelta(minutes=start.minute, seconds=start.second), end)
            count = sum(id_of(start, 0) <= native < id_of(stop, 0) for native in found)
            rows.append({"start": start.isoformat(), "end": stop.isoformat(), f"{self.word}_count": count})
            start = stop
        return {"data": rows, "meta": {f"total_{self.word}_count": sum(row[f"{self.word}_count"] for row in rows)}}


def matches(query: str, text: str) -> bool:
    """Does one of the query's first group of words occur? Enough of X's language for these tests."""
    group = query[1 : query.index(")")] if query.startswith("(") else query
    return any(term.strip('"').casefold() in text.casefold() for term in group.split(" OR "))


def _handler(server: XServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {name: values[0] for name, values in parse_qs(parts.query).items()}
            number = len(server.requests)
            server.requests.append((parts.path, params, dict(self.headers)))
            self._answer(number, *server.answer(parts.path, params, dict(self.headers)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number = len(server.requests)
            server.requests.append((urlsplit(self.path).path, body, dict(self.headers)))
            lost = server.faults.get(number)
            if lost is not None and not lost.billed:
                return self._answer(number, lost.status, {}, 0)
            return self._answer(number, *server.write(body, dict(self.headers)))

        def _answer(self, number: int, status: int, answer: dict[str, Any], price: int) -> None:
            fault = server.faults.get(number, Fault(status))
            if status in (200, 201) and fault.status in (200, 201) and fault.billed:
                server.change(answer)
                server.billed += price  # also where the answer is lost on its way
            body = json.dumps(answer).encode() if fault.body is None else fault.body
            if fault.cut is not None and fault.cut < 0:
                return self._cut()
            self.send_response(fault.status)
            for name, value in {"Content-Length": str(len(body)), **fault.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if fault.drips:
                return drip(self.wfile)
            self.wfile.write(body[: fault.cut])
            return self._cut() if fault.cut is not None else None

        def _cut(self) -> None:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST, not FIN
            self.connection.close()

        def finish(self) -> None:
            if self.connection.fileno() != -1:
                super().finish()

        def log_message(self, *_args: object) -> None:
            pass

    return Handler

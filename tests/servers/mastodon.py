"""Mastodon's documented answers on loopback, and its undocumented bad days.

docs.joinmastodon.org/methods/timelines: newest first; `min_id` gives the oldest after it, `since_id` the newest after it.
"""

import json
import queue
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .drip import drip

TOKEN = "a-token-that-must-not-be-told"
EPOCH = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OPEN = {"local": "public", "remote": "public"}

# What may come instead of an answer: status, content type, body, further headers. A callable takes the handler.
FAULTS: dict[str, Any] = {
    "429": (
        429,
        "application/json",
        b'{"error":"Too many requests"}',
        {"X-RateLimit-Reset": "2026-03-02T12:20:00.000Z"},
    ),
    "404": (404, "application/json", b'{"error":"Record not found"}', {}),
    "410": (410, "text/html", b"<h1>Gone</h1>", {}),
    "429 without a time": (429, "text/html", b"<h1>Slow down</h1>", {}),
    "500": (500, "application/json", b'{"error":"secret-looking-detail"}', {}),
    "502": (502, "text/html", b"<html>Bad Gateway</html>", {}),
    "503 with a wish": (503, "text/html", b"<html>Later</html>", {"Retry-After": "600"}),
    "HTML instead of JSON": (200, "text/html", b"<html><title>Just a moment</title></html>", {}),
    "half a JSON": (200, "application/json", b'[{"id":"1","uri":"http', {}),
    "nothing": (200, "application/json", b"", {}),
    "without end": (200, "application/json", b"[" + b" " * 9_000_000, {}),
    "null": (200, "application/json", b"null", {}),
    "an object": (200, "application/json", b"{}", {}),
    "a list of strings": (200, "application/json", b'["a","b"]', {}),
    "a post without id": (200, "application/json", b'[{"uri":"x"}]', {}),
    "deep JSON": (200, "application/json", b"[" * 100_000, {}),
    "deep error": (500, "application/json", b"[" * 100_000, {}),
    "a broken limit header": (
        500,
        "application/json",
        b"{}",
        {"X-RateLimit-Reset": "never", "X-RateLimit-Remaining": "x"},
    ),
    "another place": (302, "text/html", b"", {"Location": "http://127.0.0.1:9/login"}),
    "a reset": lambda handler: handler.reset(),
    "a body that breaks off": lambda handler: handler.break_off(),
}


@dataclass
class FakeMastodon:
    """The instance's state. `asked` holds path and query of every request; `faults` what befalls the n-th from now."""

    port: int = 0
    page: int = 40  # most posts it gives at once
    tags: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # oldest first
    mentions: list[dict[str, Any]] = field(default_factory=list)
    access: dict[str, str] | None = field(default_factory=lambda: dict(OPEN))  # None: does not say (before 4.5)
    has_v2: bool = True
    needs_login: int = 0  # status for those without a token; 0: open to all
    scopes: tuple[str, ...] = ("read",)
    bot: bool = True  # our own account says that it is one
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    faults: dict[int, Any] = field(default_factory=dict)
    forgets: set[str] = field(default_factory=set)  # ids it no longer knows: it answers nothing after them, like snac
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # by whose token, oldest first
    limit: int = 500  # characters of a post
    posts_first: bool = True  # a fault befalls the answer to a post that was made
    has_streams: bool = True
    streams: list[tuple[str, "queue.SimpleQueue[bytes | None]"]] = field(
        default_factory=list
    )  # open ones: what and to whom
    opened: threading.Condition = field(default_factory=threading.Condition)
    _number: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(
        self, tag: str, text: str = "Kein Netz", *, at: datetime | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A new post; with `at` it is filed by its time, like one that arrives late from elsewhere."""
        self._number += 1
        at = at or EPOCH + timedelta(seconds=self._number)
        status = self.status(text, tag=tag, at=at, **changes)
        # A new list: one that is being sorted looks empty to whoever asks meanwhile.
        self.tags[tag] = sorted([*self.tags.get(tag, []), status], key=lambda row: int(row["id"]))
        self.tell(tag, event("update", status))
        return status

    def mention(
        self, text: str = "@brennpunkt kein Netz", *, at: datetime | None = None, **changes: Any
    ) -> dict[str, Any]:
        self._number += 1
        at = at or EPOCH + timedelta(seconds=self._number)
        row = {
            "id": str(self._number),
            "type": "mention",
            "created_at": _iso(at),
            "status": self.status(text, at=at, **changes),
        }
        self.mentions.append(row)
        self.tell("", event("notification", row))
        return row

    def tell(self, of: str, raw: bytes | None) -> None:
        """Send to whoever follows a hashtag, or the notifications (""). None: hang up."""
        with self.opened:
            for name, wanting in self.streams:
                if name == of:
                    wanting.put(raw)

    def hang_up(self) -> None:
        """End all streams, as a restart of the instance does."""
        for name in {name for name, _ in self.streams}:
            self.tell(name, None)

    def wait_for_requests(self, count: int) -> None:
        """So many were made."""
        with self.opened:
            assert self.opened.wait_for(lambda: len(self.asked) >= count, 20), self.asked

    def wait_for_streams(self, count: int) -> None:
        """So many are open."""
        with self.opened:
            assert self.opened.wait_for(lambda: len(self.streams) == count, 20), [name for name, _ in self.streams]

    def status(self, text: str, *, at: datetime, tag: str = "", **changes: Any) -> dict[str, Any]:
        native = str((int(at.timestamp() * 1000) << 16) + self._number)
        hashtag = f' <a href="{self.url}/tags/{tag}" class="mention hashtag">#<span>{tag}</span></a>' if tag else ""
        account = {
            "id": "7",
            "username": "kim",
            "acct": "kim",
            "url": f"{self.url}/@kim",
            "note": "<p>Hallo</p>",
            "fields": [],
        }
        return {
            "id": native,
            "uri": f"{self.url}/users/kim/statuses/{native}",
            "url": f"{self.url}/@kim/{native}",
            "created_at": _iso(at),
            "content": f"<p>{text}{hashtag}</p>",
            "visibility": "public",
            "spoiler_text": "",
            "language": "de",
            "reblog": None,
            "mentions": [],
            **changes,
            "account": {**account, **changes.get("account", {})},
        }

    def replies(self, token: str = TOKEN) -> list[str]:
        """The ids of posts that the account of this token has answered, once for each answer."""
        return [row["in_reply_to_id"] for whose, row in self.posted if whose == token]

    def post(self, form: dict[str, str], token: str) -> tuple[int, Any]:
        """docs.joinmastodon.org/methods/statuses/#create; like real servers after an hour it knows no Idempotency-Key."""
        if not {"write", "write:statuses"} & set(self.scopes):
            return 403, {"error": "This action is outside the authorized scopes"}
        parent = form.get("in_reply_to_id")
        if parent and not self._status(parent):
            return 404, {"error": "Record not found"}
        if len(form["status"]) > self.limit:
            return 422, {"error": "Validation failed: Text character limit exceeded"}
        self._number += 1
        row = self.status(form["status"], at=datetime.now(UTC), visibility=form["visibility"], in_reply_to_id=parent)
        row |= {
            "account": {**row["account"], **_account(self.url, token)},
            "spoiler_text": form.get("spoiler_text", ""),
        }
        self.posted.append((token, row))
        return 200, row

    def _status(self, native: str) -> dict[str, Any] | None:
        every = [*(row for rows in self.tags.values() for row in rows), *(row for _, row in self.posted)]
        every += [row["status"] for row in self.mentions]
        return next((row for row in every if row["id"] == native), None)

    def answer(self, path: str, query: dict[str, str], token: str | None) -> tuple[int, Any]:
        if (
            token is not None
            and token != TOKEN
            and not token.startswith("run-")
            and path.endswith("verify_credentials")
        ):
            return 401, {"error": "The access token is invalid"}
        match path.rstrip("/").split("/")[1:]:
            case ["api", "v2", "instance"] if self.has_v2:
                feeds = {"timelines_access": {"hashtag_feeds": self.access}} if self.access else {}
                return 200, {"domain": "example.social", "configuration": feeds}
            case ["api", "v1", "instance"]:
                return 200, {"uri": "example.social", "version": "3.5.0"}
            case ["api", "v1", "accounts", "verify_credentials"]:
                if "read" not in self.scopes and "profile" not in self.scopes:
                    return 403, {"error": "This action is outside the authorized scopes"}
                return 200, {**_account(self.url, token or TOKEN), "bot": self.bot}
            case ["api", "v1", "accounts", _, "statuses"]:
                return 200, self._page([row for whose, row in self.posted if whose == token], query)
            case ["api", "v1", "statuses", native, "context"]:
                below = [row for _, row in self.posted if row["in_reply_to_id"] == native]
                return 200, {"ancestors": [], "descendants": below}
            case ["api", "v1", "notifications"]:
                if "read" not in self.scopes and "read:notifications" not in self.scopes:
                    return 403, {"error": "This action is outside the authorized scopes"}
                return 200, self._page(self.mentions, query)
            case ["api", "v2", "search"]:
                if token is None:
                    return 401, {"error": "This method requires an authenticated user"}
                every = [row for rows in self.tags.values() for row in rows]
                newest_first = sorted(every, key=lambda row: -int(row["id"]))
                before = int(query.get("max_id") or 1 << 80)
                hits = [row for row in newest_first if query["q"] in row["content"] and int(row["id"]) < before]
                return 200, {"accounts": [], "hashtags": [], "statuses": hits[: min(int(query["limit"]), self.page)]}
            case ["api", "v1", "statuses", native]:
                found = self._status(native)
                return (200, found) if found else (404, {"error": "Record not found"})
            case ["api", "v1", "timelines", "tag", tag]:
                if self.needs_login and token is None:
                    return self.needs_login, {"error": "This method requires an authenticated user"}
                return 200, self._page(self.tags.get(tag, []), query)
            case _:
                return 404, {"error": "Record not found"}

    def _page(self, rows: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
        limit = min(int(query.get("limit", "20")), self.page)
        if query.get("min_id") in self.forgets:
            return []
        after = int(query.get("min_id") or query.get("since_id") or -1)
        before = int(query.get("max_id") or 1 << 80)
        within = [row for row in rows if after < int(row["id"]) < before]
        chosen = within[:limit] if "min_id" in query else within[-limit:]
        return chosen[::-1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body in one packet: in two, each answer waits 40 ms for an ACK
    fake: FakeMastodon  # set on the class made for each server

    def do_POST(self) -> None:
        """A fault befalls the answer; whether the post is made before it, `posts_first` says."""
        fake = self.fake
        length = int(self.headers.get("Content-Length", "0"))
        form = {key: values[-1] for key, values in parse_qs(self.rfile.read(length).decode()).items()}
        number = len(fake.asked)
        fake.asked.append((urlsplit(self.path).path, form, dict(self.headers)))
        fault = fake.faults.get(number)
        if fault is None or fake.posts_first:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, body = fake.post(form, token)
            fault = fault or (status, "application/json", json.dumps(body).encode(), {})
        fault(self) if callable(fault) else self._send(*fault)

    def do_GET(self) -> None:
        fake = self.fake
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        number = len(fake.asked)
        with fake.opened:
            fake.asked.append((parts.path, query, dict(self.headers)))
            fake.opened.notify_all()
        fault = fake.faults.get(number)
        if fault is None and parts.path.startswith("/api/v1/streaming/") and fake.has_streams:
            self.stream(query.get("tag", ""))
        elif fault is None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
            status, body = fake.answer(parts.path, query, token)
            self._send(status, "application/json", json.dumps(body).encode(), {})
        elif callable(fault):
            fault(self)
        else:
            self._send(*fault)

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, of: str) -> None:
        """docs.joinmastodon.org/methods/streaming: server-sent events, for those with a token."""
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, "application/json", b'{"error":"Error: Missing access token"}', {})
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.wfile.flush()
        mine = of, queue.SimpleQueue[bytes | None]()
        with self.fake.opened:
            self.fake.streams.append(mine)
            self.fake.opened.notify_all()
        with suppress(OSError):
            while (raw := mine[1].get()) is not None:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
                self.wfile.flush()
        with self.fake.opened:
            self.fake.streams.remove(mine)
            self.fake.opened.notify_all()
        self.close_connection = True
        return None

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def break_off(self) -> None:
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[{"id":')
        self.wfile.flush()
        self.close_connection = True

    def drip(
        self, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n["
    ) -> None:
        drip(self.wfile, head)
        self.close_connection = True

    def finish(self) -> None:
        with suppress(OSError):  # it was reset on purpose
            super().finish()

    def log_message(self, *_args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        pass  # the other side hung up, on purpose


@contextmanager
def fake_mastodon(**state: Any) -> Iterator[FakeMastodon]:
    fake = FakeMastodon(**state)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        fake.hang_up()
        server.shutdown()
        server.server_close()
        thread.join()


def event(name: str, payload: Any) -> bytes:
    """As a stream carries it."""
    return f"event: {name}\ndata: {json.dumps(payload)}\n\n".encode()


def _account(url: str, token: str) -> dict[str, Any]:
    """Every token that a test makes up has an account of its own."""
    name = "brennpunkt" if token == TOKEN else token
    return {"id": "99" if token == TOKEN else f"99{name}", "acct": name, "url": f"{url}/@{name}"}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def wait_until(condition: Any, within_s: float, what: str) -> Any:
    """Ask until it is true, with a deadline; for servers that take their time."""
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        if found := condition():
            return found
        threading.Event().wait(0.2)
    raise AssertionError(f"waited {within_s:.0f} s for {what}")

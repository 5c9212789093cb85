"""Jetstream on loopback, with its bad days: events of our own, sent oldest first from the cursor on, inclusive.

github.com/bluesky-social/jetstream, README: the query's `cursor` is in µs; without one the stream begins now.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

EPOCH = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STEP = timedelta(seconds=70)  # between two events: more than the silence that a source takes for a broken stream
POST = "app.bsky.feed.post"


def reset(ws: ServerConnection) -> None:
    ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ws.socket.shutdown(socket.SHUT_RD)
    ws.socket.close()


def half_a_message(ws: ServerConnection) -> None:
    ws.socket.sendall(b"\x81\x7e\x02\x00" + b'{"did":')
    wait_for_end(ws)


def wait_for_end(ws: ServerConnection) -> None:
    with suppress(ConnectionClosed, OSError):
        while True:
            ws.recv()


def junk(text: str | bytes) -> Callable[[ServerConnection], None]:
    return lambda ws: ws.send(text)


# What may come before the n-th event. Those that only send something more leave the stream as it is.
FAULTS: dict[str, Callable[[ServerConnection], None]] = {
    "reset": reset,
    "broken off": lambda ws: ws.socket.shutdown(socket.SHUT_RDWR),
    "good-bye": lambda ws: ws.close(1001, "restarting"),
    "going down": lambda ws: ws.close(1011, "secret-looking-detail\n\x1b[31m"),
    "half a message": half_a_message,
    "silence": wait_for_end,
    "huge message": junk("x" * 1_200_000),
    "half a JSON": junk(f'{{"did":"did:plc:x","commit":{{"collection":"{POST}","text":"o2'),
    "deep JSON": junk(f'{{"collection":"{POST}","text":"o2","a":' + "[" * 90_000),
    "no UTF-8": junk(b'\xff\xfe"app.bsky.feed.post" "text":"o2 \xff'),
    "a list": junk(f'["{POST}", "o2"]'),
    "a far future": junk(f'{{"did":"did:plc:x","time_us":9999999999999999,"collection":"{POST}","text":"o2"}}'),
    "no record": junk(
        f'{{"did":"did:plc:x","time_us":1772452800000000,"kind":"commit",'
        f'"commit":{{"operation":"create","collection":"{POST}","rkey":"o2","record":null}}}}'
    ),
}


@dataclass
class FakeJetstream:
    """`events` in the order they are sent; `faults` what befalls the n-th message from now on."""

    url: str = ""
    events: list[tuple[int, str]] = field(default_factory=list)  # time_us, JSON
    faults: dict[int, str] = field(default_factory=dict)  # number of a message, as counted in `sent` -> FAULTS
    refuse: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # answers to the next handshakes
    asked: list[dict[str, str]] = field(default_factory=list)  # query of each handshake
    agents: list[str] = field(default_factory=list)
    sent: int = 0
    now: datetime = EPOCH
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def add(self, event: dict[str, Any], after: timedelta = STEP) -> None:
        """One more event, so long after the last."""
        self.now += after
        time_us = (self.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        self.events.append(
            (time_us, json.dumps({"time_us": time_us, **event}, ensure_ascii=False, separators=(",", ":")))
        )

    def add_now(self, event: dict[str, Any]) -> None:
        """One more event, at this instant of the real clock."""
        self.add(event, max(datetime.now(UTC) - self.now, timedelta(microseconds=1)))

    def write(
        self, text: str, *, did: str = "did:plc:kim", rkey: str | None = None, operation: str = "create",
        after: timedelta = STEP, **record: Any,
    ) -> str:  # fmt: skip
        """A post made or changed. Returns its address."""
        rkey = rkey or f"3k{next(self._numbers):05}"
        body = {"$type": POST, "createdAt": "2026-03-02T12:00:00.000Z", "langs": ["de"], "text": text, **record}
        commit = {"rev": "r", "operation": operation, "collection": POST, "rkey": rkey, "record": body, "cid": "bafy"}
        self.add({"did": did, "kind": "commit", "commit": commit}, after)
        return f"at://{did}/{POST}/{rkey}"

    def delete(self, uri: str) -> None:
        _, _, did, collection, rkey = uri.split("/")
        commit = {"rev": "r", "operation": "delete", "collection": collection, "rkey": rkey}
        self.add({"did": did, "kind": "commit", "commit": commit})

    def account(self, did: str, *, active: bool, status: str = "deleted") -> None:
        account = {"active": active, "did": did, "seq": 1, "time": "2026-03-02T12:00:00.000Z"}
        self.add({"did": did, "kind": "account", "account": account if active else {**account, "status": status}})

    def door(self, _ws: ServerConnection, request: Request) -> Response | None:
        url = urlsplit(request.path)
        self.asked.append({key: values[0] for key, values in parse_qs(url.query).items()})
        self.agents.append(request.headers.get("User-Agent", ""))
        if not self.refuse:
            return None
        status, headers = self.refuse.pop(0)
        return Response(status, HTTPStatus(status).phrase, Headers(headers), b"<html>secret-looking-detail</html>")

    def serve(self, ws: ServerConnection) -> None:
        cursor = int(self.asked[-1].get("cursor", 0))
        with suppress(ConnectionClosed, OSError):
            for time_us, event in list(self.events):
                if time_us < cursor:
                    continue
                fault = self.faults.get(self.sent)
                self.sent += 1
                if fault:
                    FAULTS[fault](ws)
                ws.send(event)
            wait_for_end(ws)


@contextmanager
def fake_jetstream() -> Iterator[FakeJetstream]:
    fake = FakeJetstream()
    with serve(fake.serve, "127.0.0.1", 0, process_request=fake.door, compression=None, ping_interval=None) as server:
        fake.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()

"""A web server of feeds on loopback: honest ones with ETag, and the ugly answers that feeds really get."""

import gzip
import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from .drip import drip

RESET = "a reset"
FAULTS = (RESET, "cut short", "500", "HTML", "nothing", "half a gzip", "a bomb", "entities", "a silent end", "429")


@dataclass
class FakeFeed:
    url: str = ""
    entries: list[str] = field(default_factory=list)  # as XML, newest first
    shown: int = 10_000  # how many of them an answer holds
    asked: list[dict[str, str]] = field(default_factory=list)  # headers of every request
    faults: dict[int, str] = field(default_factory=dict)  # number of a request -> what it gets
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)  # path -> a fixed answer

    def publish(self, count: int) -> set[str]:
        numbers = range(len(self.entries), len(self.entries) + count)
        for number in numbers:
            self.entries.insert(0, item(f"entry-{number}", f"Kein Netz bei o2, zum {number}. Mal"))
        return {f"entry-{number}" for number in numbers}

    def body(self) -> bytes:
        return rss(*self.entries[: self.shown])


def item(guid: str, text: str, more: str = "<pubDate>Mon, 02 Mar 2026 11:00:00 GMT</pubDate>") -> str:
    name = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<item>{name}<description>{escape(text)}</description>{more}</item>"


def rss(*items: str) -> bytes:
    whole = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Forum</title>'
        + "".join(items)
        + "</channel></rss>"
    )
    return whole.encode()


def bomb() -> bytes:
    """A gigabyte of nothing, as a few bytes."""
    return gzip.compress(b"<rss>" + b" " * 64 * 1024 * 1024)


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>"""


class _Handler(BaseHTTPRequestHandler):
    fake: FakeFeed
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        fake = self.fake
        number = len(fake.asked)
        fake.asked.append(dict(self.headers))
        if self.path in fake.answers:
            status, headers, body = fake.answers[self.path]
            return self._send(status, headers, body)
        if self.path == "/drip":
            return self._drip()
        body = fake.body()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if fault := fake.faults.get(number):
            return self._misbehave(fault, body, tag)
        if self.headers.get("If-None-Match") == tag:
            return self._send(304, {"ETag": tag}, b"")
        return self._send(
            200, {"ETag": tag, "Content-Type": "application/rss+xml", "Content-Encoding": "gzip"}, gzip.compress(body)
        )

    def _misbehave(self, fault: str, body: bytes, tag: str) -> None:
        match fault:
            case "a reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            case "cut short":
                self._send(200, {"ETag": tag, "Content-Length": str(len(body))}, body[: len(body) // 2])
                self.close_connection = True
            case "a silent end":  # no length was told, so nobody knows that it broke off
                self.send_response(200)
                self.send_header("ETag", tag)
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            case "half a gzip":
                packed = gzip.compress(body)
                self._send(200, {"ETag": tag, "Content-Encoding": "gzip"}, packed[: len(packed) // 2])
            case "a bomb":
                self._send(200, {"ETag": tag, "Content-Encoding": "gzip"}, bomb())
            case "entities":
                self._send(200, {"ETag": tag}, ENTITIES)
            case "a drip":
                self._drip()
            case "HTML":
                self._send(
                    200, {"ETag": tag, "Content-Type": "text/html"}, b"<!DOCTYPE html><title>Down</title><p>secret</p>"
                )
            case "nothing":
                self._send(200, {"ETag": tag}, b"")
            case "429":
                self._send(429, {"Retry-After": "120"}, b"")
            case _:
                self._send(500, {}, b"secret")

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        drip(self.wfile)
        self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def fake_feed() -> Iterator[FakeFeed]:
    fake = FakeFeed()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

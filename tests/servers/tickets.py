"""A ticket system on loopback: TM Forum's collections and Zammad's, strict about what it takes, and it fails as it is told."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token-that-nobody-may-see"
REQUIRED = {
    "serviceProblem": {"@type": str, "category": str, "priority": int, "description": str, "reason": str, "originatorParty": dict},
    "troubleTicket": {"description": str, "severity": str, "ticketType": str},
    "tickets": {"title": str, "group": str, "customer": str, "article": dict},
}  # fmt: skip


@dataclass
class TicketSystem:
    """What was handed in, and what the next POSTs get in place of their answer."""

    faults: list[str] = field(
        default_factory=list
    )  # taken and reset, reset, 429, 500 taken, 503, 400, 401, 202, html, no id, huge
    taken: list[dict[str, Any]] = field(default_factory=list)
    searches: int = 0
    down: bool = False  # GETs fail
    status: str = "acknowledged"
    port: int = 0

    def url(self, collection: str) -> str:
        return f"http://127.0.0.1:{self.port}" + ("" if collection == "tickets" else f"/tmf/{collection}")


@contextmanager
def ticket_system() -> Iterator[TicketSystem]:
    system = TicketSystem()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fault = system.faults.pop(0) if system.faults else ""
            if TOKEN not in self.headers.get("Authorization", "") or fault == "401":
                self._answer(401, {"code": "60", "reason": "Unauthorized"})
            elif fault == "reset":
                self._reset()
            elif fault in ("429", "503"):
                self._answer(int(fault), {})
            elif fault == "400" or self._lacks(body):
                self._answer(400, {"code": "23", "reason": f"Missing: {self._lacks(body)}"})
            else:
                system.taken.append(body | {"id": f"T{len(system.taken) + 1}"})
                ticket = system.taken[-1] | {"status": system.status, "state": system.status}
                match fault:
                    case "taken and reset":
                        self._reset()
                    case "500 taken":
                        self._answer(500, {})
                    case "202":
                        self._answer(202, {})
                    case "html":
                        self._answer(200, b"<html>Welcome back</html>")
                    case "no id":
                        self._answer(201, {"status": "acknowledged"})
                    case "huge":
                        self._answer(201, b" " * 3_000_000)
                    case _:
                        self._answer(201, ticket)

        def do_GET(self) -> None:
            if system.down:
                self._answer(502, b"bad gateway")
                return
            parts = urlsplit(self.path)
            tickets = [one | {"status": system.status, "state": system.status} for one in system.taken]
            last = unquote(parts.path.rstrip("/").rsplit("/", 1)[1])
            if last in ("serviceProblem", "troubleTicket", "search"):
                system.searches += 1
                asked = next(value[0] for key, value in parse_qs(parts.query).items() if key not in ("expand", "limit"))
                wanted = asked.removeprefix("title:").strip('"')
                self._answer(200, [one for one in tickets if wanted in json.dumps(one)])
            else:
                found = [one for one in tickets if one["id"] == last]
                self._answer(200 if found else 404, found[0] if found else {"reason": "Not found"})

        def _lacks(self, body: dict[str, Any]) -> list[str]:
            kinds = REQUIRED[self.path.rstrip("/").rsplit("/", 1)[1]]
            return [name for name, kind in kinds.items() if not isinstance(body.get(name), kind)]

        def _answer(self, status: int, body: object) -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            self.wfile = open("/dev/null", "wb")  # noqa: SIM115 -- nothing more may be written to it

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]
    system.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A small world on loopback: a config for it, and a chat that remembers what it was sent."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bot.config.load import shipped

PATIENCE_S = 120  # a deadline on a machine that has much else to do; nothing takes a tenth of it on one that has not


def write_config(folder: Path, *sources: Mapping[str, object], **changes: str) -> Path:
    """The shipped config with these sources, and everything it writes in `folder`. `changes` replace whole lines by key."""
    text = shipped("o2-de.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[[sources]]")
    blocks = [
        "[[sources]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in source.items())
        for source in sources
    ]
    lines = (head + "\n".join([*blocks, ""]) + rest[rest.index("[watch]") :]).replace("var/", f"{folder}/").splitlines()
    for key, value in changes.items():
        (number,) = [number for number, line in enumerate(lines) if line.startswith(f"{key} = ")]
        lines[number] = f"{key} = {value}"
    path = folder / "own.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@dataclass
class Chat:
    """Takes messages in apprise's JSON form, filed by the last part of the address they were sent to."""

    port: int = 0
    taken: dict[str, list[str]] = field(default_factory=dict)  # room -> titles
    told: dict[str, list[str]] = field(default_factory=dict)  # room -> what the messages say
    slow: Callable[[], object] = bool  # called before a message is taken, and before it is answered

    def address(self, room: str) -> str:
        return f"json://127.0.0.1:{self.port}/{room}"


@contextmanager
def chat() -> Iterator[Chat]:
    room = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            room.slow()
            room.taken.setdefault(self.path.strip("/"), []).append(message["title"])
            room.told.setdefault(self.path.strip("/"), []).append(message["message"])
            room.slow()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    room.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield room
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A mail server on loopback for faults that a real one does not have. What a real one does is tested against dovecot.

It knows what `bot/collect/mailbox/imap.py` asks, over TLS with a certificate made for this run.
"""

import re
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .drip import drip

PASSWORD = "secret-of-the-mailbox"
FAULTS = (
    "a reset",
    "NO",
    "BAD",
    "BYE",
    "half an answer",
    "nonsense",
    "a huge literal",
    "other mails",
    "an endless line",
)


def mail(subject: str, body: str = "Kein Netz", **headers: str) -> bytes:
    """`headers` with _ for -; a header that is given twice takes the later value."""
    usual = {
        "From": "Kim Muster <kim@example.org>",
        "To": "hilfe@carrier.example",
        "Subject": subject,
        "Date": "Mon, 02 Mar 2026 11:00:00 +0000",
        "Message-ID": f"<{subject.encode().hex()[:40]}@example.org>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return ("".join(f"{name}: {value}\r\n" for name, value in usual.items()) + "\r\n" + body).encode()


@dataclass
class FakeImap:
    port: int = 0
    certificate: Path = Path()
    validity: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # commands, without their tags
    faults: dict[int, str] = field(default_factory=dict)  # number of a command -> what it gets

    def add(self, *mails: bytes) -> None:
        for each in mails:
            self.mails[max(self.mails, default=0) + 1] = each


class _Session(socketserver.StreamRequestHandler):
    fake: FakeImap
    context: ssl.SSLContext
    disable_nagle_algorithm = True  # else every answer waits 40 ms for an acknowledgement

    def setup(self) -> None:
        self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.request.close()

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            self.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready")
            while line := self.rfile.readline().decode().strip():
                tag, _, command = line.partition(" ")
                number = len(self.fake.asked)
                self.fake.asked.append(command)
                if not self.obey(tag, command, self.fake.faults.get(number)):
                    return

    def obey(self, tag: str, command: str, fault: str | None) -> bool:
        lines = list(self.answer(command))
        match fault:
            case None:
                pass
            case "a reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case "NO" | "BAD":
                self.say(f"{tag} {fault} secret reasons")
                return True
            case "BYE":
                self.say("* BYE secret reasons")
                return False
            case "half an answer":
                self.wfile.write(b"\r\n".join(lines)[: len(b"\r\n".join(lines)) // 2])
                return False
            case "nonsense":
                self.say("* 7 \x01(((", "+ what", "* SEARCH seven", "* 3 FETCH (UID x BODY[] NIL)")
            case "a huge literal":
                self.say("* 1 FETCH (UID 1 BODY[]<0> {4000000000}")
            case "other mails":
                self.say("* 99 FETCH (UID 4000000 FLAGS (\\Seen))", "* 100 EXISTS", "* 1 EXPUNGE", "* SEARCH")
            case "a drip":
                drip(self.wfile)
                return False
            case "an endless line":
                self.wfile.write(b"* OK " + b"x" * 5_000_000)
                return False
        if command.startswith("AUTHENTICATE"):
            self.say("+ ")
            self.rfile.readline()
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))
        self.say(f"{tag} OK done")
        return not command.startswith("LOGOUT")

    def answer(self, command: str) -> Iterator[bytes]:
        fake = self.fake
        if command == "CAPABILITY":
            yield b"* CAPABILITY IMAP4rev1 AUTH=PLAIN"
        elif command.startswith("EXAMINE"):
            yield f"* {len(fake.mails)} EXISTS".encode()
            yield f"* OK [UIDVALIDITY {fake.validity}] valid".encode()
        elif found := re.match(r"UID SEARCH UID (\d+|\*)(:\*)?$", command):
            uids = sorted(fake.mails)
            chosen = uids[-1:] if found[1] == "*" else [uid for uid in uids if uid >= int(found[1])] or uids[-1:]
            yield ("* SEARCH " + " ".join(map(str, chosen))).encode().rstrip()
        elif command.startswith("UID SEARCH SINCE"):
            yield ("* SEARCH " + " ".join(map(str, sorted(fake.mails)))).encode().rstrip()
        elif found := re.match(r"UID FETCH ([\d,]+) ", command):
            for uid in map(int, found[1].split(",")):
                if raw := fake.mails.get(uid):
                    head = (
                        f'* {uid} FETCH (UID {uid} INTERNALDATE " 2-Mar-2026 12:00:00 +0100" BODY[]<0> {{{len(raw)}}}'
                    )
                    yield head.encode() + b"\r\n" + raw + b")"

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_args: Any) -> None:
        """A client that hangs up in the middle is what we came for."""


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key. Skips the test where there is no openssl to make one."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the command openssl")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@contextmanager
def fake_imap(folder: Path) -> Iterator[FakeImap]:
    certificate, key = make_certificate(folder)
    fake = FakeImap(certificate=certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = _Server(("127.0.0.1", 0), type("Session", (_Session,), {"fake": fake, "context": context}))
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A connection to a mail server that can only read, within all bounds (imaplib of Python 3.11).

imaplib reads as much as the server announces, for as long as it sends: here every line, literal, and all of them together
have a limit, and the run's deadline shuts the socket.
"""

import base64
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ...errors import LoginFailed, SourceError
from ..wire import Deadline

TIMEOUT_S = 20.0  # to connect, and between two reads
MAX_LINE = 4 * 1024 * 1024  # bytes: the answer to a search names some 500,000 mails
MAX_MAIL = 256 * 1024  # bytes read of one mail; texts come before pictures
# strftime speaks the locale's language.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MAX_RUN = 256 * 1024 * 1024  # bytes read in one run

_UID = re.compile(rb"\bUID (\d{1,10})\b")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{10,40})"')


@dataclass(frozen=True, slots=True)
class Mail:
    uid: int
    raw: bytes  # its first MAX_MAIL bytes
    arrived_at: datetime | None  # None: the server's answer cannot be read


class _Bounded(imaplib.IMAP4):
    """imaplib's client with limits. Commands are imaplib's own, only the reading is ours."""

    def __init__(self, host: str, port: int, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        self._deadline = deadline
        self._context = context  # None: plain, until STARTTLS
        self._left = MAX_RUN
        super().__init__(host, port, TIMEOUT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        sock = socket.create_connection((self.host, self.port), min(timeout or TIMEOUT_S, self._deadline.left_s()))
        self._deadline.follow(sock)
        return self._context.wrap_socket(sock, server_hostname=self.host) if self._context else sock

    def read(self, size: int) -> bytes:
        if size > MAX_MAIL + 4096:
            raise self.abort(f"announces {size:,} bytes, more than we asked for")
        return self._count(super().read(size))

    def readline(self) -> bytes:
        line = self.file.readline(MAX_LINE + 1)
        assert isinstance(line, bytes)  # typeshed: its IO is of text or bytes
        if len(line) > MAX_LINE:
            raise self.abort(f"sends a line of more than {MAX_LINE // 1024 // 1024} MiB")
        return self._count(line)

    def _count(self, data: bytes) -> bytes:
        self._deadline.left_s()
        self._left -= len(data)
        if self._left < 0:
            raise self.abort(f"sends more than {MAX_RUN // 1024 // 1024} MiB")
        return data


class Mailbox:
    """One folder of a mail server, opened for reading. Every method raises SourceError or LoginFailed, nothing else."""

    def __init__(self, host: str, port: int, deadline: Deadline, *, starttls: bool, ca_file: str | None) -> None:
        self._host = host
        self._deadline = deadline
        self._broken = False  # an answer was not understood: what comes next belongs to nothing we asked
        try:
            context = ssl.create_default_context(cafile=ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._client = _Bounded(host, port, deadline, None if starttls else context)
        except Exception as error:
            raise self._explain(error, "cannot be reached") from error
        if starttls:
            try:
                self._client.starttls(context)
            except Exception as error:
                self._hang_up()
                raise self._explain(error, "does not encrypt") from error

    def login(self, user: str, password: str) -> None:
        """By SASL PLAIN where the server has it: LOGIN knows neither umlauts nor quotes."""
        token = f"\0{user}\0{password}".encode()
        try:
            if "AUTH=PLAIN" in self._client.capabilities:
                self._client.authenticate("PLAIN", lambda _challenge: token)
            else:
                self._client.login(_quoted(user), password)
        except imaplib.IMAP4.abort as error:
            raise self._explain(error, "ended the login") from error
        except (imaplib.IMAP4.error, UnicodeError):  # its text may hold what was sent: it is not repeated
            raise LoginFailed(f"{self._host}: refuses the login; check `user` and the password") from None
        except Exception as error:
            raise self._explain(error, "ended the login") from error

    def open(self, folder: str) -> int:
        """EXAMINE: nothing in the folder can be changed from here on. Returns UIDVALIDITY."""
        status, _ = self._ask("open the folder", "select", _quoted(encode_folder(folder)), True)
        if status != "OK":
            raise SourceError(f"{self._host}: has no folder {folder!r} that may be read; correct `folder`")
        _, values = self._client.response("UIDVALIDITY")
        value = values[-1] if values else None
        if not isinstance(value, bytes) or not value.isdigit():
            raise SourceError(f"{self._host}: does not number its mails in a way that lasts (no UIDVALIDITY)")
        return int(value)

    def newer_than(self, uid: int) -> list[int]:
        """The mails after `uid`, upwards. The server answers `n:*` with its last mail even if that is older."""
        return [each for each in self._search(f"UID {uid + 1}:*") if each > uid]

    def since(self, day: date) -> list[int]:
        """The mails that arrived on `day` or later by the server's clock, upwards."""
        return self._search(f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}")

    def newest(self) -> int:
        """The last mail's number; 0: there is none."""
        return max(self._search("UID *"), default=0)

    def _search(self, criteria: str) -> list[int]:
        status, data = self._ask("search", "uid", "SEARCH", criteria)
        if status != "OK":
            raise SourceError(f"{self._host}: does not search the folder")
        words = b" ".join(part for part in data if isinstance(part, bytes)).split()
        return sorted({int(word) for word in words if word.isdigit() and len(word) <= 10})

    def fetch(self, uids: list[int]) -> list[Mail]:
        """The mails that are still there. PEEK: they stay unread."""
        status, data = self._ask(
            "fetch", "uid", "FETCH", ",".join(map(str, uids)), f"(UID INTERNALDATE BODY.PEEK[]<0.{MAX_MAIL}>)"
        )
        if status != "OK":
            raise SourceError(f"{self._host}: does not hand out mails it has just named")
        wanted, found = set(uids), {}
        for head, raw in _answers(data):
            uid = _UID.search(head)
            if uid and int(uid[1]) in wanted:
                found[int(uid[1])] = Mail(int(uid[1]), raw[:MAX_MAIL], _arrived(head))
        return [found[uid] for uid in uids if uid in found]

    def close(self) -> None:
        """Say goodbye, and hang up whatever the answer."""
        try:
            if not self._broken:
                self._client.logout()
        except Exception:  # the mails are read; how the server takes its leave is no matter
            self._broken = True
        finally:
            self._hang_up()
            self._deadline.release()

    def _hang_up(self) -> None:
        with suppress(OSError):  # closed before: a failed handshake does that by itself
            self._client.shutdown()

    def _ask(self, what: str, method: str, *args: Any) -> tuple[str, list[Any]]:
        try:
            status, data = getattr(self._client, method)(*args)
        except Exception as error:
            raise self._explain(error, f"does not answer: {what}") from error
        return status, list(data or [])

    def _explain(self, error: Exception, what: str) -> SourceError:
        self._broken = True
        self._deadline.left_s()  # a connection that we shut ourselves says so
        if isinstance(error, SourceError):
            return error
        if isinstance(error, ssl.SSLCertVerificationError):
            return SourceError(
                f"{self._host}: its certificate is not to be trusted ({error.verify_message}); `ca_file` names your own CA"
            )
        if isinstance(
            error, OSError | imaplib.IMAP4.error | EOFError | UnicodeError | ValueError | IndexError | TypeError
        ):
            return SourceError(f"{self._host}: {what} ({type(error).__name__})")
        raise error


def _answers(data: list[Any]) -> Iterator[tuple[bytes, bytes]]:
    """imaplib's pieces of a FETCH as what was said around each mail, and the mail. Some servers say the UID behind it."""
    for number, piece in enumerate(data):
        if isinstance(piece, tuple) and len(piece) >= 2 and b"BODY[" in piece[0]:
            following = data[number + 1] if number + 1 < len(data) else b""
            tail = following if isinstance(following, bytes) and not re.match(rb"\d+ \(", following) else b""
            yield piece[0] + b" " + tail, piece[1]


def _arrived(head: bytes) -> datetime | None:
    found = _ARRIVED.search(head)
    try:
        return (
            parsedate_to_datetime(found[1].decode("ascii").strip().replace("-", " ", 2)).astimezone(UTC)
            if found
            else None
        )
    except (ValueError, OverflowError, TypeError):
        return None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def encode_folder(name: str) -> str:
    """A folder's name as IMAP sends it: modified UTF-7 (RFC 3501, 5.1.3)."""

    def shift(found: re.Match[str]) -> str:
        packed = base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{packed}-"

    return re.sub(r"[^\x20-\x7e]+", shift, name.replace("&", "&-"))

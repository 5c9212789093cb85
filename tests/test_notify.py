"""Mail against a real SMTP server on loopback that fails in every way, and chats against a small HTTP server."""

import email
import email.policy
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from bot.errors import NotifyError, NotifyRefused, NotifyUnsure
from bot.notify import Message, Target, send

# apprise 2.2 imports imghdr for an old pgpy, which Python 3.11 warns of
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63fa0f0001050101"
    "d8ed3d630000000049454e44ae426082"
)


class Sink:
    """Takes mail, or answers at one step as it is told. "hang up": it closes the connection instead."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.mails: list[EmailMessage] = []

    async def handle_MAIL(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        envelope.mail_from = address
        return self._answer(server, "MAIL")

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        answer = self._answer(server, address if address in self.answers else "RCPT")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return self._answer(server, "DATA")

    def _answer(self, server: Any, step: str) -> str:
        answer = self.answers.get(step, "250 OK")
        if answer == "hang up":
            server.transport.abort()
        return answer


@pytest.fixture
def sink() -> Iterator[tuple[Sink, Target]]:
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield handler, target(controller.port)
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def target(port: int, more: str = "", who: str = "") -> Target:
    to = "manager@example.org"
    url = f"mailto://{who}127.0.0.1:{port}?from=brennpunkt@example.org&to={to}{more}&mode=insecure"
    return Target("BRENNPUNKT_MAIL", url)


def message(**pictures: bytes) -> Message:
    html = '<p>28 Kunden &amp; mehr</p><img src="cid:days.png" alt="Balken"><img src="cid:map.png" alt="Karte">'
    drawn = {f"{name}.png": picture for name, picture in pictures.items()}
    return Message("o2: 28 Kunden", "kurz", html, drawn, "28 Kunden, ausführlich", "7.1763553600")


def test_a_mail_holds_page_our_own_text_and_the_pictures_inside_it(sink: tuple[Sink, Target]) -> None:
    send(sink[1], message(days=PIXEL, map=PIXEL))
    (mail,) = sink[0].mails
    assert mail["Subject"] == "o2: 28 Kunden"
    assert mail["To"] == "manager@example.org"
    assert mail["Message-ID"] == "<7.1763553600@example.org>"
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert "28 Kunden &amp; mehr" in parts["text/html"].get_content()
    assert parts["text/plain"].get_content().strip() == "28 Kunden, ausführlich"
    pictures = [part["Content-ID"] for part in mail.walk() if part.get_content_type() == "image/png"]
    assert pictures == ["<days.png>", "<map.png>"]
    assert parts["image/png"].get_payload(decode=True) == PIXEL
    assert mail.get_content_type() == "multipart/alternative"


def test_a_mail_goes_without_a_picture_as_well(sink: tuple[Sink, Target]) -> None:
    send(sink[1], message())
    assert len(sink[0].mails) == 1


@pytest.mark.parametrize(
    ("step", "answer", "kind"),
    [
        ("MAIL", "451 try later", NotifyError),
        ("MAIL", "550 no such sender", NotifyRefused),
        ("MAIL", "hang up", NotifyError),
        ("RCPT", "450 mailbox busy", NotifyError),
        ("RCPT", "550 mailbox manager@example.org unknown", NotifyRefused),
        ("RCPT", "hang up", NotifyError),
        ("DATA", "452 disk full", NotifyError),
        ("DATA", "554 looks like spam", NotifyRefused),
        ("DATA", "hang up", NotifyUnsure),
    ],
)
def test_every_failure_says_what_is_certain_and_shows_no_address(
    sink: tuple[Sink, Target], step: str, answer: str, kind: type[NotifyError]
) -> None:
    sink[0].answers[step] = answer
    with pytest.raises(NotifyError, match=r"^BRENNPUNKT_MAIL: ") as caught:
        send(sink[1], message())
    assert type(caught.value) is kind
    assert "example.org" not in str(caught.value)


def test_one_bad_recipient_does_not_keep_the_mail_from_the_others(sink: tuple[Sink, Target]) -> None:
    sink[0].answers["gone@example.org"] = "550 unknown"
    both = Target("BRENNPUNKT_MAIL", sink[1].url.replace("to=manager", "to=gone@example.org,manager"))
    with pytest.raises(NotifyRefused, match="refused for 1 of 2 recipients"):
        send(both, message())
    assert len(sink[0].mails) == 1


def test_a_dead_server_is_a_certain_failure_at_once() -> None:
    with pytest.raises(NotifyError, match="does not answer") as caught:
        send(target(free_port()), message())
    assert type(caught.value) is NotifyError


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.mail.TIMEOUT_S", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(NotifyError, match="does not answer") as caught,
    ):
        send(target(silent.getsockname()[1]), message())
    assert type(caught.value) is NotifyError


def test_a_wrong_password_is_refused_for_good() -> None:
    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=lambda *_: AuthResult(success=False, handled=False),
        auth_require_tls=False,
    )
    controller.start()
    try:
        with pytest.raises(NotifyRefused, match="name and password") as caught:
            send(target(controller.port, who="kim:secret@"), message())
        assert "secret" not in str(caught.value)
    finally:
        controller.stop()


def test_a_server_without_starttls_gets_no_letter(sink: tuple[Sink, Target]) -> None:
    wanted = Target("BRENNPUNKT_MAIL", sink[1].url.replace("mailto:", "mailtos:").replace("insecure", "starttls"))
    with pytest.raises(NotifyError, match="does not answer"):
        send(wanted, message())
    assert sink[0].mails == []


@pytest.mark.parametrize("url", ["", "nonsense", "nobody://knows", "mailto://"])
def test_an_address_apprise_does_not_know_is_said(url: str) -> None:
    with pytest.raises(NotifyRefused, match=r"^BRENNPUNKT_CHAT: not an address"):
        send(Target("BRENNPUNKT_CHAT", url), message())


@pytest.fixture
def chat() -> Iterator[Callable[[int], tuple[Target, list[dict[str, Any]]]]]:
    """A webhook that answers with a status; 0: it reads everything and hangs up."""
    servers: list[HTTPServer] = []

    def start(status: int) -> tuple[Target, list[dict[str, Any]]]:
        seen: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                if status:
                    self.send_response(status)
                    self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return Target("BRENNPUNKT_CHAT", f"json://127.0.0.1:{server.server_port}?format=text"), seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_chat_gets_the_short_text_and_calls_nobody(
    chat: Callable[[int], tuple[Target, list[dict[str, Any]]]],
) -> None:
    to, seen = chat(200)
    send(to, Message("o2", "@everyone <!channel> kein Netz", "<p>"))
    assert "kein Netz" in seen[0]["message"]
    assert "@everyone" not in seen[0]["message"]
    assert "<!channel>" not in seen[0]["message"]


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotifyRefused), (429, NotifyError), (503, NotifyError), (0, NotifyUnsure)]
)
def test_a_chat_that_fails_says_what_is_certain(
    chat: Callable[[int], tuple[Target, list[dict[str, Any]]]], status: int, kind: type[NotifyError]
) -> None:
    with pytest.raises(NotifyError) as caught:
        send(chat(status)[0], message())
    assert type(caught.value) is kind


def test_a_chat_that_is_not_there_is_a_certain_failure() -> None:
    with pytest.raises(NotifyError) as caught:
        send(Target("BRENNPUNKT_CHAT", f"json://127.0.0.1:{free_port()}"), message())
    assert type(caught.value) is NotifyError


def test_the_log_of_apprise_stays_ours(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotifyError):
        send(Target("BRENNPUNKT_CHAT", f"json://kim:secret@127.0.0.1:{free_port()}"), message())
    assert "secret" not in caplog.text


def test_only_the_service_that_an_address_names_is_read_in() -> None:
    """All 170 take 17 MB of the daemon. In a process of its own: here they may all be there already."""
    code = (
        "import sys; from bot.notify import is_known\n"
        "known = [is_known(url) for url in ('json://127.0.0.1/x', 'mailto://kim:pass@mail.example', 'matrix://a:b@chat.example')]\n"
        "few = sum(name.startswith('apprise.plugins.') for name in sys.modules)\n"
        "print(known, few < 20, is_known('https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ'),"
        " is_known('nobody://knows'), is_known('discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js'))"
    )
    shown = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[True, True, True] True True False True"

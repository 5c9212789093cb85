"""Mail against a real SMTP server on loopback."""

import email
import email.policy
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from bot.errors import NotifyError
from bot.notify import Message, Target, send

# apprise 2.2 imports imghdr for an old pgpy, which Python 3.11 warns of
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63fa0f0001050101"
    "d8ed3d630000000049454e44ae426082"
)


class Sink:
    """Takes mail, or refuses it with the answer it is given."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return self.answer


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


def target(port: int) -> Target:
    url = f"mailto://127.0.0.1:{port}?from=brennpunkt@example.org&to=manager@example.org&mode=insecure"
    return Target("BRENNPUNKT_MAIL", url)


def message(picture: Path | None = None) -> Message:
    return Message("o2: 28 Kunden", "kurz", '<p>28 Kunden &amp; mehr</p><img src="cid:days.png" alt="Balken">', picture)


def test_a_mail_holds_page_text_and_the_picture_inside_it(sink: tuple[Sink, Target], tmp_path: Path) -> None:
    picture = tmp_path / "days.png"
    picture.write_bytes(PIXEL)
    send(sink[1], message(picture))
    (mail,) = sink[0].mails
    assert mail["Subject"] == "o2: 28 Kunden"
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert "28 Kunden &amp; mehr" in parts["text/html"].get_content()
    assert "28 Kunden & mehr" in parts["text/plain"].get_content()
    assert parts["image/png"]["Content-ID"].strip("<>") == "days.png"
    assert parts["image/png"].get_payload(decode=True) == PIXEL


def test_a_mail_goes_without_a_picture_as_well(sink: tuple[Sink, Target]) -> None:
    send(sink[1], message())
    assert len(sink[0].mails) == 1


def test_a_refused_mail_is_an_error_that_shows_no_address(sink: tuple[Sink, Target]) -> None:
    sink[0].answer = "550 no"
    with pytest.raises(NotifyError, match=r"^BRENNPUNKT_MAIL: not sent") as caught:
        send(sink[1], message())
    assert "example.org" not in str(caught.value)


def test_a_dead_server_is_an_error_at_once() -> None:
    with pytest.raises(NotifyError, match="is the server up"):
        send(target(free_port()), message())


@pytest.mark.parametrize("url", ["", "nonsense", "nobody://knows", "mailto://"])
def test_an_address_apprise_does_not_know_is_said(url: str) -> None:
    with pytest.raises(NotifyError, match=r"^BRENNPUNKT_CHAT: not an address"):
        send(Target("BRENNPUNKT_CHAT", url), message())

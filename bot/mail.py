"""Mail by SMTP: our own plain text beside the page, the picture inside it, and for every failure what is certain about it."""

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from .errors import NotifyError, NotifyRefused, NotifyUnsure

TIMEOUT_S = 20.0
LINE = 500  # characters of a server's answer that are kept


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    security: str  # insecure, starttls, ssl
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # PNGs by content id
    message_id: str = ""  # the same letter has the same one, so that a mailbox can drop a second copy


def post(server: Server, letter: Letter, name: str) -> None:
    """Hand a letter to a mail server. Raises NotifyError when it certainly did not go and may later, NotifyRefused when it
    never will, NotifyUnsure when the server may have taken it. `name` stands for the address in errors."""
    message = compose(letter)
    try:
        client = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        raise _explained(name, "the mail server does not answer", error) from error
    try:
        _log_in(client, server, name)
        _before_data(name, lambda: client.ehlo_or_helo_if_needed())
        refused = _envelope(client, letter, name)
        _data(client, message, name)
        if refused:
            raise NotifyRefused(
                f"{name}: taken for some, refused for {len(refused)} of {len(letter.recipients)} recipients"
            )
    finally:
        client.close()  # without QUIT: what the server says to that changes nothing


def compose(letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = Address("Brennpunkt", addr_spec=letter.sender)
    message["To"] = ", ".join(letter.recipients)
    message["Date"] = formatdate()
    domain = letter.sender.rpartition("@")[2] or "brennpunkt.invalid"
    message["Message-ID"] = f"<{letter.message_id}@{domain}>" if letter.message_id else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    page = message.get_payload()[1]  # type: ignore[index]  # the HTML part that was just added
    for cid, png in letter.pictures.items():
        page.add_related(png, "image", "png", cid=f"<{cid}>", filename=cid, disposition="inline")  # type: ignore[union-attr]
    return message


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "ssl":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    if server.security == "starttls":
        try:
            client.starttls(context=context)
        except BaseException:
            client.close()
            raise
    return client


def _log_in(client: smtplib.SMTP, server: Server, name: str) -> None:
    if not server.user:
        return
    try:
        client.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        kind = NotifyRefused if error.smtp_code >= 500 else NotifyError
        raise kind(f"{name}: the mail server does not take name and password ({error.smtp_code})") from error
    except (OSError, smtplib.SMTPException) as error:
        raise _explained(name, "the mail server hung up at the login", error) from error


def _envelope(client: smtplib.SMTP, letter: Letter, name: str) -> list[str]:
    """Sender and recipients. Returns those refused, when others were taken."""
    _expect(name, "sender", _before_data(name, lambda: client.mail(letter.sender)))
    answers = {
        recipient: _before_data(name, lambda to=recipient: client.rcpt(to))  # type: ignore[misc]  # mypy cannot type the default
        for recipient in letter.recipients
    }
    refused = [recipient for recipient, (code, _) in answers.items() if code >= 400]
    if len(refused) == len(answers):
        worst = min(answers.values())  # one that passes by itself is worth another try
        _expect(name, "recipients", worst)
    return refused


def _data(client: smtplib.SMTP, message: EmailMessage, name: str) -> None:
    """The letter itself. Once its last dot is under way, only the server's answer tells what became of it."""
    data = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    _expect(name, "letter", _before_data(name, lambda: client.docmd("data")), wanted=354)
    try:
        client.send(smtplib._quote_periods(data) + (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n")  # type: ignore[attr-defined]  # what SMTP.data uses
        answer = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise NotifyUnsure(f"{name}: the mail server hung up before it said whether it took the letter") from error
    _expect(name, "letter", answer)


def _before_data(name: str, step: Callable[[], object]) -> tuple[int, bytes]:
    try:
        answer = step()
    except smtplib.SMTPException as error:
        raise _explained(name, "the mail server broke off", error) from error
    except (OSError, UnicodeError) as error:
        raise _explained(name, "the mail server broke off", error) from error
    return answer if isinstance(answer, tuple) else (250, b"")


def _expect(name: str, what: str, answer: tuple[int, bytes], wanted: int = 250) -> None:
    """4xx passes by itself, 5xx does not (RFC 5321, 4.2.1)."""
    code, text = answer
    if code == wanted or (wanted == 250 and 200 <= code < 300):
        return
    said = " ".join(text[:LINE].decode("ascii", "replace").split())[:120]
    kind = NotifyRefused if code >= 500 else NotifyError
    raise kind(f"{name}: the mail server refused the {what} ({code} {_without_addresses(said)})")


def _explained(name: str, what: str, error: Exception) -> NotifyError:
    return NotifyError(f"{name}: {what} ({type(error).__name__})")


def _without_addresses(text: str) -> str:
    return " ".join("…" if "@" in word else word for word in text.split())

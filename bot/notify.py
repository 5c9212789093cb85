"""Messages to people, through apprise; mail by our own hands. The only file that knows apprise."""

import io
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from .errors import NotifyError, NotifyRefused, NotifyUnsure
from .mail import Letter, Server, post

CONNECT_S = 10
READ_S = 20
PORTS = {"insecure": 25, "starttls": 587, "ssl": 465}
# What apprise's log says when the answer was lost after the request had gone.
LOST = re.compile(r"Read timed out|RemoteDisconnected|Connection aborted|Connection reset|IncompleteRead|BadStatusLine")
FINAL = re.compile(
    r"error=4(?:0[0-79]|1[0-7]|22)\b"
)  # refused for good: not a timeout (408), not too many requests (429)


@dataclass(frozen=True, slots=True)
class Target:
    name: str  # how errors call it; the address holds passwords and is never shown
    url: str  # an apprise address, "mailto://…"


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    text: str  # for services that know no HTML, which are chats: short
    html: str  # may name a picture as "cid:days.png"
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # PNGs by file name
    mail_text: str = ""  # the plain part of a mail; "": `text`
    key: str = ""  # the same message has the same one: mail carries it as its id


def send(target: Target, message: Message) -> None:
    """Hand `message` to `target`. Errors are one line without the address: NotifyError when it certainly did not go and may
    later, NotifyRefused when it never will, NotifyUnsure when nobody can say."""
    with _its_log() as log:
        service = _service(target.url)
        if service is None:
            raise NotifyRefused(
                f"{target.name}: not an address that apprise knows; it looks like mailto://user:password@host"
            )
        if hasattr(service, "smtp_host"):
            _mail(target, service, message)
            return
        taken = _through_apprise(target, service, message)
    if taken:
        return
    said = log.getvalue()
    if LOST.search(said):
        raise NotifyUnsure(f"{target.name}: the answer got lost; whether it arrived only the channel shows")
    if final := FINAL.search(said):
        raise NotifyRefused(f"{target.name}: refused ({final.group()}); is the address still right?")
    raise NotifyError(f"{target.name}: not sent; is the server up, and are name and password right?")


def is_known(url: str) -> bool:
    """Whether apprise can make something of this address. Asks nobody; the first time it takes a second to be read in."""
    with _its_log():
        return _service(url) is not None


def _service(url: str) -> Any:
    """What sends to this address; None: apprise knows none. By itself it reads 170 services in for one: 17 MB, and seconds.
    Where the address names one whose file can be told, only that is read."""
    import apprise  # 6 MB that only a sending program pays
    from apprise.manager_plugins import NotificationManager

    manager, schema = NotificationManager(), url.partition("://")[0].lower()
    if not (manager and schema in manager):
        folder = Path(manager.module_path)
        names = re.compile(rf'^\s+(?:secure_)?protocol\b[^=\n]*=\s*(?:\([^)]*)?"{re.escape(schema)}"', re.MULTILINE)
        found = [path for path in folder.rglob("*.py") if names.search(path.read_text(encoding="utf-8"))]
        with TemporaryDirectory(prefix="brennpunkt-") as listed:
            for path in found:
                (Path(listed) / path.relative_to(folder).parts[0]).with_suffix(".py").touch()
            manager.load_modules(*([listed, manager.module_name_prefix] if found else []))
    return apprise.Apprise.instantiate(_with_timeouts(url))


def _through_apprise(target: Target, service: Any, message: Message) -> bool:
    import apprise

    wants_html = service.resolve_format(apprise.NotifyFormat.HTML) is apprise.NotifyFormat.HTML
    outgoing = apprise.Apprise()
    outgoing.add(service)
    with TemporaryDirectory(prefix="brennpunkt-") as folder:
        paths = [Path(folder) / name for name in message.pictures]
        for path in paths:
            path.write_bytes(message.pictures[path.name])
        try:
            taken = outgoing.notify(
                title=_harmless(message.title),
                body=message.html if wants_html else _harmless(message.text),
                body_format=apprise.NotifyFormat.HTML if wants_html else apprise.NotifyFormat.TEXT,
                attach=[str(path) for path in paths] if paths and (wants_html or service.attachment_support) else None,
            )
        except (OSError, TypeError, ValueError) as error:
            raise NotifyError(f"{target.name}: not sent ({type(error).__name__})") from error
    return bool(taken)


def _mail(target: Target, service: Any, message: Message) -> None:
    mode = service.secure_mode if service.secure or service.secure_mode != "insecure" else "insecure"
    server = Server(
        host=service.smtp_host or service.host,
        port=service.port or PORTS[mode],
        security=mode,
        user=service.user or "",
        password=service.password or "",
    )
    letter = Letter(
        sender=service.from_addr[1],
        recipients=tuple(address for _, address in service.targets),
        subject=message.title,
        text=message.mail_text or message.text,
        html=message.html,
        pictures=message.pictures,
        message_id=message.key,
    )
    post(server, letter, target.name)


def _harmless(text: str) -> str:
    """No customer's post calls a whole channel: mentions of Slack, Teams, Matrix and Discord lose their sign."""
    return re.sub(r"@(?=(?:everyone|here|channel|room|all)\b)", "@\u200b", text.replace("<!", "<\u200b!"), flags=re.I)


@contextmanager
def _its_log() -> Iterator[io.StringIO]:
    """What apprise says, for our eyes only: it says why in its log alone, and may name the address there."""
    log = logging.getLogger("apprise")
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    before = log.level
    log.propagate = False
    log.setLevel(logging.DEBUG)
    log.addHandler(handler)
    try:
        yield said
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


def _with_timeouts(url: str) -> str:
    """apprise waits as long as its services like unless told; `inline` shows a mail's picture inside it."""
    options = urlencode({"cto": CONNECT_S, "rto": READ_S, "inline": "yes"})
    return f"{url}{'&' if '?' in url else '?'}{options}"

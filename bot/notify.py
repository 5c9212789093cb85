"""Messages to people, through apprise. The only file that knows it."""

import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from .errors import NotifyError

CONNECT_S = 10
READ_S = 20


@dataclass(frozen=True, slots=True)
class Target:
    name: str  # how errors call it; the address holds passwords and is never shown
    url: str  # an apprise address, "mailto://…"


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    text: str  # for services that know no HTML, which are chats: short
    html: str  # may name `picture` as "cid:<its file name>"
    picture: Path | None = None


def send(target: Target, message: Message) -> None:
    """Hand `message` to `target`. Raises NotifyError, in one line and without the address, when it was not taken."""
    import apprise  # 12 MB that only a sending program pays

    # apprise says why in its log only, and may name the address there
    log = logging.getLogger("apprise")
    log.propagate = False
    service = apprise.Apprise.instantiate(_with_timeouts(target.url))
    if service is None:
        raise NotifyError(
            f"{target.name}: not an address that apprise knows; it looks like mailto://user:password@host"
        )
    wants_html = service.resolve_format(apprise.NotifyFormat.HTML) is apprise.NotifyFormat.HTML
    outgoing = apprise.Apprise()
    outgoing.add(service)
    picture = [str(message.picture)] if message.picture else None
    try:
        taken = outgoing.notify(
            title=message.title,
            body=message.html if wants_html else message.text,
            body_format=apprise.NotifyFormat.HTML if wants_html else apprise.NotifyFormat.TEXT,
            attach=picture if wants_html or service.attachment_support else None,
        )
    except (OSError, TypeError, ValueError) as error:
        raise NotifyError(f"{target.name}: not sent ({type(error).__name__})") from error
    if not taken:  # False: refused or out of reach; None: nothing to send to
        raise NotifyError(f"{target.name}: not sent; is the server up, and are name and password right?")


def _with_timeouts(url: str) -> str:
    """apprise waits as long as its services like unless told; `inline` shows a mail's picture inside it."""
    options = urlencode({"cto": CONNECT_S, "rto": READ_S, "inline": "yes"})
    return f"{url}{'&' if '?' in url else '?'}{options}"

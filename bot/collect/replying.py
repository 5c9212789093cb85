"""What can send a reply, and how far it may vouch for what became of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from ..config.sources import BlueskySettings, MastodonSettings, SourceSettings, XSettings
from ..errors import ConfigError
from .base import Outgoing, Purse, Standing


class Sender(Protocol):
    """An account of ours. Sends each reply as one request that is never repeated here."""

    @property
    def lag(self) -> timedelta:
        """So long after an attempt the platform shows what came of it."""
        ...

    def undisclosed(self) -> str:
        """What the account's profile lacks for people to see that it is a program; "": nothing. Raises SourceError."""
        ...

    def look(self, reply: Outgoing) -> Standing:
        """Raises SourceError where the platform does not answer, or not for certain."""
        ...

    def send(self, reply: Outgoing, standing: Standing) -> str:
        """Post it, and return what the platform calls it.

        Raises ReplyRefused: certainly not posted, and never will be; ReplyUnsure: nobody can say; any other
        SourceError: certainly not posted, later it may be.
        """
        ...

    def close(self) -> None: ...


def open_sender(settings: SourceSettings, purse: Purse | None, clock: Callable[[], datetime]) -> Sender:
    """The account of a source. The import stays inside, as in `open_source`. Raises ConfigError, LoginFailed."""
    match settings:
        case MastodonSettings():
            from .mastodon.reply import MastodonSender

            return MastodonSender(settings, clock=clock)
        case BlueskySettings():
            from .bluesky.reply import BlueskySender

            return BlueskySender(settings, clock=clock)
        case XSettings():
            from .x.reply import XSender

            return XSender(settings, purse, clock=clock)
        case _:
            raise ConfigError(f"{settings.name}: no program answers there")

"""Listening: one platform, one file."""

from pathlib import Path
from typing import assert_never

from ..config.sources import (
    ArchiveSettings,
    BlueskySettings,
    FeedSettings,
    FolderSettings,
    MailboxSettings,
    MastodonSettings,
    SourceSettings,
    XSettings,
)
from .base import Page, Purse, Source

__all__ = ["Page", "Purse", "Source", "open_source"]


def open_source(settings: SourceSettings, purse: Purse | None = None) -> Source:
    """The source that a block of the config describes; one that is billed needs a purse (`pipeline.open_for`).

    The import stays inside: an unused platform costs nothing. Raises ConfigError.
    """
    match settings:
        case ArchiveSettings():
            from .files.archive import ArchiveSource

            return ArchiveSource(Path(settings.path), name=settings.name)
        case BlueskySettings():
            from .bluesky.source import BlueskySource

            return BlueskySource(settings)
        case FeedSettings():
            from .feed import FeedSource

            return FeedSource(settings)
        case FolderSettings():
            from .files.folder import FolderSource

            return FolderSource(settings)
        case MailboxSettings():
            from .mailbox.source import MailboxSource

            return MailboxSource(settings)
        case MastodonSettings():
            from .mastodon.source import MastodonSource

            return MastodonSource(settings)
        case XSettings():
            from .x.source import XSource

            return XSource(settings, purse)
        case _:
            assert_never(settings)

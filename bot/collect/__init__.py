"""Listening: one platform, one file."""

from pathlib import Path
from typing import assert_never

from ..config import ArchiveSettings, MastodonSettings, SourceSettings
from .base import Page, Source

__all__ = ["Page", "Source", "open_source"]


def open_source(settings: SourceSettings) -> Source:
    """The source that a block of the config describes. The import stays inside: an unused platform costs nothing."""
    match settings:
        case ArchiveSettings():
            from .archive import ArchiveSource

            return ArchiveSource(Path(settings.path), name=settings.name)
        case MastodonSettings():
            from .mastodon import MastodonSource

            return MastodonSource(settings)
        case _:
            assert_never(settings)

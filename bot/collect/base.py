"""What a source is, and how far it may vouch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ..domain import Gap, Post, PostId, Report, Simulation


@dataclass(frozen=True, slots=True)
class Page:
    """Some posts, and how far the source vouches to be complete after them.

    `cursor` is set only on a page after which nothing older is missing. Platforms answer newest first: advancing
    the cursor after their first page would lose the rest for good if the second request fails.
    """

    posts: tuple[Post, ...] = ()
    cursor: str | None = None
    truncated: bool = False  # stopped at our limit: posts were left behind, say so
    reports: tuple[Report, ...] = ()  # filed by customers, where the source holds such
    simulation: Simulation | None = None  # set once by a made-up stream, before its first post
    deleted: tuple[PostId, ...] = ()  # gone at the platform: their texts go here too
    gaps: tuple[Gap, ...] = ()  # stretches the source could not show
    warnings: tuple[str, ...] = ()  # what could not be read, one line each


class Source(Protocol):
    """One platform. The only code that knows the platform's client library."""

    @property
    def name(self) -> str: ...

    def pages(self, since: str | None) -> Iterator[Page]:
        """Yield posts newer than the cursor `since`; None means first run ever.

        May yield a post twice; the store drops repeats. Bounded in pages, bytes and time.
        Raises SourceError, RateLimited, LoginFailed or TimelineClosed, never the client library's own errors.
        """
        ...

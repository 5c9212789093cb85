"""What a source is, and how far it may vouch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from .. import __version__
from ..domain import Gap, Post, PostId, Report, Simulation, Skip
from ..errors import SourceError


@dataclass(frozen=True, slots=True)
class Page:
    """Some posts, and how far the source vouches to be complete after them.

    `cursor` is set only on a page after which nothing older is missing. Platforms answer newest first: advancing
    the cursor after their first page would lose the rest for good if the second request fails. A cursor that names
    the stretches still missing may be set on every page.
    """

    posts: tuple[Post, ...] = ()
    cursor: str | None = None
    truncated: bool = False  # stopped at our limit: posts were left behind, say so
    reports: tuple[Report, ...] = ()  # filed by customers, where the source holds such
    simulation: Simulation | None = None  # set once by a made-up stream, before its first post
    deleted: tuple[PostId, ...] = ()  # gone at the platform: their texts go here too
    gone: tuple[str, ...] = ()  # authors who left the platform: the texts of all their posts go
    edited: tuple[PostId, ...] = ()  # their text changed: what `posts` holds of them takes the stored one's place
    gaps: tuple[Gap, ...] = ()  # stretches the source could not show
    skips: tuple[Skip, ...] = ()  # what the source left out on purpose, with the reason
    warnings: tuple[str, ...] = ()  # what could not be read, one line each


class Purse(Protocol):
    """Money for a source that is billed for what it reads, in micro-dollars. One request at a time."""

    def reserve(self, *, wanted: int, least: int) -> int:
        """Set money aside for one request, committed before this returns: `wanted`, or as much of it as the caps
        leave. 0: less than `least` is left, so do not ask.
        """
        ...

    def settle(self, spent: int) -> None:
        """Replace what was set aside by what the answer cost. Left out where nobody can say what was billed."""
        ...


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


@dataclass(frozen=True, slots=True)
class Kept:
    """A post whose text is stored here: is it still there?"""

    id: PostId
    local: str  # what the server we asked calls it; "": by its own name, or not known


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking again brought. A post that nothing certain was said of stands in neither."""

    there: tuple[PostId, ...] = ()
    gone: tuple[PostId, ...] = ()


@runtime_checkable
class Recheck(Protocol):
    """A source that can be asked whether posts are still there. One that is told of deletions needs it not."""

    @property
    def name(self) -> str: ...

    @property
    def texts_kept(self) -> int | None:
        """How many texts older than a day it can pay to look after; the others go. None: looking costs nothing."""
        ...

    def gone(self, posts: Sequence[Kept]) -> Iterator[Looked]:
        """Look at `posts`, in as many steps as it takes. What came before an error stands.

        Only what the platform says of that very post counts as gone. Raises as `Source.pages` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a login showed."""

    who: str  # who we are there, for the admin
    labelled: bool | None = None  # does the profile say that it is automated? None: the platform does not tell us


@runtime_checkable
class Login(Protocol):
    """A source with an account of ours, which `brennpunkt check` tries."""

    def check_login(self) -> LoggedIn:
        """Log in as for collecting, and read nothing. Raises LoginFailed, RateLimited or SourceError."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply to one post. The same for every attempt."""

    to: Kept
    text: str
    lang: str
    made_at: datetime  # when it was drafted; with `key` what makes its own id where a platform lets us choose
    key: str  # an HMAC of the post
    since: datetime  # no earlier can a reply of ours to this post have been posted


@dataclass(frozen=True, slots=True)
class Standing:
    """The post that is answered, as it is now."""

    there: bool  # and still shown to all
    open: bool = True  # takes replies from us, as far as the platform says
    mine: str | None = None  # what the platform calls a reply of our account to it. None: there certainly is none
    facts: Mapping[str, str] = field(default_factory=dict)  # what `send` of the same platform needs of it


def user_agent(name: str, contact: str | None) -> str:
    """Who asks and how to reach them. Raises SourceError where the config does not say: admins block the anonymous."""
    if contact is None:
        raise SourceError(
            f"{name}: put a mail address or page where you can be reached into `contact`, near the top of the config;"
            " it is sent with every request"
        )
    return f"brennpunkt/{__version__} ({contact})"

"""A mailbox that customers write to, over IMAP. Nothing in it is changed: not even that a mail was read.

The cursor is "uidvalidity:uid:day": the last mail that was handed over, and the day of that run. Where the server counts
anew, everything since then is read again; repeats are known by the mails' own names and dropped.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ...config.load import secret
from ...config.sources import MailboxSettings
from ...domain import Post, Skip
from ...errors import LoginFailed
from ..base import LoggedIn, Page
from ..wire import within
from .imap import Mail, Mailbox
from .post import read_mail

PAGE = 20  # mails in one transaction, at most 5 MiB
MAX_MAILS = 1_000  # in one run
FIRST_DAYS = 30  # read at the first run: as long as texts are kept
SLACK = timedelta(days=2)  # the server's days are those of its own time zone
RUN_WITHIN_S = 120.0


@dataclass
class MailboxSource:
    """One folder of a mailbox as a source."""

    settings: MailboxSettings
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    run_within_s: float = RUN_WITHIN_S
    max_mails: int = MAX_MAILS
    page: int = PAGE

    @property
    def name(self) -> str:
        return self.settings.name

    def check_login(self) -> LoggedIn:
        with self._open() as box:
            box.open(self.settings.folder)
        return LoggedIn(f"{self.settings.host}: logged in, {self.settings.folder} can be read")

    def pages(self, since: str | None) -> Iterator[Page]:
        """Raises SourceError or LoginFailed; ConfigError where the password's file cannot be read."""
        with self._open() as box:
            yield from self._pages(box, since)

    @contextmanager
    def _open(self) -> Iterator[Mailbox]:
        """Logged in, and hung up at the end or at the deadline, whatever comes first."""
        settings = self.settings
        password = secret(settings.password_env)
        if not password:
            raise LoginFailed(f"{self.name}: no password; set the environment variable {settings.password_env}")
        with within(self.run_within_s) as deadline:
            box = Mailbox(
                settings.host,
                settings.port,
                deadline,
                starttls=settings.security == "starttls",
                ca_file=settings.ca_file,
            )
            try:
                box.login(settings.user, password)
                yield box
            finally:
                box.close()

    def _pages(self, box: Mailbox, since: str | None) -> Iterator[Page]:
        validity = box.open(self.settings.folder)
        today = self.clock().date()
        known, last, day = _load(since)
        warnings: tuple[str, ...] = ()
        if known == validity:
            uids = box.newer_than(last)
        else:
            # Never read, or counted anew: by date. What arrives between the two questions has a higher number than `last`.
            last = box.newest()
            uids = box.since(day - SLACK if day else today - timedelta(days=FIRST_DAYS))
            if day:
                warnings = (f"{self.name}: the server counts its mails anew; reads again from {day - SLACK}",)
        chosen = uids[: self.max_mails]
        for first in range(0, len(chosen), self.page):
            part = chosen[first : first + self.page]
            last = part[-1]
            mails = box.fetch(part)
            more = len(uids) > len(chosen) and last == chosen[-1]
            yield self._page(mails, f"{validity}:{last}:{today}", truncated=more, warnings=warnings)
            warnings = ()
        if not chosen:
            yield Page(cursor=f"{validity}:{last}:{today}", warnings=warnings)

    def _page(self, mails: list[Mail], cursor: str, *, truncated: bool, warnings: tuple[str, ...]) -> Page:
        posts: list[Post] = []
        skips: list[Skip] = []
        unread: list[str] = []
        for mail in mails:
            try:
                found = read_mail(mail.raw, self.name, mail.arrived_at)
            except ValueError as error:
                unread.append(f"{self.name}: mail {mail.uid}: {error}")
                continue
            if isinstance(found, Post):
                posts.append(found)
            else:
                skips.append(found)
        return Page(tuple(posts), cursor=cursor, truncated=truncated, skips=tuple(skips), warnings=(*warnings, *unread))


def _load(cursor: str | None) -> tuple[int | None, int, date | None]:
    """UIDVALIDITY, the last mail, and the day of the last run; of a cursor that cannot be read, nothing."""
    try:
        validity, uid, day = (cursor or "").split(":")
        return int(validity), int(uid), date.fromisoformat(day)
    except ValueError:
        return None, 0, None

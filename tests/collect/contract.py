"""What the contract test needs to know of a source: how posts get there, and what may go wrong on the way.

A new source joins with one factory: a context manager that yields a Platform, named in PLATFORMS.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.collect import Page, Source
from bot.collect.bluesky.jetstream import Limits
from bot.collect.bluesky.source import BlueskySource
from bot.collect.budget import Budget
from bot.collect.feed import FeedSource
from bot.collect.files.archive import ArchiveSource
from bot.collect.files.exports import open_export
from bot.collect.files.folder import FolderSource
from bot.collect.mailbox.post import read_mail
from bot.collect.mailbox.source import MailboxSource
from bot.collect.mastodon.source import MastodonSource
from bot.config.sources import BlueskySettings, FeedSettings, FolderSettings, MailboxSettings, MastodonSettings
from bot.domain import Post
from tests.servers import feed as feeds
from tests.servers import imap, jetstream
from tests.servers.mastodon import EPOCH, FAULTS, FakeMastodon, fake_mastodon
from tests.servers.x import XServer

from .x_bench import XPlatform

DRIP = "a drip"  # a byte now and then, for ever


class Platform(Protocol):
    faults: tuple[str, ...]  # what may befall a request
    within_s: float  # what a run may take; 0: its own tests hold it to that

    def publish(self, count: int) -> set[str]:
        """More posts. Returns their native ids."""
        ...

    def source(self) -> Source:
        """As a run opens it: nothing is kept from the last one but the cursor."""
        ...

    def befall(self, request: int, fault: str) -> None:
        """The request of this number, counted from the next one, goes wrong; all others are answered."""
        ...

    def requests(self) -> int:
        """How many were made so far."""
        ...


class ArchiveFile:
    """Opening the file counts as a request."""

    faults: tuple[str, ...] = ("away", "half written", "a folder")
    within_s = 0.0  # nobody waits for a file

    def __init__(self, path: Path) -> None:
        self.path = path
        self._count = 0
        self._opened = 0
        self._fault: tuple[int, str] | None = None
        self._mend: Callable[[], object] = lambda: None
        path.write_text("")

    def publish(self, count: int) -> set[str]:
        self.mend()
        natives = {f"line-{self._count + number}" for number in range(count)}
        with self.path.open("a") as file:
            for native in sorted(natives):
                file.write(json.dumps({"id": native, "text": "Kein Netz"}) + "\n")
        self._count += count
        return natives

    def open(self) -> Source:
        return ArchiveSource(self.path)

    def source(self) -> Source:
        self.mend()
        if self._fault and self._fault[0] == self._opened:
            self._mend = self._break(self._fault[1])
        self._opened += 1
        return self.open()

    def mend(self) -> None:
        self._mend()
        self._mend = lambda: None

    def _break(self, fault: str) -> Callable[[], object]:
        """What makes it whole again."""
        if not self.path.exists():  # nothing was published yet
            return lambda: None
        if fault == "half written":
            whole = self.path.read_bytes()
            self.path.write_bytes(whole[:-5])
            return lambda: self.path.write_bytes(whole)
        away = self.path.rename(self.path.with_name(".away"))
        if fault == "a folder":
            self.path.mkdir()
            return lambda: (self.path.rmdir(), away.rename(self.path))
        return lambda: away.rename(self.path)

    def befall(self, request: int, fault: str) -> None:
        self._fault = self._opened + request, fault

    def requests(self) -> int:
        return self._opened


class MastodonInstance:
    """Two hashtags and mentions, five posts an answer."""

    faults = tuple(FAULTS)
    within_s = 60.0

    def __init__(self, fake: FakeMastodon, token_env: str | None) -> None:
        self._fake = fake
        self._token_env = token_env
        self._count = 0

    def publish(self, count: int) -> set[str]:
        natives = set()
        for _ in range(count):
            self._count += 1
            kind = self._count % 5
            if kind == 4 and self._token_env:
                natives.add(self._fake.mention()["status"]["uri"])
            else:
                natives.add(self._fake.publish("o2de" if kind == 3 else "o2")["uri"])
        return natives

    def source(self) -> Source:
        settings = MastodonSettings(
            kind="mastodon",
            name="m",
            url=self._fake.url,
            hashtags=("o2", "o2de"),
            token_env=self._token_env,
            max_pages=8,
        )
        return MastodonSource(settings, clock=lambda: EPOCH, budget=Budget(requests=10_000), run_within_s=self.within_s)

    def befall(self, request: int, fault: str) -> None:
        first = len(self._fake.asked) + request
        often = 6 if fault == "a reset" else 1  # resets are tried again four times
        chosen = (lambda handler: handler.drip()) if fault == DRIP else FAULTS[fault]
        self._fake.faults = dict.fromkeys(range(first, first + often), chosen)

    def requests(self) -> int:
        return len(self._fake.asked)


class BlueskyStream:
    """Every message of the stream counts as a request; four events a page."""

    faults = tuple(jetstream.FAULTS)
    within_s = 0.0  # its own file drips
    limits = Limits(page_events=4, pages=25, silence_s=0.8)

    def __init__(self, fake: jetstream.FakeJetstream) -> None:
        self._fake = fake

    def publish(self, count: int) -> set[str]:
        return {self._fake.write(f"o2 hat kein Netz, {number}") for number in range(count)}

    def source(self) -> Source:
        settings = BlueskySettings(kind="bluesky", name="b", hosts=(self._fake.url,), words=("o2",), profiles="")
        return BlueskySource(settings, clock=lambda: self._fake.now, limits=self.limits)

    def befall(self, request: int, fault: str) -> None:
        self._fake.faults = {self._fake.sent + request: fault}

    def requests(self) -> int:
        return self._fake.sent


class FeedServer:
    """A feed that shows all it ever had, four entries a page."""

    faults = feeds.FAULTS
    within_s = 60.0

    def __init__(self, fake: feeds.FakeFeed) -> None:
        self._fake = fake
        self.publish = fake.publish

    def source(self) -> Source:
        settings = FeedSettings(
            kind="feed", name="f", url=self._fake.url, contact="test@example.org", allow_private=True
        )
        return FeedSource(settings, clock=lambda: EPOCH, page=4, within_s=self.within_s)

    def befall(self, request: int, fault: str) -> None:
        first = len(self._fake.asked) + request
        often = 3 if fault == feeds.RESET else 1  # resets are tried again twice
        self._fake.faults = {first + number: fault for number in range(often)}

    def requests(self) -> int:
        return len(self._fake.asked)


def name_of(raw: bytes) -> str:
    post = read_mail(raw, "mail", None)
    assert isinstance(post, Post)
    return post.id.native


class MailServer:
    """Every command counts as a request; three mails a page. The password is in MAILBOX_PASSWORD."""

    faults = imap.FAULTS
    within_s = 60.0

    def __init__(self, fake: imap.FakeImap) -> None:
        self._fake = fake

    def publish(self, count: int) -> set[str]:
        mails = [imap.mail(f"Kein Netz, {len(self._fake.mails) + number}") for number in range(count)]
        self._fake.add(*mails)
        return {name_of(raw) for raw in mails}

    def source(self) -> Source:
        settings = MailboxSettings(
            kind="mailbox",
            name="mail",
            host="127.0.0.1",
            port=self._fake.port,
            user="hilfe",
            password_env="MAILBOX_PASSWORD",
            ca_file=str(self._fake.certificate),
        )
        return MailboxSource(settings, clock=lambda: EPOCH, max_mails=60, page=3, run_within_s=self.within_s)

    def befall(self, request: int, fault: str) -> None:
        self._fake.faults = {len(self._fake.asked) + request: fault}

    def requests(self) -> int:
        return len(self._fake.asked)


class TableFile(ArchiveFile):
    """A CSV file that grows, as a monitoring tool's export would."""

    def publish(self, count: int) -> set[str]:
        self.mend()
        if self._count == 0:
            self.path.write_text("Report;Netz\n\nPost Id;Datum;Inhalt\n")
        natives = {f"row-{100_000 + self._count + number}" for number in range(count)}
        with self.path.open("a") as file:
            file.writelines(f"{native};02.03.2026 12:00;Kein Netz\n" for native in sorted(natives))
        self._count += count
        return natives

    def open(self) -> Source:
        return open_export(self.path, "table")


class DropFolder(ArchiveFile):
    """Each batch is a file of its own."""

    faults = ("half written",)  # one that is not there yet was not handed over

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "0.part")

    def publish(self, count: int) -> set[str]:
        self.mend()
        self.path = self.path.with_name(f"{self._count}-{count}.jsonl")
        return super().publish(count)

    def open(self) -> Source:
        settings = FolderSettings(kind="folder", name="drop", path=str(self.path.parent), quiet="0s")
        return FolderSource(settings, clock=lambda: datetime.now(UTC) + timedelta(minutes=1), max_pages=8)


@contextmanager
def archive(folder: Path) -> Iterator[Platform]:
    yield ArchiveFile(folder / "posts.jsonl")


@contextmanager
def mastodon(_folder: Path) -> Iterator[Platform]:
    with fake_mastodon(page=5) as fake:
        yield MastodonInstance(fake, None)


@contextmanager
def mastodon_with_token(_folder: Path) -> Iterator[Platform]:
    """The token is in the environment variable MASTODON_TOKEN."""
    with fake_mastodon(page=5) as fake:
        yield MastodonInstance(fake, "MASTODON_TOKEN")


@contextmanager
def bluesky(_folder: Path) -> Iterator[Platform]:
    with jetstream.fake_jetstream() as fake:
        yield BlueskyStream(fake)


@contextmanager
def x(_folder: Path) -> Iterator[Platform]:
    """The token is in the environment variable x_bench.TOKEN_ENV."""
    server = XServer()
    try:
        yield XPlatform(server)
    finally:
        server.close()


@contextmanager
def feed(_folder: Path) -> Iterator[Platform]:
    with feeds.fake_feed() as fake:
        yield FeedServer(fake)


@contextmanager
def mailbox(folder: Path) -> Iterator[Platform]:
    """The password is in the environment variable MAILBOX_PASSWORD."""
    with imap.fake_imap(folder) as fake:
        yield MailServer(fake)


@contextmanager
def table(folder: Path) -> Iterator[Platform]:
    yield TableFile(folder / "posts.csv")


@contextmanager
def drop_folder(folder: Path) -> Iterator[Platform]:
    yield DropFolder(folder)


PLATFORMS: dict[str, Callable[[Path], AbstractContextManager[Platform]]] = {
    "archive": archive,
    "bluesky": bluesky,
    "drop folder": drop_folder,
    "feed": feed,
    "mailbox": mailbox,
    "mastodon": mastodon,
    "mastodon with token": mastodon_with_token,
    "table": table,
    "x": x,
}


class Reader:
    """What the pipeline does with a source: keep posts and cursor together, go on where it stopped."""

    def __init__(self, platform: Platform, cursor: str | None = None, have: set[str] | None = None) -> None:
        self.platform = platform
        self.cursor = cursor
        self.have = set(have or ())
        self.pages: list[Page] = []

    def again(self) -> "Reader":
        """Another one that knows what this one knows."""
        return Reader(self.platform, self.cursor, self.have)

    def run(self, most_pages: int = 1000) -> "Reader":
        """One run. Stops after `most_pages`, as a daemon does that is asked to end."""
        pages = self.platform.source().pages(self.cursor)
        for _, page in zip(range(most_pages), pages, strict=False):
            self.pages.append(page)
            self.have |= {post.id.native for post in page.posts}
            self.cursor = page.cursor if page.cursor is not None else self.cursor
        return self

"""Files of posts, told apart by what is in them: JSON lines, tables, and the archives of X and Mastodon.

A file is read once from its beginning, in pages. The cursor is the number of entries handed over, behind a digest of
the file's beginning, so that an interrupted import goes on and a changed file starts over.
"""

import codecs
import hashlib
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from ...domain import Post, Skip
from ...errors import InputError
from ..base import Page, Source
from . import tables
from .archive import ArchiveSource, load_row
from .archive import to_post as row_to_post
from .takeout import Broken, Unreadable, entries, is_outbox, is_x_tweets, member, outbox_posts, x_posts

PAGE = 500  # entries in one transaction
STAMPED = 65_536  # bytes that tell a file from a changed one of the same name

Item = Post | Skip | Broken  # Broken says why an entry cannot be read


class Export(Source, Protocol):
    """A file as a source. `bad_lines` counts the entries that could not be read so far."""

    bad_lines: int


@dataclass
class ExportSource:
    """A file whose entries `read` hands out one by one."""

    path: Path
    name: str
    read: Callable[[], Iterator[Item]]
    bad_lines: int = field(default=0, init=False)

    def pages(self, since: str | None) -> Iterator[Page]:
        """Raises InputError where the file cannot be read to its end; what stands before that is handed over."""
        try:
            stamp = hashlib.sha256(head(self.path)).hexdigest()[:16]
            done = _resume(since, stamp)
            items = self.read()
            for _ in islice(items, done):
                pass
            while batch := list(islice(items, PAGE)):
                done += len(batch)
                yield self._page(batch, f"{stamp}:{done}")
        except (OSError, EOFError, NotImplementedError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
            raise InputError(f"{self.path}: cannot be read to its end ({_why(error)})") from error
        except Unreadable as error:
            raise InputError(f"{self.path}: {error}") from error

    def _page(self, batch: list[Item], cursor: str) -> Page:
        broken = [str(item) for item in batch if isinstance(item, Broken)]
        self.bad_lines += sum(item.entry for item in batch if isinstance(item, Broken))
        return Page(
            tuple(item for item in batch if isinstance(item, Post)),
            cursor=cursor,
            skips=tuple(item for item in batch if isinstance(item, Skip)),
            warnings=tuple(f"{self.path.name}, {line}" for line in broken),
        )


def open_export(
    path: Path,
    name: str,
    mapping: Mapping[str, str] | None = None,
    *,
    zone: tzinfo = UTC,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Export:
    """The file as the source its content calls for. `mapping` names a table's columns by our fields (`tables.HEADINGS`).

    `zone` is that of times without one. Raises InputError where the file cannot be read or holds nothing we know.
    """
    try:
        start = head(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")):
        return ExportSource(path, name, lambda: _unpacked(path, name))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(f"{path}: is an old Excel workbook; save it as CSV (UTF-8)")
    if is_x_tweets(start):
        return ExportSource(path, name, lambda: _each(path, lambda file: x_posts(file, name, "")))
    if is_outbox(start):
        return ExportSource(path, name, lambda: _each(path, lambda file: outbox_posts(file, name)))
    match start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]:
        case b"{":
            return ArchiveSource(path, name=name)
        case b"[":
            return ExportSource(path, name, lambda: _each(path, lambda file: _rows(file, name)))
    try:
        layout = tables.sniff(start, mapping)
    except tables.NoTable as error:
        if any(delimiter.encode() in start.split(b"\n", 1)[0] for delimiter in tables.DELIMITERS) or mapping:
            raise InputError(f"{path}: {error}; name the columns in the config (`columns`)") from error
        return ArchiveSource(path, name=name)  # it says in its own words what it expected
    if layout.encoding == "utf-8-sig" and not _is_utf8(path):
        layout = replace(layout, encoding="cp1252")
    return ExportSource(path, name, lambda: _table(path, name, layout, zone, clock()))


def head(path: Path) -> bytes:
    """A file's beginning. Raises OSError; also where it is no regular file, since reading a pipe could wait for ever."""
    if not path.is_file():
        raise OSError(0, "no such file" if not path.exists() else "no regular file")
    with path.open("rb") as file:
        return file.read(STAMPED)


def _each(path: Path, read: Callable[[BinaryIO], Iterator[Item]]) -> Iterator[Item]:
    with path.open("rb") as file:
        yield from read(file)


def _unpacked(path: Path, name: str) -> Iterator[Item]:
    """The posts in an archive of X or Mastodon, without writing anything to disk. Raises ValueError where it is neither."""
    with member(path) as (kind, files, owner):
        for file in files:
            yield from x_posts(file, name, owner) if kind == "x" else outbox_posts(file, name)


def _rows(file: BinaryIO, name: str) -> Iterator[Item]:
    """A JSON array of what would else be JSON lines."""
    for number, raw in enumerate(entries(file, re.compile(rb"\[")), 1):
        try:
            row = load_row(raw)
        except ValueError as error:
            yield Broken(f"entry {number}: {error}")
            continue
        if row is None or not isinstance(row.get("text"), str):
            yield Broken(f"entry {number}: no `text`; reports and simulations come as JSON lines")
            continue
        post, warning = row_to_post(row, name)
        if warning:
            yield Broken(f"entry {number}: {warning}", entry=False)
        yield post


def _is_utf8(path: Path) -> bool:
    """Whether all of a file is UTF-8: the first umlaut may come late."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(1024 * 1024):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
    return True


def _table(path: Path, name: str, layout: tables.Layout, zone: tzinfo, now: datetime) -> Iterator[Item]:
    with path.open("rb") as file:
        for number, row in tables.read_rows(file, layout):
            if isinstance(row, str):
                yield Broken(f"line {number}: {row}")
                continue
            post, warning = tables.to_post(row, layout, name, zone, now)
            if warning:
                yield Broken(f"line {number}: {warning}", entry=post is None)
            if post:
                yield post


def _resume(since: str | None, stamp: str) -> int:
    known, _, done = (since or "").partition(":")
    return int(done) if known == stamp and done.isascii() and done.isdigit() and len(done) < 16 else 0


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)[:100] or type(error).__name__

"""What people download of themselves: X's archive (tweets.js) and Mastodon's (outbox.json), packed or not.

Both are one JSON array of any length. It is read entry by entry, so that memory stays bounded.
"""

import gzip
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC
from html import unescape
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from ...domain import Post, PostId, Skip
from ...text import clean
from ..plain import html_to_text, text_of
from ..when import read_when
from .archive import EARLIEST, read_time

MAX_ENTRY = 4 * 1024 * 1024  # bytes; a longer one is no post
MAX_MEMBERS = 200_000  # files in an archive; pictures are one each
MAX_BEFORE = 1024 * 1024  # bytes before the array begins
CHUNK = 65_536
PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")

_X_TWEETS = re.compile(rb"^\s*window\.YTD\.tweets?\.part\d+\s*=\s*\[")
_X_MEMBER = re.compile(r"(?:^|/)data/(?:tweets?|tweets-part\d+)\.js$")
_OUTBOX = re.compile(rb'"orderedItems"\s*:\s*\[')
_ARRAY = re.compile(rb"=\s*\[")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["{}\[\]]', re.DOTALL)
_USERNAME = re.compile(rb'"username"\s*:\s*"(\w{1,50})"')


class Unreadable(ValueError):
    """The file is not what it should be. The message says why."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Why an entry cannot be read."""

    why: str
    entry: bool = True  # False: only a part of it, its post is handed over

    def __str__(self) -> str:
        return self.why


def is_x_tweets(start: bytes) -> bool:
    return _X_TWEETS.match(start.removeprefix(b"\xef\xbb\xbf")) is not None


def is_outbox(start: bytes) -> bool:
    return (
        start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
        and b'"OrderedCollection' in start
        and _OUTBOX.search(start) is not None
    )


def x_posts(file: BinaryIO, source: str, owner: str) -> Iterator[Post | Skip | Broken]:
    """The posts of a tweets.js. `owner` is the account's name, "" where the file does not come with it."""
    for number, raw in enumerate(entries(file, _ARRAY), 1):
        row = _object(raw)
        row = row.get("tweet", row) if row else None
        text = row.get("full_text") or row.get("text") if isinstance(row, dict) else None
        native = str(row.get("id_str") or row.get("id") or "") if isinstance(row, dict) else ""
        if not isinstance(row, dict) or not isinstance(text, str) or not re.fullmatch(r"\d{1,25}", native, re.ASCII):
            yield Broken(f"entry {number}: is no post of X")
            continue
        post_id = PostId(source, native)
        if text.startswith("RT @"):
            yield Skip(post_id, "repost")
            continue
        yield Post(
            id=post_id,
            text=clean(unescape(text)).strip(),
            author=owner,
            url=f"https://x.com/i/web/status/{native}",
            created_at=read_when(text_of(row.get("created_at")), UTC, EARLIEST),
            lang=text_of(row.get("lang"))[:35] or None,
            may_train=False,
        )


def outbox_posts(file: BinaryIO, source: str) -> Iterator[Post | Skip | Broken]:
    """The posts of a Mastodon outbox: public ones the account wrote itself."""
    for number, raw in enumerate(entries(file, _OUTBOX), 1):
        activity = _object(raw)
        if activity is None:
            yield Broken(f"entry {number}: is no JSON object")
            continue
        note = activity.get("object")
        if activity.get("type") == "Announce":
            yield Skip(PostId(source, text_of(activity.get("id"))[:200]), "repost")
        elif not isinstance(note, dict) or not isinstance(note.get("content"), str) or not text_of(note.get("id")):
            yield Broken(f"entry {number}: is no post of Mastodon")
        elif not _is_public(note):
            yield Skip(PostId(source, text_of(note.get("id"))[:200]), "not public")
        else:
            yield _note(note, source)


def _note(note: dict[str, Any], source: str) -> Post:
    warning, body = text_of(note.get("summary")).strip(), html_to_text(note["content"])
    languages = note.get("contentMap")
    return Post(
        id=PostId(source, clean(note["id"])[:200]),
        text=clean(f"{warning}\n\n{body}".strip()),
        author=_handle(text_of(note.get("attributedTo"))),
        url=text_of(note.get("url"))[:2000] if text_of(note.get("url")).startswith("https://") else "",
        created_at=read_time(note.get("published"))[0],
        lang=next(iter(languages), "")[:35] or None if isinstance(languages, dict) and len(languages) == 1 else None,
    )


def _handle(actor: str) -> str:
    """ "https://chaos.example/users/kim" is kim@chaos.example."""
    parts = urlsplit(actor) if re.match(r"https://[\w.-]+(:\d+)?/[\w@/.-]+$", actor) else None
    return f"{parts.path.rsplit('/', 1)[-1].lstrip('@')}@{parts.hostname}"[:200] if parts else ""


def _is_public(note: dict[str, Any]) -> bool:
    """As Mastodon tells public from unlisted: the public is addressed in `to`, not only in `cc`."""
    to = note.get("to")
    return any(name in PUBLIC for name in (to if isinstance(to, list) else [to]))


@contextmanager
def member(path: Path) -> Iterator[tuple[str, Iterator[BinaryIO], str]]:
    """What an archive holds ("x" or "mastodon"), its files of posts, and X's account name. Raises Unreadable, OSError and what
    zipfile and tarfile raise.
    """
    with ExitStack() as stack:
        if zipfile.is_zipfile(path):
            packed = stack.enter_context(zipfile.ZipFile(path))
            names = [entry.filename for entry in packed.infolist()[:MAX_MEMBERS]]
            if any(entry.flag_bits & 1 for entry in packed.infolist()):
                raise Unreadable("is encrypted; unpack it first")
            if posts := sorted(name for name in names if _X_MEMBER.search(name)):
                account = next((name for name in names if name.endswith("data/account.js")), None)
                owner = _USERNAME.search(packed.open(account).read(CHUNK)) if account else None
                yield "x", _open_each(packed, posts), owner[1].decode() if owner else ""
            elif outbox := [name for name in names if name.rsplit("/", 1)[-1] == "outbox.json"]:
                yield "mastodon", _open_each(packed, outbox[:1]), ""
            elif any(name.startswith("xl/") for name in names):
                raise Unreadable("is an Excel workbook; save it as CSV (UTF-8)")
            else:
                raise Unreadable("holds neither X's tweets.js nor Mastodon's outbox.json")
            return
        # Unpacked by gzip, since tarfile's own "r|gz" raises TypeError on a header that breaks off (3.11.7).
        unpacked = stack.enter_context(gzip.open(path))
        tar = stack.enter_context(tarfile.open(fileobj=unpacked, mode="r|"))
        for count, entry in enumerate(tar):
            if entry.isreg() and entry.name.rsplit("/", 1)[-1] == "outbox.json" and (file := tar.extractfile(entry)):
                yield "mastodon", iter([cast(BinaryIO, file)]), ""
                return
            if count >= MAX_MEMBERS:
                break
        raise Unreadable("holds no outbox.json of Mastodon")


def _open_each(packed: zipfile.ZipFile, names: list[str]) -> Iterator[BinaryIO]:
    for name in names:
        with packed.open(name) as file:
            yield cast(BinaryIO, file)


def entries(file: BinaryIO, opening: re.Pattern[bytes]) -> Iterator[bytes]:
    """The objects of the array that begins where `opening` ends, each as its bytes. Raises Unreadable where it breaks off."""
    buffer = b""
    while not (found := opening.search(buffer)):
        chunk = file.read(CHUNK)
        if not chunk or len(buffer) > MAX_BEFORE:
            raise Unreadable("holds no list of posts")
        buffer += chunk
    at, depth = found.end(), 0
    while True:
        start = 0 if depth else at  # of the entry that is open, or of what is not looked at yet
        for token in _TOKEN.finditer(buffer, at):
            first = token[0][:1]
            if token[0] == b'"':  # a string that goes on behind the buffer's end
                at = token.start()
                break
            at = token.end()
            if first in b"{[":
                if depth == 0:
                    start = token.start()
                depth += 1
            elif first in b"}]":
                if depth == 0:
                    return
                depth -= 1
                if depth == 0:
                    yield buffer[start:at]
        else:
            at = len(buffer)
        if depth == 0:
            start = at
        buffer, at = buffer[start:], at - start
        if len(buffer) > MAX_ENTRY:
            raise Unreadable(f"holds an entry of more than {MAX_ENTRY // 1024 // 1024} MiB")
        chunk = file.read(CHUNK)
        if not chunk:
            raise Unreadable("breaks off in the middle; was it downloaded whole?")
        buffer += chunk


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None

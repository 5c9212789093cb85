"""RSS and Atom: feeds of tags, forums and newspapers (feedparser 6.0.14).

The cursor is JSON: what the server is told so that it may answer "not changed", when we last asked, and a short digest
of every entry of that answer. An answer that shares no entry with the one before has lost some in between: a gap.
"""

import codecs
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import struct_time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import feedparser

from ..config.sources import FeedSettings
from ..domain import Gap, Post, PostId
from ..errors import SourceError
from ..text import clean
from .base import Page, user_agent
from .fetch import WITHIN_S, Fetched, fetch
from .plain import html_to_text, text_of
from .when import read_when

PAGE = 200  # entries in one transaction
REMEMBERED = 2_000  # entries of the last answer; of a larger feed the rest is handed over again, and dropped as repeats

_DECLARED = re.compile(r"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{2,30})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_END = re.compile(r"</\s*(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{2,30})""", re.IGNORECASE)
# Only what turns bytes into text one way; UTF-7 and the like would hide markup from our eyes.
_ENCODINGS = re.compile(
    r"utf-?(8|16|32)|us-ascii|ascii|(iso-?)?8859-\d+|latin-?\d|cp\d{3,4}|koi8|mac|gb|big5|shift|euc"
)


@dataclass
class FeedSource:
    """One feed as a source."""

    settings: FeedSettings
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    within_s: float = WITHIN_S
    page: int = PAGE

    @property
    def name(self) -> str:
        return self.settings.name

    def pages(self, since: str | None) -> Iterator[Page]:
        """The entries that the last answer did not hold. Raises SourceError, RateLimited or TimelineClosed."""
        settings, now = self.settings, self.clock()
        place, warning = _load(since, settings.url)
        warnings = (f"{self.name}: {warning}",) if warning else ()
        fetched = fetch(
            settings.url,
            agent=user_agent(settings.name, settings.contact),
            clock=self.clock,
            etag=place.etag,
            modified=place.modified,
            allow_private=settings.allow_private,
            within_s=self.within_s,
        )
        if fetched.body is None:
            yield Page(cursor=_dump(settings.url, place.etag, place.modified, now, place.seen), warnings=warnings)
            return
        parsed = parse_feed(fetched.body, fetched.content_type, _host(settings.url))
        yield from self._pages(parsed, fetched, place, now, warnings)

    def _pages(
        self, parsed: Any, fetched: Fetched, place: "_Place", now: datetime, warnings: tuple[str, ...]
    ) -> Iterator[Page]:
        lang = text_of(dict.get(parsed.feed, "language"))[:35] or None
        posts = [self._post(entry, lang, now) for entry in parsed.entries]
        names = [_short(post.id.native) for post in posts]
        known = set(place.seen)
        gaps: tuple[Gap, ...] = ()
        if known and place.at and names and known.isdisjoint(names):
            gaps = (Gap(self.name, place.at, now, "more new entries than the feed shows"),)
        if known and not names:
            warnings += (f"{self.name}: shows no entry; it did before",)
        if parsed.bozo:
            warnings += (f"{self.name}: is not well-formed, read as far as possible",)
        fresh = [post for post, name in zip(posts, names, strict=True) if name not in known and post.text]
        parts = [tuple(fresh[first : first + self.page]) for first in range(0, len(fresh), self.page)] or [()]
        for part in parts[:-1]:
            yield Page(part)
        if parsed.broke_off:
            yield Page(parts[-1])
            raise SourceError(f"{_host(self.settings.url)}: its feed broke off, the rest comes next time")
        cursor = _dump(self.settings.url, fetched.etag, fetched.modified, now, names[:REMEMBERED] or place.seen)
        yield Page(parts[-1], cursor=cursor, gaps=gaps, warnings=warnings)

    def _post(self, entry: Any, lang: str | None, now: datetime) -> Post:
        text, link = _text(entry), _link(entry)
        author = text_of(dict.get(entry, "author"))
        zone = ZoneInfo(self.settings.time_zone)
        native = text_of(dict.get(entry, "id")) or link or _digest("\x1f".join([author, text, _when_raw(entry)]))
        return Post(
            id=PostId(self.name, native if len(native) <= 200 else _digest(native)),
            text=text,
            author=author.lstrip("@")[:200],
            url=link,
            created_at=_when(entry, zone, now),
            lang=lang,
            may_train=not self.settings.press,
            press=self.settings.press,
        )


def parse_feed(body: bytes, content_type: str, host: str) -> Any:
    """What feedparser makes of a body. Raises SourceError where it is no feed, or one that is made to do harm.

    feedparser is given a stream: bytes it would take for the name of a file, text for an address (api.py, _open_resource).
    """
    text = decode(body, content_type)
    if "<!ENTITY" in text.upper():  # no feed needs them, and a few lines of them unfold to gigabytes
        raise SourceError(f"{host}: its feed declares entities of its own, refused")
    stream = io.BytesIO(_DECLARATION.sub("", text, count=1).strip().encode("utf-8", "replace"))
    try:
        parsed = feedparser.parse(  # type: ignore[attr-defined, no-untyped-call]  # feedparser has no types
            stream,
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,  # we keep words only, and take them out of the markup ourselves
            resolve_relative_uris=False,
        )
    except (
        Exception
    ) as error:  # its loose parser raises whatever its tables run into (AssertionError, RecursionError …)
        raise SourceError(f"{host}: its feed cannot be read ({type(error).__name__})") from error
    parsed["broke_off"] = bool(parsed.bozo) and _END.search(text[-1_000:]) is None
    if not parsed.entries and not parsed.get("version"):
        raise SourceError(f"{host}: answered with something that is no feed; is `url` the feed's own address?")
    return parsed


def decode(body: bytes, content_type: str) -> str:
    """Bytes to text: byte order mark, then what the server says, what the document says, UTF-8, Windows-1252."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(name, "replace")
    if body.startswith((b"<\0", b"\0<")):
        return body.decode("utf-16-le" if body[:1] == b"<" else "utf-16-be", "replace")
    said = [_CHARSET.search(content_type), _DECLARED.search(body[:400].decode("latin-1"))]
    for name in [found[1].lower() for found in said if found] + ["utf-8"]:
        if _ENCODINGS.match(name):
            try:
                # Latin-1 is what servers say, Windows-1252 is what they send (WHATWG's encoding standard says so too).
                return body.decode("cp1252" if re.fullmatch(r"iso-?8859-1|latin-?1", name) else name)
            except (LookupError, UnicodeDecodeError):
                continue
    return body.decode("cp1252", "replace")


def _text(entry: Any) -> str:
    """Title and the longest of content and summary. A title that begins the body is said once."""
    title = html_to_text(text_of(dict.get(entry, "title")))
    bodies = [text_of(part.get("value")) for part in _list(dict.get(entry, "content")) if isinstance(part, dict)]
    bodies.append(text_of(dict.get(entry, "summary")))
    body = html_to_text(max(bodies, key=len))
    start = title.rstrip(".… ")
    return clean(body if not start or body.startswith(start) else f"{title}\n{body}".strip()).strip()


def _when(entry: Any, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When an entry was published. Our own reading first: feedparser takes a time without a zone for UTC."""
    for key in ("published", "created", "updated"):
        if moment := read_when(text_of(dict.get(entry, key)), zone, now):
            return moment
        parsed = dict.get(entry, f"{key}_parsed")
        if isinstance(parsed, struct_time):
            try:
                return datetime(*parsed[:6], tzinfo=UTC)
            except ValueError:
                continue
    return None


def _when_raw(entry: Any) -> str:
    return text_of(dict.get(entry, "published")) or text_of(dict.get(entry, "updated"))


def _link(entry: Any) -> str:
    link = text_of(dict.get(entry, "link")).strip()
    return link[:2000] if link.startswith(("http://", "https://")) else ""


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of the feed as it was when we last asked."""

    etag: str | None = None
    modified: str | None = None
    at: datetime | None = None
    seen: list[str] = field(default_factory=list)


def _load(cursor: str | None, url: str) -> tuple[_Place, str | None]:
    """The place a cursor stands for, and a warning. Another address is another feed: it starts like the first time."""
    if cursor is None:
        return _Place(), None
    try:
        row = json.loads(cursor)
        place = _Place(
            row["etag"], row["modified"], datetime.fromisoformat(row["at"]), [str(name) for name in row["seen"]]
        )
        return (place, None) if row["url"] == _short(url) else (_Place(), None)
    except (ValueError, TypeError, KeyError, RecursionError):
        return _Place(), "the stored cursor cannot be read; starts like the first time"


def _dump(url: str, etag: str | None, modified: str | None, now: datetime, seen: Iterable[str]) -> str:
    at = now.isoformat(timespec="seconds")
    return json.dumps({"url": _short(url), "etag": etag, "modified": modified, "at": at, "seen": list(seen)})


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "?")[:100]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _short(text: str) -> str:
    return _digest(text)[:12]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

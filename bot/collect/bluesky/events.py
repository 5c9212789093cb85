"""Events and records of Bluesky to posts, and what a stretch of them comes to in the end. Pure.

Shapes: github.com/bluesky-social/jetstream (events), app.bsky.feed.post and com.atproto.label.defs#selfLabels (lexicons).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ...domain import Post, PostId
from ...text import MAX_CHARS, clean
from ..files.archive import read_time
from .jetstream import from_us
from .sieve import Sieve

POST = "app.bsky.feed.post"
# Labels that people put on their own posts or profile: do not show this to whoever is not logged in.
HIDDEN = frozenset(["!no-unauthenticated", "!hide"])
IMPORTED = timedelta(
    days=1
)  # claimed to be older than this when first seen: an archive brought along, not today's trouble

_DID = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,250}")
_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A post made or changed. None: after the change it is nothing for us."""

    uri: str
    post: Post | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Removed:
    uri: str


@dataclass(frozen=True, slots=True)
class Left:
    """An account deleted, suspended, taken down or put to sleep: nobody may be shown its posts."""

    did: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to read what a source brings."""

    source: str
    sieve: Sieve
    languages: frozenset[str]  # two letters; a post that claims only others is left out. Empty: all

    def event(self, raw: bytes) -> Written | Removed | Left | None:
        """None for what does not concern us. Raises ValueError saying what is wrong with an event that can be none."""
        row = _load(raw)
        match row:
            case {"kind": "account", "account": {"active": False, "did": str(did)}} if _DID.fullmatch(did):
                return Left(did)
            case {
                "kind": "commit",
                "did": str(did),
                "commit": {"collection": "app.bsky.feed.post", "rkey": str(key)} as commit,
            }:
                if not (_DID.fullmatch(did) and _KEY.fullmatch(key)):
                    raise ValueError("names no post")
                return self._commit(f"at://{did}/{POST}/{key}", commit, row.get("time_us"))
        return None

    def _commit(self, uri: str, commit: Row, time_us: object) -> Written | Removed | None:
        operation = commit.get("operation")
        if operation == "delete":
            return Removed(uri)
        if operation not in ("create", "update"):
            return None
        if not isinstance(time_us, int):
            raise ValueError("tells no time")
        post = self.post(uri, commit.get("record"), from_us(min(max(time_us, 0), 10**16)))
        changed = operation == "update"
        return Written(uri, post, changed) if post or changed else None

    def post(
        self, uri: str, record: object, seen: datetime, *, addressed: bool = False, wanted: bool = False
    ) -> Post | None:
        """A record as a post; None where it is not ours to read: by ourselves, opted out, in another language, not about us.

        `addressed`: the platform says so; `wanted`: about us whatever its words (sent to us, or searched for).
        """
        did = uri.split("/")[2]
        if not isinstance(record, Mapping) or did in self.sieve.dids or labels(record.get("labels")) & HIDDEN:
            return None
        text = _text(record)
        addressed = addressed or bool(self.sieve.dids and self.sieve.dids.intersection(_spoken_to(record)))
        if not text.strip() or not (addressed or wanted or (self._speaks(record) and self.sieve.names_us(text))):
            return None
        languages = _strings(record.get("langs"))
        return Post(
            id=PostId(self.source, uri),
            text=text,
            author=did,
            url=f"https://bsky.app/profile/{did}/post/{uri.rsplit('/', 1)[1]}",
            created_at=when(record.get("createdAt"), seen),
            lang=languages[0][:35] if languages else None,
            addressed=addressed,
            warned=bool(labels(record.get("labels"))),
            answers=_parent(record) or "",
        )

    def _speaks(self, record: Row) -> bool:
        claimed = {language[:2].lower() for language in _strings(record.get("langs"))}
        return not self.languages or not claimed or not self.languages.isdisjoint(claimed)


@dataclass(slots=True)
class Outcome:
    """What a stretch of events comes to: the last word on each post. The same events twice come to the same."""

    posts: dict[str, Post] = field(default_factory=dict)  # by uri
    edited: set[str] = field(default_factory=set)  # uris whose earlier text no longer holds
    removed: dict[str, None] = field(default_factory=dict)  # uris, in order
    left: dict[str, None] = field(default_factory=dict)  # dids, in order

    def add(self, event: Written | Removed | Left) -> None:
        match event:
            case Written(uri, post, changed):
                if changed or uri in self.removed:
                    self.edited.add(uri)
                self._drop(uri)
                if post is None:
                    self.removed[uri] = None
                else:
                    self.removed.pop(uri, None)
                    self.posts[uri] = post
            case Removed(uri):
                self._drop(uri)
                self.removed[uri] = None
            case Left(did):
                for uri in [uri for uri, post in self.posts.items() if post.author == did]:
                    del self.posts[uri]
                self.left[did] = None

    def _drop(self, uri: str) -> None:
        self.posts.pop(uri, None)


def when(claimed: object, seen: datetime) -> datetime:
    """The time to go by: when the network saw the post, unless it claims to be old, as the posts of an imported archive do.

    `createdAt` is whatever the author's program says. A date in the future, or of yesterday by a wrong clock, is worth nothing.
    """
    moment, _ = read_time(claimed)
    return moment if moment and moment < seen - IMPORTED else seen


def labels(given: object) -> frozenset[str]:
    """The values of self-labels, in a record (`{"values": [{"val": …}]}`) or in a view of one (`[{"val": …}]`)."""
    values = given.get("values") if isinstance(given, Mapping) else given
    rows = values[:50] if isinstance(values, list) else []
    return frozenset(row["val"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("val"), str))


def split_uri(uri: object) -> str | None:
    """The address of a post, if it is one."""
    parts = uri.split("/") if isinstance(uri, str) else []
    whole = len(parts) == 5 and parts[0] == "at:" and not parts[1] and parts[3] == POST
    return str(uri) if whole and _DID.fullmatch(parts[2]) and _KEY.fullmatch(parts[4]) else None


def _load(raw: bytes) -> Row:
    try:
        row = json.loads(raw)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    except ValueError:  # not JSON, not UTF-8, or a number of more than 4,300 digits
        raise ValueError("not JSON") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    return row


def _text(record: Row) -> str:
    """What the reader sees, with the hashtags that stand beside the text (`tags`) behind it."""
    text = record.get("text")
    text = text[: MAX_CHARS + 1] if isinstance(text, str) else ""
    beside = [f"#{tag.lstrip('#')}" for tag in _strings(record.get("tags")) if tag.strip("#")]
    return "\n".join([text, " ".join(beside)]) if beside else text


def _spoken_to(record: Row) -> Iterator[str]:
    """DIDs the post is sent to: mentioned in it, or answered by it."""
    if uri := _parent(record):
        yield uri.split("/")[2]
    facets = record.get("facets")
    for facet in facets[:100] if isinstance(facets, list) else []:
        features = facet.get("features") if isinstance(facet, Mapping) else None
        for feature in features[:20] if isinstance(features, list) else []:
            if isinstance(feature, Mapping) and isinstance(feature.get("did"), str):
                yield feature["did"]


def _parent(record: Row) -> str | None:
    """The address of the post that this one answers."""
    reply = record.get("reply")
    parent = reply.get("parent") if isinstance(reply, Mapping) else None
    return split_uri(parent.get("uri")) if isinstance(parent, Mapping) else None


def _strings(value: object) -> list[str]:
    return [clean(item) for item in value[:20] if isinstance(item, str)] if isinstance(value, list) else []

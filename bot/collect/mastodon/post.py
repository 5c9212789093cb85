"""A post as Mastodon's API describes it, as a Post of ours. Pure; every value may be missing or of another type.

Entities: docs.joinmastodon.org/entities/Status, /Account, /Notification.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ...domain import Post, PostId
from ...text import clean
from ..plain import LEAVE_ME, html_to_text, text_of

Row = Mapping[str, Any]

FEW_WORDS = 4


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to read the posts of one instance."""

    source: str
    domain: str  # the instance's name in handles
    own: Row | None = None  # our own account; None: without a token

    def post(self, row: Row, *, addressed: bool = False) -> Post | None:
        """The post; None for one that is not ours to read: not public, by somebody who opted out, or by ourselves.

        A boost counts as the post that it boosts. Raises ValueError saying what cannot be read.
        """
        boosted = row.get("reblog")
        if isinstance(boosted, Mapping):
            row = boosted
        account = row.get("account")
        if not isinstance(account, Mapping):
            raise ValueError("a post without an account")
        if not _is_ours_to_read(row, addressed=addressed) or opted_out(account) or self._is_own(account):
            return None
        native = _line(row.get("uri")) or _line(row.get("url"))
        if not native:
            raise ValueError("a post without `uri`")
        warning = html_to_text(text_of(row.get("spoiler_text")))
        text = html_to_text(text_of(row.get("content")))
        return Post(
            id=PostId(self.source, native),
            text="\n\n".join(part for part in (warning, text) if part),
            author=self._handle(account),
            url=_line(row.get("url")) or native,
            created_at=read_instant(row.get("created_at")),
            lang=_line(row.get("language"))[:35] or None,
            addressed=addressed or self._mentions_us(row.get("mentions")),
            warned=bool(warning),
            answers=_line(row.get("in_reply_to_id"))[:200],
            local=_line(row.get("id"))[:200],
        )

    def _handle(self, account: Row) -> str:
        handle = _line(account.get("acct")).lstrip("@")[:200]
        return handle if "@" in handle or not handle else f"{handle}@{self.domain}"

    def _is_own(self, account: Row) -> bool:
        if self.own is None:
            return False
        url = _line(account.get("url"))
        return bool(url) and url == _line(self.own.get("url"))

    def _mentions_us(self, mentions: object) -> bool:
        return isinstance(mentions, list) and any(isinstance(row, Mapping) and self._is_own(row) for row in mentions)


def _is_ours_to_read(row: Row, *, addressed: bool) -> bool:
    """Public posts, and what was sent to us: unlisted, as all that is written below a reply of ours, or a few words in answer.

    Instances that do not say (snac boosts, old Pleroma) are no reason to guess: only "public" is public.
    """
    seen = row.get("visibility")
    if seen == "public" or not addressed:
        return seen == "public"
    if seen in (
        "private",
        "direct",
    ):  # "Stopp" counts however it is said; what else they tell in private is not taken in
        words = [word for word in html_to_text(text_of(row.get("content"))).split() if not word.startswith("@")]
        return bool(row.get("in_reply_to_id")) and len(words) <= FEW_WORDS
    return seen == "unlisted"


def opted_out(account: Row) -> bool:
    """Asks not to be indexed, by setting or by a word in the profile."""
    if account.get("noindex") is True:
        return True
    texts = [account.get("note")]
    fields = account.get("fields")
    for field in fields[:20] if isinstance(fields, list) else []:
        if isinstance(field, Mapping):
            texts += [field.get("name"), field.get("value")]
    return any(LEAVE_ME.search(html_to_text(text_of(text))) for text in texts if text)


def read_instant(value: object) -> datetime | None:
    """Aware UTC; None for what is no time. Mastodon.py has parsed it already where it could."""
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _line(value: object) -> str:
    """A short text without anything that could break a line or a database."""
    return clean(text_of(value)[:2000]).strip()

"""X's JSON as posts and counts. Takes both sets of field names: `*_tweet(s)`, and `*_post(s)` of the spec of August 2026."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any, TypeGuard

from ...domain import Post, PostId
from ...errors import SourceError
from ..files.archive import read_time
from .cursor import time_of
from .http import LostAnswer, detail_of

FIELDS = [
    "created_at",
    "lang",
    "author_id",
    "edit_history_tweet_ids",
    "note_tweet",
    "referenced_tweets",
    "reply_settings",
]
NO_LANGUAGE = frozenset(
    ["und", "qam", "qct", "qht", "qme", "qst", "zxx", "art"]
)  # X's codes for "only hashtags" and the like
MAX_NATIVE = 20  # digits
GONE = ("/resource-not-found", "/not-authorized-for-resource")  # how the `type` of an error ends


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of a timeline."""

    posts: tuple[Post, ...]
    edited: tuple[PostId, ...]  # of them, those in a later version than their first
    ids: list[int]  # of all posts of the page that can be read, handed on or not
    token: str | None  # of the next page; None: this was the last
    billed: int  # posts that X counts
    warnings: tuple[str, ...]


def read_page(answer: Mapping[str, Any], source: str, *, newest: int, addressed: bool, own: str | None) -> Answer:
    """Reposts and posts by the account `own` are left out. Raises LostAnswer, SourceError when it is no page.

    A post above `newest` cannot be: trusting its id would move the cursor past posts to come.
    """
    rows, meta = answer.get("data") or [], answer.get("meta")
    errors = answer.get("errors") or []
    if errors and not rows and not isinstance(meta, dict):
        raise SourceError(f"X answered with errors only: {detail_of(answer)}")
    if not isinstance(rows, list) or not isinstance(meta, dict):
        raise LostAnswer("X answered JSON that is no page of posts; it is asked again at the next run")
    posts: list[Post] = []
    edited: list[PostId] = []
    ids: list[int] = []
    warnings = [
        f"X left something out: {detail_of(error)}" for error in (errors if isinstance(errors, list) else [errors])[:3]
    ]
    for row in rows:
        try:
            native = read_id(row, newest)
            post = to_post(row, native, source, addressed=addressed)
        except ValueError as error:
            warnings.append(f"a post that cannot be read: {error}")
            continue
        ids.append(native)
        if not is_repost(row) and not (own and post.author == own):
            posts.append(post)
            if versions(row)[1:] and versions(row)[-1] == str(native):
                edited.append(post.id)
    token = meta.get("next_token")
    count = meta.get("result_count")
    billed = max(len(rows), count if isinstance(count, int) else 0)
    return Answer(
        tuple(posts), tuple(edited), ids, token if isinstance(token, str) and token else None, billed, tuple(warnings)
    )


def read_id(row: object, newest: int) -> int:
    """A post's own id, which orders it. Raises ValueError where it has none, or one that cannot be."""
    native = row.get("id") if isinstance(row, Mapping) else None
    if not is_id(native):
        raise ValueError("it has no id")
    if int(native) > newest:
        raise ValueError("its id lies in the future")
    return int(native)


def to_post(row: Mapping[str, Any], native: int, source: str, *, addressed: bool) -> Post:
    """Edits of a post share the id of its first version, so that they are one post. Raises ValueError without a text."""
    first = next(iter(versions(row)), str(native))
    note = either(row, "note_tweet", "note_post")
    text = note.get("text") if isinstance(note, Mapping) else None
    text = text if isinstance(text, str) and text else row.get("text")
    if not isinstance(text, str):
        raise ValueError("it has no text")
    lang, author = row.get("lang"), row.get("author_id")
    return Post(
        id=PostId(source, first),
        text=unescape(text),  # X escapes & < > as HTML
        author=author if is_id(author) else "",
        url=f"https://x.com/i/status/{native}",
        created_at=read_time(row.get("created_at"))[0] or time_of(native),
        lang=lang[:35] if isinstance(lang, str) and lang not in NO_LANGUAGE else None,
        addressed=addressed,
        may_train=False,
        closed=is_closed(row.get("reply_settings"), addressed),
        answers=next(iter(referenced(row, "replied_to")), ""),
    )


def is_closed(setting: object, addressed: bool) -> bool:
    """Who may reply: all, or whom the post mentions ("mentionedUsers", "mentioned_users"), or people we are not."""
    everyone = not isinstance(setting, str) or setting == "everyone"
    return not (everyone or (addressed and str(setting).startswith("mentioned")))


def versions(row: Mapping[str, Any]) -> list[str]:
    """The ids of a post's versions, the first one first; [] where it does not say."""
    ids = either(row, "edit_history_tweet_ids", "edit_history_post_ids")
    return ids if isinstance(ids, list) and all(is_id(item) for item in ids) else []


def is_repost(row: Mapping[str, Any]) -> bool:
    """Somebody else's words, passed on. A quote has words of its own and is none."""
    references = either(row, "referenced_tweets", "referenced_posts")
    if not isinstance(references, list):
        return False
    return any(isinstance(item, Mapping) and item.get("type") in ("retweeted", "reposted") for item in references)


def referenced(row: Mapping[str, Any], kind: str) -> set[str]:
    """Ids of the posts that this one refers to in one way: replied_to, quoted."""
    found = either(row, "referenced_tweets", "referenced_posts")
    rows = found if isinstance(found, list) else []
    return {str(each.get("id"))[:MAX_NATIVE] for each in rows if isinstance(each, Mapping) and each.get("type") == kind}


def read_counts(answer: Mapping[str, Any]) -> tuple[dict[datetime, int], str | None]:
    """Posts by the beginning of their bucket, and the token of the next page. Raises LostAnswer when it holds none."""
    rows, meta = answer.get("data"), answer.get("meta")
    counts: dict[datetime, int] = {}
    for row in rows if isinstance(rows, list) else []:
        start = read_time(row.get("start"))[0] if isinstance(row, Mapping) else None
        count = either(row, "tweet_count", "post_count") if isinstance(row, Mapping) else None
        if start is None or not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise LostAnswer("X answered counts that cannot be read; it is asked again at the next run")
        counts[start] = count
    if not counts or not isinstance(meta, Mapping):
        raise LostAnswer("X answered no counts; it is asked again at the next run")
    token = meta.get("next_token")
    return counts, token if isinstance(token, str) and token else None


def read_lookup(answer: Mapping[str, Any], wanted: Collection[str]) -> tuple[set[str], set[str], int]:
    """Of posts looked up by id: those shown, those that X says are gone, and how many it bills. Raises LostAnswer.

    Gone is deleted, or no longer shown to all: its author has left, was suspended, or writes for followers only now.
    An id that X says nothing of is in neither.
    """
    rows, errors = answer.get("data") or [], answer.get("errors") or []
    if not isinstance(rows, list) or not isinstance(errors, list) or not (rows or errors):
        raise LostAnswer("X answered JSON that is no list of posts; it is asked again at the next run")
    there = {row["id"] for row in rows if isinstance(row, Mapping) and is_id(row.get("id"))}
    gone = {
        str(error.get("resource_id") or error.get("value"))
        for error in errors
        if isinstance(error, Mapping) and str(error.get("type")).endswith(GONE)
    }
    return there.intersection(wanted), gone.intersection(wanted) - there, len(rows)


def either(row: Mapping[str, Any], old: str, new: str) -> Any:
    return row.get(new) if row.get(old) is None else row[old]


def is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < MAX_NATIVE

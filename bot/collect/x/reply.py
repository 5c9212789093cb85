"""Replies at X, to people who mentioned or quoted the account, and to nobody else (rules of February 2026; tweepy 4.17.0).

X takes no key of ours: after a lost answer our own timeline is read. Every request is paid for, so the purse comes first.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ...config.load import secret
from ...config.sources import XSettings
from ...errors import LoginFailed, RateLimited, ReplyForbidden, ReplyRefused, ReplyUnsure, SourceError
from ..base import Outgoing, Purse, Standing
from ..budget import Budget
from .answers import GONE, is_closed, is_id, referenced, versions
from .http import AT_THE_CAP, HOST, REQUESTS, ApiWire, LostAnswer, load_answer, micro, open_client, paid

PAGE = 100  # of our own posts
MOST_PAGES = 5
FIELDS = ["author_id", "entities", "in_reply_to_user_id", "referenced_tweets", "reply_settings"]

Row = Mapping[str, Any]


class XSender:
    """Raises LoginFailed without the account's keys and number, and without a purse: what is not counted is not spent."""

    lag = timedelta(minutes=10)

    def __init__(
        self,
        settings: XSettings,
        purse: Purse | None,
        *,
        base: str = HOST,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        budget: Budget = REQUESTS,
    ) -> None:
        token = secret(settings.token_env)
        keys = (secret(settings.reply_keys_env) or "").split() if settings.reply_keys_env else []
        if len(keys) != 4 or not token or settings.account_id is None or purse is None:
            raise LoginFailed(
                f"{settings.name}: replies need `account_id`, and in `reply_keys_env` the name of a variable with API key,"
                " API secret, access token and its secret, in this order; docs/accounts.md says how"
            )
        self._settings, self._purse, self._own = settings, purse, settings.account_id
        self._wire = ApiWire(None, clock, base, budget)  # of the writer
        self._reader = open_client(settings, ApiWire(token, clock, base, budget))
        self._writer = open_client(settings, self._wire, *keys)

    def close(self) -> None:
        self._reader.session.close()
        self._writer.session.close()

    def undisclosed(self) -> str:
        """X tells nobody through its API whether an account carries the label "Automated"."""
        return ""

    def look(self, reply: Outgoing) -> Standing:
        native = reply.to.id.native
        if not is_id(native):
            raise ReplyRefused("nobody knows what X calls the post")
        row, quoted = self._parent(native)
        known = {native, *(versions(row) if row else ())}
        mine = self._mine(native, known)
        if row is None:
            return Standing(there=False, mine=mine)
        addressed = self._speaks_to_us(row, quoted)
        closed = not addressed or is_closed(row.get("reply_settings"), addressed)
        return Standing(there=True, open=not closed, mine=mine)

    def send(self, reply: Outgoing, standing: Standing) -> str:  # noqa: ARG002  # the others need what they saw
        price = micro(self._settings.prices.reply_usd)
        self._reserve(price, price)
        try:
            answer = load_answer(self._writer.create_tweet(text=reply.text, in_reply_to_tweet_id=reply.to.id.native))
        except LostAnswer as error:
            raise ReplyUnsure(f"{error}; whether the reply is there, nobody said") from error
        except SourceError as error:
            status = self._wire.last.status if self._wire.last else None
            # What X calls a duplicate may be this very reply, posted before.
            if status and (status >= 500 or status == 408 or "duplicate" in str(error).casefold()):
                raise ReplyUnsure(f"{error}; whether the reply is there, nobody said") from error
            self._purse.settle(0)
            if status == 403:
                raise ReplyForbidden(str(error)) from error
            if status and 400 <= status < 500 and not isinstance(error, RateLimited | LoginFailed):
                raise ReplyRefused(str(error)) from error
            raise
        data = answer.get("data")
        made = data.get("id") if isinstance(data, Mapping) else None
        if not is_id(made):
            raise ReplyUnsure("X answered, but not with the reply")
        self._purse.settle(price)
        return made

    def _parent(self, native: str) -> tuple[Row | None, set[str]]:
        """The post (None: gone), and the authors of the posts that it quotes."""
        price = micro(self._settings.prices.post_read_usd)
        self._reserve(2 * price, 2 * price)
        answer = self._get(
            lambda: self._reader.get_tweets([native], tweet_fields=FIELDS, expansions=["referenced_tweets.id"])
        )
        rows, errors = _rows(answer, "data"), _rows(answer, "errors")
        included = answer.get("includes")
        quoted = _rows(included, "tweets") or _rows(included, "posts") if isinstance(included, Mapping) else []
        self._purse.settle((len(rows) + len(quoted)) * price)
        for row in rows:
            if native in (row.get("id"), *versions(row)):
                return row, {
                    str(each.get("author_id")) for each in quoted if each.get("id") in referenced(row, "quoted")
                }
        if any(str(error.get("type")).endswith(GONE) for error in errors):
            return None, set()
        raise SourceError("X says nothing of the post that is to be answered")

    def _mine(self, native: str, known: set[str]) -> str | None:
        """Our reply to a post, among all that we have posted since. Raises SourceError where that is too much to read."""
        price, token = micro(self._settings.prices.mention_read_usd), None
        for _ in range(MOST_PAGES):
            most = min(PAGE, self._reserve(PAGE * price, 5 * price) // price)
            asked: dict[str, Any] = {"since_id": native, "max_results": most, "tweet_fields": ["referenced_tweets"]}
            if token:
                asked["pagination_token"] = token
            answer = self._get(lambda asked=asked: self._reader.get_users_tweets(self._own, **asked))  # type: ignore[misc]
            rows, meta = _rows(answer, "data"), answer.get("meta")
            self._purse.settle(len(rows) * price)
            if not isinstance(meta, Mapping):
                raise SourceError("X answered something that is no page of our posts")
            for row in rows:
                if known.intersection(referenced(row, "replied_to")) and is_id(row.get("id")):
                    return str(row["id"])
            token = meta.get("next_token")
            if not token:
                return None
        raise SourceError("too much was posted at X since then to say whether a post was answered")

    def _speaks_to_us(self, row: Row, quoted: set[str]) -> bool:
        entities = row.get("entities")
        mentions = _rows(entities, "mentions") if isinstance(entities, Mapping) else []
        named = {str(each.get("id")) for each in mentions} | {str(row.get("in_reply_to_user_id"))}
        return self._own in named | quoted

    def _get(self, call: Callable[[], Any]) -> dict[str, Any]:
        return paid(self._purse, call, dict)

    def _reserve(self, wanted: int, least: int) -> int:
        if money := self._purse.reserve(wanted=wanted, least=least):
            return money
        raise SourceError(f"X: {AT_THE_CAP}")


def _rows(answer: Row, name: str) -> list[Row]:
    found = answer.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []

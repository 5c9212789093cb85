"""Replies at Mastodon and what speaks its client API (Mastodon.py 2.3.3), from the account whose token is set.

Real servers ignore Idempotency-Key, or keep it for an hour: after a lost answer the parent's thread and our own posts are
read. Replies are `unlisted`, never wider than what they answer, and keep its content warning.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from requests.exceptions import ConnectTimeout, SSLError
from urllib3.exceptions import NewConnectionError

from ...config.sources import MastodonSettings
from ...errors import LoginFailed, RateLimited, ReplyRefused, ReplyUnsure, SourceError
from ..base import Outgoing, Standing
from ..budget import SHARED, Budget
from .errors import causes
from .post import Row, read_instant
from .source import PAGE, Run

RUN_WITHIN_S = 60.0
MOST_PAGES = 10  # of our own posts, when looking for one
MARGIN = timedelta(minutes=10)  # how far the server's clock may be behind ours


class MastodonSender:
    """Raises LoginFailed without a token: nobody replies without an account."""

    lag = timedelta(minutes=2)

    def __init__(
        self,
        settings: MastodonSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        budget: Budget = SHARED,
    ) -> None:
        if settings.token_env is None:
            raise LoginFailed(f"{settings.name}: replies need an account; set `token_env`, docs/accounts.md says how")
        self._run = Run(settings, clock, budget, RUN_WITHIN_S)
        self._account: Row | None = None

    def close(self) -> None:
        self._run.close()

    def undisclosed(self) -> str:
        if self._own().get("bot") is True:
            return ""
        return "is not marked as automated: Preferences, Profile, “This is an automated account”"

    def look(self, reply: Outgoing) -> Standing:
        run, local = self._run, reply.to.local
        if not local:
            raise ReplyRefused(f"{run.host}: nobody knows what it calls the post")
        mine = self._among_own(local, reply.since)
        try:
            row = self._ask("the post", lambda: run.client.status(local))
        except SourceError:
            if run.status() == 404:
                return Standing(there=False, mine=mine)
            raise
        account = row.get("account")
        if str(row.get("id")) != local or not isinstance(account, Mapping):
            raise SourceError(f"{run.host}: answered with something other than the post asked for")
        if row.get("visibility") not in ("public", "unlisted"):
            return Standing(there=False, mine=mine)
        facts = {"handle": str(account.get("acct") or "").lstrip("@"), "warning": str(row.get("spoiler_text") or "")}
        return Standing(there=True, mine=mine or self._in_thread(local), facts=facts)

    def send(self, reply: Outgoing, standing: Standing) -> str:
        run = self._run
        run.wire.last = None
        try:
            posted = run.client.status_post(
                f"@{standing.facts['handle']} {reply.text}",
                in_reply_to_id=reply.to.local,
                visibility="unlisted",
                spoiler_text=standing.facts["warning"] or None,
                language=reply.lang if len(reply.lang) == 2 else None,
                idempotency_key=reply.key,
            )
        except Exception as error:  # one call of the library and nothing else; it lets out more than its own errors
            raise self._outcome(error) from error
        native = posted.get("id") if isinstance(posted, Mapping) else None
        if not native or self._run.status() not in (200, 201):
            raise ReplyUnsure(f"{run.host}: answered, but not with the reply")
        return str(native)

    def _outcome(self, error: Exception) -> SourceError:
        """What is known of a reply whose posting failed."""
        host, status = self._run.host, self._run.status()
        explained = self._run.explain(error, "the reply")
        match status:
            case 401 | 403:
                return LoginFailed(
                    f"{host}: the token may not post ({status}); make one with the scope `write:statuses` besides `read`"
                )
            case 429:
                return explained
            case 404:
                return ReplyRefused(f"{host}: what is answered is gone (404)")
            case int() if 400 <= status < 500:
                return ReplyRefused(f"{host}: does not take the reply ({status})")
            case None if isinstance(explained, RateLimited) or _never_left(error):
                return explained
        return ReplyUnsure(f"{explained}; whether the reply is there, nobody said")

    def _own(self) -> Row:
        if self._account is None:
            account = self._ask("our account", self._run.client.account_verify_credentials)
            if not account.get("id"):
                raise SourceError(f"{self._run.host}: does not say who we are")
            self._account = account
        return self._account

    def _among_own(self, local: str, since: datetime) -> str | None:
        """Our reply to a post, among all that we posted since then. Raises SourceError where that is too much to read."""
        own, before = str(self._own()["id"]), None
        for _ in range(MOST_PAGES):
            asked: dict[str, Any] = {"limit": PAGE, "exclude_reblogs": True, **({"max_id": before} if before else {})}
            rows = self._ask_rows("our posts", partial(self._run.client.account_statuses, own, **asked))
            for row in rows:
                if str(row.get("in_reply_to_id")) == local:
                    return str(row["id"])
            times = [moment for row in rows if (moment := read_instant(row.get("created_at")))]
            if not rows or (times and min(times) < since - MARGIN) or str(rows[-1].get("id")) == before:
                return None
            before = str(rows[-1].get("id"))
        raise SourceError(f"{self._run.host}: posted too much since then to say whether a post was answered")

    def _in_thread(self, local: str) -> str | None:
        own = str(self._own()["id"])
        context = self._ask("the thread", lambda: self._run.client.status_context(local))
        below = context.get("descendants")
        for row in below if isinstance(below, list) else []:
            account = row.get("account") if isinstance(row, Mapping) else None
            ours = isinstance(account, Mapping) and str(account.get("id")) == own
            if ours and str(row.get("in_reply_to_id")) == local:
                return str(row["id"])
        return None

    def _ask(self, what: str, call: Callable[[], Any]) -> Row:
        answer = self._run.ask(what, call)
        if not isinstance(answer, Mapping):
            raise SourceError(f"{self._run.host}: answered with something other than {what}")
        return answer

    def _ask_rows(self, what: str, call: Callable[[], Any]) -> list[Row]:
        answer = self._run.ask(what, call)
        if not isinstance(answer, list) or not all(isinstance(row, Mapping) for row in answer):
            raise SourceError(f"{self._run.host}: answered with something other than {what}")
        return answer


def _never_left(error: Exception) -> bool:
    """No connection was made, so nothing was posted."""
    return any(isinstance(cause, NewConnectionError | ConnectTimeout | SSLError) for cause in causes(error))

"""Replies at Bluesky, as records under a key of our own choice.

The key is made of the draft, so that a second attempt cannot make a second reply: under it there is one record or none.
Links stand in the text as people read them; whole they are in its facets (app.bsky.richtext.facet).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ...config.sources import BlueskySettings
from ...errors import ReplyRefused, SourceError
from ...reply.texts import shown_link
from ..base import Outgoing, Standing
from ..budget import SHARED, Budget
from .account import Account
from .events import HIDDEN, POST, Row, labels, split_uri

GATE = "app.bsky.feed.threadgate"
BOT = "bot"  # the label by which an account says that it is a program
_TID = "234567abcdefghijklmnopqrstuvwxyz"
_LINK = re.compile(r"https?://\S+")


class BlueskySender:
    """Raises LoginFailed without an account."""

    lag = timedelta(minutes=2)

    def __init__(
        self,
        settings: BlueskySettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        budget: Budget = SHARED,
    ) -> None:
        self._host = urlsplit(settings.service).netloc
        self._account = Account.of(settings, budget=budget, clock=clock)
        self._open = False

    def close(self) -> None:
        self._account.close()

    def undisclosed(self) -> str:
        found = self._get(self._own(), "app.bsky.actor.profile", "self")
        profile = found.get("value") if found else None
        if isinstance(profile, Mapping) and BOT in labels(profile.get("labels")):
            return ""
        return "does not carry the label “bot”: docs/accounts.md says how to set it"

    def look(self, reply: Outgoing) -> Standing:
        own, parent = self._own(), split_uri(reply.to.id.native)
        if parent is None:
            raise ReplyRefused(f"{self._host}: nobody knows what it calls the post")
        mine = self._mine(own, parent, rkey(reply))
        found = self._get(*_parts(parent))
        record = found.get("value") if found else None
        if not found or not isinstance(record, Mapping) or labels(record.get("labels")) & HIDDEN:
            return Standing(there=False, mine=mine)
        root = _ref(record, "root") or {"uri": parent, "cid": str(found["cid"])}
        facts = {"cid": str(found["cid"]), "root": root["uri"], "root cid": root["cid"]}
        return Standing(there=True, open=self._lets_in(root["uri"], own), mine=mine, facts=facts)

    def send(self, reply: Outgoing, standing: Standing) -> str:
        facts = standing.facts
        text, facets = with_facets(reply.text)
        record = {
            "$type": POST,
            "text": text,
            "createdAt": reply.made_at.isoformat(),  # the same for every attempt
            "reply": {
                "root": {"uri": facts["root"], "cid": facts["root cid"]},
                "parent": {"uri": reply.to.id.native, "cid": facts["cid"]},
            },
            **({"langs": [reply.lang]} if len(reply.lang) == 2 else {}),
            **({"facets": facets} if facets else {}),
        }
        self._account.create(record, POST, rkey(reply))
        return f"at://{self._own()}/{POST}/{rkey(reply)}"

    def _own(self) -> str:
        if not self._open:
            self._account.open()
            self._open = True
        return self._account.did

    def _get(self, repo: str, collection: str, key: str) -> Row | None:
        return self._account.find("com.atproto.repo.getRecord", {"repo": repo, "collection": collection, "rkey": key})

    def _mine(self, own: str, parent: str, key: str) -> str | None:
        """Our reply: under its key, or one that a person made, among our last hundred posts."""
        if self._get(own, POST, key):
            return f"at://{own}/{POST}/{key}"
        answer = self._account.find("com.atproto.repo.listRecords", {"repo": own, "collection": POST, "limit": 100})
        rows = answer.get("records") if answer else []
        if not isinstance(rows, list):
            raise SourceError(f"{self._host}: answered with something other than our posts")
        for row in rows:
            record = row.get("value") if isinstance(row, Mapping) else None
            ref = _ref(record, "parent") if isinstance(record, Mapping) else None
            if ref and ref["uri"] == parent:
                return str(row["uri"])
        return None

    def _lets_in(self, root: str, own: str) -> bool:
        """Whoever began the thread may say who takes part. Only "all" and "whom I mention" can be told from here."""
        if not split_uri(root):
            return False
        did, _, key = _parts(root)
        gate = self._get(did, GATE, key)
        rules = gate["value"].get("allow") if gate and isinstance(gate.get("value"), Mapping) else None
        if not isinstance(rules, list):
            return True
        kinds = {rule.get("$type") for rule in rules if isinstance(rule, Mapping)}
        if f"{GATE}#mentionRule" not in kinds:
            return False
        found = self._get(did, POST, key)
        record = found.get("value") if found else None
        return isinstance(record, Mapping) and own in str(record.get("facets"))


def rkey(reply: Outgoing) -> str:
    """A TID (atproto.com/specs/tid): µs of when it was drafted, and ten bits besides, both the same for every attempt."""
    mixed = int(reply.key[:8], 16)
    number = (int(reply.made_at.timestamp()) * 1_000_000 + mixed % 1_000_000) << 10 | mixed >> 22
    return "".join(_TID[number >> shift & 31] for shift in range(60, -1, -5))


def with_facets(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text as it is shown, and its links with the bytes where they stand."""
    shown, facets, last = "", [], 0
    for found in _LINK.finditer(text):
        shown += text[last : found.start()]
        start, last = len(shown.encode()), found.end()
        shown += shown_link(found[0])
        link = {"$type": "app.bsky.richtext.facet#link", "uri": found[0]}
        facets.append({"index": {"byteStart": start, "byteEnd": len(shown.encode())}, "features": [link]})
    return shown + text[last:], facets


def _parts(uri: str) -> tuple[str, str, str]:
    _, _, did, collection, key = uri.split("/")
    return did, collection, key


def _ref(record: Row, name: str) -> dict[str, str] | None:
    reply = record.get("reply")
    ref = reply.get(name) if isinstance(reply, Mapping) else None
    if isinstance(ref, Mapping) and isinstance(ref.get("uri"), str) and isinstance(ref.get("cid"), str):
        return {"uri": ref["uri"], "cid": ref["cid"]}
    return None

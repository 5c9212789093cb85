"""Asking the Mastodon source as the pipeline does, in one line."""

from datetime import datetime, timedelta
from typing import Any

from bot.collect import Page
from bot.collect.budget import Budget
from bot.collect.mastodon.source import MastodonSource
from bot.config.sources import MastodonSettings
from tests.servers.mastodon import EPOCH, FakeMastodon

NOW = EPOCH + timedelta(hours=8)


def settings(fake: FakeMastodon, **changes: Any) -> MastodonSettings:
    return MastodonSettings(**{"kind": "mastodon", "name": "m", "url": fake.url, "hashtags": ("o2",), **changes})


def with_token(fake: FakeMastodon, **changes: Any) -> MastodonSettings:
    """The environment variable is set for all tests in this folder (`conftest.py`)."""
    return settings(fake, token_env="MASTODON_TOKEN", **changes)


def source(chosen: MastodonSettings, now: datetime = NOW, **more: Any) -> MastodonSource:
    return MastodonSource(chosen, clock=lambda: now, **{"budget": Budget(10_000), **more})


def collect(chosen: MastodonSettings, cursor: str | None = None, now: datetime = NOW) -> tuple[list[Page], str | None]:
    """The pages of one run, and the cursor for the next."""
    pages = list(source(chosen, now).pages(cursor))
    return pages, next((page.cursor for page in reversed(pages) if page.cursor), cursor)


def texts(pages: list[Page]) -> list[str]:
    return [post.text for page in pages for post in page.posts]

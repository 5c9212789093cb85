"""What each source may be told: one class a platform."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from .values import Contact, Duration, Interval, Price, Source, Table, Usd, Zone

Hashtag = Annotated[str, Field(pattern=r"^#?\w{1,100}$")]
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class MastodonSettings(Source):
    kind: Literal["mastodon"]
    name: SourceName
    url: Annotated[str, Field(pattern=r"^https?://[^/\s@?#]+$")]
    hashtags: Annotated[tuple[Hashtag, ...], Field(min_length=1)]
    token_env: str | None = None
    search: tuple[Annotated[str, Field(min_length=2, max_length=100)], ...] = ()
    stream: bool = False
    contact: Contact | None = None
    every: Interval = timedelta(minutes=5)
    overlap: Annotated[Duration, Field(ge=timedelta(hours=6), le=timedelta(days=7))] = timedelta(hours=6)
    max_pages: Annotated[int, Field(ge=1, le=100)] = 10

    @field_validator("search", "stream")
    @classmethod
    def _with_a_token(cls, value: object, info: ValidationInfo) -> object:
        if value and not info.data.get("token_env"):
            raise ValueError("`token_env` beside it: instances let only accounts search and stream")
        return value


class ArchiveSettings(Source):
    kind: Literal["archive"]
    name: SourceName
    path: str
    every: Interval = timedelta(hours=1)


class XPrices(Table):
    """What X bills, of its pay-per-use prices since February 2026; the developer console shows your own."""

    post_read_usd: Price = 0.005
    mention_read_usd: Price = 0.001
    counts_request_usd: Price = 0.005
    reply_usd: Price = 0.010


class XSettings(Source):
    """X has no default cap: what it may cost is for you to say."""

    kind: Literal["x"]
    name: SourceName
    token_env: str
    daily_cap_usd: Usd
    monthly_cap_usd: Usd
    contact: Contact | None = None
    account_id: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")] | None = None
    reply_keys_env: str | None = None
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()
    queries: tuple[str, ...] = ()  # once loaded: all of them, those packed from the words first
    look_back: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=6))] = timedelta(days=1)
    pages: Annotated[int, Field(ge=1, le=200)] = 20
    recheck_share: Annotated[float, Field(ge=0, le=0.9)] = 0.2
    counts_every: Interval | None = None
    prices: XPrices = XPrices()
    every: Interval = timedelta(minutes=15)

    @property
    def texts_kept(self) -> int:
        """Stored posts that `recheck_share` of the caps pays a look for every 20 hours (`store.rechecks`)."""
        usd_a_day = self.recheck_share * min(self.daily_cap_usd, self.monthly_cap_usd / 31)
        return int(usd_a_day / self.prices.post_read_usd * 20 / 24)

    def caps_usd(self, *, reading: bool) -> tuple[float, float]:
        """A day's and a month's. Reading leaves the share for looking again: what is stored must be vouched for."""
        part = 1 - self.recheck_share if reading else 1.0
        return part * self.daily_cap_usd, part * self.monthly_cap_usd


class BlueskySettings(Source):
    kind: Literal["bluesky"]
    name: SourceName
    hosts: Annotated[tuple[Annotated[str, Field(pattern=r"^wss?://[^/\s?#]+$")], ...], Field(min_length=1)]
    words: tuple[Annotated[str, Field(pattern=r"\w")], ...] = ()
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...] = ()
    accounts: tuple[Annotated[str, Field(pattern=r"^did:[a-z]+:[A-Za-z0-9._:%-]+$")], ...] = ()
    profiles: Annotated[str, Field(pattern=r"^(https?://[^/\s?#]+)?$")] = "https://public.api.bsky.app"
    handle: str | None = None
    password_env: str | None = None
    # Unencrypted on this machine only: a password travels there.
    service: Annotated[str, Field(pattern=r"^(https://[^/\s?#@]+|http://(localhost|127\.0\.0\.1)(:\d+)?)$")] = (
        "https://bsky.social"
    )
    session_file: str = "var/bluesky.session"
    search: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    contact: Contact | None = None
    every: Interval = timedelta(minutes=1)


class FeedSettings(Source):
    kind: Literal["feed"]
    name: SourceName
    url: Annotated[str, Field(pattern=r"^https?://[^/\s@]+(/[!-~]*)?$")]
    contact: Contact | None = None
    press: bool = False
    allow_private: bool = False
    time_zone: Zone = "UTC"
    every: Interval = timedelta(minutes=15)


class MailboxSettings(Source):
    kind: Literal["mailbox"]
    name: SourceName
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Literal["tls", "starttls"] = "tls"
    user: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
    password_env: str
    folder: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")] = "INBOX"
    ca_file: str | None = None
    every: Interval = timedelta(minutes=5)


class FolderSettings(Source):
    kind: Literal["folder"]
    name: SourceName
    path: str
    quiet: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=1))] = timedelta(minutes=1)
    columns: dict[Literal["text", "title", "id", "created_at", "time", "author", "url", "lang", "type"], str] = Field(
        default_factory=dict
    )
    time_zone: Zone = "UTC"
    every: Interval = timedelta(minutes=5)


SourceSettings = Annotated[
    MastodonSettings | BlueskySettings | ArchiveSettings | XSettings | FeedSettings | MailboxSettings | FolderSettings,
    Field(discriminator="kind"),
]

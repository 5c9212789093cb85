"""Settings of replies: whom we may answer, how often, and when."""

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import Field

from .values import DayTime, Duration, Table

Mode = Literal["off", "draft", "automatic"]
Modes = dict[Literal["mastodon", "bluesky", "x", "mailbox"], Mode]
Cap = Annotated[int, Field(ge=0, le=10_000)]


class ReplySettings(Table):
    enabled: bool = False
    address: Literal["formal", "informal"] = "formal"
    modes: Modes = Field(default_factory=dict)  # what is not named is off
    max_age: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=7))] = timedelta(days=1)
    cooldown: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=180))] = timedelta(days=14)
    hourly_cap: Cap = 10
    daily_cap: Cap = 40
    quiet_from: DayTime = time(20)
    quiet_until: DayTime = time(8)
    form_url: Annotated[str, Field(pattern=r"^(https://[^/\s?#@]+(/[!-~]*)?)?$")] = ""
    form_valid: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=365))] = timedelta(days=30)
    mastodon_limit: Annotated[int, Field(ge=300, le=100_000)] = 500

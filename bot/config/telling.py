"""Settings of what people are told, and when they are left alone."""

from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Literal

from pydantic import Field

from .values import DayTime, Interval, Table


class QuietSettings(Table):
    since: DayTime
    until: DayTime
    wake_from: Annotated[int, Field(ge=1, le=7)] = (
        5  # level of the storm scale from which alerts come all the same; 7: never
    )

    def over_at(self, now: datetime, zone: tzinfo) -> datetime:
        """`now`, or the end of the quiet hours it lies in."""
        local = now.astimezone(zone)
        quiet = self.since <= local.time() < self.until
        if self.since > self.until:  # over midnight
            quiet = local.time() >= self.since or local.time() < self.until
        if not quiet:
            return now
        day = local.date() + timedelta(days=local.time() >= self.until)
        return datetime.combine(day, self.until, tzinfo=zone).astimezone(now.tzinfo)


class NotifySettings(Table):
    """Who is told what. The address stands in the environment, as it holds a password."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    address_env: str
    what: Annotated[tuple[Literal["digest", "week", "alert", "escalation"], ...], Field(min_length=1)]
    language: Literal["de", "en"] | None = None
    quiet: QuietSettings | None = None


class WatchSettings(Table):
    every: Interval
    apps: tuple[str, ...] = (
        "WhatsApp",
        "Instagram",
        "Facebook",
        "TikTok",
        "YouTube",
        "Netflix",
        "Snapchat",
        "Signal",
        "Telegram",
    )

"""Values that config files hold: what they look like there, and what is said when they do not."""

from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    if isinstance(value, str) and value[:-1].strip().isdecimal() and value[-1] in UNITS and len(value) <= 10:
        return timedelta(**{UNITS[value[-1]]: int(value[:-1])})
    raise ValueError('a number with its unit, such as "30s", "5m", "2h" or "1d"')


def _clock(value: object) -> object:
    try:
        clock = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        clock = None
    # The zone is the carrier's, and jobs begin at full minutes.
    if clock is None or (isinstance(clock, time) and (clock.tzinfo or clock.second or clock.microsecond)):
        raise ValueError('a time of day such as "07:00"')
    return clock


def _no_lost_hour(value: time) -> time:
    if time(2) <= value < time(3):
        raise ValueError("a time outside 02:00 to 03:00: that hour is missing or doubled when the clocks change")
    return value


def _network(value: object) -> object:
    try:
        return ip_network(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError('an address or network such as "127.0.0.1" or "10.0.0.0/8"') from None


def _word(value: str) -> str:
    if not any(character.isalnum() for character in value):
        raise ValueError("a word or name that can be looked for")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('a time zone such as "Europe/Berlin"') from None
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
DayTime = Annotated[time, BeforeValidator(_clock), AfterValidator(_no_lost_hour)]
Zone = Annotated[str, AfterValidator(_zone)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Interval = Annotated[Duration, Field(ge=timedelta(seconds=30), le=timedelta(days=1))]
Age = Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=3650))]
Usd = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0.000001, le=100, allow_inf_nan=False)]  # in USD; a micro-dollar is the smallest unit

Word = Annotated[str, AfterValidator(_word)]
Contact = Annotated[str, Field(pattern=r"^[!-~]{3,200}$")]  # goes into a request header


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Source(Table):
    """What every source may say of itself."""

    expected_every: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=60))] | None = None

"""Does a platform hold more posts about us than usual? By their number alone, where reading them costs too much. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .usual import tail

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = 5  # that "usual" is taken from: X counts seven days back, and the first and last are not whole
LEAST = 20  # posts in the hour, for their number to mean something
SIZE = 5.0  # of the negative binomial, as for other carriers: counts of a whole platform scatter widely
P = 1e-3


@dataclass(frozen=True, slots=True)
class Rise:
    """An hour that stands out."""

    since: datetime  # aware UTC
    posts: int
    usual: float  # in this hour and those beside it, on the days before


def find_rise(counts: Mapping[datetime, int], now: datetime) -> Rise | None:
    """Whether the last whole hour stands out. `counts`: posts by the beginning of their hour; a missing hour is not empty."""
    since = now.replace(minute=0, second=0, microsecond=0) - HOUR
    near = (since - day * DAY + shift * HOUR for day in range(1, DAYS + 1) for shift in (-1, 0, 1))
    before = [counts[hour] for hour in near if hour in counts]
    if since not in counts or len(before) < 2 * 3:  # two days at least
        return None
    posts, usual = counts[since], sum(before) / len(before)
    return Rise(since, posts, usual) if posts >= LEAST and tail(posts, max(usual, 1.0), SIZE) < P else None

"""What the slowest pages rest on is made once a day's first page is out, so that nobody waits for it."""

from contextlib import suppress
from datetime import date

from .alerts import storms_of
from .call import Call
from .desk import Desk
from .kept import StillCounting
from .posts import latest_day
from .state import rules_of


def next_up(call: Call) -> date | None:
    """The day to make ahead; None: that was done."""
    if call.today in call.desk.ahead:
        return None
    call.desk.ahead.clear()
    call.desk.ahead.add(call.today)
    return latest_day(call)


def make_ahead(desk: Desk, day: date) -> None:
    """One after the other: each takes a core."""
    for make in (lambda: storms_of(desk, day), lambda: rules_of(desk)):
        with suppress(StillCounting):
            make()

"""Is a source as it usually is? Learned from its own runs, so that silence never looks like calm. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from ..domain import Gap

DAY = timedelta(days=1)
WEEKS = 6  # that "usual" is taken from
HISTORY = timedelta(weeks=WEEKS) + DAY
LISTENED = timedelta(hours=20)  # of a day, for it to count in "usual": missing days are missing, not empty
LEARNED = timedelta(days=7)  # listened to, before a silence can be longer than usual
FLOOR = timedelta(hours=1)  # nobody is told of a shorter silence
LONGER = 1.5  # times the second longest silence known: the longest may have been a failure that nobody noticed
FEW = 0.1  # of the usual number a day
ENOUGH = 20  # posts a day, for few of them to mean something
PATIENCE = timedelta(hours=1)  # with a source that fails, before somebody is told
LATELY = 2 * DAY  # runs of this time stand one by one, older ones are put together
SHORT = timedelta(minutes=20)  # far below FLOOR: a pause between posts that need not be remembered


class Trouble(StrEnum):
    """Why a source did not answer: what helps differs."""

    WAIT = "wait"  # the platform asked for a pause
    LOGIN = "login"  # only a new token helps
    CLOSED = "closed"  # the platform shows it to nobody, or not to us
    OTHER = "other"


class State(StrEnum):
    """How a source is, in a word."""

    FINE = "fine"
    QUIET = "quiet"  # answers, but brings less than it usually does
    FAILING = "failing"
    WAITING = "waiting"
    CLOSED = "closed"
    NEVER_ASKED = "never asked"


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is now, measured by what it usually brings."""

    source: str
    state: State
    since: datetime | None = None  # of this state, where it is one to worry about
    why: str = ""  # one line for the admin; "": fine
    silent: bool = False  # what is not heard from it says nothing about complaints: worth an alert "no data"
    last_success_at: datetime | None = None  # None: it never answered
    last_post_at: datetime | None = None  # when it last brought a post; None: not in the last six weeks
    lag: timedelta | None = None  # how old its newest post was when seen; None: it has none, or none with a time
    posts: int = 0  # in the last 24 hours
    usual: float | None = None  # posts in the same 24 hours of other weeks, the median; None: still learning
    expected_every: timedelta | None = None  # it brings a post at least so often; None: still learning
    failures: int = 0  # in a row
    next_allowed_at: datetime | None = None  # None: at any time


class Run(NamedTuple):
    """One time a source was asked, or several alike within an hour of the clock."""

    at: datetime
    ok: bool
    posts: int  # new ones
    until: datetime | None = None  # when the last of them began. None: it was one

    @property
    def last(self) -> datetime:
        return self.until or self.at


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of a source beside its runs."""

    source: str
    last_success_at: datetime | None = None
    last_error: str | None = None
    trouble: Trouble | None = None  # None: the last run went well
    failing_since: datetime | None = None
    failures: int = 0
    next_allowed_at: datetime | None = None
    lag: timedelta | None = None


def state_of(
    known: Known, runs: Sequence[Run], gaps: Sequence[Gap], now: datetime, expected_every: timedelta | None = None
) -> SourceState:
    """How a source is at `now`, by its runs of the last HISTORY, oldest first.

    `expected_every`: it never counts as quiet before so long, and after so long it does until its usual is learned.
    """
    pause = _pause(runs)
    expected = _expected(runs, pause, expected_every)
    posts, usual = _days(runs, gaps, pause, now)
    last_post_at = next((run.last for run in reversed(runs) if run.posts), None)
    state, since, why = _worst(known, runs, pause, now, (posts, usual), (last_post_at, expected))
    troubled = state in (State.FAILING, State.WAITING, State.CLOSED)
    return SourceState(
        source=known.source,
        state=state,
        since=since,
        why=why,
        silent=state is State.QUIET or (troubled and since is not None and now - since > PATIENCE),
        last_success_at=known.last_success_at,
        last_post_at=last_post_at,
        lag=known.lag,
        posts=posts,
        usual=usual,
        expected_every=expected,
        failures=known.failures,
        next_allowed_at=known.next_allowed_at,
    )


def alike(runs: Sequence[Run]) -> list[slice]:
    """Which runs of a source, one behind the other, can stand as one without changing what is told of it later: the same
    hour, and either none of them brought anything or posts came again and again."""
    groups: list[tuple[int, int]] = []  # from, to before

    def one(first: int, second: int) -> bool:
        a, b = runs[first], runs[second]
        hour = a.at.replace(minute=0, second=0, microsecond=0)
        return a.ok and b.ok and bool(a.posts) == bool(b.posts) and b.last < hour + timedelta(hours=1)

    for number, run in enumerate(runs):
        if run.posts and len(groups) > 1 and not runs[groups[-1][0]].posts:  # a short pause is none
            begin, end = groups[-2]
            if runs[groups[-1][0]].ok and one(begin, number) and run.at - runs[end - 1].last <= SHORT:
                groups[-2:] = [(begin, number + 1)]
                continue
        if groups and one(groups[-1][0], number) and (not run.posts or run.at - runs[number - 1].last <= SHORT):
            groups[-1] = (groups[-1][0], number + 1)
        else:
            groups.append((number, number + 1))
    return [slice(begin, end) for begin, end in groups if end - begin > 1]


def step_of(state: SourceState, told: bool) -> str | None:
    """What people are to hear of a source now: "silent", "back", or nothing; each silence is told once."""
    if state.silent:
        return None if told else "silent"
    return "back" if told and state.state is State.FINE else None


def in_words(span: timedelta) -> str:
    """A span as a person would say it: "7 h", "3 days"."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h" if minutes < 48 * 60 else f"{round(minutes / 60 / 24)} days"


def _worst(
    known: Known,
    runs: Sequence[Run],
    pause: timedelta,
    now: datetime,
    day: tuple[int, float | None],
    silence: tuple[datetime | None, timedelta | None],
) -> tuple[State, datetime | None, str]:
    posts, usual = day
    last_post_at, expected = silence
    if known.trouble is not None:
        state = {Trouble.WAIT: State.WAITING, Trouble.CLOSED: State.CLOSED}.get(known.trouble, State.FAILING)
        return state, known.failing_since, known.last_error or ""
    if known.last_success_at is None:
        return State.NEVER_ASKED, None, ""
    if runs and now - runs[-1].last > pause:
        return (
            State.QUIET,
            runs[-1].last,
            f"nobody has asked it for {in_words(now - runs[-1].last)}; does the daemon run?",
        )
    heard = last_post_at or next((run.at for run in runs if run.ok), None)
    if heard and expected and now - heard > expected:
        usually = f"it brings one at least every {in_words(expected)}"
        return State.QUIET, heard, f"no post for {in_words(now - heard)}; {usually}"
    if usual and usual >= ENOUGH and posts < FEW * usual:
        return State.QUIET, now - DAY, f"{posts:,} posts in 24 hours, usually {usual:,.0f}"
    return State.FINE, None, ""


def _pause(runs: Sequence[Run]) -> timedelta:
    """Asked after a longer time than this, nobody had listened in between."""
    lately = runs[bisect_left(runs, runs[-1].at - LATELY, key=attrgetter("at")) :] if runs else ()
    steps = sorted(b.at - a.last for a, b in pairwise(lately if len(lately) > 2 else runs))
    return max(FLOOR, 3 * steps[len(steps) // 2]) if steps else FLOOR + DAY


def _listened(runs: Iterable[Run], pause: timedelta) -> Iterable[tuple[Run, timedelta | None]]:
    """Runs that went well, with the time listened since the one before; None: nobody listened in between."""
    before: datetime | None = None
    for run in runs:
        if run.ok:
            step = run.at - before if before else None
            yield run, step + (run.last - run.at) if step is not None and step <= pause else None
            before = run.last


def _expected(runs: Sequence[Run], pause: timedelta, floor: timedelta | None) -> timedelta | None:
    """It brings a post at least so often; None: not known yet."""
    silences: list[timedelta] = []
    listened = timedelta()
    last: datetime | None = None
    for run, step in _listened(runs, pause):
        if step is None:
            last = None
        else:
            listened += step
        if run.posts:
            if last:
                silences.append(run.at - last)
            last = run.last
    if listened < LEARNED or len(silences) < 3:
        return floor
    return max(LONGER * sorted(silences)[-2], floor or FLOOR)


def _days(runs: Sequence[Run], gaps: Sequence[Gap], pause: timedelta, now: datetime) -> tuple[int, float | None]:
    """Posts in the last 24 hours, and the median of the same 24 hours in other weeks that were listened to."""
    posts, listened = [], []
    for week in range(WEEKS + 1):
        end = now - week * 7 * DAY
        first, last = (bisect_right(runs, at, key=attrgetter("at")) for at in (end - DAY, end))
        before = next((at for at in range(first - 1, -1, -1) if runs[at].ok), first)
        posts.append(sum(run.posts for run in runs[first:last]))  # one that failed may have brought some before
        steps = [step or timedelta() for run, step in _listened(runs[before:last], pause) if run.at > end - DAY]
        listened.append(sum(steps, timedelta()))
    for gap in gaps:
        for week in range(1, WEEKS + 1):
            end = now - week * 7 * DAY
            listened[week] -= max(timedelta(), min(gap.until or now, end) - max(gap.since, end - DAY))
    known = [posts[week] for week in range(1, WEEKS + 1) if listened[week] >= LISTENED]
    return posts[0], float(median(known)) if len(known) > 1 else None

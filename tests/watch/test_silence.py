from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import Gap
from bot.watch.silence import Known, Run, State, Trouble, alike, in_words, state_of
from tests.factories import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANSWERS = Known("m", last_success_at=NOON)


def runs(*, days: int = 35, posts_every: int = 3, each: int = 1, silent_for: timedelta = timedelta()) -> list[Run]:
    """Asked every hour up to NOON; every few hours there were posts, the last ones so long ago."""
    hours = range(days * 24, -1, -1)
    return [Run(NOON - h * HOUR, True, each if h % posts_every == 0 and h * HOUR >= silent_for else 0) for h in hours]


def test_a_source_that_brings_what_it_usually_does_is_fine() -> None:
    state = state_of(ANSWERS, runs(), (), NOON)
    assert (state.state, state.why, state.silent) == (State.FINE, "", False)
    assert (state.posts, state.usual) == (8, 8.0)
    assert state.expected_every == timedelta(hours=4.5)


def test_silence_longer_than_any_it_had_is_no_calm() -> None:
    state = state_of(ANSWERS, runs(silent_for=6 * HOUR), (), NOON)
    assert (state.state, state.since, state.silent) == (State.QUIET, NOON - 6 * HOUR, True)
    assert state.why == "no post for 6 h; it brings one at least every 4 h"


def test_far_fewer_posts_than_usual_are_quiet_too() -> None:
    known = [*runs(posts_every=1, each=20)[:-24], *runs(days=1, posts_every=12)]
    state = state_of(ANSWERS, known, (), NOON)
    assert (state.state, state.silent) == (State.QUIET, True)
    assert state.why == "2 posts in 24 hours, usually 480"


def test_one_failure_nobody_noticed_does_not_teach_that_silence_is_usual() -> None:
    known = [run._replace(posts=0) if 200 < n < 300 else run for n, run in enumerate(runs(silent_for=6 * HOUR))]
    assert state_of(ANSWERS, known, (), NOON).state is State.QUIET


def test_days_without_the_daemon_are_missing_and_teach_nothing() -> None:
    away = [run for run in runs() if not 5 * DAY < NOON - run.at < 12 * DAY]  # a week ago the machine was off
    state = state_of(ANSWERS, away, (), NOON)
    assert (state.state, state.usual) == (State.FINE, 8.0)
    assert state.expected_every == timedelta(hours=4.5)


def test_a_gap_makes_its_day_missing_not_empty() -> None:
    gaps = [Gap("m", NOON - 8 * DAY - DAY * 7 * week, NOON - 7 * DAY - DAY * 7 * week, "x") for week in range(4)]
    assert state_of(ANSWERS, runs(days=30), gaps, NOON).usual is None


@pytest.mark.parametrize(
    ("floor", "silent_for", "expected"),
    [
        (12 * HOUR, 6 * HOUR, State.FINE),  # the config knows better than what was learned
        (2 * HOUR, 2 * HOUR, State.FINE),  # and never makes it stricter
        (None, 5 * HOUR, State.QUIET),
    ],
)
def test_the_config_sets_a_floor(floor: timedelta | None, silent_for: timedelta, expected: State) -> None:
    assert state_of(ANSWERS, runs(silent_for=silent_for), (), NOON, floor).state is expected


@pytest.mark.parametrize(("floor", "expected"), [(None, State.FINE), (6 * HOUR, State.QUIET)])
def test_in_its_first_days_only_the_config_can_call_it_quiet(floor: timedelta | None, expected: State) -> None:
    known = runs(days=2, silent_for=10 * HOUR)
    assert state_of(ANSWERS, known, (), NOON, floor).state is expected


def test_a_source_that_never_brought_a_post_is_quiet_once_the_config_expects_one() -> None:
    known = [Run(NOON - h * HOUR, True, 0) for h in range(10, -1, -1)]
    assert state_of(ANSWERS, known, (), NOON, 6 * HOUR).since == NOON - 10 * HOUR


def test_nobody_asking_is_said() -> None:
    state = state_of(ANSWERS, runs()[:-30], (), NOON)
    assert (state.state, state.silent) == (State.QUIET, True)
    assert state.why == "nobody has asked it for 30 h; does the daemon run?"


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (Trouble.WAIT, State.WAITING),
        (Trouble.CLOSED, State.CLOSED),
        (Trouble.LOGIN, State.FAILING),
        (Trouble.OTHER, State.FAILING),
    ],
)
def test_a_source_that_fails_for_an_hour_is_told(trouble: Trouble, state: State) -> None:
    for minutes, silent in ((59, False), (61, True)):
        since = NOON - timedelta(minutes=minutes)
        known = Known("m", last_success_at=since, last_error="away", trouble=trouble, failing_since=since, failures=2)
        said = state_of(known, runs(), (), NOON)
        assert (said.state, said.why, said.silent, said.since) == (state, "away", silent, since)


def test_a_source_nobody_asked_yet_says_so() -> None:
    assert state_of(Known("m"), (), (), NOON).state is State.NEVER_ASKED


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (119, "119 min"), (150, "2 h"), (47 * 60, "47 h"), (4320, "3 days")]
)
def test_spans_are_said_as_people_do(minutes: int, words: str) -> None:
    assert in_words(timedelta(minutes=minutes)) == words


@pytest.mark.parametrize("posts_each", [(1,), (0, 0, 3), (0,) * 40 + (1, 2), (1, 0) + (0,) * 100], ids=str)
def test_what_is_told_of_a_source_stays_the_same_when_runs_are_put_together(posts_each: tuple[int, ...]) -> None:
    every = timedelta(minutes=5)
    asked = [Run(NOON - n * every, n % 97 != 0, posts_each[n % len(posts_each)]) for n in range(12 * 24 * 36, -1, -1)]
    old = [run for run in asked if run.at < NOON - 2 * DAY]
    groups = alike(old)
    taken = {number for group in groups for number in range(group.start + 1, group.stop)}
    merged = {g.start: Run(old[g.start].at, True, sum(r.posts for r in old[g]), old[g.stop - 1].at) for g in groups}
    fewer = [merged.get(n, run) for n, run in enumerate(asked) if n not in taken]
    assert sum(run.posts for run in fewer) == sum(run.posts for run in asked)
    assert len(fewer) < len(asked) / 3
    before, after = (state_of(ANSWERS, runs, (), NOON) for runs in (asked, fewer))
    assert after == replace(before, usual=after.usual)
    assert after.usual == pytest.approx(before.usual, rel=0.05, abs=1)
    assert alike(fewer[: -2 * 288]) == []

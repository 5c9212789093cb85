"""Whatever happens on the way to X: nothing is lost, no cursor passes an unseen post, no cap is passed, only our errors."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot import store
from bot.errors import SourceError
from tests.collect.x_bench import NOON, Bench, Reader
from tests.servers.x import FAULTS, XServer

CAP = 600_000  # micro-dollars a day: 120 posts


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


RUNS = st.lists(
    st.fixed_dictionaries(
        {
            "new": st.integers(0, 60),  # posts since the last run
            "mentions": st.integers(0, 12),
            "pages": st.integers(1, 6),  # our limit of requests
            "dies_after": st.integers(1, 8),  # pages stored before the process is killed
            "faults": st.dictionaries(st.integers(0, 5), st.sampled_from(sorted(FAULTS)), max_size=2),
            "next_day": st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


@given(runs=RUNS, word=st.sampled_from(["tweet", "post"]))
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_and_no_cap_is_passed_whatever_befalls_a_request(
    server: XServer, runs: list[dict], word: str
) -> None:
    server.reset(NOON)
    server.word = word
    bench = Bench(server, store.in_memory())
    reader = Reader()
    natives: set[str] = set()
    changes = {"account_id": "12", "daily_cap_usd": CAP / 1_000_000}
    for run in runs:
        natives.update(bench.publish(run["new"], hours_ago=0.5))
        natives.update(bench.publish(run["mentions"], hours_ago=0.4, mention=True, text="Hilfe"))
        server.faults = {len(server.requests) + number: FAULTS[name] for number, name in run["faults"].items()}
        before, day = server.billed, bench.spent()
        with suppress(SourceError):  # and nothing but SourceError
            reader.read(bench.source(pages=run["pages"], **changes), pages=run["dies_after"])
        assert server.billed - before <= bench.spent() - day
        assert all(
            cost.usd <= CAP
            for cost in store.costs_between(bench.db, server.now.date(), (server.now + timedelta(1)).date())
        )
        server.now += timedelta(hours=20 if run["next_day"] else 1)
    server.faults = {}
    reader.read(bench.source(**{**changes, "daily_cap_usd": 1000}))
    assert set(reader.posts) == natives
    assert not reader.truncated
    assert reader.open_gaps() == []
    bench.db.close()

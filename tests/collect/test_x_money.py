"""X is billed: reads and counts stop before a cap, and what was paid is counted."""

from datetime import timedelta

import pytest

from bot.collect import open_source
from bot.errors import ConfigError, SourceError
from tests.collect.x_bench import NOON, TOKEN_ENV, Bench, Reader, settings
from tests.servers.x import FAULTS, POST_READ


def test_reads_stop_before_the_cap_and_go_on_the_next_day(bench: Bench, reader: Reader) -> None:
    natives = bench.publish(100)
    for day in range(3):
        reader.read(bench.source(daily_cap_usd=0.25))  # fifty posts
        assert bench.server.billed == bench.spent() == min(100, 50 * (day + 1)) * POST_READ
        assert reader.truncated == (day < 2) or bench.server.billed == 100 * POST_READ
        bench.server.now += timedelta(days=1)
    assert set(reader.posts) == set(natives)


def test_a_used_up_cap_is_a_gap_and_a_warning_not_a_silence(bench: Bench, reader: Reader) -> None:
    bench.publish(1)
    reader.read(bench.source(daily_cap_usd=0.04))  # less than the ten posts that search hands out at least
    assert bench.server.requests == []
    assert reader.truncated
    assert reader.warnings == ["stopped at the cap of this day or month (daily_cap_usd, monthly_cap_usd)"]
    (gap,) = reader.gaps.values()
    assert (gap.since, gap.until) == (NOON - timedelta(days=1), None)
    reader.read(bench.source())
    assert reader.open_gaps() == []


def test_an_answer_that_was_lost_counts_in_full_and_a_refused_one_not_at_all(bench: Bench, reader: Reader) -> None:
    bench.publish(30)
    bench.server.faults = {0: FAULTS["reset within the answer"], 1: FAULTS["429"]}
    for spent in (100 * POST_READ, 100 * POST_READ, 130 * POST_READ):
        try:
            reader.read(bench.source())
        except SourceError:
            assert spent == 100 * POST_READ
        assert bench.spent() == spent
    assert bench.server.billed == 60 * POST_READ


def test_mentions_have_their_own_price(bench: Bench, reader: Reader) -> None:
    bench.publish(7, mention=True, text="Hilfe")
    reader.read(bench.source(account_id="12"))
    assert bench.spent() == bench.server.billed == 7_000


def test_without_a_purse_or_a_token_nothing_is_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="dry run"):
        open_source(settings())
    monkeypatch.delenv(TOKEN_ENV)
    with pytest.raises(ConfigError, match=TOKEN_ENV):
        bench.source()


# Counts


def test_counts_tell_the_volume_for_one_price(bench: Bench) -> None:
    bench.publish(40, hours_ago=2)
    bench.publish(2, hours_ago=0.5)
    counts = bench.source().counts(since=NOON - timedelta(hours=3), until=NOON)
    assert [counts[NOON - timedelta(hours=hour)] for hour in (3, 2, 1)] == [0, 40, 2]
    assert bench.spent() == bench.server.billed == 5_000


def test_counts_have_the_new_field_names_too(bench: Bench) -> None:
    bench.server.word = "post"
    bench.publish(3)
    assert sum(bench.source().counts(since=NOON - timedelta(days=20), until=NOON).values()) == 3


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_counts_raise_only_our_errors(bench: Bench, fault: str) -> None:
    bench.server.faults = {0: FAULTS[fault]}
    with pytest.raises(SourceError):
        bench.source().counts(since=NOON - timedelta(hours=3), until=NOON)
    assert bench.server.billed <= bench.spent()


def test_counts_stop_at_the_cap(bench: Bench) -> None:
    with pytest.raises(SourceError, match="cap"):
        bench.source(daily_cap_usd=0.004).counts(since=NOON - timedelta(hours=3), until=NOON)
    assert bench.server.requests == []

"""X from the config to the tables: the block as shipped, the pipeline, the money and the gaps in the database."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import store
from bot.analyse import Judge
from bot.collect import open_source
from bot.collect.x.source import XSource
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.sources import XSettings
from bot.domain import Cost
from bot.errors import ConfigError, RateLimited
from bot.pipeline import collect_and_record, open_for
from tests.collect.x_bench import NOON, Bench
from tests.servers.x import FAULTS, XServer

SHIPPED = shipped("o2-de.toml").read_text(encoding="utf-8")
BLOCK = re.search(r'# \[\[sources\]\]\n# kind = "x"\n(?:# .*\n)+', SHIPPED)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")))


@pytest.fixture
def bench(db: store.Database) -> Iterator[Bench]:
    server = XServer()
    yield Bench(server, db)
    server.close()


def own(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """The shipped config with its X block switched on, and a change in it."""
    assert BLOCK
    block = re.sub("^# ", "", BLOCK[0], flags=re.MULTILINE)
    assert old in block
    path = tmp_path / "own.toml"
    path.write_text(SHIPPED.replace(BLOCK[0], block.replace(old, new, 1)), encoding="utf-8")
    return path


def of_x(path: Path) -> XSettings:
    (found,) = [source for source in load_settings(path).sources if isinstance(source, XSettings)]
    return found


def test_x_is_off_as_shipped() -> None:
    assert not [source for source in load_settings(shipped("o2-de.toml")).sources if source.kind == "x"]


def test_switched_on_it_asks_for_its_words_and_the_queries_beside_them(tmp_path: Path) -> None:
    words, beside = of_x(own(tmp_path)).queries
    assert words.startswith('(o2 OR "o 2") lang:de -is:retweet -"o2 arena"')
    assert words.endswith("-from:o2hilft")
    assert beside == "(o2 OR telefonica) (netz OR empfang) lang:de"


def test_without_words_of_its_own_it_asks_for_all_that_the_carrier_is_called(tmp_path: Path) -> None:
    asked = " ".join(of_x(own(tmp_path, 'words = ["o2", "o 2"]', "")).queries)
    for word in ("telefonica", '"aldi talk"', "@o2hilft", "#eplus", '"handyvertrag.de"'):
        assert word in asked


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("daily_cap_usd = 2.00", "", "daily_cap_usd: missing"),
        ("monthly_cap_usd = 40.00", "", "monthly_cap_usd: missing"),
        ("daily_cap_usd = 2.00", "daily_cap_usd = 0", "daily_cap_usd: expected"),
        ("daily_cap_usd = 2.00", "daily_cap_usd = inf", "daily_cap_usd: expected"),
        ("post_read_usd = 0.005", "post_read_usd = 0", "post_read_usd: expected"),
        ('"o 2"]', '"o\\"2"]', "x: word 'o\"2': cannot be searched for"),
        (
            "lang:de']",
            "lang:de OR o2']",
            "x: query '(o2 OR telefonica) (netz OR empfang) lang:de OR o2': AND binds before OR",
        ),
    ],
)
def test_a_mistake_in_it_is_one_line_before_anything_is_asked(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(own(tmp_path, old, new))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dry_run_leaves_it_out_and_a_real_one_has_a_purse(
    tmp_path: Path, db: store.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRENNPUNKT_X_TOKEN", "anything")
    settings = of_x(own(tmp_path))
    with pytest.raises(ConfigError, match="dry run"):
        open_source(settings)
    assert isinstance(open_for(settings, db, lambda: NOON), XSource)


def test_posts_cost_and_cursor_stand_in_the_database_after_a_run_and_after_a_failure(
    bench: Bench, judge: Judge
) -> None:
    bench.publish(130, text="Kein Netz am Hbf in Köln, o2")
    bench.server.faults = {1: FAULTS["429"]}

    def run() -> int:
        return collect_and_record(bench.source(), judge, bench.db, job="collect", clock=lambda: NOON).posts

    with pytest.raises(RateLimited):
        run()
    assert store.costs_between(bench.db, NOON.date(), NOON.date() + timedelta(1)) == [Cost("x", 500_000, 2)]
    assert store.next_allowed_at(bench.db, "x") == NOON + timedelta(minutes=7)  # as X says, not our guess of 15
    assert run() == 30
    assert bench.db.execute("SELECT count(*), sum(may_train) FROM posts").fetchone() == (130, 0)
    assert bench.spent() == bench.server.billed == 650_000


def test_a_used_up_cap_shows_as_a_gap_until_what_was_missing_is_read(bench: Bench, judge: Judge) -> None:
    bench.publish(130)

    def gaps(**changes: float) -> int:
        collect_and_record(bench.source(**changes), judge, bench.db, job="collect", clock=lambda: NOON)
        (health,) = store.health(bench.db, since=NOON - timedelta(days=2), until=NOON + timedelta(days=1))
        return len(health.gaps)

    assert gaps(daily_cap_usd=0.5) == 1
    assert gaps(daily_cap_usd=0.5) == 2  # what came since has its own
    assert gaps() == 0

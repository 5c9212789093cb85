"""Posts that were deleted at their source, against servers on loopback."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot import pipeline, store
from bot.analyse import Judge
from bot.collect.base import Recheck
from bot.collect.budget import Budget
from bot.collect.mastodon.source import MastodonSource
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.config.sources import MastodonSettings
from bot.domain import PostId
from bot.errors import BotError, SourceError
from bot.jobs import recheck
from tests.collect.x_bench import TOKEN_ENV, Bench, settings
from tests.factories import NOON
from tests.servers import mastodon, x

LATER = NOON + timedelta(hours=21)


@pytest.fixture(scope="session")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")))


@pytest.fixture
def fake() -> Iterator[mastodon.FakeMastodon]:
    with mastodon.fake_mastodon() as instance:
        for number in range(3):
            instance.publish("o2", f"o2 hat kein Netz in Köln {number}")
        yield instance


@pytest.fixture
def bench(db: store.Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv(TOKEN_ENV, x.TOKEN)
    server = x.XServer()
    yield Bench(server, db)
    server.close()


def instance(fake: mastodon.FakeMastodon) -> MastodonSource:
    settings = MastodonSettings(kind="mastodon", name="m", url=fake.url, hashtags=("o2",))
    return MastodonSource(settings, clock=lambda: NOON, budget=Budget(10_000))


def collect(db: store.Database, judge: Judge, source: object) -> None:
    pipeline.collect_and_record(source, judge, db, job="collect", clock=lambda: NOON)  # type: ignore[arg-type]  # any source


def look(db: store.Database, source: Recheck, hours: int = 21) -> recheck.Done:
    done = recheck.Done()
    recheck.recheck(source, db, done, now=NOON + timedelta(hours=hours))
    return done


def texts(db: store.Database) -> int:
    count: int = db.execute("SELECT count(text) FROM posts").fetchone()[0]
    return count


def test_a_post_deleted_at_its_instance_goes_within_a_day_and_its_number_stays(
    db: store.Database, judge: Judge, fake: mastodon.FakeMastodon
) -> None:
    collect(db, judge, instance(fake))
    gone = fake.tags["o2"].pop(1)
    assert look(db, instance(fake), hours=19) == recheck.Done()  # looked at a moment ago
    done = look(db, instance(fake))
    assert (done.there, done.gone) == (2, [PostId("m", gone["uri"])])
    assert db.execute("SELECT text, url, native FROM posts WHERE text IS NULL").fetchall() == [(None, None, None)]
    assert db.execute("SELECT count(*) FROM findings").fetchone() == (3,)
    assert db.execute("SELECT count(*) FROM rechecks").fetchone() == (2,)
    assert store.days_of_posts(db, done.gone, NOON.tzinfo) == {NOON.date()}  # type: ignore[arg-type]  # it has a zone
    assert look(db, instance(fake), hours=22) == recheck.Done()
    assert look(db, instance(fake), hours=42).there == 2


def test_who_opted_out_in_the_meantime_is_not_kept(
    db: store.Database, judge: Judge, fake: mastodon.FakeMastodon
) -> None:
    collect(db, judge, instance(fake))
    fake.tags["o2"][0]["account"]["note"] = "<p>#nobot</p>"
    assert len(look(db, instance(fake)).gone) == 1


@pytest.mark.parametrize("request_number", [0, 1, 2])
# Resets are tried again, and a 404 in JSON is how an instance says that this very post is gone.
@pytest.mark.parametrize("fault", [name for name in mastodon.FAULTS if name not in ("a reset", "404")])
def test_nothing_goes_because_an_instance_has_a_bad_day(
    db: store.Database, judge: Judge, fake: mastodon.FakeMastodon, fault: str, request_number: int
) -> None:
    collect(db, judge, instance(fake))
    first = len(fake.asked)
    fake.faults = {first + number: mastodon.FAULTS[fault] for number in range(request_number, 9)}
    with pytest.raises(BotError):
        look(db, instance(fake))
    assert texts(db) == 3


def test_a_page_of_a_firewall_is_no_deletion(db: store.Database, judge: Judge, fake: mastodon.FakeMastodon) -> None:
    collect(db, judge, instance(fake))
    first = len(fake.asked) + 1  # after the instance has said what it is
    fake.faults = {first + number: (404, "text/html", b"<h1>Not Found</h1>", {}) for number in range(9)}
    with pytest.raises(SourceError):
        look(db, instance(fake))
    assert texts(db) == 3


def test_posts_of_x_are_looked_up_by_id_and_paid_for(db: store.Database, judge: Judge, bench: Bench) -> None:
    natives = bench.publish(5)
    collect(db, judge, bench.source())
    before = bench.spent()
    bench.server.posts = [post for post in bench.server.posts if str(post.native) != natives[0]]
    bench.server.protected = {natives[1]}
    bench.server.posts = [post for post in bench.server.posts if str(post.native) != natives[2]]
    bench.server.unnamed = {natives[2]}  # X says nothing of it: nobody knows
    done = look(db, bench.source())
    assert {post.native for post in done.gone} == set(natives[:2])
    assert (done.there, texts(db)) == (2, 3)
    assert bench.spent() - before == 2 * x.POST_READ
    assert store.late_posts(db, "x", since=NOON, now=NOON + timedelta(hours=25)).posts == 1
    assert [post.native for post in look(db, bench.source(), hours=42).let_go] == [natives[2]]  # for a day nobody knew


def test_texts_that_nobody_pays_to_look_after_go_within_a_day_the_complaints_about_us_last(
    db: store.Database, judge: Judge, bench: Bench
) -> None:
    complaints = bench.publish(7, hours_ago=3, text="o2 hat in Köln seit Stunden kein Netz")
    bench.publish(20, text="o2 hat ein neues Logo")
    collect(db, judge, bench.source())
    cheap = bench.source(daily_cap_usd=0.24, recheck_share=0.25)
    assert cheap.texts_kept == 10
    for hours in range(19, 29):
        done = look(db, cheap, hours=hours)
        assert store.late_posts(db, "x", since=NOON, now=NOON + timedelta(hours=hours)).posts == 0
        if hours < 24:
            assert done.let_go == []
    kept = {row[0] for row in db.execute("SELECT native FROM posts WHERE text IS NOT NULL")}
    assert kept >= set(complaints)
    assert len(kept) == 10
    assert db.execute("SELECT count(*) FROM posts").fetchone() == (27,)  # what was counted stays
    assert db.execute("SELECT count(*) FROM findings").fetchone() == (7,)
    assert [looked for looked in bench.server.requests if looked[0] == "/2/tweets"]
    collect(db, judge, bench.source())  # handed over once more, they do not come back
    assert texts(db) == 10


def test_without_money_for_it_no_text_is_kept_longer_than_a_day(db: store.Database, judge: Judge, bench: Bench) -> None:
    bench.publish(5)
    collect(db, judge, bench.source())
    asked = len(bench.server.requests)
    broke = bench.source(daily_cap_usd=0.02, recheck_share=0.9)  # the reading has used up what this would cost
    assert look(db, broke) == recheck.Done()
    assert len(look(db, broke, hours=25).let_go) == 5
    assert len(bench.server.requests) == asked
    assert texts(db) == 0


def test_reading_leaves_the_money_for_looking_again(db: store.Database) -> None:
    x_settings = settings(daily_cap_usd=2.0, monthly_cap_usd=40.0, recheck_share=0.25)
    reading = pipeline.purse_of(x_settings, db, lambda: NOON, reading=True)
    again = pipeline.purse_of(x_settings, db, lambda: NOON)
    assert reading
    assert again
    assert [reading.reserve(wanted=9_000_000, least=1), reading.reserve(wanted=5_000, least=1)] == [1_500_000, 0]
    assert again.reserve(wanted=9_000_000, least=1) == 500_000


def test_while_x_does_not_answer_texts_stay_for_three_days(db: store.Database, judge: Judge, bench: Bench) -> None:
    bench.publish(3)
    collect(db, judge, bench.source())
    away = settings(name="x").model_copy(update={"token_env": "NOT_SET"})
    shut = load_settings(shipped("o2-de.toml")).model_copy(update={"sources": (away,)})
    for days, left in ((2, 3), (4, 0)):
        with pytest.raises(SourceError):
            recheck.recheck_all(shut, db, recheck.Done(), clock=lambda days=days: NOON + timedelta(days=days))  # type: ignore[misc]
        assert texts(db) == left


@pytest.mark.parametrize("fault", x.FAULTS)
def test_nothing_goes_because_x_has_a_bad_day(db: store.Database, judge: Judge, bench: Bench, fault: str) -> None:
    bench.publish(3)
    collect(db, judge, bench.source())
    bench.server.faults = {len(bench.server.requests): x.FAULTS[fault]}
    try:
        done = look(db, bench.source())
    except SourceError:
        done = recheck.Done()
    assert done.gone == []
    assert texts(db) == 3
    assert bench.spent() >= bench.server.billed


def test_a_pass_goes_on_behind_a_source_that_fails_and_tells_of_it(
    db: store.Database, judge: Judge, fake: mastodon.FakeMastodon
) -> None:
    collect(db, judge, instance(fake))
    fake.tags["o2"].pop()
    good = instance(fake).settings
    bad = good.model_copy(update={"name": "bad", "url": "http://127.0.0.1:9"})
    with store.transaction(db):
        store.add_source(db, "bad")
    row = "INSERT INTO posts SELECT id + 10, 'other key', 'bad', native, url, text, author, at, created_at, seen_at, lang,"
    db.execute(f"{row} relation, carrier, band, skip, addressed, may_train, press, version FROM posts WHERE id = 1")
    db.execute("INSERT INTO rechecks SELECT 11, local, NULL FROM rechecks WHERE post = 1")
    settings = load_settings(shipped("o2-de.toml")).model_copy(update={"sources": (bad, good)})
    done = recheck.Done()
    with pytest.raises(SourceError, match=r"^bad: .*cannot be reached"):
        recheck.recheck_all(settings, db, done, clock=lambda: LATER)
    assert (done.there, len(done.gone)) == (2, 1)
    assert db.execute("SELECT outcome FROM runs WHERE job = 'recheck'").fetchall() == [("failed",)]
    assert [(deed.action, deed.posts) for deed in store.deeds(db, since=NOON)] == [("recheck", 1)]

"""The stream over a real WebSocket on loopback, into a real store."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot import pipeline, store
from bot.analyse import Judge
from bot.classify.carrier import compile_carriers
from bot.classify.rules import compile_rules
from bot.classify.tone import compile_tone
from bot.collect.base import Page
from bot.collect.bluesky.jetstream import Limits
from bot.collect.bluesky.sieve import Sieve
from bot.collect.bluesky.source import BlueskySource
from bot.collect.budget import Budget
from bot.config.judge import load_name_words
from bot.config.load import load_settings, read_toml, shipped
from bot.config.sources import BlueskySettings
from bot.domain import Gap, Tally
from bot.errors import BotError, RateLimited, SourceError
from bot.locate.build import load_gazetteer
from tests.servers.jetstream import EPOCH, FAULTS, FakeJetstream, fake_jetstream

QUICK = Limits(silence_s=1.0, connect_s=5)


@pytest.fixture
def fake() -> Iterator[FakeJetstream]:
    with fake_jetstream() as server:
        yield server


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Knows the carrier and nothing else: what is judged is not what is tested here."""
    return Judge(
        carriers=compile_carriers({"name": "o2", "words": ["o2"]}, [], [], load_name_words()),
        rules=compile_rules({}),
        gazetteer=load_gazetteer([]),
        lexicon=compile_tone(read_toml(shipped("rules", "tone.toml"))),
    )


def bluesky(fake: FakeJetstream, limits: Limits = QUICK, **changes: Any) -> BlueskySource:
    values = {"kind": "bluesky", "name": "b", "hosts": (fake.url,), "words": ("o2",), "profiles": "", **changes}
    return BlueskySource(BlueskySettings(**values), clock=lambda: fake.now, budget=Budget(10_000), limits=limits)


def collect(db: store.Database, judge: Judge, source: BlueskySource, fake: FakeJetstream) -> Tally:
    return pipeline.collect_and_record(source, judge, db, job="collect", clock=lambda: fake.now)


def texts(db: store.Database) -> list[str]:
    return [row[0] for row in db.execute("SELECT text FROM posts WHERE text NOT NULL ORDER BY id")]


def gaps(db: store.Database, fake: FakeJetstream) -> tuple[Gap, ...]:
    return store.health(db, since=EPOCH - timedelta(days=9), until=fake.now)[0].gaps


def test_only_what_names_the_carrier_is_kept(db: store.Database, judge: Judge, fake: FakeJetstream) -> None:
    fake.write("o2 hat kein Netz")
    fake.write("Kaffee ist fertig")
    fake.add({"did": "did:plc:kim", "kind": "identity", "identity": {"did": "did:plc:kim"}})
    fake.write("o2 is down", langs=["en"])
    collect(db, judge, bluesky(fake, languages=("de",)), fake)
    assert texts(db) == ["o2 hat kein Netz"]


def test_a_run_asks_from_the_cursor_and_a_little_before_it(
    db: store.Database, judge: Judge, fake: FakeJetstream
) -> None:
    fake.write("o2 eins")
    newest = fake.events[-1][0]
    collect(db, judge, bluesky(fake), fake)
    fake.write("o2 zwei", after=timedelta(0))  # the very same microsecond: the cursor is inclusive
    fake.now += timedelta(seconds=1)
    tally = collect(db, judge, bluesky(fake), fake)
    assert texts(db) == ["o2 eins", "o2 zwei"]
    assert (tally.posts, tally.repeats) == (1, 1)
    assert int(fake.asked[-1]["cursor"]) == newest - 5_000_000
    assert fake.asked[-1]["wantedCollections"] == "app.bsky.feed.post"
    assert fake.agents[-1].startswith("brennpunkt/")


def test_another_host_is_asked_from_further_back(db: store.Database, judge: Judge, fake: FakeJetstream) -> None:
    fake.write("o2 eins")
    collect(db, judge, bluesky(fake), fake)
    with fake_jetstream() as other:
        other.events, other.now = fake.events, fake.now
        collect(db, judge, bluesky(fake, hosts=("ws://127.0.0.1:1", other.url)), other)
        assert int(other.asked[-1]["cursor"]) == fake.events[-1][0] - 60_000_000
    assert texts(db) == ["o2 eins"]


def test_a_deleted_post_goes_whether_it_came_before_or_in_the_same_page(
    db: store.Database, judge: Judge, fake: FakeJetstream
) -> None:
    earlier = fake.write("o2 früher")
    collect(db, judge, bluesky(fake), fake)
    fake.delete(earlier)
    fake.delete(fake.write("o2 gleich wieder weg"))
    fake.delete("at://did:plc:nobody/app.bsky.feed.post/3k9")
    for _ in range(2):
        collect(db, judge, bluesky(fake), fake)
        assert texts(db) == []
    assert db.execute("SELECT count(*) FROM posts").fetchone() == (1,)  # it was counted, and stays so


def test_an_account_that_goes_takes_its_posts_along(db: store.Database, judge: Judge, fake: FakeJetstream) -> None:
    fake.write("o2 von Kim", did="did:plc:kim")
    fake.write("o2 von Ada", did="did:plc:ada")
    collect(db, judge, bluesky(fake), fake)
    fake.write("o2 noch eins von Kim", did="did:plc:kim")
    fake.account("did:plc:kim", active=False)
    fake.account("did:plc:ada", active=True)
    fake.write("o2 wieder da", did="did:plc:kim")
    collect(db, judge, bluesky(fake), fake)
    assert texts(db) == ["o2 von Ada", "o2 wieder da"]


def test_a_changed_post_is_judged_anew(db: store.Database, judge: Judge, fake: FakeJetstream) -> None:
    kept = fake.write("o2 lahmt")
    lost = fake.write("o2 lahmt auch hier")
    collect(db, judge, bluesky(fake), fake)
    fake.write("o2 geht wieder", operation="update", rkey=kept.split("/")[-1])
    fake.write("Kaffee", operation="update", rkey=lost.split("/")[-1])
    for _ in range(2):
        collect(db, judge, bluesky(fake), fake)
        assert texts(db) == ["o2 geht wieder"]


def test_a_change_told_again_does_not_bring_a_deleted_text_back(
    db: store.Database, judge: Judge, fake: FakeJetstream
) -> None:
    uri = fake.write("o2 a", after=timedelta(seconds=1))
    fake.write("o2 b", operation="update", rkey=uri.split("/")[-1], after=timedelta(seconds=1))
    fake.delete(uri)
    collect(db, judge, bluesky(fake), fake)
    one_event = Limits(page_events=1, pages=2, silence_s=1.0)  # stops between the change and the deletion
    pipeline.collect(bluesky(fake, one_event), judge, db, Tally(), now=fake.now)
    assert texts(db) == []


def test_a_look_back_of_36_hours_exceeded_is_a_gap(db: store.Database, judge: Judge, fake: FakeJetstream) -> None:
    fake.write("o2 eins")
    seen = fake.now
    collect(db, judge, bluesky(fake), fake)
    fake.write("o2 unerreichbar")
    fake.write("o2 zwei", after=timedelta(hours=50))
    fake.write("o2 drei")
    fake.events = fake.events[2:]  # the server keeps no more
    collect(db, judge, bluesky(fake), fake)
    gap, hole = gaps(db, fake)
    assert (gap.since, "36 hours" in gap.reason) == (seen, True)
    assert gap.until == hole.since == fake.now - timedelta(hours=35, minutes=55)
    assert texts(db)[-2:] == ["o2 zwei", "o2 drei"]


def test_a_hole_in_the_stream_is_a_gap_and_a_short_pause_is_none(
    db: store.Database, judge: Judge, fake: FakeJetstream
) -> None:
    fake.write("o2 eins")
    collect(db, judge, bluesky(fake), fake)
    seen = fake.now
    fake.events.clear()
    fake.write("o2 zwei", after=timedelta(minutes=9))
    collect(db, judge, bluesky(fake), fake)
    assert gaps(db, fake) == ()
    seen = fake.now
    fake.events.clear()
    fake.write("o2 drei", after=timedelta(hours=2))
    collect(db, judge, bluesky(fake), fake)
    assert gaps(db, fake) == (Gap("b", seen, fake.now, "the stream showed nothing"),)


def test_silence_is_told_and_is_no_calm(db: store.Database, judge: Judge, fake: FakeJetstream) -> None:
    with pytest.raises(SourceError, match="nothing was sent since 2026-03-02 11:00 UTC"):
        collect(db, judge, bluesky(fake), fake)
    fake.write("o2 eins")
    fake.now += timedelta(seconds=30)
    collect(db, judge, bluesky(fake), fake)  # half a minute is no silence


def test_a_huge_message_costs_one_second_and_says_so(db: store.Database, judge: Judge, fake: FakeJetstream) -> None:
    fake.write("o2 eins")
    before = fake.now
    fake.write("o2 " + "x" * 1_100_000, after=timedelta(seconds=0.5))
    fake.write("o2 zwei", after=timedelta(seconds=2))
    for _ in range(2):
        collect(db, judge, bluesky(fake), fake)
        assert texts(db) == ["o2 eins", "o2 zwei"]
    assert Gap("b", before, before + timedelta(seconds=1), "a message too large to read") in gaps(db, fake)
    assert len(gaps(db, fake)) == 1


def test_a_limit_of_ours_is_told_and_the_next_run_goes_on(
    db: store.Database, judge: Judge, fake: FakeJetstream
) -> None:
    for number in range(9):
        fake.write(f"o2 {number}")
    small = Limits(page_events=2, pages=2, silence_s=1.0)
    truncated = [collect(db, judge, bluesky(fake, small), fake).truncated for _ in range(3)]
    assert texts(db) == [f"o2 {number}" for number in range(9)]
    assert truncated == [True, True, False]


def test_pages_are_bounded_in_bytes_and_in_what_they_keep(fake: FakeJetstream) -> None:
    for number in range(6):
        fake.write(f"o2 {number} " + "x" * 1000)
    for changes in ({"page_bytes": 2_500}, {"kept": 2}, {"kept_bytes": 2_000}):
        limits = Limits(silence_s=1.0, **changes)
        assert [len(page.posts) for page in bluesky(fake, limits).pages(None)] in ([2, 2, 2, 0], [2, 2, 2])


def test_a_dripping_server_is_left_in_time(fake: FakeJetstream) -> None:
    fake.write("o2")
    fake.faults = {0: "half a message"}
    begun = time.monotonic()
    with pytest.raises(SourceError, match="nothing was sent"):
        list(bluesky(fake).pages(None))
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ((429, {"Retry-After": "120"}), RateLimited, "wait 120 s"),
        ((429, {"Retry-After": "never"}), RateLimited, "wait 300 s"),
        ((429, {"Retry-After": "9" * 5000}), RateLimited, "wait 300 s"),
        ((503, {}), SourceError, "answered 503"),
        ((403, {}), SourceError, "answered 403"),
        ((200, {}), SourceError, "answered 200"),
        ((302, {"Location": "ws://127.0.0.1:1/"}), SourceError, "cannot be reached"),
    ],
)
def test_a_refused_handshake_is_one_line_of_ours(
    fake: FakeJetstream, answer: tuple[int, dict[str, str]], error: type[BotError], message: str
) -> None:
    fake.refuse = [answer]
    with pytest.raises(error, match=message) as caught:
        list(bluesky(fake).pages(None))
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_host_that_is_not_there_says_which() -> None:
    source = bluesky(FakeJetstream(url="ws://127.0.0.1:1"))
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:1: cannot be reached"):
        list(source.pages(None))


def test_a_run_that_is_stopped_hangs_up(fake: FakeJetstream) -> None:
    for number in range(9):
        fake.write(f"o2 {number}")
    pages = bluesky(fake, Limits(page_events=2, silence_s=1.0)).pages(None)
    assert isinstance(next(pages), Page)
    pages.close()  # type: ignore[attr-defined]  # a generator


def profiles(server: HTTPServer, **shown: dict[str, Any]) -> list[list[str]]:
    """An AppView that knows these profiles, and what it was asked."""
    asked: list[list[str]] = []

    def answer(request: Request) -> Response:
        actors = request.args.getlist("actors")
        asked.append(actors)
        found = [{"did": did, **shown[did.rsplit(":", 1)[1]]} for did in actors if did.rsplit(":", 1)[1] in shown]
        return Response(json.dumps({"profiles": found}), content_type="application/json")

    server.expect_request("/xrpc/app.bsky.actor.getProfiles").respond_with_handler(answer)
    return asked


def test_authors_who_want_to_be_left_alone_are(
    db: store.Database, judge: Judge, fake: FakeJetstream, httpserver: HTTPServer
) -> None:
    label = {"src": "did:plc:kim", "val": "!no-unauthenticated"}
    asked = profiles(
        httpserver, kim={"labels": [label]}, ada={"description": "Ada, #NoBot"}, bob={"description": None, "labels": 3}
    )
    for did in ("kim", "ada", "bob", "unknown"):
        fake.write(f"o2 von {did}", did=f"did:plc:{did}")
    fake.write("Kaffee", did="did:plc:else")
    collect(db, judge, bluesky(fake, profiles=httpserver.url_for("").rstrip("/")), fake)
    assert texts(db) == ["o2 von bob", "o2 von unknown"]
    assert asked == [["did:plc:kim", "did:plc:ada", "did:plc:bob", "did:plc:unknown"]]


def test_authors_are_asked_for_in_handfuls(fake: FakeJetstream, httpserver: HTTPServer) -> None:
    asked = profiles(httpserver)
    for number in range(30):
        fake.write("o2", did=f"did:plc:a{number}")
    list(bluesky(fake, profiles=httpserver.url_for("").rstrip("/")).pages(None))
    assert [len(part) for part in asked] == [25, 5]


def test_where_nobody_can_say_who_opted_out_nothing_is_taken_and_nothing_lost(
    db: store.Database, judge: Judge, fake: FakeJetstream, httpserver: HTTPServer
) -> None:
    fake.write("o2 eins")
    source = bluesky(fake, profiles=httpserver.url_for("").rstrip("/"))
    for status, body, error in (
        (500, "x", SourceError),
        (429, "x", RateLimited),
        (200, "<html>", SourceError),
        (200, "[]", SourceError),
    ):
        httpserver.expect_oneshot_request("/xrpc/app.bsky.actor.getProfiles").respond_with_data(body, status)
        with pytest.raises(error):
            collect(db, judge, source, fake)
        assert texts(db) == []
    profiles(httpserver)
    collect(db, judge, source, fake)
    assert texts(db) == ["o2 eins"]


STEPS = st.lists(st.sampled_from(["write", "write", "delete", "edit", "leave", "other"]), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, data=st.data())
def test_whatever_breaks_the_store_ends_up_as_the_network(judge: Judge, steps: list[str], data: st.DataObject) -> None:
    """Any mix of posts, edits, deletions and departures, read through any faults and stops, comes to the same."""
    db = store.in_memory()
    with fake_jetstream() as fake:
        alive: dict[str, str] = {}
        for number, step in enumerate(steps):
            did = f"did:plc:{'ab'[number % 2]}"
            mine = [uri for uri in alive if did in uri]
            if step == "write":
                alive[fake.write(f"o2 {number}", did=did)] = f"o2 {number}"
            elif step == "delete" and mine:
                fake.delete(mine[0])
                del alive[mine[0]]
            elif step == "edit" and mine:
                fake.write(f"o2 neu {number}", did=did, operation="update", rkey=mine[-1].split("/")[-1])
                alive[mine[-1]] = f"o2 neu {number}"
            elif step == "leave":
                fake.account(did, active=False)
                alive = {uri: text for uri, text in alive.items() if did not in uri}
            else:
                fake.write("Kaffee", did=did)
        limits = Limits(page_events=data.draw(st.integers(1, 4)), pages=50, silence_s=1.0)
        for _ in range(data.draw(st.integers(0, 3))):
            fake.faults = {fake.sent + data.draw(st.integers(0, 8)): data.draw(st.sampled_from(sorted(FAULTS)))}
            stop_after = data.draw(st.integers(1, 4))
            stops = iter(range(1, 100))
            try:
                pipeline.collect(
                    bluesky(fake, limits),
                    judge,
                    db,
                    Tally(),
                    now=fake.now,
                    stop=lambda n=stop_after, s=stops: next(s) >= n,
                )
            except SourceError:
                continue
        fake.faults = {}
        collect(db, judge, bluesky(fake, limits), fake)
        assert sorted(texts(db)) == sorted(alive.values())
    db.close()


def test_what_the_network_mostly_talks_about_is_let_pass(fake: FakeJetstream) -> None:
    fake.write("Guten Morgen zusammen, heute gibt es Kaffee 💦" * 3)
    post = fake.events[-1][1].encode()
    like = json.dumps({"did": "did:plc:x", "time_us": 1, "kind": "commit", "commit": {"collection": "app.bsky.feed.like",
        "record": {"subject": {"uri": "at://did:plc:y/app.bsky.feed.post/3k1"}}}}, separators=(",", ":")).encode()  # fmt: skip
    sieve = Sieve(load_words())
    assert not sieve.keep(like)
    assert not sieve.keep(post)


def load_words() -> tuple[str, ...]:
    (source,) = [source for source in load_settings(shipped("o2-de.toml")).sources if source.kind == "bluesky"]
    return source.words


def test_the_account_is_not_loaded_without_one() -> None:
    code = (
        "import sys; from bot.collect import open_source; from bot.config.sources import BlueskySettings;"
        "open_source(BlueskySettings(kind='bluesky', name='b', hosts=('ws://x',), words=('o2',)));"
        "sys.exit(any(name.startswith('atproto') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

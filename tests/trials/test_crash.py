"""The process dies at every SQL statement, every step on the network and every renamed file, and is started again.

What is there afterwards is compared with a run that nothing befell. A job that is new joins with a line in JOBS.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from zlib import crc32

import apprise
import pytest

from bot import pipeline, store
from bot.analyse import Judge, analyse
from bot.collect.base import Outgoing, Source, Standing
from bot.collect.budget import Budget
from bot.collect.files.archive import ArchiveSource
from bot.collect.mastodon.reply import MastodonSender
from bot.collect.mastodon.source import MastodonSource
from bot.collect.replying import Sender
from bot.config.judge import load_judge
from bot.config.load import load_settings
from bot.config.settings import Settings
from bot.config.sources import MastodonSettings
from bot.domain import Tally
from bot.jobs import alerting, drafting, outbox, pictures, publishing, sending
from bot.store import database as store_database
from bot.store import drafts
from bot.store import sending as stored
from tests.loopback import Chat, chat, write_config
from tests.servers.mastodon import EPOCH, FakeMastodon, fake_mastodon

# apprise 2.2 imports imghdr for an old pgpy, which Python 3.11 warns of
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

CRASHED = 77
NOW = EPOCH + timedelta(days=2)
DAY = date(2026, 3, 3)
TEXTS = (
    "Volle Balken am Hauptbahnhof in Köln, aber bei o2 lädt nichts",
    "o2 in Hamburg so lahm, 0,1 Mbit seit heute Morgen",
    "Schönes Wetter heute",
    "Mitten in Berlin kein Netz, danke o2",
)


class Steps:
    """Counts what a process does, and ends it at once before the step `crash_at`.

    A step at which the database file and its log are as they were at the step before, and nothing has gone over the
    network or been renamed, leaves the same world behind: `distinct` are all the others.
    """

    def __init__(self, folder: Path, crash_at: int | None) -> None:
        self.folder = folder
        self.crash_at = crash_at
        self.count = 0
        self.distinct: list[int] = []
        self._state: tuple[int, ...] = ()

    def __call__(self, *_: object, effect: bool = False) -> None:
        if self.count == self.crash_at:
            os._exit(CRASHED)
        if self.crash_at is None:
            state = tuple(
                crc32(path.read_bytes()) for path in sorted(self.folder.glob("a.db*")) if path.suffix != ".db-shm"
            )
            if effect or state != self._state:
                self.distinct.append(self.count)
                self._state = state
        self.count += 1

    def watch(self) -> None:
        """From now on, and in this process for good."""
        connect = store_database._connect

        def connect_and_count(uri: str, keys: Any) -> store.Database:
            db = connect(uri, keys)
            db.conn.set_trace_callback(self)
            return db

        store_database._connect = connect_and_count  # type: ignore[assignment]  # this process ends soon
        for owner, name in ((HTTPConnection, "send"), (HTTPConnection, "getresponse"), (os, "replace")):
            setattr(owner, name, self._around(getattr(owner, name)))

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            self()
            result = call(*args, **options)
            self(effect=True)
            return result

        return counted


def in_a_process(work: Callable[[], object], folder: Path, crash_at: int | None = -1) -> list[int]:
    """Do `work` in a process of its own that crashes at a step, at none (-1), or only notes its steps (None)."""
    child = os.fork()
    if child == 0:
        try:
            apprise.apprise._shared_executor = None  # the threads of an earlier test's stayed behind in the parent
            steps = Steps(folder, crash_at)
            steps.watch()
            work()
            (folder / "steps").write_text(json.dumps([*steps.distinct, steps.count]))
        except BaseException as error:
            (folder / "error").write_text(repr(error))
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == CRASHED:
        return []
    assert status == 0, (folder / "error").read_text()
    steps: list[int] = json.loads((folder / "steps").read_text())
    return steps


@dataclass
class World:
    """Posts on loopback, somebody to tell, and a database that was read into two days ago."""

    home: Path
    instance: FakeMastodon
    chat: Chat
    settings: Settings
    judge: Judge

    def mastodon(self) -> MastodonSettings:
        return MastodonSettings(
            kind="mastodon",
            name="m",
            url=self.instance.url,
            hashtags=("o2",),
            token_env="CRASH_M",
            contact="a@b.example",
        )

    def sources(self, now: datetime = NOW) -> list[Source]:
        """One keeps its place by bytes and never looks back; the other reads its last hours again, which heals a lot."""
        wanted = MastodonSettings(kind="mastodon", name="m", url=self.instance.url, hashtags=("o2",))
        return [
            ArchiveSource(self.home / "posts.jsonl"),
            MastodonSource(wanted, clock=lambda: now, budget=Budget(requests=10_000)),
        ]

    def folder(self, name: str) -> Path:
        """A copy of the database in a folder of its own."""
        folder = self.home / name
        folder.mkdir()
        for file in ("a.db", "a.db.key"):
            shutil.copy(self.home / file, folder / file)
        return folder

    def run(self, folder: Path) -> None:
        """What the daemon does of a morning."""
        os.environ["CRASH_CHAT"] = self.chat.address(folder.name)
        os.environ["CRASH_M"] = f"run-{folder.name}"  # an account of its own for every run
        digest = self.settings.digest.model_copy(update={"folder": str(folder / "digests")})
        settings = self.settings.model_copy(update={"digest": digest})
        db = store.open_database(folder / "a.db")
        reader = store.open_readonly(folder / "a.db")
        for job in JOBS:
            job(self, settings, db, reader)
        reader.close()
        db.close()

    def after_a_crash(self, step: int, name: str) -> dict[str, Any]:
        """What is there when the process has crashed at this step and was started again."""
        folder = self.folder(f"{name}-{step}")
        assert in_a_process(lambda: self.run(folder), folder, step) == []
        in_a_process(lambda: self.run(folder), folder)
        return self.outcome(folder)

    def outcome(self, folder: Path) -> dict[str, Any]:
        db = store.open_readonly(folder / "a.db")
        rows = {
            "drafts": "SELECT p.native, d.state, s.native IS NOT NULL FROM drafts d JOIN posts p ON p.id = d.post"
            " LEFT JOIN sendings s ON s.draft = d.id ORDER BY p.native",
            "posts": "SELECT native, text, author, at, band, skip FROM posts ORDER BY native",
            "findings": "SELECT p.native, f.band, f.symptoms, f.cause, f.city, c.native FROM findings f"
            " JOIN posts p ON p.id = f.post JOIN posts c ON c.id = f.cluster ORDER BY p.native",
            "places": "SELECT p.native, l.rank, l.city, l.start FROM places l JOIN posts p ON p.id = l.post"
            " ORDER BY p.native, l.rank",
            "cursor": "SELECT * FROM cursors",
            "digests": "SELECT day, recipient FROM digests ORDER BY recipient",
            "integrity": "PRAGMA integrity_check",
        }
        found: dict[str, Any] = {name: db.execute(sql).fetchall() for name, sql in rows.items()}
        db.close()
        pages = folder / "digests" / str(DAY) / "digest.json"
        found["page"] = json.loads(pages.read_text(encoding="utf-8")) if pages.exists() else None
        found["sent"] = self.chat.taken.get(folder.name, [])
        found["replies"] = sorted(self.instance.replies(f"run-{folder.name}"))
        return found


def collect(world: World, _settings: Settings, db: store.Database, _reader: store.Database) -> None:
    for source in world.sources():
        pipeline.collect_and_record(source, world.judge, db, job="collect", clock=lambda: NOW)


def watch(_world: World, settings: Settings, db: store.Database, reader: store.Database) -> None:
    alerting.watch(db, reader, settings, now=NOW)


def tell(world: World, settings: Settings, db: store.Database, reader: store.Database) -> None:
    publishing.publish_digest(db, reader, world.judge.gazetteer, settings, DAY, now=NOW)


def deliver(_world: World, settings: Settings, db: store.Database, _reader: store.Database) -> None:
    outbox.deliver(db, settings, clock=lambda: NOW)


def answer(world: World, settings: Settings, db: store.Database, _reader: store.Database) -> None:
    """Drafts of two findings are approved and sent; an hour later the daemon looks for what is not known, and again."""
    reply = settings.reply.model_copy(
        update={"enabled": True, "max_age": timedelta(days=3), "hourly_cap": 2, "daily_cap": 2}
    )
    live = {"dry_run": False, "sources": (world.mastodon(),), "reply": reply}
    desk = drafting.open_desk(settings.model_copy(update=live), world.judge)
    drafting.draft_replies(db, desk, now=NOW)
    for reply in drafts.replies(db, states=("draft",)):
        drafts.decide(db, reply.number, "approved", by="lea", now=NOW)
    for hours in range(3):
        now = NOW + timedelta(hours=hours)

        def open_(*_: object) -> Sender:
            return MastodonSender(world.mastodon(), clock=lambda: now, budget=Budget(requests=10_000))  # noqa: B023

        sending.send_replies(db, desk, clock=lambda: now, open_=open_)  # noqa: B023


JOBS: list[Callable[[World, Settings, store.Database, store.Database], None]] = [collect, watch, tell, deliver, answer]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("world")
    with fake_mastodon(page=4, scopes=("read", "write")) as instance, chat() as room, ExitStack() as stack:
        settings = load_settings(write_config(home, send_to_env='["CRASH_CHAT"]'))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(pictures, "for_mail", lambda *_: {})  # takes seconds, and changes nothing that is compared
        patch.setenv("CRASH_CHAT", "set for every run")
        world = World(home, instance, room, settings, load_judge(settings))
        for number in range(2):
            instance.publish("o2", f"{TEXTS[0]} {number}")
        db = store.open_database(home / "a.db")
        _, mastodon = world.sources(EPOCH)
        pipeline.collect_and_record(mastodon, world.judge, db, job="collect", clock=lambda: EPOCH)
        db.close()
        for number in range(10):
            instance.publish(
                "o2",
                TEXTS[number % 4] + " " * number,
                at=EPOCH + timedelta(hours=20 + number),
                account={"acct": f"kim{number}"},
            )
        rows = [
            {"id": str(number), "text": f"{TEXTS[number]} als Zeile", "created_at": str(NOW)} for number in range(3)
        ]
        (home / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        yield world


@pytest.fixture(scope="module")
def expected(world: World) -> dict[str, Any]:
    # Once in this process: what is imported and compiled on the way is then there for all others. Nothing is sent, since
    # apprise keeps threads for that, which a forked process takes for its own and waits for.
    quiet = world.settings.digest.model_copy(update={"send_to_env": ()})
    replace(world, settings=world.settings.model_copy(update={"digest": quiet})).run(world.folder("warm"))
    apprise.Apprise.instantiate(world.chat.address("warm"))
    folder = world.folder("undisturbed")
    in_a_process(lambda: world.run(folder), folder)
    return world.outcome(folder)


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What a crash changed for good. A message that was on its way may be missing; it must not come twice."""
    wrong = [name for name in expected.keys() - {"sent", "page"} if found[name] != expected[name]]
    if found["page"] not in (expected["page"], None):
        wrong.append("page")
    if found["sent"] not in (expected["sent"], []):
        wrong.append("sent")
    return wrong


def crashes(
    world: World, expected: dict[str, Any], name: str, *, last_first: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Every step, and what a crash there changes for good."""
    folder = world.folder(name)
    *steps, _ = in_a_process(lambda: world.run(folder), folder, None)
    for step in reversed(steps) if last_first else steps:
        yield step, differences(expected, world.after_a_crash(step, name))


def test_the_undisturbed_run_has_something_to_lose(expected: dict[str, Any]) -> None:
    assert len(expected["posts"]) == 15
    assert len(expected["findings"]) == 12
    assert expected["sent"] == [expected["sent"][0]]
    assert expected["page"]["people"]["today"] > 0
    assert len(expected["replies"]) == 2
    assert [row for row in expected["drafts"] if row[1] == "sent"] == [row for row in expected["drafts"] if row[2]]
    assert expected["integrity"] == [("ok",)]


def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing(world: World, expected: dict[str, Any]) -> None:
    assert [(step, wrong) for step, wrong in crashes(world, expected, "crash") if wrong] == []


def test_the_comparison_notices_a_cursor_stored_before_its_posts(
    world: World, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cursor_first(
        source: Any, judge: Judge, db: store.Database, tally: Tally, *, now: Any, stop: Callable[[], bool]
    ) -> None:
        for page in source.pages(since=store.get_cursor(db, source.name)):
            if page.cursor is not None:
                with store.transaction(db):
                    store.set_cursor(db, source.name, page.cursor, now=now)
            with store.transaction(db):
                store.add_page(db, [(post, analyse(post, judge)) for post in page.posts], now=now, tally=tally)

    monkeypatch.setattr(pipeline, "collect", cursor_first)
    assert any("posts" in wrong for _, wrong in crashes(world, expected, "cursor"))


def test_the_comparison_notices_a_digest_that_is_marked_only_after_sending(
    world: World, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_mark(db: store.Database, number: int, *, now: datetime) -> Any:
        return (*db.execute("SELECT text, html FROM outbox WHERE number = ?", [number]).fetchone(), {})

    def settle_whatever(db: store.Database, number: int, state: str, **_: object) -> None:
        with store.transaction(db):
            db.execute("UPDATE outbox SET state = ? WHERE number = ?", [state, number])

    monkeypatch.setattr(store, "claim", no_mark)
    monkeypatch.setattr(store, "settle", settle_whatever)
    monkeypatch.setitem(globals(), "JOBS", JOBS[: JOBS.index(deliver) + 1])  # the steps it is about come last
    assert any("sent" in wrong for _, wrong in crashes(world, expected, "mark", last_first=True))


def test_the_comparison_notices_a_reply_that_is_marked_only_after_sending(
    world: World, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_mark(*_: object, **__: object) -> bool:
        return True

    def mark_whatever(db: store.Database, number: int, state: str, **_: object) -> bool:
        return drafts.change_draft(db, number, state, before=("approved",), by="daemon", now=NOW)

    def blind(self: MastodonSender, reply: Outgoing) -> Standing:
        return replace(look(self, reply), mine=None)

    look = MastodonSender.look
    monkeypatch.setattr(stored, "claim_sending", no_mark)
    monkeypatch.setattr(stored, "settle_sending", mark_whatever)
    monkeypatch.setattr(MastodonSender, "look", blind)
    assert any("replies" in wrong for _, wrong in crashes(world, expected, "twice", last_first=True))


def test_a_crash_while_the_database_is_made_leaves_one_that_is_finished_at_the_next_start(tmp_path: Path) -> None:
    def make() -> None:
        store.open_database(folder / "a.db").close()

    folder = tmp_path
    *steps, count = in_a_process(make, folder, None)
    for step in steps:
        folder = tmp_path / str(step)
        folder.mkdir()
        assert in_a_process(make, folder, step) == []
        db = store.open_database(folder / "a.db")
        assert db.execute("PRAGMA user_version").fetchone() == (store_database.VERSION,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
    assert count > 50

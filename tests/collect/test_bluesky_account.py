"""What an account adds: mentions, replies, search. Against documented answers on loopback; the real PDS has a file of its own."""

import base64
import json
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.collect.base import Page
from bot.collect.bluesky.account import LOGIN_EVERY, REFUSED_FOR
from bot.collect.bluesky.events import POST
from bot.collect.bluesky.jetstream import Limits
from bot.collect.bluesky.source import BlueskySource
from bot.collect.budget import Budget
from bot.config.sources import BlueskySettings
from bot.errors import BotError, LoginFailed, RateLimited
from tests.servers.jetstream import EPOCH, FakeJetstream, fake_jetstream

US = "did:plc:ourselves"
PASSWORD = "abcd-efgh-ijkl-mnop"


def token(kind: str, ends: datetime) -> str:
    parts = ({"alg": "none"}, {"scope": kind, "exp": int(ends.timestamp()), "sub": US})
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".c2ln"
    )


@dataclass
class FakePds:
    """Sessions, notifications and search as com.atproto and app.bsky document them; five rows an answer."""

    url: str
    password: str = PASSWORD
    valid_for: timedelta = timedelta(hours=2)
    rows: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    calls: list[str] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    faults: dict[str, tuple[int, str, dict[str, str]]] = field(default_factory=dict)  # method -> status, body, headers
    sessions: int = 0
    profile: dict[str, Any] | None = None  # the record of the account

    def answer(self, request: Request) -> Response:
        method = request.path.rsplit("/", 1)[1]
        self.calls.append(method)
        if method in self.faults:
            status, body, headers = self.faults[method]
            return Response(body, status, headers, content_type="application/json")
        match method:
            case "com.atproto.server.createSession":
                given = json.loads(request.data)
                if given["password"] != self.password:
                    return self.json(
                        {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401
                    )
                return self.session()
            case "com.atproto.server.refreshSession":
                return self.session()
        if request.headers.get("Authorization") != f"Bearer {self.access()}":
            return self.json({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        if method == "com.atproto.repo.getRecord":
            if self.profile is None:
                return self.json({"error": "RecordNotFound", "message": "Could not locate record"}, 400)
            return self.json({"uri": f"at://{US}/app.bsky.actor.profile/self", "cid": "c", "value": self.profile})
        self.queries.append(request.args.to_dict())
        newest_first = sorted(self.rows, key=lambda row: str(row.get("indexedAt", "")), reverse=True)
        start = int(request.args.get("cursor", 0))
        key = "posts" if method.endswith("searchPosts") else "notifications"
        more = {"cursor": str(start + 5)} if start + 5 < len(newest_first) else {}
        return self.json({key: newest_first[start : start + 5], **more})

    def session(self) -> Response:
        self.sessions += 1
        did_doc = {"@context": [], "id": US, "service": []}
        row = {
            "did": US,
            "handle": "bot.test",
            "accessJwt": self.access(),
            "refreshJwt": token("refresh", datetime(2100, 1, 1, tzinfo=UTC)),
        }
        return self.json({**row, "didDoc": did_doc, "active": True})

    def access(self) -> str:
        return token(f"access {self.sessions}", datetime.now(UTC) + self.valid_for if self.valid_for else EPOCH)

    def json(self, body: Any, status: int = 200) -> Response:
        return Response(json.dumps(body), status, content_type="application/json")

    def notify(self, text: str, *, reason: str = "reply", at: datetime | None = None, **record: Any) -> str:
        moment = at or EPOCH + timedelta(minutes=len(self.rows) + 1)
        uri = f"at://did:plc:kim/{POST}/3n{len(self.rows):04}"
        body = {"$type": POST, "text": text, "createdAt": moment.isoformat(), **record}
        self.rows.append(
            {"uri": uri, "cid": "c", "reason": reason, "record": body, "indexedAt": moment.isoformat(), "isRead": False}
        )
        return uri


@pytest.fixture
def pds(httpserver: HTTPServer) -> FakePds:
    fake = FakePds(httpserver.url_for("").rstrip("/"))
    fixed = datetime.now(UTC).replace(microsecond=0)
    fake.access = lambda: token(f"access {fake.sessions}", fixed + fake.valid_for)  # type: ignore[method-assign]
    httpserver.expect_request(re.compile("/xrpc/.*")).respond_with_handler(fake.answer)
    return fake


@pytest.fixture
def stream() -> Iterator[FakeJetstream]:
    with fake_jetstream() as fake:
        fake.write("Kaffee", after=timedelta(hours=1))
        yield fake


@pytest.fixture
def source(pds: FakePds, stream: FakeJetstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlueskySource:
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    return make(pds, stream, tmp_path)


def make(pds: FakePds, stream: FakeJetstream, folder: Path, **changes: Any) -> BlueskySource:
    settings = BlueskySettings(
        **{
            "kind": "bluesky", "name": "b", "hosts": (stream.url,), "words": ("o2",), "profiles": "", "handle": "bot.test",
            "password_env": "BLUESKY_PASSWORD", "service": pds.url, "session_file": str(folder / "s" / "session"), **changes,
        }
    )  # fmt: skip
    return BlueskySource(settings, clock=lambda: stream.now, budget=Budget(10_000), limits=Limits(silence_s=2.0))


def run(source: BlueskySource, cursor: str | None = None) -> tuple[list[Page], str | None]:
    pages = list(source.pages(cursor))
    return pages, next((page.cursor for page in reversed(pages) if page.cursor), cursor)


def broken(source: BlueskySource, cursor: str | None = None) -> tuple[list[Page], str | None, BotError]:
    """A run that ends in an error: what it handed over before, its cursor, and the error."""
    pages: list[Page] = []
    try:
        for page in source.pages(cursor):
            pages.append(page)
            cursor = page.cursor or cursor
    except BotError as error:
        return pages, cursor, error
    raise AssertionError("nothing went wrong")


def natives(pages: list[Page]) -> list[str]:
    return [post.id.native for page in pages for post in page.posts]


def test_what_is_sent_to_the_account_is_about_us_whatever_its_words(source: BlueskySource, pds: FakePds) -> None:
    uri = pds.notify("immer noch nichts", reason="mention", langs=["en"])
    pds.notify("gefällt mir", reason="like")
    pds.rows.append({"uri": "nonsense", "reason": "mention", "record": 3})
    pages, _ = run(source)
    (post,) = [post for page in pages for post in page.posts]
    assert (post.id.native, post.addressed, post.author) == (uri, True, "did:plc:kim")
    assert post.created_at == EPOCH + timedelta(minutes=1)
    assert pds.queries[0]["reasons"]


def test_all_mentions_are_read_once_and_the_last_hours_again(
    source: BlueskySource, pds: FakePds, stream: FakeJetstream
) -> None:
    first = [pds.notify(f"eins {n}") for n in range(12)]
    pages, cursor = run(source)
    assert sorted(natives(pages)) == first
    pds.notify("gestern, spät angekommen", at=EPOCH - timedelta(days=3))
    late = pds.notify("von vorhin, spät angekommen", at=EPOCH - timedelta(hours=1))
    later = pds.notify("neu")
    again, _ = run(source, cursor)
    assert {late, later} <= set(natives(again))


def test_a_mention_that_comes_by_the_stream_is_known_as_sent_to_us(
    source: BlueskySource, stream: FakeJetstream
) -> None:
    _, cursor = run(source)
    uri = stream.write("immer noch nichts", reply={"parent": {"uri": f"at://{US}/{POST}/3k0"}})
    pages, _ = run(source, cursor)
    assert [(post.id.native, post.addressed) for page in pages for post in page.posts] == [(uri, True)]


def test_the_session_is_kept_readable_by_us_only_and_used_again(
    source: BlueskySource, pds: FakePds, tmp_path: Path
) -> None:
    _, cursor = run(source)
    run(source, cursor)
    file = tmp_path / "s" / "session"
    assert pds.calls.count("com.atproto.server.createSession") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSWORD not in file.read_text()
    assert [path.name for path in file.parent.iterdir()] == ["session"]


def test_a_session_about_to_end_is_renewed_without_the_password(source: BlueskySource, pds: FakePds) -> None:
    pds.valid_for = timedelta(minutes=5)
    run(source)
    run(source)
    assert pds.calls.count("com.atproto.server.createSession") == 1
    assert pds.calls.count("com.atproto.server.refreshSession") >= 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"session": 3}',
        '{"account": "bot.test at URL", "session": "a:::b"}',
        '{"account": "bot.test at URL", "session": "h:::d:::x.y.z:::r:::http://e"}',
    ],
)
def test_a_damaged_session_file_costs_one_login(
    source: BlueskySource, pds: FakePds, tmp_path: Path, content: str
) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "session").write_text(content.replace("URL", pds.url))
    uri = pds.notify("nichts geht")
    pages, _ = run(source)
    assert natives(pages) == [uri]
    assert pds.calls.count("com.atproto.server.createSession") == 1


def test_a_session_that_was_withdrawn_is_made_anew_once(
    source: BlueskySource, pds: FakePds, stream: FakeJetstream
) -> None:
    run(source)
    pds.sessions += 1  # the server knows another token now
    stream.now += LOGIN_EVERY
    stream.write("Kaffee")
    uri = pds.notify("nichts geht")
    pages, _ = run(source)
    assert natives(pages) == [uri]
    assert pds.calls.count("com.atproto.server.createSession") == 2


def test_a_wrong_password_is_told_and_not_tried_again_at_once(
    source: BlueskySource, pds: FakePds, stream: FakeJetstream
) -> None:
    pds.password = "changed"
    uri = stream.write("o2 lahmt")
    for _ in range(3):
        pages, _, error = broken(source)
        assert isinstance(error, LoginFailed)
        assert "BLUESKY_PASSWORD" in str(error)
        assert PASSWORD not in str(error)
        assert natives(pages) == [uri], "the stream must not wait for the account"
        assert pds.calls.count("com.atproto.server.createSession") == 1
    stream.now += REFUSED_FOR + timedelta(seconds=1)
    stream.write("Kaffee")
    pds.password = PASSWORD
    run(source)


def test_a_missing_password_says_which_variable(source: BlueskySource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLUESKY_PASSWORD")
    with pytest.raises(LoginFailed, match="b: BLUESKY_PASSWORD is not set"):
        run(source)


def test_an_account_asked_to_wait_waits_alone(source: BlueskySource, pds: FakePds, stream: FakeJetstream) -> None:
    until = stream.now + timedelta(minutes=5)
    pds.faults["app.bsky.notification.listNotifications"] = (
        429,
        "{}",
        {"ratelimit-reset": str(int(until.timestamp()))},
    )
    uri = stream.write("o2 lahmt")
    pages, cursor, error = broken(source)
    assert "the account waits until" in str(error)
    assert not isinstance(error, RateLimited)  # the daemon would let the stream wait as well
    assert natives(pages) == [uri]
    calls = len(pds.calls)
    run(source, cursor)
    assert len(pds.calls) == calls
    pds.faults.clear()
    stream.now = until + timedelta(seconds=1)
    stream.write("Kaffee")
    mention = pds.notify("wieder da")
    assert mention in natives(run(source, cursor)[0])


FAULTS: list[tuple[int, str, dict[str, str]]] = [
    (500, "secret", {}),
    (502, "<html>secret", {}),
    (200, "<html>", {}),
    (200, "null", {}),
    (200, "[]", {}),
    (200, "[" * 90_000, {}),
    (403, '{"error": "secret"}', {}),
    (400, '{"error": "ExpiredToken"}', {}),
    (400, '{"error": "secret\\n"}', {}),
    (400, "[1]", {}),
    (401, "null", {}),
    (302, "", {"Location": "http://127.0.0.1:9/x"}),
    (429, "x", {"ratelimit-reset": "9" * 400}),
    (204, "", {}),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]} {fault[1][:20]}")
@pytest.mark.parametrize("method", ["createSession", "listNotifications"])
def test_whatever_the_service_answers_it_is_one_line_of_ours_and_loses_nothing(
    source: BlueskySource, pds: FakePds, stream: FakeJetstream, fault: tuple[int, str, dict[str, str]], method: str
) -> None:
    uris = [pds.notify(f"nichts {n}") for n in range(7)]
    full = f"com.atproto.server.{method}" if method == "createSession" else f"app.bsky.notification.{method}"
    pds.faults[full] = fault
    _, cursor, error = broken(source)
    assert "secret" not in str(error)
    assert "\n" not in str(error)
    assert PASSWORD not in str(error)
    pds.faults.clear()
    stream.now += timedelta(days=1)
    stream.write("Kaffee")
    assert sorted(natives(run(source, cursor)[0])) == uris


def test_a_failure_on_the_second_page_goes_on_there(source: BlueskySource, pds: FakePds, stream: FakeJetstream) -> None:
    stream.now += timedelta(days=2)
    stream.write("Kaffee")
    uris = [pds.notify(f"nichts {n}", at=EPOCH + timedelta(hours=3 * n)) for n in range(12)]
    pages = source.pages(None)
    first = next(pages)
    pages.close()  # type: ignore[attr-defined]  # a generator
    more, cursor = run(source, first.cursor)
    assert sorted({*natives([first]), *natives(more)}) == uris
    late = pds.notify("danach", at=EPOCH + timedelta(hours=40))
    assert late in natives(run(source, cursor)[0])


def test_a_mention_waits_where_nobody_can_say_who_opted_out(
    pds: FakePds, stream: FakeJetstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    source = make(pds, stream, tmp_path, profiles=pds.url)
    pds.faults["app.bsky.actor.getProfiles"] = (500, "", {})
    uris = {pds.notify(f"nichts {n}", at=stream.now - timedelta(hours=12 * n)) for n in range(7)}
    pages, cursor, error = broken(source)
    assert natives(pages) == []
    assert "getProfiles" in str(error)
    pds.faults["app.bsky.actor.getProfiles"] = (200, '{"profiles": []}', {})
    assert set(natives(run(source, cursor)[0])) == uris


def test_search_finds_only_what_names_the_carrier(
    pds: FakePds, stream: FakeJetstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    ours = pds.notify("o2 lahmt", reason="")
    pds.notify("CO2 steigt", reason="")
    source = make(pds, stream, tmp_path, search=("o2",))
    pages, _ = run(source)
    assert natives(pages) == [ours]
    assert pds.queries[-1]["q"] == "o2"


def test_logins_are_rationed_when_no_session_holds(source: BlueskySource, pds: FakePds) -> None:
    pds.faults["app.bsky.notification.listNotifications"] = (400, '{"error": "ExpiredToken"}', {})
    for _ in range(4):
        broken(source)
    assert pds.calls.count("com.atproto.server.createSession") == 1


def test_an_unencrypted_service_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="service"):
        BlueskySettings(
            kind="bluesky", name="b", hosts=("ws://x",), handle="a", password_env="P", service="http://bsky.example"
        )


@pytest.mark.parametrize(
    ("profile", "labelled"),
    [
        ({"labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}}, True),
        ({"labels": {"values": [{"val": "!no-unauthenticated"}]}}, False),
        ({"description": "bot"}, False),
        (None, False),
    ],
)
def test_a_login_says_whether_the_profile_labels_itself_a_bot(
    source: BlueskySource, pds: FakePds, profile: dict[str, Any] | None, labelled: bool
) -> None:
    pds.profile = profile
    found = source.check_login()
    assert found.who == f"logged in as bot.test ({US})"
    assert found.labelled is labelled
    assert pds.sessions == 1

"""A desk with a few people and posts, as a test needs it."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from httpx2 import Response
from starlette.testclient import TestClient

from bot import store
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.domain import Band, Doubt, Span, Tally
from bot.store import drafts, users
from bot.web import auth
from bot.web.app import make_app
from tests.factories import NOON, analysis, location, post, verdict

SETTINGS = load_settings(shipped("o2-de.toml"))
GAZETTEER = load_gazetteer_of(SETTINGS)
PASSWORD = "four words or more"
HASH = auth.hash_password(PASSWORD)
ROLES = ("viewer", "planner", "manager", "admin")
HOSTILE = "<script>alert(1)</script> o2 lahmt \"'><img src=x onerror=alert(1)> \u202enI\u202c"
REPLY = "Danke! In welchem Stadtteil? (Automatische Antwort, „Stopp“ genügt.)"


@dataclass
class World:
    path: Path
    settings: Settings = SETTINGS
    now: datetime = NOON + timedelta(hours=1)
    clients: list[TestClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.db = store.open_database(self.path)
        with store.transaction(self.db):
            for name in (*ROLES, "lee"):
                users.add_user(self.db, name, name if name in ROLES else "manager", HASH, now=NOON)
        self.app = make_app(
            self.settings,
            lambda: closing(store.open_readonly(self.path)),
            lambda: self.now,
            GAZETTEER,
            writer=self.db,
        )

    def browser(self) -> TestClient:
        client = TestClient(self.app, follow_redirects=False)
        self.clients.append(client)
        return client

    def enter(self, name: str) -> TestClient:
        client = self.browser()
        answer = client.post("/desk/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    def add_post(self, text: str = "o2 lahmt in Köln", **changes: object) -> int:
        doubt = changes.pop("doubt", None)
        evidence = (Span(3, 8, text[3:8], "slow"),)
        judged = verdict(evidence=evidence, doubt=doubt, band=changes.pop("band", Band.A))
        place = location("Köln", start=text.find("Köln"), end=text.find("Köln") + 4)
        given = analysis(text, verdict=judged, places=(place,) if "Köln" in text else ())
        with store.transaction(self.db):
            store.add_source(self.db, "mastodon-social")
            page = [(post(text, source="mastodon-social", url="https://m.example/1", **changes), given)]
            store.add_page(self.db, page, now=self.now, tally=Tally())
        number: int = self.db.execute("SELECT max(id) FROM posts").fetchone()[0]
        return number

    def add_doubtful(self, text: str) -> int:
        return self.add_post(text, doubt=Doubt("near the line", 0.1))

    def add_draft(self, text: str = REPLY, **changes: object) -> int:
        number = self.add_post(**changes)
        with store.transaction(self.db):
            drafts.add_decision(
                self.db, number, state="draft", way="approval", platform="mastodon", lang="de", text=text, now=self.now
            )
        reply: int = self.db.execute("SELECT max(id) FROM drafts").fetchone()[0]
        return reply

    def state_of(self, reply: int) -> tuple[str, str | None]:
        row = self.db.execute("SELECT state, decided_by FROM drafts WHERE id = ?", [reply]).fetchone()
        return row[0], row[1]


def token(client: TestClient) -> str:
    """What stands in every form of this visit."""
    found = re.search(r'name="token" value="([0-9a-f]+)"', client.get("/desk/account").text)
    assert found
    return found[1]


def send(client: TestClient, path: str, **fields: object) -> Response:
    return client.post(f"/desk{path}", data={"token": token(client), **fields})


@contextmanager
def world(folder: Path, **changes: object) -> Iterator[World]:
    made = World(folder / "a.db", **changes)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        for client in made.clients:
            client.close()
        made.db.close()

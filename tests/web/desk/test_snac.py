"""From a customer's post on a real server to our reply in their hands: collected, drafted, let go at the desk, sent."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot import pipeline, store
from bot.collect.mastodon.source import MastodonSource
from bot.config.judge import load_judge
from bot.config.sources import MastodonSettings
from bot.domain import Tally
from bot.jobs import drafting, sending
from tests.loopback import PATIENCE_S
from tests.servers.debian import CannotInstall
from tests.servers.mastodon import wait_until
from tests.servers.snac import Snac, snac

from .served import Served
from .world import SETTINGS, world

pytestmark = pytest.mark.server

TEXT = "@brennpunkt Volle Balken am Hbf in Köln, aber bei o2 lädt nichts #o2"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Snac]:
    try:
        with snac() as running:
            monkeypatch.setenv("SNAC_TOKEN", running.tokens["brennpunkt"])
            own = running.data / "user" / "brennpunkt" / "user.json"
            own.write_text(json.dumps(json.loads(own.read_text()) | {"bot": True}))  # as the reply policy wants it
            yield running
    except CannotInstall as error:
        pytest.fail(str(error), pytrace=False)


def test_an_approved_reply_arrives_once_and_not_while_somebody_said_stop(
    server: Snac, browser: Browser, tmp_path: Path
) -> None:
    source = MastodonSettings(
        kind="mastodon", name="snac", url=server.url, hashtags=("o2",), token_env="SNAC_TOKEN", contact="a@example.org"
    )
    reply = SETTINGS.reply.model_copy(update={"enabled": True, "quiet_until": SETTINGS.reply.quiet_from})
    settings = SETTINGS.model_copy(update={"dry_run": False, "sources": (source,), "reply": reply})
    judge = load_judge(settings)
    question = server.publish("kim", TEXT)

    def arrived() -> list[dict[str, Any]]:
        """What kim's own client shows below the post."""
        answer = server.get(f"/api/v1/statuses/{question['id']}/context", server.tokens["kim"])
        found: list[dict[str, Any]] = answer.json()["descendants"]
        return found

    with world(tmp_path, now=datetime.now(UTC), settings=settings) as desk:
        with store.transaction(desk.db):
            store.add_source(desk.db, "snac")
        pipeline.collect(MastodonSource(source), judge, desk.db, Tally(), now=desk.now)
        office = drafting.open_desk(settings, judge)
        drafting.draft_replies(desk.db, office, now=desk.now)

        def send() -> list[str]:
            return sending.send_replies(desk.db, office, clock=lambda: desk.now).lines

        served = Served(desk, browser)
        page = served.enter("manager")
        page.goto(f"{served.home}/desk/replies")
        page.get_by_role("button", name="Freigeben").click()
        expect(page.get_by_text("ist freigegeben")).to_be_visible()

        page.goto(f"{served.home}/desk/replies")
        page.get_by_label("Warum").fill("erst noch einmal lesen")
        page.get_by_role("button", name="Stopp").click()
        expect(page.get_by_text("erst noch einmal lesen")).to_be_visible()
        assert (send(), arrived()) == ([], [])

        page.get_by_role("button", name="Wieder verschicken").click()
        assert send() == ["reply 1 (snac): sent"]
        (status,) = wait_until(arrived, within_s=PATIENCE_S, what="the reply to arrive")
        assert status["account"]["username"] == "brennpunkt"
        assert "utomatis" in status["content"]
        page.goto(f"{served.home}/desk/replies?state=sent")
        expect(page.get_by_text("verschickt · manager")).to_be_visible()
        assert send() == []
        assert len(arrived()) == 1
        served.close()

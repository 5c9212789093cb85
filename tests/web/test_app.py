from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot import store
from bot.config import load_settings, shipped
from bot.domain import Tally
from bot.web.app import make_app
from tests.factories import NOON, analysis, location, post

SETTINGS = load_settings(shipped("o2-de.toml"))
HOSTILE = "<script>alert(1)</script> o2 lahmt \"'>\u202e"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[TestClient]:
    db = store.open_database(tmp_path / "a.db")
    with store.transaction(db):
        store.add_source(db, "test")
        page = [(post(author="very_unusual_handle"), analysis(HOSTILE, places=(location("Köln"),)))]
        store.add_page(db, page, now=NOON, tally=Tally())
    db.close()
    reader = store.open_readonly(tmp_path / "a.db")
    with TestClient(make_app(SETTINGS, reader, lambda: datetime(2026, 3, 5, tzinfo=UTC))) as client:
        yield client
    reader.close()


def test_the_front_page_leads_to_the_last_day_that_holds_posts(pages: TestClient) -> None:
    response = pages.get("/")
    assert response.url.path == "/2026-03-02"
    assert "Köln" in response.text


def test_a_day_leads_to_its_neighbours_and_to_the_other_language(pages: TestClient) -> None:
    german = pages.get("/2026-03-02").text
    assert 'lang="de"' in german
    for link in ("/2026-03-01", "/2026-03-03", "lang=en"):
        assert link in german
    assert 'lang="en"' in pages.get("/2026-03-02?lang=en").text


def test_a_hostile_post_is_shown_harmless_and_nothing_may_load(pages: TestClient) -> None:
    response = pages.get("/2026-03-02")
    assert "<script>alert" not in response.text
    assert "very_unusual_handle" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("path", ["/1850-01-01", "/tomorrow", "/2026-03-02?lang=fr", "/etc/passwd"])
def test_what_is_no_day_is_refused(pages: TestClient, path: str) -> None:
    assert pages.get(path).status_code in (404, 422)

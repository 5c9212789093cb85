from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from bot import store
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.domain import Simulation, Tally
from bot.errors import StoreError
from bot.jobs import publishing
from bot.web.app import make_app
from bot.web.vitals import Vitals
from tests.factories import NOON, analysis, location, post

SETTINGS = load_settings(shipped("o2-de.toml"))
GAZETTEER = load_gazetteer_of(SETTINGS)
NOW_THEN = datetime(2026, 3, 5, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> o2 lahmt \"'>\u202e"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[TestClient]:
    db = store.open_database(tmp_path / "a.db")
    with store.transaction(db):
        store.add_source(db, "test")
        page = [(post(author="very_unusual_handle"), analysis(HOSTILE, places=(location("Köln"),)))]
        store.add_page(db, page, now=NOON, tally=Tally())
    db.close()
    app = make_app(SETTINGS, lambda: closing(store.open_readonly(tmp_path / "a.db")), lambda: NOW_THEN)
    with TestClient(app) as client:
        yield client


def test_newest_leads_to_the_last_day_that_holds_posts(pages: TestClient) -> None:
    response = pages.get("/newest")
    assert response.url.path == "/2026-03-02"
    assert "Köln" in response.text


def test_a_report_filed_in_a_demo_leaves_its_days_as_they_were(tmp_path: Path) -> None:
    db, reader = store.open_database(tmp_path / "a.db"), lambda: closing(store.open_readonly(tmp_path / "a.db"))
    with store.transaction(db):
        store.add_source(db, "november-2011")
        notice = {"de": "Erfunden", "en": "Made up"}
        store.set_simulation(db, "november-2011", Simulation("november-2011", "November", notice, 2011, {}))
        store.add_page(db, [(post(), analysis(places=(location("Köln"),)))], now=NOON, tally=Tally())
    with TestClient(make_app(SETTINGS, reader, lambda: NOW_THEN + timedelta(days=99), GAZETTEER, writer=db)) as client:
        assert "angekommen" not in client.post("/melden", data={"ort": "Köln", "was": "no_service"}).text
        assert client.get("/newest").url.path == "/2026-03-02"
        assert "bis zum 2. März 2026" in client.get("/").text
    db.close()


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


def test_a_week_is_a_page_too_and_leads_back_to_its_last_day(pages: TestClient) -> None:
    week = pages.get("/week/2026-03-02?lang=en").text
    assert "week from 24 February to 2 March 2026" in week
    for link in ('href="/week/2026-02-23?lang=en"', 'href="/2026-03-02?lang=en"', 'href="/week/2026-03-02?lang=de"'):
        assert link in week
    assert 'href="/week/2026-03-02?lang=de"' in pages.get("/2026-03-02").text


def test_a_page_is_worked_out_once_until_something_comes(
    pages: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    build = publishing.build_digest
    monkeypatch.setattr(publishing, "build_digest", lambda *a, **k: built.append(a[3]) or build(*a, **k))
    for _ in range(3):
        pages.get("/2026-03-02")
    assert len(built) == 1
    with closing(store.open_database(tmp_path / "a.db")) as db, store.transaction(db):
        store.add_page(db, [(post("noch einer"), analysis("noch einer"))], now=NOON, tally=Tally())
    pages.get("/2026-03-02")
    assert len(built) == 2


def test_a_digest_that_cannot_be_had_yet_loads_again_by_itself(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object, **_kwargs: object) -> object:
        raise StoreError("the database is busy")

    monkeypatch.setattr(publishing, "build_digest", busy)
    response = pages.get("/2026-03-02?lang=en")
    assert response.status_code == 503
    assert "worked out" in response.text
    assert 'http-equiv="refresh"' in response.text


@pytest.mark.parametrize("path", ["/foo", "/favicon.ico", "/2026-03-02?lang=fr", "/week/no-day"])
def test_a_person_who_goes_astray_is_led_back(pages: TestClient, path: str) -> None:
    response = pages.get(path, headers={"Accept": "text/html,*/*"})
    assert response.status_code == 404
    assert 'href="/">Zum Anfang</a>' in response.text


def test_what_is_refused_looks_like_every_page_and_speaks_the_visitors_language(pages: TestClient) -> None:
    person = {"Accept": "text/html", "Accept-Language": "fr, en;q=0.8"}
    missing, refused = pages.get("/abc", headers=person), pages.post("/newest", headers=person)
    assert (missing.status_code, refused.status_code, refused.headers["allow"]) == (404, 405, "GET")
    for answer, told in ((missing, "There is no such page."), (refused, "This request is not accepted here.")):
        assert f"<h1>{told}</h1>" in answer.text
        assert "/static/base/base.css" in answer.text  # light and dark
        assert '<html lang="en">' in answer.text
        assert "noindex" in answer.text
    assert '<html lang="de">' in pages.get("/abc", headers=person | {"Accept-Language": "de-DE"}).text


def test_an_error_of_ours_is_a_page_that_tells_nothing_of_us(caplog: pytest.LogCaptureFixture) -> None:
    def reader_that(error: Exception) -> TestClient:
        def fail() -> NoReturn:
            raise error

        return TestClient(make_app(SETTINGS, fail, lambda: NOW_THEN, GAZETTEER), raise_server_exceptions=False)

    for error, status in ((StoreError("/var/secret.db is locked"), 503), (ZeroDivisionError("secret"), 500)):
        client = reader_that(error)
        answer = client.get("/newest", headers={"Accept": "text/html"})
        assert (answer.status_code, client.get("/newest").status_code) == (status, status)
        assert "schiefgegangen" in answer.text
        assert "secret" not in answer.text + client.get("/newest").text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "pages: /var/secret.db is locked" in caplog.text


@pytest.mark.parametrize("path", ["/1850-01-01", "/tomorrow", "/2026-03-02?lang=fr", "/etc/passwd"])
def test_what_is_no_day_is_refused(pages: TestClient, path: str) -> None:
    assert pages.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/newest", "/2026-03-02", "/metrics"])
def test_digests_and_figures_are_not_for_what_a_proxy_passes_on(pages: TestClient, path: str) -> None:
    assert pages.get(path, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404


def test_alone_the_pages_are_well_and_ready_and_have_no_figures(pages: TestClient) -> None:
    assert [pages.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 404]


def test_a_process_without_heartbeat_says_so(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    vitals = Vitals(trouble=lambda: "no heartbeat for 70 s")
    app = make_app(SETTINGS, lambda: closing(store.open_readonly(tmp_path / "a.db")), lambda: NOW_THEN, vitals=vitals)
    with TestClient(app) as client:
        assert (client.get("/healthz").status_code, client.get("/healthz").text) == (503, "no heartbeat for 70 s")
        assert client.get("/readyz").status_code == 503


def test_without_a_database_it_is_alive_but_not_ready_and_tells_no_path(tmp_path: Path) -> None:
    app = make_app(SETTINGS, lambda: closing(store.open_readonly(tmp_path / "none.db")), lambda: NOW_THEN)
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200
        assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "the database cannot be read")

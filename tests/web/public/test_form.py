import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from bot import store
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.config.settings import Settings
from bot.domain import Symptom, Tally
from bot.jobs.publishing import build_digest, text_of
from bot.reply.link import form_link
from bot.reports.work import Task
from bot.store import reports
from bot.store.contacts import Sealer, confirmed_contacts
from bot.store.funnel import funnel
from bot.web.app import make_app
from tests.factories import NOON, analysis, location, post, solve

SHIPPED = load_settings(shipped("o2-de.toml"))
SETTINGS = SHIPPED.model_copy(update={"form": SHIPPED.form.model_copy(update={"work": 20})})
GAZETTEER = load_gazetteer_of(SETTINGS)
ALTONA = {"ort": "22765", "teil": "Altona", "was": ["data_stall", "slow_data"]}


class Site:
    """The pages of one database, and a visitor."""

    def __init__(self, path: Path, settings: Settings = SETTINGS) -> None:
        self.path, self.now = path, NOON
        self.db = store.open_database(path)
        reader = lambda: closing(store.open_readonly(path))  # noqa: E731
        self.app = make_app(settings, reader, lambda: self.now, GAZETTEER, writer=self.db)
        self.client = TestClient(self.app)

    def file(self, *, worked: bool = True, address: str = "", path: str = "/melden", **fields: Any) -> Response:
        if worked:
            fields["arbeit"] = solve(Task(**self.client.get("/aufgabe").json()))
        client = TestClient(self.app, client=(address, 1)) if address else self.client
        answer: Response = client.post(path, data=fields)
        return answer

    def filed(self) -> list[reports.Filed]:
        return reports.filings(self.db, standings=reports.STANDINGS, limit=100)

    def complain(self, count: int, city: str = "Hamburg", district: str | None = "Altona") -> None:
        place = (location(city, district=district),) if city else ()
        texts = [f"o2 {city} {n}" for n in range(count)]
        page = [(post(author=f"author of {text}", text=text), analysis(text, places=place)) for text in texts]
        with store.transaction(self.db):
            store.add_source(self.db, "test")
            store.add_page(self.db, page, now=self.now, tally=Tally())

    def people(self) -> int:
        since, until = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
        return len({complaint.who for complaint in store.complaints(self.db, since=since, until=until)})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "a.db")
    yield made
    made.db.close()


@pytest.fixture
def site_of(tmp_path: Path) -> Iterator[Callable[[Settings], Site]]:
    made: list[Site] = []

    def make(settings: Settings) -> Site:
        made.append(Site(tmp_path / "a.db", settings))
        return made[-1]

    yield make
    for each in made:
        each.db.close()


def receipt_of(answer: Response) -> str:
    return re.findall(r"<code>([A-Z0-9-]+)</code>", answer.text)[0]


def test_a_report_counts_and_its_filer_learns_of_the_others(site: Site) -> None:
    site.complain(7)
    answer = site.file(**ALTONA)
    assert answer.status_code == 200
    assert "7 andere in Hamburg, Altona" in answer.text
    (filed,) = site.filed()
    assert (filed.city, filed.district, filed.postcode, filed.standing) == ("Hamburg", "Altona", "22765", "accepted")
    assert filed.symptoms == (Symptom.DATA_STALL, Symptom.SLOW_DATA)
    assert site.people() == 8


def test_few_others_are_not_told(site: Site) -> None:
    site.complain(4)
    assert "andere in" not in site.file(**ALTONA).text


def test_too_few_in_the_district_are_told_of_the_whole_city(site: Site) -> None:
    site.complain(9, district="Eimsbüttel")
    assert "9 andere in Hamburg in" in site.file(**ALTONA).text


def test_without_javascript_a_report_waits_and_does_not_count(site: Site) -> None:
    answer = site.file(worked=False, **ALTONA)
    assert "Ein Mensch sieht die Meldung noch an" in answer.text
    assert [(each.standing, each.reason) for each in site.filed()] == [("waiting", "no_work")]
    assert site.people() == 0


def test_a_solved_task_serves_one_report(site: Site) -> None:
    solution = solve(Task(**site.client.get("/aufgabe").json()))
    for place in ("Köln", "Bonn"):
        site.client.post("/melden", data={"ort": place, "was": "no_service", "arbeit": solution})
    assert sorted(each.standing for each in site.filed()) == ["accepted", "waiting"]


def test_one_person_counts_once_a_place_symptom_and_day(site: Site) -> None:
    site.file(**ALTONA)
    site.file(**ALTONA, text="immer noch")
    site.file(**ALTONA, address="203.0.113.9")
    assert len(site.filed()) == 3
    assert site.people() == 2


def test_the_same_report_twice_is_one_report(site: Site) -> None:
    site.file(**ALTONA)
    assert "schon angekommen" in site.file(**ALTONA).text
    assert len(site.filed()) == 1


def test_a_report_that_was_deleted_may_be_filed_again(site: Site) -> None:
    number = receipt_of(site.file(**ALTONA))
    site.client.post("/beleg", data={"nummer": number, "loeschen": "1"})
    assert site.filed() == []
    assert receipt_of(site.file(**ALTONA)) != number
    assert len(site.filed()) == 1


def test_who_came_from_a_reply_is_the_person_who_posted(site: Site) -> None:
    site.complain(1)
    site.db.execute(
        "INSERT INTO drafts (id, post, state, way, lang, made_at) VALUES (5, 1, 'sent', 'approval', 'de', ?)",
        [NOON.isoformat()],
    )
    sign = partial(site.db.pseudonym, "form")
    place = location("Hamburg", district="Altona")
    link = form_link("/melden", sign, 5, lang="de", symptoms=(Symptom.DATA_STALL,), place=place, until=NOON.date())
    page = site.client.get(link).text
    assert 'value="Hamburg"' in page
    assert 'value="Altona"' in page
    assert 'value="data_stall" checked' in page
    hidden = re.findall(r'name="link" value="([^"]*)"', page)[0].replace("&amp;", "&")
    site.file(link=hidden, **ALTONA)
    assert site.people() == 1
    site.file(link=hidden, address="203.0.113.9", **ALTONA)  # the reply is public: others may use its link
    assert site.people() == 2
    counted = funnel(site.db, NOON.replace(hour=0), NOON.replace(day=3, hour=0))
    assert (counted.findings, counted.drafts, counted.sent) == (1, 1, 1)
    assert (counted.opened_by_link, counted.filed_by_link, counted.filed) == (1, 2, 2)


def test_the_digest_tells_how_people_came_to_their_reports(site: Site) -> None:
    site.client.get("/melden")
    site.file(**ALTONA)
    site.file(worked=False, ort="Köln", was="no_service")
    digest = build_digest(site.db, GAZETTEER, SETTINGS, NOON.date(), now=NOON.replace(day=3))
    assert "1-mal geöffnet, 2 Meldungen" in " ".join(text_of(digest, "de").split())
    assert "One report from the form waits" in " ".join(text_of(digest, "en").split())


def test_a_forged_link_fills_in_nothing(site: Site) -> None:
    page = site.client.get("/melden?ort=Köln&was=data_stall&nr=5&lang=de&bis=2026-03-09&sig=00").text
    assert 'value="Köln">' in page.split("</datalist>")[0].split("<datalist")[1]
    assert "checked" not in page


def test_what_is_missing_is_said_and_nothing_typed_is_lost(site: Site) -> None:
    answer = site.file(worked=False, ort="Neustadt", text="<script>alert(1)</script>")
    assert answer.status_code == 422
    assert "Diesen Namen gibt es mehrmals" in answer.text
    assert 'value="Neustadt, Dresden"' in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    chosen = site.file(ort="Neustadt", gemeint="Neustadt, Dresden", was="no_service")
    assert chosen.status_code == 200
    assert [(each.city, each.district) for each in site.filed()] == [("Dresden", "Neustadt")]


def test_a_place_that_was_found_or_chosen_is_not_asked_for_again_beside_another_mistake(site: Site) -> None:
    answer = site.file(worked=False, ort="22765")
    assert answer.status_code == 422
    assert 'name="gemeint"' not in answer.text
    answer = site.file(worked=False, ort="Neustadt", gemeint="Neustadt, Dresden")
    assert 'value="Neustadt, Dresden"' in answer.text
    assert 'name="gemeint"' not in answer.text


def test_an_address_that_files_too_often_is_stopped_and_another_one_is_not(site: Site) -> None:
    answers = [site.file(ort="Köln", was="no_service", text=f"{n}") for n in range(SETTINGS.form.hourly + 1)]
    assert [each.status_code for each in answers][-2:] == [200, 429]
    assert site.file(ort="Köln", was="no_service", address="203.0.113.9").status_code == 200


def test_a_report_that_was_stopped_can_be_sent_again_later(site: Site) -> None:
    for number in range(SETTINGS.form.hourly):
        site.file(ort="Köln", was="no_service", text=f"{number}")
    assert site.file(**ALTONA).status_code == 429
    site.now += timedelta(hours=1, minutes=1)
    assert site.file(**ALTONA).status_code == 200
    assert site.filed()[0].district == "Altona"


def test_another_site_cannot_file_in_a_visitors_name(site: Site) -> None:
    answer = site.client.post("/melden", data=ALTONA, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert site.filed() == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("x" * 30_000, "application/x-www-form-urlencoded"),
        ("a=1&" * 2_000, "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
        ("--x--", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_no_form_is_refused(site: Site, body: str, kind: str) -> None:
    assert site.client.post("/report", content=body, headers={"Content-Type": kind}).status_code == 400


def test_no_address_is_stored_anywhere(site: Site, tmp_path: Path) -> None:
    site.file(address="203.0.113.77", **ALTONA)
    site.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert len(list(tmp_path.glob("a.db*"))) >= 3
    assert not [path for path in tmp_path.iterdir() if b"203.0.113.77" in path.read_bytes()]


def test_tomorrow_the_salt_is_another_one(site: Site, tmp_path: Path) -> None:
    site.file(**ALTONA)
    salt = (tmp_path / "a.db.day").read_bytes()
    assert (tmp_path / "a.db.day").stat().st_mode & 0o777 == 0o600
    site.now = NOON.replace(day=3)
    site.file(**ALTONA)
    assert salt[10:] not in (tmp_path / "a.db.day").read_bytes()


def test_a_receipt_shows_the_report_and_deletes_it_with_all_that_hangs_on_it(site: Site) -> None:
    number = receipt_of(site.file(**ALTONA, text="<b>Mist</b>", path="/report"))
    assert number.encode() not in b"".join(path.read_bytes() for path in site.path.parent.iterdir())
    page = site.client.post("/beleg", data={"nummer": number.lower()}).text
    assert "22765, Hamburg, Altona" in page
    assert "&lt;b&gt;Mist" in page
    assert "gelöscht" in site.client.post("/beleg", data={"nummer": number, "loeschen": "ja"}).text
    assert site.client.post("/receipt", data={"nummer": number}).status_code == 404
    assert site.people() == 0


def test_nobody_may_try_receipts_all_day(site: Site) -> None:
    assert [site.client.post("/beleg", data={"nummer": "x"}).status_code for _ in range(31)][-2:] == [404, 429]


def test_an_address_is_kept_encrypted_and_counts_once_across_days_after_the_click(
    site_of: Callable[[Settings], Site], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FORM_MAIL", "mailplain://127.0.0.1:25?from=netz@carrier.example")
    form = SETTINGS.form.model_copy(update={"address": "https://netz.example", "mail_env": "FORM_MAIL"})
    site = site_of(SETTINGS.model_copy(update={"form": form}))
    sealer = Sealer(tmp_path / "a.db.contacts")
    for day in (2, 3):
        site.now = NOON.replace(day=day)
        site.file(**ALTONA, mail="kim@example.org", einwilligung="ja")
    assert site.people() == 2
    for each in site.filed():
        token = sealer.seal(each.id)
        assert "Ja, bestätigen" in site.client.get("/bestaetigen", params={"token": token}).text
        assert confirmed_contacts(site.db, sealer, city="Köln") == []
        assert "bestätigt" in site.client.post("/bestaetigen", data={"token": token}).text
    assert site.people() == 1
    assert [each.address for each in confirmed_contacts(site.db, sealer, city="Hamburg")] == ["kim@example.org"] * 2
    assert b"kim@example" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert site.client.post("/confirm", data={"token": "forged"}).status_code == 404


def test_without_mail_no_address_is_asked_for(site: Site) -> None:
    assert 'type="email"' not in site.client.get("/melden").text


def test_pages_set_no_cookie_and_name_no_other_host(site: Site) -> None:
    for path in (
        "/",
        "/en",
        "/melden",
        "/report",
        "/beleg",
        "/datenschutz",
        "/imprint",
        "/fault-report",
        "/netzbericht",
    ):
        answer = site.client.get(path)
        assert answer.status_code == 200, path
        assert "set-cookie" not in answer.headers
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text), path
        assert "style=" not in answer.text
        assert "<script>" not in answer.text


def test_without_a_place_to_write_to_no_form_is_offered(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    reader = lambda: closing(store.open_readonly(tmp_path / "a.db"))  # noqa: E731
    client = TestClient(make_app(SETTINGS, reader, lambda: NOON, GAZETTEER))
    assert "/melden" not in client.get("/").text
    assert client.get("/melden").status_code in (404, 422)

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.requests import Request

from bot import store
from bot.config.load import read_toml, shipped
from bot.digest.bulletin import bulletin_csv
from bot.escalate.bulletin import Bulletin, Colour
from bot.escalate.bulletin import Site as BulletinSite
from bot.store.bulletins import approve_bulletin, put_bulletin
from bot.web.public.cache import Cache
from bot.web.public.limits import Limits, Once
from tests.factories import NOON
from tests.web.public.test_form import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "a.db")
    site.complain(12)
    site.complain(3, city="Trier", district=None)
    site.complain(2, city="")
    site.now = NOON + timedelta(days=1)
    yield site
    site.db.close()


def test_places_with_enough_people_are_shown_and_others_hidden(site: Site) -> None:
    german, english = site.client.get("/").text, site.client.get("/en").text
    assert "haben 17 Menschen" in german
    assert "Trier" not in german
    assert "Dazu kommen 5 Menschen" in german
    assert "Altona: 12" in english


def test_days_on_which_nobody_listened_are_said_also_where_nothing_is_shown(tmp_path: Path) -> None:
    empty = Site(tmp_path / "b.db")
    page = empty.client.get("/").text
    empty.db.close()
    assert "weniger als 5 Menschen" in page
    assert "An 30 der 30 Tage hat niemand" in page


def test_open_data_are_the_same_figures(site: Site) -> None:
    data = json.loads(site.client.get("/open-data.json").text)
    rows = list(
        csv.DictReader(io.StringIO(site.client.get("/open-data.csv").text.removeprefix("\ufeff")), delimiter=";")
    )
    assert [(row["city"], int(row["people"])) for row in rows] == [(p["city"], p["people"]) for p in data["places"]]
    assert data["people"] == 17
    assert "author" not in json.dumps(data)


def test_a_page_is_made_once_and_not_sent_again_to_who_has_it(site: Site) -> None:
    first = site.client.get("/")
    assert "max-age" in first.headers["cache-control"]
    again = site.client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")


def test_everybody_waits_for_one_making_and_later_sees_the_old_page_meanwhile() -> None:
    made: list[int] = []

    def make() -> str:
        made.append(1)
        return f"page {len(made)}"

    async def visit() -> list[bytes]:
        cache = Cache(fresh_s=0)
        request = Request({"type": "http", "headers": []})
        first = await asyncio.gather(*(cache.answer(request, "x", "text/plain", make) for _ in range(50)))
        later = await cache.answer(request, "x", "text/plain", make)
        return [bytes(answer.body) for answer in (*first, later)]

    bodies = asyncio.run(visit())
    assert set(bodies) == {b"page 1"}
    assert len(made) <= 2


def test_limits_forget_after_their_time() -> None:
    limits = Limits(hourly=2, daily=3)
    times = [NOON, NOON, NOON, NOON + timedelta(hours=2), NOON + timedelta(hours=4), NOON + timedelta(days=2)]
    assert [limits.allows("a", time) for time in times] == [True, True, False, True, False, True]
    once = Once(most=2)
    assert [once.first(key) for key in "aabca"] == [True, False, True, True, True]


@pytest.mark.parametrize("room", ["public"])
def test_both_languages_have_the_same_words_with_the_same_blanks(room: str) -> None:
    from tests.digest.test_words import leaves

    german, english = (leaves(read_toml(shipped("texts", f"{room}.{lang}.toml"))) for lang in ("de", "en"))
    assert german.keys() == english.keys()


def test_only_an_approved_network_report_is_shown_and_its_archive_with_it(site: Site) -> None:
    first = date(2026, 2, 2)
    sites = (BulletinSite(Colour.RED, "Köln", "Deutz", None, first, date(2026, 5, 1)),)
    with store.transaction(site.db):
        for shift in (0, 14):
            days = (first + timedelta(days=shift), first + timedelta(days=shift + 13))
            put_bulletin(site.db, Bulletin(*days, sites, "o2", NOON))
        approve_bulletin(site.db, 1, actor="kim", now=NOON)
    page = site.client.get("/netzbericht").text
    assert "Köln, Deutz" in page
    assert "1. Mai 2026" in page
    assert "bis 15. Februar 2026" in page  # the second one waits for approval
    assert site.client.get("/netzbericht.csv").content == bulletin_csv(sites)  # as the command and the desk write it
    assert site.client.get("/network-report/1").status_code == 200
    assert site.client.get("/netzbericht/2").status_code == 404

"""Pages to read: the state of things, open data, the network report, and what the law asks for."""

import csv
import io
import json
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response
from markupsafe import Markup

from ...digest.bulletin import bulletin_csv
from ...escalate.bulletin import Bulletin
from ...jobs.privacy_pack import render_pack
from ...reports.state import PublicState, ShownPlace
from ...store.bulletins import bulletins
from ..base.room import words_of
from .site import ROOM, Site, add_page

HTML = "text/html; charset=utf-8"
BOM = "\ufeff"
BADGES = {"green": "good", "yellow": "warning", "red": "bad"}


def reading(site: Site) -> APIRouter:
    router = APIRouter()

    def add(name: str, template: str, **values: object) -> None:
        add_page(router, site, name, partial(_answer, name, template, values))

    add("state", "state.html")
    add("network_report", "network_report.html")
    for lang, paths in site.pages.items():
        router.add_api_route(
            paths["network_report"] + "/{number}", partial(_older, site, lang), methods=["GET", "HEAD"]
        )
    if all("fault" in paths for paths in site.pages.values()):
        add("fault", "fault.html")
    add("privacy", "paper.html", paper="notice")
    add("imprint", "paper.html", paper="imprint")

    @router.get("/open-data.json")
    async def as_json(request: Request) -> Response:
        return await site.cache.answer(request, "json", "application/json", lambda: state_json(site))

    @router.get("/open-data.csv")
    async def as_csv(request: Request) -> Response:
        return await site.cache.answer(request, "csv", "text/csv; charset=utf-8", lambda: state_csv(site.state()))

    @router.get("/netzbericht.csv")
    async def report_csv(request: Request) -> Response:
        return await site.cache.answer(request, "report csv", "text/csv; charset=utf-8", lambda: _report_csv(site))

    @router.get("/robots.txt")
    async def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /desk\nDisallow: /20\n")

    return router


async def _answer(
    name: str, template: str, values: dict[str, object], site: Site, lang: str, request: Request
) -> Response:
    return await site.cache.answer(request, f"{name} {lang}", HTML, _maker(site, name, template, lang, values))


def _maker(site: Site, name: str, template: str, lang: str, values: dict[str, object]) -> Callable[[], str]:
    def make() -> str:
        given = dict(values)
        if paper := given.get("paper"):
            given["content"] = Markup(_paper(site, f"{paper}.{lang}.html"))  # noqa: S704 -- rendered by Jinja2 with escaping
        if name == "state":
            given |= {"state": site.state(), "bars": day_bars(site.state())}
        if name == "network_report" and not given:
            given = _reports(site)
        return ROOM.render(
            template,
            lang,
            site.shell(name, lang, banner=site.banner(lang)),
            settings=site.settings,
            pages=site.pages[lang],
            form=site.writer is not None,
            **given,
        )

    return make


async def _older(site: Site, lang: str, request: Request, number: int) -> Response:
    found = await run_in_threadpool(_reports, site, number)
    if found["bulletin"] is None:
        raise HTTPException(404, "No such report")
    make = _maker(site, "network_report", "network_report.html", lang, found)
    return await site.cache.answer(request, f"network_report {lang} {number}", HTML, make)


def _reports(site: Site, number: int | None = None) -> dict[str, object]:
    """The approved reports, and the one that is asked for: the newest by default."""
    with site.reader() as db:
        archive = bulletins(db, public=True)
    asked = (each for each in archive if number in (None, each.number))
    return {"archive": archive, "bulletin": next(asked, None), "badges": BADGES}


def _report_csv(site: Site) -> str:
    """The newest report; only its heading where there is none."""
    bulletin = _reports(site)["bulletin"]
    return bulletin_csv(bulletin.sites if isinstance(bulletin, Bulletin) else ()).decode()


def _paper(site: Site, name: str) -> str:
    """What stands between <main> and </main> of a paper of the privacy pack."""
    paper = render_pack(site.settings, site.today())[name]
    return paper.partition("<main>")[2].partition("</main>")[0]


def day_bars(state: PublicState) -> list[dict[str, object]]:
    """Heights for the drawing of days, 0 to 100."""
    most = max((day.people or 0 for day in state.days), default=0) or 1
    return [
        {"day": day.day, "people": day.people, "height": round(100 * (day.people or 0) / most, 1), "heard": day.heard}
        for day in state.days
    ]


def state_json(site: Site) -> str:
    state = site.state()
    return json.dumps(
        {
            "carrier": site.settings.carrier.name,
            "about": {lang: words_of(lang, "public").say("data.about", k=state.k) for lang in site.pages},
            "made_up": {lang: notice for lang in site.pages if (notice := site.banner(lang))} or None,
            "licence": "CC0-1.0",
            "since": state.since.isoformat(),
            "until": state.until.isoformat(),
            "k": state.k,
            "people": state.people,
            "filed": state.filed,
            "elsewhere": state.elsewhere if state.people is not None else None,
            "symptoms": dict(state.mix),
            "days": [
                {"day": day.day.isoformat(), "people": day.people, "heard": day.heard.name.lower()}
                for day in state.days
            ],
            "places": [_row(place) for place in _all(state)],
        },
        ensure_ascii=False,
        indent=1,
    )


def state_csv(state: PublicState) -> str:
    """One line a place; opens in Excel."""
    out = io.StringIO()
    writer = csv.DictWriter(
        out, ("since", "until", "city", "district", "state", "people", "per_100k", "main"), delimiter=";"
    )
    writer.writeheader()
    for place in _all(state):
        writer.writerow({"since": state.since, "until": state.until, **_row(place)})
    return BOM + out.getvalue()


def _all(state: PublicState) -> list[ShownPlace]:
    return [each for place in state.places for each in (place, *place.districts)]


def _row(place: ShownPlace) -> dict[str, object]:
    rate = place.per_100k
    return {
        "city": place.city,
        "district": place.district,
        "state": place.state,
        "people": place.people,
        "per_100k": None if rate is None else round(rate, 2),
        "main": place.main,
    }

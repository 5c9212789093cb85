"""The report form: shown, suggested to, taken in."""

import secrets
from dataclasses import asdict
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from ...errors import StoreError
from ...jobs.filing import take_in
from ...reply.link import Prefilled, read_link
from ...reports.form import (
    HONEYPOT,
    SHORT_MAX,
    SYMPTOMS,
    TECHNOLOGIES,
    WORDS_MAX,
    DayPart,
    Fields,
    Filing,
    Mistakes,
    Often,
    Setting,
    Since,
    read_form,
    why_wait,
)
from ...reports.receipt import content_key
from ...reports.work import make_task, solved
from .site import ROOM, Site, add_page

BODY_MAX = 20_000  # bytes; the form at its fullest has half of it
NO_STORE = {"Cache-Control": "no-store"}
CHOICES = {
    "was": SYMPTOMS,
    "wo": tuple(Setting),
    "seit": tuple(Since),
    "oft": tuple(Often),
    "wann": tuple(DayPart),
    "technik": TECHNOLOGIES,
}


def taking_in(site: Site) -> APIRouter:
    router = APIRouter()
    add_page(router, site, "form", _shown, _sent)

    @router.get("/orte")
    async def suggestions(q: str = Query(max_length=SHORT_MAX)) -> Response:
        """Places that begin so, for the form's script."""
        found = [spot.label for spot in site.places.suggest(q)]
        return JSONResponse(found, headers={"Cache-Control": "public, max-age=86400"})

    @router.get("/aufgabe")
    async def task() -> Response:
        """Work for a browser that is about to send a report."""
        most = site.settings.form.work
        number = secrets.randbelow(most + 1)
        made = make_task(secrets.token_hex(8), number, most, site.sign("work"), now=site.clock())
        return JSONResponse(asdict(made), headers=NO_STORE)

    return router


async def _shown(site: Site, lang: str, request: Request) -> Response:
    prefilled = read_link(request.query_params, site.sign("form"), today=site.today()) if request.query_params else None
    if request.method == "GET":
        site.opened.add("opened by link" if prefilled else "opened")
        if site.opened.due():
            await run_in_threadpool(site.write_opened)
    if prefilled is None:
        return await site.cache.answer(
            request, f"form {lang}", "text/html; charset=utf-8", lambda: _render(site, lang, {}, None)
        )
    page = await run_in_threadpool(_render, site, lang, _fields_of(prefilled), None, link=_link(request))
    return Response(page, media_type="text/html; charset=utf-8", headers=NO_STORE)


async def _sent(site: Site, lang: str, request: Request) -> Response:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return _refused(site, lang, "foreign", 403)
    fields = await read_body(request)
    if fields is None:
        return _refused(site, lang, "body", 400)
    return await run_in_threadpool(_take, site, lang, request, fields)


def _take(site: Site, lang: str, request: Request, fields: Fields) -> Response:
    now = site.clock()
    found = read_form(fields, site.places, lang, contact=site.sealer is not None)
    link = (fields.get("link") or [""])[0]
    if isinstance(found, Mistakes):
        if chosen := site.places.chosen((fields.get("gemeint") or [""])[0][:SHORT_MAX]):  # not to be asked again
            fields = {**fields, "ort": [chosen[0].label]}
        page = _render(site, lang, fields, found, link=link)
        return Response(page, 422, media_type="text/html; charset=utf-8", headers=NO_STORE)
    key = ""
    try:
        key = content_key(site.salt(), site.address(request), found)
        if not site.sent.first(key):
            return _refused(site, lang, "again", 200)
        if site.filings.allows(site.visitor(request), now):
            return _thanks(site, lang, request, found, fields, link, key)
        why, status = "often", 429
    except StoreError:
        why, status = "store", 503
    site.sent.forget(key)  # nothing was stored: the same report may come again
    return _refused(site, lang, why, status)


def _thanks(site: Site, lang: str, request: Request, filing: Filing, fields: Fields, link: str, key: str) -> Response:
    assert site.writer
    now = site.clock()
    salt = solved((fields.get("arbeit") or [""])[0], site.sign("work"), now=now)
    worked = site.settings.form.work == 0 or (salt is not None and site.tasks.first(salt))
    params = {name: values[0] for name, values in parse_qs(link[:2000]).items()}
    prefilled = read_link(params, site.sign("form"), today=site.today()) if link else None
    site.write_opened()
    filed = take_in(
        site.writer,
        filing,
        site.settings,
        salt=site.salt(),
        address=site.address(request),
        reason=why_wait(filing, worked=worked),
        draft=prefilled.draft if prefilled else None,
        sealer=site.sealer,
        now=now,
    )
    site.sent.became(key, filed.receipt)
    return ROOM.page(
        "thanks.html", lang, site.shell("form", lang), headers=NO_STORE, filed=filed, filing=filing, pages=site.pages[lang],
        settings=site.settings,
    )  # fmt: skip


def _render(site: Site, lang: str, fields: Fields, wrong: Mistakes | None, *, link: str = "") -> str:
    return ROOM.render(
        "form.html",
        lang,
        site.shell("form", lang, banner=site.banner(lang)),
        fields=fields,
        wrong=wrong.fields if wrong else {},
        spots=wrong.spots if wrong else (),
        link=link,
        choices=CHOICES,
        honeypot=HONEYPOT,
        words_max=WORDS_MAX,
        short_max=SHORT_MAX,
        cities=site.places.largest(120),
        contact=site.sealer is not None,
        settings=site.settings,
        pages=site.pages[lang],
    )


def _fields_of(prefilled: Prefilled) -> Fields:
    place = f"{prefilled.postcode} {prefilled.city}".strip() if prefilled.postcode else prefilled.city
    return {"was": list(prefilled.symptoms), "ort": [place], "teil": [prefilled.district]}


def _link(request: Request) -> str:
    return urlencode(list(request.query_params.items()))[:2000]


def _refused(site: Site, lang: str, why: str, status: int) -> Response:
    shell = site.shell("form", lang)
    return ROOM.page("refused.html", lang, shell, status=status, headers=NO_STORE, why=why, pages=site.pages[lang])


async def read_body(request: Request) -> Fields | None:
    """The fields of a form; None: too long, or none. Read by hand: what is longer is not even taken in."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            return None
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=100)
    except ValueError:
        return None

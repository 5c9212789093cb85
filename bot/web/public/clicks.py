"""Where mails of ours lead: "Is this your address?" and "Is it better now?". One question, one click."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ... import store
from ...errors import StoreError
from ...jobs.followup import token_of
from ...store import contacts
from ...store.better import answer
from .filing import NO_STORE, read_body
from .site import ROOM, Site, add_page


def clicks(site: Site) -> APIRouter:
    router = APIRouter()
    add_page(router, site, "confirm", _asked_to_confirm, _confirmed)
    add_page(router, site, "better", _asked_for_better, _answered)
    return router


def _page(site: Site, lang: str, name: str, state: str, token: str = "", status: int = 200) -> Response:
    path, shell = site.pages[lang][name], site.shell(name, lang, twins=())
    return ROOM.page(f"{name}.html", lang, shell, status=status, headers=NO_STORE, state=state, token=token, path=path)


# Buttons, no more: programs that look into mails follow links, but press nothing.


async def _asked_to_confirm(site: Site, lang: str, token: str = "") -> Response:
    return _page(site, lang, "confirm", "ask", token[:500])


async def _asked_for_better(site: Site, lang: str, token: str = "") -> Response:
    return _page(site, lang, "better", "ask", token[:500])


def _confirm(site: Site, token: str, withdraw: bool) -> bool:
    assert site.writer
    report = site.sealer.open(token, contacts.CLICK_WITHIN) if site.sealer else None
    if report is None or site.sealer is None:
        return False
    with store.transaction(site.writer):
        if withdraw:
            contacts.forget_contact(site.writer, report)
            return True
        return contacts.confirm_contact(site.writer, report, site.sealer, now=site.clock())


async def _confirmed(site: Site, lang: str, request: Request) -> Response:
    fields = await read_body(request) or {}
    token, withdraw = (fields.get("token") or [""])[0][:500], bool(fields.get("nein"))
    try:
        done = await run_in_threadpool(_confirm, site, token, withdraw)
    except StoreError:
        return _page(site, lang, "confirm", "store", status=503)
    if not done:
        return _page(site, lang, "confirm", "over", status=404)
    return _page(site, lang, "confirm", "withdrawn" if withdraw else "done")


def _keep(site: Site, sealed: str, better: bool) -> bool:
    token = token_of(site.sealer, sealed) if site.sealer and site.writer else None
    if token is None or site.writer is None:
        return False
    with store.transaction(site.writer):
        return answer(site.writer, token, better, now=site.clock())


async def _answered(site: Site, lang: str, request: Request) -> Response:
    fields = await read_body(request) or {}
    sealed, said = (fields.get("token") or [""])[0][:500], (fields.get("besser") or [""])[0]
    if said not in ("ja", "nein"):
        return _page(site, lang, "better", "ask", sealed, 400)
    try:
        done = await run_in_threadpool(_keep, site, sealed, said == "ja")
    except StoreError:
        return _page(site, lang, "better", "store", status=503)
    return _page(site, lang, "better", said if done else "over", status=200 if done else 404)

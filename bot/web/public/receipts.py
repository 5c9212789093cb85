"""What became of my report? Looked up and deleted by its number, without an account."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from ... import store
from ...errors import StoreError
from ...reports.receipt import normal_receipt
from ...store import reports
from .filing import NO_STORE, read_body
from .site import ROOM, Site, add_page


def receipts(site: Site) -> APIRouter:
    router = APIRouter()
    add_page(router, site, "receipt", _asked, _looked_up)
    return router


def _page(site: Site, lang: str, state: str, status: int = 200, **values: object) -> Response:
    usual: dict[str, object] = {"number": "", "filed": None}
    shell = site.shell("receipt", lang)
    return ROOM.page(
        "receipt.html", lang, shell, status=status, headers=NO_STORE, state=state, path=site.pages[lang]["receipt"],
        **(usual | values),
    )  # fmt: skip


async def _asked(site: Site, lang: str) -> Response:
    return _page(site, lang, "ask")


def _look(site: Site, lang: str, request: Request, written: str, delete: bool) -> Response:
    assert site.writer
    number = normal_receipt(written)
    try:
        if not site.lookups.allows(site.visitor(request), site.clock()):
            return _page(site, lang, "often", 429)
        with site.reader() as db:
            filed = reports.by_receipt(db, number) if number else None
        if filed is None:
            return _page(site, lang, "unknown", 404, number=written[:60])
        if not delete:
            return _page(site, lang, "found", number=number, filed=filed)
        with store.transaction(site.writer):
            reports.delete_filing(site.writer, filed.id)
            store.note(site.writer, "report deleted", actor="its filer", now=site.clock())
        site.sent.undo(number)
        return _page(site, lang, "deleted")
    except StoreError:
        return _page(site, lang, "store", 503)


async def _looked_up(site: Site, lang: str, request: Request) -> Response:
    fields = await read_body(request)
    if fields is None:
        return _page(site, lang, "unknown", 400)
    written = (fields.get("nummer") or [""])[0]
    return await run_in_threadpool(_look, site, lang, request, written, bool(fields.get("loeschen")))

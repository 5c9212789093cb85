"""What became of my report? Looked up and deleted by its number, without an account; and the click that confirms an address."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from ... import store
from ...errors import StoreError
from ...reports.receipt import normal_receipt
from ...store import contacts, reports
from .filing import NO_STORE, read_body
from .site import LANGUAGES, PAGES, ROOM, Site


def receipts(site: Site) -> APIRouter:
    router = APIRouter()
    for number, lang in enumerate(LANGUAGES):
        router.add_api_route(PAGES["receipt"][number], _asked(site, lang), methods=["GET", "HEAD"])
        router.add_api_route(PAGES["receipt"][number], _looked_up(site, lang), methods=["POST"])
        router.add_api_route(PAGES["confirm"][number], _clicked(site, lang), methods=["GET", "HEAD"])
        router.add_api_route(PAGES["confirm"][number], _confirmed(site, lang), methods=["POST"])
    return router


def _page(site: Site, lang: str, state: str, status: int = 200, **values: object) -> Response:
    usual: dict[str, object] = {"number": "", "filed": None}
    shell = site.shell("receipt", lang)
    return ROOM.page(
        "receipt.html", lang, shell, status=status, headers=NO_STORE, state=state, path=PAGES["receipt"][LANGUAGES.index(lang)],
        **(usual | values),
    )  # fmt: skip


def _asked(site: Site, lang: str):  # type: ignore[no-untyped-def]  # FastAPI reads the inner one
    async def ask() -> Response:
        return _page(site, lang, "ask")

    return ask


def _looked_up(site: Site, lang: str):  # type: ignore[no-untyped-def]  # FastAPI reads the inner one
    def look(request: Request, written: str, delete: bool) -> Response:
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

    async def receive(request: Request) -> Response:
        fields = await read_body(request)
        if fields is None:
            return _page(site, lang, "unknown", 400)
        written = (fields.get("nummer") or [""])[0]
        return await run_in_threadpool(look, request, written, bool(fields.get("loeschen")))

    return receive


def _confirm_page(site: Site, lang: str, state: str, token: str = "", status: int = 200) -> Response:
    path = PAGES["confirm"][LANGUAGES.index(lang)]
    shell = site.shell("confirm", lang, twins=())
    return ROOM.page("confirm.html", lang, shell, status=status, headers=NO_STORE, state=state, token=token, path=path)


def _clicked(site: Site, lang: str):  # type: ignore[no-untyped-def]  # FastAPI reads the inner one
    async def click(token: str = "") -> Response:
        """A page with a button: programs that look into mails follow links, but press nothing."""
        return _confirm_page(site, lang, "ask", token[:500])

    return click


def _confirmed(site: Site, lang: str):  # type: ignore[no-untyped-def]  # FastAPI reads the inner one
    def confirm(token: str, withdraw: bool) -> bool:
        assert site.writer
        report = site.sealer.open(token, contacts.CLICK_WITHIN) if site.sealer else None
        if report is None or site.sealer is None:
            return False
        with store.transaction(site.writer):
            if withdraw:
                contacts.forget_contact(site.writer, report)
                return True
            return contacts.confirm_contact(site.writer, report, site.sealer, now=site.clock())

    async def receive(request: Request) -> Response:
        fields = await read_body(request) or {}
        token, withdraw = (fields.get("token") or [""])[0][:500], bool(fields.get("nein"))
        try:
            done = await run_in_threadpool(confirm, token, withdraw)
        except StoreError:
            return _confirm_page(site, lang, "store", status=503)
        if not done:
            return _confirm_page(site, lang, "over", status=404)
        return _confirm_page(site, lang, "withdrawn" if withdraw else "done")

    return receive

""" "Is it better now?" The page that the mail leads to: one question, one click."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ... import store
from ...errors import StoreError
from ...jobs.followup import token_of
from ...store.better import answer
from .filing import NO_STORE, read_body
from .site import LANGUAGES, PAGES, ROOM, Site


def better(site: Site) -> APIRouter:
    router = APIRouter()
    for number, lang in enumerate(LANGUAGES):
        router.add_api_route(PAGES["better"][number], _asked(site, lang), methods=["GET", "HEAD"])
        router.add_api_route(PAGES["better"][number], _answered(site, lang), methods=["POST"])
    return router


def _page(site: Site, lang: str, state: str, token: str = "", status: int = 200) -> Response:
    path, shell = PAGES["better"][LANGUAGES.index(lang)], site.shell("better", lang, twins=())
    return ROOM.page("better.html", lang, shell, status=status, headers=NO_STORE, state=state, token=token, path=path)


def _asked(site: Site, lang: str):  # type: ignore[no-untyped-def]  # FastAPI reads the inner one
    async def ask(token: str = "") -> Response:
        """Buttons: programs that look into mails follow links, but press nothing."""
        return _page(site, lang, "ask", token[:500])

    return ask


def _answered(site: Site, lang: str):  # type: ignore[no-untyped-def]  # FastAPI reads the inner one
    def keep(sealed: str, better: bool) -> bool:
        token = token_of(site.sealer, sealed) if site.sealer and site.writer else None
        if token is None or site.writer is None:
            return False
        with store.transaction(site.writer):
            return answer(site.writer, token, better, now=site.clock())

    async def receive(request: Request) -> Response:
        fields = await read_body(request) or {}
        sealed, said = (fields.get("token") or [""])[0][:500], (fields.get("besser") or [""])[0]
        if said not in ("ja", "nein"):
            return _page(site, lang, "ask", sealed, 400)
        try:
            done = await run_in_threadpool(keep, sealed, said == "ja")
        except StoreError:
            return _page(site, lang, "store", status=503)
        return _page(site, lang, said if done else "over", status=200 if done else 404)

    return receive

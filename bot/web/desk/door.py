"""The one way in: every request of the desk passes here, and no page is reached without its right."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.background import BackgroundTasks
from starlette.concurrency import run_in_threadpool

from ... import store
from ...errors import BotError, InputError
from ...store import users
from ..auth import COOKIE, is_form_token, stored_key
from ..base.visitor import address_of, is_outside, language_of
from .ahead import make_ahead, next_up
from .call import HOME, Call, Fields
from .desk import Desk
from .guest import Guest, local, plain_page
from .kept import StillCounting
from .routes import GUESTS, TABLE, Route
from .today import steps_for as todo_steps

log = logging.getLogger("brennpunkt")

MAX_FORM = 64 * 1024  # bytes
MAX_FIELDS = 300
LANGUAGES = ("de", "en")


def add_desk(app: FastAPI, desk: Desk) -> None:
    """Every route of the table, and no other."""
    for route in (*GUESTS, *TABLE):
        app.add_api_route(
            HOME + route.path,
            _answerer(desk, route),
            methods=[route.method],
            include_in_schema=False,
            response_model=None,
        )


def _answerer(desk: Desk, route: Route) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        try:
            form = await _form(request) if route.method == "POST" else {}
        except InputError as error:
            return plain_page(desk, _language(request, desk), 413, str(error))
        asked = Asked.of(request, desk, form)
        response = await run_in_threadpool(_serve, desk, route, asked)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as plain values."""

    path: str
    query: Fields
    form: Fields
    number: int
    key: str  # what the browser holds; "": nothing
    address: str
    outside: bool  # a proxy passed it on
    strange: bool  # another site had the browser send it
    lang: str
    part: bool  # a script asks for the changed part only
    back: str  # the page of ours it was sent from

    @classmethod
    def of(cls, request: Request, desk: Desk, form: Fields) -> "Asked":
        trusted = desk.settings.web.trusted_proxies
        number = request.path_params.get("number", "0")
        return cls(
            path=request.url.path,
            query=parse_qs(request.url.query[:4000], keep_blank_values=True, max_num_fields=100),
            form=form,
            number=int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0,
            key=request.cookies.get(COOKIE, "")[:100],
            address=address_of(request.scope, trusted),
            outside=is_outside(request.scope, trusted),
            strange=_strange(request.headers),
            lang=_language(request, desk),
            part="x-part" in request.headers,
            back=local(urlsplit(request.headers.get("referer", "")).path),
        )


def _serve(desk: Desk, route: Route, asked: Asked) -> Response:
    """Let in, or say why not. A BotError is a line on a page; a bug keeps its traceback."""
    if asked.outside and not desk.settings.desk.behind_proxy:
        return plain_page(desk, asked.lang, 404, "outside")
    if route.method == "POST" and asked.strange:
        return plain_page(desk, asked.lang, 403, "strange")
    now = desk.clock()
    try:
        if route.right is None:
            guest = Guest(desk, asked.lang, now, asked.address, asked.outside, asked.key, asked.query, asked.form)
            return route.answer(guest)
        with desk.reader() as db:
            return _let_in(desk, route, asked, db, now)
    except BotError as error:
        return plain_page(desk, asked.lang, 503, str(error))


def _let_in(desk: Desk, route: Route, asked: Asked, db: store.Database, now: datetime) -> Response:
    wanted, key = desk.settings.desk, stored_key(asked.key)
    visit = users.find_visit(db, key, now=now, idle=wanted.idle, length=wanted.session) if asked.key else None
    if visit is None:
        wish = f"?next={quote(asked.path)}" if route.method == "GET" and asked.path != HOME else ""
        return _elsewhere(f"{HOME}/login{wish}", asked.part)
    call = Call(
        desk=desk,
        user=visit.user,
        key=asked.key,
        now=now,
        db=db,
        lang=asked.lang if asked.query.get("lang") else visit.user.lang or asked.lang,
        path=asked.path,
        query=asked.query,
        form=asked.form,
        number=asked.number,
        part=asked.part,
    )
    if route.right and not call.may(route.right):
        return call.page("refused.html", status=403)
    if route.method == "POST" and not is_form_token(asked.key, call.get("token")):
        return call.page("stale.html", status=403)
    response = _answer(route, call, asked)
    stale = users.is_stale(visit, now=now)
    if not isinstance(response, StreamingResponse):
        response.background = later = BackgroundTasks()  # a page does not wait until what is collected is stored
        if stale:
            later.add_task(_touch, desk, key, now)
        if day := next_up(call):
            later.add_task(make_ahead, desk, day)
    elif stale:  # it may not end for hours
        _touch(desk, key, now)
    return response


def _touch(desk: Desk, key: str, now: datetime) -> None:
    """Note that somebody is still here; where that is not possible now, the next page does it."""
    try:
        with desk.writer() as writer, store.transaction(writer):
            users.touch_visit(writer, key, now=now, length=desk.settings.desk.session)
    except BotError as error:
        log.warning("desk: %s", error)


def _answer(route: Route, call: Call, asked: Asked) -> Response:
    try:
        return route.answer(call)
    except StillCounting:
        return call.page("counting.html", steps=todo_steps(call))
    except InputError as error:
        if call.part:
            return JSONResponse({"wrong": str(error)}, 409)
        return call.page("wrong.html", status=409, reason=str(error), back=asked.back)


def _elsewhere(address: str, part: bool) -> Response:
    """A script is told by the status: it has no use for the page."""
    return Response(status_code=401) if part else Response(status_code=303, headers={"Location": address})


async def _form(request: Request) -> Fields:
    """Bounded, and nothing but fields: the desk takes no files. Raises InputError."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise InputError("large")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise InputError("large") from None


def _strange(headers: Mapping[str, str]) -> bool:
    """Browsers say which site had them send a form; what is no browser holds no cookie of somebody else's."""
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def _language(request: Request, desk: Desk) -> str:
    return language_of(request, LANGUAGES, desk.settings.digest.languages[0])

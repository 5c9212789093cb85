"""Pages for those who are not signed in: the login, and why there is no page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Response
from fastapi.responses import HTMLResponse

from ... import store
from ...store import users
from ..auth import COOKIE, fits, new_key, stored_key
from ..base.room import Link, Shell
from .call import HOME, PRIVATE, ROOM, Fields
from .desk import Desk

LANGUAGES = {"de": "Deutsch", "en": "English"}


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at the door."""

    desk: Desk
    lang: str
    now: datetime
    address: str
    outside: bool
    key: str
    query: Fields
    form: Fields

    def get(self, name: str) -> str:
        return (self.form.get(name) or self.query.get(name) or [""])[-1]


def show_login(guest: Guest) -> Response:
    return _login_page(guest)


def log_in(guest: Guest) -> Response:
    """One answer for a wrong name and a wrong password, after the same time."""
    desk, now = guest.desk, guest.now
    name, password = guest.get("name").strip().casefold()[:100], guest.get("password")
    wait = desk.guesses.wait(name, guest.address, now=now)
    if wait.total_seconds() > 0:
        return _login_page(guest, "wait", int(wait.total_seconds()) + 1, status=429)
    with desk.reader() as db:
        right = fits(users.password_of(db, name), password)
    if not right:
        desk.guesses.wrong(name, guest.address, now=now)
        return _login_page(guest, "wrong", status=403)
    desk.guesses.right(name, guest.address)
    key = new_key()
    with desk.writer() as db, store.transaction(db):
        if guest.key:
            users.close_visit(db, stored_key(guest.key))
        users.open_visit(db, stored_key(key), name, now=now)
        store.note(db, "sign in", actor=name, now=now)
    response = Response(status_code=303, headers=PRIVATE | {"Location": local(guest.get("next"))})
    response.set_cookie(COOKIE, key, path=HOME, httponly=True, samesite="lax", secure=guest.outside)
    return response


def local(wish: str) -> str:
    """Only pages of the desk: nobody is led elsewhere by a link to our login."""
    inside = wish == HOME or wish.startswith((f"{HOME}/", f"{HOME}?"))
    return wish if inside and wish.isascii() and wish.isprintable() and "\\" not in wish and len(wish) < 2000 else HOME


def plain_page(desk: Desk, lang: str, status: int, reason: str, headers: Mapping[str, str] = PRIVATE) -> HTMLResponse:
    """Why there is no page. `reason`: a key of desk.stop, or a sentence of its own."""
    return ROOM.page("stop.html", lang, _shell(desk, lang, ""), status=status, headers=headers, reason=reason)


def _login_page(guest: Guest, problem: str = "", seconds: int = 0, status: int = 200) -> HTMLResponse:
    with guest.desk.reader() as db:
        nobody = not users.users(db)
    return ROOM.page(
        "login.html",
        guest.lang,
        _shell(guest.desk, guest.lang, "/login"),
        status=status,
        headers=PRIVATE,
        problem=problem,
        seconds=seconds,
        nobody=nobody,
        name=guest.get("name")[:100],
        next=local(guest.get("next")),
    )


def _shell(desk: Desk, lang: str, path: str) -> Shell:
    others = [(code, name) for code, name in LANGUAGES.items() if code != lang]
    twins = tuple(Link(name, f"{HOME}{path}?lang={code}", lang=code) for code, name in others if path)
    return Shell(brand=f"Brennpunkt · {desk.settings.carrier.name}", home=HOME, twins=twins)

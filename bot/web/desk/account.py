"""One's own account: language, time zone, password, the way out."""

from zoneinfo import ZoneInfo, available_timezones

from fastapi import Response

from ...store import users
from ..auth import COOKIE, fits, hash_password, stored_key, weakness
from .call import HOME, PRIVATE, Call

NEAR = ("Europe/", "Atlantic/", "Africa/", "America/", "Asia/", "Australia/", "Pacific/", "UTC")


def show(call: Call) -> Response:
    return _page(call)


def change(call: Call) -> Response:
    lang, zone = call.get("lang") or None, call.get("zone") or None
    if lang:
        call.require(lang, ("de", "en"), "lang")
    if zone:
        call.require(zone, zones(), "zone")
    with call.write() as db:
        users.set_taste(db, call.user.name, lang=lang, zone=zone)
    return call.back("/account", "kept")


def change_password(call: Call) -> Response:
    """The old one is asked for: somebody may have left the desk open."""
    name, new = call.user.name, call.get("new")
    wait = call.desk.guesses.wait(name, "account", now=call.now).total_seconds()
    if wait > 0 or not fits(users.password_of(call.db, name), call.get("old")):
        call.desk.guesses.wrong(name, "account", now=call.now)
        return _page(call, "wrong", 409)
    if new != call.get("again"):
        return _page(call, "differ", 409)
    if weak := weakness(name, new):
        return _page(call, weak, 409)
    hashed = hash_password(new)
    with call.write("user password", detail=name) as db:
        users.set_password(db, name, hashed)
        users.open_visit(db, stored_key(call.key), name, now=call.now)  # out everywhere else
    return call.back("/account", "password")


def log_out(call: Call) -> Response:
    with call.write("sign out") as db:
        users.close_visit(db, stored_key(call.key))
    response = Response(status_code=303, headers=PRIVATE | {"Location": f"{HOME}/login", "Clear-Site-Data": '"cache"'})
    response.delete_cookie(COOKIE, path=HOME)
    return response


def zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if zone.startswith(NEAR))


def _page(call: Call, problem: str = "", status: int = 200) -> Response:
    zone = str(ZoneInfo(call.desk.settings.carrier.time_zone))
    return call.page("account.html", status=status, problem=problem, zones=zones(), carriers_zone=zone)

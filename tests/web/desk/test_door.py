"""Nobody comes in who may not, and nothing is changed that somebody else had a browser send."""

from datetime import timedelta
from urllib.request import Request, urlopen

import pytest
from starlette.routing import Route

from bot import store
from bot.config.settings import WebSettings
from bot.store import users
from bot.web.auth import COOKIE, FREE
from bot.web.serving import Pages

from .world import PASSWORD, ROLES, World, send, token

# Who may what: written down once more, so that a right given by mistake shows. v viewer, p planner, m manager, a admin.
TABLE = """
GET  /desk                        vpma
GET  /desk/live                   vpma
GET  /desk/posts                  m
GET  /desk/posts/{number}         m
POST /desk/posts/{number}/label   m
POST /desk/posts/{number}/unlabel m
GET  /desk/review                 m
GET  /desk/replies                m
POST /desk/replies/length         m
POST /desk/replies/batch          m
POST /desk/replies/stop           pm
POST /desk/replies/resume         m
POST /desk/replies/{number}       m
GET  /desk/answers                m
POST /desk/answers/{number}       m
GET  /desk/map                    vpma
GET  /desk/place                  vpma
GET  /desk/cases                  pm
GET  /desk/cases/{number}         pm
POST /desk/cases/{number}         pm
POST /desk/cases/{number}/merge   m
POST /desk/cases/{number}/split   m
GET  /desk/netzbericht            pm
GET  /desk/netzbericht/{number}   pm
POST /desk/netzbericht            m
GET  /desk/reports                m
POST /desk/reports                m
GET  /desk/alerts                 vpma
POST /desk/alerts/{number}        pm
GET  /desk/storm                  vpma
GET  /desk/shift                  pm
POST /desk/shift                  pm
GET  /desk/sources                ma
GET  /desk/rules                  m
GET  /desk/audit                  ma
GET  /desk/settings               a
GET  /desk/users                  a
POST /desk/users                  a
GET  /desk/account                vpma
POST /desk/account                vpma
POST /desk/account/password       vpma
POST /desk/logout                 vpma
GET  /desk/login                  guest
POST /desk/login                  guest
"""
RULES = {(method, path): who for method, path, who in (line.split() for line in TABLE.split("\n") if line)}


def routes(desk: World) -> set[tuple[str, str]]:
    found = (route for route in desk.app.routes if isinstance(route, Route) and route.path.startswith("/desk"))
    return {(method, route.path) for route in found for method in route.methods or () if method != "HEAD"}


def test_every_route_of_the_desk_is_in_the_table(desk: World) -> None:
    assert routes(desk) == set(RULES)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_and_does_what_the_table_says_and_nothing_else(desk: World, role: str) -> None:
    desk.add_draft()
    client = desk.enter(role)
    sent = token(client)
    for (method, path), who in RULES.items():
        if who == "guest" or path in ("/desk/live", "/desk/logout"):
            continue
        address = path.replace("{number}", "1")
        answer = client.request(method, address, data={"token": sent} if method == "POST" else None)
        assert (answer.status_code != 403) == (role[0] in who), (method, path, answer.status_code)
        assert answer.status_code < 500, (method, path)


def test_without_a_visit_every_page_leads_to_the_login(desk: World) -> None:
    client = desk.browser()
    for (method, path), who in RULES.items():
        if who != "guest":
            answer = client.request(method, path.replace("{number}", "1"))
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/desk/login")


def test_the_login_leads_back_to_the_page_that_was_wanted_but_never_elsewhere(desk: World) -> None:
    client = desk.browser()
    assert client.get("/desk/posts").headers["location"] == "/desk/login?next=/desk/posts"
    for wish, goes in [
        ("/desk/posts", "/desk/posts"),
        ("//evil.example", "/desk"),
        ("https://evil.example", "/desk"),
        ("/desk\\..\\", "/desk"),
        ("/deskevil", "/desk"),
    ]:
        answer = client.post("/desk/login", data={"name": "manager", "password": PASSWORD, "next": wish})
        assert answer.headers["location"] == goes


def test_a_wrong_name_and_a_wrong_password_give_one_answer_and_then_a_wait(desk: World) -> None:
    client = desk.browser()
    answers = [
        client.post("/desk/login", data={"name": name, "password": "wrong"})
        for name in ("manager", "nobody") * FREE["both"]
    ]
    assert {answer.status_code for answer in answers} == {403}
    waiting = client.post("/desk/login", data={"name": "manager", "password": PASSWORD})
    assert (waiting.status_code, COOKIE in waiting.cookies) == (429, False)
    desk.now += timedelta(seconds=16)
    assert client.post("/desk/login", data={"name": "manager", "password": PASSWORD}).status_code == 303


def test_the_cookie_is_for_the_desk_only_and_out_of_reach_of_scripts(desk: World) -> None:
    answer = desk.browser().post("/desk/login", data={"name": "manager", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=lax", "path=/desk"):
        assert part in cookie
    client = desk.enter("manager")
    for answer in (client.get("/desk"), client.get("/desk/posts")):
        assert answer.headers["cache-control"] == "no-store"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_form_without_the_visits_token_changes_nothing(desk: World) -> None:
    reply = desk.add_draft()
    manager, other = desk.enter("manager"), desk.enter("lee")
    for given in ("", "wrong", token(other)):
        answer = manager.post(f"/desk/replies/{reply}", data={"action": "approve", "token": given})
        assert answer.status_code == 403
    assert desk.state_of(reply) == ("draft", None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_that_another_site_sends_is_refused_even_at_the_login(desk: World, headers: dict[str, str]) -> None:
    client = desk.enter("manager")
    assert client.post("/desk/account", data={"token": token(client)}, headers=headers).status_code == 403
    data = {"name": "manager", "password": PASSWORD}
    assert desk.browser().post("/desk/login", data=data, headers=headers).status_code == 403


def test_a_visit_ends_with_signing_out_with_the_account_and_by_itself(desk: World) -> None:
    client = desk.enter("manager")
    cookie = client.cookies[COOKIE]
    assert send(client, "/logout").headers["location"] == "/desk/login"
    again = desk.browser()
    again.cookies.set(COOKIE, cookie)
    assert again.get("/desk").status_code == 303

    idle = desk.enter("manager")
    desk.now += desk.settings.desk.idle + timedelta(minutes=2)
    assert idle.get("/desk").status_code == 303

    gone = desk.enter("lee")
    with store.transaction(desk.db):
        users.remove_user(desk.db, "lee")
    assert gone.get("/desk").status_code == 303


def test_who_is_at_work_stays_in_until_the_day_is_over(desk: World) -> None:
    client = desk.enter("manager")
    for _ in range(11):
        assert client.get("/desk").status_code == 200
        desk.now += timedelta(minutes=50)
    desk.now += timedelta(minutes=50)
    assert client.get("/desk").status_code == 303


def test_what_a_proxy_passes_on_finds_no_desk_unless_the_config_says_so(desk: World, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    assert desk.browser().get("/desk/login", headers=forwarded).status_code == 404
    open_ = desk.settings.model_copy(update={"desk": desk.settings.desk.model_copy(update={"behind_proxy": True})})
    other = World(tmp_path_factory.mktemp("open") / "a.db", settings=open_)
    data = {"name": "manager", "password": PASSWORD}
    answer = other.browser().post("/desk/login", data=data, headers=forwarded)
    assert answer.status_code == 303
    assert "secure" in answer.headers["set-cookie"].lower()
    for client in other.clients:
        client.close()
    other.db.close()


def test_a_form_of_megabytes_or_thousands_of_fields_is_refused(desk: World) -> None:
    client = desk.enter("manager")
    assert client.post("/desk/account", content=b"a=" + b"x" * 100_000).status_code == 413
    assert client.post("/desk/account", content=b"a=1&" * 5000).status_code == 413
    assert client.post("/desk/account", content=b"\xff\xfe").status_code == 413


def test_another_password_signs_out_all_other_browsers(desk: World) -> None:
    here, there = desk.enter("manager"), desk.enter("manager")
    fields = {"old": PASSWORD, "new": "quite another one", "again": "quite another one"}
    assert send(here, "/account/password", **{**fields, "old": "wrong"}).status_code == 409
    assert send(here, "/account/password", **{**fields, "again": "x"}).status_code == 409
    assert send(here, "/account/password", **fields).status_code == 303
    assert here.get("/desk").status_code == 200
    assert there.get("/desk").status_code == 303


def test_signing_in_and_out_is_noted_and_no_password_is(desk: World) -> None:
    client = desk.enter("manager")
    send(client, "/logout")
    assert [deed.action for deed in store.deeds(desk.db, since=desk.now - timedelta(days=1))] == ["sign in", "sign out"]
    assert PASSWORD.encode() not in desk.path.read_bytes()


def test_that_somebody_is_here_is_noted_but_no_page_waits_for_who_stores(desk: World) -> None:
    client = desk.enter("manager")
    desk.now += timedelta(minutes=5)
    client.get("/desk/shift")
    assert desk.db.execute("SELECT seen_at FROM visits").fetchone() == (store.iso(desk.now),)
    desk.now += timedelta(minutes=5)
    pages = Pages(desk.app, WebSettings(host="127.0.0.1", port=0))
    pages.start()
    asked = Request(
        f"http://127.0.0.1:{pages.port}/desk/shift", headers={"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    )
    try:
        with desk.db.write_lock, urlopen(asked, timeout=60) as answer:
            assert answer.url.endswith("/desk/shift")
    finally:
        pages.stop()

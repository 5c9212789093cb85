"""The other pages: each shows what it is for, empty and full, in both languages, and as CSV."""

import json
from datetime import timedelta

import pytest

from bot import store
from bot.domain import Gap, Spike, Symptom
from bot.escalate.cases import Case, Spot, State, Trouble
from bot.store.cases import get_case, put_case
from bot.store.funnel import count_step
from bot.watch.alerts import Alert
from tests.factories import NOON

from .world import World, send

LISTS = (
    "", "/map", "/place?city=Köln", "/posts", "/review", "/replies", "/cases", "/reports", "/alerts", "/storm", "/shift",
    "/sources", "/rules", "/audit",
)  # fmt: skip


def open_case(desk: World, number: int = 1, **changes: object) -> None:
    usual: dict[str, object] = {
        "number": number,
        "state": State.NEW,
        "spots": (Spot("Köln", "Deutz" if number == 1 else f"Teil {number}", Trouble.OVERLOAD),),
        "opened_at": NOON,
        "changed_at": NOON,
        "people": 12,
        "peak": 20,
        "first_seen": NOON.date(),
        "last_seen": NOON.date(),
        "symptoms": ((Symptom.SLOW_DATA, 9),),
    }
    with store.transaction(desk.db):
        put_case(desk.db, Case(**usual | changes))  # type: ignore[arg-type]


def open_alert(desk: World) -> None:
    times = {"since": NOON, "at": NOON, "until": desk.now}
    spike = Spike(
        **times, expected=2.0, observed=12, within=timedelta(hours=1), p=1e-6, authors=12, rule="whole", learning=False,
        places=(("Köln", 9),),
    )  # fmt: skip
    with store.transaction(desk.db):
        store.put_alert(desk.db, Alert(0, spike, NOON, posts=12, words=(("lahm", 7, 1.0),)))


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("full", [False, True])
def test_every_page_has_something_to_say_on_the_first_day_and_later(desk: World, lang: str, full: bool) -> None:
    if full:
        desk.add_draft()
        desk.add_doubtful("o2 lahmt wohl in Köln")
        open_case(desk)
        open_alert(desk)
    for name, paths in (("manager", LISTS), ("admin", ("/settings", "/users", "/audit", "/sources"))):
        client = desk.enter(name)
        for path in paths:
            mark = "&" if "?" in path else "?"
            page = client.get(f"/desk{path}{mark}lang={lang}")
            assert page.status_code == 200, path
            assert f'<html lang="{lang}">' in page.text
            assert len(page.content) < 100_000
            sheet = client.get(f"/desk{path}{mark}as=csv")
            assert sheet.headers["content-type"].startswith("text/csv"), path


def test_today_counts_the_way_from_reply_to_report(desk: World) -> None:
    desk.add_post()
    with store.transaction(desk.db):
        count_step(desk.db, desk.now.date(), "opened by link", 12)
        count_step(desk.db, desk.now.date(), "filed by link", 3)
    page = desk.enter("manager").get(f"/desk?day={desk.now.date()}").text
    assert "das Formular 12-mal geöffnet, 3 Meldungen" in page


def test_a_place_is_shown_by_days_and_hours_with_the_posts_behind_it(desk: World) -> None:
    for number in range(6):
        desk.add_post("o2 lahmt in Köln", native=f"n{number}", author=f"person {number}")
    page = desk.enter("manager").get("/desk/place?city=Köln").text
    assert "6 Kunden in 28 Tagen" in page
    assert "/desk/posts?city=K%C3%B6ln" in page
    assert desk.enter("manager").get("/desk/place?city=Nirgendwo").status_code == 409


def test_who_may_not_see_posts_sees_no_place_with_few_people(desk: World) -> None:
    desk.add_post("o2 lahmt in Köln")
    assert "Köln" in desk.enter("manager").get("/desk/map").text
    viewer = desk.enter("viewer")
    assert "Köln" not in viewer.get("/desk/map").text
    assert "Zu wenige" not in viewer.get("/desk/map").text
    assert "zu wenige Menschen" in viewer.get("/desk/place?city=Köln").text
    assert "Köln" not in viewer.get("/desk").text


def test_a_case_goes_from_found_to_handed_over_and_each_step_tells_who_took_it(desk: World) -> None:
    open_case(desk)
    manager, planner = desk.enter("manager"), desk.enter("planner")
    send(manager, "/cases/1", action="confirm")
    send(manager, "/cases/1", action="hand_over", detail="bitte ansehen", day="2026-04-01")
    assert get_case(desk.db, 1).state is State.HANDED_OVER
    assert send(planner, "/cases/1", action="close", detail="so").status_code == 409
    send(planner, "/cases/1", action="plan", day="2026-05-01")
    page = manager.get("/desk/cases/1").text
    assert "planner · Planen" in page
    assert "bitte ansehen" in page
    assert send(manager, "/cases/1", action="verify").status_code == 409
    assert send(manager, "/cases/1", action="explode").status_code == 409
    assert "Köln-Deutz" in manager.get("/desk/cases").text


def test_an_alert_shows_its_reasoning_and_who_sees_to_it(desk: World) -> None:
    open_alert(desk)
    kim, lee = desk.enter("manager"), desk.enter("lee")
    page = kim.get("/desk/alerts").text
    assert "lahm (7)" in page
    assert "Köln (9)" in page
    send(kim, "/alerts/1", action="take")
    assert "manager kümmert sich" in lee.get("/desk/alerts").text
    answer = send(lee, "/alerts/1", action="take")
    assert "kümmert sich schon darum" in lee.get(answer.headers["location"]).text
    assert "Alarm, der andauert" in kim.get("/desk").text


def test_a_shift_is_handed_over_with_what_was_done_and_what_is_left(desk: World) -> None:
    reply, other = desk.add_draft(), desk.add_draft()
    kim, lee = desk.enter("manager"), desk.enter("lee")
    send(kim, f"/replies/{reply}", action="skip")
    send(kim, f"/replies/{other}", action="take")
    page = kim.get("/desk/shift").text
    assert "Getan: eine Antwort verworfen." in page
    assert "Offen: 1 Antwort freizugeben." in page
    send(kim, "/shift", kind="handover", text="Deutz im Auge behalten")
    assert "Deutz im Auge behalten" in lee.get("/desk/shift").text
    assert send(lee, f"/replies/{other}", action="take").status_code == 303
    assert send(lee, "/shift", kind="note", text=" ").status_code == 409


def test_gaps_and_broken_sources_are_said(desk: World) -> None:
    with store.transaction(desk.db):
        store.add_source(desk.db, "mastodon-social")
        store.add_gaps(desk.db, [Gap("mastodon-social", NOON - timedelta(hours=3), NOON, "the timeline was closed")])
    page = desk.enter("admin").get("/desk/sources").text
    assert "the timeline was closed" in page


def test_settings_show_names_of_secrets_and_no_secret(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRENNPUNKT_MASTODON_TOKEN", "very-secret")
    page = desk.enter("admin").get("/desk/settings").text
    assert "hourly_cap" in page
    assert "very-secret" not in page


def test_an_admin_signs_somebody_out_everywhere(desk: World) -> None:
    kim, admin = desk.enter("manager"), desk.enter("admin")
    assert send(admin, "/users", name="manager").status_code == 303
    assert kim.get("/desk").status_code == 303
    assert send(admin, "/users", name="nobody").status_code == 409


def test_news_are_told_to_each_role_as_far_as_it_may_know(desk: World) -> None:
    desk.add_draft()
    from bot.web.desk.live import visible
    from bot.web.desk.pulse import Pulse

    class Asker:
        def __init__(self, role: str) -> None:
            self.role = role

        def may(self, right):  # type: ignore[no-untyped-def]
            from bot.escalate.roles import Role, may

            return may(Role(self.role), right)

    from contextlib import nullcontext

    beat = Pulse().now(lambda: nullcontext(desk.db), desk.now)
    assert json.loads(json.dumps(visible(beat, Asker("manager"))))["drafts"] == 1  # type: ignore[arg-type]
    assert set(visible(beat, Asker("viewer"))) == {"alerts", "alert"}  # type: ignore[arg-type]

"""The other pages: each shows what it is for, empty and full, in both languages, and as CSV."""

import json
import re
from datetime import timedelta

import pytest

from bot import store
from bot.domain import Gap, Report, Spike, Symptom
from bot.escalate.cases import Case, Spot, State, Trouble
from bot.escalate.plan import Measure, Status
from bot.jobs import publishing
from bot.store import search, sending
from bot.store.cases import get_case, put_case
from bot.store.funnel import count_step
from bot.store.plans import add_plan
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


def test_each_hour_of_a_place_leads_to_its_posts(desk: World) -> None:
    moments = {"mittags": NOON, "abends": NOON + timedelta(hours=7), "vor einer Woche": NOON - timedelta(days=7)}
    desk.now = NOON + timedelta(hours=8)
    for when, at in moments.items():
        desk.add_post(f"o2 lahmt in Köln {when}", native=when, author=when, created_at=at)
    client = desk.enter("manager")
    cells = re.findall(r'class="heat-\d"><a href="([^"]+)">(\d)</a>', client.get("/desk/place?city=Köln").text)
    shown = {}
    for link, count in cells:
        page = client.get(link.replace("&amp;", "&")).text
        shown[count] = {when for when in moments if f" {when}</p>" in page or f"</mark> {when}" in page}
        assert 'name="weekday" value="1"' in page
    assert shown == {"2": {"mittags", "vor einer Woche"}, "1": {"abends"}}
    assert (
        "href"
        not in desk.enter("viewer")
        .get("/desk/place?city=Köln")
        .text.partition('class="heat"')[2]
        .partition("</table>")[0]
    )
    assert client.get("/desk/posts?weekday=9&hour=77").status_code == 200


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


NO_POSTS = {  # columns of figures that no list of posts stands behind
    "je 100.000", "Anteil", "üblich", "Beiträge",  # of the audit log: how many a deed touched
}  # fmt: skip


def test_every_count_leads_to_what_it_counts_and_every_list_goes_out_as_csv(desk: World) -> None:
    for number in range(6):
        desk.add_post("o2 lahmt in Köln", native=f"n{number}", author=f"person {number}")
    desk.add_draft()
    desk.add_doubtful("o2 lahmt wohl in Köln")
    open_case(desk)
    open_alert(desk)
    client = desk.enter("manager")
    send(client, "/netzbericht", action="draft", last=str(NOON.date() - timedelta(days=1)))
    for path in (*LISTS, "/cases/1", "/answers", "/netzbericht", "/netzbericht/1"):
        page = client.get(f"/desk{path}").text.split("<main")[1]
        assert "as=csv" in page, path
        for step, figure in re.findall(r'<span class="figure"([^>]*)>(.*?)</span>', page, re.DOTALL):
            assert "<a " in figure or figure.strip() == "0" or "data-figure" in step, (path, figure)
        for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
            heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", table)
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL):
                for column, (kind, cell) in enumerate(
                    re.findall(r"<(?:td|th)([^>]*)>(.*?)</(?:td|th)>", row, re.DOTALL)
                ):
                    if "number" in kind and "scope" not in kind and re.search(r"[1-9]", cell):
                        head = heads[column] if heads else ""
                        assert "<a " in cell or head in NO_POSTS, (path, head, cell)


def test_the_red_button_stops_all_sending_at_once_and_only_a_manager_lets_it_go_again(desk: World) -> None:
    planner, manager = desk.enter("planner"), desk.enter("manager")
    send(planner, "/replies/stop", why="falscher Text")
    assert [(halt.source, halt.by, halt.why) for halt in sending.halts(desk.db)] == [
        (sending.EVERYWHERE, "planner", "falscher Text")
    ]
    assert "Wieder verschicken" not in planner.get("/desk/shift").text
    assert send(planner, "/replies/resume", source="").status_code == 403
    for path in ("/replies", "/answers", "/shift"):
        assert "planner: falscher Text" in manager.get(f"/desk{path}").text
    assert "Das Verschicken ist angehalten" in manager.get("/desk").text
    send(manager, "/replies/resume", source="")
    assert sending.halts(desk.db) == []
    assert [deed.action for deed in store.deeds(desk.db, since=NOON)][-2:] == ["replies stopped", "replies resumed"]


def test_a_case_that_is_due_waits_on_today_until_it_is_settled(desk: World) -> None:
    open_case(desk, state=State.HANDED_OVER, due=desk.now.date())
    open_case(desk, 2, due=desk.now.date() + timedelta(days=1))
    client = desk.enter("manager")
    assert "Fall fällig" in client.get("/desk").text
    page = client.get("/desk/cases?due=1").text
    assert ("Köln-Deutz" in page, "Teil 2" in page) == (True, False)
    send(client, "/cases/1", action="fix", day=str(desk.now.date()))
    assert "Fall fällig" not in client.get("/desk").text
    assert "Kein Fall ist fällig" in client.get("/desk/cases?due=1").text


def test_a_case_gets_an_owner_and_a_day_and_is_merged_and_split(desk: World) -> None:
    open_case(desk)
    open_case(desk, 2)
    client = desk.enter("manager")
    send(client, "/cases/1", action="assign", detail="lee")
    send(client, "/cases/1", action="due", day="2026-04-01")
    case = get_case(desk.db, 1)
    assert (case.owner, str(case.due)) == ("lee", "2026-04-01")
    assert "Fall 2: Köln-Teil 2" in client.get("/desk/cases/1").text
    send(client, "/cases/1/merge", other="2")
    assert [str(spot) for spot in get_case(desk.db, 1).spots] == ["Köln-Deutz", "Köln-Teil 2"]
    assert get_case(desk.db, 2).merged_into == 1
    answer = send(client, "/cases/1/split", spot="Köln|Teil 2")
    assert answer.headers["location"].startswith("/desk/cases/3")
    assert [str(spot) for spot in get_case(desk.db, 3).spots] == ["Köln-Teil 2"]
    assert send(client, "/cases/1/split", spot="Köln|Deutz").status_code == 409
    assert send(client, "/cases/1/merge", other="99").status_code == 409
    assert "vereint: Fall 2 aufgenommen" in client.get("/desk/cases/1").text


def test_a_card_of_the_board_has_its_next_step(desk: World) -> None:
    open_case(desk)
    client = desk.enter("manager")
    assert "Bestätigen →" in client.get("/desk/cases").text
    answer = send(client, "/cases/1", action="confirm", back="/desk/cases")
    assert answer.headers["location"] == "/desk/cases?said=kept"
    assert "An die Planung geben →" in client.get("/desk/cases").text


def test_a_network_report_is_public_only_after_a_person_looked_at_it_and_approved(desk: World) -> None:
    open_case(desk, state=State.CONFIRMED)
    client, public = desk.enter("manager"), desk.browser()
    last = NOON.date() - timedelta(days=1)
    page = client.get(send(client, "/netzbericht", action="draft", last=str(last)).headers["location"]).text
    assert "Entwurf." in page
    assert "Deutz" in page
    assert "Deutz" not in public.get("/netzbericht").text
    assert "Freigeben" not in desk.enter("planner").get("/desk/netzbericht").text
    send(client, "/netzbericht", action="approve", number="1")
    assert "Deutz" in public.get("/netzbericht/1").text
    assert send(client, "/netzbericht", action="approve", number="1").status_code == 409
    assert send(client, "/netzbericht", action="draft", last=str(desk.now.date())).status_code == 409
    assert "Deutz" in client.get("/desk/netzbericht/1?as=csv").text
    assert client.get("/desk/netzbericht/9").status_code == 409


def test_the_map_leads_to_each_place_and_a_place_tells_what_the_plan_says_of_it(desk: World) -> None:
    for number in range(6):
        desk.add_post("o2 lahmt in Köln", native=f"n{number}", author=f"person {number}")
    client = desk.enter("manager")
    assert '<a href="/desk/place?city=K%C3%B6ln" aria-label="Köln: 6"><circle' in client.get("/desk/map").text
    assert "Netzausbau" not in client.get("/desk/place?city=Köln").text
    measures = [Measure("M-7", Status.PLANNED, city="Leipzig")]
    with store.transaction(desk.db):
        add_plan(desk.db, measures, file="plan.csv", digest="0", bad=0, actor="planner", now=NOON)
    desk.now += timedelta(minutes=5)
    assert "nicht geplant" in client.get("/desk/place?city=Köln").text
    assert "nicht geplant" not in desk.enter("viewer").get("/desk/place?city=Köln").text


def test_the_reports_of_a_place_are_behind_their_number(desk: World) -> None:
    with store.transaction(desk.db):
        filed = [
            Report(id, NOON, (Symptom.NO_SERVICE,), city, district)
            for id, city, district in (("r1", "Köln", "Deutz"), ("r2", "Bonn", None))
        ]
        store.add_reports(desk.db, filed)
    client = desk.enter("manager")
    for page in (client.get("/desk/place?city=Köln").text, client.get(f"/desk?day={NOON.date()}").text):
        (link,) = re.findall(r'href="(/desk/reports\?standing=accepted[^"]+)"', page)
        shown = client.get(link.replace("&amp;", "&")).text
        assert "Köln, Deutz" in shown
        assert ("Bonn" in shown) == ("city=" not in link)
    assert "Köln, Deutz" not in client.get("/desk/reports?standing=accepted&until=2026-03-01").text


def test_reports_that_came_another_way_are_listed_and_nobody_moderates_them(desk: World) -> None:
    with store.transaction(desk.db):
        store.add_reports(desk.db, [Report("r1", NOON, (Symptom.NO_SERVICE,), "Köln", None, source="stream")])
    page = desk.enter("manager").get("/desk/reports?standing=accepted").text
    assert ">stream</span>" in page
    assert 'value="rejected"' not in page


def test_however_much_waits_pages_stay_small_and_lead_to_all_of_it(desk: World) -> None:
    for number in range(45):
        desk.add_draft(native=f"d{number}", author=f"d{number}")
        open_alert(desk)
        open_case(desk, number + 1)
    with store.transaction(desk.db):
        store.add_reports(
            desk.db, [Report(f"r{n}", NOON, (Symptom.NO_SERVICE,), "Köln", f"Köln-Teil {n}") for n in range(70)]
        )
    client = desk.enter("manager")
    expected = {
        "/replies": (r'id="reply-(\d+)"', 45),
        "/alerts": (r'id="alert-(\d+)"', 45),
        "/reports?standing=accepted": (r"Teil (\d+)</a>", 70),
        "/cases": (r'id="case-(\d+)"', 45),
    }
    for path, (each, count) in expected.items():
        found: list[str] = []
        address: str | None = f"/desk{path}"
        while address:
            page = client.get(address.replace("&amp;", "&"))
            assert len(page.content) < 100_000
            found = re.findall(each, page.text) + ([] if path == "/cases" else found)
            onwards = re.search(r'rel="next" href="([^"]+)"', page.text) or re.search(
                r'href="(/desk/cases\?state=new)"', page.text
            )
            address = onwards[1] if onwards and onwards[1] != address else None
        assert len(set(found)) == len(found) == count, path


def test_the_slowest_pages_are_made_ahead_once_the_first_of_a_day_is_out(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    storms, caught = publishing.storms_of, search.rules_of
    monkeypatch.setattr(publishing, "storms_of", lambda *a: made.append("storm") or storms(*a))
    monkeypatch.setattr(search, "rules_of", lambda *a, **k: made.append("rules") or caught(*a, **k))
    client = desk.enter("manager")
    assert made == []  # not before somebody works here
    for path in ("/desk", "/desk/cases", "/desk/storm", "/desk/rules"):
        assert client.get(path).status_code == 200
        assert made == ["storm", "rules"]
    desk.now += timedelta(days=1)
    desk.enter("admin").get("/desk/sources")
    assert made[2] == "storm"  # rules have no day: yesterday's are shown while they are read anew

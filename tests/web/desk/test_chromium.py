"""The desk in a real browser: a manager's day by mouse and keys, two people at once, and nobody shut out."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot import store
from bot.domain import Symptom
from bot.escalate.cases import Spot, State, Trouble
from bot.store import labels, sending
from bot.store.cases import get_case
from bot.web.public.site import pages_of
from tests.servers.chromium import barriers

from .served import Served
from .test_pages import open_alert, open_case
from .world import HOSTILE, PASSWORD

pytestmark = pytest.mark.server

PAGES = (
    "", "/map", "/map?city=Köln", "/place?city=Köln", "/posts", "/posts/1", "/review", "/replies", "/replies?state=none",
    "/answers", "/answers?all=1", "/cases", "/cases/1", "/netzbericht", "/reports", "/alerts", "/storm", "/shift", "/sources",
    "/rules", "/audit", "/account", "/users", "/posts/99",
)  # fmt: skip
ADMIN = ("", "/settings", "/users")
TWO_SPOTS = (Spot("Köln", "Deutz", Trouble.OVERLOAD), Spot("Köln", "", Trouble.OVERLOAD))
ZALGO = "o2 l" + "\u0336\u0322\u031b\u0316\u034e" * 20 + "ahmt in Stuttgart"
# Where to keep pictures for the docs. Unset: none are kept.
PICTURES = os.environ.get("BRENNPUNKT_PICTURES")


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_a_managers_day(served: Served) -> None:
    desk = served.desk
    now = {"created_at": desk.now}
    for number in range(6):
        desk.add_post("o2 lahmt in Köln", native=f"hot {number}", author=f"person {number}", **now)
    for number in range(5):
        desk.add_doubtful(f"o2 lahmt wohl in Köln, Nummer {number}")
    reply = desk.add_draft(**now)
    open_case(desk)
    page = served.enter("manager")

    # Read today, and open the hot spot.
    expect(page.get_by_role("link", name="5 Beiträge zu beurteilen")).to_be_visible()
    keep(page, "today")
    page.get_by_role("link", name="Köln").first.click()
    expect(page.get_by_role("heading", name="Köln", level=1)).to_be_visible()
    keep(page, "place")

    # Judge five posts by key: the focus goes from each to the next.
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Prüfen")).to_be_visible()
    keep(page, "review")
    for count, key in enumerate("abcda", 1):
        page.keyboard.press(key)
        expect(page.locator(".post.judged")).to_have_count(count)
    assert sorted(each.label.band for each in labels.labels_in_force(desk.db)) == ["A", "A", "B", "C", "D"]

    # Change a reply with its length in sight, and approve it.
    page.goto(f"{served.home}/desk/replies")
    field = page.get_by_label(f"Text der Antwort {reply}")
    field.fill(field.input_value() + " x" * 400)
    expect(page.get_by_text("zu lang")).to_be_visible()
    field.fill(field.input_value().replace(" x" * 400, " Danke."))
    expect(page.get_by_text("zu lang")).to_be_hidden()
    keep(page, "replies")
    page.get_by_role("button", name="Freigeben").click()
    expect(page.get_by_text("ist freigegeben")).to_be_visible()
    assert desk.state_of(reply) == ("approved", "manager")

    # Confirm a case and hand it over.
    page.goto(f"{served.home}/desk/cases")
    keep(page, "cases")
    page.get_by_role("link", name="Köln-Deutz").click()
    page.get_by_role("button", name="Bestätigen").click()
    page.get_by_role("button", name="An die Planung geben").click()
    expect(page.get_by_text("Übergeben", exact=True)).to_be_visible()
    assert get_case(desk.db, 1).state is State.HANDED_OVER

    # A customer files a report; without scripts it waits for a person, who finds it.
    customer = served.visitor(java_script_enabled=False)
    customer.goto(f"{served.home}/melden")
    customer.fill("#ort", "Köln")
    customer.locator(f"input[value={Symptom.SLOW_DATA}]").check()
    customer.locator("main form button").first.click()
    page.goto(f"{served.home}/desk/reports")
    expect(page.get_by_role("button", name="Zählt", exact=False).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Zählt f")).click()
    expect(page.get_by_text("Keine Meldung wartet")).to_be_visible()

    page.get_by_role("button", name="Abmelden").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    page.goto(f"{served.home}/desk/posts")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert served.said == []


def test_two_people_in_two_browsers_never_answer_the_same_post(served: Served) -> None:
    reply = served.desk.add_draft(created_at=served.desk.now)
    kim, lee = served.enter("manager"), served.enter("lee")
    for page in (kim, lee):
        page.goto(f"{served.home}/desk/replies")
    with kim.expect_response(f"**/desk/replies/{reply}"):  # whoever writes has it
        kim.get_by_label(f"Text der Antwort {reply}").click()
    lee.get_by_label(f"Text der Antwort {reply}").click()
    expect(lee.get_by_text("manager arbeitet gerade daran")).to_be_visible()
    lee.get_by_role("button", name="Freigeben").click()
    expect(lee.get_by_text("manager arbeitet gerade daran")).to_be_visible()
    assert served.desk.state_of(reply)[0] == "draft"
    kim.get_by_role("button", name="Freigeben").click()
    expect(kim.get_by_text("ist freigegeben")).to_be_visible()
    assert served.desk.state_of(reply) == ("approved", "manager")


def test_what_is_new_appears_without_a_reload(served: Served) -> None:
    served.desk.add_draft(created_at=served.desk.now)
    page = served.enter("manager")
    figure = page.locator("[data-figure=drafts]")
    expect(figure).to_have_text("1")
    served.desk.add_draft(created_at=served.desk.now)
    served.desk.now += timedelta(seconds=3)  # the next look is due
    expect(figure).to_have_text("2")
    expect(page.get_by_text("Es gibt Neues")).to_be_visible()


@pytest.mark.parametrize(("lang", "scheme", "width"), [("de", "light", 1280), ("en", "dark", 390)])
def test_nobody_is_shut_out_and_nothing_overflows(served: Served, lang: str, scheme: str, width: int) -> None:
    desk = served.desk
    for text in ("o2 lahmt in Köln", HOSTILE, ZALGO, "o2 lahmt " * 1_100):
        desk.add_post(text, created_at=desk.now)
    for number in range(6):
        desk.add_post("o2 lahmt in Köln", native=f"n{number}", author=f"p{number}", created_at=desk.now)
    desk.add_draft(created_at=desk.now)
    desk.add_doubtful("o2 lahmt wohl")
    open_case(desk, state=State.CONFIRMED, due=desk.now.date(), spots=TWO_SPOTS)
    open_case(desk, 2)
    open_alert(desk)
    with store.transaction(desk.db):
        sending.halt(desk.db, "mastodon-social", by="lee", why="falscher Text", now=desk.now)
    for name in ("manager", "admin"):
        page = served.visitor(color_scheme=scheme, viewport={"width": width, "height": 800})
        page.goto(f"{served.home}/desk/login?lang={lang}")
        assert barriers(page) == []
        page.locator("#name").fill(name)
        page.locator("#password").fill(PASSWORD)
        page.locator("main button").click()
        if name == "manager":  # a draft of the network report to look at
            page.goto(f"{served.home}/desk/netzbericht")
            page.locator("button[value=draft]").click()
        for path in PAGES if name == "manager" else ADMIN:
            page.goto(f"{served.home}/desk{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.locator("html").get_attribute("lang") == lang, path
            assert barriers(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    for path in pages_of(desk.settings)[lang].values():
        page.goto(served.home + path)
        assert barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    for edition in (f"/{desk.now.date()}", f"/week/{desk.now.date()}"):
        page.goto(f"{served.home}{edition}?lang={lang}")
        assert barriers(page) == [], edition
    assert served.said == []


def test_a_hostile_post_stays_text_inside_its_box(served: Served) -> None:
    desk = served.desk
    for text in (HOSTILE, ZALGO, "o2 lahmt " * 1_100):
        desk.add_post(text, created_at=desk.now)
    page = served.enter("manager")
    page.goto(f"{served.home}/desk/posts")
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    assert page.locator(".post img, .post script").count() == 0
    clipped = page.locator(".post .text").evaluate_all(
        "(all) => all.every((each) => getComputedStyle(each).overflowY === 'clip')"
    )
    assert clipped
    keep(page, "hostile")
    assert served.said == []

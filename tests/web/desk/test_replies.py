"""Replies on the desk: one person decides on each, and never two."""

from datetime import timedelta

import pytest

from bot import store
from bot.config.load import load_settings, shipped

from .world import REPLY, World, send, token

EDITED = REPLY.replace("Danke!", "Vielen Dank!")


def test_a_draft_is_approved_and_that_is_noted_with_who_it_was(desk: World) -> None:
    reply = desk.add_draft()
    client = desk.enter("manager")
    answer = send(client, f"/replies/{reply}", action="approve", text=REPLY)
    assert "ist freigegeben" in client.get(answer.headers["location"]).text
    assert desk.state_of(reply) == ("approved", "manager")
    assert "reply approved" in [deed.action for deed in store.deeds(desk.db, since=desk.now - timedelta(hours=1))]


def test_a_reply_that_failed_is_let_go_again_and_tried_at_once(desk: World) -> None:
    reply = desk.add_draft()
    with store.transaction(desk.db):
        desk.db.execute("UPDATE drafts SET state = 'failed' WHERE id = ?", [reply])
        desk.db.execute("INSERT INTO sendings VALUES (?, 9, NULL, '2030-01-01T00:00:00+00:00', NULL, 'away')", [reply])
    kim = desk.enter("manager")
    assert 'value="approve"' in kim.get("/desk/replies?state=trouble").text.split('class="cards"')[-1]
    send(kim, f"/replies/{reply}", action="approve")
    assert desk.state_of(reply) == ("approved", "manager")
    assert desk.db.execute("SELECT attempts, not_before, error FROM sendings").fetchone() == (0, None, None)


def test_of_two_people_only_one_answers_a_post(desk: World) -> None:
    reply = desk.add_draft()
    kim, lee = desk.enter("manager"), desk.enter("lee")
    kims, lees = token(kim), token(lee)
    first = kim.post(f"/desk/replies/{reply}", data={"token": kims, "action": "approve", "text": REPLY})
    second = lee.post(f"/desk/replies/{reply}", data={"token": lees, "action": "approve", "text": EDITED})
    assert (first.status_code, second.status_code) == (303, 409)
    assert "inzwischen freigegeben (manager)" in second.text
    assert desk.state_of(reply) == ("approved", "manager")


def test_who_works_on_a_reply_has_it_until_they_let_go_or_leave(desk: World) -> None:
    reply = desk.add_draft()
    kim, lee = desk.enter("manager"), desk.enter("lee")
    send(kim, f"/replies/{reply}", action="take")
    assert "manager arbeitet daran" in lee.get("/desk/replies").text
    for action in ("approve", "edit", "skip", "take"):
        answer = send(lee, f"/replies/{reply}", action=action, text=EDITED)
        assert (answer.status_code, "manager arbeitet gerade daran" in answer.text) == (409, True)
    send(kim, f"/replies/{reply}", action="release")
    assert send(lee, f"/replies/{reply}", action="take").status_code == 303
    desk.now += timedelta(minutes=11)
    assert send(kim, f"/replies/{reply}", action="approve", text=REPLY).status_code == 303


def test_a_text_is_changed_only_to_one_that_may_be_sent(desk: World) -> None:
    reply = desk.add_draft()
    client = desk.enter("manager")
    for text, wrong in [("Danke!", "es fehlt"), (REPLY + " x" * 400, "zu lang")]:
        answer = send(client, f"/replies/{reply}", action="approve", text=text)
        assert (answer.status_code, wrong in answer.text) == (409, True)
    assert desk.state_of(reply)[0] == "draft"
    send(client, f"/replies/{reply}", action="approve", text=EDITED)
    (text,) = desk.db.execute("SELECT text FROM drafts").fetchone()
    assert (text, desk.state_of(reply)[0]) == (EDITED, "approved")


def test_the_length_is_told_as_the_platform_counts_it_with_how_it_will_look(desk: World) -> None:
    reply = desk.add_draft()
    client = desk.enter("manager")
    text = f"{REPLY} https://netz.carrier.example/a/very/long/path/that/is/shortened?in=view"
    answer = send(client, "/replies/length", number=reply, text=text).json()
    assert answer["length"] == len(REPLY) + 1 + 23
    assert (answer["wrong"], answer["said"]) == ([], f"{answer['length']} von 468 Zeichen")
    assert answer["shown"].endswith("netz.carrier.example/a/very/l…")
    assert "fehlt" in send(client, "/replies/length", number=reply, text="x").json()["wrong"][0]


def test_several_are_decided_at_once_and_what_another_has_is_left_and_told(desk: World) -> None:
    mine, theirs, gone = desk.add_draft(), desk.add_draft(), desk.add_draft()
    kim, lee = desk.enter("manager"), desk.enter("lee")
    send(lee, f"/replies/{theirs}", action="take")
    send(lee, f"/replies/{gone}", action="skip", reason="by_person_handled")
    answer = send(kim, "/replies/batch", action="approve", number=[mine, theirs, gone])
    page = kim.get(answer.headers["location"]).text
    assert "1 erledigt. Nicht erledigt" in page
    assert f"{theirs},{gone}" in page
    assert [desk.state_of(each)[0] for each in (mine, theirs, gone)] == ["approved", "draft", "skipped"]


@pytest.mark.parametrize("reason", ["by_person", "by_person_handled", "by_person_wrong", "by_person_tone"])
def test_a_dismissed_draft_says_why(desk: World, reason: str) -> None:
    reply = desk.add_draft()
    client = desk.enter("manager")
    send(client, f"/replies/{reply}", action="skip", reason=reason)
    words = load_words(reason)
    assert words in client.get("/desk/replies?state=none").text


def load_words(reason: str) -> str:
    from bot.jobs.drafting import load_texts

    return str(load_texts()["de"]["reasons"][reason])


def test_an_emergency_stands_above_all(desk: World) -> None:
    number = desk.add_post("o2 tot, kein Notruf möglich")
    from bot.store import drafts

    with store.transaction(desk.db):
        drafts.add_decision(desk.db, number, state="skipped", reason="sensitive", now=desk.now)
    client = desk.enter("manager")
    page = client.get("/desk/replies").text
    assert "Sofort lesen" in page
    assert "kein Notruf" in page
    assert "Beitrag, den sofort jemand lesen muss" in client.get("/desk").text


def test_where_replies_are_off_the_page_says_how_to_switch_them_on(desk: World) -> None:
    assert not load_settings(shipped("o2-de.toml")).reply.enabled
    assert "[reply] enabled = true" in desk.enter("manager").get("/desk/replies").text


def test_what_people_say_to_our_replies_waits_until_somebody_has_seen_to_it(desk: World) -> None:
    reply, post = desk.add_draft(), desk.add_post("Wann geht es wieder?")
    with store.transaction(desk.db):
        desk.db.execute("UPDATE drafts SET state = 'sent' WHERE id = ?", [reply])
        desk.db.execute("INSERT INTO sendings (draft, attempts, native) VALUES (?, 1, 'ours')", [reply])
        desk.db.execute("INSERT INTO answers (post, parent, kind, needs) VALUES (?, 'ours', 'question', 1)", [post])
    client = desk.enter("manager")
    assert "Gespräche (1)" in client.get("/desk/replies").text
    assert "Wann geht es wieder?" in client.get("/desk/answers").text
    assert send(client, f"/answers/{post}").status_code == 303
    assert send(client, f"/answers/{post}").status_code == 409
    assert "Niemand wartet." in client.get("/desk/answers").text
    assert "gesehen von manager" in client.get("/desk/answers?all=1").text

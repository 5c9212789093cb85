"""Replies: let drafts go, change them with the length in sight, dismiss them; one person at a time."""

from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import JSONResponse

from ... import store
from ...errors import InputError
from ...jobs.drafting import load_texts
from ...reply.policy import Platform
from ...reply.texts import limit, measure, problems, shown_text
from ...store import answers, drafts, search, sending, shifts
from ...store.drafts import Reply
from .call import Call
from .posts import MAX_PAGES
from .words import pieces

PAGE = 20
TABS = {
    "draft": ("draft",),
    "approved": ("approved", "sending"),
    "sent": ("sent",),
    "trouble": ("failed", "unknown"),
    "none": ("skipped", "withdrawn"),
}
REASONS = ("by_person", "by_person_handled", "by_person_wrong", "by_person_tone")
TO = {"approve": "approved", "edit": "draft", "skip": "skipped"}


@cache
def _texts() -> dict[str, Any]:
    """Read once: parsing them takes longer than a page."""
    return load_texts()


def show(call: Call) -> Response:
    tab = call.get("state") if call.get("state") in TABS else "draft"
    page = call.count("page", 1, most=MAX_PAGES) or 1
    wanted = {"limit": 1000} if call.get("as") == "csv" else {"limit": PAGE + 1, "offset": (page - 1) * PAGE}
    found = drafts.replies(call.db, states=TABS[tab], **wanted)
    if call.get("as") == "csv":
        rows = ((r.number, r.state, r.reason, r.source, r.made_at, r.decided_by, r.url, r.said, r.text) for r in found)
        names = ("reply", "state", "reason", "source", "made_at", "decided_by", "url", "post", "text")
        return call.csv("replies", names, rows)
    urgent = [r for r in drafts.replies(call.db, states=("skipped",), limit=PAGE) if r.reason == "sensitive"]
    about = {each.post: each for each in search.posts_by_id(call.db, [reply.post for reply in (*urgent, *found)])}
    return call.page(
        "replies.html",
        tab=tab,
        tabs=list(TABS),
        waiting=len(answers.answers(call.db)),
        halts=sending.halts(call.db),
        urgent=urgent if tab == "draft" else [],
        replies=[(reply, _facts(call, reply)) for reply in found[:PAGE]],
        page=page,
        more=len(found) > PAGE,
        about=about,
        claims=shifts.claims(call.db, now=call.now),
        texts=_texts()[call.lang],
        reasons=REASONS,
        pieces=pieces,
    )


def change(call: Call) -> Response:
    """Approve, change, dismiss, take or give back one draft."""
    action = call.require(call.get("action"), (*TO, "take", "release"), "action")
    what = f"reply {call.number}"
    if action == "release":
        with call.write() as db:
            shifts.give_back(db, what, call.user.name)
        return _after(call, "released")
    if action == "take":
        with call.write() as db:
            _take(call, db, call.number)
        return _after(call, "taken")
    _decide(call, call.number, action)
    return _after(call, {"approve": "approved", "edit": "changed", "skip": "skipped"}[action], call.number)


def batch(call: Call) -> Response:
    """Let all chosen drafts go, or dismiss them; those that somebody else has, or that changed, are left and told."""
    action = call.require(call.get("action"), ("approve", "skip"), "action")
    numbers = [int(each) for each in call.form.get("number", ())[:PAGE] if each.isascii() and each.isdigit()]
    left = []
    for number in numbers:
        try:
            _decide(replace(call, form={}), number, action)
        except InputError:
            left.append(number)
    return _after(call, "batch", done=len(numbers) - len(left), left=",".join(map(str, left)))


def length(call: Call) -> Response:
    """How long a text is there, and what is wrong with it: counted by the same code that sends it."""
    reply = _find(call, call.db, call.count("number", 0, most=10**9))
    text = call.get("text")
    platform, room, wrong = _measure(call, reply, text)
    count = measure(text, platform)
    said = call.say("replies.length" if room else "replies.length_free", length=count, room=room)
    return JSONResponse({"length": count, "said": said, "wrong": wrong, "shown": shown_text(text, platform)})


def _decide(call: Call, number: int, action: str) -> None:
    """In one transaction: is it still ours to decide, and does the text do? Raises InputError."""
    with call.write() as db:
        _take(call, db, number)
        reply = _find(call, db, number)
        text = call.get("text").replace("\r\n", "\n") or None
        if text == reply.text or action == "skip":
            text = None
        if text and (wrong := _measure(call, reply, text)[2]):
            raise InputError(call.say("wrong.text", wrong="; ".join(wrong)))
        reason = call.require(call.get("reason", REASONS[0]), REASONS, "reason") if action == "skip" else None
        if not drafts.decide_within(db, number, TO[action], by=call.user.name, now=call.now, text=text, reason=reason):
            state = call.say(f"replies.state.{reply.state}")
            raise InputError(call.say("wrong.state", number=number, state=state, by=reply.decided_by or "?"))
        shifts.done(db, f"reply {number}")


def _take(call: Call, db: store.Database, number: int) -> None:
    if holder := shifts.take(db, f"reply {number}", call.user.name, now=call.now):
        raise InputError(call.say("wrong.taken", who=holder))


def _find(call: Call, db: store.Database, number: int) -> Reply:
    if found := drafts.replies(db, number=number):
        return found[0]
    raise InputError(call.say("wrong.no_reply", number=number))


def _measure(call: Call, reply: Reply, text: str) -> tuple[Platform, int | None, list[str]]:
    if reply.platform is None:
        raise InputError(call.say("wrong.no_reply", number=reply.number))
    platform, most = Platform(reply.platform), call.desk.settings.reply.mastodon_limit
    found = problems(text, platform, _texts()[reply.lang], most)
    return platform, limit(platform, most), [call.say(f"replies.wrong.{kind}", word=word) for kind, word in found]


def _facts(call: Call, reply: Reply) -> dict[str, object]:
    """Length, room, what is wrong and how it will look there; for what was never drafted nothing."""
    if not reply.text or not reply.platform:
        return {}
    platform, room, wrong = _measure(call, reply, reply.text)
    facts = {"length": measure(reply.text, platform), "room": room, "wrong": wrong}
    return facts | {"shown": shown_text(reply.text, platform), "by_hand": _by_hand(reply)}


def _by_hand(reply: Reply) -> str:
    """Where a person sends it: X takes the words along, elsewhere they are copied."""
    if reply.platform == Platform.X and reply.native:
        return "https://x.com/intent/post?" + urlencode({"in_reply_to": reply.native, "text": reply.text or ""})
    return reply.url or ""


def _after(call: Call, said: str, number: int = 0, **query: object) -> Response:
    call.desk.pulse.forget()
    if call.part:
        return JSONResponse({"said": call.say(f"said.{said}", number=number)})
    return call.back("/replies", said, number=number or "", **query)

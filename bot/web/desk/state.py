"""How the program is: its sources and what they cost, its rules and what they caught, its settings, its log, its people."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from fastapi import Response

from ... import store
from ...config.load import read_toml, shipped
from ...domain import Cost
from ...errors import InputError
from ...store import search, users
from ...store.sources import gaps_between
from .call import Call
from .desk import Desk
from .posts import latest_day

WEEK = timedelta(days=7)
AUDIT = timedelta(days=90)
RULES_FRESH = timedelta(minutes=5)
RULES_LOOKED_AT = 5_000  # findings, the newest


def show_sources(call: Call) -> Response:
    """Health, gaps, cost: what was not heard is said."""
    settings = call.desk.settings
    expected = {source.name: source.expected_every for source in settings.sources}
    states = store.source_states(call.db, expected, now=call.now)
    gaps = [gap for each in states for gap in gaps_between(call.db, each.source, call.now - WEEK, call.now)]
    today = call.now.date()
    month = store.costs_between(call.db, today.replace(day=1), today + timedelta(days=1))
    if call.get("as") == "csv":
        rows = ((s.source, s.state, s.posts, s.usual, s.last_success_at, s.last_post_at, s.why) for s in states)
        return call.csv("sources", ("source", "state", "posts_24h", "usual", "last_answer", "last_post", "why"), rows)
    return call.page(
        "sources.html",
        states=states,
        gaps=gaps[-50:],
        costs=month,
        dollars=_dollars,
        yesterday=call.today - timedelta(days=1),
    )


def show_rules(call: Call) -> Response:
    """Rules in use, with what each must and must not find, and how often it was the evidence of late."""
    rules = rules_of(call.desk)
    if call.get("as") == "csv":
        rows = ((lang, rule["name"], rule["means"], count) for lang, rule, count in rules)
        return call.csv("rules", ("language", "rule", "means", "caught"), rows)
    return call.page("rules.html", rules=rules, looked=RULES_LOOKED_AT, last=latest_day(call))


def rules_of(desk: Desk) -> list[tuple[str, dict[str, Any], int]]:
    """(language, rule, caught), what caught most first. Raises StillCounting."""
    now = desk.clock()

    def make() -> list[tuple[str, dict[str, Any], int]]:
        with desk.reader() as db:
            caught = Counter(search.rules_of(db, until=now + timedelta(days=1), limit=RULES_LOOKED_AT))
        tables = {path.stem: read_toml(path)["rule"] for path in sorted(shipped("rules").glob("??.toml"))}
        rules = [(lang, rule, caught[rule["name"]]) for lang, table in tables.items() for rule in table]
        return sorted(rules, key=lambda each: (-each[2], each[0], each[1]["name"]))

    return desk.kept.get("rules", make, now=now, fresh=RULES_FRESH)


def show_audit(call: Call) -> Response:
    deeds = [
        deed for deed in reversed(store.deeds(call.db, since=call.now - AUDIT)) if call.get("who") in ("", deed.actor)
    ]
    if call.get("as") == "csv":
        rows = ((deed.at, deed.actor, deed.action, deed.posts, deed.detail) for deed in deeds)
        return call.csv("audit", ("at", "who", "what", "posts", "detail"), rows)
    return call.page(
        "audit.html", deeds=deeds[:300], who=call.get("who"), actors=sorted({deed.actor for deed in deeds})
    )


def show_settings(call: Call) -> Response:
    """As they are in force. Secrets are not among them: the config only names where they are."""
    table = call.desk.settings.model_dump(mode="json")
    sections = [("", {key: value for key, value in table.items() if not _is_table(value)})]
    sections += [(key, value) for key, value in table.items() if _is_table(value)]
    if call.get("as") == "csv":
        rows = ((name, key, shown(value)) for name, part in flat(sections) for key, value in part.items())
        return call.csv("settings", ("section", "key", "value"), rows)
    return call.page("settings.html", sections=flat(sections), shown=shown)


def show_users(call: Call) -> Response:
    found = users.users(call.db)
    if call.get("as") == "csv":
        return call.csv(
            "accounts", ("name", "role", "since", "seen"), ((u.name, u.role, u.made_at, u.seen_at) for u in found)
        )
    return call.page("users.html", users=found)


def sign_out_user(call: Call) -> Response:
    """Accounts are made and closed on the server; here somebody can be signed out everywhere."""
    name = call.get("name")
    if users.password_of(call.db, name) is None:
        raise InputError(call.say("wrong.no_user", name=name[:50]))
    with call.write("user signed out", detail=name) as db:
        users.end_visits(db, name)
    return call.back("/users", "ended")


def flat(sections: list[tuple[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Tables and lists of tables as titled tables."""
    found: list[tuple[str, dict[str, Any]]] = []
    for name, part in sections:
        if isinstance(part, list):
            found += [(f"{name}: {each.get('name', number)}", each) for number, each in enumerate(part, 1)]
        else:
            found.append((name, part))
    return [(name, part) for name, part in found if part]


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" if value is None else str(value)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _dollars(cost: Cost) -> str:
    return f"{cost.usd / 1e6:.2f} USD"

"""Alerts with all that speaks for and against each, and how heated it is."""

from datetime import date, timedelta

from fastapi import Response

from ... import store
from ...digest.alert import Teller
from ...digest.day import midnight
from ...digest.weather import lines
from ...escalate.roles import Right
from ...jobs import publishing
from ...store import shifts
from ...watch.alerts import Alert
from ...watch.storm import Storm
from .call import Call
from .desk import Desk
from .posts import MAX_PAGES, latest_day

BACK = timedelta(days=90)
DAYS = 14  # of weather
PAGE = 20
FRESH = timedelta(minutes=2)


def show(call: Call) -> Response:
    """The newest first; the texts an alert was judged by are read anew, for those who may."""
    last = latest_day(call)
    until = midnight(last + timedelta(days=1), call.desk.settings.zone)
    found = sorted(store.alerts(call.db, since=until - BACK, until=until), key=lambda each: -each.number)
    if call.get("as") == "csv":
        rows = ((a.number, a.spike.since, a.spike.until, a.spike.observed, a.spike.expected, a.spike.p) for a in found)
        return call.csv("alerts", ("alert", "since", "until", "observed", "expected", "p"), rows)
    teller = Teller(call.words, call.desk.settings.carrier.name, call.zone)
    page = call.count("page", 1, most=MAX_PAGES) or 1
    shown, later = found[(page - 1) * PAGE : page * PAGE], found[page * PAGE :]
    return call.page(
        "alerts.html",
        alerts=[
            (alert, teller.page(alert, "over" if alert.over_at else "opened"), _query(call, alert)) for alert in shown
        ],
        page=page,
        more=bool(later),
        claims=shifts.claims(call.db, now=call.now),
    )


def change(call: Call) -> Response:
    """Say that one looks at it, or does not any more."""
    what = f"alert {call.number}"
    if call.require(call.get("action"), ("take", "release"), "action") == "release":
        with call.write() as db:
            shifts.give_back(db, what, call.user.name)
        return call.back("/alerts", "released")
    with call.write("alert acknowledged", detail=what) as db:
        if holder := shifts.take(db, what, call.user.name, now=call.now):
            return call.back("/alerts", holder=holder)
    return call.back("/alerts", "taken")


def show_storm(call: Call) -> Response:
    last = call.day("until") or latest_day(call)
    days = storms_of(call.desk, last)
    if call.get("as") == "csv":
        return call.csv("storm", ("day", "level"), ((day, storm.level) for day, storm in days))
    told = [(day, storm, lines(storm, call.words)) for day, storm in days]
    return call.page("storm.html", days=told, last=last)


def storms_of(desk: Desk, last: date) -> list[tuple[date, Storm]]:
    """The last fortnight, the newest day first."""

    def make() -> list[tuple[date, Storm]]:
        with desk.reader() as db:
            return publishing.storms_of(db, desk.settings, last, DAYS)

    return desk.kept.get(("storm", last), make, now=desk.clock(), fresh=FRESH)


def _query(call: Call, alert: Alert) -> str:
    """The posts of an alert's days."""
    if not call.may(Right.SEE_POSTS):
        return ""
    zone = call.desk.settings.zone
    since, until = (moment.astimezone(zone).date() for moment in (alert.spike.since, alert.spike.until))
    return f"/desk/posts?since={since}&until={until}"

"""Reports: what customers filed, and whether it counts."""

from datetime import timedelta
from urllib.parse import urlencode

from fastapi import Response

from ... import store
from ...digest.day import midnight
from ...errors import InputError
from ...store import reports
from .call import MAX_CSV, Call
from .posts import MAX_PAGES

PAGE = 30


def show(call: Call) -> Response:
    tab = call.get("standing") if call.get("standing") in reports.STANDINGS else "waiting"
    since, until, city = call.day("since"), call.day("until"), call.get("city")[:100]
    zone, page = call.desk.settings.zone, call.count("page", 1, most=MAX_PAGES) or 1
    found = reports.filings(
        call.db,
        standings=(tab,),
        since=midnight(since, zone) if since else None,
        until=midnight(until + timedelta(days=1), zone) if until else None,
        city=city,
        source=None,
        **({"limit": MAX_CSV} if call.get("as") == "csv" else {"limit": PAGE + 1, "offset": (page - 1) * PAGE}),
    )
    if call.get("as") == "csv":
        rows = (
            (f.id, f.filed_at, f.standing, " ".join(f.symptoms), f.city, f.district, f.since, f.words) for f in found
        )
        return call.csv(
            "reports", ("report", "filed_at", "standing", "symptoms", "city", "district", "since", "words"), rows
        )
    chosen = {"since": since, "until": until, "city": city}
    return call.page(
        "reports.html",
        reports=found[:PAGE],
        page=page,
        more=len(found) > PAGE,
        tab=tab,
        tabs=reports.STANDINGS,
        waiting=reports.waiting(call.db),
        narrowed=urlencode({name: value for name, value in chosen.items() if value}),
        since=since,
        until=until,
        city=city,
    )


def judge(call: Call) -> Response:
    """Accept or reject one. Compare and set: who comes second is told."""
    id, standing = call.get("id")[:100], call.require(call.get("standing"), ("accepted", "rejected"), "standing")
    if reports.by_id(call.db, id) is None:
        raise InputError(call.say("wrong.no_report"))
    reason = None if standing == "accepted" else "by_person"
    with call.write() as db:
        if not reports.judge_filing(db, id, standing, reason=reason, by=call.user.name, now=call.now):
            raise InputError(call.say("wrong.report_done"))
        store.note(db, f"report {standing}", actor=call.user.name, now=call.now, detail=id)
    call.desk.pulse.forget()
    return call.back("/reports", "kept")

"""The public report on the network (Netzbericht): drafted from the cases, looked at, approved, and kept."""

from datetime import timedelta

from fastapi import Response

from ...digest.bulletin import bulletin_csv, bulletin_page
from ...errors import InputError
from ...escalate.bulletin import Bulletin
from ...escalate.extract import last_closed
from ...jobs import bulletins
from ...store.bulletins import bulletins as stored
from .call import PRIVATE, Call


def show(call: Call) -> Response:
    """The newest one, or the one that is asked for, as everybody will see it; beside it all there are."""
    found = stored(call.db, public=False)
    chosen = next((each for each in found if call.number in (0, each.number)), None)
    if call.number and chosen is None:
        raise InputError(call.say("wrong.no_bulletin", number=call.number))
    if call.get("as") == "csv" and call.number and chosen:
        head = PRIVATE | {"Content-Disposition": f'attachment; filename="netzbericht-{chosen.last}.csv"'}
        return Response(bulletin_csv(chosen.sites), media_type="text/csv; charset=utf-8", headers=head)
    if call.get("as") == "csv":
        return _list(call, found)
    return call.page(
        "bulletins.html",
        every=found,
        chosen=chosen,
        page=bulletin_page(chosen, call.words, call.zone) if chosen else None,
        last=last_closed(call.today, call.desk.settings.netzbericht.weeks).last,
        newest=call.today - timedelta(days=1),
    )


def change(call: Call) -> Response:
    """Make a draft, or let one be seen by everybody: the latter only as it was looked at."""
    who = {"actor": call.user.name, "now": call.now}
    with call.desk.writer() as db:
        if call.require(call.get("action"), ("draft", "approve"), "action") == "draft":
            last = call.day("last") or last_closed(call.today, call.desk.settings.netzbericht.weeks).last
            if last >= call.today:
                raise InputError(call.say("wrong.not_over", day=call.words.date(last)))
            made = bulletins.draft(db, call.desk.gazetteer, call.desk.settings, last, **who)  # type: ignore[arg-type]
            return call.back(f"/netzbericht/{made.number}", "drafted")
        number = call.count("number", 0, most=10**9)
        if not any(each.number == number and not each.approved_at for each in stored(db, public=False)):
            raise InputError(call.say("wrong.bulletin_done"))
        bulletins.approve(db, number, **who)  # type: ignore[arg-type]
    return call.back(f"/netzbericht/{number}", "published")


def _list(call: Call, found: list[Bulletin]) -> Response:
    rows = ((each.number, each.first, each.last, len(each.sites), each.approved_by, each.approved_at) for each in found)
    return call.csv("netzberichte", ("number", "first", "last", "places", "approved_by", "approved_at"), rows)

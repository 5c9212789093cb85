"""Posts: searching them, why each was judged as it is, and saying what is wrong with that."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from urllib.parse import urlencode

from fastapi import Response

from ... import store
from ...domain import Band, Cause, Symptom
from ...errors import InputError
from ...reports.places import Spot
from ...store import labels, search
from .call import Call
from .guest import local
from .words import pieces

PAGE = 20
LATELY = timedelta(days=30)
MAX_PAGES = 200
FILTERS = (
    "q", "kind", "band", "symptom", "cause", "city", "district", "carrier", "source", "rule", "weekday", "hour", "since", "until",
)  # fmt: skip
MAX_WEEKS = 60  # of an hour of the week, the newest


def show(call: Call) -> Response:
    wanted, page = wanted_of(call), call.count("page", 1, most=MAX_PAGES)
    if call.get("as") == "csv":
        return _csv(call, wanted)
    found = search.find_posts(call.db, wanted, limit=PAGE, offset=(page - 1) * PAGE)
    query = {name: call.get(name) for name in FILTERS if call.get(name)}
    return call.page(
        "posts.html",
        found=found,
        wanted=wanted,
        page=page,
        pieces=pieces,
        sources=store_names(call),
        cities=call.desk.gazetteer.large_cities,
        link=urlencode(query),
        narrowed=bool(query.keys() - {"kind", "since", "until"}),
        days=local_days(call, wanted),
        hour=(call.get("weekday"), call.count("hour", 24, most=24)) if wanted.hours else None,
        here=f"/desk/posts?{urlencode(query | {'page': page})}",
        choices=CHOICES,
    )


def show_one(call: Call) -> Response:
    """One post whole, with all that was ever said of it."""
    found = search.posts_by_id(call.db, [call.number])
    if not found:
        raise InputError(call.say("wrong.no_post", number=call.number))
    history = labels.label_history(call.db, call.number)
    return call.page("post.html", post=found[0], pieces=pieces, history=history, choices=CHOICES, here=call.path)


def label(call: Call) -> Response:
    """What a person says of a post, which counts as that from now on. A script gets the post as it is shown then."""
    band = Band(call.require(call.get("band"), list(Band), "band"))
    symptoms = tuple(Symptom(call.require(each, list(Symptom), "symptom")) for each in call.form.get("symptom", ()))
    cause = call.get("cause")
    found = search.posts_by_id(call.db, [call.number])
    place = call.get("place")
    moved = "place" in call.form and bool(found) and place != (found[0].judged.place if found[0].judged else "")
    spot = _spot(call, place) if moved and place else None
    given = labels.Label(
        band,
        symptoms if band is not Band.D else (),
        Cause(call.require(cause, list(Cause), "cause")) if cause else None,
        (spot.label if spot else "") if moved else None,
        call.require(call.get("picked", "named"), ("named", "doubt", "lot"), "picked"),
        spot,
    )
    keep = call.desk.settings.labels.keep_texts
    with call.write() as db:
        labels.add_label(db, call.number, given, who=call.user.name, now=call.now, keep_text=keep)
    return _after(call)


def unlabel(call: Call) -> Response:
    with call.write() as db:
        labels.unlabel(db, call.number, who=call.user.name, now=call.now)
    return _after(call)


def _spot(call: Call, written: str) -> Spot:
    """Raises InputError with what may be meant."""
    found = call.desk.places.chosen(written) or call.desk.places.find(written)
    if len(found) == 1:
        return found[0]
    meant = ", ".join(f"„{spot.label}“" for spot in found or call.desk.places.near(written)) or "–"
    raise InputError(call.say("wrong.which_place", name=written[:50], meant=meant))


def _after(call: Call) -> Response:
    call.desk.pulse.forget()
    if call.part:
        with call.desk.reader() as db:
            found = search.posts_by_id(db, [call.number])
        return call.page("post_part.html", post=found[0], pieces=pieces, choices=CHOICES, here=local(call.get("back")))
    return Response(status_code=303, headers={"Location": f"{local(call.get('back'))}#post-{call.number}"})


def wanted_of(call: Call) -> search.Wanted:
    """The question that an address asks; what makes no sense in it is left out."""

    def one(name: str, allowed: type[Band] | type[Symptom] | type[Cause]) -> str:
        return call.get(name) if call.get(name) in list(allowed) else ""

    zone = call.desk.settings.zone
    last = call.day("until") or latest_day(call)
    first = call.day("since") or last - LATELY
    weekday, hour = call.count("weekday", 0, most=8), call.count("hour", 24, most=24)
    return search.Wanted(
        since=_begin(call, min(first, last)),
        until=datetime.combine(max(first, last) + timedelta(days=1), time(), zone).astimezone(UTC),
        kind=call.get("kind") if call.get("kind") in search.KINDS else "ours",
        words=call.get("q")[: search.MAX_CHARS],
        band=Band(band) if (band := one("band", Band)) else None,
        symptom=Symptom(symptom) if (symptom := one("symptom", Symptom)) else None,
        cause=Cause(cause) if (cause := one("cause", Cause)) else None,
        city=call.get("city")[:100],
        district=call.get("district")[:100],
        carrier=call.get("carrier")[:100],
        source=call.get("source")[:100],
        rule=call.get("rule")[:100],
        hours=hours_of(weekday, hour, min(first, last), max(first, last), zone) if weekday in range(1, 8) else (),
    )


def hours_of(weekday: int, hour: int, first: date, last: date, zone: tzinfo) -> tuple[tuple[datetime, datetime], ...]:
    """The two hours from `hour` on of this day of the week (Monday is 1), whenever they came between two days."""
    newest = last - timedelta(days=(last.isoweekday() - weekday) % 7)
    days = (newest - timedelta(weeks=back) for back in range(MAX_WEEKS))
    begins = (datetime.combine(day, time(hour % 24), zone) for day in days if first <= day)
    return tuple((begin.astimezone(UTC), (begin + timedelta(hours=2)).astimezone(UTC)) for begin in begins)


def latest_day(call: Call) -> date:
    """Today; of an archive, whose last post is older, that post's day."""
    span = store.span(call.db)
    newest = span[1].astimezone(call.desk.settings.zone).date() if span else call.today
    return newest if newest < call.today - timedelta(days=2) else call.today


def local_days(call: Call, wanted: search.Wanted) -> tuple[date, date]:
    zone = call.desk.settings.zone
    return wanted.since.astimezone(zone).date(), (wanted.until - timedelta(seconds=1)).astimezone(zone).date()


def store_names(call: Call) -> list[str]:
    """Sources that posts can come from."""
    names = {source.name for source in call.desk.settings.sources}
    return sorted(names | set(store.source_names(call.db)))


def _begin(call: Call, day: date) -> datetime:
    return datetime.combine(day, time(), call.desk.settings.zone).astimezone(UTC)


def _csv(call: Call, wanted: search.Wanted) -> Response:
    found = search.find_posts(call.db, wanted, limit=1000)
    columns = ("post", "at", "source", "band", "score", "symptoms", "cause", "city", "district", "label", "url", "text")
    rows = (
        (
            *(each.post, each.at, each.source, each.band),
            *((each.judged.score, " ".join(each.judged.symptoms), each.judged.cause) if each.judged else ("", "", "")),
            *((each.judged.city, each.judged.district) if each.judged else ("", "")),
            *(each.label, each.url, each.text),
        )
        for each in found.posts
    )
    return call.csv("posts", columns, rows)


CHOICES = {"bands": list(Band), "symptoms": list(Symptom), "causes": list(Cause), "kinds": search.KINDS}

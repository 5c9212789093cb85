"""Where: the map with its list, and one place by days and hours."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup

from ... import store
from ...config.load import shipped
from ...digest.day import midnight
from ...domain import HotSpot
from ...errors import InputError
from ...escalate.matching import Match
from ...escalate.roles import Right
from ...jobs import planning, publishing
from ...locate.build import load_outlines
from ...locate.drawing import Outline, draw_map, spots_of
from ...locate.gazetteer import Gazetteer
from ...store.cases import cases
from ...store.plans import plan_versions
from ...watch.hotspots import SMALL
from ...watch.profile import Profile, profile
from .call import Call
from .desk import Desk
from .posts import latest_day

FRESH = timedelta(minutes=2)
DAYS = 28  # of a place
MOST_DAYS = 90  # of the map
LISTED = 40


def show_map(call: Call) -> Response:
    last = call.day("until") or latest_day(call)
    days, city = call.count("days", 7, most=MOST_DAYS) or 1, call.get("city")
    spots = [spot for spot in hot_spots(call.desk, last, days) if call.may(Right.SEE_POSTS) or not spot.small]
    inside = next((spot for spot in spots if spot.city == city), None)
    rows = list(inside.districts) if inside else spots
    if not call.may(Right.SEE_POSTS):
        rows = [spot for spot in rows if not spot.small]
    if call.get("as") == "csv":
        table = ((s.city, s.district, s.people, s.found, s.filed, s.per_100k, s.trend) for s in rows)
        return call.csv("hotspots", ("city", "district", "people", "found", "filed", "per_100k", "trend"), table)
    key = ("map", last, days, inside and inside.city, call.lang, call.may(Right.SEE_POSTS))
    drawing, lost = call.desk.kept.get(key, lambda: _drawn(call, rows, inside), now=call.now, fresh=FRESH)
    return call.page(
        "map.html", spots=rows[:LISTED], inside=inside, drawing=drawing, lost=lost, last=last, days=days, most=MOST_DAYS,
        newest=latest_day(call), since=last - timedelta(days=days - 1),
    )  # fmt: skip


def show_place(call: Call) -> Response:
    city, district = call.get("city")[:100], call.get("district")[:100]
    if call.desk.gazetteer.city(city) is None:
        raise InputError(call.say("wrong.no_place", name=city or "–"))
    last = call.day("until") or latest_day(call)
    found = profile_of(call.desk, city, district, last)
    if call.get("as") == "csv":
        return call.csv("place", ("day", "people"), found.days)
    about = [case for case in cases(call.db) if any(spot.city == city for spot in case.spots)]
    return call.page(
        "place.html", city=city, district=district, profile=found, last=last, first=found.days[0][0],
        peak=max(1, *(count for row in found.hours for count in row)),
        few=found.people < SMALL and not call.may(Right.SEE_POSTS),
        cases=about if call.may(Right.SEE_CASES) else [],
        plan=plan_of(call, city, district, found.people, last) if call.may(Right.SEE_PLAN) else None,
        per_100k=1e5 * found.people / people if not district and (people := call.desk.gazetteer.population(city)) else None,
    )  # fmt: skip


def hot_spots(desk: Desk, last: date, days: int) -> list[HotSpot]:
    def make() -> list[HotSpot]:
        with desk.reader() as db:
            return publishing.hot_spots(db, desk.gazetteer, desk.settings, last, days)

    return desk.kept.get(("hot spots", last, days), make, now=desk.clock(), fresh=FRESH)


def profile_of(desk: Desk, city: str, district: str, last: date) -> Profile:
    def make() -> Profile:
        zone = desk.settings.zone
        begin, end = midnight(last - timedelta(days=DAYS - 1), zone), midnight(last + timedelta(days=1), zone)
        with desk.reader() as db:
            there = store.complaints_in(db, city, since=begin, until=end)
            return profile([c for c in there if district in ("", c.district)], last, DAYS, zone)

    return desk.kept.get(("place", city, district, last), make, now=desk.clock(), fresh=FRESH)


def plan_of(call: Call, city: str, district: str, people: int, last: date) -> Match | None:
    """What the newest build-out plan says of a place. None: there is no plan."""
    desk, versions = call.desk, plan_versions(call.db)
    if not versions:
        return None

    def make() -> Match:
        with desk.reader() as db:
            return planning.match_place(db, desk.gazetteer, desk.settings, (city, district), people, last, DAYS)

    newest = versions[0].number
    return desk.kept.get(("plan", newest, city, district, people, last), make, now=desk.clock(), fresh=FRESH)


def _drawn(call: Call, rows: list[HotSpot], inside: HotSpot | None) -> tuple[Markup, int]:
    """The country with its outlines, or the parts of one city by themselves."""
    counted = [(spot.city, spot.district, spot.people) for spot in rows]
    spots, lost = spots_of(counted, call.desk.gazetteer, _link)
    if inside:
        spots = [replace(spot, name=spot.name.removeprefix(f"{inside.city}-")) for spot in spots]
    folders = [shipped("places", country) for country in call.desk.settings.carrier.countries[:1]]
    outlines = load_outlines(folders)
    title = call.say("map.of", place=inside.city) if inside else call.say("map.country")
    drawing = draw_map(
        spots,
        () if inside else outlines,
        Gazetteer() if inside else _within(call.desk.gazetteer, outlines),
        title=title,
        note=call.say("map.note", lost, lost=lost) if lost else "",
        credit=call.say("map.credit") if outlines and not inside else "",
    )
    return Markup(drawing), lost  # noqa: S704  # our own drawing, every name in it escaped


def _link(city: str, district: str | None) -> str:
    return "/desk/place?" + urlencode({"city": city} | ({"district": district} if district else {}))


def _within(gazetteer: Gazetteer, outlines: Sequence[Outline]) -> Gazetteer:
    """The cities that the outlines hold: another country's would make ours small."""
    points = [point for outline in outlines for ring in outline.rings for point in ring]
    if not points:
        return gazetteer
    (west, east), (south, north) = ((min(values), max(values)) for values in zip(*points, strict=True))
    cities = [gazetteer.places[index] for index in gazetteer.cities.values()]
    inside = tuple(city for city in cities if west <= city.lon <= east and south <= city.lat <= north)
    return Gazetteer(places=inside, cities={city.name: index for index, city in enumerate(inside)})

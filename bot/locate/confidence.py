"""How sure it is that a name means this place: one function a kind. The figures were set on the tuning posts."""

from ..domain import PlaceKind
from ..text import fold
from .context import Signal, at_point, directly_in, is_station, listed, place_before, written
from .gazetteer import LARGE, SMALL, TOWN, Place, distance_km
from .scan import Form
from .scene import Scene
from .spelling import TOPONYM

METROPOLIS = 500_000  # inhabitants of a city whose districts are known without it
CLEAR = 3.0  # of two towns with one name the larger is meant when it weighs this many times as much


def judged(scene: Scene, i: int, place: Place) -> tuple[float, str, Place] | None:
    if place.kind == PlaceKind.CITY:
        confidence, rule = city_confidence(scene, i, place)
    elif place.kind == PlaceKind.DISTRICT:
        confidence, rule = district_confidence(scene, i, place)
    elif place.kind in (PlaceKind.POI, PlaceKind.STATION):
        confidence, rule = point_confidence(scene, i, place)
    else:
        confidence, rule = region_confidence(scene, i, place)
    return (confidence, rule, place) if confidence > 0 else None


def city_confidence(scene: Scene, i: int, place: Place) -> tuple[float, str]:
    """Confidence and rule. What stands beside the name says most, then how many people know it."""
    hit, signal, words = scene.hits[i], scene.signals[i], scene.gazetteer.words
    capital = written(scene.tokens, hit)
    if _own_code(scene, i, place):
        return 0.95, "postcode-city"
    loss = _twin_loss(scene, i, place)
    if capital and _qualified(scene, i, place):
        return 0.85, "qualifier"
    if is_station(scene.tokens, hit, words) or hit.station:
        return (0.95 if place.people >= SMALL else 0.85) - loss, "station"
    if place_before(scene.tokens, hit, words) and capital:
        return (0.9 if place.people >= SMALL else 0.7) - loss, "place-of-city"
    if " " in hit.name and capital and place.people:
        return (0.9 if place.people >= TOWN or signal else 0.8) - loss, "full-name"
    if hit.name in scene.gazetteer.ambiguous or (len(hit.name) < 4 and place.people < LARGE):
        return _everyday_confidence(scene, i, place, capital=capital) - loss, "ambiguous-in"
    if hit.form == Form.TAG:
        return (0.85 if place.people >= TOWN else 0.6 if place.people >= SMALL else 0.4) - loss, "hashtag"
    row = _row(place)
    telling = 0.15 if row is _BY_SIZE[3] and capital and len(hit.name) >= 7 and TOPONYM.search(hit.name) else 0.0
    level = min(signal, Signal.STRONG)
    return row[level if capital else level + 3] + telling - loss, "city-in" if signal else "city"


# Confidence by size (large, town, small, village): capital without locative, weak, strong; then the same in lower case.
_BY_SIZE = (
    (0.9, 0.92, 0.95, 0.7, 0.75, 0.85),
    (0.8, 0.85, 0.9, 0.4, 0.45, 0.7),
    (0.65, 0.75, 0.85, 0.2, 0.3, 0.55),
    (0.34, 0.4, 0.7, 0.1, 0.1, 0.3),
)


def _row(place: Place) -> tuple[float, ...]:
    """The row for its size. A German municipality of unknown size is a merged one: small rather than tiny."""
    people = place.people or (SMALL if place.key else 0)
    return _BY_SIZE[0 if people >= LARGE else 1 if people >= TOWN else 2 if people >= SMALL else 3]


def _twin_loss(scene: Scene, i: int, place: Place) -> float:
    """What is taken off because another place of this name may be meant, or a state: "Brandenburg"."""
    hit = scene.hits[i]
    area = any(p.kind in (PlaceKind.STATE, PlaceKind.REGION) for p in hit.places)
    if area and (fold(place.name) != hit.name or place.people < TOWN):
        return 0.45
    twins = [
        p for p in hit.places if p.city != place.city and (p.kind == PlaceKind.CITY or p.sort in ("village", "suburb"))
    ]
    weight = scene.weight(hit, place)
    rival = max((scene.weight(hit, p) for p in twins), default=0.0)
    clear = CLEAR if place.people >= SMALL else 10 * CLEAR
    if rival * clear <= weight or (place.people >= TOWN and rival < weight and fold(place.name) == hit.name):
        return 0.0
    return 0.45


def _qualified(scene: Scene, i: int, place: Place) -> bool:
    """Whether its county or state stands right behind the name: "Rödental, Lkr. Coburg", "Hamm (NRW)"."""
    if i + 1 == len(scene.hits) or not listed(scene.tokens, scene.hits[i], scene.hits[i + 1]):
        return False
    county = place.key[:5]
    for area in scene.hits[i + 1].places:
        if (area.sort == "county" and area.key == county) or (area.sort == "state" and area.state == place.state):
            return True
    return False


def _everyday_confidence(scene: Scene, i: int, place: Place, *, capital: bool) -> float:
    """For a name that is also an everyday word: "in Essen", "#essen", "Köln nach Essen"."""
    hit, signal = scene.hits[i], scene.signals[i]
    if signal == Signal.SURE and capital and place.people >= SMALL:
        return 0.8
    if hit.form == Form.TAG:
        return 0.75 if place.people >= LARGE else 0.65 if signal and place.people >= TOWN else 0.3
    if signal >= Signal.STRONG and capital and directly_in(scene.tokens, hit, scene.gazetteer.words):
        return 0.8 if place.people >= TOWN else 0.6 if place.people >= SMALL else 0.4
    return 0.2


def _own_code(scene: Scene, i: int, place: Place) -> bool:
    """Whether a postcode of this place stands beside it: "06108 Halle"."""
    for j in (i - 1, i + 1):
        if 0 <= j < len(scene.hits) and (code := scene.hits[j].code):
            close = abs(scene.hits[j].first - scene.hits[i].first) <= 3
            if close and (code.city == place.name or distance_km((code.lat, code.lon), (place.lat, place.lon)) < 8):
                return True
    return False


def district_confidence(scene: Scene, i: int, place: Place) -> tuple[float, str]:
    """A district with its city is sure; alone it counts when its name is nobody else's, the more so in a metropolis."""
    hit, signal = scene.hits[i], scene.signals[i]
    capital = written(scene.tokens, hit)
    if hit.sure:
        return 0.95, "hashtag-district"
    if near := scene.nearest(hit, place.city):
        return _beside_city(scene, i, place, min(abs(near.at - hit.first), abs(near.at - hit.last))), "district-of-city"
    if _own_code(scene, i, place):
        return 0.9, "postcode-district"
    city = scene.gazetteer.city(place.city) if place.city else None
    large = city is not None and city.people >= METROPOLIS
    rivals = {
        p.city for p in hit.places if p.kind == PlaceKind.DISTRICT and p.sort != "village" and p.city != place.city
    }
    directly = directly_in(scene.tokens, hit, scene.gazetteer.words)
    if hit.name in scene.gazetteer.ambiguous or len(hit.name) < 4:
        sure = large and capital and not rivals and (directly or signal == Signal.SURE)
        return 0.65 if sure else 0.2, "ambiguous-in"
    if place.sort in ("village", "suburb") and place.people >= SMALL and capital:
        row = _BY_SIZE[1 if place.people >= TOWN else 2]
        return row[min(signal, Signal.STRONG)] - 0.1 - _twin_loss(
            scene, i, place
        ), "village-in" if signal else "village"
    if place.sort == "part":
        return 0.65 if directly and capital and not rivals and len(hit.name) >= 6 else 0.3, "district-in"
    if rivals or place.sort == "village":
        alone = signal >= Signal.STRONG and capital and not rivals and not _twin_loss(scene, i, place)
        return 0.55 if alone else 0.3, "village"
    if hit.form == Form.TAG:
        return 0.75 if large else 0.4, "hashtag-district"
    located = signal or at_point(scene.tokens, hit, scene.gazetteer.words)
    if not capital:
        return 0.6 if located else 0.45, "district-in" if located else "district"
    if located:
        return 0.85 if large else 0.7, "district-in"
    return 0.75 if large else 0.45, "district"


def _beside_city(scene: Scene, i: int, place: Place, away: int) -> float:
    """For a district whose city the post names `away` tokens off. An everyday word further off needs a locative."""
    hit, capital = scene.hits[i], written(scene.tokens, scene.hits[i])
    if away <= 2:
        return 0.95 if capital else 0.85
    located = scene.signals[i] or at_point(scene.tokens, hit, scene.gazetteer.words)
    if hit.name in scene.gazetteer.ambiguous:
        return 0.7 if located else 0.3
    if place.sort == "part" and not located:
        return 0.4
    return 0.85 if capital else 0.7


def point_confidence(scene: Scene, i: int, place: Place) -> tuple[float, str]:
    """Squares, stations, venues. A carrier's venue ("o2 World") is a place only beside its city."""
    hit, words = scene.hits[i], scene.gazetteer.words
    capital = written(scene.tokens, hit)
    rule = str(place.kind)
    if near := scene.nearest(hit, place.city):
        close = abs(near.at - hit.first) <= 4
        return (0.9 if close or capital else 0.7), f"{rule}-of-city"
    if "o2" in hit.name.split() and fold((place.city or "?").split()[0]) not in hit.name:
        return 0.0, "brand-venue"
    twins = {p.city for p in hit.places if p.kind == place.kind}
    if len(twins) > 1:
        return 0.3, rule
    located = at_point(scene.tokens, hit, words) or scene.signals[i] > 0
    if hit.name in scene.gazetteer.ambiguous or (len(hit.name) <= 4 and " " not in hit.name):
        if hit.form == Form.TAG:
            return 0.3, f"{rule}-nickname"
        placed = at_point(scene.tokens, hit, words)
        return (0.7 if placed and capital else 0.3), f"{rule}-nickname"
    if hit.form == Form.TAG:
        return 0.7, rule
    if " " in hit.name:
        return (0.85 if capital or located else 0.6), rule
    return ((0.85 if located else 0.7) if capital else 0.6 if located else 0.4), rule


def region_confidence(scene: Scene, i: int, place: Place) -> tuple[float, str]:
    hit, signal = scene.hits[i], scene.signals[i]
    capital = written(scene.tokens, hit)
    located = signal or at_point(scene.tokens, hit, scene.gazetteer.words)
    if place.sort == "state" and any(p.kind == PlaceKind.CITY and p.people >= LARGE for p in hit.places):
        return 0.0, "state"  # Berlin, Hamburg and Bremen are cities first
    if hit.name in scene.gazetteer.ambiguous or len(hit.name) < 4:
        return (0.65 if located and capital else 0.3), place.sort
    return ((0.85 if located else 0.75) if capital else 0.6 if located else 0.4), place.sort

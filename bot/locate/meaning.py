"""What each hit means: the most likely of all places of that name, and what the words after it make of it."""

from itertools import pairwise

from ..domain import PlaceKind
from ..text import Tokens, fold
from .confidence import city_confidence, judged
from .context import Signal, listed, plainly_listed, signal, something_else
from .gazetteer import Gazetteer, Place
from .parts import city_found, lone_station
from .scan import Form, Hit
from .scene import Anchor, Found, Scene, found
from .special import adjective, postcode, short


def settle(tokens: Tokens, hits: list[Hit], gazetteer: Gazetteer) -> list[Found]:
    """What the hits mean, in the order of the text; those that mean no place are left out."""
    hits = [hit for hit in hits if hit.form == Form.POSTCODE or not something_else(tokens, hit, gazetteer)]
    signals = [signal(tokens, hit, gazetteer.words) for hit in hits]
    for i in range(1, len(hits)):
        if signals[i] < signals[i - 1] and listed(tokens, hits[i - 1], hits[i]):
            signals[i] = signals[i - 1]
    scene = Scene(tokens, gazetteer, hits, signals, [])
    for i, hit in enumerate(hits):
        if (city := _anchor(scene, i)) is not None:
            scene.anchors.append(Anchor(hit.first, city.name, (city.lat, city.lon)))
    _lend(scene)
    meanings = [each for i in range(len(hits)) if (each := _meaning(scene, i)) is not None]
    if meanings and (station := lone_station(scene, meanings)):
        meanings = sorted([*meanings, station], key=lambda each: each.first)
    return meanings


def _lend(scene: Scene) -> None:
    """A name in one breath with a city ("Köln nach Essen", "Halle/Leipzig") is a place as well."""
    sure = {anchor.at for anchor in scene.anchors}
    for a, b in pairwise(range(len(scene.hits))):
        first, second = scene.hits[a], scene.hits[b]
        if plainly_listed(scene.tokens, first, second):
            if first.first in sure:
                scene.signals[b] = Signal.SURE
            elif second.first in sure:
                scene.signals[a] = Signal.SURE


def _meaning(scene: Scene, i: int) -> Found | None:
    hit = scene.hits[i]
    match hit.form:
        case Form.POSTCODE:
            return postcode(scene, i)
        case Form.ADJECTIVE:
            return adjective(scene, i)
        case Form.SHORT:
            return short(scene, i)
        case Form.TYPO:
            return city_found(scene, i, hit.places[0], 0.65, "typo")
    return _best(scene, i)


def _best(scene: Scene, i: int) -> Found | None:
    """The most likely of all places with this name."""
    hit = scene.hits[i]
    options = [option for place in _candidates(scene, hit) if (option := judged(scene, i, place)) is not None]
    # Where a town and a district share the name ("Clapham"), the one that more people mean comes first.
    options.sort(key=lambda option: (-round(option[0], 2), -scene.weight(hit, option[2])))
    if not options:
        return None
    confidence, rule, place = options[0]
    if len(options) > 1 and options[1][0] > confidence - 0.05 and options[1][2].city != place.city:
        confidence, rule = confidence - 0.2, f"{rule}?"
    if place.kind == PlaceKind.CITY:
        return city_found(scene, i, place, confidence, rule)
    return found(hit, place, confidence, rule)


def _candidates(scene: Scene, hit: Hit) -> list[Place]:
    """One place of each kind that the name can mean: where twins stand, the one in or near a city the post names."""
    kinds: dict[PlaceKind, list[Place]] = {}
    for place in hit.places:
        kinds.setdefault(place.kind, []).append(place)
    return [_twin(scene, hit, twins) for twins in kinds.values()]


def _twin(scene: Scene, hit: Hit, twins: list[Place]) -> Place:
    if len(twins) == 1:
        return twins[0]
    if twins[0].city is not None and twins[0].kind != PlaceKind.CITY:
        named = [(abs(near.at - hit.first), place) for place in twins if (near := scene.nearest(hit, place.city))]
        if named:
            return min(named, key=lambda pair: pair[0])[1]
    return max(twins, key=lambda place: scene.weight(hit, place))


def _anchor(scene: Scene, i: int) -> Place | None:
    """The city a hit surely names, seen by itself."""
    hit = scene.hits[i]
    if hit.form == Form.POSTCODE:
        sure = hit.sure or (scene.signals[i] and hit.name.isdigit())
        return scene.gazetteer.city(hit.code.city) if hit.code and sure else None
    if hit.form == Form.ADJECTIVE:
        return hit.places[0] if adjective(scene, i) else None
    if hit.form == Form.SHORT:
        return hit.places[0] if short(scene, i) else None
    cities = [place for place in hit.places if place.kind == PlaceKind.CITY]
    if not cities:
        return _station_city(scene, hit)
    city = max(cities, key=lambda place: place.people)
    districts = [p for p in hit.places if p.kind == PlaceKind.DISTRICT and p.sort not in ("village", "suburb")]
    if any(scene.weight(hit, district) > city.people for district in districts):
        return None
    return city if city_confidence(scene, i, city)[0] >= 0.6 else None


def _station_city(scene: Scene, hit: Hit) -> Place | None:
    """The city in a station's or square's own name: "Potsdam Hbf", "Olympiastadion Berlin"."""
    named = {place.city for place in hit.places if place.city and fold(place.city.split()[0]) in hit.name.split()}
    return scene.gazetteer.city(named.pop()) if len(named) == 1 else None

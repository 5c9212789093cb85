"""A city, or what the words right after it make of it: its station, a part, a district that no list knows."""

from ..domain import PlaceKind
from .context import is_station, part_after
from .gazetteer import Place
from .scene import Found, Scene, found
from .spelling import SURE_TOPONYM

SURE = 0.6  # what follows an unsure city makes it no surer


def city_found(scene: Scene, i: int, place: Place, confidence: float, rule: str) -> Found:
    """The city, or what the words right after it make of it: its station, a part, a district that no list knows."""
    hit, words = scene.hits[i], scene.gazetteer.words
    part = (hit.part, 0) if hit.part else part_after(scene.tokens, hit, words)
    if part and confidence >= SURE:
        after = scene.hits[i + 1] if i + 1 < len(scene.hits) else None
        if after is None or after.first > hit.last + part[1] or not any(p.city == place.name for p in after.places):
            return found(hit, place, max(confidence, 0.8), "part", part[1], PlaceKind.DISTRICT, part[0])
    if taken := is_station(scene.tokens, hit, words) or hit.station:
        return found(hit, place, confidence, "station", int(taken) if not hit.station else 0, PlaceKind.STATION)
    name = _unlisted(scene, i) if confidence >= SURE else None
    if name is not None:
        return found(hit, place, confidence, "hyphen", 1, PlaceKind.DISTRICT, name)
    return found(hit, place, confidence, rule)


def _unlisted(scene: Scene, i: int) -> str | None:
    """A district that no list knows: "Jena-Lobeda", or "Rostock Evershagen" where the word ends as places do."""
    hit, tokens, words = scene.hits[i], scene.tokens, scene.gazetteer.words
    k = hit.last + 1
    if k >= len(tokens.words) or any(other.first == k for other in scene.hits):
        return None
    gap, word = tokens.text[tokens.ends[hit.last] : tokens.starts[k]], tokens.words[k]
    written = tokens.slice(k, k)
    if not written[0].isupper() or written.isupper() or len(word) < 4 or not word.isalpha():
        return None
    if gap == "-" and not word.endswith(words.compounds):
        return written
    return written if gap == " " and len(word) >= 7 and SURE_TOPONYM.search(word) else None


def lone_station(scene: Scene, meanings: list[Found]) -> Found | None:
    """ "am Hbf" in a post that names one city: that city's main station. None where none or several are named."""
    main = ("hbf", "hauptbahnhof")
    words = scene.tokens.words
    at = next((i for i, word in enumerate(words) if word in main), None)
    cities = {each.city for each in meanings if each.city and each.confidence >= SURE}
    if at is None or len(cities) != 1 or any(each.first <= at <= each.last for each in meanings):
        return None
    city = scene.gazetteer.city(cities.pop() or "")
    if city is None:
        return None
    return Found(
        at, at, PlaceKind.STATION, city.name, None, None, city.state, (city.lat, city.lon), 0.75, "station-of-city"
    )

"""What is no plain name: postcodes, adjectives ("Kölner Hbf"), abbreviations ("B-Kreuzberg")."""

from ..domain import PlaceKind
from .context import Signal, directly_in, is_station, part_after
from .gazetteer import distance_km
from .parts import city_found
from .scan import Hit
from .scene import NEAR_KM, Found, Scene, found

_MONEY = ("€", "%", "$", "£")


def adjective(scene: Scene, i: int) -> Found | None:
    """ "Kölner Hbf", "Dresdner Neustadt": only before a word that makes it a place."""
    hit, place, tokens, words = scene.hits[i], scene.hits[i].places[0], scene.tokens, scene.gazetteer.words
    k = hit.last + 1
    if k >= len(tokens.words) or tokens.starts[k] - tokens.ends[hit.last] > 2:
        return None
    if is_station(tokens, hit, words):
        return found(hit, place, 0.9, "adjective", 1, PlaceKind.STATION)
    nxt = scene.hits[i + 1] if i + 1 < len(scene.hits) and scene.hits[i + 1].first == k else None
    if nxt is not None and any(p.city == place.name and p.kind != PlaceKind.CITY for p in nxt.places):
        return found(hit, place, 0.85, "adjective")
    if part := part_after(tokens, hit, words):
        return found(hit, place, 0.85, "adjective", part[1], PlaceKind.DISTRICT, part[0])
    if tokens.words[k] in words.after_adjective:
        return found(hit, place, 0.8, "adjective", 1)
    return None


def short(scene: Scene, i: int) -> Found | None:
    """ "HH", "in LE", "B-Kreuzberg"."""
    hit, place, tokens = scene.hits[i], scene.hits[i].places[0], scene.tokens
    if _beside_district(scene, i):
        return found(hit, place, 0.9, "abbreviation-district")
    if len(hit.name) == 1:
        return None
    located = scene.signals[i] >= Signal.STRONG or is_station(tokens, hit, scene.gazetteer.words)
    if located:
        return city_found(
            scene, i, place, 0.85 if hit.name in scene.gazetteer.words.strong_abbreviations else 0.65, "abbreviation"
        )
    if hit.name in scene.gazetteer.words.strong_abbreviations and not tokens.text.isupper():
        return city_found(scene, i, place, 0.6, "abbreviation")
    return None


def _beside_district(scene: Scene, i: int) -> bool:
    """Whether a hyphen and a district of that city follow."""
    hit, nxt = scene.hits[i], scene.hits[i + 1] if i + 1 < len(scene.hits) else None
    if nxt is None or nxt.first != hit.last + 1:
        return False
    gap = scene.tokens.text[scene.tokens.ends[hit.last] : scene.tokens.starts[nxt.first]]
    return gap in ("-", " - ", "/") and any(
        p.city == hit.places[0].name and p.kind != PlaceKind.CITY for p in nxt.places
    )


def postcode(scene: Scene, i: int) -> Found | None:
    """A number or code that the words around it make a postcode; others are amounts, trains, phones."""
    hit, code = scene.hits[i], scene.hits[i].code
    why = _german_code(scene, i) if hit.name.isdigit() else _british_code(scene, i)
    if why is None:
        return None
    confidence, rule = why
    return Found(
        hit.first, hit.last, PlaceKind.POSTCODE,
        code.city if code else None, code.district if code else None, hit.name.upper(), code.state if code else None,
        (code.lat, code.lon) if code else None, confidence, rule,
    )  # fmt: skip


def _german_code(scene: Scene, i: int) -> tuple[float, str] | None:
    hit, tokens, words = scene.hits[i], scene.tokens, scene.gazetteer.words
    start, end = tokens.starts[hit.first], tokens.ends[hit.last]
    before = tokens.words[hit.first - 1] if hit.first else ""
    after = tokens.words[hit.last + 1] if hit.last + 1 < len(tokens.words) else ""
    if hit.sure:
        return 0.95, "postcode"
    if after in words.units or tokens.text[end : end + 2].strip()[:1] in _MONEY:
        return None
    if before in words.postcode_words:
        return 0.95, "postcode-word"
    if tokens.text[max(0, start - 1) : start] in ("-", "+", "/", *_MONEY):
        return None
    if _near_its_city(scene, hit):
        return 0.9, "postcode-city"
    if scene.signals[i] >= Signal.STRONG:
        return 0.85, "postcode-in"
    if tokens.text[max(0, start - 1) : start] == "(":
        return 0.8, "postcode-bracket"
    if hit.first == 0 and tokens.text[end : end + 1] == ":":
        return 0.7, "postcode-first"
    return None


def _british_code(scene: Scene, i: int) -> tuple[float, str] | None:
    """An outward code alone is short ("S4" is a train as well): one letter needs more around it than two."""
    hit, tokens, words = scene.hits[i], scene.tokens, scene.gazetteer.words
    before = tokens.words[hit.first - 1] if hit.first else ""
    after = tokens.words[hit.last + 1] if hit.last + 1 < len(tokens.words) else ""
    telling = hit.name[:2].isalpha() and tokens.slice(hit.first, hit.last).isupper()
    if hit.sure:
        return 0.95, "postcode"
    if before in words.postcode_words:
        return 0.95, "postcode-word"
    if hit.name in scene.gazetteer.ambiguous:
        return None
    if _near_its_city(scene, hit):
        return 0.9, "postcode-city"
    if directly_in(tokens, hit, words) or (telling and scene.signals[i] >= Signal.STRONG):
        return 0.85, "postcode-in"
    if after in ("area", "postcode"):
        return 0.85, "postcode-area"
    return (0.7, "postcode-alone") if telling else None


def _near_its_city(scene: Scene, hit: Hit) -> bool:
    """Whether the post names a city near the code's own place."""
    code = hit.code
    return code is not None and any(
        distance_km((code.lat, code.lon), anchor.point) < NEAR_KM for anchor in scene.anchors if anchor.at != hit.first
    )

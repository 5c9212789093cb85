"""What is no plain name: postcodes, adjectives ("Kölner Hbf"), abbreviations ("B-Kreuzberg")."""

from ..domain import PlaceKind
from .context import Signal, is_station, part_after
from .gazetteer import distance_km
from .parts import city_found
from .scene import NEAR_KM, Found, Scene, found


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
    hit, tokens, words = scene.hits[i], scene.tokens, scene.gazetteer.words
    code = hit.code
    k, j = hit.last + 1, hit.first - 1
    if not hit.sure and k < len(tokens.words) and tokens.words[k] in words.units:
        return None
    start, end = tokens.starts[hit.first], tokens.ends[hit.last]
    money = tokens.text[end : end + 2].strip()[:1] in ("€", "%", "$", "£")
    glued = not hit.sure and tokens.text[max(0, start - 1) : start] in ("-", "+", "€", "£", "/")
    if (money or glued) and not (j >= 0 and tokens.words[j] == "d"):
        return None
    british = not hit.name.isdigit()
    near = code is not None and any(
        distance_km((code.lat, code.lon), a.point) < NEAR_KM for a in scene.anchors if a.at != hit.first
    )
    if hit.sure:
        confidence, rule = 0.95, "postcode"
    elif j >= 0 and tokens.words[j] in words.postcode_words:
        confidence, rule = 0.95, "postcode-word"
    elif near:
        confidence, rule = 0.9, "postcode-city"
    elif scene.signals[i] >= Signal.STRONG:
        confidence, rule = 0.85, "postcode-in"
    elif tokens.text[max(0, start - 1) : start] == "(" or (
        k < len(tokens.words) and tokens.words[k] in ("area", "postcode", "gebiet")
    ):
        confidence, rule = 0.8, "postcode-bracket"
    elif hit.first == 0 and tokens.text[end : end + 1] == ":":
        confidence, rule = 0.7, "postcode-first"
    elif british and hit.name[:2].isalpha() and tokens.slice(hit.first, hit.last).isupper():
        confidence, rule = 0.7, "postcode-alone"
    else:
        return None
    return Found(
        hit.first, hit.last, PlaceKind.POSTCODE,
        code.city if code else None, code.district if code else None, hit.name.upper(), code.state if code else None,
        (code.lat, code.lon) if code else None, confidence, rule,
    )  # fmt: skip

"""Text to places, or an honest nothing.

tokens → hits (scan) → what each means (meaning) → neighbours joined → those from COUNTS on, in order (order)
"""

from ..domain import Location, PlaceKind
from ..text import Tokens
from .context import is_station, written
from .gazetteer import Gazetteer
from .meaning import settle
from .order import in_order
from .scan import Form, Hit, scan
from .scene import Found

COUNTS = 0.5  # confidence from which a place counts
SHOWN = 0.7  # confidence from which it is shown to people

_DEPTH = {PlaceKind.POI: 5, PlaceKind.STATION: 5, PlaceKind.DISTRICT: 4, PlaceKind.POSTCODE: 3, PlaceKind.CITY: 2}
_LINKS = frozenset(("in", "im", "am", "an", "auf", "bei", "von", "der", "at"))


def find_places(tokens: Tokens, gazetteer: Gazetteer) -> tuple[Location, ...]:
    """The places a post names, most specific first, then the one where the trouble is.

    Confidence is the rule's, from COUNTS on; what is less certain is left out: "unplaced" is an answer.
    """
    hits = scan(tokens, gazetteer)
    if all(_hopeless(tokens, hit, gazetteer) for hit in hits):
        return ()
    found = [each for each in _joined(tokens, settle(tokens, hits, gazetteer)) if each.confidence >= COUNTS]
    return tuple(_location(tokens, each) for each in in_order(tokens, found, gazetteer.words))


def _hopeless(tokens: Tokens, hit: Hit, gazetteer: Gazetteer) -> bool:
    """Whether only a better neighbour could make a place of it: an everyday word in lower case, and no station behind it.

    A short cut: a sixth of all posts hold such a word ("who", "over") and nothing else that could be a place.
    """
    return (
        hit.form is Form.NAME
        and hit.name in gazetteer.ambiguous
        and not written(tokens, hit)
        and not is_station(tokens, hit, gazetteer.words)
    )


def wanting(places: tuple[Location, ...]) -> tuple[str, ...]:
    """What a reply should ask for so that the planners can use the complaint; empty when it is known."""
    if not any(place.city for place in places):
        return ("city", "district", "postcode")
    if any(place.district or place.postcode or _DEPTH.get(place.kind, 0) > 3 for place in places):
        return ()
    return ("district", "postcode")


def _joined(tokens: Tokens, found: list[Found]) -> list[Found]:
    """Neighbours that speak of one city become one: "Hamburg Eimsbüttel", "13353 Berlin", "Halle in Köln"."""
    joined: list[Found] = []
    for each in found:
        if joined and (both := _both(tokens, joined[-1], each)):
            joined[-1] = both
        else:
            joined.append(each)
    return joined


def _both(tokens: Tokens, a: Found, b: Found) -> Found | None:
    if a.city is None or a.city != b.city or a.kind == b.kind:
        return None
    between = b.first - a.last - 1
    if between > 1 or (between == 1 and tokens.words[a.last + 1] not in _LINKS):
        return None
    gap = tokens.text[tokens.ends[a.last] : tokens.starts[b.first]]
    if any(c in "\n.!?;" for c in gap):
        return None
    deep, other = (a, b) if _DEPTH.get(a.kind, 0) >= _DEPTH.get(b.kind, 0) else (b, a)
    return Found(
        first=a.first,
        last=b.last,
        kind=deep.kind,
        city=deep.city,
        district=deep.district or other.district,
        postcode=deep.postcode or other.postcode,
        state=deep.state,
        point=deep.point,
        confidence=min(0.98, max(a.confidence, b.confidence)),
        rule=deep.rule if other.kind == PlaceKind.CITY else f"{deep.rule}+{other.rule}",
    )


def _location(tokens: Tokens, found: Found) -> Location:
    start, end = tokens.starts[found.first], tokens.ends[found.last]
    lat, lon = found.point or (None, None)
    return Location(
        start=start,
        end=end,
        text=tokens.text[start:end],
        kind=found.kind,
        city=found.city,
        district=found.district,
        postcode=found.postcode,
        state=found.state,
        lat=lat,
        lon=lon,
        confidence=round(found.confidence, 2),
        rule=found.rule,
    )

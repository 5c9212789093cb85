"""A post as the rules of meaning see it: its hits, the words before them, the cities it surely names."""

from dataclasses import dataclass

from ..domain import PlaceKind
from ..text import Tokens
from .context import Signal
from .gazetteer import Gazetteer, Place, distance_km
from .scan import Hit

NEAR_KM = 25.0  # a postcode or a twin this near to a city named in the post belongs to it
DISTRICT_SHARE = 40  # a district of a city weighs as much as a town of a fortieth of its inhabitants


@dataclass(slots=True)
class Found:
    """A hit with its meaning."""

    first: int
    last: int
    kind: PlaceKind
    city: str | None
    district: str | None
    postcode: str | None
    state: str | None
    point: tuple[float, float] | None
    confidence: float
    rule: str


@dataclass(slots=True)
class Anchor:
    """A city that the post surely speaks of."""

    at: int  # token
    city: str
    point: tuple[float, float]


@dataclass(slots=True)
class Scene:
    """The post as the rules see it."""

    tokens: Tokens
    gazetteer: Gazetteer
    hits: list[Hit]
    signals: list[Signal]
    anchors: list[Anchor]

    def nearest(self, hit: Hit, city: str | None) -> Anchor | None:
        """The mention of this city that is nearest to the hit; None when the post does not name it."""
        same = [anchor for anchor in self.anchors if anchor.city == city and not hit.first <= anchor.at <= hit.last]
        return min(same, key=lambda anchor: abs(anchor.at - hit.first), default=None)

    def weight(self, hit: Hit, place: Place) -> float:
        """Inhabitants, those of the city where a part has none, ten times as much near a place that the post names."""
        city = self.gazetteer.city(place.city) if place.city else None
        own = place.kind == PlaceKind.CITY or place.sort in ("village", "suburb")
        people = place.people if own else (city.people if city else 0) / DISTRICT_SHARE
        # Each point once: a hostile post names one city a hundred times, and each may mean a dozen places.
        points = {anchor.point for anchor in self.anchors if not hit.first <= anchor.at <= hit.last}
        near = any(distance_km((place.lat, place.lon), point) < 2 * NEAR_KM for point in points)
        return (people + 1) * (10 if near else 1)


def found(
    hit: Hit,
    place: Place,
    confidence: float,
    rule: str,
    more: int = 0,
    kind: PlaceKind | None = None,
    district: str | None = None,
) -> Found:
    return Found(
        first=hit.first,
        last=hit.last + more,
        kind=kind or place.kind,
        city=place.city,
        district=district or place.district,
        postcode=None,
        state=place.state,
        point=(place.lat, place.lon),
        confidence=confidence,
        rule=rule,
    )

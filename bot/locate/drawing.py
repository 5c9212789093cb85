"""A map of hot spots: where everything lies, and as SVG, written by hand: no library, no tiles, no request to anybody."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from .gazetteer import Gazetteer

Ring = tuple[tuple[float, float], ...]  # longitude, latitude

WIDTH = 480.0  # pixels; the height follows from the country
MARGIN = 12.0
LARGEST = 22.0  # radius of the spot with most people
SMALLEST = 3.0
NAMED = 12  # spots that carry their name
LETTER, LINE = 7.2, 14.0  # pixels a letter and a line of a name take at most, about
LANDMARK = 200_000  # inhabitants of the cities shown as a faint dot, to find one's way


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map and how many people complained there."""

    name: str
    lat: float
    lon: float
    people: int
    href: str = ""  # of the page about it; "": none


@dataclass(frozen=True, slots=True)
class Outline:
    """A state's borders, and whom they are owed to."""

    name: str
    rings: tuple[Ring, ...]


def spots_of(
    counted: Iterable[tuple[str, str | None, int]],
    gazetteer: Gazetteer,
    link: Callable[[str, str | None], str] | None = None,
) -> tuple[list[Spot], int]:
    """City, district and people to spots on the map, and how many people's place has no coordinates."""
    districts = {(place.city, place.district): place for place in gazetteer.places if place.district}
    spots, lost = [], 0
    for city, district, people in counted:
        place = (districts.get((city, district)) if district else None) or gazetteer.city(city)
        if place is None:
            lost += people
        else:
            name = f"{city}-{district}" if district else city
            spots.append(Spot(name, place.lat, place.lon, people, link(city, district) if link else ""))
    return spots, lost


@dataclass(frozen=True, slots=True)
class Sheet:
    """A map laid out, in pixels from the upper left corner; whoever has a pen can draw it."""

    width: float
    height: float
    borders: tuple[tuple[str, tuple[Ring, ...]], ...]  # a state's name and rings
    landmarks: tuple[tuple[float, float], ...]  # large cities
    circles: tuple[tuple[float, float, float, Spot], ...]  # x, y, radius; the largest first
    labels: tuple[tuple[float, float, str, str], ...]  # x, baseline's y, text-anchor, text


def lay_out(spots: Sequence[Spot], outlines: Sequence[Outline], gazetteer: Gazetteer) -> Sheet:
    cities = [place for index in gazetteer.cities.values() if (place := gazetteer.places[index]).people >= LANDMARK]
    points = [point for outline in outlines for ring in outline.rings for point in ring]
    points += [(spot.lon, spot.lat) for spot in spots] + [(city.lon, city.lat) for city in cities]
    if not points:
        points = [(5.9, 47.3), (15.0, 55.1)]
    view = _View.around(points)
    most = max((spot.people for spot in spots), default=1)
    ordered = sorted(spots, key=lambda spot: (-spot.people, spot.name))
    return Sheet(
        WIDTH,
        view.height,
        tuple(
            (outline.name, tuple(tuple(view.at(*p) for p in ring) for ring in outline.rings)) for outline in outlines
        ),
        tuple(view.at(city.lon, city.lat) for city in cities),
        tuple((*view.at(spot.lon, spot.lat), _radius(spot, most), spot) for spot in ordered),
        tuple(_labels(ordered, most, view)),
    )


def draw_map(
    spots: Sequence[Spot], outlines: Sequence[Outline], gazetteer: Gazetteer, *, title: str, note: str, credit: str = ""
) -> str:
    """The map as one SVG element. It takes the text colour of the page; `title` and `note` are read aloud as well.

    `note` says what the map cannot show, such as the number of unplaced complaints.
    """
    sheet = lay_out(spots, outlines, gazetteer)
    foot = sheet.height + (34 if note else 18)
    parts = [
        # A picture hides what is in it from those who listen; one with links is a group.
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {foot:.0f}" '
        f'role="{"group" if any(spot.href for spot in spots) else "img"}" '
        f'aria-labelledby="map-title map-note" font-family="sans-serif" fill="currentColor">',
        f'<title id="map-title">{escape(title)}</title><desc id="map-note">{escape(note)}</desc>',
        '<g fill="none" stroke="currentColor" stroke-opacity=".35" stroke-width=".7">',
        *(f'<path d="{_path(rings)}"><title>{escape(name)}</title></path>' for name, rings in sheet.borders),
        '</g><g fill-opacity=".35">',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.2"/>' for x, y in sheet.landmarks),
        '</g><g fill-opacity=".45" stroke="currentColor">',
        *(_circle(x, y, r, spot) for x, y, r, spot in sheet.circles),
        '</g><g font-size="14">',
        *(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
            for x, y, anchor, text in sheet.labels
        ),
        f'<text x="{MARGIN:.0f}" y="{foot - 20:.0f}">{escape(note)}</text>' if note else "",
        f'<text x="{MARGIN:.0f}" y="{foot - 6:.0f}" font-size="8">{escape(credit)}</text></g></svg>',
    ]
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class _View:
    """Degrees to pixels: equal distances at the middle latitude."""

    west: float
    north: float
    scale: float  # pixels a degree of latitude
    squeeze: float  # a degree of longitude is so many of latitude
    height: float

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]]) -> "_View":
        west, east = min(x for x, _ in points), max(x for x, _ in points)
        south, north = min(y for _, y in points), max(y for _, y in points)
        squeeze = math.cos(math.radians((south + north) / 2))
        scale = (WIDTH - 2 * MARGIN) / max((east - west) * squeeze, 0.1)
        return cls(west, north, scale, squeeze, (north - south) * scale + 2 * MARGIN)

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return MARGIN + (lon - self.west) * self.squeeze * self.scale, MARGIN + (self.north - lat) * self.scale


def _circle(x: float, y: float, r: float, spot: Spot) -> str:
    told = f"{escape(spot.name)}: {spot.people}"
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"><title>{told}</title></circle>'
    return f'<a href="{escape(spot.href)}" aria-label="{told}">{circle}</a>' if spot.href else circle


def _path(rings: Iterable[Ring]) -> str:
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in rings)


def _radius(spot: Spot, most: int) -> float:
    """Area for people: the eye compares areas."""
    return max(SMALLEST, LARGEST * math.sqrt(max(spot.people, 0) / most))


def _labels(spots: Sequence[Spot], most: int, view: _View) -> list[tuple[float, float, str, str]]:
    """Names beside their spots, most people first; one that would cover another or leave the map is left out."""
    taken: list[tuple[float, float, float]] = []  # left, right, baseline
    labels = []
    for spot in spots:
        x, y = view.at(spot.lon, spot.lat)
        name = f"{spot.name} {spot.people:,}".replace(",", "\u202f")
        wide, shift = LETTER * len(name), _radius(spot, most) + 3
        for left, anchor in ((x + shift, "start"), (x - shift - wide, "end")):
            right = left + wide
            free = all(right < a or left > b or abs(y - line) > LINE for a, b, line in taken)
            if free and left >= 0 and right <= WIDTH:
                taken.append((left, right, y))
                at = left if anchor == "start" else right
                labels.append((at, y + 4, anchor, name))
                break
        if len(labels) == NAMED:
            break
    return labels

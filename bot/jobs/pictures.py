"""The digest's pictures: the days as bars, the places as a map; by hand for pages, by matplotlib for mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ..config.load import read_toml, shipped
from ..digest.bars import draw_bars
from ..digest.charts import draw
from ..digest.model import DayDigest
from ..digest.words import Words
from ..locate.build import load_cities, load_outlines
from ..locate.drawing import Outline, Sheet, Spot, draw_map, lay_out
from ..locate.gazetteer import Gazetteer


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What a country's map is drawn on."""

    cities: Gazetteer
    outlines: tuple[Outline, ...]
    credit: str


@cache
def backdrop(country: str) -> Backdrop:
    """Nothing of a country whose places do not ship. Raises ConfigError, GazetteerError."""
    folder = [folder for folder in [shipped("places", country)] if folder.is_dir()]
    owed = read_toml(shipped("places", "SOURCES.toml")).values()
    credit = "; ".join(part["credit"] for part in owed if f"{country}/outlines.json" in part["files"])
    return Backdrop(load_cities(*folder), load_outlines(folder), credit)


def drawn(digest: DayDigest, words: Words) -> dict[str, str]:
    """SVG by name, in the page's text colour."""
    pictures = {"days": draw_bars(digest, words)} if digest.series else {}
    if digest.map:
        behind = backdrop(digest.country)
        title = words.say("digest.map.title", digest.place_days)
        pictures["map"] = draw_map(
            _spots(digest), behind.outlines, behind.cities, title=title, note="", credit=behind.credit
        )
    return pictures


def for_mail(digest: DayDigest, languages: Sequence[Words]) -> dict[str, dict[str, bytes]]:
    """PNG by language and name; what cannot be drawn is missing."""
    sheet: Sheet | None = None
    credit = ""
    if digest.map:
        behind = backdrop(digest.country)
        sheet, credit = lay_out(_spots(digest), behind.outlines, behind.cities), behind.credit
    return draw(digest, languages, sheet, credit)


def _spots(digest: DayDigest) -> list[Spot]:
    return [Spot(dot.name, dot.lat, dot.lon, dot.people) for dot in digest.map]

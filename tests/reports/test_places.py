import pytest

from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.reports.places import Places

PLACES = Places(load_gazetteer_of(load_settings(shipped("o2-de.toml"))), "de")


@pytest.mark.parametrize(
    ("written", "city", "district", "postcode"),
    [
        ("Hamburg", "Hamburg", None, None),
        ("22765", "Hamburg", None, "22765"),
        ("D-22765 Hamburg", "Hamburg", None, "22765"),
        ("altona", "Hamburg", "Altona", None),
        ("Hamburg Altona", "Hamburg", "Altona", None),
        ("Deutz, Köln", "Köln", "Deutz", None),
        ("Frankfurt", "Frankfurt am Main", None, None),
        ("Hamburg Hbf", "Hamburg", "St. Georg", None),
        ("muenchen", "München", None, None),
    ],
)
def test_a_place_is_found_however_it_is_typed(
    written: str, city: str, district: str | None, postcode: str | None
) -> None:
    (spot,) = PLACES.find(written)
    assert (spot.city, spot.district, spot.postcode) == (city, district, postcode)


def test_a_district_of_its_own_field_belongs_to_the_place_beside_it() -> None:
    (spot,) = PLACES.find("22765", "Altona")
    assert (spot.city, spot.district, spot.postcode) == ("Hamburg", "Altona", "22765")
    (spot,) = PLACES.find("Köln", "Altona")  # there is none
    assert (spot.city, spot.district) == ("Köln", None)


def test_a_name_of_many_places_asks_and_each_answer_is_one_place() -> None:
    spots = PLACES.find("Neustadt")
    assert len(spots) > 3
    for spot in spots:
        assert PLACES.chosen(spot.label) == (spot,)


def test_a_place_abroad_or_nowhere_is_not_found_and_a_slip_is_suggested() -> None:
    assert PLACES.find("London") == PLACES.find("xyzzy") == PLACES.find("") == ()
    assert PLACES.near("Hambrug")[0].city == "Hamburg"
    assert PLACES.near("\u202e" * 300) == ()


def test_while_typing_the_largest_of_that_beginning_come_first() -> None:
    assert PLACES.suggest("ham")[0].label == "Hamburg"
    assert PLACES.suggest("2276")[0].label == "22761 Hamburg"
    assert PLACES.suggest("h") == ()

"""Sentences written for these tests; one line a rule, with the false alarms we know of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Location, PlaceKind
from bot.locate.build import load_gazetteer
from bot.locate.gazetteer import Gazetteer
from bot.locate.hints import COUNTS, find_places, wanting
from bot.text import prepare, tokenize

from .conftest import PLACES


def places(text: str, gazetteer: Gazetteer) -> tuple[Location, ...]:
    return find_places(tokenize(prepare(text)), gazetteer)


FOUND = [
    # city, large and small
    ("Seit heute morgen kein Netz in Bremen", ["Bremen"]),
    ("o2 in köln mal wieder lahm", ["Köln"]),
    ("no data in Munich since noon", ["München"]),
    ("In Cologne nothing loads", ["Köln"]),
    ("Hier in Buxtehude geht nix mehr", ["Buxtehude"]),
    ("Kein Empfang in Klanxbüll", ["Klanxbüll"]),
    ("KEIN NETZ IN LEIPZIG", ["Leipzig"]),
    # postcodes
    ("Störung in 44137?", ["Dortmund/44137"]),
    ("PLZ 01067, nichts geht", ["Dresden/01067"]),
    ("Wohne in 50823 Köln und habe kein Netz", ["Köln/50823"]),
    ("D-20095: tot", ["Hamburg/20095"]),
    ("Seit Stunden kein Netz (80331)", ["München/80331"]),
    # names that are also words
    ("In Essen geht nichts mehr", ["Essen"]),
    ("Essen Hbf, drei Balken, nichts lädt", ["Essen!"]),
    ("06108 Halle ohne Netz", ["Halle (Saale)/06108"]),
    ("#essen kein o2 netz", ["Essen"]),
    ("Netz weg zwischen Duisburg und Hamm", ["Duisburg", "Hamm"]),
    # adjectives
    ("Am Kölner Hbf lädt keine Seite", ["Köln!"]),
    ("In der Dresdner Neustadt nur Edge", ["Dresden>Neustadt"]),
    ("Leipziger Innenstadt tot", ["Leipzig>Zentrum"]),
    ("Am Münchner Hauptbahnhof geht gar nichts", ["München!"]),
    # abbreviations
    ("HH-Altona kein Netz", ["Hamburg>Altona"]),
    ("B-Kreuzberg: tot", ["Berlin>Kreuzberg"]),
    ("in DD seit Stunden offline", ["Dresden"]),
    ("In Ffm kein LTE", ["Frankfurt am Main"]),
    ("D'dorf ohne Netz", ["Düsseldorf"]),
    # districts
    ("Ist in Hamburg Barmbek-Süd was kaputt?", ["Hamburg>Barmbek-Süd"]),
    ("Köln-Ehrenfeld: nichts geht", ["Köln>Ehrenfeld"]),
    ("Auf St. Pauli ist das Netz dicht", ["Hamburg>St. Pauli"]),
    ("Stuttgart Mitte ohne Daten", ["Stuttgart>Mitte"]),
    ("in Kreuzberg geht o2 nicht", ["Berlin>Kreuzberg"]),
    ("in Rheinhausen seit heute früh kein Netz", ["Duisburg>Rheinhausen"]),
    ("Dortmund: in Hörde kein Netz", ["Dortmund>Hörde"]),
    ("Kassel-Harleshausen: LTE tot", ["Kassel>Harleshausen"]),
    # squares, stations, venues
    ("Am Alex kein Empfang", ["Berlin!"]),
    ("Hackeschen Markt wieder kein Netz", ["Berlin!"]),
    ("Am Ku'damm nur Edge", ["Berlin!"]),
    ("Auf der Theresienwiese bricht alles zusammen", ["München!"]),
    ("Olympiastadion Berlin, 70.000 Leute, kein Netz", ["Berlin!"]),
    ("o2 World Hamburg: kein Empfang", ["Hamburg!"]),
    ("In Leipzig am Hbf seit einer Stunde nichts", ["Leipzig!"]),
    # twins
    ("Frankfurt (Oder) kein Netz", ["Frankfurt (Oder)"]),
    ("Frankfurt/Main alles tot", ["Frankfurt am Main"]),
    ("In Frankfurt geht nichts", ["Frankfurt am Main"]),
    ("Mülheim Ruhr ohne Netz", ["Mülheim an der Ruhr"]),
    ("Frankfurt Höchst nur Edge", ["Frankfurt am Main>Höchst"]),
    ("Dresden: in der Neustadt nichts", ["Dresden>Neustadt", "Dresden"]),
    # forms
    ("50667: tot", ["Köln/50667"]),
    ("Stadt: Essen\nPLZ: 45127\nProblem: kein Netz", ["Essen/45127", "Essen"]),
    ("Ort: Halle, seit gestern", ["Halle (Saale)"]),
    # typos
    ("in Stuttgatr kein Netz", ["Stuttgart"]),
    ("Kein Netz in Hambrug", ["Hamburg"]),
    # hashtags
    ("#münchenschwabing ohne LTE", ["München>Schwabing"]),
    ("#berlinmitte kein LTE", ["Berlin>Mitte"]),
    ("#Potsdam_Hbf alles tot", ["Potsdam!"]),
    ("#BadHomburg offline", ["Bad Homburg v.d. Höhe"]),
    # several
    ("Zwischen Böblingen und Sindelfingen kein Netz", ["Böblingen", "Sindelfingen"]),
    ("A8 Karlsruhe Richtung Stuttgart: kein Netz", ["Karlsruhe", "Stuttgart"]),
    ("in Berlin super, in Leipzig tot", ["Leipzig", "Berlin"]),
    ("In Nürnberg nichts, dafür in Fürth top", ["Nürnberg", "Fürth"]),
    # states and regions come last
    ("Ganz Hessen ohne Netz, auch Kassel", ["Kassel", "=Hessen"]),
    ("Im Harz kein Empfang", ["=region"]),
    ("hier in Brandenburg ist o2 lahm", ["=Brandenburg"]),
]


def shown(place: Location) -> str:
    """A place in short: City/postcode, City>district, City! for a station or square, =State or =region."""
    if place.city is None:
        return f"={place.state}" if place.kind == PlaceKind.STATE else "=region"
    if place.postcode:
        return f"{place.city}/{place.postcode}"
    if place.kind in (PlaceKind.STATION, PlaceKind.POI):
        return f"{place.city}!"
    return f"{place.city}>{place.district}" if place.district else place.city


@pytest.mark.parametrize(("text", "wanted"), FOUND, ids=[text for text, _ in FOUND])
def test_a_place_is_found(text: str, wanted: list[str], germany: Gazetteer) -> None:
    assert [shown(place) for place in places(text, germany)] == wanted


NOWHERE = [
    "Das Essen war kalt und das Netz auch",
    "Ich kann bei Regen nicht telefonieren",
    "Ich bin in der Lage, selbst zu messen",
    "In der Mitte des Tages geht nichts",
    "Weil das Netz so schlecht ist, wechsle ich",
    "Werder Bremen hat gewonnen",
    "Der FC Bayern spielt heute",
    "Eintracht Frankfurt gegen VfB Stuttgart",
    "Herr Hamburg hat angerufen",
    "Frau Kassel vom Kundendienst",
    "Berliner Zeitung berichtet über o2",
    "Wohne in der Bremer Straße",
    "Kölner Bank warnt",
    "Konzert in der o2 World, nichts lädt",
    "Habe 12345 Euro bezahlt",
    "50667 Kunden ohne Netz",
    "Vertragsnummer 44137",
    "Hannover 96 verliert",
    "Kein Netz in Neustadt",  # twenty places: unknown, not the largest
    "Komme aus Roßbach und habe kein Netz",
    "Auf Bayern 1 läuft Werbung",
    "Annette Heidelberg schreibt",
    "What a twist, theres no signal",
    "Wir singen, senden und baden",
    "Freue mich auf die Wedding am Samstag",
    "HALLO O2, WAS SOLL DAS",
    "",
]


@pytest.mark.parametrize("text", NOWHERE)
def test_what_is_no_place_stays_unplaced(text: str, germany: Gazetteer) -> None:
    assert [(place.text, place.rule) for place in places(text, germany)] == []


BRITISH = [
    ("No signal in SW18 all day", ["London/SW18"]),
    ("Postcode is E8 1zz, nothing works", ["London/E8"]),
    ("no 4G in CF11", ["Cardiff/CF11"]),
    ("Living in M145RB and no data", ["Manchester/M14"]),
    ("Rubbish signal in Leeds city centre", ["Leeds>City Centre"]),
    ("any issues in Camden?", ["London>Camden"]),
    ("in Hull nothing works", ["Kingston upon Hull"]),
    ("No service in Clapham since this morning", ["London>Clapham"]),
    ("London Bridge, peak time: nothing loads", ["London>London Bridge"]),
    ("nothing loads in Leeds city centre", ["Leeds>City Centre"]),
    ("nothing loads at Waterloo station", ["London!"]),
    ("no service anywhere in Cornwall", ["=region"]),
    ("#Manchester 4G is dead", ["Manchester"]),
]


@pytest.mark.parametrize(("text", "wanted"), BRITISH, ids=[text for text, _ in BRITISH])
def test_a_british_place_is_found(text: str, wanted: list[str], britain: Gazetteer) -> None:
    assert [shown(place) for place in places(text, britain)] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Mit S2 oder S8 zur Arbeit",
        "Weniger CO2 bis Freitag",
        "Ich steh in der S9",
        "Das geht in die Hose",
        "IP67",
    ],
)
def test_german_words_are_no_british_places(text: str) -> None:
    both = load_gazetteer([PLACES / "de", PLACES / "gb"])
    assert [(place.text, place.rule) for place in places(text, both)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Manchester United lost again",
        "reading a book in the bath",
        "M25 is a car park",
        "at the O2 tonight and no signal",
        "the sale ends today",
        "call dropped after 15 mins",
    ],
)
def test_what_is_no_british_place_stays_unplaced(text: str, britain: Gazetteer) -> None:
    assert [(place.text, place.rule) for place in places(text, britain)] == []


def test_a_hint_has_span_rule_confidence_and_state(germany: Gazetteer) -> None:
    text = "Kein Netz in Köln-Ehrenfeld, o2!"
    (place,) = places(text, germany)
    assert text[place.start : place.end] == place.text == "Köln-Ehrenfeld"
    assert (place.kind, place.state) == (PlaceKind.DISTRICT, "Nordrhein-Westfalen")
    assert place.rule
    assert 0.7 <= place.confidence <= 1
    assert place.lat is not None
    assert 50.9 < place.lat < 51.0
    assert germany.county("Köln") == "Köln"


def test_what_a_reply_should_ask_depends_on_what_is_known(germany: Gazetteer) -> None:
    assert wanting(places("o2 geht nicht", germany)) == ("city", "district", "postcode")
    assert wanting(places("o2 geht in Berlin nicht", germany)) == ("district", "postcode")
    assert wanting(places("o2 geht in Berlin Mitte nicht", germany)) == ()
    assert wanting(places("kein Netz in 44137", germany)) == ()


@given(text=st.text(alphabet=st.sampled_from("Köln Essen #@o2-(/) 50667\n.,:BHhfstraße"), max_size=80))
def test_any_text_gives_places_with_true_offsets(germany: Gazetteer, text: str) -> None:
    prepared = prepare(text)
    for place in find_places(tokenize(prepared), germany):
        assert prepared[place.start : place.end] == place.text
        assert COUNTS <= place.confidence <= 1

"""What an admin downloads: read, checked, refused with file and line, and put over what ships."""

import gzip
import zipfile
from pathlib import Path

import pytest

from bot.errors import GazetteerError
from bot.locate.build import load_gazetteer
from bot.locate.hints import find_places
from bot.locate.imports import Entry, Tally, read_download, read_downloads
from bot.store.places import read_places, write_places
from bot.text import prepare, tokenize

from .conftest import PLACES


def geoname(
    name: str, lat: str = "48.2", lon: str = "16.4", code: str = "PPL", people: str = "0", area: str = "90101"
) -> str:
    """A line of a GeoNames country file: 19 columns."""
    kind = "A" if code.startswith("ADM") else "S" if code == "RSTN" else "P"
    fields = [
        "1",
        name,
        name,
        "",
        lat,
        lon,
        kind,
        code,
        "AT",
        "",
        "09",
        "901",
        area,
        "",
        people,
        "",
        "200",
        "Europe/Vienna",
        "2026-01-01",
    ]
    return "\t".join(fields)


AUSTRIA = "\n".join(
    [
        geoname("Wien", code="PPLC", people="1900000"),
        geoname("Vienna", code="ADM1"),
        geoname("Ottakring", "48.21", "16.31", code="PPLX"),
        geoname("Wien Westbahnhof", "48.197", "16.337", code="RSTN"),
        geoname("Altdorf", "48.3", "16.5", code="PPLH"),
    ]
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def postal(code: str, name: str, lat: str = "51.5", lon: str = "7.46") -> str:
    return "\t".join(["DE", code, name, "Nordrhein-Westfalen", "NW", "", "", "Dortmund", "05913", lat, lon, "4"])


def test_another_country_works_without_code(tmp_path: Path) -> None:
    tally = Tally()
    entries = list(read_download(write(tmp_path / "AT.txt", AUSTRIA), tally))
    assert [(e.kind, e.name, e.city, e.state) for e in entries] == [
        ("city", "Wien", "Wien", "Vienna"),
        ("district", "Ottakring", "Wien", "Vienna"),
        ("station", "Wien Westbahnhof", "Wien", "Vienna"),
    ]
    assert (tally.entries, tally.left_out) == (3, 1)
    gazetteer = load_gazetteer([], entries)
    (place,) = find_places(tokenize(prepare("Wien, Ottakring: nichts geht")), gazetteer)
    assert (place.city, place.district) == ("Wien", "Ottakring")


@pytest.mark.parametrize("packed", ["AT.txt", "AT.txt.gz", "AT.zip"])
def test_a_file_may_be_packed(packed: str, tmp_path: Path) -> None:
    path = tmp_path / packed
    match path.suffix:
        case ".gz":
            path.write_bytes(gzip.compress(AUSTRIA.encode()))
        case ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("readme.txt", "terms")
                archive.writestr("AT.txt", AUSTRIA)
        case _:
            write(path, AUSTRIA)
    assert len(list(read_download(path, Tally()))) == 3


def test_company_postcodes_are_dropped(tmp_path: Path) -> None:
    tally = Tally()
    path = write(
        tmp_path / "postal.txt", "\n".join([postal("44137", "Dortmund"), postal("44120", "Beispiel Versicherung AG")])
    )
    assert [entry.name for entry in read_download(path, tally)] == ["44137"]
    assert tally.left_out == 1


def test_own_districts_take_precedence_and_survive_the_way_through_sqlite(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own.csv", "city,district,kind,lat,lon,aliases\nKöln,Ehrenfeld,stadtteil,50.999,6.999,Ehrenveedel\n"
    )
    database = tmp_path / "places.db"
    assert write_places(database, read_downloads([own], {})) == 1
    gazetteer = load_gazetteer([PLACES / "de"], read_places(database))
    for text in ("Köln-Ehrenfeld", "Köln, im Ehrenveedel"):
        (place,) = find_places(tokenize(text), gazetteer)
        assert (place.city, place.district, place.lat, place.lon) == ("Köln", "Ehrenfeld", 50.999, 6.999)
    assert gazetteer.version != load_gazetteer([PLACES / "de"]).version


def test_an_imported_city_keeps_its_official_name_and_gains_the_new_figures(tmp_path: Path) -> None:
    munich = Entry("city", "Munich", "Munich", "", "Bavaria", 48.1, 11.6, 1_600_000, "09162000", "Minga")
    code = Entry("postcode", "80999", "München", "", "", 48.19, 11.47)
    gazetteer = load_gazetteer([PLACES / "de"], [munich, code])
    assert gazetteer.population("München") == 1_600_000
    assert gazetteer.coordinates("München") == (48.1, 11.6)
    assert gazetteer.city("Munich") is None
    assert gazetteer.postcodes["80999"].city == "München"


BAD = {
    "wrong columns": ("a\tb\tc\n", "line 1: 3 columns"),
    "a row cut short": (AUSTRIA + "\n1\tGraz\n", "line 6: 2 columns"),
    "a latitude beyond the pole": (geoname("Wien", lat="148.2"), "line 1: 148.2, 16.4 lies nowhere"),
    "a decimal comma": (geoname("Wien", lat="48,2"), "line 1: '48,2'"),
    "no number": (geoname("Wien", people="viele"), "line 1: 'viele' is no whole number"),
    "nan": (geoname("Wien", lat="nan"), "line 1: nan"),
    "a district without coordinates": ("city,district,kind,lat,lon,aliases\nKöln,Deutz,x,,,\n", "line 2: ''"),
    "a short district row": ("city,district,kind,lat,lon,aliases\nKöln,Deutz\n", "line 2: 2 columns"),
    "an open quote": ('city,district,kind,lat,lon,aliases\n"Köln,Deutz,x,50.9,6.9,\n', "no valid CSV"),
    "nothing": ("", "line 1: 1 columns"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_file_and_line(text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "bad.txt", text)
    with pytest.raises(GazetteerError) as caught:
        list(read_download(path, Tally()))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_mixed_encodings_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "mixed.txt"
    path.write_bytes(geoname("Köln").encode() + b"\n" + geoname("Düren").encode("latin-1") + b"\n")
    with pytest.raises(GazetteerError, match="line 2: not UTF-8"):
        list(read_download(path, Tally()))


def test_a_cut_off_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt.gz"
    path.write_bytes(gzip.compress("\n".join(geoname(f"Ort {i}") for i in range(5000)).encode())[:-2000])
    with pytest.raises(GazetteerError, match="cut off"):
        list(read_download(path, Tally()))


def test_a_refused_file_leaves_the_one_in_use(tmp_path: Path) -> None:
    database = tmp_path / "places.db"
    write_places(database, read_downloads([write(tmp_path / "AT.txt", AUSTRIA)], {}))
    before = database.read_bytes()
    with pytest.raises(GazetteerError):
        write_places(database, read_downloads([write(tmp_path / "bad.txt", AUSTRIA + "\nGraz")], {}))
    assert database.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["AT.txt", "bad.txt", "places.db"]


@pytest.mark.parametrize("content", [b"", b"no database at all, just text", None], ids=["empty", "text", "missing"])
def test_a_file_that_holds_no_places_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "places.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GazetteerError, match=r"places\.db"):
        list(read_places(path))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("places.tsv", "name\tkind\n", "line 1: the columns must be"),
        (
            "places.tsv",
            "name\tkind\tkey\tparent\tstate\tlat\tlon\tpopulation\taliases\nA\ttown\t\t\t\t1\t1\t0\t\n",
            "kind 'town'",
        ),
        ("postcodes.tsv", "postcode\tlat\tlon\tkey\n01067\t51.0\t13.7\t99\n", "municipality key '99'"),
        ("suburbs.csv", "city,names\nNirgendwo,Mitte\n", "line 2: 'Nirgendwo' is no city"),
        ("words.toml", "locatives = [", "not valid TOML"),
        ("words.toml", "locativs = []", "unknown list 'locativs'"),
    ],
)
def test_a_broken_shipped_file_names_itself(name: str, text: str, message: str, tmp_path: Path) -> None:
    write(tmp_path / name, text)
    with pytest.raises(GazetteerError, match=name) as caught:
        load_gazetteer([tmp_path])
    assert message in str(caught.value)


def test_a_folder_without_place_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GazetteerError, match="no place files"):
        load_gazetteer([tmp_path])

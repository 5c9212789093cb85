"""Another country by its config alone, the whole way: places, posts, digest, hot spots, map, the planners' list, public pages."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from bot import store
from bot.cli import main
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.web.app import make_app
from bot.web.public.site import pages_of

TOWNS = (  # name, latitude, longitude, feature, inhabitants: facts
    ("Wien", "48.208", "16.372", "PPLC", "1900000"),
    ("Graz", "47.067", "15.442", "PPLA", "290000"),
    ("Linz", "48.306", "14.286", "PPLA", "205000"),
    ("Innsbruck", "47.263", "11.395", "PPLA", "131000"),
    ("Ottakring", "48.213", "16.310", "PPLX", "0"),
    ("Wien Westbahnhof", "48.197", "16.337", "RSTN", "0"),
)
SAID = (
    "Bei Magenta lädt in Ottakring seit Stunden nichts, volle Balken",
    "Am Wien Westbahnhof geht bei Magenta gar nix, jede Seite bleibt hängen trotz LTE",
    "Abends ist das Magenta Netz in Wien komplett überlastet",
    "In Graz bei Magenta nur 0,1 Mbit, so langsam war es noch nie",
    "Der Drucker in Linz: Toner Magenta leer, und kein Netz im Haus",
    "A1 Netz in Innsbruck wieder ohne Empfang",
)
SAID_IN_BRITAIN = (
    "Full bars and nothing loads on O2 in Camden, every single evening",
    "O2 data is unusably slow at London King's Cross, 0.1 Mbps on 4G",
    "O2 network in Manchester totally congested again, pages just time out",
    "O2 in Leeds: full signal but nothing loads since this morning",
    "Great gig at the O2 in London last night, no signal needed",
    "EE in Bristol: no signal again",
)
GERMAN_LAW = re.compile(r"TKG|DDG|Bundesnetz|TDDDG|BDSG")
GERMAN = re.compile(
    GERMAN_LAW.pattern + r"|[äöüÄÖÜß]|Deutsch|22765|Hamburg|Netzbericht|\b(und|oder|Kunden|Ort|Meldung)\b"
)


@pytest.fixture(scope="module")
def austria(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("austria")
    rows = [
        "\t".join(("1", name, name, "", lat, lon, "S" if code == "RSTN" else "P", code, "AT", "", "09", "", "", "", people,
                   "", "", "Europe/Vienna", "2026-01-01"))
        for name, lat, lon, code, people in TOWNS
    ]  # fmt: skip
    (home / "AT.txt").write_text("\n".join(rows), encoding="utf-8")
    own = shipped("magenta-at.toml").read_text(encoding="utf-8").replace('"var/', f'"{home}/')
    (home / "own.toml").write_text(own, encoding="utf-8")
    assert (
        run(home, "gazetteer", "build", "--from", str(home / "AT.txt"), "--out", str(home / "places-at.db")).exit_code
        == 0
    )
    take_in(home, SAID)
    return home


@pytest.fixture(scope="module")
def britain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("britain")
    own = shipped("o2-uk.toml").read_text(encoding="utf-8").replace('"var/', f'"{home}/')
    (home / "own.toml").write_text(own, encoding="utf-8")
    take_in(home, SAID_IN_BRITAIN)
    return home


def take_in(home: Path, said: tuple[str, ...]) -> None:
    posts = [
        {"id": number, "author": f"customer{number}", "created_at": "2026-03-02T18:00:00Z", "text": text}
        for number, text in enumerate(said)
    ]
    (home / "posts.jsonl").write_text("\n".join(map(json.dumps, posts)), encoding="utf-8")
    assert run(home, "import", str(home / "posts.jsonl")).exit_code == 0


def public_pages(home: Path) -> dict[str, str]:
    """What everybody may see of this carrier, by address; an empty report sent, too."""
    settings = load_settings(home / "own.toml")
    path, now = home / "public.db", datetime(2026, 3, 3, 9, tzinfo=UTC)
    with closing(store.open_database(path)) as writer:
        reader = lambda: closing(store.open_readonly(path))  # noqa: E731
        client = TestClient(make_app(settings, reader, lambda: now, load_gazetteer_of(settings), writer=writer))
        seen = {each: client.get(each) for pages in pages_of(settings).values() for each in pages.values()}
        assert {answer.status_code for answer in seen.values()} == {200}
        for pages in pages_of(settings).values():
            seen[f"sent to {pages['form']}"] = client.post(pages["form"], data={"ort": ""})
        assert all(client.get(each).status_code >= 400 for each in ("/fault-report", "/stoerungsmeldung"))
    return {address: answer.text for address, answer in seen.items()}


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(home / "own.toml"), *words], catch_exceptions=False)


def test_complaints_are_found_and_placed(austria: Path) -> None:
    spots = json.loads(run(austria, "hotspots", "2026-03-02", "--json").stdout)
    assert [(spot["city"], spot["people"]) for spot in spots] == [("Wien", 3), ("Graz", 1)]


def test_the_digest_speaks_of_them_and_of_nothing_else(austria: Path) -> None:
    digest = run(austria, "digest", "2026-03-02").stdout
    assert "Magenta" in digest
    assert "Wien" in digest
    assert "Linz" not in digest  # a colour of the carrier's name is none of its customers


def test_the_map_does_without_outlines(austria: Path) -> None:
    assert run(austria, "map", "2026-03-02", "--out", str(austria / "map.svg")).exit_code == 0
    assert "Wien 3" in (austria / "map.svg").read_text(encoding="utf-8")


def test_without_its_places_the_way_to_them_is_shown(austria: Path) -> None:
    bare = austria / "bare.toml"
    bare.write_text(
        (austria / "own.toml").read_text(encoding="utf-8").replace("imported = [", "imported = []  # ["),
        encoding="utf-8",
    )
    result = CliRunner().invoke(main, ["--config", str(bare), "explain", "kein Netz"], catch_exceptions=False)
    assert result.exit_code == 1
    assert "docs/new-country.md" in result.output


def test_nobody_abroad_is_told_of_german_law(austria: Path) -> None:
    pages = public_pages(austria)
    assert {"/", "/en", "/melden", "/report"} <= set(pages)
    assert {address: found for address, text in pages.items() if (found := GERMAN_LAW.findall(text))} == {}
    assert "zum Beispiel Wien" in pages["sent to /melden"]


def test_in_britain_all_is_english_from_the_first_post_to_the_public_report(britain: Path) -> None:
    spots = json.loads(run(britain, "hotspots", "2026-03-02", "--json").stdout)
    assert {spot["city"]: spot["people"] for spot in spots} == {"London": 2, "Manchester": 1, "Leeds": 1}
    assert "London 2" in (written(britain, "map", "2026-03-02", "--out", "map.svg"))
    told = [
        run(britain, "digest", "2026-03-02").stdout,
        written(britain, "digest", "2026-03-02", "--html", "digest.html"),
        run(britain, "digest", "2026-03-02", "--week").stdout,
        run(britain, "cases", "open", "London", "Camden").stdout,
        run(britain, "cases", "confirm", "1").stdout,
        run(britain, "netzbericht", "draft", "2026-03-02").stdout,
        written(britain, "extract", "list.csv", "2026-03-02"),
    ]
    assert [said for said in told if GERMAN.search(said)] == []
    assert "4 customers" in told[0]


def test_in_britain_the_public_pages_are_english_from_the_front_page_on(britain: Path) -> None:
    pages = public_pages(britain)
    assert "O2 network" in pages["/"]
    assert "for example London" in pages["sent to /report"]
    assert {address: found for address, text in pages.items() if (found := GERMAN.findall(text))} == {}


def written(home: Path, *words: str) -> str:
    """The file that a command writes: the word that looks like one."""
    name = next(word for word in words if word.endswith((".csv", ".svg", ".html")))
    assert run(home, *(str(home / word) if word == name else word for word in words)).exit_code == 0
    return (home / name).read_text(encoding="utf-8-sig")

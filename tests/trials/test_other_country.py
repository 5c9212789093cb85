"""Another country by its config alone, the whole way: places, posts, digest, hot spots, map, the planners' list."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config.load import shipped

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
    posts = [
        {"id": number, "author": f"kunde{number}", "created_at": "2026-03-02T18:00:00Z", "text": text}
        for number, text in enumerate(SAID)
    ]
    (home / "posts.jsonl").write_text("\n".join(map(json.dumps, posts)), encoding="utf-8")
    assert (
        run(home, "gazetteer", "build", "--from", str(home / "AT.txt"), "--out", str(home / "places-at.db")).exit_code
        == 0
    )
    assert run(home, "import", str(home / "posts.jsonl")).exit_code == 0
    return home


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

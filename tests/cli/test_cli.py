import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli import main

ROWS = [
    {
        "id": "1",
        "text": "Volle Balken, aber bei o2 lädt in Köln seit Stunden nichts",
        "created_at": "2026-03-02T10:00:00Z",
        "author": "kim",
    },
    {"id": "2", "text": "Guten Morgen", "created_at": "2026-03-02T11:00:00Z", "author": "lee"},
    {
        "id": "3",
        "text": "Bei der Telekom lahmt das mobile Internet in Bonn",
        "created_at": "2026-03-01T11:00:00Z",
        "author": "sam",
    },
]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS) + "\n", encoding="utf-8")
    return path


def run(tmp_path: Path, *words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--database", str(tmp_path / "a.db"), *words], input=stdin, catch_exceptions=False)


def test_import_then_digest_is_the_whole_way(tmp_path: Path, archive: Path) -> None:
    result = run(tmp_path, "import", str(archive))
    assert result.exit_code == 0
    assert "Stored 3 new posts, 2 of them about network trouble" in result.stdout
    assert "2026-03-01 to 2026-03-02" in result.stdout
    digest = run(tmp_path, "digest", "2026-03-02")
    assert digest.exit_code == 0
    assert "Köln" in digest.stdout
    assert "kim" not in digest.stdout


def test_a_table_with_headings_of_its_own_is_imported(tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    table.write_text("Nr;Beitrag;Wann\n7;Bei o2 lädt in Köln nichts;02.03.2026 10:00\n", encoding="utf-8")
    columns = [word for pair in ("id=Nr", "text=Beitrag", "created_at=Wann") for word in ("--column", pair)]
    result = run(tmp_path, "import", str(table), *columns)
    assert "Stored 1 new posts" in result.stdout
    assert "2026-03-02" in result.stdout


def test_importing_again_doubles_nothing(tmp_path: Path, archive: Path) -> None:
    run(tmp_path, "import", str(archive))
    first = json.loads(run(tmp_path, "digest", "2026-03-02", "--json").stdout)
    assert "Stored 0 new posts" in run(tmp_path, "import", str(archive)).stdout
    second = json.loads(run(tmp_path, "digest", "2026-03-02", "--json").stdout)
    assert {key for key in first if first[key] != second[key]} <= {"written_at", "sources"}  # when they were asked


def test_a_dry_run_knows_what_is_stored_and_changes_nothing(tmp_path: Path, archive: Path) -> None:
    run(tmp_path, "import", str(archive))
    archive.write_text(
        archive.read_text(encoding="utf-8") + json.dumps({"id": "4", "text": "o2 lahm"}) + "\n", encoding="utf-8"
    )
    assert "Would store 1 new posts" in run(tmp_path, "import", str(archive), "--dry-run").stdout
    assert "Stored 1 new posts" in run(tmp_path, "import", str(archive)).stdout


def test_standard_input_is_imported_like_a_file(tmp_path: Path) -> None:
    rows = "".join(json.dumps(row) + "\n" for row in ROWS)
    assert "Stored 3 new posts" in run(tmp_path, "import", "-", stdin=rows).stdout
    assert (
        "Stored 3 new posts"
        in run(tmp_path, "import", "-", "--source", "table", stdin="id;text\n1;a\n2;b\n3;c\n").stdout
    )


def test_a_source_that_is_not_configured_is_wrong_usage(tmp_path: Path) -> None:
    result = run(tmp_path, "collect", "nosuch")
    assert result.exit_code == 2
    assert "no source is called 'nosuch'; configured: mastodon-social" in result.stderr


def test_a_dry_run_stores_nothing(tmp_path: Path, archive: Path) -> None:
    assert "Would store 3 new posts" in run(tmp_path, "import", str(archive), "--dry-run").stdout
    assert not (tmp_path / "a.db").exists()


def test_bad_lines_are_named_the_rest_is_stored_and_the_status_is_1(tmp_path: Path, archive: Path) -> None:
    with archive.open("a", encoding="utf-8") as file:
        file.write('no json\n{"id": 9}\n')
    result = run(tmp_path, "import", str(archive))
    assert result.exit_code == 1
    assert "Stored 3 new posts" in result.stdout
    assert "posts.jsonl, line 4: not JSON" in result.stderr
    assert "posts.jsonl, line 5: no `text`" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["import", "missing.jsonl"], "Error: missing.jsonl: cannot be read (no such file)"),
        (["digest", "2026-03-02"], "no such database; `brennpunkt collect` or `brennpunkt import FILE` makes one"),
    ],
)
def test_an_error_is_one_line_for_the_admin_and_status_1(tmp_path: Path, words: list[str], message: str) -> None:
    result = run(tmp_path, *words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not result.stdout


def test_wrong_usage_is_status_2(tmp_path: Path) -> None:
    assert run(tmp_path, "digest", "tomorrow").exit_code == 2
    assert run(tmp_path, "no-such-command").exit_code == 2


def test_analyse_reads_standard_input_and_writes_one_line_each(tmp_path: Path) -> None:
    result = run(tmp_path, "analyse", stdin="".join(json.dumps(row) + "\n" for row in ROWS) + "broken\n")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["1", "2", "3"]
    assert json.loads(result.stderr)["line"] == 4
    assert result.exit_code == 1


def test_a_simulated_stream_can_be_piped(tmp_path: Path) -> None:
    result = run(tmp_path, "simulate", "november-2011")
    assert json.loads(result.stdout.splitlines()[0])["kind"] == "simulation"


@pytest.mark.parametrize(
    ("scenario", "eve"),
    [("november-2011", "2011-11-11"), ("stadium-evening", "2026-04-28"), ("calm-month", "2026-05-24")],
)
def test_a_simulated_stream_says_how_to_watch_it_from_the_day_before_it_begins(
    tmp_path: Path, scenario: str, eve: str
) -> None:
    volume = [] if scenario == "november-2011" else ["--volume", "0.1"]
    made = run(tmp_path, "simulate", scenario, str(tmp_path / "made up.jsonl"), *volume)
    assert f"replay '{tmp_path}/made up.jsonl' --since {eve} --dry-run" in made.stderr


def test_a_dry_replay_sends_nothing_and_leaves_the_digests_of_real_days_alone(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = run(tmp_path, "replay", str(archive), "--dry-run", "--send")
    assert (refused.exit_code, "leave one of them out" in refused.stderr) == (2, True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = [{"id": str(n), "created_at": f"2026-05-0{n}T12:00:00Z", "text": "kein Netz bei o2"} for n in (1, 2, 3)]
    archive.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    said = run(tmp_path, "replay", str(archive), "--dry-run", "--digests").stdout
    assert f"in {tmp_path}/brennpunkt-replay-" in said
    assert not (tmp_path / "var").exists()


def commands() -> list[tuple[str, click.Command]]:
    return list(main.commands.items())


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_command_has_help_with_an_example_and_every_option_its_line(name: str, command: click.Command) -> None:
    assert command.help
    assert "Example: " in command.help
    assert f" {name}" in command.help.split("Example: ")[1]
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


def test_help_loads_no_heavy_library() -> None:
    heavy = ("sqlite_utils", "textblob", "matplotlib", "fastapi", "apscheduler", "pydantic", "mastodon", "numpy")
    code = f"import sys, bot.cli; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert shown.stdout.strip() == "[]"


def test_what_the_daemon_does_not_use_is_never_read_into_it() -> None:
    """sqlite-utils would read numpy in, TextBlob nltk, Mastodon.py cryptography."""
    code = (
        "import sys, bot.daemon.main, bot.web.app, bot.web.serving, bot.collect.mastodon.source; from bot.cli import main\n"
        "main(['explain', 'o2 in Köln ist so ein Mist, kein Netz'], standalone_mode=False)\n"
        "assert 'textblob' in sys.modules\n"
        "print([name for name in ('numpy', 'pandas', 'matplotlib', 'PIL', 'nltk', 'cryptography') if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert shown.stdout.splitlines()[-1] == "[]"


def test_hot_spots_are_listed_and_drawn(tmp_path: Path, archive: Path) -> None:
    run(tmp_path, "import", str(archive))
    (row,) = json.loads(run(tmp_path, "hotspots", "2026-03-02", "--json").stdout)
    assert (row["city"], row["people"], row["found"], row["filed"], row["small"]) == ("Köln", 1, 1, 0, True)
    drawn = run(tmp_path, "map", "2026-03-02", "--out", str(tmp_path / "map.svg"))
    assert drawn.exit_code == 0
    svg = (tmp_path / "map.svg").read_text(encoding="utf-8")
    assert "Köln 1" in svg
    assert "GeoBasis-DE / BKG" in svg


def test_own_places_are_used_once_the_config_names_them(tmp_path: Path) -> None:
    places = tmp_path / "own.csv"
    places.write_text(
        "city,district,kind,lat,lon,aliases\nKöln,Musterviertel,stadtteil,50.950,6.950,\n", encoding="utf-8"
    )
    assert run(tmp_path, "gazetteer", "build", "--from", str(places), "--out", str(tmp_path / "own.db")).exit_code == 0
    shipped = (Path(__file__).parents[2] / "config" / "o2-de.toml").read_text(encoding="utf-8")
    config = tmp_path / "own.toml"
    config.write_text(shipped.replace("imported = []", f'imported = ["{tmp_path / "own.db"}"]'), encoding="utf-8")
    post = json.dumps({"id": 1, "text": "Kein Netz im Musterviertel in Köln, o2!"})
    result = CliRunner().invoke(main, ["--config", str(config), "analyse"], input=post + "\n", catch_exceptions=False)
    assert json.loads(result.stdout)["places"][0]["district"] == "Musterviertel"


def test_a_broken_place_file_is_one_line_with_its_number(tmp_path: Path) -> None:
    places = tmp_path / "own.csv"
    places.write_text("city,district,kind,lat,lon,aliases\nKöln,X,stadtteil,950,6.950,\n", encoding="utf-8")
    result = run(tmp_path, "gazetteer", "build", "--from", str(places), "--out", str(tmp_path / "own.db"))
    assert result.exit_code == 1
    assert "own.csv" in result.stderr
    assert "2" in result.stderr
    assert not (tmp_path / "own.db").exists()


@pytest.mark.parametrize("command", ["digest", "hotspots", "map"])
@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "2101-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_meant_is_wrong_usage(tmp_path: Path, command: str, day: str) -> None:
    refused = run(tmp_path, command, day)
    assert refused.exit_code == 2
    assert "1990" in refused.stderr


@pytest.mark.parametrize("target", ["none/x", "."])
@pytest.mark.parametrize("words", [["digest", "2026-03-02", "--html"], ["map", "2026-03-02", "--out"]])
def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, archive: Path, words: list[str], target: str
) -> None:
    run(tmp_path, "import", str(archive))
    refused = run(tmp_path, *words, str(tmp_path / target))
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1].startswith(f"Error: {tmp_path / target}: ")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("target", ["none/x.jsonl", "."])
def test_a_stream_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    refused = run(tmp_path, "simulate", "november-2011", str(folder / target))
    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 1
    assert list(folder.iterdir()) == []


def test_a_full_device_is_one_line() -> None:
    row = b'{"id": 1, "text": "Kein Netz, o2"}\n'
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-m", "bot", "analyse"], input=row, stdout=full, stderr=-1, check=False)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == ["Error: standard output: No space left on device"]


def test_a_terminal_that_lacks_letters_gets_question_marks() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "explain", "Volle Balken am Hbf in Köln, o2"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")

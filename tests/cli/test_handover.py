"""Cases, plan, extract and public report as people use them in a terminal, on the stream of the demo."""

import gc
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config.load import shipped


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve people in Köln-Deutz and eleven in Bonn, on four days of November 2011."""
    folder = tmp_path_factory.mktemp("home")
    rows = [
        {
            "id": f"{city}{n}", "kind": "report", "created_at": f"2011-11-{21 + n % 4}T12:00:00+00:00", "symptoms": ["slow_data"],
            "city": city, "district": district, "person": f"{city}{n}",
        }
        for city, district, people in (("Köln", "Deutz", 12), ("Bonn", None, 11))
        for n in range(people)
    ]  # fmt: skip
    (folder / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert run(folder, "import", str(folder / "a.jsonl")).exit_code == 0
    return folder


def run(home: Path, *words: str) -> Result:
    command = ["--config", str(shipped("o2-de.toml")), "--database", str(home / "a.db"), *words]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    gc.collect()  # a command is a process: its connections end with it
    return result


def test_the_whole_way_from_hot_spot_to_public_report(home: Path) -> None:
    assert "would open" in run(home, "cases", "look", "2011-11-26", "--dry-run").stdout
    assert "None." in run(home, "cases", "list").stdout
    assert "open 2  Köln-Deutz: 12 people on 4 days" in run(home, "cases", "look", "2011-11-26").stdout
    assert run(home, "cases", "fix", "1").stderr.startswith(
        "Error: case 1 is new: fix is not possible; possible now: confirm"
    )
    for words in (
        ["confirm", "1"],
        ["confirm", "2"],
        ["hand-over", "2", "--day", "2026-12-01"],
        ["fix", "1", "--day", "2011-11-25"],
    ):
        assert run(home, "cases", *words).exit_code == 0
    assert run(home, "cases", "note", "2", "waits for power").exit_code == 0
    shown = run(home, "cases", "show", "2").stdout
    assert "handed over" in shown
    assert "waits for power" in shown
    assert "Did it help? too few" in run(home, "cases", "show", "1").stdout
    plan = run(home, "plan", "import", str(shipped("demo", "plan-november-2011.csv")))
    assert (plan.exit_code, "25 measures read, 2 rows left out" in plan.stdout) == (1, True)
    assert "row 28: status 'geplnt' is none of" in plan.stderr
    again = run(home, "plan", "import", str(shipped("demo", "plan-november-2011.csv")))
    assert "the same file as version 1, so nothing was kept" in again.stdout
    matched = run(home, "plan", "match", "2011-11-26").stdout
    assert "not_planned      11  Bonn" in matched
    table = home / "extract.csv"
    assert (
        "2 rows of at least 5 people (1 by district, 1 by city)"
        in run(home, "extract", str(table), "2011-11-26").stdout
    )
    assert "slow_data;;Köln;Deutz;Nordrhein-Westfalen;2011-11-14/2011-11-27;12" in table.read_text(encoding="utf-8-sig")
    assert "ENTWURF" in run(home, "netzbericht", "draft", "2011-11-27").stdout
    assert "is public" in run(home, "netzbericht", "approve", "1").stdout
    assert "1 green, 1 yellow, 0 red; public" in run(home, "netzbericht", "list").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["cases", "show", "99"], "Error: there is no case 99"),
        (["cases", "open", "Nirgends"], "Error: Nirgends: not known"),
        (["cases", "open", "Köln", "Nirgends"], "Error: Nirgends: no known district of Köln"),
        (["cases", "open", "Köln", "Deutz"], "Error: Köln-Deutz belongs to case"),
        (["plan", "changes", "7", "8"], "Error: two versions are needed"),
        (["plan", "import", "none.csv"], "Error: none.csv: cannot be read (No such file or directory)"),
        (["netzbericht", "approve", "99"], "Error: there is no draft 99"),
        (["extract", "a.doc"], "Error: a.doc: give it a name that ends in"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(home: Path, words: list[str], says: str) -> None:
    if words == ["cases", "open", "Köln", "Deutz"]:
        run(home, *words)
    done = run(home, *words)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(says)


@pytest.mark.parametrize("words", ["cases list", "plan versions", "plan match 2011-11-26", "netzbericht list"])
def test_every_list_is_to_be_had_as_json(home: Path, words: str) -> None:
    run(home, "plan", "import", str(shipped("demo", "plan-november-2011.csv")))
    assert isinstance(json.loads(run(home, *words.split(), "--json").stdout), list)

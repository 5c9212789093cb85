"""Cases, plan, extract and public report as people use them in a terminal, on the stream of the demo."""

import gc
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import store
from bot.cli import main
from bot.config.load import load_settings, shipped
from bot.jobs import escalating


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("home"))


def filled(folder: Path) -> Path:
    """Twelve people in Köln-Deutz and eleven in Bonn, on four days of November 2011."""
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
    assert "open 2  Köln-Deutz: 12 customers on 4 days" in run(home, "cases", "look", "2011-11-26").stdout
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


def test_a_case_is_given_to_somebody_timed_joined_and_parted_again(tmp_path: Path) -> None:
    home = filled(tmp_path)
    run(home, "cases", "look", "2011-11-26")
    for number in ("1", "2"):
        run(home, "cases", "confirm", number)
    assert "owner kim" in run(home, "cases", "assign", "1", "kim").stdout
    assert "due 2011-12-24" in run(home, "cases", "due", "1", "2011-12-24").stdout
    assert "Bonn, Köln-Deutz; 23 people" in run(home, "cases", "merge", "1", "2").stdout
    assert "1  overdue  Bonn, Köln-Deutz" in run(home, "cases", "reminders").stdout
    parted = run(home, "cases", "split", "1", "Köln/Deutz").stdout.splitlines()
    assert [line.split("; ")[2] for line in parted] == ["Bonn", "Köln-Deutz"]
    assert "; owner" not in run(home, "cases", "assign", "1").stdout
    assert "; due" not in run(home, "cases", "due", "1").stdout


def test_two_versions_of_the_plan_are_listed_and_compared(tmp_path: Path) -> None:
    home, table = filled(tmp_path), tmp_path / "plan.csv"
    assert "No plan yet" in run(home, "plan", "versions").stdout
    for rows in (
        "M-1;Bonn;live;50.735;7.102\nM-2;Köln;planned;50.937;6.960\n",
        "M-1;Bonn;building;50.735;7.102\nM-3;Köln;live;50.937;6.960\n",
    ):
        table.write_text(f"id;city;status;lat;lon\n{rows}", encoding="utf-8")
        assert "2 measures read" in run(home, "plan", "import", str(table)).stdout
    assert [line.split()[0] for line in run(home, "plan", "versions").stdout.splitlines()] == ["2", "1"]
    changed = run(home, "plan", "changes").stdout
    assert "M-1            status: live → building" in changed
    assert "M-2            gone: " in changed
    assert "M-3            new: " in changed
    assert len(json.loads(run(home, "plan", "changes", "1", "2", "--json").stdout)) == len(changed.splitlines())
    assert run(home, "plan", "changes", "1", "1").stdout == "Nothing changed.\n"


def test_the_public_report_is_to_be_had_as_page_and_table_in_both_languages(tmp_path: Path) -> None:
    home, page, table = filled(tmp_path), tmp_path / "report.html", tmp_path / "report.csv"
    assert run(home, "netzbericht", "list").stdout == "None yet.\n"
    run(home, "cases", "look", "2011-11-26")
    run(home, "cases", "confirm", "1")
    run(home, "netzbericht", "draft", "2011-11-27")
    shown = run(home, "netzbericht", "show", "--lang", "en", "--html", str(page), "--csv", str(table)).stdout
    assert shown.startswith("Network report o2, 14")
    assert "Bonn" in page.read_text(encoding="utf-8")
    assert "Bonn" in table.read_text(encoding="utf-8-sig")
    assert "Netzbericht o2" in run(home, "netzbericht", "show", "1").stdout


def test_what_somebody_must_see_is_listed_until_it_was_seen(tmp_path: Path) -> None:
    home, config = filled(tmp_path), tmp_path / "own.toml"
    assert run(home, "escalations").stdout == "None; the config has no rules ([[escalation]]).\n"
    notify = '[[notify]]\nname = "desk"\naddress_env = "DESK"\nwhat = ["escalation"]\n'
    rule = '[[escalation]]\nname = "late"\nwhen = "overdue"\ntell = ["desk"]\nwithin = "30m"\n'
    config.write_text(shipped("o2-de.toml").read_text(encoding="utf-8") + notify + rule, encoding="utf-8")
    settings = load_settings(config)
    run(home, "cases", "look", "2011-11-26")
    run(home, "cases", "confirm", "1")
    run(home, "cases", "due", "1", "2011-12-24")
    db = store.open_database(home / "a.db", None)
    escalating.escalate(db, db, settings, now=datetime(2011, 12, 26, 12, tzinfo=UTC))
    db.close()
    listed = run(home, "escalations").stdout
    assert "late: case 1 (Bonn) was due on 2011-12-24; to be seen by 12-26 13:30" in listed
    assert json.loads(run(home, "escalations", "--json").stdout)[0]["rule"] == "late"
    assert run(home, "escalations", "--seen", "1").stdout == "1: seen.\n"
    assert run(home, "escalations", "--seen", "1").stderr.startswith("Error: there is no escalation 1")
    assert "late" not in run(home, "escalations").stdout
    assert "; seen by " in run(home, "escalations", "--all").stdout


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


def test_what_wants_attention_is_listed_and_an_unknown_ticket_system_is_one_line(tmp_path: Path) -> None:
    home = filled(tmp_path)
    assert run(home, "cases", "reminders").stdout == "None.\n"
    run(home, "cases", "look", "2011-11-26")
    run(home, "cases", "confirm", "1")
    run(home, "cases", "hand-over", "1", "--day", "2011-12-01")
    said = run(home, "cases", "reminders").stdout
    assert "overdue  Bonn: was due on 2011-12-01" in said
    assert "unseen   Köln-Deutz: nobody has looked at it" in said
    refused = run(home, "cases", "ticket", "1", "nobody", "--dry-run")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: nobody: no such ticket system; known: none; set [[tickets]] in the config\n"

"""Accounts as an admin makes them in a terminal."""

import gc
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import store
from bot.cli import main
from bot.store import users
from bot.web.auth import fits

GOOD = "four words or more"


def run(folder: Path, *words: str, given: str = GOOD) -> Result:
    result = CliRunner().invoke(main, ["--database", str(folder / "a.db"), *words], input=f"{given}\n")
    gc.collect()
    return result


def test_an_account_is_made_listed_changed_and_closed(tmp_path: Path) -> None:
    assert run(tmp_path, "user", "add", "kim", "--role", "manager").exit_code == 0
    assert "kim                  manager   not signed in" in run(tmp_path, "user", "list").stdout
    (row,) = json.loads(run(tmp_path, "user", "list", "--json").stdout)
    assert row["role"] == "manager"
    assert "password" not in row
    assert run(tmp_path, "user", "password", "kim", given="another good one").exit_code == 0
    db = store.open_database(tmp_path / "a.db")
    stored = users.password_of(db, "kim")
    assert stored
    assert stored.startswith("$argon2id$")
    assert (fits(stored, "another good one"), fits(stored, GOOD), fits(None, GOOD)) == (True, False, False)
    assert [deed.action for deed in store.deeds(db, since=row_time(db))] == ["user add", "user password"]
    db.close()
    assert run(tmp_path, "user", "remove", "kim").exit_code == 0
    assert "None yet" in run(tmp_path, "user", "list").stdout


def row_time(db: store.Database):  # type: ignore[no-untyped-def]
    return users.users(db)[0].made_at


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("kim", "short", "too short"),
        ("kim", "kim kim kim kim", "too easy"),
        ("kim", "aaaaaaaaaaaaaaaa", "too easy"),
        ("kim", "x1y2z3" * 40, "longer than 200"),
        ("Kim!", GOOD, "no name for an account"),
    ],
)
def test_a_weak_password_or_a_strange_name_is_refused(tmp_path: Path, name: str, password: str, said: str) -> None:
    result = run(tmp_path, "user", "add", name, "--role", "admin", given=password)
    assert (result.exit_code, said in result.stderr) == (1, True)


def test_a_dry_run_makes_and_closes_nobody(tmp_path: Path) -> None:
    run(tmp_path, "user", "add", "kim", "--role", "manager")
    run(tmp_path, "user", "add", "lee", "--role", "viewer", "--dry-run")
    run(tmp_path, "user", "remove", "kim", "--dry-run")
    listed = run(tmp_path, "user", "list").stdout
    assert "kim" in listed
    assert "lee" not in listed


def test_a_name_that_is_taken_or_unknown_is_one_line(tmp_path: Path) -> None:
    run(tmp_path, "user", "add", "kim", "--role", "manager")
    assert "there is a kim already" in run(tmp_path, "user", "add", "kim", "--role", "viewer").stderr
    assert "there is no user lee" in run(tmp_path, "user", "remove", "lee").stderr

import gc
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from bot import store
from bot.cli import main
from bot.config.load import shipped
from bot.domain import Symptom
from bot.jobs.lock import only_one
from bot.reports.form import Filing
from bot.reports.places import Spot
from bot.store.contacts import Sealer, add_contact, confirm_contact, forget_contact
from bot.store.reports import add_filing

NOW = datetime.now(UTC)
WORDS = "Mein Zeppelin: volle Balken, aber bei o2 lädt in Köln seit Stunden nichts"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a config of its own and a database with posts of two people."""
    text = shipped("o2-de.toml").read_text(encoding="utf-8").replace("var/", f"{tmp_path}/")
    (tmp_path / "own.toml").write_text(text.replace("# contact =", "contact =", 1), encoding="utf-8")
    rows = [
        {"id": "1", "text": WORDS, "author": "kim@chaos.social", "url": "https://chaos.social/@kim/1"},
        {"id": "2", "text": WORDS + ", immer noch", "author": "kim@chaos.social"},
        {"id": "3", "text": "Kein Netz am Hbf in Bonn, o2", "author": "lee"},
    ]
    when = (NOW - timedelta(hours=1)).isoformat()
    lines = "\n".join(json.dumps(row | {"created_at": when}) for row in rows)
    (tmp_path / "posts.jsonl").write_text(lines, encoding="utf-8")
    assert run(tmp_path, "import", str(tmp_path / "posts.jsonl")).exit_code == 0
    return tmp_path


def run(home: Path, *words: str, stdin: str | None = None) -> Result:
    command = ["--config", str(home / "own.toml"), "--database", str(home / "a.db"), *words]
    result = CliRunner().invoke(main, command, input=stdin, catch_exceptions=False)
    gc.collect()  # a command is a process: its connections end with it
    return result


def posts(home: Path) -> int:
    db = store.open_readonly(home / "a.db")
    count: int = db.execute("SELECT count(*) FROM posts").fetchone()[0]
    db.close()
    return count


def test_a_backup_says_that_the_key_is_not_in_it_and_comes_back(home: Path) -> None:
    made = run(home, "backup", str(home / "b.db"))
    assert made.exit_code == 0
    assert f"Keep a copy of {home / 'a.db.key'} in another place" in made.stdout
    assert run(home, "forget", "lee").exit_code == 0
    assert posts(home) == 2
    done = run(home, "restore", str(home / "b.db"))
    assert done.exit_code == 0, done.output
    assert "1 posts of people who were forgotten since then are gone from it" in done.stdout
    assert posts(home) == 2


def test_a_restore_can_be_tried_first(home: Path) -> None:
    run(home, "backup", str(home / "b.db"))
    before = (home / "a.db").read_bytes()
    assert "Would put" in run(home, "restore", str(home / "b.db"), "--dry-run").stdout
    assert run(home, "restore", str(home / "none.db"), "--dry-run").exit_code == 1
    assert (home / "a.db").read_bytes() == before


@pytest.mark.parametrize("words", [["restore", "b.db"], ["rotate-key"]], ids=lambda words: words[0])
def test_what_needs_the_database_for_itself_waits_for_the_daemon_to_stop(home: Path, words: list[str]) -> None:
    with only_one(home / "a.db"):
        refused = run(home, *words)
    assert refused.exit_code == 75
    assert "another daemon" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_disk_without_room_for_the_lock_is_one_line(home: Path) -> None:
    (home / "a.db.lock").unlink(missing_ok=True)
    (home / "a.db.lock").symlink_to("/dev/full")
    refused = run(home, "rotate-key")
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"Error: {home.resolve() / 'a.db.lock'}: cannot be written (")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [["run"], ["restore", "b.db"], ["rotate-key"]], ids=lambda words: words[0])
@pytest.mark.parametrize("database", ["/proc/none/a.db", "own.toml/a.db", "posts.jsonl/x/a.db"])
def test_a_folder_that_cannot_be_written_is_one_line(home: Path, database: str, words: list[str]) -> None:
    command = ["--config", str(home / "own.toml"), "--database", str(home / database), *words]
    refused = CliRunner().invoke(main, command, catch_exceptions=False)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ")
    assert f"{home / database}.lock: cannot be written" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_forget_deletes_says_what_is_left_and_takes_none_in_again(home: Path) -> None:
    assert "Would delete 2 posts" in run(home, "forget", "kim@chaos.social", "--dry-run").stdout
    assert posts(home) == 3
    gone = run(home, "forget", "-", stdin="@kim@chaos.social\n")
    assert "Deleted 2 posts; none will be taken in again." in gone.stdout
    assert "Backups made before hold them until " in gone.stdout
    assert "kim" not in gone.stdout
    assert not [path for path in home.glob("a.db*") if b"Zeppelin" in path.read_bytes()]
    (home / "more.jsonl").write_text(json.dumps({"id": "9", "text": WORDS, "author": "Kim@chaos.social"}))
    run(home, "import", str(home / "more.jsonl"), "--source", "another")
    assert not [path for path in home.glob("a.db*") if b"Zeppelin" in path.read_bytes()]


def test_reports_are_forgotten_by_the_address_that_was_left_with_them(home: Path) -> None:
    db, sealer = store.open_database(home / "a.db"), Sealer(home / "a.db.contacts")
    with store.transaction(db):
        for id, address in (("aa", "kim@example.org"), ("bb", "kim@example.org"), ("cc", "lee@example.org")):
            filing = Filing("de", (Symptom.NO_SERVICE,), Spot("Köln", "Köln"))
            add_filing(db, filing, id=id, receipt=id, person=id, reason=None, now=NOW)
            add_contact(db, id, address, sealer, now=NOW)
        confirm_contact(db, "aa", sealer, now=NOW)
        forget_contact(db, "aa")  # its follow-up went out
    db.close()
    assert "deletes it with its receipt number" in run(home, "forget", "kim@example.org").stdout
    assert "Would delete 2 reports" in run(home, "forget", "--contact", "Kim@example.org", "--dry-run").stdout
    gone = run(home, "forget", "--contact", "-", stdin="Kim@example.org\n").stdout
    assert "Deleted 2 reports" in gone
    assert "Backups made before hold them until " in gone
    assert "kim" not in gone.lower()
    assert "No report is known" in run(home, "forget", "--contact", "kim@example.org").stdout
    assert run(home, "forget", "--contact", "kim@example.org", "--source", "x").exit_code == 2
    db = store.open_readonly(home / "a.db")
    assert db.execute("SELECT id FROM reports").fetchall() == [("cc",)]
    assert not [deed for deed in store.deeds(db, since=NOW) if "example" in (deed.detail or "")]
    db.close()


def test_a_digest_that_quotes_who_is_forgotten_is_written_anew(home: Path) -> None:
    day = (NOW - timedelta(hours=1)).astimezone(ZoneInfo("Europe/Berlin")).date().isoformat()
    run(home, "digest", day, "--folder", str(home / "digests"))
    written = home / "digests" / day
    assert "Zeppelin" in (written / "digest.json").read_text(encoding="utf-8")
    assert f"The digest of {day} has been written anew" in run(home, "forget", "kim@chaos.social").stdout
    assert not [path for path in written.iterdir() if b"Zeppelin" in path.read_bytes()]


def test_nobody_known_is_said_with_a_hint(home: Path) -> None:
    assert "Was it written in full" in run(home, "forget", "nobody").stdout
    assert run(home, "forget", "@").exit_code == 2


def test_an_export_is_json_and_a_file_of_it_is_private(home: Path) -> None:
    shown = json.loads(run(home, "export-subject", "https://chaos.social/@kim/1").stdout)
    assert [row["native"] for row in shown["posts"]] == ["1", "2"]
    assert shown["posts"][0]["text"] == WORDS
    assert run(home, "export-subject", "lee", "--out", str(home / "lee.json")).exit_code == 0
    assert stat.S_IMODE((home / "lee.json").stat().st_mode) == 0o600
    again = run(home, "export-subject", "lee", "--out", str(home / "lee.json"))
    assert (again.exit_code, len(again.stderr.splitlines())) == (1, 1)


def test_the_key_can_be_changed_and_all_stay_known(home: Path) -> None:
    assert "Would add a key" in run(home, "rotate-key", "--dry-run").stdout
    before = (home / "a.db.key").read_bytes()
    assert "were brought to the new key" in run(home, "rotate-key").stdout
    assert (home / "a.db.key").read_bytes().startswith(before)
    assert "Stored 0 new posts" in run(home, "import", str(home / "posts.jsonl"), "--source", "archive").stdout


def test_a_purge_can_be_counted_first(home: Path) -> None:
    db = store.open_database(home / "a.db")
    db.execute("UPDATE posts SET seen_at = ? WHERE id = 1", [store.iso(NOW - timedelta(days=31))])
    db.close()
    assert "Would take away 1 texts, 0 posts" in run(home, "purge", "--dry-run").stdout
    assert "Took away 1 texts, 0 posts" in run(home, "purge").stdout
    assert "Would take away 0 texts" in run(home, "purge", "--dry-run").stdout


def test_the_audit_log_names_deeds_and_no_one_who_posts(home: Path) -> None:
    assert "Nothing yet." in run(home, "audit").stdout
    run(home, "export-subject", "kim@chaos.social")
    run(home, "backup", str(home / "b.db"))
    run(home, "forget", "kim@chaos.social")
    log = json.loads(run(home, "audit", "--json").stdout)
    assert [(row["action"], row["posts"]) for row in log] == [("export-subject", 2), ("backup", 0), ("forget", 2)]
    assert "kim" not in run(home, "audit").stdout


def test_check_is_well_with_a_well_kept_house_and_says_what_could_be_better(home: Path) -> None:
    result = run(home, "check", "--offline")
    assert result.exit_code == 0, result.stdout
    assert "dry run: nothing is ever posted" in result.stdout
    assert "operator: not filled in: name, address" in result.stdout
    rows = json.loads(run(home, "check", "--offline", "--json").stdout)
    assert {"area", "level", "what", "advice"} == set(rows[0])
    assert all(row["advice"] for row in rows if row["level"] != "ok")


def test_check_is_status_1_when_something_is_broken(home: Path) -> None:
    (home / "a.db.key").chmod(0o644)
    result = run(home, "check", "--offline")
    assert result.exit_code == 1
    assert f"chmod 600 {home / 'a.db.key'}" in result.stdout


def test_the_papers_are_written_and_what_is_open_is_said(home: Path) -> None:
    result = run(home, "privacy-pack", str(home / "papers"))
    assert len(result.stdout.splitlines()) == 8
    assert "Still to fill in" in result.stderr
    assert (home / "papers" / "notice.de.html").exists()


@pytest.mark.parametrize("words", [["backup", "b.db"], ["privacy-pack", "p"]], ids=lambda words: words[0])
def test_a_dry_run_writes_nothing(home: Path, words: list[str]) -> None:
    before = sorted(home.iterdir())
    assert "Would" in run(home, words[0], str(home / words[1]), "--dry-run").stdout
    assert [path for path in sorted(home.iterdir()) if not path.name.endswith(("-wal", "-shm"))] == [
        path for path in before if not path.name.endswith(("-wal", "-shm"))
    ]

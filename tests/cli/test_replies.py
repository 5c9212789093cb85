"""Replies as people handle them in a terminal."""

import gc
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from bot import store
from bot.cli import main
from bot.config.load import shipped
from bot.store import drafts

NOW = datetime.now(UTC)
TEXT = "Danke! In welchem Stadtteil? (Automatische Antwort, „Stopp“ genügt.)"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A config with replies on at any hour, and three posts as if found on Mastodon; one speaks of an emergency."""
    text = shipped("o2-de.toml").read_text(encoding="utf-8").replace("var/", f"{tmp_path}/")
    text = text.replace("enabled = false", "enabled = true").replace('quiet_until = "08:00"', 'quiet_until = "20:00"')
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    rows = [
        {
            "id": "1",
            "text": "Volle Balken, aber bei o2 lädt in Köln nichts",
            "author": "kim",
            "url": "https://m.example/1",
        },
        {"id": "2", "text": "kein Netz bei o2 in Bonn, konnte keinen Notruf absetzen", "author": "lee"},
        {"id": "3", "text": "o2 lahmt in Hamburg-Altona, Videos laden ewig", "author": "sam"},
    ]
    when = (NOW - timedelta(hours=1)).isoformat()
    lines = "\n".join(json.dumps(row | {"created_at": when}) for row in rows)
    (tmp_path / "posts.jsonl").write_text(lines, encoding="utf-8")
    done = run(tmp_path, "import", str(tmp_path / "posts.jsonl"), "--source", "mastodon-social")
    assert done.exit_code == 0, done.output
    return tmp_path


def run(home: Path, *words: str) -> Result:
    command = ["--config", str(home / "own.toml"), "--database", str(home / "a.db"), *words]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    gc.collect()  # a command is a process: its connections end with it
    return result


def replies(home: Path, *words: str) -> Result:
    return run(home, "replies", *words)


def test_drafts_are_planned_listed_and_shown_and_all_says_that_nothing_is_sent(home: Path) -> None:
    assert "2 waits for approval; 1 without: sensitive" in replies(home, "plan", "--dry-run").stdout
    assert replies(home, "list").stdout == "None.\n"
    assert replies(home, "plan").exit_code == 0
    listed = replies(home, "list")
    assert listed.stdout.index("sensitive") < listed.stdout.index("waits for approval")
    assert "Dry run: nothing is sent" in listed.stderr
    rows = json.loads(replies(home, "list", "--json").stdout)
    assert [row["state"] for row in rows] == ["skipped", "draft", "draft"]
    number = next(row["number"] for row in rows if row["source"] and row["url"])
    shown = replies(home, "show", str(number))
    assert "Volle Balken" in shown.stdout
    assert "of 468 characters" in shown.stdout
    assert json.loads(replies(home, "show", str(number), "--json").stdout)["post"] == 1


def test_who_approved_changed_and_dismissed_is_noted(home: Path) -> None:
    replies(home, "plan")
    assert replies(home, "approve", "1", "--dry-run").stdout == "Reply 1 would be approved.\n"
    assert replies(home, "approve", "1").stdout == "Reply 1 is approved.\n"
    again = replies(home, "approve", "1")
    assert (again.exit_code, "is approved, so it cannot be approved" in again.stderr) == (1, True)
    assert replies(home, "edit", "1", TEXT).exit_code == 0
    row = json.loads(replies(home, "show", "1", "--json").stdout)
    assert (row["state"], row["text"], bool(row["decided_by"])) == ("draft", TEXT, True)
    assert replies(home, "skip", "1").exit_code == 0
    assert "dismissed by a person" in replies(home, "list", "--state", "skipped").stdout
    db = store.open_readonly(home / "a.db")
    noted = [deed.action for deed in store.deeds(db, since=NOW - timedelta(hours=1))]
    db.close()
    assert [action for action in noted if action.startswith("reply")] == [
        "reply approved",
        "reply draft",
        "reply skipped",
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Danke!", "lacks “automatis…”"),
        (TEXT + " Das ist ein Einzelfall.", "says “einzelfall”"),
        (TEXT + "x" * 500, "too long"),
    ],
)
def test_a_changed_text_must_fit_and_say_what_it_is(home: Path, text: str, wrong: str) -> None:
    replies(home, "plan")
    refused = replies(home, "edit", "1", text)
    assert refused.exit_code == 1
    assert wrong in refused.stderr


def test_what_is_not_there_is_said_in_one_line(home: Path) -> None:
    replies(home, "plan")
    for words, message in (
        (("show", "99"), "there is no reply 99"),
        (("edit", "2", TEXT), "reply 2 has no text to change: it is skipped"),
        (("known", "Nirgendwohausen"), "no city is called"),
    ):
        result = replies(home, *words)
        assert (result.exit_code, message in result.stderr) == (1, True), result.output


def test_at_x_a_person_sends_it_where_the_author_did_not_speak_to_us(home: Path) -> None:
    db = store.open_database(home / "a.db")
    with store.transaction(db):
        drafts.add_decision(
            db, 1, state="draft", reason="forbidden", way="by_hand", platform="x", lang="de", text=TEXT, now=NOW
        )
    db.close()
    shown = replies(home, "show", "1")
    link = shown.stdout.split("send it by hand: ")[1].split()[0]
    assert parse_qs(urlsplit(link).query) == {"in_reply_to": ["1"], "text": [TEXT]}
    assert "the platform forbids programs to reply" in shown.stdout
    assert link in replies(home, "approve", "1").stdout


def test_a_fault_is_confirmed_once_and_ends(home: Path) -> None:
    assert "Frankfurt am Main, until" in replies(home, "known", "Frankfurt", "--hours", "6").stdout
    assert "Frankfurt am Main" in replies(home, "known").stdout
    assert replies(home, "known", "Frankfurt", "--hours", "0").stdout == ""


def test_replies_that_are_switched_off_say_so(home: Path) -> None:
    text = (home / "own.toml").read_text(encoding="utf-8").replace("enabled = true", "enabled = false")
    (home / "own.toml").write_text(text, encoding="utf-8")
    refused = replies(home, "plan")
    assert (refused.exit_code, "reply.enabled" in refused.stderr) == (1, True)
    assert replies(home, "plan", "--dry-run").exit_code == 0


def live(home: Path) -> None:
    text = (home / "own.toml").read_text(encoding="utf-8").replace("dry_run = true", "dry_run = false")
    (home / "own.toml").write_text(text, encoding="utf-8")


def test_in_a_dry_run_send_says_what_it_would_send_and_sends_nothing(home: Path) -> None:
    replies(home, "plan")
    replies(home, "approve", "1")
    done = replies(home, "send")
    assert done.stdout.startswith("reply 1 (mastodon-social): would be sent: ")
    assert "Dry run: nothing is sent" in done.stderr
    assert json.loads(replies(home, "show", "1", "--json").stdout)["state"] == "approved"


def test_live_and_stopped_are_said_wherever_replies_are_shown(home: Path) -> None:
    live(home)
    replies(home, "plan")
    replies(home, "approve", "1")
    assert "Live: the daemon sends approved replies within a minute" in replies(home, "list").stderr
    assert replies(home, "stop", "--why", "wrong text").stdout == "Nothing is sent any more.\n"
    assert "(wrong text): `brennpunkt replies resume`" in replies(home, "list").stderr
    assert "1 wait: stopped" in replies(home, "send").stdout
    assert replies(home, "resume").stdout.startswith("Live: ")
    assert "no source is called" in replies(home, "stop", "nowhere").stderr


def test_without_an_account_a_reply_waits_and_says_what_is_missing(home: Path) -> None:
    live(home)
    replies(home, "plan")
    replies(home, "approve", "1")
    assert "replies need an account; set `token_env`" in replies(home, "send").stdout
    shown = replies(home, "show", "1").stdout
    assert "attempts: 0; again from " in shown
    assert "set `token_env`" in shown


def test_what_a_person_sent_themselves_counts_as_sent(home: Path) -> None:
    replies(home, "plan")
    assert replies(home, "sent", "1").stdout == "Reply 1 is sent.\n"
    assert "reply 1 is sent, so it cannot be approved" in replies(home, "approve", "1").stderr


def test_what_needs_a_person_is_listed_until_somebody_has_seen_to_it(home: Path) -> None:
    replies(home, "plan")
    db = store.open_database(home / "a.db")
    with store.transaction(db):
        db.execute("UPDATE drafts SET state = 'sent' WHERE id = 1")
        db.execute("INSERT INTO sendings (draft, attempts, native) VALUES (1, 1, 'ours')")
        db.execute("INSERT INTO answers (post, parent, kind, needs) VALUES (3, 'ours', 'question', 1)")
    db.close()
    listed = replies(home, "answers").stdout
    assert "to reply 1: asks something; waits for you" in listed
    assert [row["post"] for row in json.loads(replies(home, "answers", "--json").stdout)] == [3]
    assert replies(home, "answers", "--done", "3").stdout == "None.\n"
    assert "seen to by" in replies(home, "answers", "--all").stdout
    assert "does not wait for anybody" in replies(home, "answers", "--done", "3").stderr

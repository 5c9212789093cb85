"""What `brennpunkt check` finds when something is wrong, each with advice."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import store
from bot.cli import checkup
from bot.cli.checkup import Level, Look, look_at_all
from bot.collect.base import LoggedIn
from bot.collect.mastodon.source import MastodonSource
from bot.collect.x.source import XSource
from bot.config.load import shipped
from bot.domain import Tally
from bot.errors import LoginFailed
from tests.factories import analysis, post

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    text = shipped("o2-de.toml").read_text(encoding="utf-8").replace("var/", f"{tmp_path}/")
    text = text.replace("# contact =", "contact =", 1)
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    db = store.open_database(tmp_path / "a.db")
    with store.transaction(db):
        store.add_page(db, [(post(), analysis()) for _ in range(50)], now=NOW, tally=Tally())
    db.close()
    return tmp_path


@pytest.fixture(autouse=True)
def no_judge(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Loading rules and places takes seconds; one test does it."""
    if "rules" not in request.node.name:
        monkeypatch.setattr(checkup, "the_judge", lambda _settings: iter(()))


def looks(home: Path, area: str, *, now: datetime = NOW, online: bool = False) -> list[Look]:
    found = look_at_all(home / "own.toml", home / "a.db", online=online, now=now)
    assert all(look.advice for look in found if look.level is not Level.OK)
    return [look for look in found if look.area == area and look.level is not Level.OK]


def change(home: Path, old: str, new: str) -> None:
    text = (home / "own.toml").read_text(encoding="utf-8")
    assert old in text
    (home / "own.toml").write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_config_that_cannot_be_read_is_the_first_thing_to_repair(home: Path) -> None:
    change(home, "dry_run = true", "dry_rum = true")
    (look,) = looks(home, "config")
    assert look.level is Level.BROKEN
    assert "did you mean `dry_run`?" in look.what


def test_rules_that_are_wrong_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: object) -> None:
        raise checkup.BotError("rules/de.toml: cue 7: no pattern")

    monkeypatch.setattr(checkup, "load_judge", broken)
    assert [look.what for look in looks(home, "rules")] == ["rules/de.toml: cue 7: no pattern"]


def test_the_shipped_rules_and_places_are_well(home: Path) -> None:
    assert looks(home, "rules") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dry_run = true", "dry_run = false", "replies that are approved are posted"),
        ('host = "127.0.0.1"', 'host = "0.0.0.0"', "open to others"),
        ('rows = "180d"', 'rows = "40d"', "retention.rows is 40 days"),
        ("send_to_env = []", 'send_to_env = ["BRENNPUNKT_NO_SUCH_TARGET"]', "BRENNPUNKT_NO_SUCH_TARGET is not set"),
    ],
)
def test_a_setting_that_may_not_be_meant_is_said(home: Path, old: str, new: str, said: str) -> None:
    change(home, old, new)
    assert any(said in look.what for look in looks(home, "config"))


def test_an_operator_that_is_filled_in_is_no_advice(home: Path) -> None:
    text = (home / "own.toml").read_text(encoding="utf-8").replace("FILL ME IN", "Given")
    (home / "own.toml").write_text(text, encoding="utf-8")
    assert looks(home, "config") == []


def test_a_token_that_is_named_but_not_set_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(home, 'name = "mastodon-chaos"', 'name = "mastodon-chaos"\ntoken_env = "BRENNPUNKT_TEST_TOKEN"')
    monkeypatch.delenv("BRENNPUNKT_TEST_TOKEN", raising=False)
    (look,) = looks(home, "source mastodon-chaos")
    assert (look.level, look.what) == (Level.ADVICE, "BRENNPUNKT_TEST_TOKEN is not set")


def test_a_source_that_is_not_asked_without_a_contact_is_broken(home: Path) -> None:
    assert looks(home, "source mastodon-chaos") == []
    change(home, "contact =", "# contact =")
    (look,) = looks(home, "source mastodon-chaos")
    assert look.level is Level.BROKEN
    assert "`contact`" in look.what + look.advice


# apprise 2.2 imports imghdr for an old pgpy, which Python 3.11 warns of
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("address", "known"), [("json://127.0.0.1/", True), ("nonsense", False), ("qq://x", False)])
@pytest.mark.parametrize("key", ["send_to_env", "notify"])
def test_an_address_that_apprise_does_not_know_is_found_before_the_digest_is_due(
    home: Path, monkeypatch: pytest.MonkeyPatch, key: str, address: str, known: bool
) -> None:
    monkeypatch.setenv("BRENNPUNKT_TEST_TARGET", address)
    if key == "notify":
        with (home / "own.toml").open("a", encoding="utf-8") as file:
            file.write('\n[[notify]]\nname = "us"\naddress_env = "BRENNPUNKT_TEST_TARGET"\nwhat = ["alert"]\n')
    else:
        change(home, "send_to_env = []", 'send_to_env = ["BRENNPUNKT_TEST_TARGET"]')
    found = [look for look in looks(home, "config") if "BRENNPUNKT_TEST_TARGET" in look.what]
    assert [look.level for look in found] == ([] if known else [Level.BROKEN])
    assert not any(address in look.what + look.advice for look in found)


def test_a_database_of_a_later_version_asks_for_an_update_and_no_restore(home: Path) -> None:
    db = sqlite3.connect(home / "a.db")
    db.execute("PRAGMA user_version = 999")
    db.close()
    (look,) = looks(home, "database")
    assert look.level is Level.BROKEN
    assert "later version" in look.what
    assert "update" in look.advice
    assert "Restore" not in look.advice


def test_a_login_is_tried_where_a_token_is_set_and_only_when_online(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(home, 'name = "mastodon-chaos"', 'name = "mastodon-chaos"\ntoken_env = "BRENNPUNKT_TEST_TOKEN"')
    monkeypatch.setenv("BRENNPUNKT_TEST_TOKEN", "secret")

    def refuse(_settings: object) -> LoggedIn:
        raise LoginFailed("chaos.social: the token was withdrawn")

    monkeypatch.setattr(MastodonSource, "check_login", refuse)
    assert looks(home, "source mastodon-chaos") == []
    (look,) = looks(home, "source mastodon-chaos", online=True)
    assert (look.level, look.what) == (Level.BROKEN, "chaos.social: the token was withdrawn")


@pytest.mark.parametrize(
    ("dry_run", "labelled", "levels"),
    [(True, True, []), (True, False, [Level.ADVICE]), (False, False, [Level.BROKEN]), (False, None, [])],
)
def test_a_profile_without_its_label_is_advice_and_where_something_is_posted_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch, dry_run: bool, labelled: bool | None, levels: list[Level]
) -> None:
    change(home, 'name = "mastodon-chaos"', 'name = "mastodon-chaos"\ntoken_env = "BRENNPUNKT_TEST_TOKEN"')
    change(home, "dry_run = true", f"dry_run = {str(dry_run).lower()}")
    monkeypatch.setenv("BRENNPUNKT_TEST_TOKEN", "secret")
    monkeypatch.setattr(MastodonSource, "check_login", lambda _source: LoggedIn("logged in", labelled))
    assert [look.level for look in looks(home, "source mastodon-chaos", online=True)] == levels


def test_x_is_asked_without_a_purse_and_says_that_its_label_cannot_be_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (home / "own.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[sources]]\nkind = "x"\nname = "x"\ntoken_env = "X_TEST"\ndaily_cap_usd = 1\nmonthly_cap_usd = 9\n'
        )
    monkeypatch.setenv("X_TEST", "secret")
    monkeypatch.setattr(XSource, "check_login", lambda _source: LoggedIn("the token works"))
    found = look_at_all(home / "own.toml", home / "a.db", online=True, now=NOW)
    told = [look for look in found if look.area == "source x"]
    assert told[-1].what == "whether its profile says “Automated” cannot be read by programs"
    assert {look.level for look in told} == {Level.OK}


def test_a_file_to_read_from_that_is_missing_is_said(home: Path) -> None:
    with (home / "own.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[sources]]\nkind = "archive"\nname = "old"\npath = "{home / "none.jsonl"}"\n')
    assert [look.level for look in looks(home, "source old")] == [Level.BROKEN]


def test_files_that_others_may_read_are_said_and_the_key_is_the_worst(home: Path) -> None:
    assert looks(home, "files") == []
    (home / "a.db").chmod(0o644)
    (home / "a.db.key").chmod(0o640)
    (home / "own.toml").chmod(0o666)
    assert [(look.level, look.advice.split()[0]) for look in looks(home, "files")] == [
        (Level.BROKEN, "chmod"),
        (Level.ADVICE, "chmod"),
        (Level.ADVICE, "chmod"),
    ]


@pytest.mark.parametrize(("free", "level"), [(50e6, Level.BROKEN), (300e6, Level.ADVICE), (900e6, None)])
def test_a_disk_that_fills_is_said_in_time(
    home: Path, monkeypatch: pytest.MonkeyPatch, free: float, level: Level | None
) -> None:
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free})())
    assert [look.level for look in looks(home, "disk")] == ([level] if level else [])


def test_a_damaged_database_is_found_and_the_way_back_is_named(home: Path) -> None:
    content = bytearray((home / "a.db").read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = b"x" * 8192
    (home / "a.db").write_bytes(content)
    (look,) = looks(home, "database")
    assert look.level is Level.BROKEN
    assert "restore" in look.advice.lower()


def test_a_missing_key_is_found(home: Path) -> None:
    (home / "a.db.key").unlink()
    (look,) = looks(home, "database")
    assert (look.level, "key file is missing" in look.what) == (Level.BROKEN, True)


def test_a_database_that_is_not_there_yet_is_no_damage(home: Path) -> None:
    (home / "a.db").unlink()
    assert [look.level for look in looks(home, "database")] == [Level.ADVICE]


def test_looking_changes_nothing_not_even_an_old_schema(home: Path) -> None:
    connection = sqlite3.connect(home / "a.db")
    connection.execute("PRAGMA user_version=1")
    connection.close()
    found = look_at_all(home / "own.toml", home / "a.db", online=False, now=NOW)
    assert any("its schema is older" in look.what for look in found)
    connection = sqlite3.connect(home / "a.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_a_clock_that_was_set_back_is_found(home: Path) -> None:
    (look,) = looks(home, "clock", now=NOW - timedelta(hours=2))
    assert look.level is Level.BROKEN
    assert looks(home, "clock", now=datetime(1970, 1, 1, tzinfo=UTC))[-1].what == "the clock says 1970-01-01"


def test_old_or_missing_backups_are_said(home: Path) -> None:
    assert [look.what for look in looks(home, "backup")] == [f"none in {home / 'backups'} yet"]
    (home / "backups").mkdir()
    copy = home / "backups" / "a-2026-11-22.db"
    copy.write_text("")
    os.utime(copy, (NOW.timestamp(), NOW.timestamp()))
    assert looks(home, "backup") == []
    (look,) = looks(home, "backup", now=NOW + timedelta(days=3))
    assert look.what == "the newest is a-2026-11-22.db"

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import store
from bot.config.judge import load_gazetteer_of
from bot.config.load import load_settings, shipped
from bot.config.settings import BackupSettings, Settings
from bot.daemon.main import Daemon
from bot.digest.model import Quote
from bot.domain import Symptom, Tally
from bot.errors import StoreError
from bot.jobs import publishing, upkeep
from tests.factories import NOON, analysis, post

SETTINGS = load_settings(shipped("o2-de.toml"))


def settings(**changes: object) -> Settings:
    return SETTINGS.model_copy(update={"retention": SETTINGS.retention.model_copy(update=changes)})


def add(db: store.Database, **changes: object) -> None:
    with store.transaction(db):
        store.add_source(db, "test")
        store.add_page(db, [(post(**changes), analysis())], now=NOON, tally=Tally())


def texts(db: store.Database) -> int:
    count: int = db.execute("SELECT count(text) FROM posts").fetchone()[0]
    return count


def test_the_config_says_how_long(db: store.Database) -> None:
    add(db)
    upkeep.purge(db, settings(text=timedelta(days=8)), actor="daemon", now=NOON + timedelta(days=6))
    assert texts(db) == 1
    upkeep.purge(db, settings(text=timedelta(days=5)), actor="daemon", now=NOON + timedelta(days=6))
    assert texts(db) == 0


def test_a_purge_is_noted_with_its_numbers_and_one_of_nothing_only_as_a_run(db: store.Database) -> None:
    add(db)
    upkeep.purge(db, SETTINGS, actor="daemon", now=NOON)
    assert store.deeds(db, since=NOON) == []
    upkeep.purge(db, SETTINGS, actor="daemon", now=NOON + timedelta(days=31))
    (deed,) = store.deeds(db, since=NOON)
    assert (deed.action, deed.posts, deed.detail) == ("purge", 1, "1 texts, 0 posts and 0 reports")
    assert db.execute("SELECT job, outcome FROM runs").fetchall() == [("purge", "ok")] * 2


def nightly(tmp_path: Path, db: store.Database, days: int, keep: int) -> Path:
    reader = store.open_readonly(tmp_path / "o2-de.db")
    wanted = BackupSettings(at=SETTINGS.retention.at, folder=str(tmp_path / "copies"), keep=keep)
    try:
        return upkeep.make_backup(db, reader, wanted, tmp_path / "o2-de.db", SETTINGS, now=NOON + timedelta(days=days))
    finally:
        reader.close()


def test_the_newest_backups_stay_and_other_files_are_left_alone(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "o2-de.db")
    (tmp_path / "copies").mkdir()
    others = ["notes.txt", "o2-uk-2020-01-01.db", "o2-de-before-update.db"]
    for name in others:
        (tmp_path / "copies" / name).write_text("mine")
    for days in range(5):
        nightly(tmp_path, db, days, keep=3)
    nightly(tmp_path, db, 4, keep=3)
    left = sorted(path.name for path in (tmp_path / "copies").iterdir())
    assert left == sorted([*others, *(f"o2-de-2026-03-0{day}.db" for day in (4, 5, 6))])
    assert all(store.quick_check(tmp_path / "copies" / name) is None for name in left if name.startswith("o2-de-2026"))
    db.close()


def test_a_backup_that_fails_keeps_the_older_ones_and_is_a_failed_run(tmp_path: Path) -> None:
    db = store.open_database(tmp_path / "o2-de.db")
    nightly(tmp_path, db, 0, keep=1)
    (tmp_path / "copies" / "o2-de-2026-03-03.db").mkdir()
    with pytest.raises(StoreError):
        nightly(tmp_path, db, 1, keep=1)
    assert (tmp_path / "copies" / "o2-de-2026-03-02.db").exists()
    assert [row[0] for row in db.execute("SELECT outcome FROM runs ORDER BY id")] == ["ok", "failed"]
    db.close()


def test_a_night_is_missed_when_a_day_has_passed_and_never_in_a_new_database(db: store.Database) -> None:
    assert not upkeep.is_due(db, "purge", NOON)
    with store.transaction(db):
        store.record_run(db, "collect", None, Tally(), started_at=NOON, ended_at=NOON)
    assert not upkeep.is_due(db, "purge", NOON + timedelta(hours=23))
    assert upkeep.is_due(db, "purge", NOON + timedelta(hours=25))
    upkeep.purge(db, SETTINGS, actor="daemon", now=NOON + timedelta(hours=25))
    assert not upkeep.is_due(db, "purge", NOON + timedelta(hours=26))


def test_digests_of_days_whose_texts_are_gone_quote_nobody(tmp_path: Path, db: store.Database) -> None:
    config = SETTINGS.model_copy(update={"digest": SETTINGS.digest.model_copy(update={"folder": str(tmp_path)})})
    for day in ("2026-01-20", "2026-02-28", "notes"):
        (tmp_path / day).mkdir()
        (tmp_path / day / "digest.json").write_text('{"quotes": ["Mein Zeppelin"]}')
        (tmp_path / day / "digest.de.txt").write_text("Mein Zeppelin")
    too_old = upkeep.too_old_to_quote(config, NOON)
    done = upkeep.drop_quotes(db, config, too_old)
    assert done == [date(2026, 1, 20)]
    quoting = [path.parent.name for path in sorted(tmp_path.rglob("*.*")) if b"Zeppelin" in path.read_bytes()]
    assert quoting == ["2026-02-28", "2026-02-28", "notes", "notes"]
    assert upkeep.drop_quotes(db, config, too_old) == []


def test_the_daemon_purges_and_copies_at_the_hours_of_the_config(tmp_path: Path) -> None:
    daemon = Daemon(SETTINGS, tmp_path / "a.db", None)
    with store.transaction(daemon.db):  # the night before was missed
        store.record_run(daemon.db, "collect", None, Tally(), started_at=NOON, ended_at=NOON)
    jobs = {job.id: str(job.trigger) for job in daemon._schedule().get_jobs()}
    assert jobs["purge"] == "cron[hour='3', minute='30']"
    assert jobs["backup"] == "cron[hour='4', minute='0']"
    assert {"purge at start", "backup at start"} <= set(jobs)
    daemon.db.close()


def quoted(db: store.Database, config: Settings, languages: tuple[str, ...] = ("de", "en")) -> Path:
    """The folder of a day's digest that quotes a post."""
    add(db)
    folder = Path(config.digest.folder)
    digest = publishing.build_digest(db, load_gazetteer_of(config), config, NOON.date(), now=NOON + timedelta(hours=1))
    said = Quote("Mein Zeppelin hat kein Netz", "Köln", (Symptom.NO_SERVICE,))
    publishing.write_digest(replace(digest, quotes=(said,)), folder, languages)
    return folder / NOON.date().isoformat()


def into(tmp_path: Path, **digest: object) -> Settings:
    changes = {"folder": str(tmp_path / "digests"), **digest}
    return SETTINGS.model_copy(update={"digest": SETTINGS.digest.model_copy(update=changes)})


def drop(db: store.Database, config: Settings) -> list[date]:
    return upkeep.drop_quotes(db, config, lambda day: True)


def quoting(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if b"Zeppelin" in path.read_bytes())


def test_only_the_quotes_go_from_a_digest_and_every_number_stays(tmp_path: Path, db: store.Database) -> None:
    config = into(tmp_path)
    folder = quoted(db, config)
    before = json.loads((folder / "digest.json").read_text(encoding="utf-8"))
    page = (folder / "digest.de.txt").read_text(encoding="utf-8")
    assert len(quoting(folder)) == 5
    db.execute("DELETE FROM posts")  # nothing is counted again
    assert drop(db, config) == [NOON.date()]
    assert quoting(folder) == []
    assert json.loads((folder / "digest.json").read_text(encoding="utf-8")) == before | {"quotes": []}
    anew = (folder / "digest.de.txt").read_text(encoding="utf-8")
    assert set(anew.splitlines()) - set(page.splitlines()) == {"Kein Beitrag eignet sich als Zitat."}


def test_the_digests_of_another_database_are_left_alone(tmp_path: Path, db: store.Database) -> None:
    config, other = into(tmp_path), store.in_memory()
    folder = quoted(db, config)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert drop(other, config) == []
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    other.close()


def test_an_edition_in_a_language_no_longer_written_loses_its_quotes_too(tmp_path: Path, db: store.Database) -> None:
    folder = quoted(db, into(tmp_path))
    (folder / "digest.fr.txt").write_text("Mein Zeppelin")
    assert drop(db, into(tmp_path, languages=("de",))) == [NOON.date()]
    assert quoting(folder) == []
    assert (folder / "digest.en.html").exists()

""" "Is it better now?": asked once of those who wanted to be asked, and then nothing leads to them any more."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import store
from bot.config.load import load_settings, shipped
from bot.domain import Symptom
from bot.errors import NotifyError, NotifyRefused, NotifyUnsure
from bot.escalate.cases import Action
from bot.jobs import casework
from bot.jobs.filing import open_sealer
from bot.jobs.followup import ask_whether_better, token_of
from bot.mail import Letter, Server
from bot.reports.form import Filing
from bot.reports.places import Spot
from bot.store.better import answer, answers
from bot.store.contacts import add_contact, confirm_contact
from bot.store.reports import add_filing
from tests.factories import NOON
from tests.jobs.test_casework import complain

SHIPPED = load_settings(shipped("o2-de.toml"))
FORM = SHIPPED.form.model_copy(update={"address": "https://netz.example", "mail_env": "FORM_MAIL"})
SETTINGS = SHIPPED.model_copy(update={"form": FORM})
LATER = NOON + timedelta(days=8)


class Post:
    def __init__(self, *failures: NotifyError) -> None:
        self.letters: list[Letter] = []
        self.failures = list(failures)

    def __call__(self, server: Server, letter: Letter, name: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.letters.append(letter)


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[store.Database]:
    """Bonn has a case that is said to be fixed; two of those who reported it confirmed an address, a third did not."""
    monkeypatch.setenv("FORM_MAIL", "mailplain://127.0.0.1:25?from=netz@carrier.example")
    database = store.open_database(tmp_path / "a.db")
    sealer = open_sealer(SETTINGS, tmp_path / "a.db")
    complain(database, 11, at=NOON, city="Bonn")
    casework.look(database, database, SETTINGS, now=NOON)
    with store.transaction(database):
        for id, lang in (("aa", "de"), ("bb", "en"), ("cc", "de")):
            filing = Filing(lang, (Symptom.SLOW_DATA,), Spot("Bonn", "Bonn"))
            add_filing(database, filing, id=id, receipt=id, person=id, reason=None, now=NOON)
            add_contact(database, id, f"{id}@example.org", sealer, now=NOON)
        for id in ("aa", "bb"):
            confirm_contact(database, id, sealer, now=NOON)
    casework.act(database, 1, Action.CONFIRM, actor="kim", now=NOON)
    casework.act(database, 1, Action.FIX, actor="kim", now=NOON)
    yield database
    database.close()


def ask(db: store.Database, tmp_path: Path, send: Post, now: object = LATER) -> list[str]:
    return ask_whether_better(db, SETTINGS, tmp_path / "a.db", now=now, send=send)  # type: ignore[arg-type]


def left(db: store.Database) -> list[str]:
    return [row[0] for row in db.execute("SELECT report FROM contacts ORDER BY report")]


def test_each_is_asked_once_in_their_language_and_forgotten(db: store.Database, tmp_path: Path) -> None:
    post = Post()
    assert ask(db, tmp_path, post, NOON + timedelta(days=6)) == []  # people need time to notice
    assert ask(db, tmp_path, post) == ["form: 2 people were asked whether it is better now"]
    assert ask(db, tmp_path, post) == []
    assert [letter.recipients for letter in post.letters] == [("aa@example.org",), ("bb@example.org",)]
    assert [letter.subject[:10] for letter in post.letters] == ["Besser jet", "Better now"]
    assert left(db) == ["cc"]  # never confirmed, so never asked; it goes by itself
    assert answers(db, 1).asked == 2


def test_the_link_counts_one_answer_that_can_be_changed_and_leads_to_nobody(db: store.Database, tmp_path: Path) -> None:
    post, sealer = Post(), open_sealer(SETTINGS, tmp_path / "a.db")
    ask(db, tmp_path, post)
    link = next(
        line for line in post.letters[0].text.splitlines() if line.startswith("https://netz.example/besser?token=")
    )
    token = token_of(sealer, link.partition("token=")[2])
    assert token is not None
    with store.transaction(db):
        assert answer(db, token, False, now=LATER)
        assert answer(db, token, True, now=LATER)
        assert not answer(db, "forged", True, now=LATER)
    assert (answers(db, 1).better, answers(db, 1).not_better) == (1, 0)
    assert token_of(sealer, sealer.seal("aa")) is None  # a link that confirms an address answers nothing
    columns = [row[1] for row in db.execute("PRAGMA table_info(better)")]
    assert columns == ["token", "number", "asked_at", "better", "answered_at"]
    assert token not in str(db.execute("SELECT * FROM better").fetchall())


@pytest.mark.parametrize(
    ("failure", "again"), [(NotifyError("busy"), True), (NotifyRefused("gone"), False), (NotifyUnsure("lost"), False)]
)
def test_only_a_mail_that_was_certainly_not_sent_is_tried_again(
    db: store.Database, tmp_path: Path, failure: NotifyError, again: bool
) -> None:
    ask(db, tmp_path, Post(failure))
    post = Post()
    ask(db, tmp_path, post)
    assert (("aa@example.org",) in [letter.recipients for letter in post.letters]) == again


def test_without_a_mail_server_nobody_is_asked(
    db: store.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORM_MAIL")
    assert ask(db, tmp_path, Post()) == []

"""Asking for confirmation, on a real mail server on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from bot import store
from bot.config.load import load_settings, shipped
from bot.domain import Symptom
from bot.errors import ConfigError
from bot.jobs.filing import ask_contacts, mail_server, open_sealer
from bot.reports.form import Filing
from bot.reports.places import Spot
from bot.store.contacts import add_contact, confirm_contact, purge_contacts
from bot.store.reports import add_filing
from tests.factories import NOON
from tests.test_notify import Sink, free_port

SHIPPED = load_settings(shipped("o2-de.toml"))
FORM = SHIPPED.form.model_copy(update={"address": "https://netz.example", "mail_env": "FORM_MAIL"})
SETTINGS = SHIPPED.model_copy(update={"form": FORM})


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setenv("FORM_MAIL", f"mailplain://127.0.0.1:{controller.port}?from=netz@carrier.example")
    yield handler
    controller.stop()


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[store.Database]:
    """Two people who want to hear more, one in each language."""
    db = store.open_database(tmp_path / "a.db")
    sealer = open_sealer(SETTINGS, tmp_path / "a.db")
    with store.transaction(db):
        for id, lang in (("aa", "de"), ("bb", "en")):
            filing = Filing(lang, (Symptom.NO_SERVICE,), Spot("Köln", "Köln"))
            add_filing(db, filing, id=id, receipt=id, person=id, reason=None, now=NOON)
            add_contact(db, id, f"{id}@example.org", sealer, now=NOON)
    yield db
    db.close()


def states(db: store.Database) -> list[str]:
    return [row[0] for row in db.execute("SELECT state FROM contacts ORDER BY report").fetchall()]


def test_everybody_is_asked_once_in_their_language_by_a_link_that_confirms(
    asked: store.Database, sink: Sink, tmp_path: Path
) -> None:
    sealer = open_sealer(SETTINGS, tmp_path / "a.db")
    assert ask_contacts(asked, SETTINGS, tmp_path / "a.db") == ["form: 2 people were asked to confirm their address"]
    assert ask_contacts(asked, SETTINGS, tmp_path / "a.db") == []
    german, english = (mail.get_body(("plain",)) for mail in sink.mails)
    assert german
    assert english
    assert [mail["To"] for mail in sink.mails] == ["aa@example.org", "bb@example.org"]
    assert "Waren Sie das?" in german.get_content()
    assert "https://netz.example/bestaetigen?token=" in german.get_content()
    link = next(line for line in english.get_content().splitlines() if line.startswith("https://netz.example/confirm"))
    assert sealer.open(link.partition("token=")[2]) == "bb"
    with store.transaction(asked):
        assert confirm_contact(asked, "bb", sealer, now=NOON)
        assert purge_contacts(asked, now=NOON.replace(day=9)) == 1
    assert states(asked) == ["confirmed"]


@pytest.mark.parametrize(
    ("step", "answer", "state"),
    [("RCPT", "450 later", "asked"), ("RCPT", "550 nobody", "failed"), ("DATA", "hang up", "asking")],
)
def test_a_mail_that_did_not_go_is_tried_again_and_one_that_may_have_gone_is_not(
    asked: store.Database, sink: Sink, tmp_path: Path, step: str, answer: str, state: str
) -> None:
    sink.answers[step] = answer
    trouble = ask_contacts(asked, SETTINGS, tmp_path / "a.db")
    assert states(asked)[0] == state
    assert "example.org" not in " ".join(trouble)


@pytest.mark.parametrize("url", ["mailtos://host", "https://host?from=a@b.example", "mailtos://h:x?from=a@b.example"])
def test_a_mail_server_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FORM_MAIL", url)
    with pytest.raises(ConfigError, match="FORM_MAIL: not a mail server"):
        mail_server(SETTINGS)

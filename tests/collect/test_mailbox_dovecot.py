"""The mailbox against Debian's dovecot: what no stand-in of ours would tell us."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.collect import Page
from bot.collect.mailbox import imap
from bot.collect.mailbox.source import MailboxSource
from bot.config.sources import MailboxSettings
from bot.errors import LoginFailed, SourceError
from tests.servers.dovecot import PASSWORD, Dovecot, dovecot
from tests.servers.imap import mail

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    cache = Path(request.config.cache.mkdir("dovecot"))
    with dovecot(cache) as server:
        yield server


@pytest.fixture
def server(running: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Dovecot:
    """The one server of this file, emptied."""
    monkeypatch.setenv("DOVECOT_PASSWORD", PASSWORD)
    for part in ("new", "cur"):
        for path in (running.folder / "mail" / part).iterdir():
            path.unlink()
    return running


def settings(server: Dovecot, **changes: Any) -> MailboxSettings:
    usual = {
        "kind": "mailbox", "name": "mail", "host": "127.0.0.1", "port": server.port, "user": "hilfe",
        "password_env": "DOVECOT_PASSWORD", "ca_file": str(server.certificate),
    }  # fmt: skip
    return MailboxSettings(**{**usual, **changes})


def read(server: Dovecot, cursor: str | None = None, **changes: Any) -> tuple[list[Page], str]:
    pages = list(MailboxSource(settings(server, **changes), clock=lambda: datetime.now(UTC)).pages(cursor))
    assert pages[-1].cursor
    return pages, pages[-1].cursor


def texts(pages: list[Page]) -> list[str]:
    return [post.text for page in pages for post in page.posts]


def test_new_mails_are_read_once_and_stay_unread(server: Dovecot) -> None:
    server.deliver(*(mail(f"Nummer {number}") for number in range(45)))
    pages, cursor = read(server)
    assert texts(pages) == [f"Nummer {number}\n\nKein Netz" for number in range(45)]
    assert texts(read(server, cursor)[0]) == []
    server.deliver(mail("noch eine"))
    assert texts(read(server, cursor)[0]) == ["noch eine\n\nKein Netz"]
    assert set(server.flags().values()) <= {""}


def test_a_login_is_tried_and_nothing_is_read(server: Dovecot) -> None:
    server.deliver(mail("eins"))
    assert MailboxSource(settings(server)).check_login().who == "127.0.0.1: logged in, INBOX can be read"
    assert "S" not in "".join(server.flags().values())


def test_it_works_over_starttls(server: Dovecot) -> None:
    server.deliver(mail("eins"))
    assert texts(read(server, security="starttls", port=server.starttls_port)[0]) == ["eins\n\nKein Netz"]


def test_a_server_that_lost_its_index_is_read_again_and_the_names_stay(server: Dovecot) -> None:
    server.deliver(mail("eins"), mail("zwei"))
    before, cursor = read(server)
    server.count_anew()
    server.deliver(mail("drei"))
    pages, again = read(server, cursor)
    natives = [{post.id.native for page in each for post in page.posts} for each in (before, pages)]
    assert natives[0] < natives[1]
    assert pages[0].warnings[0].startswith("mail: the server counts its mails anew")
    assert texts(read(server, again)[0]) == []


def test_a_mail_that_vanishes_between_search_and_fetch_is_no_error(
    server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.deliver(mail("eins"), mail("zwei"))
    search = imap.Mailbox.since
    monkeypatch.setattr(imap.Mailbox, "since", lambda box, day: [*search(box, day), 4_000_000])
    pages, _ = read(server)
    assert texts(pages) == ["eins\n\nKein Netz", "zwei\n\nKein Netz"]


def test_a_huge_mail_is_read_as_far_as_its_limit(server: Dovecot) -> None:
    server.deliver(mail("groß", "Kein Netz.\r\n" + "x" * 76 * 40_000), mail("danach"))
    pages, _ = read(server)
    assert [len(text) for text in texts(pages)] == [10_000, len("danach\n\nKein Netz")]


def test_strange_bytes_come_through(server: Dovecot) -> None:
    server.deliver(
        b"Subject: \xf6\xff\r\nFrom: <>\r\n\r\n\x00\xff{99}\r\n)\r\n* 3 FETCH (UID 9)\r\nKein Netz",
        b"",
        b"\r\n",
        mail("eins"),
    )
    pages, _ = read(server)
    assert any("Kein Netz" in text and "FETCH" in text for text in texts(pages))
    assert texts(pages)[-1] == "eins\n\nKein Netz"


def test_a_folder_with_umlauts_is_opened_and_a_missing_one_named(server: Dovecot) -> None:
    server.deliver(mail("eins"), folder=".Entw&APw-rfe")
    assert texts(read(server, folder="Entwürfe")[0]) == ["eins\n\nKein Netz"]
    with pytest.raises(SourceError, match="has no folder 'Nirgends'"):
        read(server, folder="Nirgends")


def test_a_wrong_password_is_a_failed_login(server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVECOT_PASSWORD", "falsch")
    with pytest.raises(LoginFailed, match="refuses the login"):
        read(server)


def test_a_certificate_of_somebody_else_is_refused(server: Dovecot) -> None:
    for security, port in (("tls", server.port), ("starttls", server.starttls_port)):
        with pytest.raises(SourceError, match="not to be trusted"):
            read(server, ca_file=None, security=security, port=port)


def test_the_wrong_port_is_one_of_our_errors(server: Dovecot) -> None:
    with pytest.raises(SourceError):
        read(server, port=server.starttls_port)

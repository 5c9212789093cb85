"""One mail to one post, or the reason why it is none; and a mailbox that does what a real server would not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect import Page, open_source
from bot.collect.mailbox.imap import encode_folder
from bot.collect.mailbox.post import read_mail
from bot.collect.mailbox.source import MailboxSource
from bot.collect.mailbox.text import own_words
from bot.config.sources import MailboxSettings
from bot.domain import Post, Skip
from bot.errors import LoginFailed, SourceError
from tests.servers.imap import PASSWORD, FakeImap, fake_imap, mail

ARRIVED = datetime(2026, 3, 2, 11, 5, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def post_of(raw: bytes, arrived_at: datetime | None = ARRIVED) -> Post:
    found = read_mail(raw, "mail", arrived_at)
    assert isinstance(found, Post), found
    return found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Kein Netz am Hbf.", "Kein Netz am Hbf."),
        ("Kein Netz.\n\n-- \nKim Muster\nMusterweg 3", "Kein Netz."),
        ("Kein Netz.\n\nMit freundlichen Grüßen\nKim Muster\nTel. 0171 1234567", "Kein Netz."),
        ("Kein Netz.\nMfG Kim", "Kein Netz."),
        ("Kein Netz.\nViele Grüße aus Köln-Mülheim, Kim", "Kein Netz.\naus Köln-Mülheim"),
        ("No signal.\n\nKind regards,\nKim", "No signal."),
        ("Kein Netz.\n\nVon meinem iPhone gesendet", "Kein Netz."),
        ("Kein Netz.\n\nGesendet mit der GMX Mail App", "Kein Netz."),
        ("Kein Netz.\n\nSent from my Galaxy", "Kein Netz."),
        (
            "Immer noch.\n\nAm 2. März 2026 um 14:05 schrieb Hilfe <hilfe@carrier.example>:\n> Geht es wieder?",
            "Immer noch.",
        ),
        (
            "Immer noch.\n\nOn Mon, 2 Mar 2026 at 14:05, Help <help@carrier.example>\nwrote:\n\n> Does it work?",
            "Immer noch.",
        ),
        ("Am 2.3. schrieb Hilfe:\n> Wo?\nIn Köln.\n> Seit wann?\nSeit gestern.", "In Köln.\nSeit gestern."),
        ("Immer noch.\n\n-----Ursprüngliche Nachricht-----\nVon: Hilfe\nGeht es wieder?", "Immer noch."),
        ("Immer noch.\n\nVon: Hilfe\nGesendet: Montag\nAn: Kim\nBetreff: Netz\n\nGeht es wieder?", "Immer noch."),
        ("Immer noch.\n________________________________\nVon: Hilfe\nGeht es?", "Immer noch."),
        ("Von: Montag bis Freitag kein Netz.", "Von: Montag bis Freitag kein Netz."),
        ("Am Bahnhof schrieb ich: kein Netz.\nSeit Tagen.", "Am Bahnhof schrieb ich: kein Netz.\nSeit Tagen."),
        ("Am Montag schrieb ich Ihnen. Nichts geht.", "Am Montag schrieb ich Ihnen. Nichts geht."),
        ("Grüße an alle, die Netz haben: wir nicht.", "Grüße an alle, die Netz haben: wir nicht."),
        ("> nur zitiert", ""),
        ("", ""),
    ],
)
def test_only_what_the_sender_wrote_is_kept(body: str, words: str) -> None:
    assert own_words(body) == words


def test_of_a_forwarded_mail_the_words_are_those_of_the_customer() -> None:
    body = "\n---------- Forwarded message ---------\nVon: Kim <kim@example.org>\nDate: Mo\nSubject: Netz\n\nIn Köln geht nichts."
    assert own_words(body, forwarded=True) == "In Köln geht nichts."
    assert own_words(body) == ""
    assert post_of(mail("WG: Netz", body)).text == "Netz\n\nIn Köln geht nichts."


@given(st.text(alphabet=" >-_:aäVvonAmschriebwrote.\n@<\t\xa0", max_size=400))
def test_no_quoted_line_survives_and_nothing_is_invented(body: str) -> None:
    words = own_words(body)
    for line in words.splitlines():
        assert not line.lstrip(" \t").startswith(">") or line.startswith(("    ", "\t"))
    assert set(words) <= set(body.replace("\xa0", " ")) | {"\n"}


def test_a_mail_becomes_a_post_to_us() -> None:
    post = post_of(mail("=?utf-8?q?St=C3=B6rung_in_K=C3=B6ln?=", "Seit heute."))
    assert post.text == "Störung in Köln\n\nSeit heute."
    assert post.addressed
    assert post.author == "kim@example.org"
    assert post.created_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert post.url == ""
    assert "kim" not in post.id.native


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic reply"),
        ({"Auto_Submitted": "auto-generated; owner=x"}, "automatic reply"),
        ({"Auto_Submitted": "no"}, None),
        ({"Precedence": "auto_reply"}, "automatic reply"),
        ({"Precedence": "bulk"}, "mailing list"),
        ({"Precedence": "list"}, "mailing list"),
        ({"X_Autoreply": "yes"}, "automatic reply"),
        ({"X_Autorespond": "x"}, "automatic reply"),
        ({"X_Auto_Response_Suppress": "All"}, "automatic reply"),
        ({"X_Auto_Response_Suppress": "DR, RN"}, None),
        ({"List_Id": "<news.example.org>"}, "mailing list"),
        ({"List_Unsubscribe": "<mailto:x@example.org>"}, "mailing list"),
        ({"Return_Path": "<>"}, "bounce or receipt"),
        ({"Content_Type": "multipart/report; boundary=x"}, "bounce or receipt"),
        ({"From": "MAILER-DAEMON@example.org"}, "automatic reply"),
        ({"From": "Shop <no-reply@example.org>"}, "automatic reply"),
        ({"From": "Noreen Ply <noreen@example.org>"}, None),
        ({"X_Spam_Flag": "YES"}, "spam"),
    ],
)
def test_what_no_person_wrote_to_us_is_left_out_with_its_reason(headers: dict[str, str], reason: str | None) -> None:
    found = read_mail(mail("Abwesend", "Ich bin im Urlaub.", **headers), "mail", ARRIVED)
    assert (found.reason if isinstance(found, Skip) else None) == reason


def multipart(*parts: str, kind: str = "alternative") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return mail("Netz", body, MIME_Version="1.0", Content_Type=f'multipart/{kind}; boundary="b"')


HTML = "Content-Type: text/html; charset=utf-8\r\n\r\n<style>p{color:red}</style><p>Kein <b>Netz</b></p><p>hier</p>"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (multipart("Content-Type: text/plain\r\n\r\nKein Netz", HTML), "Kein Netz"),
        (multipart("Content-Type: text/plain\r\n\r\n  ", HTML), "Kein Netz\n\nhier"),
        (multipart(HTML), "Kein Netz\n\nhier"),
        (
            multipart("Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\ngeheim", HTML, kind="mixed"),
            "Kein Netz\n\nhier",
        ),
        (
            multipart('Content-Type: text/plain; name="brief.txt"\r\n\r\ngeheim', HTML, kind="mixed"),
            "Kein Netz\n\nhier",
        ),
        (multipart("Content-Type: image/png\r\n\r\nx"), ""),
        (
            mail(
                "Netz",
                "St=F6rung",
                Content_Type="text/plain; charset=iso-8859-1",
                Content_Transfer_Encoding="quoted-printable",
            ),
            "Störung",
        ),
        (
            mail("Netz", "U3TDtnJ1bmc=", Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="base64"),
            "Störung",
        ),
        (
            mail("Netz", "U3TDtnJ1bm", Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="base64"),
            None,
        ),
        (mail("Netz", "Störung", Content_Type="text/plain; charset=klingon"), "Störung"),
        (mail("Netz", "Störung", Content_Type="text/plain; charset=us-ascii"), None),
        (mail("Netz", "Kein \r\nNetz", Content_Type="text/plain; format=flowed"), "Kein Netz"),
        (mail("Netz", "x", Content_Type="multipart/mixed"), None),
        (mail("Netz", "x", Content_Type='multipart/mixed; boundary=""'), None),
        (mail("=?klingon?q?x?= =?utf-8?b?!!!?= =?utf-8?q?=ff?=", "Kein Netz"), None),
        (mail("Netz", "Kein Netz", Date="Mon, 99 Foo 2026"), "Kein Netz"),
        (b"", None),
        (b"\xff\xfe\x00" * 99, None),
        (b"\r\n\r\nKein Netz", "Kein Netz"),
        (b"Content-Type: text/plain; charset=\xff\xfe\r\nSubject: \xf6\r\n\r\n\xf6", None),
    ],
)
def test_any_mime_is_survived(raw: bytes, words: str | None) -> None:
    found = read_mail(raw, "mail", ARRIVED)
    if words is not None and isinstance(found, Post):
        assert found.text.removeprefix("Netz").strip() == words


@pytest.mark.parametrize("unit", ["<style ", "<script>", "<!--", "<head>", "<", "<p "])
def test_broken_markup_of_the_largest_size_is_read_to_its_end(unit: str) -> None:
    raw = mail("Netz", "<p>Kein Netz</p>" + unit * (250_000 // len(unit)), Content_Type="text/html")
    assert post_of(raw).text.startswith("Netz\n\nKein Netz")


@pytest.mark.parametrize("sender", ["(" * 5_000, '"' * 999, "<" * 999, ",,,;;:", "=?klingon?q?x?= <kim@example.org>"])
def test_a_sender_nobody_can_read_does_not_cost_the_words(sender: str) -> None:
    assert post_of(mail("Netz", "Kein Netz", From=sender)).text == "Netz\n\nKein Netz"


NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000))


def test_thousands_of_nested_parts_are_a_value_error_or_nothing() -> None:
    with pytest.raises(ValueError, match="no mail that can be read"):
        read_mail(NESTED, "mail", ARRIVED)


@given(
    st.lists(
        st.sampled_from(
            [
                b"\r\n",
                b"\n",
                b"--b",
                b"--b--",
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"Content-Type: text/html\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"=?utf-8?b?w6Q?=",
                b"Subject: ",
                b"From: ",
                b"Date: ",
                b"<p",
                b"\xff",
                b"@",
                b"x",
                b" ",
            ]
        ),
        max_size=30,
    )
)
def test_any_heap_of_headers_is_a_post_a_skip_or_a_value_error(pieces: list[bytes]) -> None:
    try:
        found = read_mail(b"".join(pieces), "mail", None)
    except ValueError:
        return
    assert isinstance(found, Post | Skip)


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        (ARRIVED - timedelta(hours=3), True),
        (ARRIVED + timedelta(hours=3), False),
        (ARRIVED - timedelta(days=400), False),
    ],
)
def test_a_mail_counts_when_it_was_written_if_that_can_be(claimed: datetime, believed: bool) -> None:
    post = post_of(mail("Netz", Date=claimed.strftime("%a, %d %b %Y %H:%M:%S +0000")))
    assert post.created_at == (claimed if believed else ARRIVED)


def test_a_mail_keeps_its_name_wherever_it_lies() -> None:
    one = mail("Netz")
    assert post_of(b"Received: from somewhere\r\n" + one).id == post_of(one).id
    assert post_of(mail("Netz", "anders")).id != post_of(one).id


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeImap]:
    with fake_imap(tmp_path) as fake:
        yield fake


def settings(server: FakeImap, **changes: Any) -> MailboxSettings:
    usual = {
        "kind": "mailbox", "name": "mail", "host": "127.0.0.1", "port": server.port, "user": "hilfe",
        "password_env": "MAILBOX_PASSWORD", "ca_file": str(server.certificate),
    }  # fmt: skip
    return MailboxSettings(**{**usual, **changes})


def read(server: FakeImap, cursor: str | None = None, **more: Any) -> tuple[list[Page], str]:
    pages = list(MailboxSource(settings(server), clock=lambda: NOW, **more).pages(cursor))
    assert pages[-1].cursor
    return pages, pages[-1].cursor


def test_nothing_in_the_mailbox_is_changed(server: FakeImap) -> None:
    server.add(mail("eins"), mail("zwei"))
    read(server)
    verbs = [command.split()[0] + " " + command.split()[-1][:9] for command in server.asked]
    assert not any(
        word in " ".join(server.asked) for word in ("SELECT", "STORE", "COPY", "EXPUNGE", "CLOSE", "APPEND", "RFC822")
    )
    assert any(verb.startswith("EXAMINE") for verb in verbs)
    assert all("PEEK" in command for command in server.asked if "FETCH" in command)


def test_the_last_mail_is_not_handed_over_again_and_an_empty_folder_stays_begun(server: FakeImap) -> None:
    pages, cursor = read(server)
    assert [page.posts for page in pages] == [()]
    server.add(mail("eins"))
    pages, cursor = read(server, cursor)
    assert [post.text for page in pages for post in page.posts] == ["eins\n\nKein Netz"]
    assert [page.posts for page in read(server, cursor)[0]] == [()]


def test_a_server_that_counts_anew_is_read_again_by_date(server: FakeImap) -> None:
    server.add(mail("eins"), mail("zwei"))
    before, cursor = read(server)
    server.validity, server.mails = 2, {7: mail("zwei"), 9: mail("drei")}
    pages, cursor = read(server, cursor)
    assert "SINCE 28-Feb-2026" in " ".join(server.asked)
    assert pages[0].warnings == ("mail: the server counts its mails anew; reads again from 2026-02-28",)
    natives = {post.id.native for page in pages for post in page.posts}
    assert len(natives) == 2
    assert len(natives & {post.id.native for page in before for post in page.posts}) == 1
    assert cursor == "2:9:2026-03-02"


def test_more_than_one_run_reads_is_said_and_read_next_time(server: FakeImap) -> None:
    server.add(*(mail(f"Nummer {number}") for number in range(50)))
    pages, cursor = read(server, max_mails=30)
    assert [page.truncated for page in pages] == [False, True]
    pages, _ = read(server, cursor, max_mails=30)
    assert sum(len(page.posts) for page in pages) == 20
    assert not pages[-1].truncated


def test_a_mail_that_cannot_be_read_is_named_and_does_not_stop_the_others(server: FakeImap) -> None:
    server.add(
        mail("eins"),
        NESTED,
        mail("drei"),
        mail("vier", Precedence="bulk"),
    )
    pages, _ = read(server)
    assert len(pages[0].posts) == 2
    assert [skip.reason for skip in pages[0].skips] == ["mailing list"]
    assert len(pages[0].warnings) == 1
    assert "mail 2" in pages[0].warnings[0]


def test_a_certificate_nobody_vouches_for_ends_it_before_the_password(server: FakeImap) -> None:
    with pytest.raises(SourceError, match="certificate is not to be trusted"):
        list(MailboxSource(settings(server, ca_file=None)).pages(None))
    assert server.asked == []


def test_a_wrong_password_says_so_without_saying_it(server: FakeImap) -> None:
    server.faults = {1: "NO"}
    with pytest.raises(LoginFailed) as caught:
        list(MailboxSource(settings(server)).pages(None))
    assert PASSWORD not in str(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)


def test_without_a_password_it_says_what_to_set(server: FakeImap) -> None:
    with pytest.raises(LoginFailed, match="set the environment variable NOT_SET"):
        list(MailboxSource(settings(server, password_env="NOT_SET")).pages(None))


def test_a_missing_own_ca_is_one_of_our_errors(server: FakeImap) -> None:
    with pytest.raises(SourceError):
        list(MailboxSource(settings(server, ca_file="/nowhere/ca.pem")).pages(None))


def test_nobody_there_is_one_of_our_errors(server: FakeImap) -> None:
    with pytest.raises(SourceError, match="cannot be reached"):
        list(MailboxSource(settings(server, port=1)).pages(None))


def test_the_config_opens_it(server: FakeImap) -> None:
    assert isinstance(open_source(settings(server)), MailboxSource)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("INBOX", "INBOX"),
        ("Entwürfe", "Entw&APw-rfe"),
        ("A & B", "A &- B"),
        ("台北", "&U,BTFw-"),
        ("Käse/Öl", "K&AOQ-se/&ANY-l"),
    ],
)
def test_folders_may_have_umlauts(name: str, sent: str) -> None:
    assert encode_folder(name) == sent

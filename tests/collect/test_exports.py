"""Files of posts, told apart by what is in them."""

import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.collect import Page
from bot.collect.files import takeout
from bot.collect.files.archive import ArchiveSource
from bot.collect.files.exports import open_export
from bot.domain import Post
from bot.errors import InputError
from bot.text import clean

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(path: Path, content: bytes | str, since: str | None = None, **options: Any) -> tuple[list[Post], list[Page]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    pages = list(open_export(path, "x", clock=lambda: NOW, **options).pages(since))
    return [post for page in pages for post in page.posts], pages


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export"


# Tables


def test_a_german_spreadsheet_is_read_as_it_is_saved(file: Path) -> None:
    table = 'sep=;\r\nDatum;Autor;Inhalt;Link\r\n02.03.2026 14:05;@kim;"Kein Netz;\r\nseit ""heute"" früh";https://a.example/1\r\n'
    (post,), _ = read(file, table.encode("cp1252"), zone=BERLIN)
    assert post.text == 'Kein Netz;\nseit "heute" früh'
    assert post.created_at == datetime(2026, 3, 2, 13, 5, tzinfo=UTC)
    assert (post.author, post.url, post.id.native) == ("kim", "https://a.example/1", "https://a.example/1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiter_and_encoding_are_found(file: Path, encoding: str, delimiter: str) -> None:
    rows = [["id", "created_at", "text"], ["post-00001", "2026-03-02T11:00:00Z", "Störung in Köln"]]
    content = "\n".join(delimiter.join(row) for row in rows).encode(encoding)
    (post,), pages = read(file, content)
    assert (post.text, post.id.native) == ("Störung in Köln", "post-00001")
    assert pages[0].warnings == ()


def test_an_umlaut_that_comes_late_does_not_change_the_others(file: Path) -> None:
    rows = "".join(f"post-{number:06};Kein Netz\n" for number in range(5_000))
    posts, _ = read(file, ("id;text\n" + rows + "post-999999;Störung\n").encode("cp1252"))
    assert posts[-1].text == "Störung"


def test_lines_before_the_headings_are_passed_over(file: Path) -> None:
    """As Brandwatch writes it."""
    table = (
        "Report:,Bulk Mentions Download\nBrand:,Carrier\nFrom:,Sun Mar 01 00:00:00 UTC 2026\nLabel:,Netz\n\n"
        "Query Id,Query Name,Date,Title,Snippet,Url,Page Type,Language,Author,Full Text,Resource Id\n"
        '1,Netz,2026-03-02 11:00:00.0,,... Netz ...,https://x.com/kim/status/1,twitter,de,kim,"Kein Netz, nirgends",resource-0001\n'
        "1,Netz,2026-03-02 10:00:00.0,Kunden klagen,... Netz ...,https://zeitung.example/1,news,de,Redaktion,,resource-0002\n"
    )
    (first, second), _ = read(file, table)
    assert (first.text, first.lang, first.may_train, first.press) == ("Kein Netz, nirgends", "de", False, False)
    assert (second.text, second.press, second.may_train) == ("Kunden klagen\n... Netz ...", True, True)
    assert first.created_at == datetime(2026, 3, 2, 11, tzinfo=UTC)


def test_a_talkwalker_export_is_read(file: Path) -> None:
    table = (
        '"url";"published";"title";"content";"lang";"source_type";"extra_author_attributes.short_name"\n'
        '"https://forum.example/1";"1772449200000";"Netz";"Kein &lt;b&gt;Netz<br/>hier";"de";"MESSAGEBOARD";"kim"\n'
        '"https://zeitung.example/1";"1772449200000";"Netz";"Kunden klagen";"de";"ONLINENEWS_NEWSPAPER";""\n'
    )
    (first, second), _ = read(file, table)
    assert first.created_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert (first.author, first.press, second.press) == ("kim", False, True)
    assert "Netz" in first.text


def test_columns_we_do_not_know_can_be_named(file: Path) -> None:
    table = "Kanal;Was;Wann\nForum;Kein Netz;02.03.2026\n"
    with pytest.raises(InputError, match="no column with the posts' text; its first line reads: Kanal, Was, Wann"):
        read(file, table)
    (post,), _ = read(file, table, mapping={"text": "was", "created_at": "Wann"}, zone=BERLIN)
    assert post.created_at == datetime(2026, 3, 1, 23, tzinfo=UTC)
    with pytest.raises(InputError, match="no column"):
        read(file, table, mapping={"text": "Anders"})


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["03/04/2026 10:00", "13/04/2026 10:00"], datetime(2026, 4, 3, 10, tzinfo=UTC)),
        (["03/04/2026 10:00", "03/14/2026 10:00"], datetime(2026, 3, 4, 10, tzinfo=UTC)),
        (["3/4/26 10:00 AM", "3/5/26 1:00 PM"], datetime(2026, 3, 4, 10, tzinfo=UTC)),
        (["03/04/2026 10:00", "04/04/2026 10:00"], datetime(2026, 4, 3, 10, tzinfo=UTC)),
        (["2. März 2026, 14:05 Uhr"], datetime(2026, 3, 2, 14, 5, tzinfo=UTC)),
        (["March 2, 2026 2:05 pm"], datetime(2026, 3, 2, 14, 5, tzinfo=UTC)),
        (["46083,5"], datetime(2026, 3, 2, 12, tzinfo=UTC)),
        (["1772449200"], datetime(2026, 3, 2, 11, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_the_column_writes_them(file: Path, dates: list[str], expected: datetime) -> None:
    posts, pages = read(file, "Text;Datum\n" + "".join(f"Kein Netz;{date}\n" for date in dates))
    assert posts[0].created_at == expected
    assert pages[0].warnings == ()


def test_date_and_time_in_two_columns_are_one(file: Path) -> None:
    posts, _ = read(file, "Datum,Uhrzeit,Text\n02.03.2026,14:05,Kein Netz\n02.03.2026 14:05,14:05,Kein Netz\n")
    assert {post.created_at for post in posts} == {datetime(2026, 3, 2, 14, 5, tzinfo=UTC)}


def test_short_and_mangled_ids_are_no_names(file: Path) -> None:
    """Row numbers repeat from file to file, and Excel turns long numbers into the same one."""
    posts, _ = read(
        file,
        "id;text\n1;Kein Netz\n1,23457E+18;Kein Netz A\n1,23457E+18;Kein Netz B\n1868000000000000001;Kein Netz C\n",
    )
    natives = [post.id.native for post in posts]
    assert len(set(natives)) == 4
    assert natives[3] == "1868000000000000001"
    assert "1" not in natives


def test_rows_that_cannot_be_read_are_told_and_the_rest_is_done(file: Path) -> None:
    file.write_text("id;text;date\npost-00001;;\n\npost-00002;Kein Netz;neulich\n" + "post-00003;Kein Netz;\n")
    export = open_export(file, "x")
    (page,) = export.pages(None)
    assert [post.id.native for post in page.posts] == ["post-00002", "post-00003"]
    assert page.warnings == ("export, line 2: has no text", "export, line 4: no time can be read in 'neulich'")
    assert export.bad_lines == 1


def test_rows_behind_a_quote_that_never_ends_are_told_and_are_no_post(file: Path) -> None:
    rows, pages = read(file, 'id;text\npost-00001;"Kein Netz,\nseit heute"\npost-00002;"offen\npost-00003;Kein Netz\n')
    assert [row.id.native for row in rows] == ["post-00001"]
    assert [warning for page in pages for warning in page.warnings] == [
        "export, line 4: a quotation mark opens and never closes: lines 4 to 5 are left out"
    ]


@pytest.mark.parametrize("text", ['19" Monitor, kein Netz', '"Kein ""Netz"" hier"', '"Kein Netz" hier'])
def test_a_quotation_mark_in_the_last_row_is_no_open_quote(file: Path, text: str) -> None:
    rows, pages = read(file, f"id;text\npost-00001;{text}")
    assert len(rows) == 1
    assert not [warning for page in pages for warning in page.warnings]


def test_a_line_without_end_costs_one_warning_and_not_the_next_row(file: Path) -> None:
    rows, pages = read(file, "id;text\npost-00001;" + "o2 " * 1_000_000 + "\npost-00002;Kein Netz\n")
    assert [row.id.native for row in rows] == ["post-00002"]
    (warning,) = [warning for page in pages for warning in page.warnings]
    assert warning.startswith("export, line 2: cannot be read")


def test_a_quote_that_never_ends_costs_its_field_and_not_the_memory(file: Path) -> None:
    rows = "".join(f"post-{number:06};Kein Netz\n" for number in range(40_000))
    export_rows, pages = read(file, 'id;text\npost-x;"offen\n' + rows)
    assert any("cannot be read" in warning for page in pages for warning in page.warnings)
    assert len(export_rows) > 20_000


def test_a_guard_against_formulas_is_taken_off(file: Path) -> None:
    (post,), _ = read(file, "id;text\npost-00001;'@carrier kein Netz\n")
    assert post.text == "@carrier kein Netz"


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60), min_size=1, max_size=8),
    st.sampled_from(";,\t"),
)
def test_what_a_spreadsheet_wrote_comes_out_as_it_went_in(file: Path, texts: list[str], delimiter: str) -> None:
    import csv

    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["created_at", "text"], *(["2026-03-02", f"o2 {text}"] for text in texts)])
    posts, _ = read(file, out.getvalue().encode("utf-8-sig"))
    wanted = [clean(f"o2 {text}".replace("\r\n", "\n").strip()).strip() for text in texts]
    if not any("<" in text for text in texts):
        assert [post.text for post in posts] == wanted


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_file_is_posts_or_one_of_our_errors(file: Path, content: bytes) -> None:
    for start in (
        b"",
        b"id;text\n",
        b"window.YTD.tweets.part0 = [",
        b'{"type":"OrderedCollection","orderedItems":[',
        b"[",
        b"PK\x03\x04",
        b"\x1f\x8b",
    ):
        try:
            read(file, start + content)
        except InputError:
            continue


# Archives of X and Mastodon


def tweets(*rows: dict[str, Any]) -> bytes:
    return ("window.YTD.tweets.part0 = " + json.dumps([{"tweet": row} for row in rows], indent=2)).encode()


def tweet(native: str, text: str = "Kein Netz &amp; kein Plan", **more: Any) -> dict[str, Any]:
    return {"id_str": native, "full_text": text, "created_at": "Mon Mar 02 11:00:00 +0000 2026", "lang": "de", **more}


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "/").replace("_js", ".js").replace("_json", ".json"), content)
    return path


def test_the_posts_of_an_x_archive_are_read_packed_and_unpacked(file: Path) -> None:
    content = tweets(tweet("1"), tweet("2", "RT @kim: Kein Netz"), {"no": "tweet"})
    (post,), (page,) = read(file, content)
    assert post.text == "Kein Netz & kein Plan"
    assert (post.id.native, post.lang, post.may_train, post.author) == ("1", "de", False, "")
    assert post.created_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert [skip.reason for skip in page.skips] == ["repost"]
    assert page.warnings == ("export, entry 3: is no post of X",)
    account = b'window.YTD.account.part0 = [{"account": {"email": "kim@example.org", "username": "kim_x"}}]'
    zipped(file, data__tweets_js=content, data__account_js=account, data__direct_messages_js=b"window.YTD.x = [1]")
    (packed,) = [post for page in open_export(file, "x").pages(None) for post in page.posts]
    assert (packed.id, packed.author) == (post.id, "kim_x")


def test_an_x_archive_in_parts_is_one(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("twitter-2026/data/tweets.js", tweets(tweet("1")))
        packed.writestr("twitter-2026/data/tweets-part1.js", tweets(tweet("2")))
    pages = list(open_export(file, "x").pages(None))
    assert sorted(post.id.native for page in pages for post in page.posts) == ["1", "2"]


def outbox(*items: dict[str, Any]) -> bytes:
    context = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "outbox.json",
        "type": "OrderedCollection",
        "totalItems": len(items),
    }
    return json.dumps({**context, "orderedItems": list(items)}).encode()


def note(native: str, to: list[str] | None = None, **more: Any) -> dict[str, Any]:
    content = {
        "content": "<p>Kein Netz<br>in Köln</p>",
        "published": "2026-03-02T11:00:00Z",
        "to": to or [takeout.PUBLIC[0]],
        "cc": [],
    }
    name = f"https://chaos.example/users/kim/statuses/{native}"
    return {
        "type": "Create",
        "object": {"id": name, "type": "Note", "attributedTo": "https://chaos.example/users/kim", **content, **more},
    }


def test_of_a_mastodon_outbox_the_public_posts_are_read(file: Path) -> None:
    followers = "https://chaos.example/users/kim/followers"
    boost = {"type": "Announce", "id": "b", "object": "https://a.example/1"}
    content = outbox(
        note("1", summary="Netz", contentMap={"de": "x"}),
        note("2", [followers]),
        boost,
        {"type": "Create", "object": 3},
    )
    (post,), (page,) = read(file, content)
    assert post.text == "Netz\n\nKein Netz\nin Köln"
    assert (post.author, post.lang, post.created_at) == (
        "kim@chaos.example",
        "de",
        datetime(2026, 3, 2, 11, tzinfo=UTC),
    )
    assert [skip.reason for skip in page.skips] == ["not public", "repost"]
    assert len(page.warnings) == 1
    zipped(file, outbox_json=content)
    assert [post.id for page in open_export(file, "x").pages(None) for post in page.posts] == [post.id]
    with tarfile.open(file, "w:gz") as packed:
        entry = tarfile.TarInfo("outbox.json")
        entry.size = len(content)
        packed.addfile(entry, io.BytesIO(content))
    assert [post.id for page in open_export(file, "x").pages(None) for post in page.posts] == [post.id]


def test_an_archive_that_breaks_off_gives_what_it_has_and_says_so(file: Path) -> None:
    content = tweets(*(tweet(str(number)) for number in range(1_200)))
    file.write_bytes(content[:-500])
    pages = open_export(file, "x").pages(None)
    assert [len(next(pages).posts) for _ in range(2)] == [500, 500]
    with pytest.raises(InputError, match="breaks off in the middle"):
        next(pages)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"xl__workbook_xml": b"x"}, "Excel workbook"),
        ({"pictures__1_png": b"x"}, "neither X's"),
        ({"data__tweets_js": b"window.YTD.tweets.part0 = 3"}, "no list of posts"),
    ],
)
def test_an_archive_of_something_else_says_what_to_do(file: Path, files: dict[str, bytes], message: str) -> None:
    zipped(file, **files)
    with pytest.raises(InputError, match=message):
        list(open_export(file, "x").pages(None))


def test_a_bomb_in_a_zip_is_read_with_bounded_memory(file: Path) -> None:
    zipped(file, data__tweets_js=b'window.YTD.tweets.part0 = [{"tweet": {"full_text": "' + b"x" * 50_000_000)
    with pytest.raises(InputError, match="more than 4 MiB"):
        list(open_export(file, "x").pages(None))


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.recursive(st.text(max_size=9) | st.integers(), st.lists, max_leaves=5)),
        max_size=6,
    ),
    st.integers(1, 40),
)
def test_entries_are_cut_where_json_ends_them_however_they_are_chunked(rows: list[dict[str, Any]], chunk: int) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or chunk, chunk))

    raw = b"x = " + json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")
    found = list(takeout.entries(Dripping(raw), takeout._ARRAY))
    assert [json.loads(entry.decode("utf-8", "surrogatepass")) for entry in found] == rows


# All of them


def test_json_lines_stay_what_they_were(file: Path) -> None:
    file.write_text('{"id": "1", "text": "Kein Netz"}\n')
    assert isinstance(open_export(file, "x"), ArchiveSource)
    assert read(file, '\ufeff [{"id": "1", "text": "Kein Netz"},\n {"text": ""}]')[0][0].id.native == "1"


def test_an_interrupted_import_goes_on_and_a_changed_file_starts_over(file: Path) -> None:
    rows = "".join(f"post-{number:06};Kein Netz\n" for number in range(1_200))
    _, pages = read(file, "id;text\n" + rows)
    assert [len(page.posts) for page in pages] == [500, 500, 200]
    assert [len(page.posts) for page in open_export(file, "x").pages(pages[0].cursor)] == [500, 200]
    posts, _ = read(file, "id;text\n" + rows.replace("Kein", "Null"), since=pages[0].cursor)
    assert len(posts) == 1_200


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file_is_one_of_our_errors(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        open_export(tmp_path / name, "x")


def test_a_file_of_nothing_we_know_is_one_of_our_errors(file: Path) -> None:
    for content in ("Liebe Kolleginnen, anbei die Liste.\nViele Grüße", "\x89PNG\r\n\x1a\n\0\0", "\xd0\xcf\x11\xe0"):
        with pytest.raises(InputError):
            read(file, content)
    with pytest.raises(InputError, match="old Excel"):
        read(file, b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert read(file, "")[0] == []

"""What people hand in as JSON lines: exports cut in half, files that grow, text from anywhere."""

import json
import os
import threading
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import store
from bot.collect import Page
from bot.collect.files.archive import MAX_LINE, PAGE, ArchiveSource, load_row, read_time, to_post
from bot.domain import Post, Tally
from bot.errors import InputError
from bot.text import MAX_CHARS, prepare
from tests.factories import NOON, analysis


def write(tmp_path: Path, *lines: bytes | str | dict[str, Any], end: str = "\n") -> Path:
    path = tmp_path / "posts.jsonl"
    rows = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    whole = b"\n".join(row if isinstance(row, bytes) else row.encode() for row in rows)
    path.write_bytes(whole + end.encode())
    return path


def read(path: Path, since: str | None = None) -> tuple[list[Page], list[Post], list[str]]:
    pages = list(ArchiveSource(path).pages(since))
    return (
        pages,
        [post for page in pages for post in page.posts],
        [warning for page in pages for warning in page.warnings],
    )


GOOD = {"id": "good", "text": "Kein Netz"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not JSON at all", "not JSON (Expecting value at column 1)"),
        ('{"text": "abgeschnit', "not JSON (Unterminated string"),
        ("[1, 2]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "no `text`"),
        ('{"text": null}', "no `text`"),
        ('{"text": ""}', "`text` is empty or no string"),
        ('{"text": " \\n "}', "`text` is empty or no string"),
        ('{"text": 7}', "`text` is empty or no string"),
        ('{"text": ["a"]}', "`text` is empty or no string"),
        (b'{"text": "\xff\xfe"}', "not UTF-8 text"),
        ("[" * 100_000, "JSON nested too deeply"),
        ('{"text": "a", "x": ' + "[" * 100_000 + "}", "JSON nested too deeply"),
        ('{"text": "a", "id": ' + "9" * 5000 + "}", "a number too long to read"),
        ('{"text": "' + "a" * MAX_LINE + '"}', "longer than 4 MiB"),
        ("id,text,created_at", "not JSON"),
        ("\x00\x00\x00", "not JSON"),
        ('{"kind": "report"}', "a report needs `id` and `created_at`"),
        ('{"kind": "report", "id": "r", "created_at": "gestern"}', "`created_at` is no time: 'gestern'"),
        ('{"kind": "report", "id": "r", "created_at": "2026-03-02", "symptoms": ["laut"]}', "laut"),
        ('{"kind": "report", "id": "r", "created_at": "2026-03-02", "symptoms": [[]]}', "[]"),
        ('{"kind": "report", "id": "r", "created_at": "2026-03-02", "symptoms": 5}', "is no list"),
        ('{"kind": "report", "id": "r", "created_at": "2026-03-02", "symptoms": null}', "is no list"),
        ('{"kind": "simulation"}', "a simulation needs"),
        ('{"kind": "simulation", "name": "n", "title": "t", "population_year": null}', "a simulation needs"),
        ('{"kind": "simulation", "name": "n", "title": "t", "population_year": 1, "notice": {}}', "needs a `notice`"),
        (
            '{"kind": "simulation", "name": "n", "title": "t", "population_year": 1, "notice": {"de": "x"},'
            ' "population": {"Köln": "viele"}}',
            "whole numbers",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_line_that_cannot_be_read_is_told_with_its_number_and_the_rest_is_read(
    tmp_path: Path, line: str | bytes, told: str
) -> None:
    path = write(tmp_path, GOOD, line, {"id": "after", "text": "Immer noch nicht"})
    source = ArchiveSource(path)
    pages = list(source.pages(None))
    (warning,) = [warning for page in pages for warning in page.warnings]
    assert warning.startswith("posts.jsonl, line 2: ")
    assert told in warning
    assert len(warning) < 200
    assert warning.isprintable()
    assert [post.id.native for page in pages for post in page.posts] == ["good", "after"]
    assert source.bad_lines == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-02T12:00:00Z", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        ("2026-03-02 12:00", NOON),
        ("20260302T120000Z", NOON),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_a_time_is_read_as_utc(value: object, expected: datetime | None) -> None:
    assert read_time(value) == (expected, None)


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-02-30",
        "1969-07-20T20:17:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-02T12:00:00+99:00",
        "Mon Mar 02 12:00:00 +0000 2026",
        1_772_452_800,
        -1,
        10**4000,
        float("nan"),
        float("inf"),
        True,
        [[]],
        {"$date": 1},
        "\ud800" * 10,
        "\u202e2026-03-02",
        "9" * 100_000,
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_time_that_is_none_is_a_warning_and_never_a_lost_post(value: object) -> None:
    post, warning = to_post({"text": "Kein Netz", "created_at": value}, "archive")
    assert post.created_at is None
    assert warning is not None
    assert len(warning) < 150
    assert warning.isprintable()


def test_a_post_from_the_future_is_kept_and_counts_when_it_was_seen(tmp_path: Path, db: store.Database) -> None:
    path = write(tmp_path, {**GOOD, "created_at": "2099-01-01T00:00:00Z"})
    (post,) = read(path)[1]
    assert store.counted_at(post, NOON) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b\x1b[31mc\x07",
        "\u202eteg thcin shaw\u202c \u200f\u061c",
        "\ud800 allein \udfff",
        "\u200b\u2060\ufeff",
        "Z" + "\u0301" * 5000,
        "x" * 1_000_000,
        "👨‍👩‍👧‍👦" * 3000,
        "\r\n\u2028\u2029",
    ],
    ids=["controls", "right to left", "surrogates", "invisible", "marks", "1 MB", "emoji", "line ends"],
)
def test_any_text_reaches_the_store_and_comes_out_again(tmp_path: Path, db: store.Database, text: str) -> None:
    path = write(
        tmp_path, {"id": text[:300], "text": text + " Netz", "author": text[:50], "url": text[:50], "lang": text[:9]}
    )
    (post,) = read(path)[1]
    assert len(post.text) <= MAX_CHARS
    with store.transaction(db):
        store.add_page(db, [(post, analysis(prepare(post.text)))], now=NOON, tally=Tally())
    assert db.execute("SELECT count(*) FROM posts").fetchone()[0] == 1


def test_bytes_before_and_between_the_lines_do_no_harm(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
        "",
        "   ",
        '{"text": "b"}\r',
        '{"text": "a", "text": "c"}',
    )
    _, posts, warnings = read(path)
    assert [post.text for post in posts] == ["Kein Netz", "b", "c"]
    assert warnings == []


@pytest.mark.parametrize("content", ["id;text\n1;Kein Netz\n", "PK\x03\x04", "\n".join(["x"] * 2000), "<html></html>"])
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(content)
    with pytest.raises(InputError, match="no line is a post") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_an_empty_file_holds_nothing_and_a_missing_one_is_named(tmp_path: Path) -> None:
    assert read(write(tmp_path, end=""))[0] == []
    with pytest.raises(InputError, match="nowhere"):
        read(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)


# Names


def test_the_same_id_twice_is_one_post_and_without_id_the_same_words_are_one(
    tmp_path: Path, db: store.Database
) -> None:
    bare = {"text": "ohne Namen", "created_at": "2026-03-02T12:00:00Z", "author": "kim"}
    path = write(
        tmp_path, GOOD, GOOD, bare, bare, {**bare, "author": "lea"}, {"id": 7, "text": "a"}, {"id": "7", "text": "b"}
    )
    names = [post.id.native for post in read(path)[1]]
    assert len(names) == 7
    assert len(set(names)) == 4
    assert names[0] == "good"
    assert names[5] == names[6] == "7"


@pytest.mark.parametrize(
    "pair",
    [
        ("x" * 300 + "a", "x" * 300 + "b"),
        ("a\x00", "a\x01"),
        ("\ud800", "\ud801"),
        ([1], [2]),
        ({"$oid": "1"}, {"$oid": "2"}),
        (10**3999, 10**3999 + 1),
        (0, 1),
    ],
    ids=lambda pair: repr(pair)[:30],
)
def test_two_posts_with_odd_ids_stay_two(pair: tuple[object, object]) -> None:
    first, second = (to_post({"id": native, "text": f"{native}"[-400:]}, "archive")[0] for native in pair)
    assert first.id != second.id
    for post in (first, second):
        assert len(post.id.native) <= 200
        post.id.native.encode("utf-8")


# Going on where it ended


def test_an_interrupted_import_goes_on_after_its_last_page(tmp_path: Path) -> None:
    path = write(tmp_path, *({"id": str(number), "text": "Kein Netz"} for number in range(3 * PAGE + 7)))
    pages = ArchiveSource(path).pages(None)
    first, second = next(pages), next(pages)
    assert len(first.posts) == len(second.posts) == PAGE
    rest = read(path, second.cursor)[1]
    assert [post.id.native for post in rest] == [str(number) for number in range(2 * PAGE, 3 * PAGE + 7)]


def test_line_numbers_are_right_after_going_on(tmp_path: Path) -> None:
    path = write(tmp_path, *[GOOD] * PAGE, "kaputt")
    first = next(ArchiveSource(path).pages(None))
    assert read(path, first.cursor)[2][0].startswith(f"posts.jsonl, line {PAGE + 1}: ")


def test_a_growing_file_brings_only_what_is_new(tmp_path: Path) -> None:
    filler = {"text": "x" * 700}
    path = write(tmp_path, *({**filler, "id": f"old {number}"} for number in range(200)))
    pages, posts, _ = read(path)
    assert len(posts) == 200
    with path.open("a") as file:
        file.write(json.dumps({"id": "new", "text": "neu"}) + "\n")
    assert [post.id.native for post in read(path, pages[-1].cursor)[1]] == ["new"]


def test_a_last_line_still_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    whole = json.dumps({"id": "last", "text": "ganz"})
    filler = [{"id": str(number), "text": "x" * 700} for number in range(200)]
    path = write(tmp_path, *filler, whole[:15], end="")
    pages, _, warnings = read(path)
    assert len(warnings) == 1
    with path.open("a") as file:
        file.write(whole[15:] + "\n")
    _, posts, warnings = read(path, pages[-1].cursor)
    assert [post.id.native for post in posts] == ["last"]
    assert warnings == []


def test_a_last_line_without_its_end_is_read(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, GOOD, {"text": "zwei"}, end=""))[1]) == 2


def test_a_changed_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = write(tmp_path, *[{"id": str(number), "text": "alt"} for number in range(9)])
    cursor = read(path)[0][-1].cursor
    write(tmp_path, *[{"id": f"n{number}", "text": "neu"} for number in range(9)])
    assert len(read(path, cursor)[1]) == 9


def test_a_file_cut_shorter_is_read_from_its_beginning(tmp_path: Path) -> None:
    rows = [{"id": str(number), "text": "x" * 700} for number in range(300)]
    cursor = read(write(tmp_path, *rows))[0][-1].cursor
    path = write(tmp_path, *rows[:150], {"id": "other", "text": "anders"})
    assert len(read(path, cursor)[1]) == 151


@pytest.mark.parametrize("changed", [10, 200, 899])
def test_a_line_corrected_anywhere_is_read_though_the_size_stays(tmp_path: Path, changed: int) -> None:
    rows = [{"id": str(number), "text": "x" * 700} for number in range(900)]
    cursor = read(write(tmp_path, *rows))[0][-1].cursor
    rows[changed] = {"id": str(changed), "text": "y" * 700}
    assert "y" * 700 in [post.text for post in read(write(tmp_path, *rows), cursor)[1]]


def test_a_file_that_only_grew_goes_on_where_it_was(tmp_path: Path) -> None:
    rows = [{"id": str(number), "text": "x" * 700} for number in range(900)]
    cursors = [page.cursor for page in read(write(tmp_path, *rows))[0]]
    path = write(tmp_path, *rows, {"id": "new", "text": "neu"})
    assert [len(read(path, cursor)[1]) for cursor in cursors] == [401, 1]


@pytest.mark.parametrize("offset", ["²", "-1", "1e9", "", "9" * 5000])
def test_a_cursor_that_is_none_starts_anew(tmp_path: Path, offset: str) -> None:
    path = write(tmp_path, GOOD)
    stamp = str(read(path)[0][0].cursor).split(":")[0]
    for cursor in (offset, f":{offset}", f"other:{offset}", f"{stamp}:{offset}"):
        assert len(read(path, cursor)[1]) == 1


def test_a_pipe_is_read_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    lines = "".join(json.dumps({"id": number, "text": "x" * 500}) + "\n" for number in range(700))
    writer = threading.Thread(target=path.write_text, args=[lines])
    writer.start()
    pages, posts, _ = read(path)
    writer.join()
    assert len(posts) == 700
    assert {page.cursor for page in pages} == {None}


def test_memory_stays_bounded_however_long_the_lines_are(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    with path.open("w") as file:
        for number in range(40):
            file.write(json.dumps({"id": number, "text": "x" * 3_000_000}) + "\n")
        file.write("y" * 30_000_000 + "\n")
    tracemalloc.start()
    try:
        posts = sum(len(page.posts) for page in ArchiveSource(path).pages(None))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert posts == 40
    assert peak < 40_000_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


KEYS = ("id", "created_at", "author", "url", "lang", "addressed", "may_train", "symptoms")


@given(st.fixed_dictionaries({"text": st.text(min_size=1, max_size=60)}, optional=dict.fromkeys(KEYS, json_values)))
def test_whatever_the_values_a_row_with_a_text_is_a_post(row: dict[str, Any]) -> None:
    line = json.dumps(row).encode()
    if not row["text"].strip():
        with pytest.raises(ValueError, match="is empty"):
            load_row(line)
        return
    loaded = load_row(line)
    assert loaded is not None
    post, warning = to_post(loaded, "archive")
    assert post.id.native
    assert post.created_at is None or post.created_at.tzinfo is UTC
    for value in (post.id.native, post.author, post.url, post.lang or "", warning or ""):
        value.encode("utf-8")

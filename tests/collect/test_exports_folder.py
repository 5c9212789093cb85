"""A folder that files are dropped into: each complete one is read once."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.collect import Page, open_source
from bot.collect.files.folder import FolderSource
from bot.config.sources import FolderSettings
from bot.errors import SourceError

LATER = timedelta(minutes=2)  # longer than a file must be quiet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def read(
    folder: Path, cursor: str | None = None, after: timedelta = LATER, **changes: Any
) -> tuple[list[str], list[Page], str | None]:
    most = changes.pop("max_pages", 200)
    settings = FolderSettings(**{"kind": "folder", "name": "drop", "path": str(folder), **changes})
    pages = list(FolderSource(settings, clock=lambda: datetime.now(UTC) + after, max_pages=most).pages(cursor))
    cursor = next((page.cursor for page in reversed(pages) if page.cursor), cursor)
    return [post.text for page in pages for post in page.posts], pages, cursor


def table(*texts: str) -> str:
    return "text;datum\n" + "".join(f"{text};02.03.2026\n" for text in texts)


def warnings(pages: list[Page]) -> list[str]:
    return [warning for page in pages for warning in page.warnings]


def test_each_file_is_read_once_whatever_its_kind(folder: Path) -> None:
    (folder / "a.csv").write_text(table("eins"))
    (folder / "b.jsonl").write_text('{"text": "zwei"}\n')
    (folder / "c.json").write_text('[{"text": "drei"}]')
    texts, _, cursor = read(folder)
    assert sorted(texts) == ["drei", "eins", "zwei"]
    assert read(folder, cursor)[:2] == ([], [])
    (folder / "d.csv").write_text(table("vier"))
    assert read(folder, cursor)[0] == ["vier"]


def test_a_file_that_is_still_being_written_is_left_until_it_is_quiet(folder: Path) -> None:
    (folder / "a.csv").write_text(table("eins"))
    texts, _, cursor = read(folder, after=timedelta(seconds=10))
    assert texts == []
    (folder / "a.csv").write_text(table("eins", "zwei"))
    os.utime(folder / "a.csv", (0, 0))  # as a copy does that keeps the time of its original
    texts, _, cursor = read(folder, cursor, after=timedelta(seconds=10))
    assert texts == []
    assert read(folder, cursor)[0] == ["eins", "zwei"]


@pytest.mark.parametrize("name", [".hidden.csv", "a.csv.part", "a.csv.crdownload", "~$a.csv", "a.csv~", "a.TMP"])
def test_what_programs_call_unfinished_is_left(folder: Path, name: str) -> None:
    (folder / name).write_text(table("eins"))
    assert read(folder)[0] == []


def test_a_renamed_or_copied_file_is_not_read_again(folder: Path) -> None:
    (folder / "a.csv").write_text(table("eins"))
    _, _, cursor = read(folder)
    (folder / "a.csv").rename(folder / "b.csv")
    texts, _, cursor = read(folder, cursor)
    assert texts == []
    (folder / "c.csv").write_text(table("eins"))
    assert read(folder, cursor)[0] == []


def test_a_changed_file_is_read_again(folder: Path) -> None:
    (folder / "a.csv").write_text(table("eins"))
    _, _, cursor = read(folder)
    (folder / "a.csv").write_text(table("eins", "zwei"))
    assert read(folder, cursor)[0] == ["eins", "zwei"]


def test_a_bad_file_is_named_once_and_stays_where_it_is(folder: Path) -> None:
    (folder / "a.xlsx").write_bytes(b"PK\x03\x04nonsense")
    (folder / "b.csv").write_text("Spalte;Andere\n1;2\n")
    (folder / "c.csv").write_text(table("eins"))
    texts, pages, cursor = read(folder)
    assert texts == ["eins"]
    assert len(warnings(pages)) == 2
    assert "a.xlsx" in warnings(pages)[0]
    assert "no column with the posts' text" in warnings(pages)[1]
    assert warnings(read(folder, cursor)[1]) == []
    assert len(list(folder.iterdir())) == 3
    (folder / "b.csv").write_text(table("zwei"))
    assert read(folder, cursor)[0] == ["zwei"]


def test_nothing_but_files_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "private.csv").write_text(table("privat"))
    (folder / "link.csv").symlink_to(tmp_path / "private.csv")
    (folder / "sub").mkdir()
    (folder / "sub" / "a.csv").write_text(table("unten"))
    os.mkfifo(folder / "pipe.csv")
    (folder / "empty.csv").write_text("")
    assert read(folder)[0] == []


def test_a_run_stops_at_its_limit_within_a_file_and_goes_on_there(folder: Path) -> None:
    (folder / "a.csv").write_text(table(*(f"Zeile {number}" for number in range(1_700))))
    texts, pages, cursor = read(folder, max_pages=2)
    assert len(texts) == 1_000
    assert pages[-1].truncated
    more, _, cursor = read(folder, cursor, max_pages=2)
    assert len(more) == 700
    assert len(set(texts + more)) == 1_700


def test_columns_and_zone_come_from_the_config(folder: Path) -> None:
    (folder / "a.csv").write_text("Was;Wann\neins;02.03.2026 12:00\n")
    _, pages, _ = read(folder, columns={"text": "Was", "created_at": "Wann"}, time_zone="Europe/Berlin")
    assert pages[0].posts[0].created_at == datetime(2026, 3, 2, 11, tzinfo=UTC)


def test_a_missing_folder_is_one_of_our_errors(folder: Path) -> None:
    with pytest.raises(SourceError, match="make it or correct `path`"):
        read(folder / "nowhere")


def test_names_in_no_encoding_and_cursors_of_no_kind_are_survived(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe.csv")).write_text(table("eins"))
    texts, _, cursor = read(folder, '{"done": {"a": 3}, "inside": []}')
    assert texts == ["eins"]
    assert cursor is not None
    cursor.encode("utf-8")
    assert read(folder, cursor)[0] == []


def test_what_is_gone_is_forgotten_so_that_the_cursor_stays_small(folder: Path) -> None:
    for number in range(5):
        (folder / f"{number}.csv").write_text(table(str(number)))
    _, _, cursor = read(folder)
    for path in folder.iterdir():
        path.unlink()
    _, _, cursor = read(folder, cursor)
    assert json.loads(cursor or "")["done"] == {}


def test_the_config_opens_it(folder: Path) -> None:
    assert isinstance(open_source(FolderSettings(kind="folder", name="drop", path=str(folder))), FolderSource)

"""JSON lines from a file or a pipe: archives, exports, simulated streams.

A line holds `text` and, where known, `id`, `created_at`, `author`, `url`, `lang`. The cursor is the number of bytes read
of a file that has not changed since, so that an interrupted import goes on where its last page ended.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from ..domain import Post, PostId, Report, Simulation, Symptom
from ..errors import InputError
from ..text import clean
from .base import Page

MAX_LINE = 4 * 1024 * 1024  # bytes; a longer line is skipped unread
PAGE = 500  # lines in one transaction
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass
class ArchiveSource:
    """A file of JSON lines as a source. Lines that cannot be read become warnings, the rest is handed over."""

    path: Path
    name: str = "archive"
    bad_lines: int = field(default=0, init=False)

    def pages(self, since: str | None) -> Iterator[Page]:
        """Raises InputError when the file cannot be opened, or when no line of it is a post."""
        try:
            with self.path.open("rb") as file:
                stamp = _stamp(self.path)
                offset = _resume(since, stamp)
                first_line = 1
                while file.tell() < offset and next(_lines(file), None):
                    first_line += 1
                yield from self._pages(file, stamp, first_line)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror})") from error

    def _pages(self, file: BinaryIO, stamp: str, first_line: int) -> Iterator[Page]:
        good = False
        for batch in _batches(enumerate(_lines(file), first_line)):
            page = self._page(batch)
            good |= bool(page.posts or page.reports or page.simulation)
            if not good and self.bad_lines and first_line == 1:
                raise InputError(
                    f"{self.path}: no line is a post; expected one JSON object a line with a `text` ({page.warnings[0]})"
                )
            yield replace(page, cursor=f"{stamp}:{file.tell()}")

    def _page(self, batch: list[tuple[int, bytes]]) -> Page:
        posts: list[Post] = []
        reports: list[Report] = []
        simulation: Simulation | None = None
        warnings: list[str] = []
        for number, line in batch:
            warning: str | None = None
            try:
                match row := load_row(line):
                    case None:
                        continue
                    case {"kind": "simulation"}:
                        simulation = to_simulation(row)
                    case {"kind": "report"}:
                        reports.append(to_report(row, self.name))
                    case _:
                        post, warning = to_post(row, self.name)
                        posts.append(post)
            except ValueError as error:
                self.bad_lines += 1
                warning = str(error)
            if warning:
                warnings.append(f"{self.path.name}, line {number}: {warning}")
        return Page(tuple(posts), reports=tuple(reports), simulation=simulation, warnings=tuple(warnings))


def to_post(row: dict[str, Any], source: str) -> tuple[Post, str | None]:
    """A row of `load_row` as a post, and a warning where its time cannot be read. Without an id its text and time are its name."""
    created_at, warning = read_time(row.get("created_at"))
    native = _string(str(row["id"])) if row.get("id") not in (None, "") else _name_by_content(row)
    post = Post(
        id=PostId(source, native[:200]),
        text=row["text"],
        author=_string(row.get("author")).lstrip("@")[:200],
        url=_string(row.get("url"))[:2000],
        created_at=created_at,
        lang=_string(row.get("lang"))[:35] or None,
        addressed=row.get("addressed") is True,
        may_train=row.get("may_train") is not False,
    )
    return post, warning


def _name_by_content(row: dict[str, Any]) -> str:
    content = "\x1f".join(str(row.get(key)) for key in ("author", "created_at", "text"))
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:24]


def to_report(row: dict[str, Any], source: str) -> Report:
    """A filed report as `brennpunkt simulate` writes it. Raises ValueError saying what is wrong."""
    filed_at, warning = read_time(row.get("created_at"))
    if filed_at is None or warning or not row.get("id"):
        raise ValueError(warning or "a report needs `id` and `created_at`")
    return Report(
        id=_string(str(row["id"]))[:200],
        filed_at=filed_at,
        symptoms=tuple(Symptom(value) for value in row.get("symptoms", ())),
        city=_string(row.get("city")) or None,
        district=_string(row.get("district")) or None,
        postcode=_string(row.get("postcode")) or None,
        state=_string(row.get("state")) or None,
        person=_string(row.get("person")),
        source=source,
    )


def to_simulation(row: dict[str, Any]) -> Simulation:
    """The first row of a made-up stream. Raises ValueError where it does not say what it must."""
    try:
        return Simulation(row["name"], row["title"], row["notice"], int(row["population_year"]), row["population"])
    except KeyError as error:
        raise ValueError(f"the simulation does not say its {error}") from None


def load_row(line: bytes) -> dict[str, Any] | None:
    """The JSON object of a line that has a text; None for a blank line. Raises ValueError saying what is wrong."""
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE // 1024 // 1024} MiB, left out")
    if not line.strip():
        return None
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg} at column {error.colno})") from None
    except ValueError:  # Python refuses integers over 4,300 digits
        raise ValueError("not JSON (a number too long to read)") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if row.get("kind") in ("report", "simulation"):
        return row
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no `text`" if text is None else "`text` is empty or no string")
    return row


def read_time(value: object) -> tuple[datetime | None, str | None]:
    """A claimed time as aware UTC, and a warning where there is a value that is none."""
    if value is None or value == "":
        return None, None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip()[:40])
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None, f"`created_at` is no time: {value[:40]!r}"
        if moment >= EARLIEST:
            return moment, None
    return None, f"`created_at` is no time: {str(value)[:40]!r}"


def _string(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines with their ends. Of one over MAX_LINE only the beginning is kept, so that memory stays bounded."""
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(MAX_LINE)
        yield line


def _batches(lines: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    iterator = iter(lines)
    while batch := list(islice(iterator, PAGE)):
        yield batch


def _stamp(path: Path) -> str:
    """Tells this file from a changed one of the same name: a digest of its first 64 KiB."""
    with path.open("rb") as file:
        return hashlib.sha256(file.read(65_536)).hexdigest()[:16]


def _resume(since: str | None, stamp: str) -> int:
    if since is None:
        return 0
    known, _, offset = since.partition(":")
    return int(offset) if known == stamp and offset.isdigit() else 0

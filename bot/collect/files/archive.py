"""JSON lines from a file or a pipe: archives, exports, simulated streams.

A line holds `text` and, where known, `id`, `created_at`, `author`, `url`, `lang`. The cursor is the number of bytes read
of a file that has not changed since, so that an interrupted import goes on where its last page ended. A pipe has none.
"""

import hashlib
import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ...domain import Post, PostId, Report, Simulation, Symptom
from ...errors import InputError
from ...text import MAX_CHARS, clean
from ..base import Page

MAX_LINE = 4 * 1024 * 1024  # bytes; a longer line is skipped unread
PAGE = 500  # lines in one transaction, fewer where they are long
PAGE_BYTES = 8 * 1024 * 1024
MAX_NATIVE = 200  # characters of an id; a longer one is cut, and told apart by its digest
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass
class ArchiveSource:
    """A file of JSON lines as a source. Lines that cannot be read become warnings, the rest is handed over."""

    path: Path
    name: str = "archive"
    bad_lines: int = field(default=0, init=False)

    def pages(self, since: str | None) -> Iterator[Page]:
        """Raises InputError when the file cannot be read, or when none of its first lines is a post."""
        try:
            with self.path.open("rb") as file:
                if file.seekable():
                    yield from self._pages(file, *_resume(file, since))
                else:  # a pipe: read once, from its beginning
                    yield from self._pages(file, None, 1)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror})") from error

    def _pages(self, file: BinaryIO, seen: "hashlib._Hash | None", first_line: int) -> Iterator[Page]:
        good = False
        number = first_line
        at = file.tell() if seen else 0
        for batch in _batches(lines_of(file)):
            page = self._page(list(enumerate((line.start for line in batch), number)))
            good |= bool(page.posts or page.reports or page.simulation)
            if not good and self.bad_lines and first_line == 1:
                raise InputError(
                    f"{self.path}: no line is a post; expected one JSON object a line with a `text` ({page.warnings[0]})"
                )
            number += len(batch)
            for line in batch:
                if seen and line.ended:  # a last line still being written is read again
                    seen.update(line.start)
                    at += line.length
            yield replace(page, cursor=f"{_stamp(seen)}:{at}" if seen else None)

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
    post = Post(
        id=PostId(source, _native(row)),
        text=row["text"][:MAX_CHARS],
        author=_string(row.get("author")).lstrip("@")[:200],
        url=_string(row.get("url"))[:2000],
        created_at=created_at,
        lang=_string(row.get("lang"))[:35] or None,
        addressed=row.get("addressed") is True,
        may_train=row.get("may_train") is not False,
    )
    return post, warning


def _native(row: dict[str, Any]) -> str:
    """The row's id where it has one that is text or a number; else a name made of its content."""
    given = _scalar(row.get("id"))
    if not given:
        return _digest("\x1f".join(_scalar(row.get(key)) for key in ("author", "created_at", "text")))
    native = clean(given).strip()
    return native if native == given and len(native) <= MAX_NATIVE else f"{native[: MAX_NATIVE - 25]} {_digest(given)}"


def _scalar(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def to_report(row: dict[str, Any], source: str) -> Report:
    """A filed report as `brennpunkt simulate` writes it. Raises ValueError saying what is wrong."""
    filed_at, warning = read_time(row.get("created_at"))
    if filed_at is None or warning or not _scalar(row.get("id")):
        raise ValueError(warning or "a report needs `id` and `created_at`")
    symptoms = row.get("symptoms", [])
    if not isinstance(symptoms, list):
        raise ValueError("`symptoms` of a report is no list")
    return Report(
        id=_native(row),
        filed_at=filed_at,
        symptoms=tuple(Symptom(value) for value in symptoms),
        city=_string(row.get("city")) or None,
        district=_string(row.get("district")) or None,
        postcode=_string(row.get("postcode")) or None,
        state=_string(row.get("state")) or None,
        person=_string(row.get("person")),
        source=source,
    )


def to_simulation(row: dict[str, Any]) -> Simulation:
    """The first row of a made-up stream. Raises ValueError where it does not say what it must."""
    name, title, year = (row.get(key) for key in ("name", "title", "population_year"))
    notice, population = row.get("notice"), row.get("population")
    if not isinstance(name, str) or not isinstance(title, str) or not isinstance(year, int):
        raise ValueError("a simulation needs `name`, `title` and `population_year`")
    if not isinstance(notice, dict) or not all(isinstance(text, str) for text in notice.values()) or not notice:
        raise ValueError("a simulation needs a `notice` for each language: whatever shows its posts shows it too")
    if not isinstance(population, dict) or not all(
        type(people) is int and people > 0 for people in population.values()
    ):
        raise ValueError("a simulation's `population` is whole numbers by city")
    return Simulation(name, title, notice, year, population)


def load_row(line: bytes) -> dict[str, Any] | None:
    """The JSON object of a line that has a text; None for a blank line. Raises ValueError saying what is wrong."""
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE // 1024 // 1024} MiB, left out")
    if not line.strip():
        return None
    try:
        row = json.loads(line.removeprefix(BOM_UTF8).decode().strip())
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg.removesuffix(' at')} at column {error.colno})") from None
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
    return None, f"`created_at` is no time: {_scalar(value)[:40] or type(value).__name__!r}"


def _string(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class _Line:
    start: bytes  # all of it, but of one over MAX_LINE only so much that this shows
    length: int  # bytes in the file
    ended: bool  # False: the file's last, without its end: perhaps still being written


def lines_of(file: BinaryIO) -> Iterator[_Line]:
    """Lines with their ends, in bounded memory."""
    while part := file.readline(MAX_LINE + 1):
        start, length = part, len(part)
        while len(part) and not part.endswith(b"\n") and length > MAX_LINE:
            part = file.readline(MAX_LINE)
            length += len(part)
        yield _Line(start, length, (part or start).endswith(b"\n"))


def _batches(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    batch: list[_Line] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line.start)
        if len(batch) >= PAGE or size >= PAGE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _stamp(seen: "hashlib._Hash") -> str:
    return seen.hexdigest()[:16]


def _resume(file: BinaryIO, since: str | None) -> tuple["hashlib._Hash", int]:
    """Go to where the cursor ends: a digest of the lines before, and the number of the next one.

    To the beginning, when what was read then is not what stands there now: a line was corrected, or the file cut.
    """
    known, _, offset = (since or "").partition(":")
    end = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 20 else 0
    seen, number = hashlib.sha256(), 1
    while file.tell() < end and (line := next(lines_of(file), None)):
        seen.update(line.start)
        number += 1
    if file.tell() == end and _stamp(seen) == known:
        return seen, number
    file.seek(0)
    return hashlib.sha256(), 1

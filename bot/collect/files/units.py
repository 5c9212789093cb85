"""Archives of any size in pieces that can be read one by one, anywhere: JSON lines, tables (CSV), Parquet; on any fsspec path.

A piece of JSON lines is a stretch of bytes, one of Parquet a row group. A table and a compressed file are one piece: whether a line
break ends a row is only known from the beginning.
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs

from ...domain import Post
from ...errors import InputError
from . import tables
from .archive import MAX_LINE, lines_of, load_row
from .archive import to_post as row_to_post

STRETCH = 4 * 1024 * 1024  # bytes of JSON lines in a piece: some 20,000 posts, a few seconds of work
BATCH = 1_000  # rows of Parquet in memory
KINDS = {".jsonl": "lines", ".ndjson": "lines", ".csv": "table", ".parquet": "parquet"}
COLUMNS = ("id", "text", "created_at", "author", "url", "lang", "addressed")
UNREADABLE = (OSError, EOFError, zlib.error, pa.ArrowException, ValueError)


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a file: bytes [first, last), or row group `first`; None: to the file's end."""

    file: str
    kind: str  # lines, table, parquet
    first: int = 0
    last: int | None = None
    stamp: str = ""  # changes with the file

    @property
    def name(self) -> str:
        """The same for the same piece of an unchanged file."""
        digest = hashlib.sha256(f"{self.file}\0{self.stamp}\0{self.first}\0{self.last}".encode()).hexdigest()
        return digest[:20]

    def __str__(self) -> str:
        where = (
            f", row group {self.first}"
            if self.kind == "parquet"
            else f", from byte {self.first:,}"
            if self.first
            else ""
        )
        return f"{self.file}{where}"


def units_of(path: str, stretch: int = STRETCH) -> tuple[list[Unit], list[str]]:
    """The pieces of a file, or of all files of a folder, in order; and one line for each file that cannot be read.

    Raises InputError where there is nothing of ours.
    """
    try:
        fs, root = url_to_fs(path)
        files = sorted(fs.find(root)) if fs.isdir(root) else [root]
        files = [file for file in files if _kind(file)]
        if not files or not fs.exists(files[0]):
            raise InputError(f"{path}: no such file, or none of {', '.join(KINDS)} (or these with .gz)")
    except (OSError, ImportError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    units: list[Unit] = []
    broken: list[str] = []
    for file in files:
        try:
            units += _of_file(fs, file, stretch)
        except UNREADABLE as error:
            broken.append(f"{file}: cannot be read ({_line(error)})")
    return units, broken


def posts_of(unit: Unit, source: str, now: datetime) -> Iterator[tuple[str, Post | None, str | None]]:
    """Where each row stands, its post, and what cannot be read of it. Raises one of UNREADABLE where the file itself is broken."""
    with fsspec.open(unit.file, "rb", compression="infer") as opened:
        file = cast(BinaryIO, opened)
        if unit.kind == "parquet":
            yield from _of_rows(file, unit, source)
        elif unit.kind == "table":
            layout = tables.sniff(file.read(tables.SNIFFED))
            file.seek(0)
            for number, row in tables.read_rows(file, layout):
                post, wrong = (None, row) if isinstance(row, str) else tables.to_post(row, layout, source, UTC, now)
                yield f"line {number}", post, wrong
        else:
            yield from _of_lines(file, unit, source)


def _kind(file: str) -> str | None:
    return KINDS.get("." + file.removesuffix(".gz").rpartition(".")[2])


def _of_file(fs: Any, file: str, stretch: int) -> list[Unit]:
    kind, info = _kind(file) or "", fs.info(file)
    stamp = f"{info['size']} {info.get('mtime') or info.get('ETag') or info.get('LastModified') or ''}"
    url = str(fs.unstrip_protocol(file))
    if kind == "parquet":
        with fs.open(file, "rb") as opened:
            parquet = pq.ParquetFile(opened)
            if "text" not in parquet.schema_arrow.names:
                raise ValueError(f"no column `text`; it has {', '.join(parquet.schema_arrow.names[:12])}")
            return [Unit(url, kind, group, group + 1, stamp) for group in range(parquet.num_row_groups)]
    if kind == "table" or file.endswith(".gz"):
        return [Unit(url, kind, stamp=stamp)]
    return [Unit(url, kind, first, first + stretch, stamp) for first in range(0, max(1, info["size"]), stretch)]


def _of_lines(file: BinaryIO, unit: Unit, source: str) -> Iterator[tuple[str, Post | None, str | None]]:
    """The lines that begin in the stretch; the one before it may reach in, the last one out."""
    at = unit.first
    if at:
        file.seek(at - 1)
        while (part := file.readline(MAX_LINE)) and not part.endswith(b"\n"):
            pass
        at = file.tell()
    for line in lines_of(file):
        if unit.last is not None and at >= unit.last:
            return
        begin, at = at, at + line.length
        try:
            row = load_row(line.start)
            if row is not None and "text" in row:
                yield f"byte {begin}", *row_to_post(row, source)
        except ValueError as error:
            yield f"byte {begin}", None, str(error)


def _of_rows(file: BinaryIO, unit: Unit, source: str) -> Iterator[tuple[str, Post | None, str | None]]:
    parquet = pq.ParquetFile(file)
    columns = [name for name in COLUMNS if name in parquet.schema_arrow.names]
    number = 0
    for batch in parquet.iter_batches(BATCH, row_groups=[unit.first], columns=columns):
        for row in batch.to_pylist():
            number += 1
            text, when = row.get("text"), row.get("created_at")
            if not isinstance(text, str) or not text.strip():
                yield f"row {number}", None, "`text` is empty or no string"
                continue
            if isinstance(when, datetime):
                row["created_at"] = when.isoformat()
            yield f"row {number}", *row_to_post(row, source)


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]

"""One part of a judged archive: a Parquet file, a row a post, written whole or not at all. It holds no text, name or link."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from ..domain import (
    Analysis,
    Band,
    Carrier,
    Cause,
    Location,
    PlaceKind,
    Post,
    Relation,
    Span,
    Symptom,
    Technology,
    Verdict,
)
from ..store.history import Names, Past
from ..store.keys import sync_folder

ROWS = 10_000  # in memory at a time
_TEXT = pa.string()
_PLACE = pa.struct(
    [("kind", _TEXT), ("city", _TEXT), ("district", _TEXT), ("postcode", _TEXT), ("state", _TEXT), ("lat", pa.float64()),
     ("lon", pa.float64()), ("confidence", pa.float64()), ("start", pa.int32()), ("end", pa.int32()), ("rule", _TEXT)]
)  # fmt: skip
_SPAN = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("why", _TEXT)])
SCHEMA = pa.schema(
    [
        ("id", _TEXT),  # as the archive has it: joins a part with its archive
        ("key", _TEXT),  # keyed, as the author: of the database that was named
        ("author", _TEXT),  # null: nobody is named
        ("others", pa.list_(_TEXT)),  # by which somebody may have asked to be forgotten
        ("written_at", pa.timestamp("s", "UTC")),  # null: the archive does not say when
        ("addressed", pa.bool_()),
        ("lang", _TEXT),
        ("relation", _TEXT),
        ("carrier", _TEXT),  # null: names none
        ("band", _TEXT),
        ("score", pa.float64()),
        ("symptoms", pa.list_(_TEXT)),  # the main one first
        ("cause", _TEXT),
        ("technology", _TEXT),
        ("severity", pa.int8()),
        ("tone", pa.int8()),
        ("evidence", pa.list_(_SPAN)),  # offsets, never words
        ("places", pa.list_(_PLACE)),  # the most specific first
        ("sketch", pa.list_(pa.int64())),
    ]
)


def write_part(out: str, name: str, rows: Iterator[dict[str, Any]], about: dict[str, str]) -> None:
    """Under a temporary name, on disk, then renamed. Raises OSError. Leaves nothing behind, or a dot file where it is killed."""
    fs, folder = url_to_fs(out)
    target, temporary = f"{folder}/{name}.parquet", f"{folder}/.{name}.{uuid4().hex}"
    local = isinstance(fs, LocalFileSystem)
    try:
        with fs.open(temporary, "wb") as file:
            with pq.ParquetWriter(file, SCHEMA.with_metadata(about), compression="zstd") as writer:
                while batch := list(islice(rows, ROWS)):
                    writer.write_table(pa.Table.from_pylist(batch, SCHEMA))
            if local:
                file.flush()
                os.fsync(file.fileno())
        fs.mv(temporary, target)
        if local:
            sync_folder(folder)
    except BaseException:
        with suppress(OSError):
            fs.rm_file(temporary)
        raise


def write_text(out: str, name: str, content: bytes) -> None:
    """A small file beside the parts, whole or not at all."""
    fs, folder = url_to_fs(out)
    temporary = f"{folder}/.{uuid4().hex}"
    try:
        fs.makedirs(f"{folder}/{name}".rpartition("/")[0], exist_ok=True)
        with fs.open(temporary, "wb") as file:
            file.write(content)
        fs.mv(temporary, f"{folder}/{name}")
    except BaseException:
        with suppress(OSError):
            fs.rm_file(temporary)
        raise


def read_text(out: str, name: str) -> bytes:
    fs, folder = url_to_fs(out)
    content: bytes = fs.cat_file(f"{folder}/{name}")
    return content


def names_of_parts(out: str) -> list[str]:
    fs, folder = url_to_fs(out)
    files = (file.rpartition("/")[2] for file in fs.ls(folder, detail=False, refresh=True))
    return sorted(file.removesuffix(".parquet") for file in files if file.endswith(".parquet") and file[0] != ".")


def read_part(out: str, name: str) -> tuple[dict[str, str], Iterator[list[dict[str, Any]]]]:
    """What the part says of itself, and its rows, some at a time. Raises OSError or pyarrow's errors where it is broken."""
    fs, folder = url_to_fs(out)
    file = pq.ParquetFile(fs.open(f"{folder}/{name}.parquet", "rb"))
    about = {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()}

    def rows() -> Iterator[list[dict[str, Any]]]:
        with file:
            for batch in file.iter_batches(1_000):
                yield batch.to_pylist()

    return about, rows()


def to_row(post: Post, names: Names, analysis: Analysis) -> dict[str, Any]:
    verdict = analysis.verdict
    return {
        "id": post.id.native,
        "key": names.key,
        "author": names.author,
        "others": names.others,
        "written_at": post.created_at,
        "addressed": post.addressed,
        "lang": analysis.lang,
        "relation": analysis.carrier.relation,
        "carrier": analysis.carrier.name,
        "band": verdict.band,
        "score": verdict.score,
        "symptoms": verdict.symptoms,
        "cause": verdict.cause,
        "technology": verdict.technology,
        "severity": verdict.severity,
        "tone": analysis.tone,
        "evidence": [{"start": span.start, "end": span.end, "why": span.why} for span in verdict.evidence],
        "places": [{field.name: getattr(place, field.name) for field in _PLACE} for place in analysis.places],
        "sketch": analysis.sketch,
    }


def to_past(row: dict[str, Any], names: Names, at: datetime, rules: str) -> Past:
    """The other way round."""
    verdict = Verdict(
        band=Band(row["band"]),
        score=row["score"],
        symptoms=tuple(map(Symptom, row["symptoms"])),
        cause=Cause(row["cause"]) if row["cause"] else None,
        technology=Technology(row["technology"]) if row["technology"] else None,
        severity=row["severity"],
        evidence=tuple(Span(span["start"], span["end"], "", span["why"]) for span in row["evidence"]),
        rules=rules,
    )
    places = tuple(Location(text="", **{**place, "kind": PlaceKind(place["kind"])}) for place in row["places"])
    carrier = Carrier(Relation(row["relation"]), row["carrier"])
    analysis = Analysis("", carrier, row["lang"], verdict, row["tone"], places, tuple(row["sketch"]))
    return Past(names, at, row["addressed"], analysis)


def as_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "replace")

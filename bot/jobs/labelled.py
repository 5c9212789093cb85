"""Labelled texts, out of files and out of the database, in one form."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .. import store
from ..analyse import Judge, analyse
from ..classify.measure import Gold, gold
from ..domain import Analysis, Cause, Post, PostId, Symptom
from ..errors import InputError
from ..store import labels
from ..text import prepare

MAX_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Text:
    """A labelled text, ready to learn from and to be measured on."""

    ref: str
    text: str
    lang: str | None
    gold: Gold
    at: datetime | None = None
    may_train: bool = True


def load_labelled(path: Path) -> list[Text]:
    """Labelled JSON lines: `text`, `band`; `id`, `lang`, `symptoms`, `cause`, `severity`, `tone`, `may_train` if known.

    Raises InputError naming the line.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; split it")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})") from error
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(to_text(json.loads(line), number))
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}, line {number}: {error}") from error
    if not found:
        raise InputError(f"{path}: holds no labelled text")
    return found


def to_text(row: Any, number: int) -> Text:
    """Raises ValueError."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError("no `text`")
    lang = row.get("lang")
    ref = str(row.get("id", number))
    return Text(ref, row["text"], lang if isinstance(lang, str) else None, gold(row), None, _may_train(row))


def _may_train(row: dict[str, Any]) -> bool:
    """X forbids training on its texts, whoever hands them over."""
    url = str(row.get("url") or "").lower().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    from_x = str(row.get("source") or "").lower() in ("x", "twitter") or url.startswith(("x.com/", "twitter.com/"))
    return row.get("may_train") is not False and not from_x


def judged(texts: Iterable[Text], judge: Judge) -> list[tuple[Gold, Analysis]]:
    """Each text's label beside what the judge says."""
    return [(t.gold, analyse(Post(PostId("labelled", t.ref), t.text, lang=t.lang), judge)) for t in texts]


def labelled_texts(db: store.Database) -> list[Text]:
    """The labels in the database, oldest post first; `text` is "" where it is gone."""
    return [
        Text(
            found.ref,
            found.text or "",
            found.lang if found.lang != "und" else None,
            Gold(found.label.band, found.label.symptoms, found.label.cause),
            found.at,
            found.may_train,
        )
        for found in labels.labels_in_force(db)
    ]


def match(db: store.Database, texts: Iterable[Text]) -> tuple[list[tuple[int, Text]], list[Text]]:
    """Labels whose id is a stored post's ("post 17", or its URL), and those that are about other texts."""
    known, strange = [], []
    for text in texts:
        named = text.ref.startswith(("post ", "http://", "https://"))
        number = labels.find_post(db, text.ref) if named else None
        if number is None:
            strange.append(text)
        else:
            known.append((number, text))
    return known, strange


def store_labels(
    db: store.Database,
    known: Iterable[tuple[int, Text]],
    strange: Iterable[Text],
    judge: Judge,
    *,
    training: bool,
    keep: bool,
    who: str,
    now: datetime,
) -> None:
    """Store imported labels, scrubbed. Inside a transaction. Raises InputError."""
    for number, text in known:
        labels.add_label(
            db, number, _label(text), who=who, now=now, keep_text=keep, may_train=training and text.may_train
        )
    for text in strange:
        scrubbed = prepare(text.text, judge.carriers.handles)
        may_train = training and text.may_train
        labels.add_text_label(
            db, text.ref, scrubbed, text.lang or "und", _label(text), may_train=may_train, who=who, now=now
        )


def _label(text: Text) -> labels.Label:
    symptoms = tuple(Symptom(name) for name in text.gold.symptoms)
    return labels.Label(text.gold.band, symptoms, Cause(text.gold.cause) if text.gold.cause else None, None, "file")

"""What people say of texts: labels with who and when, an older word kept beside the one in force."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..domain import Band, Cause, Symptom
from ..errors import InputError
from ..reports.places import Spot
from .audit import note
from .corrections import correct
from .database import AMONG, Database, instant, iso, listed

DRAWN_FROM = 1 << 16  # posts, the newest
DRAWN_AT_ONCE = 500
MOST_DRAWN = 5_000  # looked at; where hardly any post is about us the lots give out
LOT = 40_503  # odd: its multiples reach each post once
BY_LOT = 4  # every so manieth post of the queue is drawn by lot


@dataclass(frozen=True, slots=True)
class Label:
    """A person's judgement of one text."""

    band: Band
    symptoms: tuple[Symptom, ...] = ()  # the main one first
    cause: Cause | None = None  # None: not said
    place: str | None = None  # as it was typed; "": nowhere. None: not said
    picked: str = "named"  # how the post came up: doubt, lot, named, file
    spot: Spot | None = None  # `place` as the gazetteer has it; only going in


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label in force, with its text while that is kept."""

    ref: str  # "post 17", "file uk-12"
    label: Label
    text: str | None  # scrubbed; None: gone
    lang: str
    may_train: bool
    at: datetime  # of the post, or of the label where there is no post


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post to look at."""

    post: int
    text: str
    band: Band
    score: float | None  # None: no finding
    at: datetime
    reason: str  # why it is in the queue
    gap: float | None  # from the line, in logits; None: drawn by lot


def add_label(
    db: Database, post: int, label: Label, *, who: str, now: datetime, keep_text: bool = False, may_train: bool = True
) -> Label | None:
    """Label a stored post; returns the label it had. Inside a transaction. Raises InputError when there is nothing to judge.

    It counts as labelled from now on, unless the label is one of many out of a file.

    Where its platform forbids training on it, `may_train` does not change that.
    """
    row = db.execute("SELECT text, lang, may_train FROM posts WHERE id = ?", [post]).fetchone()
    if row is None:
        raise InputError(f"there is no post {post}; `brennpunkt review` shows the numbers")
    if row[0] is None:
        raise InputError(f"the text of post {post} is no longer kept, so there is nothing to judge")
    kept = row[0] if keep_text else None
    old = _put(db, f"post {post}", post, label, row[1], kept, bool(row[2]) and may_train, who, now)
    if label.picked != "file":
        _correct(db, post, "post judged", who, now)
    return old


def add_text_label(
    db: Database, name: str, text: str, lang: str, label: Label, *, may_train: bool, who: str, now: datetime
) -> Label | None:
    """Label a text that is no stored post, `text` scrubbed; returns the label it had. Inside a transaction."""
    return _put(db, f"file {name}", None, label, lang, text, may_train, who, now)


def labels_in_force(db: Database) -> Iterator[Labelled]:
    """All labels in force, in the order of the posts' time."""
    rows = db.execute(
        "SELECT l.ref, l.band, l.symptoms, l.cause, l.place, l.picked, coalesce(p.text, l.text), l.lang, l.may_train,"
        " coalesce(p.at, l.labelled_at) FROM labels l LEFT JOIN posts p ON p.id = l.post WHERE l.replaced_at IS NULL"
        " ORDER BY coalesce(p.at, l.labelled_at), l.id"
    )
    for ref, band, symptoms, cause, place, picked, text, lang, may_train, at in rows.fetchall():
        label = _label(band, symptoms, cause, place, picked)
        yield Labelled(ref, label, text, lang, bool(may_train), instant(at))


def label_history(db: Database, post: int) -> list[tuple[Label, str, datetime]]:
    """All that was ever said of a post, oldest first: (label, who, when)."""
    rows = db.execute(
        "SELECT band, symptoms, cause, place, picked, labelled_by, labelled_at FROM labels WHERE post = ? ORDER BY id",
        [post],
    )
    return [(_label(*row[:5]), row[5], instant(row[6])) for row in rows]


def unlabel(db: Database, post: int, *, who: str, now: datetime) -> None:
    """Take back the last word on a post; the one before is in force again, or what the program said. Inside a transaction."""
    db.execute("DELETE FROM labels WHERE post = ? AND replaced_at IS NULL", [post])
    db.execute("UPDATE labels SET replaced_at = NULL WHERE id = (SELECT max(id) FROM labels WHERE post = ?)", [post])
    _correct(db, post, "judgement taken back", who, now)


def waiting(db: Database, *, limit: int) -> list[Waiting]:
    """Unlabelled posts about us with their text: nearest the line first, every fourth drawn by lot, so that
    labels do not only tell of hard cases. The same posts in the same order until something changes."""
    open_ = "p.text IS NOT NULL AND p.press = 0 AND p.id NOT IN (SELECT post FROM labels WHERE post IS NOT NULL)"
    what = "SELECT p.id, p.text, p.band, f.score, p.at"
    near = db.execute(
        f"{what}, d.reason, d.gap FROM doubts d CROSS JOIN posts p ON p.id = d.post LEFT JOIN findings f ON f.post = p.id"
        f" WHERE {open_} ORDER BY d.gap, d.post LIMIT ?",
        [limit],
    ).fetchall()
    lots: list[tuple[int, str, str, float | None, str, str, float | None]] = []
    for ids in _lots(db):
        rows = db.execute(
            f"{what}, 'drawn by lot', NULL FROM posts p LEFT JOIN findings f ON f.post = p.id"
            f" WHERE p.id {AMONG} AND {open_} AND p.relation = 'own' AND p.id NOT IN (SELECT post FROM doubts)",
            [listed(ids)],
        ).fetchall()
        lots += sorted(rows, key=lambda row: ids.index(row[0]))
        if len(lots) >= limit:
            break
    queue: list[tuple[int, str, str, float | None, str, str, float | None]] = []
    while len(queue) < limit and (near or lots):
        by_lot = lots and (not near or len(queue) % BY_LOT == BY_LOT - 1)
        queue.append((lots if by_lot else near).pop(0))
    return [Waiting(n, text, Band(band), score, instant(at), why, gap) for n, text, band, score, at, why, gap in queue]


def _lots(db: Database) -> Iterator[list[int]]:
    """Numbers of the newest posts in an order as good as drawn, and the same when others have come."""
    (newest,) = db.execute("SELECT coalesce(max(id), 0) FROM posts").fetchone()
    among = min(DRAWN_FROM, 1 << newest.bit_length())
    most = min(among, MOST_DRAWN)
    for first in range(0, most, DRAWN_AT_ONCE):
        numbers = range(first, min(first + DRAWN_AT_ONCE, most))
        yield [newest - (newest - number * LOT) % among for number in numbers]


def how_many_wait(db: Database) -> int:
    """Doubtful posts that nobody has labelled and whose text is still here."""
    # CROSS: from the few doubts to their posts. SQLite guesses the other way round, and the desk asks every other second.
    count: int = db.execute(
        "SELECT count(*) FROM doubts d CROSS JOIN posts p ON p.id = d.post WHERE p.text IS NOT NULL"
        " AND p.id NOT IN (SELECT post FROM labels WHERE post IS NOT NULL)"
    ).fetchone()[0]
    return count


def find_post(db: Database, name: str) -> int | None:
    """A post by its number ("17", "post 17") or its URL; None: not here."""
    bare = name.strip().removeprefix("post ").lstrip("#")
    if bare.isascii() and bare.isdigit() and len(bare) < 19:
        row = db.execute("SELECT id FROM posts WHERE id = ?", [int(bare)]).fetchone()
    else:
        row = db.execute("SELECT id FROM posts WHERE url IN (?, ? || '/')", [bare.rstrip("/")] * 2).fetchone()
    return row[0] if row else None


def drop_texts(db: Database, keys: Sequence[str], authors: Sequence[str]) -> None:
    """Remove kept copies of posts that were deleted at their source. The labels stay. Inside a transaction."""
    for column, values in (("key", keys), ("author", authors)):
        db.conn.executemany(
            f"UPDATE labels SET text = NULL WHERE post IN (SELECT id FROM posts WHERE {column} = ?)",
            [(value,) for value in values],
        )


def _put(
    db: Database,
    ref: str,
    post: int | None,
    label: Label,
    lang: str,
    text: str | None,
    may_train: bool,
    who: str,
    now: datetime,
) -> Label | None:
    old = db.execute(
        "SELECT band, symptoms, cause, place, picked FROM labels WHERE ref = ? AND replaced_at IS NULL", [ref]
    ).fetchone()
    # Of the history only the judgement is kept; one copy of the text is enough.
    db.execute("UPDATE labels SET replaced_at = ?, text = NULL WHERE ref = ? AND replaced_at IS NULL", [iso(now), ref])
    db.execute(
        "INSERT INTO labels (ref, post, band, symptoms, cause, place, lang, text, may_train, picked,"
        " labelled_at, labelled_by, spot)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(ref, post, label.band, json.dumps(label.symptoms), label.cause, label.place),
            *(lang, text, int(may_train), label.picked, iso(now), who, _spot(label)),
        ],
    )
    return _label(*old) if old else None


def _label(band: str, symptoms: str, cause: str | None, place: str | None, picked: str) -> Label:
    return Label(
        Band(band),
        tuple(Symptom(name) for name in json.loads(symptoms)),
        Cause(cause) if cause else None,
        place,
        picked,
    )


def _correct(db: Database, post: int, action: str, who: str, now: datetime) -> None:
    """Have the post count as it is labelled now; the audit log tells what that changed."""
    before = _counted(db, post)
    correct(db, post)
    note(db, action, actor=who, now=now, posts=1, detail=f"post {post}: {before} → {_counted(db, post)}")


def _counted(db: Database, post: int) -> str:
    parts = db.execute(
        "SELECT p.band, f.district, f.city FROM posts p LEFT JOIN findings f ON f.post = p.id AND f.relation <> 'none'"
        " WHERE p.id = ?",
        [post],
    ).fetchone()
    return ", ".join(filter(None, parts))


def _spot(label: Label) -> str | None:
    if label.spot is None:
        return json.dumps([None] * 4) if label.place == "" else None
    spot = label.spot
    return json.dumps([spot.city, spot.district, spot.postcode, spot.state], ensure_ascii=False)

"""Old posts under new rules: read in order, replaced one by one, what was said before kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..domain import Analysis, Band, Cause, Post, PostId, Relation, Symptom
from .answers import apply_completions
from .corrections import correct
from .database import Database, instant, iso
from .posts import PRESS, finding_row, insert_places, join_cluster, place_rows, skip_reason
from .versions import note_doubts


@dataclass(frozen=True, slots=True)
class Said:
    """What matters of a judgement: where it differs, a person is told."""

    band: Band
    relation: Relation
    skip: str | None  # why it is no finding; None: it is one
    cause: Cause | None = None  # None: no finding
    symptoms: tuple[Symptom, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored post whose text is still here."""

    number: int
    post: Post  # its author is not known any more
    author: str | None  # pseudonym; None: the source named nobody
    at: datetime
    version: int  # that judged it
    said: Said


def to_rejudge(db: Database, version: str, *, after: int = 0, limit: int) -> list[Stored]:
    """Posts with text that another version judged, by number, from behind `after` on. What a person said of one stands."""
    rows = db.execute(
        "SELECT p.id, p.source, p.native, p.text, p.url, p.created_at, p.lang, p.addressed, p.may_train, p.press, p.author,"
        " p.at, p.version, p.band, p.relation, p.skip, f.cause, f.symptoms FROM posts p LEFT JOIN findings f ON f.post = p.id"
        " WHERE p.id > ? AND p.text IS NOT NULL AND p.id NOT IN (SELECT post FROM corrected)"
        " AND p.version <> coalesce((SELECT id FROM versions WHERE name = ?), -1) ORDER BY p.id LIMIT ?",
        [after, version, limit],
    ).fetchall()
    return [_stored(row) for row in rows]


def left_to_rejudge(db: Database, version: str) -> int:
    """How many posts `to_rejudge` still has."""
    found: int = db.execute(
        "SELECT count(*) FROM posts WHERE text IS NOT NULL"
        " AND version <> coalesce((SELECT id FROM versions WHERE name = ?), -1)",
        [version],
    ).fetchone()[0]
    return found


def said_of(stored: Stored, analysis: Analysis) -> Said:
    """A new judgement in the form of the stored one."""
    verdict = analysis.verdict
    skip = PRESS if stored.post.press else skip_reason(analysis)
    if skip is not None:
        return Said(verdict.band, analysis.carrier.relation, skip)
    return Said(verdict.band, analysis.carrier.relation, None, verdict.cause, verdict.symptoms)


def put_judgements(db: Database, judged: Sequence[tuple[Stored, Analysis]], version: int, *, now: datetime) -> int:
    """Replace judgements, inside a transaction; returns how many say something else.

    A post whose text went in the meantime, or that another run was faster with, is left as it is.
    """
    changed = 0
    done = []
    for stored, analysis in judged:
        said = said_of(stored, analysis)
        touched = db.execute(
            "UPDATE posts SET lang = ?, relation = ?, carrier = ?, band = ?, skip = ?, version = ?"
            " WHERE id = ? AND text IS NOT NULL AND version = ?",
            [
                *(analysis.lang, said.relation, analysis.carrier.name, said.band, said.skip, version),
                *(stored.number, stored.version),
            ],
        ).rowcount
        if touched:
            if said != stored.said:
                changed += 1
                _keep_old(db, stored, now)
            _put_finding(db, stored, analysis, said)
            correct(db, stored.number)  # labelled before labels corrected anything
            done.append((stored, analysis))
    db.conn.executemany("DELETE FROM doubts WHERE post = ?", [(stored.number,) for stored, _ in done])
    note_doubts(db, [(stored.number, analysis) for stored, analysis in done if not stored.post.press])
    return changed


def _keep_old(db: Database, stored: Stored, now: datetime) -> None:
    db.execute(
        "INSERT INTO judgements (post, version, replaced_at, relation, band, score, symptoms, cause)"
        " SELECT ?, ?, ?, ?, ?, f.score, f.symptoms, f.cause FROM (SELECT 1) LEFT JOIN findings f ON f.post = ?",
        [stored.number, stored.version, iso(now), stored.said.relation, stored.said.band, stored.number],
    )


def _put_finding(db: Database, stored: Stored, analysis: Analysis, said: Said) -> None:
    number, was_finding = stored.number, stored.said.skip is None
    if said.skip is not None:
        if was_finding:
            _leave_cluster(db, number)
            db.execute("DELETE FROM findings WHERE post = ?", [number])
        return
    at = iso(stored.at)
    row = finding_row(number, analysis, at, stored.author or f"post {number}")
    cluster = db.execute("SELECT cluster FROM findings WHERE post = ?", [number]).fetchone()
    columns = db.execute("SELECT name FROM pragma_table_info('findings')").fetchall()
    keep = {"post", "cluster"}
    updates = ", ".join(f"{name} = excluded.{name}" for (name,) in columns if name not in keep)
    marks = ",".join("?" * len(row))
    db.execute(f"INSERT INTO findings VALUES ({marks}) ON CONFLICT (post) DO UPDATE SET {updates}", row)
    db.execute("DELETE FROM places WHERE post = ?", [number])
    insert_places(db, place_rows(number, analysis))
    apply_completions(db, [number])
    if cluster is None:
        join_cluster(db, number, analysis.sketch, at)


def _leave_cluster(db: Database, number: int) -> None:
    """The next copy heads the cluster that this post headed."""
    db.execute(
        "UPDATE findings SET cluster = (SELECT min(post) FROM findings WHERE cluster = ? AND post <> ?)"
        " WHERE cluster = ? AND post <> ?",
        [number] * 4,
    )


def _stored(row: Sequence[object]) -> Stored:
    number, source, native, text, url, created_at, lang, addressed, may_train, press, author, at, version = row[:13]
    band, relation, skip, cause, symptoms = row[13:]
    post = Post(
        PostId(str(source), str(native or "")),
        str(text),
        url=str(url or ""),
        created_at=instant(str(created_at)) if created_at else None,
        lang=str(lang) if lang != "und" else None,
        addressed=bool(addressed),
        may_train=bool(may_train),
        press=bool(press),
    )
    told = tuple(Symptom(name) for name in json.loads(str(symptoms))) if symptoms else ()
    said = Said(
        Band(str(band)),
        Relation(str(relation)),
        str(skip) if skip else None,
        Cause(str(cause)) if cause else None,
        told,
    )
    who = str(author) if author else None
    return Stored(int(str(number)), post, who, instant(str(at)), int(str(version)), said)

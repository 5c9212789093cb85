"""Posts as the desk shows them: found by words, place, trouble, time. Every search looks at a bounded number of rows."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain import Band, Cause, Relation, Symptom
from .database import Database, instant, iso

LOOKED_AT = 20_000  # findings of a stretch, the newest; what is older is told as "not looked at"
HITS = 5_000  # posts with these words, the newest likewise
WORDS = 12  # of a question
MAX_CHARS = 200
KINDS = ("ours", "others", "doubts", "press", "all")  # about us and network trouble; another carrier's; to be judged; …

_TERM = re.compile(r'(-?)"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. None and "": all of it."""

    since: datetime
    until: datetime
    kind: str = "ours"
    words: str = ""
    band: Band | None = None
    symptom: Symptom | None = None
    cause: Cause | None = None
    city: str = ""
    district: str = ""
    carrier: str = ""
    source: str = ""
    rule: str = ""  # that found the evidence
    hours: tuple[tuple[datetime, datetime], ...] = ()  # only those of one of these stretches; (): of any time


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of the text that something rests on: code points, `end` exclusive."""

    start: int
    end: int
    why: str
    place: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What the program says of a post about network trouble."""

    score: float
    symptoms: tuple[Symptom, ...]
    cause: Cause
    technology: str | None
    severity: int
    tone: int
    copy: bool  # of a text that came before
    city: str | None
    district: str | None
    postcode: str | None
    state: str | None

    @property
    def place(self) -> str:
        """As people type it: "Deutz, Köln"."""
        return ", ".join(filter(None, (self.district, self.city)))


@dataclass(frozen=True, slots=True)
class Found:
    """A post with all that the desk shows of it. Never its author."""

    post: int
    source: str
    at: datetime
    text: str | None  # untrusted; None: gone
    url: str | None
    lang: str
    relation: Relation
    carrier: str | None
    band: Band
    skip: str | None
    addressed: bool
    judged: Judged | None  # None: no network trouble, or nobody's network
    marks: tuple[Mark, ...]
    doubt: str | None  # why a person should look
    label: Band | None  # what a person said
    labelled_by: str | None
    reply: tuple[int, str] | None  # number and state of the decision about answering


@dataclass(frozen=True, slots=True)
class Page:
    posts: tuple[Found, ...]
    more: bool  # there are further ones
    cut: bool  # not all that may fit was looked at


def match_expression(words: str) -> str:
    """What people type as a question in FTS5's language; "": nothing is asked.

    Words and "phrases", all of them wanted; "-" leaves out, "net*" stands for all that begin so.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for match in list(_TERM.finditer(words[:MAX_CHARS].replace("\0", " ")))[:WORDS]:
        minus, phrase, word = match.groups()
        text = phrase if word is None else word.lstrip("-").replace('"', "")
        if not any(c.isalnum() for c in text):
            continue
        stem = text.rstrip("*")
        term = f'"{stem}"' + ("*" if word and text.endswith("*") and len(stem) >= 3 else "")
        (unwanted if minus or (word or "").startswith("-") else wanted).append(term)
    if not wanted:
        return ""
    return " AND ".join(wanted) + "".join(f" NOT {term}" for term in unwanted)


def find_posts(db: Database, wanted: Wanted, *, limit: int, offset: int = 0) -> Page:
    """The newest first."""
    source, given, bound, sorted_ = _candidates(wanted)
    where, more = _filters(wanted)
    # CROSS: row by row as the candidates come. Where they come by time, the first page is found without reading on.
    order = "" if sorted_ else " ORDER BY p.at DESC, p.id DESC"
    rows = db.execute(
        f"SELECT p.id FROM ({source}) c CROSS JOIN posts p ON p.id = c.id LEFT JOIN findings f ON f.post = p.id"
        f" WHERE {where}{order} LIMIT ? OFFSET ?",
        [*given, *more, limit + 1, offset],
    ).fetchall()
    ids = [row[0] for row in rows]
    looked = 0
    if bound and len(ids) <= limit:  # the last page: was everything looked at?
        (looked,) = db.execute(f"SELECT count(*) FROM ({source})", given).fetchone()
    return Page(tuple(posts_by_id(db, ids[:limit])), more=len(ids) > limit, cut=bool(bound) and looked >= bound)


def rules_of(db: Database, *, until: datetime, limit: int) -> list[str]:
    """The rules that the newest of our findings rest on, one name for each finding that names it."""
    rows = db.execute(
        "SELECT evidence FROM findings WHERE relation = 'own' AND at < ? ORDER BY at DESC LIMIT ?", [iso(until), limit]
    )
    return [name for (evidence,) in rows for name in {why for _, _, why in json.loads(evidence)}]


def posts_by_id(db: Database, ids: Sequence[int]) -> list[Found]:
    """In the order of `ids`; those that are not there are left out."""
    if not ids:
        return []
    marks = ",".join("?" * len(ids))
    spans: dict[int, list[Mark]] = {}
    for post, start, end, rule in db.execute(
        f"SELECT post, start, end, rule FROM places WHERE post IN ({marks}) AND end > start AND confidence >= 0.5", ids
    ):
        spans.setdefault(post, []).append(Mark(start, end, rule, place=True))
    rows = db.execute(
        "SELECT p.id, p.source, p.at, p.text, p.url, p.lang, p.relation, p.carrier, p.band, p.skip, p.addressed,"
        " f.score, f.symptoms, f.cause, f.technology, f.severity, f.tone, f.city, f.district, f.postcode, f.state, f.evidence,"
        " f.cluster, d.reason, l.band, l.labelled_by, r.id, r.state"
        " FROM posts p LEFT JOIN findings f ON f.post = p.id AND f.relation <> 'none' LEFT JOIN doubts d ON d.post = p.id"
        " LEFT JOIN labels l ON l.post = p.id AND l.replaced_at IS NULL LEFT JOIN drafts r ON r.post = p.id"
        f" WHERE p.id IN ({marks})",
        ids,
    )
    found = {row[0]: _found(row, spans.get(row[0], [])) for row in rows.fetchall()}
    return [found[number] for number in ids if number in found]


def _candidates(wanted: Wanted) -> tuple[str, list[object], int, bool]:
    """Ids to look at; the bound of their number, 0 where there is none; and whether they come newest first."""
    stretch = [iso(wanted.since), iso(wanted.until)]
    if expression := match_expression(wanted.words):
        sql = f"SELECT rowid AS id FROM post_words WHERE post_words MATCH ? ORDER BY rowid DESC LIMIT {HITS}"
        return sql, [expression], HITS, False
    if wanted.kind == "doubts":
        return "SELECT post AS id FROM doubts", [], 0, False
    if wanted.kind in ("ours", "others"):
        relation = Relation.OWN if wanted.kind == "ours" else Relation.OTHER
        city = " AND city = ?" if wanted.city else ""
        sql = (
            f"SELECT post AS id FROM findings WHERE relation = '{relation}' AND at >= ? AND at < ?{city}"
            f" ORDER BY at DESC, post DESC LIMIT {LOOKED_AT}"
        )
        return sql, [*stretch, *([wanted.city] if city else [])], LOOKED_AT, True
    if wanted.source:
        sql = f"SELECT id FROM posts WHERE source = ? ORDER BY seen_at DESC LIMIT {LOOKED_AT}"
        return sql, [wanted.source], LOOKED_AT, False
    sql = f"SELECT id FROM posts WHERE at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT {LOOKED_AT}"
    return sql, list(stretch), LOOKED_AT, True


def _filters(wanted: Wanted) -> tuple[str, list[object]]:
    clauses: list[str] = ["p.at >= ?", "p.at < ?", "p.skip IS NOT 'suppressed'"]
    values: list[object] = [iso(wanted.since), iso(wanted.until)]
    match wanted.kind:
        case "ours":
            clauses.append("f.relation = 'own'")
        case "others":
            clauses.append("f.relation = 'other'")
        case "doubts":
            clauses.append("p.text IS NOT NULL AND p.id IN (SELECT post FROM doubts)")
            clauses.append("p.id NOT IN (SELECT post FROM labels WHERE post IS NOT NULL)")
        case "press":
            clauses.append("p.press = 1")
    simple = {
        "p.band": wanted.band,
        "f.cause": wanted.cause,
        "f.city": wanted.city,
        "f.district": wanted.district,
        "p.carrier": wanted.carrier,
        "p.source": wanted.source,
    }
    for column, value in simple.items():
        if value:
            clauses.append(f"{column} = ?")
            values.append(value)
    if wanted.hours:
        clauses.append(f"({' OR '.join(['p.at >= ? AND p.at < ?'] * len(wanted.hours))})")
        values += [iso(moment) for stretch in wanted.hours for moment in stretch]
    if wanted.symptom:
        clauses.append("instr(f.symptoms, ?)")
        values.append(f'"{wanted.symptom}"')
    if wanted.rule:
        clauses.append("instr(f.evidence, ?)")
        values.append(json.dumps(wanted.rule, ensure_ascii=False))
    return " AND ".join(clauses), values


def _found(row: tuple[Any, ...], places: list[Mark]) -> Found:
    (post, source, at, text, url, lang, relation, carrier, band, skip, addressed,
     score, symptoms, cause, technology, severity, tone, city, district, postcode, state, evidence, cluster,
     doubt, label, labelled_by, reply, reply_state) = row  # fmt: skip
    judged = None
    marks = list(places)
    if symptoms is not None:
        kinds = tuple(Symptom(each) for each in json.loads(symptoms))
        where = (city, district, postcode, state)
        judged = Judged(score, kinds, Cause(cause), technology, severity, tone, cluster != post, *where)
        marks += [Mark(start, end, why) for start, end, why in json.loads(evidence)]
    return Found(
        post=post,
        source=source,
        at=instant(at),
        text=text,
        url=url,
        lang=lang,
        relation=Relation(relation),
        carrier=carrier,
        band=Band(band),
        skip=skip,
        addressed=bool(addressed),
        judged=judged,
        marks=tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end))),
        doubt=doubt,
        label=Band(label) if label else None,
        labelled_by=labelled_by,
        reply=(reply, reply_state) if reply else None,
    )

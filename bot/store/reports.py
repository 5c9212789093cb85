"""What customers filed: stored, found again by receipt, judged by people, deleted."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain import Symptom
from ..reports.form import Filing
from .database import Database, instant, iso

FORM = "form"  # their source
STANDINGS = ("waiting", "accepted", "rejected")
_COLUMNS = (
    "id, filed_at, source, symptoms, city, district, postcode, state, standing, reason, lang, setting, since, often, times,"
    " technology, phone, words, decided_at, decided_by"
)


@dataclass(frozen=True, slots=True)
class Filed:
    """A row of `reports`. Nothing in it tells who filed it; `words` and `phone` are a stranger's."""

    id: str
    filed_at: datetime
    source: str
    symptoms: tuple[Symptom, ...]
    city: str | None
    district: str | None
    postcode: str | None
    state: str | None
    standing: str  # waiting, accepted, rejected
    reason: str | None
    lang: str | None
    setting: str | None
    since: str | None
    often: str | None
    times: tuple[str, ...]
    technology: str | None
    phone: str | None
    words: str | None
    decided_at: datetime | None
    decided_by: str | None


def add_filing(
    db: Database, filing: Filing, *, id: str, receipt: str, person: str, reason: str | None, now: datetime
) -> None:
    """Store what came through the form; with a `reason` it waits for a person. Inside a transaction."""
    spot = filing.spot
    row = {
        "id": id,
        "filed_at": iso(now),
        "source": FORM,
        "symptoms": json.dumps(filing.symptoms),
        "city": spot.city,
        "district": spot.district,
        "postcode": spot.postcode,
        "state": spot.state,
        "person": person,
        "standing": "waiting" if reason else "accepted",
        "reason": reason,
        "receipt": db.pseudonym("receipt", receipt),
        "lang": filing.lang,
        "setting": filing.setting,
        "since": filing.since,
        "often": filing.often,
        "times": json.dumps(filing.times),
        "technology": filing.technology,
        "phone": filing.phone or None,
        "words": filing.words or None,
    }
    db.execute(f"INSERT INTO reports ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def by_receipt(db: Database, number: str) -> Filed | None:
    return _one(db, "receipt = ?", db.pseudonym("receipt", number))


def by_id(db: Database, id: str) -> Filed | None:
    return _one(db, "id = ?", id)


def filings(
    db: Database,
    *,
    standings: Collection[str],
    since: datetime | None = None,
    until: datetime | None = None,
    city: str = "",
    source: str | None = FORM,
    limit: int,
    offset: int = 0,
) -> list[Filed]:
    """What was filed, the newest first; `city` "": wherever, `source` None: in whichever way."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM reports WHERE source = coalesce(?, source) AND standing IN ({','.join('?' * len(standings))})"
        " AND filed_at >= ? AND filed_at < ? AND ? IN ('', city) ORDER BY filed_at DESC, id LIMIT ? OFFSET ?",
        [source, *standings, iso(since) if since else "", iso(until) if until else "~", city, limit, offset],
    )
    return [_filed(row) for row in rows.fetchall()]


def waiting(db: Database) -> int:
    """How many wait for a person."""
    count: int = db.execute("SELECT count(*) FROM reports WHERE standing = 'waiting'").fetchone()[0]
    return count


def judge_filing(db: Database, id: str, standing: str, *, reason: str | None, by: str, now: datetime) -> bool:
    """Accept or reject; False: it stood so already, or is gone. Inside a transaction."""
    return bool(
        db.execute(
            "UPDATE reports SET standing = ?, reason = ?, decided_at = ?, decided_by = ?"
            " WHERE id = ? AND source = ? AND standing <> ?",
            [standing, reason, iso(now), by, id, FORM, standing],
        ).rowcount
    )


def delete_filing(db: Database, id: str) -> bool:
    """The row goes, and its contact with it. Inside a transaction."""
    return bool(db.execute("DELETE FROM reports WHERE id = ? AND source = ?", [id, FORM]).rowcount)


def person_answered(db: Database, draft: int, city: str) -> str | None:
    """Whom a reply answered, so that the report it led to does not count them again; None: another place, or filed already."""
    row = db.execute(
        "SELECT f.who FROM drafts d JOIN findings f ON f.post = d.post WHERE d.id = ? AND coalesce(f.city, ?2) = ?2"
        " AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.person = f.who)",
        [draft, city],
    ).fetchone()
    return str(row[0]) if row else None


def others_near(db: Database, person: str, *, city: str, district: str | None, since: datetime) -> int:
    """How many other people complained there, found or filed."""
    inner = " AND district = ?" if district else ""
    values = [city, *([district] if district else []), iso(since)]
    count: int = db.execute(
        "SELECT count(*) FROM (SELECT who FROM findings WHERE relation = 'own' AND band IN ('A', 'B')"
        f" AND city = ?{inner} AND at >= ?"
        " UNION SELECT coalesce(person, 'report ' || id) FROM reports WHERE standing = 'accepted'"
        f" AND city = ?{inner} AND filed_at >= ?) WHERE who <> ?",
        [*values, *values, person],
    ).fetchone()[0]
    return count


def _one(db: Database, where: str, value: str) -> Filed | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM reports WHERE {where}", [value]).fetchone()
    return _filed(row) if row else None


def _filed(row: Any) -> Filed:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    for name in ("filed_at", "decided_at"):
        values[name] = instant(values[name]) if values[name] else None
    values["symptoms"] = tuple(Symptom(value) for value in json.loads(values["symptoms"]))
    values["times"] = tuple(json.loads(values["times"] or "[]"))
    return Filed(**values)

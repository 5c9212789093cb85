"""What digest, hot spots and early warning read: complaints without texts, and a few texts without authors."""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from ..domain import Band, Cause, Complaint, Relation, Report, Said, Symptom, Technology
from .database import Database, instant, iso
from .reports import FORM
from .sources import get_simulation, sources_of_posts

SURE_PLACE = 0.7  # confidence from which a place is shown without a question mark


def complaints(
    db: Database,
    *,
    since: datetime,
    until: datetime,
    relation: Relation = Relation.OWN,
    bands: Iterable[Band] = (Band.A, Band.B),
    outages: bool = False,
    with_confidence: bool = False,
) -> Iterator[Complaint]:
    """Findings of these bands and, for our own carrier, filed reports in [since, until), oldest first within each kind.

    `outages`: of any band, too. `with_confidence`: also how sure each place is, which takes longer.
    """
    wanted = ",".join(f"'{band}'" for band in bands)  # from an enum, never from outside
    sure = "(SELECT confidence >= ? FROM places p WHERE p.post = f.post AND p.rank = 0)" if with_confidence else "?"
    rows = db.execute(
        f"SELECT at, who, symptoms, band, cause, technology, city, district, state, cluster, {sure} FROM findings f"
        f" WHERE relation = ? AND at >= ? AND at < ? AND (band IN ({wanted}) OR (? AND cause = 'outage')) ORDER BY at",
        [SURE_PLACE if with_confidence else None, relation, iso(since), iso(until), outages],
    )
    yield from map(_found, rows)
    if relation is Relation.OWN:
        yield from reported(db, since=since, until=until)


def complaints_in(db: Database, city: str, *, since: datetime, until: datetime) -> list[Complaint]:
    """Our capacity complaints and reports of one city, oldest first within each kind."""
    rows = db.execute(
        "SELECT at, who, symptoms, band, cause, technology, city, district, state, cluster, NULL FROM findings"
        " WHERE relation = 'own' AND city = ? AND at >= ? AND at < ? AND band IN ('A', 'B') ORDER BY at",
        [city, iso(since), iso(until)],
    )
    found = [_found(row) for row in rows]
    return found + [each for each in reported(db, since=since, until=until) if each.city == city]


def people(db: Database, *, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Of each complaint about our capacity and each report in [since, until), when and who."""
    rows = db.execute(
        "SELECT at, who FROM findings WHERE relation = 'own' AND at >= :since AND at < :until AND band IN ('A', 'B')"
        " UNION ALL SELECT filed_at, coalesce(person, 'report ' || id) FROM reports"
        " WHERE standing = 'accepted' AND filed_at >= :since AND filed_at < :until",
        {"since": iso(since), "until": iso(until)},
    )
    return [(instant(at), who) for at, who in rows]


def reported(db: Database, *, since: datetime, until: datetime) -> Iterator[Complaint]:
    rows = db.execute(
        "SELECT filed_at, coalesce(person, 'report ' || id), symptoms, city, district, state, technology FROM reports"
        " WHERE standing = 'accepted' AND filed_at >= ? AND filed_at < ? ORDER BY filed_at",
        [iso(since), iso(until)],
    )
    for at, who, symptoms, city, district, state, technology in rows:
        yield Complaint(
            at=instant(at),
            who=who,
            symptoms=_SYMPTOMS[symptoms],
            band=Band.A,
            cause=Cause.UNCLEAR,
            technology=Technology(technology) if technology else None,
            city=city,
            district=district,
            state=state,
            reported=True,
        )


def add_reports(db: Database, reports: Iterable[Report]) -> int:
    """Store filed reports; one with a known receipt is left as it is. Returns how many were new."""
    before = db.execute("SELECT count(*) FROM reports").fetchone()[0]
    db.conn.executemany(
        "INSERT INTO reports (id, filed_at, source, symptoms, city, district, postcode, state, person)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        [
            (
                report.id,
                iso(report.filed_at),
                report.source,
                json.dumps(report.symptoms),
                report.city,
                report.district,
                report.postcode,
                report.state,
                db.pseudonym("person", report.person) if report.person else None,
            )
            for report in reports
        ],
    )
    new: int = db.execute("SELECT count(*) FROM reports").fetchone()[0] - before
    return new


def quotes(db: Database, *, since: datetime, until: datetime, limit: int) -> list[Said]:
    """Our own complaints that might be quoted, one per cluster and person. Authors are not read; what waits for a
    person's judgement is left out.

    Insults and threats to leave come last, otherwise the surest first.
    """
    rows = db.execute(
        "SELECT text, city, symptoms, band, score, evidence FROM (SELECT p.text, f.city, f.symptoms, f.tone, f.band, f.score,"
        " f.evidence, f.post, row_number() OVER (PARTITION BY f.who ORDER BY f.tone <= -2, f.score DESC, f.post) AS nth"
        " FROM findings f JOIN posts p ON p.id = f.post"
        " WHERE f.relation = 'own' AND f.band IN ('A', 'B') AND f.at >= ? AND f.at < ? AND f.cluster = f.post"
        " AND p.text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM doubts d WHERE d.post = f.post))"
        " WHERE nth = 1 ORDER BY tone <= -2, score DESC, post LIMIT ?",
        [iso(since), iso(until), limit],
    )
    return [
        Said(
            text,
            city,
            _SYMPTOMS[symptoms],
            Band(band),
            score,
            tuple((text[start:end], why) for start, end, why in json.loads(evidence)),
        )
        for text, city, symptoms, band, score, evidence in rows
    ]


def others(db: Database, *, since: datetime, until: datetime) -> list[tuple[str, datetime, str]]:
    """Complaints about other carriers, as early warning counts our own (capacity and outages): (carrier, at, who)."""
    rows = db.execute(
        "SELECT carrier, at, who FROM findings WHERE relation = 'other' AND at >= ? AND at < ?"
        " AND (band IN ('A', 'B') OR cause = 'outage') ORDER BY at",
        [iso(since), iso(until)],
    )
    return [(carrier, instant(at), who) for carrier, at, who in rows]


def seen_hours(
    db: Database, *, since: datetime, until: datetime, besides: Collection[str] = ()
) -> list[tuple[str, datetime]]:
    """Which source showed a post or report, of any kind, in which full UTC hour of [since, until), those `besides` left out."""
    begin, end = iso(since), iso(until)
    found = []
    for source in sources_of_posts(db):
        if source in besides:
            continue
        # From each hour's first post straight to the next hour's: an index has it, and a year is 8,760 steps.
        rows = db.execute(
            "WITH RECURSIVE shown (at) AS (SELECT min(at) FROM posts WHERE source = :source AND at >= :begin AND at < :end"
            " UNION ALL SELECT (SELECT min(p.at) FROM posts p WHERE p.source = :source AND p.at < :end"
            "  AND p.at >= strftime('%Y-%m-%dT%H', shown.at, '+1 hour')) FROM shown WHERE at IS NOT NULL)"
            " SELECT substr(at, 1, 13) FROM shown WHERE at IS NOT NULL",
            {"source": source, "begin": begin, "end": end},
        )
        found += [(source, hour) for (hour,) in rows]
    found += db.execute(
        "SELECT DISTINCT source, substr(filed_at, 1, 13) FROM reports"
        " WHERE standing = 'accepted' AND filed_at >= ? AND filed_at < ?",
        [begin, end],
    ).fetchall()
    return [(source, instant(f"{hour}:00:00+00:00")) for source, hour in dict.fromkeys(found)]


def listening(db: Database) -> dict[str, tuple[datetime, datetime]]:
    """For each source that `collect` asked, when its first good run and its last one began."""
    good = "FROM runs r WHERE r.source = s.name AND job = 'collect' AND outcome <> 'failed'"
    rows = db.execute(f"SELECT name, (SELECT min(started_at) {good}), (SELECT max(started_at) {good}) FROM sources s")
    return {source: (instant(first), instant(last)) for source, first, last in rows if first}


def newest(db: Database) -> tuple[int, int]:
    """Numbers of the newest post and report, to tell whether anything came."""
    row: tuple[int, int] = db.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM posts), (SELECT coalesce(max(rowid), 0) FROM reports)"
    ).fetchone()
    return row


def span(db: Database) -> tuple[datetime, datetime] | None:
    """The instants of the first and the last post or report; None: the database is empty.

    What visitors file in the pages of a made-up stream is not of its days: they stay the days that are shown.
    """
    # Each by itself: SQLite finds one end of an index at once, for both in one query it reads all of it (1.0 s at 10^6).
    reports = f"FROM reports WHERE source <> '{FORM}'" if get_simulation(db) else "FROM reports"
    ends = db.execute(
        f"SELECT (SELECT min(at) FROM posts), (SELECT min(filed_at) {reports}),"
        f" (SELECT max(at) FROM posts), (SELECT max(filed_at) {reports})"
    ).fetchone()
    first, last = min(filter(None, ends[:2]), default=None), max(filter(None, ends[2:]), default=None)
    return (instant(first), instant(last)) if first and last else None


def _found(row: tuple[Any, ...]) -> Complaint:
    at, who, symptoms, band, cause, technology, city, district, state, cluster, place_sure = row
    return Complaint(
        at=datetime.fromisoformat(at),
        who=who,
        symptoms=_SYMPTOMS[symptoms],
        band=_BANDS[band],
        cause=_CAUSES[cause],
        technology=_TECHNOLOGIES[technology],
        city=city,
        district=district,
        state=state,
        reported=False,
        cluster=cluster,
        anonymous=who.startswith("post "),
        place_sure=bool(place_sure) if city and place_sure is not None else None,
    )


_BANDS = {str(band): band for band in Band}  # a look into a dict is a fifth of what calling an enum takes
_CAUSES = {str(cause): cause for cause in Cause}
_TECHNOLOGIES: dict[str | None, Technology | None] = {str(each): each for each in Technology} | {None: None}


class _Symptoms(dict[str, tuple[Symptom, ...]]):
    """Few distinct lists: each is parsed once."""

    def __missing__(self, text: str) -> tuple[Symptom, ...]:
        self[text] = found = tuple(Symptom(value) for value in json.loads(text))
        return found


_SYMPTOMS = _Symptoms()

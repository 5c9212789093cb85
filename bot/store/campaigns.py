"""Texts that several people post at once: shown as what they are, never deleted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .database import Database, instant, iso

MANY = 3  # authors
WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One text from three or more authors within an hour."""

    cluster: int  # the number its copies share: the first post's
    since: datetime  # aware UTC: the first copy in the period
    until: datetime  # the last one
    authors: int
    posts: int
    sources: tuple[str, ...]
    text: str | None  # of the first copy that is still kept; None: none is


def campaigns(db: Database, *, since: datetime, until: datetime) -> list[Campaign]:
    """Campaigns among the complaints about us in [since, until), most authors first.

    Posts whose source names nobody may be one person's: they belong to it, but do not make it one.
    """
    found = []
    rows = db.execute(
        "SELECT f.cluster, f.at, f.who, p.source, p.text FROM findings f JOIN posts p ON p.id = f.post"
        " WHERE f.relation = 'own' AND f.at >= ? AND f.at < ? AND f.cluster IN"
        " (SELECT cluster FROM findings WHERE relation = 'own' AND at >= ? AND at < ?"
        "  GROUP BY cluster HAVING count(DISTINCT who) >= ?) ORDER BY f.cluster, f.at, f.post",
        [iso(since), iso(until)] * 2 + [MANY],
    )
    for cluster, copies in _grouped(rows):
        if _at_once([(instant(at), who) for at, who, _, _ in copies if not who.startswith("post ")]):
            found.append(
                Campaign(
                    cluster,
                    instant(copies[0][0]),
                    instant(copies[-1][0]),
                    len({who for _, who, _, _ in copies}),
                    len(copies),
                    tuple(sorted({source for _, _, source, _ in copies})),
                    next((text for *_, text in copies if text), None),
                )
            )
    return sorted(found, key=lambda campaign: (-campaign.authors, campaign.since, campaign.cluster))


def _grouped(rows: Iterator[tuple[int, str, str, str, str]]) -> Iterator[tuple[int, list[tuple[str, str, str, str]]]]:
    copies: list[tuple[str, str, str, str]] = []
    last = None
    for cluster, *copy in rows:
        if copies and cluster != last:
            yield last or 0, copies
            copies = []
        last = cluster
        copies.append((copy[0], copy[1], copy[2], copy[3]))
    if copies:
        yield last or 0, copies


def _at_once(copies: list[tuple[datetime, str]]) -> bool:
    """Do three authors ever post within an hour? `copies` in the order of time."""
    first = 0
    inside: Counter[str] = Counter()
    for at, who in copies:
        inside[who] += 1
        while at - copies[first][0] > WITHIN:
            inside[copies[first][1]] -= 1
            inside += Counter()  # drops the zeros
            first += 1
        if len(inside) >= MANY:
            return True
    return False

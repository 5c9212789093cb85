"""What an archive's parts say of posts that are long past: counted like any other, with no word, no name and no link of theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..domain import Analysis, Post, Tally
from ..errors import InputError
from .database import Database, iso, same_key
from .keys import CHECK, Keys, fitting, hashed
from .posts import (
    SUPPRESSED,
    finding_row,
    insert_findings,
    insert_posts,
    join_cluster,
    known_keys,
    place_rows,
    skip_reason,
    suppressed_row,
)
from .versions import version_id


@dataclass(frozen=True, slots=True)
class Names:
    """A post's and its author's pseudonyms."""

    key: str
    author: str | None  # None: the archive names nobody
    others: tuple[str, ...]  # by which they may have asked not to be taken in


@dataclass(frozen=True, slots=True)
class Past:
    """A post of an archive with what was said of it. `analysis.text` and the words of its spans are empty."""

    names: Names
    at: datetime
    addressed: bool
    analysis: Analysis


def names_of(post: Post, keys: Keys) -> Names:
    """As `add_page` gives them: `forget` finds an archive's rows, too."""

    def pseudonym(*parts: str) -> str:
        return hashed(keys, "\x1f".join(parts))

    handle = post.author.casefold()
    return Names(
        pseudonym(post.id.source, post.id.native),
        pseudonym("author", post.id.source, handle) if handle else None,
        (pseudonym("author", "", handle), pseudonym("url", post.url.strip().rstrip("/"))),
    )


def key_check(keys: Keys) -> str:
    """Tells whose pseudonyms a part holds."""
    return hashed(keys, CHECK)


def further_keys(db: Database, check: str) -> Keys:
    """The keys that came after those a part was made with. Raises InputError where they are another database's."""
    own = fitting(db.keys, check)
    if own is None:
        raise InputError(
            "made with another database's key: authors would be counted twice; name that database, or backfill anew"
        )
    return db.keys[len(own) :]


def brought(names: Names, further: Keys) -> Names:
    """Pseudonyms as they are since the key was changed."""
    if not further:
        return names
    return Names(
        hashed(further, names.key),
        hashed(further, names.author) if names.author else None,
        tuple(hashed(further, name) for name in names.others),
    )


def add_history(db: Database, source: str, rows: Sequence[Past], *, rules: str, now: datetime, tally: Tally) -> None:
    """Store those that are new, and findings for those about network trouble. Inside a transaction.

    They were seen when they were written: nobody is answered, nothing is news, and what retention would take is not there.
    """
    same_key(db)
    suppressed = frozenset(row[0] for row in db.execute("SELECT key FROM suppressed"))
    known = known_keys(db, [past.names.key for past in rows])
    number = db.execute("SELECT max(id) FROM posts").fetchone()[0] or 0
    version = version_id(db, rules, now=now)
    posts: list[tuple[object, ...]] = []
    findings: list[tuple[int, Past]] = []
    for past in rows:
        names, analysis, at = past.names, past.analysis, iso(past.at)
        if names.key in known:
            tally.repeats += 1
            continue
        known.add(names.key)
        number += 1
        if not suppressed.isdisjoint((names.key, names.author, *names.others)):
            posts.append(suppressed_row(number, names.key, source, at))
            tally.skip(SUPPRESSED)
            continue
        skip = skip_reason(analysis)
        nothing = (None, None, None)  # the platform's id, link and text
        posts.append(
            (number, names.key, source, *nothing, names.author, at, at, at, analysis.lang, analysis.carrier.relation,
             analysis.carrier.name, analysis.verdict.band, skip, int(past.addressed), 0, 0, version)
        )  # fmt: skip
        if skip is None:
            findings.append((number, past))
        else:
            tally.skip(skip)
    insert_posts(db, posts)
    insert_findings(
        db, _finding_rows(findings), [row for post, past in findings for row in place_rows(post, past.analysis)]
    )
    for post, past in findings:
        join_cluster(db, post, past.analysis.sketch, iso(past.at))
    tally.posts += len(posts)
    tally.findings += len(findings)


def _finding_rows(findings: Iterable[tuple[int, Past]]) -> list[tuple[object, ...]]:
    return [
        finding_row(post, past.analysis, iso(past.at), past.names.author or f"post {post}") for post, past in findings
    ]

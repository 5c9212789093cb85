"""What a person says of a post is what counts: its finding follows the label in force, and goes back when that is taken back.

Labels out of files teach and measure only.

A finding that a person calls none keeps its row with the relation "none", which nothing counts.
"""

import json
from collections.abc import Sequence

from ..domain import Band, PlaceKind, Relation
from .database import Database
from .posts import NO_CARRIER, NOT_NETWORK, insert_places

PERSON = "person"  # the rule of a place that somebody at the desk named
TOLD = "told"  # of one that the author told us


def correct(db: Database, post: int) -> None:
    """Bring a post in line with the label in force; without one, with what the program said. Inside a transaction.

    Safe to repeat.
    """
    _put_back(db, post)
    label = db.execute(
        "SELECT band, symptoms, cause, spot FROM labels WHERE post = ? AND replaced_at IS NULL AND picked <> 'file'",
        [post],
    ).fetchone()
    if label is None:
        return
    band, symptoms, cause, spot = label
    db.execute(
        "INSERT INTO corrected SELECT p.id, p.band, p.skip, f.relation, f.symptoms, f.cause"
        " FROM posts p LEFT JOIN findings f ON f.post = p.id WHERE p.id = ?",
        [post],
    )
    if band == Band.D:
        db.execute("UPDATE posts SET band = ?, skip = coalesce(skip, ?) WHERE id = ?", [band, NOT_NETWORK, post])
        db.execute("UPDATE findings SET band = ?, relation = ? WHERE post = ?", [band, Relation.NONE, post])
        return
    db.execute(
        "UPDATE posts SET band = ?, skip = CASE WHEN skip <> ? THEN skip WHEN relation = ? THEN ? END WHERE id = ?",
        [band, NOT_NETWORK, Relation.NONE, NO_CARRIER, post],
    )
    db.execute(
        "INSERT INTO findings SELECT id, at, relation, carrier, band, 1.0, '[]', 'unclear', NULL, 2, 0, '[]',"
        " coalesce(author, 'post ' || id), id, NULL, NULL, NULL, NULL,"
        " coalesce((SELECT name FROM versions v WHERE v.id = version), '')"
        " FROM posts WHERE id = ? AND skip IS NULL ON CONFLICT (post) DO NOTHING",
        [post],
    )
    db.execute("UPDATE findings SET band = ?, cause = coalesce(?, cause) WHERE post = ?", [band, cause, post])
    said = json.loads(symptoms)
    # The desk asks which, not in which order: where they are the program's, its order stands.
    (known,) = db.execute("SELECT symptoms FROM findings WHERE post = ?", [post]).fetchone() or ("[]",)
    if said and set(said) != set(json.loads(known)):
        db.execute("UPDATE findings SET symptoms = ? WHERE post = ?", [json.dumps(said), post])
    if spot:
        put_place(db, post, PERSON, _place(*json.loads(spot)))


def put_place(db: Database, post: int, rule: str, place: Sequence[object] | None) -> None:
    """Put a place (kind, city, district, postcode, state, lat, lon) before the others of a finding, in the stead of the
    one that this rule gave; None: only take that away. Inside a transaction; everything that counts places follows.
    """
    if not db.execute("SELECT 1 FROM findings WHERE post = ?", [post]).fetchone():
        return
    others = db.execute("SELECT * FROM places WHERE post = ? AND rule <> ? ORDER BY rank", [post, rule]).fetchall()
    first = [(post, 0, *place, 1.0, 0, 0, rule)] if place else []
    rows = first + [(post, rank, *row[2:]) for rank, row in enumerate(others, len(first))]
    db.execute("DELETE FROM places WHERE post = ?", [post])
    insert_places(db, rows)
    where = rows[0][3:7] if rows else (None,) * 4
    db.execute("UPDATE findings SET city = ?, district = ?, postcode = ?, state = ? WHERE post = ?", [*where, post])


def _put_back(db: Database, post: int) -> None:
    row = db.execute("SELECT band, skip, relation, symptoms, cause FROM corrected WHERE post = ?", [post]).fetchone()
    if row is None:
        return
    band, skip, relation, symptoms, cause = row
    db.execute("DELETE FROM corrected WHERE post = ?", [post])
    db.execute("UPDATE posts SET band = ?, skip = ? WHERE id = ?", [band, skip, post])
    if relation is None:
        db.execute("DELETE FROM findings WHERE post = ?", [post])
        return
    db.execute(
        "UPDATE findings SET band = ?, relation = ?, symptoms = ?, cause = ? WHERE post = ?",
        [band, relation, symptoms, cause, post],
    )
    if db.execute("SELECT 1 FROM places WHERE post = ? AND rule = ?", [post, PERSON]).fetchone():
        put_place(db, post, PERSON, None)


def _place(city: str | None, district: str | None, postcode: str | None, state: str | None) -> tuple[object, ...]:
    """As a row of `places` has it; nowhere is a place without a name."""
    kind = PlaceKind.DISTRICT if district else PlaceKind.POSTCODE if postcode else PlaceKind.CITY
    return kind, city, district, postcode, state, None, None

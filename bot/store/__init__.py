"""Every SQL statement of the program. Functions that take the database first."""

from .costs import Purse, costs_between
from .counts import add_reports, complaints, listening, others, quotes, seen_hours, span
from .database import Database, in_memory, instant, iso, open_database, open_readonly, transaction
from .digests import claim_digest, release_digest
from .posts import add_page, counted_at
from .privacy import delete_posts, forget_versions
from .sources import (
    add_gaps,
    add_source,
    get_cursor,
    get_simulation,
    health,
    next_allowed_at,
    record_run,
    set_cursor,
    set_simulation,
)

__all__ = [
    "Database",
    "Purse",
    "add_gaps",
    "add_page",
    "add_reports",
    "add_source",
    "claim_digest",
    "complaints",
    "costs_between",
    "counted_at",
    "delete_posts",
    "forget_versions",
    "get_cursor",
    "get_simulation",
    "health",
    "in_memory",
    "instant",
    "iso",
    "listening",
    "next_allowed_at",
    "open_database",
    "open_readonly",
    "others",
    "quotes",
    "record_run",
    "release_digest",
    "seen_hours",
    "set_cursor",
    "set_simulation",
    "span",
    "transaction",
]

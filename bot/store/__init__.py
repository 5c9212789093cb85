"""Every SQL statement of the program. Functions that take the database first."""

from .alerts import alerts, open_alert, put_alert
from .audit import Deed, deeds, note
from .backup import Restored, backup, quick_check, restore
from .condition import SQLITE_VERSION, Condition, condition, sqlite_is_old
from .costs import Purse, costs_between
from .counts import add_reports, complaints, listening, others, quotes, seen_hours, span
from .database import Database, checkpoint, database_id, in_memory, instant, iso, open_database, open_readonly, transaction
from .digests import claim_digest, has_digest
from .evidence import mentions, moods, sources_of, voices, word_counts
from .health import heard, silent_sources, source_states
from .keys import default_key_file, write_private
from .outbox import abandon, claim, decide, due, enqueue, is_queued, outbox, settle
from .posts import add_page, counted_at
from .privacy import Subject, days_of, delete_posts, export_subject, find_subject, forget, forget_versions
from .rechecks import Late, days_of_posts, due_posts, late_posts, note_there
from .retention import Cutoffs, Purged, aggregates, cutoffs, purge, purgeable
from .rotation import rotate_key
from .sources import (
    add_gaps,
    add_source,
    allow_logins,
    failures,
    get_cursor,
    get_simulation,
    health,
    idle_since,
    next_allowed_at,
    record_run,
    set_cursor,
    set_simulation,
)

__all__ = [
    "SQLITE_VERSION",
    "Condition",
    "Cutoffs",
    "Database",
    "Deed",
    "Late",
    "Purged",
    "Purse",
    "Restored",
    "Subject",
    "abandon",
    "add_gaps",
    "add_page",
    "add_reports",
    "add_source",
    "aggregates",
    "alerts",
    "allow_logins",
    "backup",
    "checkpoint",
    "claim",
    "claim_digest",
    "complaints",
    "condition",
    "costs_between",
    "counted_at",
    "cutoffs",
    "database_id",
    "days_of",
    "days_of_posts",
    "decide",
    "deeds",
    "default_key_file",
    "delete_posts",
    "due",
    "due_posts",
    "enqueue",
    "export_subject",
    "failures",
    "find_subject",
    "forget",
    "forget_versions",
    "get_cursor",
    "get_simulation",
    "has_digest",
    "health",
    "heard",
    "idle_since",
    "in_memory",
    "instant",
    "is_queued",
    "iso",
    "late_posts",
    "listening",
    "mentions",
    "moods",
    "next_allowed_at",
    "note",
    "note_there",
    "open_alert",
    "open_database",
    "open_readonly",
    "others",
    "outbox",
    "purge",
    "purgeable",
    "put_alert",
    "quick_check",
    "quotes",
    "record_run",
    "restore",
    "rotate_key",
    "seen_hours",
    "set_cursor",
    "set_simulation",
    "settle",
    "silent_sources",
    "source_states",
    "sources_of",
    "span",
    "sqlite_is_old",
    "transaction",
    "voices",
    "word_counts",
    "write_private",
]

"""Change the key that pseudonyms are made with."""

import os
from datetime import datetime
from pathlib import Path

from ..errors import StoreError
from . import audit
from .database import Database, checkpoint, transaction
from .keys import CHECK, KEY_BYTES, Keys, hashed, new_key, pending_file, read_keys, sync_folder, write_private

# Every column that holds pseudonyms. A test looks for others.
KEYED = {
    "posts": ("key", "author"),
    "findings": ("who",),
    "reports": ("person", "receipt"),
    "urls": ("key",),
    "suppressed": ("key",),
    "opt_outs": ("author",),
}


def rotate_key(db: Database, key_file: Path, *, actor: str, now: datetime) -> int:
    """Add a key to the file and bring every pseudonym to it. Returns how many. Nobody else may have the database open.

    A crash leaves the old key with the old pseudonyms, or a new key file that the next start puts in its place.
    Raises StoreError.
    """
    keys = (*read_keys(key_file), new_key())
    if any(len(key) != KEY_BYTES for key in keys):
        raise StoreError(f"{key_file}: made by hand and not of {KEY_BYTES} bytes; a second key cannot be added to it")
    pending = pending_file(key_file)
    pending.unlink(missing_ok=True)
    write_private(pending, b"".join(keys))
    with transaction(db):
        count = bring_to(db, keys)
        audit.note(db, "rotate-key", actor=actor, now=now, detail=f"generation {len(keys)}")
    os.replace(pending, key_file)
    sync_folder(key_file.parent)
    checkpoint(db)
    return count


def bring_to(db: Database, keys: Keys) -> int:
    """Make pseudonyms of `db.keys` into those of `keys`, which begin with them. Inside a transaction. Returns how many."""
    further = keys[len(db.keys) :]
    if not further:
        return 0
    # Values that are no pseudonyms stand in `findings.who` ("post 17") where a source names nobody.
    db.conn.create_function(
        "brought", 1, lambda value: value if value.startswith("post ") else hashed(further, value), deterministic=True
    )
    count = 0
    for table, columns in KEYED.items():
        for column in columns:
            count += db.execute(f"UPDATE {table} SET {column} = brought({column}) WHERE {column} IS NOT NULL").rowcount
    db.keys = keys
    db.execute("UPDATE meta SET value = ? WHERE name = 'key_check'", [db.pseudonym(CHECK)])
    return count

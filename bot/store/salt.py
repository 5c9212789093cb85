"""A secret for one day, beside the database and never in it: tomorrow nobody can find out whose today's keys were.

It is a file and no row, so that no backup holds it; written anew each day, so that yesterday's is gone.
"""

import os
import secrets
from datetime import date
from pathlib import Path

from ..errors import StoreError
from .keys import write_private

BYTES = 32


def day_salt(file: Path, day: date) -> bytes:
    """The salt of `day`, made when first asked for. Raises StoreError."""
    try:
        known = file.read_bytes() if file.exists() else b""
        if known[:10] == day.isoformat().encode() and len(known) == 10 + BYTES:
            return known[10:]
        fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        write_private(fresh, day.isoformat().encode() + secrets.token_bytes(BYTES))
        os.replace(fresh, file)
        return file.read_bytes()[10:]
    except OSError as error:
        raise StoreError(f"{file}: the day's salt cannot be kept ({error.strerror}); may we write there?") from error

"""The key file that pseudonyms are made with: read, made, changed.

The file holds one key of 32 bytes for each generation, oldest first. A pseudonym is the HMAC of the HMAC … of a name, a key
each. So what was stored under the old keys can be brought to a new one without knowing any name (most are forgotten by
then): its HMAC under the new key is what the name itself will give from now on. Nothing is kept in two forms, an older
backup still fits its beginning of the file, and a stolen old key opens nothing that was written after the change.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from ..errors import StoreError

Keys = tuple[bytes, ...]

KEY_BYTES = 32
CHECK = "key check"  # its pseudonym stands in the database and tells whether a key fits


def hashed(keys: Keys, text: str) -> str:
    """128 bits, hexadecimal; with keys that came later, a pseudonym of the earlier ones becomes one of theirs."""
    value = text.encode("utf-8", "replace")
    for key in keys:
        value = hmac.digest(key, value, hashlib.sha256).hex()[:32].encode()
    return value.decode()


def fitting(keys: Keys, check: str) -> Keys | None:
    """The generations that a database was written with, by its key check; None: these are not its keys."""
    for count in range(len(keys), 0, -1):
        if hashed(keys[:count], CHECK) == check:
            return keys[:count]
    return None


def default_key_file(database: Path) -> Path:
    return database.with_name(database.name + ".key")


def pending_file(key_file: Path) -> Path:
    """Where a changed key file waits until the database has been brought to it."""
    return key_file.with_name(key_file.name + ".new")


def read_keys(key_file: Path) -> Keys:
    """Raises StoreError when the file is missing or too short."""
    try:
        content = key_file.read_bytes()
    except FileNotFoundError:
        raise StoreError(
            f"{key_file}: the key file is missing, and without it no author is recognised again; restore it from its backup"
        ) from None
    if len(content) < 16:
        raise StoreError(f"{key_file}: too short for a key; restore it from its backup")
    if len(content) % KEY_BYTES:
        return (content,)
    return tuple(content[first : first + KEY_BYTES] for first in range(0, len(content), KEY_BYTES))


def read_or_make_keys(key_file: Path, *, may_make: bool) -> Keys:
    if may_make and not key_file.exists():
        key_file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # another process made it in this moment
            write_private(key_file, new_key())
    return read_keys(key_file)


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def write_private(path: Path, content: bytes) -> None:
    """A new file that only its owner may read, on disk when this returns. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

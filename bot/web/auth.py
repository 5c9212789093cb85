"""Who comes in: passwords, the key a browser holds, and how long one waits after a wrong guess."""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

COOKIE = "desk"
SHORTEST, LONGEST = 12, 200  # characters of a password
# Wrong guesses before one has to wait. A name alone has many, or anybody could keep its owner out.
FREE = {"both": 5, "address": 30, "name": 200}
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=15)
REMEMBERED = 10_000  # names and addresses with wrong guesses
AT_ONCE = 2  # passwords looked at: each takes 19 MiB and a core

# The least that OWASP's cheat sheet of 2025 accepts: the daemon shares its 200 MB with the desk.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns = threading.BoundedSemaphore(AT_ONCE)
_NOBODY = _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    with _turns:
        return _hasher.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Does the password fit this hash? Takes as long for a user that does not exist (None)."""
    with _turns:
        try:
            return _hasher.verify(stored or _NOBODY, password[:LONGEST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def weakness(name: str, password: str) -> str | None:
    """Why a password will not do, as a key of the texts; None: it will."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if len(set(password)) < 6 or (name and name in password.casefold()):
        return "easy"
    return None


def new_key() -> str:
    """What a browser holds: nobody guesses it."""
    return secrets.token_urlsafe(32)


def stored_key(key: str) -> str:
    """What we keep of it."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def form_token(key: str) -> str:
    """Stands in every form of a visit: another site cannot know it, so it cannot send the form."""
    return hmac.digest(key.encode(), b"form", hashlib.sha256).hex()


def is_form_token(key: str, given: str) -> bool:
    return hmac.compare_digest(form_token(key).encode(), given.encode("utf-8", "replace"))


@dataclass
class Guesses:
    """Wrong guesses by name and by address, in memory: a restart forgives them. Bounded, the oldest go first."""

    _wrong: OrderedDict[tuple[str, str], tuple[int, datetime]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, name: str, address: str, *, now: datetime) -> timedelta:
        """How long they have to wait; zero or less: not at all."""
        with self._lock:
            found = [each for each in _keys(name, address) if each in self._wrong]
            return max((self._until(each) - now for each in found), default=timedelta())

    def wrong(self, name: str, address: str, *, now: datetime) -> None:
        with self._lock:
            for each in _keys(name, address):
                count, last = self._wrong.pop(each, (0, now))
                self._wrong[each] = (count + 1 if now - last < 4 * LONGEST_WAIT else 1, now)
            while len(self._wrong) > REMEMBERED:
                self._wrong.popitem(last=False)

    def right(self, name: str, address: str) -> None:
        with self._lock:
            self._wrong.pop(("both", f"{name} {address}"), None)

    def _until(self, key: tuple[str, str]) -> datetime:
        (count, last), free = self._wrong[key], FREE[key[0]]
        return last + min(FIRST_WAIT * 2 ** min(count - free, 10), LONGEST_WAIT) if count >= free else last


def _keys(name: str, address: str) -> list[tuple[str, str]]:
    return [("both", f"{name} {address}"), ("address", address), ("name", name)]

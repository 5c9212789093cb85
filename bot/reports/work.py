"""Work that a browser does before its report counts at once: a number to find whose hash is given, in the manner of ALTCHA.

It keeps no state: the task is signed and ends. Whoever wants to file a million reports hashes for weeks; a customer's phone
needs a second, while its owner still types. No third party is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

Sign = Callable[[str], str]  # keyed: `functools.partial(db.pseudonym, "work")`
VALID = timedelta(minutes=30)
LONGEST = 200  # characters of a solution


@dataclass(frozen=True, slots=True)
class Task:
    """Find the number from 0 to `most` with sha256(salt + number) == goal."""

    salt: str  # random, and when it ends: "9f86d081884c7d65.1792838400"
    goal: str
    most: int
    signature: str


def make_task(salt: str, number: int, most: int, sign: Sign, *, now: datetime) -> Task:
    """`salt` and `number` are the caller's random draws, `number` from 0 to `most`."""
    ending = f"{salt}.{int((now + VALID).timestamp())}"
    goal = _goal(ending, number)
    return Task(ending, goal, most, sign(f"{ending} {goal}"))


def solved(solution: str, sign: Sign, *, now: datetime) -> str | None:
    """The salt of a task that was solved, to be taken once; None: not solved, not ours, or over.

    A solution is "salt number signature", as the page's script sends it.
    """
    parts = solution[:LONGEST].split(" ")
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdecimal() or len(parts[1]) > 12:
        return None
    salt, number, signature = parts
    expected = sign(f"{salt} {_goal(salt, int(number))}")
    if not compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        return None
    ends = salt.rpartition(".")[2]  # signed, so a number
    return salt if now.timestamp() < int(ends) else None


def _goal(salt: str, number: int) -> str:
    return sha256(f"{salt}{number}".encode("utf-8", "replace")).hexdigest()

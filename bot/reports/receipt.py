"""Receipt numbers, and keys that tell one filer from another for a day."""

import hmac
from hashlib import sha256

from .form import Filing

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 that nobody confuses on the phone
BYTES = 10  # 80 bits: nobody guesses one


def receipt_number(random: bytes) -> str:
    """ "K7QF-2M9X-…": four groups of four, of BYTES random bytes."""
    value = int.from_bytes(random[:BYTES], "big")
    signs = "".join(LETTERS[value >> shift & 31] for shift in range(8 * BYTES - 5, -1, -5))
    return "-".join(signs[first : first + 4] for first in range(0, len(signs), 4))


def normal_receipt(written: str) -> str:
    """As it was given out, however it was typed; "" where it cannot be one."""
    signs = "".join(sign for sign in written[:60].upper() if sign in LETTERS)
    if len(signs) != 8 * BYTES // 5:
        return ""
    return "-".join(signs[first : first + 4] for first in range(0, len(signs), 4))


def visitor_key(salt: bytes, address: str) -> str:
    """Who asks, today. `salt` is the day's own and gone tomorrow: then nobody can find the address again, nor follow it."""
    return hmac.digest(salt, f"visitor {address}".encode(), sha256).hex()[:32]


def filer_key(salt: bytes, address: str, filing: Filing) -> str:
    """One person, as far as one can know: same address, place, main symptom and day."""
    spot = filing.spot
    parts = (address, spot.city, spot.district or "", filing.symptoms[0])
    return hmac.digest(salt, "\x1f".join(("filer", *parts)).encode(), sha256).hex()[:32]


def content_key(salt: bytes, address: str, filing: Filing) -> str:
    """The same report sent again, by a double click or a reload."""
    return hmac.digest(salt, f"{address}\x1f{filing!r}".encode(), sha256).hex()[:32]

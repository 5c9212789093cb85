"""Addresses of those who want to hear what became of their report: encrypted, confirmed by a click, used once.

The key lies beside the key of the pseudonyms (`<database>.contacts`, mode 0600), never in the database: a copy of the
database gives no address away. Purpose: one follow-up to one report. Afterwards the address goes, and at the latest with
the report.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import StoreError
from .database import Database, instant, iso
from .keys import write_private

CLICK_WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Contact:
    report: str  # its id
    address: str  # never into a log
    lang: str
    city: str | None
    district: str | None
    asked_at: datetime


class Sealer:
    """Encrypts addresses, and the tokens of confirmation links."""

    def __init__(self, key_file: Path) -> None:
        """Makes the key where there is none. Raises StoreError."""
        from cryptography.fernet import Fernet  # 7 MB that only a form with a mail server needs

        try:
            with suppress(FileExistsError):
                write_private(key_file, Fernet.generate_key())
            self._box = Fernet(key_file.read_bytes())
        except (OSError, ValueError) as error:
            raise StoreError(f"{key_file}: the key of the contacts cannot be used; restore it from its copy") from error

    def seal(self, text: str) -> str:
        return self._box.encrypt(text.encode()).decode()

    def open(self, sealed: str, within: timedelta | None = None) -> str | None:
        """None: not sealed with this key, or longer ago than `within`."""
        from cryptography.fernet import InvalidToken

        try:
            return self._box.decrypt(sealed, int(within.total_seconds()) if within else None).decode()
        except (InvalidToken, UnicodeError, ValueError):
            return None


def add_contact(db: Database, report: str, address: str, sealer: Sealer, *, now: datetime) -> None:
    """Inside a transaction."""
    db.execute("INSERT INTO contacts VALUES (?, ?, 'asked', ?, NULL)", [report, sealer.seal(address), iso(now)])


def claim_contact(db: Database, sealer: Sealer) -> Contact | None:
    """The next one to be asked for confirmation, marked before the mail leaves: nobody is asked twice. Inside a transaction."""
    found = next(_contacts(db, sealer, "c.state = 'asked' ORDER BY c.asked_at LIMIT 1"), None)
    if found:
        db.execute("UPDATE contacts SET state = 'asking' WHERE report = ?", [found.report])
    return found


def settle_contact(db: Database, report: str, state: str) -> None:
    """`state`: waiting (the mail went), asked (try again), failed. Inside a transaction."""
    db.execute("UPDATE contacts SET state = ? WHERE report = ? AND state = 'asking'", [state, report])


def confirm_contact(db: Database, report: str, sealer: Sealer, *, now: datetime) -> bool:
    """The click in the mail. From now on the address tells the same person across days. Inside a transaction."""
    found = next(_contacts(db, sealer, "c.report = ?", report), None)
    if found is None:
        return False
    db.execute(
        "UPDATE contacts SET state = 'confirmed', confirmed_at = coalesce(confirmed_at, ?) WHERE report = ?",
        [iso(now), report],
    )
    db.execute("UPDATE reports SET person = ? WHERE id = ?", [db.pseudonym("contact", found.address), report])
    return True


def confirmed_contacts(db: Database, sealer: Sealer, *, city: str, district: str | None = None) -> list[Contact]:
    """Who filed there and wants to hear of it. Remove each with `forget_contact` in the transaction that queues the mail."""
    where, values = "c.state = 'confirmed' AND r.city = ?", [city]
    if district:
        where, values = f"{where} AND r.district = ?", [city, district]
    return list(_contacts(db, sealer, f"{where} ORDER BY c.asked_at", *values))


def forget_contact(db: Database, report: str) -> None:
    """Used or withdrawn. Inside a transaction."""
    db.execute("DELETE FROM contacts WHERE report = ?", [report])


def reports_of(db: Database, address: str, sealer: Sealer) -> list[str]:
    """The ids of all reports that this address was left with, or that tell the same person by it after its follow-up."""
    address = address.strip().lower()
    by_person = db.execute("SELECT id FROM reports WHERE person = ?", [db.pseudonym("contact", address)]).fetchall()
    left = {contact.report for contact in _contacts(db, sealer, "1") if contact.address == address}
    return sorted(left | {id for (id,) in by_person})


def purge_contacts(db: Database, *, now: datetime) -> int:
    """Addresses that nobody confirmed in time. Inside a transaction."""
    return db.execute(
        "DELETE FROM contacts WHERE state <> 'confirmed' AND asked_at < ?", [iso(now - CLICK_WITHIN)]
    ).rowcount


def _contacts(db: Database, sealer: Sealer, where: str, *values: str) -> Iterator[Contact]:
    rows = db.execute(
        "SELECT c.report, c.sealed, coalesce(r.lang, 'de'), r.city, r.district, c.asked_at FROM contacts c"
        f" JOIN reports r ON r.id = c.report WHERE {where}",
        list(values),
    ).fetchall()
    for report, sealed, lang, city, district, asked_at in rows:
        if address := sealer.open(sealed):
            yield Contact(report, address, lang, city, district, instant(asked_at))

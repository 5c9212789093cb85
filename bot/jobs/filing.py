"""Taking in what the form brings, and asking those who want to hear more whether that is so."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from .. import store
from ..config.load import read_toml, secret, shipped
from ..config.settings import Settings
from ..digest.words import Words
from ..errors import ConfigError, NotifyError, NotifyRefused, NotifyUnsure
from ..mail import Letter, Server, post
from ..reports.form import Filing
from ..reports.receipt import BYTES, filer_key, receipt_number
from ..store import contacts, funnel, reports
from ..store.contacts import Sealer

WITHIN = timedelta(days=30)  # in which others are counted
PORTS = {"mailto": (587, "starttls"), "mailtos": (465, "ssl"), "mailplain": (25, "insecure")}


@dataclass(frozen=True, slots=True)
class Filed:
    """What a filer is told."""

    receipt: str
    waits: bool  # a person looks at it first
    others: int  # people who complained at `place` within 30 days; 0: fewer than k, nothing is said
    place: str  # the smallest with k others; "": none


def take_in(
    db: store.Database,
    filing: Filing,
    settings: Settings,
    *,
    salt: bytes,
    address: str,
    reason: str | None,
    draft: int | None,
    sealer: Sealer | None,
    now: datetime,
) -> Filed:
    """Store a report. `draft`: the reply whose link led here. Raises StoreError: then nothing is stored."""
    receipt, id = receipt_number(secrets.token_bytes(BYTES)), secrets.token_hex(6)
    person = db.pseudonym("person", filer_key(salt, address, filing))
    with store.transaction(db):
        if draft and (answered := reports.person_answered(db, draft, filing.spot.city)):
            person = answered
        reports.add_filing(db, filing, id=id, receipt=receipt, person=person, reason=reason, now=now)
        if filing.contact and sealer:
            contacts.add_contact(db, id, filing.contact, sealer, now=now)
        funnel.count_step(db, now.astimezone(settings.zone).date(), "filed by link" if draft else "filed")
    others, place = _others(db, filing, person, settings.extract.k, now)
    return Filed(receipt, reason is not None, others, place)


def _others(db: store.Database, filing: Filing, person: str, k: int, now: datetime) -> tuple[int, str]:
    spot, since = filing.spot, now - WITHIN
    for district in (spot.district, None) if spot.district else (None,):
        count = reports.others_near(db, person, city=spot.city, district=district, since=since)
        if count >= k:
            return count, f"{spot.city}, {district}" if district else spot.city
    return 0, ""


def secrets_base(settings: Settings, database: Path) -> Path:
    """Keys lie beside the key of the pseudonyms, which the config may have put elsewhere."""
    return Path(settings.store.key_file).parent / database.name if settings.store.key_file else database


def open_sealer(settings: Settings, database: Path) -> Sealer:
    """Raises StoreError."""
    base = secrets_base(settings, database)
    return Sealer(base.with_name(f"{base.name}.contacts"))


def salt_file(base: Path) -> Path:
    return base.with_name(f"{base.name}.day")


def mail_server(settings: Settings) -> tuple[Server, str] | None:
    """Server and sender of [form] mail_env; None: no mail, so no address may be asked for. Raises ConfigError."""
    if not (settings.form.enabled and settings.form.address and settings.form.mail_env):
        return None
    url = secret(settings.form.mail_env)
    if url is None:
        return None
    parts = urlsplit(url)
    sender = parse_qs(parts.query).get("from", [unquote(parts.username or "")])[0]
    try:
        port, security = PORTS[parts.scheme]
        server = Server(
            host=parts.hostname or "",
            port=parts.port or port,
            security=security,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
    except (KeyError, ValueError):
        server = None
    if server is None or not server.host or "@" not in sender:
        raise ConfigError(
            f"{settings.form.mail_env}: not a mail server; it looks like mailtos://user:password@host?from=netz@carrier.example"
        )
    return server, sender


def ask_contacts(
    db: store.Database,
    settings: Settings,
    database: Path,
    *,
    stop: Callable[[], bool] = lambda: False,
    send: Callable[[Server, Letter, str], None] = post,
) -> list[str]:
    """Send each new address one mail with a link to click. Returns lines for the log, without addresses.

    A mail whose fate nobody knows is not sent again: who does not click is forgotten after two days.
    """
    server, sealer = mail_server(settings), open_sealer(settings, database)
    sent, lines = 0, []
    while server and not stop():
        with store.transaction(db):
            contact = contacts.claim_contact(db, sealer)
        if contact is None:
            break
        try:
            send(server[0], confirmation(contact, settings, sealer, server[1]), "form")
            state, sent = "waiting", sent + 1
        except NotifyError as error:
            lines.append(str(error))
            state = "asking" if isinstance(error, NotifyUnsure) else "asked"
            if isinstance(error, NotifyRefused):
                state = "failed"
        with store.transaction(db):
            contacts.settle_contact(db, contact.report, state)
        if state == "asked":
            break  # certainly not sent: the next run tries again
    return [*([f"form: {sent} people were asked to confirm their address"] if sent else []), *lines]


def confirmation(contact: contacts.Contact, settings: Settings, sealer: Sealer, sender: str) -> Letter:
    """The mail that asks whether the address is theirs. It says nothing of the report but its place."""
    lang = contact.lang if contact.lang in ("de", "en") else "de"
    words = Words(
        lang, read_toml(shipped("texts", f"{lang}.toml")) | read_toml(shipped("texts", f"public.{lang}.toml"))
    )
    page = "bestaetigen" if lang == "de" else "confirm"
    values = {
        "carrier": settings.carrier.name,
        "place": contact.city or "",
        "link": f"{settings.form.address}/{page}?token={sealer.seal(contact.report)}",
        "operator": settings.operator.name,
    }
    text = words.say("mail.text", **values)
    html = "".join(f"<p>{linked(line)}</p>\n" for line in text.split("\n\n"))
    return Letter(
        sender=sender,
        recipients=(contact.address,),
        subject=words.say("mail.subject", **values),
        text=text,
        html=html,
        message_id=f"confirm-{contact.report}",
    )


def linked(line: str) -> str:
    from markupsafe import escape

    if line.startswith(("https://", "http://")):
        return f'<a href="{escape(line)}">{escape(line)}</a>'
    return str(escape(line))

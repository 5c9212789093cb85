""" "Is it better now?" One mail to each who reported a place that is fixed and confirmed an address; then it is forgotten."""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from .. import store
from ..config.load import read_toml, shipped
from ..config.settings import Settings
from ..digest.words import Words
from ..errors import NotifyError, NotifyRefused, NotifyUnsure
from ..escalate.cases import Case, State
from ..mail import Letter, Server, post
from ..store.better import claim_question, unclaim_question
from ..store.cases import cases
from ..store.contacts import Contact, Sealer, confirmed_contacts, forget_contact
from .filing import linked, mail_server, open_sealer

SETTLED_FOR = timedelta(days=7)  # so long after the fix people have had time to notice
VALID = timedelta(days=60)  # the link


def ask_whether_better(
    db: store.Database,
    settings: Settings,
    database: Path,
    *,
    now: datetime,
    stop: Callable[[], bool] = bool,
    send: Callable[[Server, Letter, str], None] = post,
) -> list[str]:
    """Ask those who wait for it, each once. Returns lines for the log, without addresses.

    The address is taken before the mail leaves and deleted after it: a mail whose fate nobody knows is not sent again.
    """
    server = mail_server(settings)
    fixed = [
        case for case in cases(db, (State.FIXED, State.VERIFIED))
        if case.fixed_on and case.fixed_on <= (now - SETTLED_FOR).astimezone(settings.zone).date()
    ] if server else []  # fmt: skip
    if not server or not fixed:
        return []
    sealer, sent, lines = open_sealer(settings, database), 0, []
    for case, contact in _waiting(db, sealer, fixed):
        if stop():
            break
        token = secrets.token_urlsafe(12)
        with store.transaction(db):
            if not claim_question(db, contact.report, token, case.number, now=now):
                continue
        try:
            send(server[0], question(contact, token, settings, sealer, server[1]), "form")
            sent += 1
        except NotifyError as error:
            lines.append(str(error))
            if not isinstance(error, NotifyUnsure | NotifyRefused):  # certainly not sent: another time
                with store.transaction(db):
                    unclaim_question(db, contact.report, token)
                break
        with store.transaction(db):
            forget_contact(db, contact.report)
    return [*([f"form: {sent} people were asked whether it is better now"] if sent else []), *lines]


def question(contact: Contact, token: str, settings: Settings, sealer: Sealer, sender: str) -> Letter:
    lang = contact.lang if contact.lang in ("de", "en") else "de"
    table = read_toml(shipped("texts", f"{lang}.toml")) | read_toml(shipped("texts", f"public.{lang}.toml"))
    words, page = Words(lang, table), "besser" if lang == "de" else "better"
    values = {
        "carrier": settings.carrier.name,
        "place": ", ".join(filter(None, [contact.city, contact.district])),
        "link": f"{settings.form.address}/{page}?token={sealer.seal(f'better {token}')}",
        "operator": settings.operator.name,
    }
    text = words.say("better.mail_text", **values)
    return Letter(
        sender=sender,
        recipients=(contact.address,),
        subject=words.say("better.mail_subject", **values),
        text=text,
        html="".join(f"<p>{linked(line)}</p>\n" for line in text.split("\n\n")),
        message_id=f"better-{contact.report}",
    )


def token_of(sealer: Sealer, sealed: str) -> str | None:
    """What a link holds; None: not ours, or too old."""
    kind, _, token = (sealer.open(sealed, VALID) or "").partition(" ")
    return token if kind == "better" and token else None


def _waiting(db: store.Database, sealer: Sealer, fixed: list[Case]) -> Iterator[tuple[Case, Contact]]:
    """Those of a district are asked of its case; those of a city without one, or of a district without a case, of the city's."""
    own = {(spot.city, spot.district) for case in cases(db) for spot in case.spots if spot.district}
    for case in fixed:
        for city, district in dict.fromkeys((spot.city, spot.district) for spot in case.spots):
            for contact in confirmed_contacts(db, sealer, city=city, district=district or None):
                if district or (city, contact.district or "") not in own:
                    yield case, contact

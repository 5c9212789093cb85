"""Cases become tickets elsewhere: queued in the outbox, handed in once, found again when the answer got lost, read back."""

import json
from datetime import datetime, timedelta
from html import escape
from typing import Any

from .. import store, tickets
from ..config.handover import TicketSettings
from ..config.load import secret
from ..config.settings import Settings
from ..errors import ConfigError, InputError, NotifyError
from ..escalate.cases import Action, Case, Event, Fact
from ..escalate.tickets import Kind, description, headline, missing, ticket
from ..store.cases import add_event, get_case
from ..store.tickets import HandedIn, add_ticket, note_ticket
from ..store.tickets import tickets as handed_in

WHAT = "ticket"  # in the outbox
READ_EVERY = timedelta(hours=1)
SEARCHABLE = timedelta(minutes=15)  # a new ticket may be missing from a system's search index for a while
DONE = frozenset({"closed", "resolved", "rejected", "cancelled", "merged"})  # no longer asked for


def body_of(settings: Settings, target: TicketSettings, case: Case, key: str) -> dict[str, Any]:
    """What would be handed in. Raises InputError where something that the system needs is missing."""
    kind, k, carrier = Kind(target.kind), settings.extract.k, settings.carrier.name
    body = ticket(kind, case, key, k=k, carrier=carrier, group=target.group, customer=target.customer)
    if lacks := missing(kind, body):
        raise InputError(f"{target.name}: a ticket needs {', '.join(lacks)}; set it in [[tickets]]")
    return body


def queue(db: store.Database, settings: Settings, number: int, name: str, *, actor: str, now: datetime) -> HandedIn:
    """Put a case into the queue for a ticket system. Raises InputError: unknown, on its way already, or a dry run."""
    if settings.dry_run:
        raise InputError("dry_run is true: nothing leaves; `--dry-run` shows what would")
    target = target_of(settings, name)
    with store.transaction(db):
        case = get_case(db, number)
        before = [one for one in handed_in(db, case=number) if one.system == name]
        if before and before[-1].state != "failed":
            raise InputError(
                f"case {number} is at {name} already (ticket {before[-1].external_id or before[-1].state})"
            )
        key = f"{store.database_id(db)[:8]}-{number}-{len(before) + 1}"
        body = body_of(settings, target, case, key)
        outbox_key = f"{WHAT} {key} {name}"
        store.enqueue(
            db, outbox_key, target=name, what=WHAT, title=str(body.get("name") or body.get("title")),
            text=json.dumps(body, ensure_ascii=False), html="", pictures={}, now=now, not_before=now,
        )  # fmt: skip
        add_ticket(db, outbox_key, case=number, system=name, key=key, now=now)
        add_event(db, Event(number, now, actor, Action.NOTE, facts=(Fact("ticket_for", {"name": name}),)))
        store.note(db, "ticket", actor=actor, now=now, detail=f"case {number} to {name}")
    return handed_in(db, case=number)[-1]


def mail(db: store.Database, settings: Settings, number: int, name: str, *, actor: str, now: datetime) -> None:
    """The simplest ticket: a message to one of [[notify]], by mail or chat. Raises InputError for an unknown name."""
    target = next((target for target in settings.notify if target.name == name), None)
    if target is None:
        raise InputError(f"{name}: neither in [[tickets]] nor in [[notify]] of the config")
    with store.transaction(db):
        case = get_case(db, number)
        text = f"{headline(case)}\n\n{description(case, settings.extract.k, settings.carrier.name)}\n"
        store.enqueue(
            db, f"mail case {number} {store.iso(now)} {name}", target=name, what="escalation", title=headline(case), text=text,
            html=f"<pre>{escape(text)}</pre>", pictures={}, now=now, not_before=now,
        )  # fmt: skip
        add_event(db, Event(number, now, actor, Action.NOTE, facts=(Fact("told", {"name": name}),)))
        store.note(db, "ticket", actor=actor, now=now, detail=f"case {number} to {name}")


def deliver(db: store.Database, settings: Settings, name: str, message: int, body: str, *, now: datetime) -> None:
    """Called by the outbox for a message it has claimed. Raises NotifyError and its kin, ConfigError."""
    answer = tickets.hand_in(system_of(settings, name), body)
    _note(db, message, answer, now=now)


def look_after(db: store.Database, settings: Settings, *, now: datetime) -> list[str]:
    """Find tickets whose answer got lost, and read how the others are. Returns lines for the log."""
    lines = []
    for one in handed_in(db):
        recently = one.checked_at is not None and one.checked_at > now - READ_EVERY
        lost = one.state == "unknown" and one.moved_at <= now - SEARCHABLE
        if not lost and (
            one.state != "sent" or one.external_id is None or recently or (one.status or "").lower() in DONE
        ):
            continue
        try:
            system = system_of(settings, one.system)
            if lost:
                answer = tickets.find(system, one.key)
                if answer is None:
                    store.decide(db, one.message, "pending", now=now)
                    lines.append(f"ticket {one.key}: not at {one.system}, handed in again")
                    continue
                _note(db, one.message, answer, now=now)
                store.decide(db, one.message, "sent", now=now)
                lines.append(f"ticket {one.key}: found at {one.system} as {answer.id}")
            elif _note(db, one.message, answer := tickets.read(system, str(one.external_id)), now=now):
                lines.append(f"ticket {one.key}: {answer.status or 'no status'} at {one.system}")
        except (NotifyError, ConfigError) as error:
            lines.append(f"ticket {one.key}: {error}")
    return lines


def target_of(settings: Settings, name: str) -> TicketSettings:
    for target in settings.tickets:
        if target.name == name:
            return target
    known = ", ".join(target.name for target in settings.tickets) or "none; set [[tickets]] in the config"
    raise InputError(f"{name}: no such ticket system; known: {known}")


def system_of(settings: Settings, name: str) -> tickets.System:
    """Raises ConfigError where it is gone from the config, or its token is."""
    target = next((target for target in settings.tickets if target.name == name), None)
    if target is None:
        raise ConfigError(f"{name}: no longer in the config")
    token = secret(target.token_env) if target.token_env else ""
    if token is None:
        raise ConfigError(
            f"{name}: the environment variable {target.token_env} (or {target.token_env}_FILE) is not set"
        )
    return tickets.System(name, Kind(target.kind), target.url, token)


def _note(db: store.Database, message: int, answer: tickets.Ticket, *, now: datetime) -> bool:
    """Keep what the system says, and tell the case's history when it changed."""
    with store.transaction(db):
        changed = note_ticket(db, message, answer.id, answer.status, now=now)
        if changed:
            one = next(one for one in handed_in(db) if one.message == message)
            values = {"id": answer.id, "name": one.system, "status": answer.status}
            fact = Fact("ticket_status" if answer.status else "ticket", values)
            add_event(db, Event(one.case, now, "daemon", Action.NOTE, facts=(fact,)))
    return changed

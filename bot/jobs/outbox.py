"""Messages reach people: who gets what and when, and what becomes of a failure.

A message is claimed, and the claim committed, before the first byte leaves. A failure that is certain is tried again, ever
later; one that is final, or lasted too long, is a dead letter; what nobody can say is left to a person.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from .. import notify, store
from ..config.load import secret
from ..config.settings import Settings
from ..config.telling import QuietSettings
from ..digest import render
from ..digest.page import Page
from ..errors import ConfigError, NotifyError, NotifyRefused, NotifyUnsure

ATTEMPTS = 8  # over about half a day
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
NO_PICTURES: Mapping[str, bytes] = {}
STALE = {  # older news help nobody
    "alert": timedelta(hours=12),
    "digest": timedelta(days=2),
    "week": timedelta(days=4),
    "escalation": timedelta(days=1),
    "ticket": timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    name: str
    address_env: str
    language: str
    quiet: QuietSettings | None


def recipients(settings: Settings, what: str) -> Iterator[Recipient]:
    """Who is to get this, `[[notify]]` first; `digest.send_to_env` names more for the digest."""
    language = settings.digest.languages[0]
    for target in settings.notify:
        if what in target.what:
            yield Recipient(target.name, target.address_env, target.language or language, target.quiet)
    if what == "digest":
        for variable in settings.digest.send_to_env:
            yield Recipient(variable, variable, language, None)


def queue(
    db: store.Database,
    settings: Settings,
    to: Recipient,
    key: str,
    what: str,
    page: Page,
    pictures: Mapping[str, bytes] = NO_PICTURES,
    *,
    now: datetime,
    instead_of: str = "",
    urgent: bool = False,
) -> bool:
    """Put a page into the outbox for one recipient. Inside a transaction. False: it was queued before.

    What is `urgent` does not wait for the end of quiet hours."""
    return store.enqueue(
        db,
        f"{key} {to.name}",
        target=to.name,
        what=what,
        title=page.subject,
        text=render.page_text(page),
        html=render.page_html(page, {name: f"cid:{name}.png" for name in pictures}),
        pictures={f"{name}.png": png for name, png in pictures.items()},
        not_before=to.quiet.over_at(now, settings.zone) if to.quiet and not urgent else now,
        now=now,
        instead_of=instead_of,
    )


def deliver(
    db: store.Database, settings: Settings, *, clock: Callable[[], datetime], stop: Callable[[], bool] = bool
) -> list[str]:
    """Send what is due, each message once. Returns a line for each, for the log. Raises StoreError."""
    store.abandon(db, now=clock())
    lines = []
    for message in store.due(db, now=clock()):
        if stop():
            break
        with suppress(ConfigError):  # is told below. What sends is read in now, before a claim that a crash would leave
            notify.is_known(_address(settings, message.target))
        taken = store.claim(db, message.number, now=clock())
        if taken is None:
            continue
        text, html, pictures = taken
        state, error, retry_at = "sent", None, None
        try:
            if clock() - message.created_at > STALE[message.what]:
                raise NotifyRefused(message.error or f"{message.target}: too old to be news")
            if message.what == "ticket":
                from . import ticketing  # brings an HTTP client, 0.1 s of every command that only reads

                ticketing.deliver(db, settings, message.target, message.number, text, now=clock())
            else:
                brief = "\n\n".join([message.title, *text.split("\n\n")[1:3]])
                target = notify.Target(message.target, _address(settings, message.target))
                key = f"{message.number}.{int(message.created_at.timestamp())}"
                notify.send(target, notify.Message(message.title, brief, html, pictures, text, key))
        except NotifyUnsure as failure:
            state, error = "unknown", str(failure)
        except (NotifyRefused, ConfigError) as failure:
            state, error = "failed", str(failure)
        except NotifyError as failure:
            state, error = ("failed" if message.attempts + 1 >= ATTEMPTS else "pending"), str(failure)
            retry_at = clock() + wait(message.attempts)
        except BaseException:  # a bug, or the end of the program: nobody knows how far it came
            store.settle(
                db, message.number, "unknown", now=clock(), error="the program broke off while it was being sent"
            )
            raise
        store.settle(db, message.number, state, now=clock(), error=error, retry_at=retry_at)
        lines.append(f"{message.key}: {state}{f' ({error})' if error else ''}")
    return lines


def wait(attempts: int) -> timedelta:
    """After so many attempts before this one: twice as long each time, spread so that not all come back at once."""
    return min(FIRST_WAIT * 2.5**attempts, LONGEST_WAIT) * random.uniform(0.7, 1.3)


def _address(settings: Settings, name: str) -> str:
    variable = next((target.address_env for target in settings.notify if target.name == name), name)
    if variable not in {target.address_env for target in settings.notify} | set(settings.digest.send_to_env):
        raise ConfigError(f"{name}: no longer in the config")
    if not (url := secret(variable)):
        raise ConfigError(f"{name}: the environment variable {variable} (or {variable}_FILE) is not set")
    return url

"""Approved replies reach people, each once: what is due, whether it may still go, and what became of it.

An attempt is committed before its request leaves. What nobody can say is looked up on the platform, and only what is
certainly not there is tried again. Nothing is sent in a dry run, nor from the moment on at which somebody says stop.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from .. import store
from ..collect.base import Kept, Outgoing, Standing
from ..collect.replying import Sender, open_sender
from ..config.settings import Settings
from ..domain import PostId
from ..errors import (
    BotError,
    ConfigError,
    LoginFailed,
    RateLimited,
    ReplyForbidden,
    ReplyRefused,
    ReplyUnsure,
    SourceError,
)
from ..pipeline import LOGIN_WAIT, purse_of
from ..reply.policy import WAITING, Facts, Platform, Reason, still
from ..store import sending
from ..store.sending import Caps, Sending
from .drafting import Desk
from .outbox import wait

ATTEMPTS = 6

Open = Callable[[Settings, str, store.Database, Callable[[], datetime]], Sender]


@dataclass
class Sent:
    """What a run did: a line for each reply that is no longer where it was, for the log."""

    lines: list[str] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)  # by why

    def told(self, reply: Sending, outcome: str) -> None:
        self.lines.append(f"reply {reply.number} ({reply.source}): {outcome}")

    def waits(self, why: str) -> None:
        self.waiting[why] = self.waiting.get(why, 0) + 1


def sender_of(settings: Settings, source: str, db: store.Database, clock: Callable[[], datetime]) -> Sender:
    """The account of a source, with a purse where its platform bills. Raises ConfigError, LoginFailed."""
    for each in settings.sources:
        if each.name == source:
            return open_sender(each, purse_of(each, db, clock), clock)
    raise ConfigError(f"{source}: no longer in the config")


def may_send(settings: Settings) -> bool:
    return settings.reply.enabled and not settings.dry_run


def send_replies(
    db: store.Database,
    desk: Desk,
    *,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = bool,
    numbers: tuple[int, ...] = (),
    open_: Open = sender_of,
) -> Sent:
    """Look for what is unknown, then send what is approved and due (of `numbers`, if any). Raises StoreError.

    A platform in trouble holds up only its own replies.
    """
    done = Sent()
    sending.abandon_sendings(db, now=clock())
    if not may_send(desk.settings):
        return done
    with ExitStack() as stack:
        run = _Run(db, desk, clock, done, open_, stack)
        for state, step in (("unknown", run.find), ("approved", run.send)):
            for reply in sending.due_sendings(db, state, now=clock(), numbers=numbers):
                if stop():
                    return done
                run.guarded(step, reply)
    return done


class _Run:
    """One run: an account opened once for each source, and the sources that are left alone from now on."""

    def __init__(
        self, db: store.Database, desk: Desk, clock: Callable[[], datetime], done: Sent, open_: Open, stack: ExitStack
    ) -> None:
        self.db, self.desk, self.clock, self.done, self.open_, self.stack = db, desk, clock, done, open_, stack
        self.senders: dict[str, Sender] = {}
        self.left_alone: set[str] = set()

    def guarded(self, step: Callable[[Sending], None], reply: Sending) -> None:
        """Trouble of a whole platform holds up all its replies, and no others."""
        halted = {halt.source for halt in sending.halts(self.db)}
        if halted & {sending.EVERYWHERE, reply.source}:
            self.done.waits("stopped: `brennpunkt replies resume` lets them go")
            return
        waits_until = store.next_allowed_at(self.db, reply.source)
        if reply.source in self.left_alone or (waits_until and waits_until > self.clock()):
            self.done.waits("the platform asked us to wait, or does not answer")
            return
        try:
            step(reply)
        except ReplyRefused as error:  # what is answered cannot be found any more
            self._settle(reply, "failed", was=reply.state, error=str(error))
        except (SourceError, ConfigError) as error:
            self.left_alone.add(reply.source)
            until = _again_at(error, reply.attempts, self.clock())
            with store.transaction(self.db):
                sending.postpone(self.db, reply.source, until, str(error))
            self.done.told(reply, f"waits until {until:%H:%M} UTC ({error})")

    def find(self, reply: Sending) -> None:
        """What became of a reply that nobody can say anything of? Tried again only if it is certainly not there."""
        sender, was = self._sender(reply), reply.state
        if not reply.native:
            self.done.waits("unknown, and the post is gone: look at the account")
            return
        if reply.tried_at and self.clock() < reply.tried_at + sender.lag:
            self.done.waits("looked for in a moment")
            return
        standing = sender.look(_outgoing(reply))
        if standing.mine:
            self._settle(reply, "sent", was=was, native=standing.mine, forbidden=False)
        elif not standing.there:
            self._settle(reply, "withdrawn", was=was, reason=Reason.GONE)
        elif reply.attempts >= ATTEMPTS:
            self._settle(reply, "failed", was=was, error="certainly not posted, after many attempts")
        else:
            again_at = self.clock() + wait(reply.attempts)
            self._settle(reply, "approved", was=was, error="certainly not posted, tried again", retry_at=again_at)

    def send(self, reply: Sending) -> None:
        now, was = self.clock(), reply.state
        caps = _caps(self.desk, now)
        against = still(_facts(self.db, self.desk, reply, caps), self.desk.manners, at=reply.at, now=now)
        if against in WAITING:
            self.done.waits(self.desk.texts["en"]["reasons"][against])
            return
        if against:
            self._settle(reply, "withdrawn", was=was, reason=against)
            return
        sender, outgoing = self._sender(reply), _outgoing(reply)
        standing = sender.look(outgoing)
        if standing.mine and reply.attempts:
            self._settle(reply, "sent", was=was, native=standing.mine, forbidden=False)
        elif standing.mine:
            self._settle(reply, "withdrawn", was=was, reason=Reason.ANSWERED)
        elif not standing.there:
            self._settle(reply, "withdrawn", was=was, reason=Reason.GONE)
        elif not standing.open:
            self._settle(reply, "withdrawn", was=was, reason=Reason.CLOSED)
        elif sending.claim_sending(self.db, reply, caps=caps, now=self.clock()):
            self._post(sender, reply, outgoing, standing)

    def _post(self, sender: Sender, reply: Sending, outgoing: Outgoing, standing: Standing) -> None:
        state, error = "unknown", "the program broke off while it was being sent"
        native, retry_at, forbidden = None, None, None
        try:
            native = sender.send(outgoing, standing)
            state, error, forbidden = "sent", "", False
        except ReplyUnsure as failure:
            error, retry_at = str(failure), self.clock() + sender.lag
        except ReplyRefused as failure:
            state, error, forbidden = "failed", str(failure), isinstance(failure, ReplyForbidden) or None
        except (SourceError, ConfigError) as failure:  # certainly not posted
            state, error = ("failed" if reply.attempts + 1 >= ATTEMPTS else "approved"), str(failure)
            raise
        finally:  # after a bug, too, and when the program ends: nobody knows how far it came
            self._settle(
                reply, state, was="sending", native=native, error=error, retry_at=retry_at, forbidden=forbidden
            )

    def _settle(
        self,
        reply: Sending,
        state: str,
        *,
        was: str,
        native: str | None = None,
        reason: Reason | None = None,
        error: str = "",
        retry_at: datetime | None = None,
        forbidden: bool | None = None,  # None: it says nothing of what the platform allows
    ) -> None:
        with store.transaction(self.db):
            if not sending.settle_sending(
                self.db,
                reply.number,
                state,
                was=was,
                native=native,
                reason=reason,
                error=error or None,
                retry_at=retry_at,
            ):
                return
            now = self.clock()
            store.note(self.db, f"reply {state}", actor="daemon", now=now, posts=1, detail=f"reply {reply.number}")
            halted = forbidden is not None and sending.note_forbidden(self.db, reply.source, again=forbidden, now=now)
        why = self.desk.texts["en"]["reasons"][reason] if reason else error
        self.done.told(reply, f"{state}{f' ({why})' if why else ''}")
        if halted:
            self.done.told(reply, f"{sending.FORBIDDEN_MOST} refusals in a row: nothing more is sent there")

    def _sender(self, reply: Sending) -> Sender:
        """Raises ConfigError where the profile does not say that a program writes: then it must not."""
        sender = self.senders.get(reply.source)
        if sender is None:
            sender = self.open_(self.desk.settings, reply.source, self.db, self.clock)
            self.stack.callback(sender.close)
            if missing := sender.undisclosed():
                raise ConfigError(f"the account of {reply.source} {missing}")
            self.senders[reply.source] = sender
        return sender


def outlook(db: store.Database, desk: Desk, *, now: datetime, numbers: tuple[int, ...] = ()) -> Iterator[str]:
    """What a run would do, a line a reply, as far as it can be said without asking a platform."""
    caps = _caps(desk, now)
    for reply in sending.due_sendings(db, "approved", now=now, numbers=numbers):
        against = still(_facts(db, desk, reply, caps), desk.manners, at=reply.at, now=now)
        what = desk.texts["en"]["reasons"][against] if against else f"would be sent: {reply.text}"
        yield f"reply {reply.number} ({reply.source}): {what}"


def _outgoing(reply: Sending) -> Outgoing:
    to = Kept(PostId(reply.source, reply.native), reply.local)
    return Outgoing(to, reply.text, reply.lang, reply.made_at, reply.key, since=reply.at)


def _caps(desk: Desk, now: datetime) -> Caps:
    zone, manners = desk.settings.zone, desk.manners
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    return Caps(now - timedelta(hours=1), manners.hourly_cap, midnight, manners.daily_cap)


def _facts(db: store.Database, desk: Desk, reply: Sending, caps: Caps) -> Facts:
    known = sending.known_before_sending(db, reply, caps=caps)
    return Facts(
        platform=Platform(reply.platform) if desk.platform(reply.source) else None,
        made_up=known.made_up,
        suppressed=known.suppressed,
        opted_out=known.opted_out,
        answered=known.answered,
        last_reply_at=known.last_reply_at,
        this_hour=known.this_hour,
        this_day=known.this_day,
    )


def _again_at(error: BotError, attempts: int, now: datetime) -> datetime:
    if isinstance(error, RateLimited) and error.retry_at and error.retry_at > now:
        return error.retry_at
    return now + (LOGIN_WAIT if isinstance(error, LoginFailed | ConfigError) else wait(attempts))

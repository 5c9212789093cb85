"""Approved replies on their way: approved → sending → sent | failed | unknown, each step a transaction of its own.

`sending` is committed before the first byte leaves. What died in between, or lost its answer, is `unknown`: the platform
is looked at before anything else is done with it. Whether anything may be sent at all is read in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .audit import note
from .database import Database, instant, iso, same_key, transaction
from .drafts import Known

EVERYWHERE = ""  # among the senders: all of them
FORBIDDEN_MOST = 3  # refusals in a row after which a source's account sends nothing until a person says so
# A `sending` this old belongs to a process that died: no attempt takes half as long.
ABANDONED = timedelta(minutes=5)
_UNDERWAY = "('sending', 'sent', 'unknown')"


@dataclass(frozen=True, slots=True)
class Sending:
    """An approved draft, or one whose fate is unknown."""

    number: int
    post: int
    state: str  # approved, unknown
    source: str
    platform: str
    native: str  # of the post that is answered; "": gone
    local: str  # what the server we asked calls that post; "": by `native`
    text: str  # "": gone with the post's
    lang: str
    at: datetime  # the post counts at
    made_at: datetime
    by: str  # who approved it
    attempts: int
    tried_at: datetime | None  # the last attempt. None: none yet
    key: str  # the post's, an HMAC: the same for every attempt, and on every restored backup


@dataclass(frozen=True, slots=True)
class Halt:
    """Somebody, or the platform, stopped us from sending."""

    source: str  # EVERYWHERE, or one
    since: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Caps:
    """How many replies may have been tried since these instants."""

    hour: datetime
    hourly: int
    day: datetime
    daily: int


def due_sendings(db: Database, state: str, *, now: datetime, numbers: tuple[int, ...] = ()) -> list[Sending]:
    """Drafts in this state whose time has come, those decided first at the front; or, whatever their time, these numbers.

    What a person sends by hand is none of ours.
    """
    chosen = f" AND d.id IN ({','.join('?' * len(numbers))})" if numbers else ""
    rows = db.execute(
        "SELECT d.id, d.post, d.state, p.source, d.platform, coalesce(p.native, ''), coalesce(r.local, ''),"
        " coalesce(d.text, ''), d.lang, p.at, d.made_at, coalesce(d.decided_by, ''), coalesce(s.attempts, 0), s.tried_at, p.key"
        " FROM drafts d JOIN posts p ON p.id = d.post LEFT JOIN sendings s ON s.draft = d.id"
        " LEFT JOIN rechecks r ON r.post = p.id WHERE d.state = ? AND d.way IN ('approval', 'automatic')"
        f" AND (? OR coalesce(s.not_before, '') <= ?){chosen} ORDER BY d.decided_at, d.id",
        [state, bool(numbers), iso(now), *numbers],
    ).fetchall()
    found = [list(row) for row in rows]
    for row in found:
        row[9], row[10], row[13] = instant(row[9]), instant(row[10]), row[13] and instant(row[13])
    return [Sending(*row) for row in found]


def known_before_sending(db: Database, sending: Sending, *, caps: Caps) -> Known:
    """What speaks against it by now: as when it was drafted, but of replies only those that were tried count."""
    row = db.execute(
        "SELECT coalesce((SELECT made_up FROM sources WHERE name = p.source), 0),"
        " p.author IN (SELECT key FROM suppressed) OR p.key IN (SELECT key FROM suppressed),"
        " p.author IN (SELECT author FROM opt_outs),"
        " EXISTS (SELECT 1 FROM drafts d CROSS JOIN findings g ON g.post = d.post"
        f"  WHERE d.state IN {_UNDERWAY} AND d.post <> p.id AND g.cluster = f.cluster),"
        " (SELECT max(coalesce(s.tried_at, d.decided_at)) FROM drafts d LEFT JOIN sendings s ON s.draft = d.id"
        f"  WHERE d.state IN {_UNDERWAY} AND d.post IN (SELECT id FROM posts WHERE author = p.author AND id <> p.id)),"
        " (SELECT count(*) FROM sendings WHERE tried_at > ? AND draft <> ?),"
        " (SELECT count(*) FROM sendings WHERE tried_at >= ? AND draft <> ?)"
        " FROM posts p LEFT JOIN findings f ON f.post = p.id WHERE p.id = ?",
        [iso(caps.hour), sending.number, iso(caps.day), sending.number, sending.post],
    ).fetchone()
    made_up, suppressed, opted_out, answered, last, this_hour, this_day = row
    return Known(
        made_up=bool(made_up),
        suppressed=bool(suppressed),
        opted_out=bool(opted_out),
        answered=bool(answered),
        last_reply_at=instant(last) if last else None,
        warned=False,
        closed=False,
        this_hour=this_hour,
        this_day=this_day,
    )


def claim_sending(db: Database, sending: Sending, *, caps: Caps, now: datetime) -> bool:
    """Commit that it is being sent, before it is. False: somebody else has it, it was changed, withdrawn or halted, the
    author opted out, or the caps are reached, all as of this very moment.
    """
    with transaction(db):
        same_key(db)
        taken = db.execute(
            "UPDATE drafts SET state = 'sending' WHERE id = ? AND state = 'approved' AND text = ?"
            " AND NOT EXISTS (SELECT 1 FROM senders WHERE source IN ('', ?) AND halted_at IS NOT NULL)"
            " AND NOT EXISTS (SELECT 1 FROM posts p JOIN opt_outs o ON o.author = p.author WHERE p.id = drafts.post)"
            " AND (SELECT count(*) FROM sendings WHERE tried_at > ? AND draft <> drafts.id) < ?"
            " AND (SELECT count(*) FROM sendings WHERE tried_at >= ? AND draft <> drafts.id) < ?",
            [
                *(sending.number, sending.text, sending.source),
                *(iso(caps.hour), caps.hourly, iso(caps.day), caps.daily),
            ],
        ).rowcount
        if taken:
            db.execute(
                "INSERT INTO sendings (draft, attempts, tried_at) VALUES (?, 1, ?) ON CONFLICT (draft)"
                " DO UPDATE SET attempts = attempts + 1, tried_at = excluded.tried_at, not_before = NULL",
                [sending.number, iso(now)],
            )
    return bool(taken)


def settle_sending(
    db: Database,
    number: int,
    state: str,
    *,
    was: str,
    native: str | None = None,
    reason: str | None = None,
    error: str | None = None,
    retry_at: datetime | None = None,
) -> bool:
    """What became of a reply that was in the state `was`, inside a transaction. False: by now it is in another.

    One that was declared unknown meanwhile may still turn out sent; nothing is approved again behind anybody's back. Where
    the post was deleted meanwhile there is nothing left to send again.
    """
    also = "unknown" if state == "sent" else was
    done = db.execute(
        "UPDATE drafts SET state = iif(? = 'approved' AND text IS NULL, 'withdrawn', ?), reason = coalesce(?, reason)"
        " WHERE id = ? AND state IN (?, ?)",
        [state, state, reason, number, was, also],
    ).rowcount
    if done:
        db.execute(
            "INSERT INTO sendings (draft, attempts, not_before, native, error) VALUES (?, 0, ?, ?, ?) ON CONFLICT (draft)"
            " DO UPDATE SET not_before = excluded.not_before,"
            " native = coalesce(excluded.native, native), error = excluded.error",
            [number, iso(retry_at) if retry_at else None, native, error],
        )
    return bool(done)


def postpone(db: Database, source: str, until: datetime, error: str) -> None:
    """Nothing of a source is tried before `until`: its platform asked to wait, or does not let us in. Inside a transaction."""
    db.execute(
        "INSERT INTO sendings (draft, attempts, not_before, error) SELECT d.id, 0, ?, ? FROM drafts d"
        " JOIN posts p ON p.id = d.post WHERE d.state IN ('approved', 'unknown') AND p.source = ?"
        " ON CONFLICT (draft) DO UPDATE SET not_before = excluded.not_before, error = excluded.error",
        [iso(until), error, source],
    )


def abandon_sendings(db: Database, *, now: datetime) -> int:
    """Replies whose sender died on the way become `unknown`. Returns how many."""
    with transaction(db):
        return db.execute(
            "UPDATE drafts SET state = 'unknown' WHERE state = 'sending'"
            " AND id IN (SELECT draft FROM sendings WHERE tried_at < ?)",
            [iso(now - ABANDONED)],
        ).rowcount


def note_forbidden(db: Database, source: str, *, again: bool, now: datetime) -> bool:
    """Count a refusal by which the platform forbids what we do, or forget them after a reply that went through.

    Inside a transaction. True: that was one too many, the source's account is halted.
    """
    db.execute(
        "INSERT INTO senders (source, forbidden) VALUES (?, ?) ON CONFLICT (source)"
        " DO UPDATE SET forbidden = iif(?, forbidden + 1, 0)",
        [source, int(again), again],
    )
    (count,) = db.execute("SELECT forbidden FROM senders WHERE source = ?", [source]).fetchone()
    if count >= FORBIDDEN_MOST:
        halt(db, source, by="daemon", why=f"the platform forbade {count} replies in a row", now=now)
    return bool(count >= FORBIDDEN_MOST)


def halt(db: Database, source: str, *, by: str, why: str, now: datetime) -> None:
    """Send nothing more for a source, or EVERYWHERE, from this transaction on."""
    note(db, "replies stopped", actor=by, now=now, detail=source or None)
    db.execute(
        "INSERT INTO senders VALUES (?, 0, ?, ?, ?) ON CONFLICT (source)"
        " DO UPDATE SET halted_at = excluded.halted_at, halted_by = excluded.halted_by, why = excluded.why",
        [source, iso(now), by, why],
    )


def resume(db: Database, source: str, *, by: str, now: datetime) -> bool:
    """A person lets a source, or EVERYWHERE, send again. Inside a transaction. False: it was not halted."""
    done = db.execute(
        "UPDATE senders SET forbidden = 0, halted_at = NULL, halted_by = NULL, why = NULL"
        " WHERE source = ? AND halted_at IS NOT NULL",
        [source],
    ).rowcount
    if done:
        note(db, "replies resumed", actor=by, now=now, detail=source or None)
    return done > 0


def halts(db: Database) -> list[Halt]:
    """EVERYWHERE first."""
    rows = db.execute(
        "SELECT source, halted_at, halted_by, why FROM senders WHERE halted_at IS NOT NULL ORDER BY source"
    )
    return [Halt(source, instant(since), by, why) for source, since, by, why in rows]

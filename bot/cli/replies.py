"""Replies as people handle them: see what is drafted, let it go, change it, dismiss it. `sending` has what follows."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from .base import Session, actor_of_shell, as_json_option, dry_run_option, plain, utc_now

if TYPE_CHECKING:
    from .. import store
    from ..config.settings import Settings
    from ..reply.texts import Texts
    from ..store.drafts import Reply

STATES = ("draft", "approved", "sending", "sent", "failed", "unknown", "skipped", "withdrawn")


@click.group("replies")
def replies() -> None:
    """Handle drafted replies. While `dry_run` is true in the config nothing is sent.

    Example: brennpunkt replies list
    """


@replies.command("plan")
@click.option("--dry-run", is_flag=True, help="Decide and count, store nothing; works while replies are switched off.")
@click.pass_obj
def plan(session: Session, dry_run: bool) -> None:
    """Decide about all findings that are new, and read what people said to our replies, as the daemon does every minute.

    Example: brennpunkt replies plan --dry-run
    """
    from ..errors import ConfigError
    from ..jobs import conversations, drafting

    settings = session.settings
    if not (settings.reply.enabled or dry_run):
        raise ConfigError("replies are switched off: reply.enabled in the config; --dry-run shows what they would be")
    db = session.open(settings, write=True)
    desk = drafting.open_desk(settings, session.judge(settings))
    done = drafting.draft_replies(db, desk, now=utc_now(), keep=not dry_run)
    click.echo(("Would decide: " if dry_run else "Decided: ") + drafting.describe(done, desk.texts["en"]) + ".")
    if not dry_run and (heard := conversations.read_answers(db, desk, now=utc_now())).kinds:
        click.echo(f"Answers to replies: {heard}.")


@replies.command("list")
@click.option("--state", type=click.Choice([*STATES, "all"]), default="draft", show_default=True, help="Which ones.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many to show.")
@as_json_option
@click.pass_obj
def list_(session: Session, state: str, limit: int, as_json: bool) -> None:
    """List drafts, what a person must read at once first; then why others got none, in the last seven days.

    Example: brennpunkt replies list --state skipped
    """
    from ..store import drafts

    settings = session.settings
    db = session.open(settings, write=False)
    wanted = STATES if state == "all" else ("draft", "skipped") if state == "draft" else (state,)
    found = [
        reply
        for reply in drafts.replies(db, states=wanted, limit=limit)
        if state != "draft" or reply.state == "draft" or reply.reason == "sensitive"
    ]
    if as_json:
        click.echo(json.dumps([_row(reply) for reply in found], ensure_ascii=False, indent=2))
        return
    texts = _texts()["en"]
    for reply in found:
        click.echo(f"{reply.number:>5}  {reply.state:<9} {reply.source:<18} {_why(reply, texts)}")
        click.echo(f"       “{plain(reply.said or 'gone')[:100]}”")
        if reply.error:
            click.echo(f"       {plain(reply.error)}")
    if not found:
        click.echo("None.")
    for name, reason, count in drafts.outcomes(db, since=utc_now() - timedelta(days=7)):
        click.echo(f"{count:,} {name}" + (f": {texts['reasons'][reason]}" if reason else ""), err=True)
    click.echo(mode(settings, db), err=True)


@replies.command("show")
@click.argument("number", type=int)
@as_json_option
@click.pass_obj
def show(session: Session, number: int, as_json: bool) -> None:
    """Show the post, the reply drafted to it, and how long it is there.

    Example: brennpunkt replies show 12
    """
    from ..reply.policy import Platform
    from ..reply.texts import limit, measure

    settings = session.settings
    db = session.open(settings, write=False)
    reply = find(db, number)
    if as_json:
        click.echo(json.dumps(_row(reply), ensure_ascii=False, indent=2))
        return
    why = _why(reply, _texts()["en"])
    click.echo(f"{reply.state}{f', {why}' if why else ''}; drafted {reply.made_at:%Y-%m-%d %H:%M} UTC")
    if reply.decided_by and reply.decided_at:
        click.echo(f"by {plain(reply.decided_by)}, {reply.decided_at:%Y-%m-%d %H:%M} UTC")
    click.echo(f"\npost   {plain(reply.said or 'gone')}\n       {plain(reply.url or '')}")
    if reply.text and reply.platform:
        platform = Platform(reply.platform)
        room = limit(platform, settings.reply.mastodon_limit)
        click.echo(
            f"\nreply  {reply.text}\n       {measure(reply.text, platform)} of {room or 'any number of'} characters"
        )
        if reply.way == "by_hand":
            click.echo(f"       send it by hand: {_intent(reply)}")
    if reply.attempts or reply.error:
        again = f"; again from {reply.retry_at:%Y-%m-%d %H:%M} UTC" if reply.retry_at else ""
        click.echo(f"\nsent   attempts: {reply.attempts}{again}{f': {plain(reply.error)}' if reply.error else ''}")
    click.echo(mode(settings, db), err=True)


@replies.command("approve")
@click.argument("numbers", type=int, nargs=-1, required=True)
@dry_run_option
@click.pass_obj
def approve(session: Session, numbers: tuple[int, ...], dry_run: bool) -> None:
    """Let drafts go, and what failed once more. The daemon sends them within a minute, or `replies send`; in a dry run nobody.

    Example: brennpunkt replies approve 12 13
    """
    settings = session.settings
    db = session.open(settings, write=not dry_run)
    for number in numbers:
        change(db, number, "approved", dry_run)
        reply = find(db, number)
        if reply.way == "by_hand":
            click.echo(f"Send it by hand: {_intent(reply)}")
            click.echo(f"Then: brennpunkt replies sent {number}")
    click.echo(mode(settings, db), err=True)


@replies.command("edit")
@click.argument("number", type=int)
@click.argument("text", required=False)
@click.option("--dry-run", is_flag=True, help="Check the text, change nothing.")
@click.pass_obj
def edit(session: Session, number: int, text: str | None, dry_run: bool) -> None:
    """Replace a draft's words by TEXT, or without it in your editor. It waits for approval again.

    Example: brennpunkt replies edit 12 "Danke! In welchem Stadtteil? (Automatische Antwort, „Stopp“ genügt.)"
    """
    from ..errors import InputError
    from ..reply.policy import Platform
    from ..reply.texts import complaints

    settings = session.settings
    db = session.open(settings, write=not dry_run)
    reply = find(db, number)
    if reply.text is None or reply.platform is None:
        raise InputError(f"reply {number} has no text to change: it is {reply.state}")
    changed = (text or click.edit(reply.text) or "").strip()
    if not changed:
        raise InputError("no text given, nothing is changed")
    wrong = complaints(changed, Platform(reply.platform), _texts()[reply.lang], settings.reply.mastodon_limit)
    if wrong:
        raise InputError(f"reply {number} is left as it was; the new text is or has: {'; '.join(wrong)}")
    change(db, number, "draft", dry_run, text=changed)


@replies.command("skip")
@click.argument("numbers", type=int, nargs=-1, required=True)
@dry_run_option
@click.pass_obj
def skip(session: Session, numbers: tuple[int, ...], dry_run: bool) -> None:
    """Dismiss drafts, approved ones and what failed, too.

    Example: brennpunkt replies skip 12
    """
    db = session.open(session.settings, write=not dry_run)
    for number in numbers:
        change(db, number, "skipped", dry_run)


@replies.command("known")
@click.argument("city", required=False)
@click.option("--district", help="Only this district.")
@click.option("--hours", type=click.IntRange(0, 168), default=12, show_default=True, help="How long; 0: it is over.")
@dry_run_option
@click.pass_obj
def known(session: Session, city: str | None, district: str | None, hours: int, dry_run: bool) -> None:
    """Confirm a fault in CITY, so that replies to people there say so; without CITY list what is confirmed.

    Example: brennpunkt replies known Köln --district Deutz --hours 6
    """
    from .. import store
    from ..config.judge import load_gazetteer_of
    from ..errors import InputError
    from ..locate.hints import find_places
    from ..store import drafts
    from ..text import tokenize

    settings, now = session.settings, utc_now()
    if city:
        meant = find_places(tokenize(f"in {city}"), load_gazetteer_of(settings))
        if not meant or not meant[0].city:
            raise InputError(f"no city is called {city!r} in the gazetteer")
        city = meant[0].city
    db = session.open(settings, write=bool(city) and not dry_run)
    if city and not dry_run:
        with store.transaction(db):
            if hours:
                drafts.add_fault(db, city, district, until=now + timedelta(hours=hours), by=actor_of_shell(), now=now)
            else:
                drafts.end_fault(db, city, district, now=now)
            store.note(db, "known fault", actor=actor_of_shell(), now=now, detail=f"{city}, {hours} hours")
    for fault in drafts.faults(db, now=now):
        place = ", ".join(part for part in (fault.city, fault.district) if part)
        click.echo(f"{place}, until {fault.until:%Y-%m-%d %H:%M} UTC, confirmed by {fault.approved_by}")


def change(db: store.Database, number: int, state: str, dry_run: bool, text: str | None = None) -> None:
    """Compare and set, so that two people or the daemon do not undo each other. Raises InputError."""
    from ..errors import InputError
    from ..store import drafts

    reply = find(db, number)
    changed = reply.state in drafts.STEPS[state] and reply.text is not None
    if changed and not dry_run:
        changed = drafts.decide(db, number, state, by=actor_of_shell(), now=utc_now(), text=text)
    if not changed:
        raise InputError(
            f"reply {number} is {reply.state}, so it cannot be {state}; `brennpunkt replies show {number}`"
        )
    click.echo(f"Reply {number} {'would be' if dry_run else 'is'} {state}.")


def find(db: store.Database, number: int) -> Reply:
    from ..errors import InputError
    from ..store import drafts

    if found := drafts.replies(db, number=number):
        return found[0]
    raise InputError(f"there is no reply {number}; `brennpunkt replies list` shows the numbers")


def mode(settings: Settings, db: store.Database) -> str:
    """Whether replies are sent at all, for whoever looks at them."""
    from ..store import sending

    if settings.dry_run:
        return "Dry run: nothing is sent; approved replies stay here."
    if not settings.reply.enabled:
        return "Replies are switched off (reply.enabled in the config): nothing is sent."
    if stopped := sending.halts(db):
        return "; ".join(
            f"Stopped {f'for {each.source} ' if each.source else ''}since {each.since:%Y-%m-%d %H:%M} UTC by {each.by}"
            f" ({plain(each.why)}): `brennpunkt replies resume{f' {each.source}' if each.source else ''}`"
            for each in stopped
        )
    return "Live: the daemon sends approved replies within a minute, `brennpunkt replies send` at once."


def _intent(reply: Reply) -> str:
    """Where a person sends it: X takes the words along, elsewhere they are copied."""
    if reply.platform == "x" and reply.native:
        return "https://x.com/intent/post?" + urlencode({"in_reply_to": reply.native, "text": reply.text or ""})
    return reply.url or "the post is gone"


def _why(reply: Reply, texts: Texts) -> str:
    told = [texts["ways"][reply.way]] if reply.way and reply.state in ("draft", "approved") else []
    return "; ".join(told + ([texts["reasons"][reply.reason]] if reply.reason else []))


def _row(reply: Reply) -> dict[str, Any]:
    link = _intent(reply) if reply.way == "by_hand" else None
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in asdict(reply).items()} | {"by_hand": link}


def _texts() -> dict[str, Any]:
    from ..jobs.drafting import load_texts

    return load_texts()

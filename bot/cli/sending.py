"""Replies on their way: send them, say what became of them, stop and let go again."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from .base import Session, actor_of_shell, as_json_option, dry_run_option, plain, utc_now
from .replies import change, mode, replies


@replies.command("send")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--dry-run", is_flag=True, help="Say what would be sent; asks no platform.")
@click.pass_obj
def send(session: Session, numbers: tuple[int, ...], dry_run: bool) -> None:
    """Send approved replies now, all or these NUMBERS, and look for those of which nobody knows whether they were sent.

    Each is looked for on its platform before. NUMBERS are tried at once, even if their next attempt is due later.
    With `dry_run` true in the config nothing is sent.

    Example: brennpunkt replies send --dry-run
    """
    from ..jobs import drafting, sending

    settings = session.settings
    dry_run = dry_run or not sending.may_send(settings)
    db = session.open(settings, write=not dry_run)
    desk = drafting.open_desk(settings, session.judge(settings))
    if dry_run:
        for line in sending.outlook(db, desk, now=utc_now(), numbers=numbers):
            click.echo(line)
    else:
        done = sending.send_replies(db, desk, clock=utc_now, numbers=numbers)
        for line in done.lines:
            click.echo(line)
        for why, count in done.waiting.items():
            click.echo(f"{count:,} wait: {why}")
    click.echo(mode(settings, db), err=True)


@replies.command("sent")
@click.argument("numbers", type=int, nargs=-1, required=True)
@dry_run_option
@click.pass_obj
def sent(session: Session, numbers: tuple[int, ...], dry_run: bool) -> None:
    """Say that you sent these replies yourself, or saw that they are there: nobody is answered twice.

    Example: brennpunkt replies sent 12
    """
    db = session.open(session.settings, write=not dry_run)
    for number in numbers:
        change(db, number, "sent", dry_run)


@replies.command("answers")
@click.option("--all", "every", is_flag=True, help="Also what needs nobody, or was seen to.")
@click.option("--done", type=int, multiple=True, help="You have seen to the answer of this number.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many to show.")
@as_json_option
@click.option("--dry-run", is_flag=True, help="Change nothing.")
@click.pass_obj
def answers(session: Session, every: bool, done: tuple[int, ...], limit: int, as_json: bool, dry_run: bool) -> None:
    """List what people said to our replies and a person should read. Places and "stop" are seen to without you.

    Example: brennpunkt replies answers --done 4711
    """
    from .. import store
    from ..errors import InputError
    from ..jobs.drafting import load_texts
    from ..store import answers as stored

    db = session.open(session.settings, write=bool(done) and not dry_run)
    for number in () if dry_run else done:
        with store.transaction(db):
            seen = stored.close_answer(db, number, by=actor_of_shell(), now=utc_now())
        if not seen:
            raise InputError(f"answer {number} does not wait for anybody; `brennpunkt replies answers --all`")
    found = stored.answers(db, open_only=not every, limit=limit)
    if as_json:
        click.echo(
            json.dumps([asdict(each) | {"at": each.at.isoformat()} for each in found], ensure_ascii=False, indent=2)
        )
        return
    kinds = load_texts()["en"]["answers"]
    for each in found:
        state = (
            "waits for you"
            if each.needs
            else f"seen to by {plain(each.closed_by)}"
            if each.closed_by
            else "needs nothing"
        )
        click.echo(f"{each.post:>5}  {each.at:%Y-%m-%d %H:%M}  to reply {each.reply}: {kinds[each.kind]}; {state}")
        click.echo(f"       “{plain(each.text or 'gone')[:200]}” {plain(each.url or '')}")
    if not found:
        click.echo("None.")


@replies.command("stop")
@click.argument("source", required=False)
@click.option("--why", default="", help="For those who wonder later.")
@dry_run_option
@click.pass_obj
def stop(session: Session, source: str | None, why: str, dry_run: bool) -> None:
    """Send nothing more, everywhere or from the account of SOURCE. Works at once, in a running daemon, too.

    Example: brennpunkt replies stop --why "wrong text"
    """
    from .. import store
    from ..store import sending

    db = session.open(session.settings, write=not dry_run)
    if not dry_run:
        with store.transaction(db):
            sending.halt(db, _known(session, source), by=actor_of_shell(), why=why or "a person said so", now=utc_now())
    click.echo("Nothing would be sent any more." if dry_run else "Nothing is sent any more.")


@replies.command("resume")
@click.argument("source", required=False)
@dry_run_option
@click.pass_obj
def resume(session: Session, source: str | None, dry_run: bool) -> None:
    """Let replies go again, after `stop` or after a platform forbade too many in a row.

    Example: brennpunkt replies resume
    """
    from .. import store
    from ..store import sending

    settings = session.settings
    db = session.open(settings, write=not dry_run)
    if not dry_run:
        with store.transaction(db):
            sending.resume(db, _known(session, source), by=actor_of_shell(), now=utc_now())
    click.echo(mode(settings, db))


def _known(session: Session, source: str | None) -> str:
    """Raises InputError."""
    from ..errors import InputError
    from ..store import sending

    names = [each.name for each in session.settings.sources]
    if source is not None and source not in names:
        raise InputError(f"no source is called {source!r}; there are: {', '.join(names)}")
    return source or sending.EVERYWHERE


COMMANDS = (replies,)

"""Commands about cases."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from .base import Session, actor_of_shell, as_json_option, chosen_day, plain, utc_now
from .progress import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..escalate.cases import Case

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def cases() -> None:
    """Follow a hot spot from the first complaints to proof that it is fixed.

    Example: brennpunkt cases list
    """


@cases.command()
@click.argument("day", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be opened, change nothing.")
@click.pass_obj
def look(session: Session, day: str | None, dry_run: bool) -> None:
    """Open cases for hot spots that last, and bring the open ones up to date, as the daemon does; of an archive, at the end of DAY.

    Example: brennpunkt cases look 2011-11-26
    """
    from datetime import UTC, time, timedelta

    from ..digest.cases import happened
    from ..jobs import casework, publishing

    settings, now, words = session.settings, utc_now(), publishing.load_words("en")
    if day:
        midnight = datetime.combine(chosen_day(day, now.date()) + timedelta(days=1), time(0), tzinfo=settings.zone)
        now = min(now, midnight.astimezone(UTC) - timedelta(seconds=1))
    db = session.open(settings, write=not dry_run)
    with shown("Looking at hot spots"):
        changed = casework.look(db, db, settings, now=now, dry_run=dry_run)
    for case, action, why in changed:
        if action:
            click.echo(
                plain(
                    f"{'would ' if dry_run else ''}{action.value} {case.number or ''}  {case.spots[0]}: {happened(why, words)}"
                )
            )
    if not any(action for _, action, _ in changed):
        click.echo("No hot spot has become a case, and none came back.")


@cases.command("list")
@click.option("--all", "every", is_flag=True, help="Also closed and verified ones.")
@as_json_option
@click.pass_obj
def list_(session: Session, every: bool, as_json: bool) -> None:
    """List open cases, most people first.

    Example: brennpunkt cases list --all
    """
    from ..escalate.cases import State
    from ..store.cases import cases as stored

    done = () if every else tuple(state for state in State if state not in (State.CLOSED, State.VERIFIED))
    found = stored(session.open(session.settings, write=False), done)
    if as_json:
        click.echo(json.dumps([asdict(case) for case in found], default=str, ensure_ascii=False, indent=2))
        return
    for case in found:
        places = ", ".join(map(str, case.spots[:3])) + (
            f" and {len(case.spots) - 3} more" if len(case.spots) > 3 else ""
        )
        told = f"{case.number:>5}  {case.state.value:<12} {case.people:>6,} people  {places or case.reason}"
        told += f", {case.spots[0].trouble.value.replace('_', ' ')}" if case.spots else ""
        told += f"; {case.owner}" if case.owner else ""
        click.echo(plain(told + (f"; due {case.due}" if case.due else "")))
    if not found:
        click.echo("None. `brennpunkt cases look` opens one for each hot spot that lasts.")


@cases.command()
@click.argument("number", type=int)
@as_json_option
@click.pass_obj
def show(session: Session, number: int, as_json: bool) -> None:
    """Show case NUMBER with its history, and after it was fixed whether it helped.

    Example: brennpunkt cases show 7
    """
    from ..digest.cases import happened
    from ..escalate.cases import possible
    from ..jobs import casework, publishing
    from ..store.better import answers
    from ..store.cases import get_case, history

    settings = session.settings
    db = session.open(settings, write=False)
    case, events, said = get_case(db, number), history(db, number), answers(db, number)
    effect = casework.effect(db, settings, case, now=utc_now()) if case.fixed_on else None
    if as_json:
        told = {
            "case": asdict(case),
            "history": [asdict(event) for event in events],
            "effect": effect and asdict(effect),
            "better": asdict(said),
        }
        click.echo(json.dumps(told, default=str, ensure_ascii=False, indent=2))
        return
    _show(case)
    words = publishing.load_words("en")
    click.echo(f"possible now: {', '.join(possible(case)) or 'nothing'}")
    for event in events:
        when = event.at.astimezone(settings.zone)
        click.echo(
            plain(
                f"{when:%Y-%m-%d %H:%M}  {event.actor:<12} {event.action.value:<10} {happened(event.facts, words, event.detail)}"
            )
        )
    if said.asked:
        click.echo(f"Better now? {said.asked} people were asked: {said.better} yes, {said.not_better} no.")
    if effect:
        click.echo(f"Did it help? {effect.verdict.value.replace('_', ' ')}: {happened([effect.fact], words)}")


@cases.command("open")
@click.argument("city")
@click.argument("district", required=False, default="")
@click.option("--no-network", is_flag=True, help="No network at all, instead of overload.")
@click.option("--why", default="", help="A line for its history.")
@click.pass_obj
def open_(session: Session, city: str, district: str, no_network: bool, why: str) -> None:
    """Open a case by hand for CITY and DISTRICT, by their official names.

    Example: brennpunkt cases open Köln Deutz --why "the trade fair called"
    """
    from ..config.judge import load_gazetteer_of
    from ..escalate.cases import Trouble
    from ..jobs import casework

    settings = session.settings
    db = session.open(settings, write=True)
    trouble = Trouble.NO_NETWORK if no_network else Trouble.OVERLOAD
    case = casework.open_case(
        db,
        load_gazetteer_of(settings),
        settings,
        city,
        district,
        trouble,
        actor=actor_of_shell(),
        now=utc_now(),
        detail=why,
    )
    _show(case)


def _step(name: str, text: str, *, day: str = "", why_needed: bool = False) -> Callable[..., None]:
    """One command a step: all are alike."""

    @click.argument("number", type=int)
    @click.option("--note", "detail", default="", required=why_needed, help="A line for its history.")
    @click.pass_obj
    def command(
        session: Session, number: int, detail: str, on: datetime | None = None, measure: str | None = None
    ) -> None:
        from ..escalate.cases import Action
        from ..jobs import casework

        db, now = session.open(session.settings, write=True), utc_now().astimezone(session.settings.zone)
        chosen = on.date() if on else None
        action = Action(name.replace("-", "_"))
        _show(casework.act(
            db, number, action, actor=actor_of_shell(), now=now, detail=detail, day=chosen, measure=measure
        ))  # fmt: skip

    if day:
        command = click.option("--day", "on", type=DAY, help=day)(command)
    if name == "plan":
        command = click.option("--measure", help="Of the build-out plan.")(command)
    command.__doc__ = f"{text}\n\n    Example: brennpunkt cases {name} 7" + (' --note "why"' if why_needed else "")
    cases.command(name)(command)
    return command


_step("confirm", "Say that case NUMBER is real and ours.")
_step("hand-over", "Say that the planners have case NUMBER.", day="By when they owe an answer.")
_step("plan", "Say that case NUMBER is planned.", day="By when it will be done.")
_step("start", "Say that work on case NUMBER has begun.")
_step("fix", "Say that case NUMBER is fixed; the complaints will tell.", day="Since when (default: today).")
_step("verify", "Say that case NUMBER is over, as `cases show` told.")
_step("reopen", "Say that case NUMBER is not over.")
_step("close", "End case NUMBER without a fix, and say why.", why_needed=True)


@cases.command()
@click.argument("number", type=int)
@click.argument("text")
@click.pass_obj
def note(session: Session, number: int, text: str) -> None:
    """Write TEXT into the history of case NUMBER. No names of customers, please.

    Example: brennpunkt cases note 7 "waits for the landlord"
    """
    from ..jobs import casework

    casework.note(session.open(session.settings, write=True), number, actor=actor_of_shell(), now=utc_now(), text=text)


@cases.command()
@click.argument("number", type=int)
@click.argument("owner", required=False)
@click.pass_obj
def assign(session: Session, number: int, owner: str | None) -> None:
    """Give case NUMBER to OWNER; without OWNER to nobody.

    Example: brennpunkt cases assign 7 kim
    """
    from ..jobs import casework

    db = session.open(session.settings, write=True)
    _show(casework.assign(db, number, owner, actor=actor_of_shell(), now=utc_now()))


@cases.command()
@click.argument("number", type=int)
@click.argument("day", type=DAY, required=False)
@click.pass_obj
def due(session: Session, number: int, day: datetime | None) -> None:
    """Say by when case NUMBER is to be done; without DAY nobody has said.

    Example: brennpunkt cases due 7 2026-05-01
    """
    from ..jobs import casework

    db = session.open(session.settings, write=True)
    _show(casework.set_due(db, number, day.date() if day else None, actor=actor_of_shell(), now=utc_now()))


@cases.command()
@click.argument("number", type=int)
@click.argument("other", type=int)
@click.pass_obj
def merge(session: Session, number: int, other: int) -> None:
    """Say that case OTHER has the cause of case NUMBER: it ends there, and its places join.

    Example: brennpunkt cases merge 7 9
    """
    from ..jobs import casework

    db = session.open(session.settings, write=True)
    _show(casework.merge_cases(db, number, other, actor=actor_of_shell(), now=utc_now()))


@cases.command()
@click.argument("number", type=int)
@click.argument("places", nargs=-1, required=True)
@click.pass_obj
def split(session: Session, number: int, places: tuple[str, ...]) -> None:
    """Give PLACES of case NUMBER (each "City" or "City/District") a case of their own.

    Example: brennpunkt cases split 7 Köln/Deutz Bonn
    """
    from ..jobs import casework

    db = session.open(session.settings, write=True)
    wanted = [(city, district) for city, _, district in (place.partition("/") for place in places)]
    for case in casework.split_case(db, number, wanted, actor=actor_of_shell(), now=utc_now()):
        _show(case)


@cases.command()
@click.argument("number", type=int)
@click.argument("system")
@click.option("--dry-run", is_flag=True, help="Print what would be handed in; nothing leaves.")
@click.pass_obj
def ticket(session: Session, number: int, system: str, dry_run: bool) -> None:
    """Hand case NUMBER to SYSTEM: a name of [[tickets]], or, as a mail, of [[notify]]. The daemon sends it and reads its status.

    Example: brennpunkt cases ticket 7 planners --dry-run
    """
    from ..jobs import ticketing
    from ..store.cases import get_case

    settings, now = session.settings, utc_now()
    if dry_run:
        body = ticketing.body_of(
            settings,
            ticketing.target_of(settings, system),
            get_case(session.open(settings, write=False), number),
            "KEY",
        )
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    db = session.open(settings, write=True)
    if any(target.name == system for target in settings.notify):
        ticketing.mail(db, settings, number, system, actor=actor_of_shell(), now=now)
    else:
        ticketing.queue(db, settings, number, system, actor=actor_of_shell(), now=now)
    click.echo(
        f"case {number} waits to be sent to {system}; `brennpunkt outbox` and `cases show {number}` tell what became of it."
    )


@cases.command()
@click.pass_obj
def reminders(session: Session) -> None:
    """List cases that want attention: overdue, quiet, louder than when they were handed over, or seen by nobody.

    Example: brennpunkt cases reminders
    """
    from ..jobs import casework

    settings = session.settings
    found = casework.due_reminders(session.open(settings, write=False), settings, now=utc_now())
    for case, reminder, why in found:
        click.echo(plain(f"{case.number:>5}  {reminder.value:<8} {', '.join(map(str, case.spots))}: {why}"))
    if not found:
        click.echo("None.")


def _show(case: Case) -> None:
    places = ", ".join(map(str, case.spots))
    parts: list[Any] = [f"case {case.number}", case.state.value.replace("_", " "), places, f"{case.people} people"]
    parts += [f"owner {case.owner}" if case.owner else "", f"due {case.due}" if case.due else "", case.reason or ""]
    parts += [f"fixed on {case.fixed_on}" if case.fixed_on else "", f"measure {case.measure}" if case.measure else ""]
    click.echo(plain("; ".join(filter(None, parts))))


COMMANDS = (cases,)

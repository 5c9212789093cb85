"""Commands about who is told: escalations within the house, and the public report on the network."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .base import FILE, Session, actor_of_shell, as_json_option, chosen_day, plain, utc_now
from .progress import shown

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def netzbericht() -> None:
    """Make the public report on the network: drafted from confirmed cases, approved by a person.

    Example: brennpunkt netzbericht draft
    """


@netzbericht.command("draft")
@click.argument("day", required=False)
@click.pass_obj
def draft(session: Session, day: str | None) -> None:
    """Draft the report of the weeks up to DAY (default: yesterday) and print it. Nobody else sees it.

    Example: brennpunkt netzbericht draft 2011-11-27
    """
    from ..config.judge import load_gazetteer_of
    from ..jobs import bulletins

    settings = session.settings
    last = chosen_day(day, utc_now().astimezone(settings.zone).date())
    db = session.open(settings, write=True)
    with shown("Adding up"):
        made = bulletins.draft(db, load_gazetteer_of(settings), settings, last, actor=actor_of_shell(), now=utc_now())
    click.echo(bulletins.text_of(db, made, settings, settings.digest.languages[0]))
    click.echo(f"Draft {made.number}; `brennpunkt netzbericht approve {made.number}` lets everybody see it.", err=True)


@netzbericht.command("list")
@as_json_option
@click.pass_obj
def list_reports(session: Session, as_json: bool) -> None:
    """List drafts and public reports, newest first.

    Example: brennpunkt netzbericht list
    """
    from ..store.bulletins import bulletins

    found = bulletins(session.open(session.settings, write=False), public=False)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False, indent=2))
        return
    for one in found:
        counts = ", ".join(f"{count} {colour.value}" for colour, count in one.counts.items())
        state = f"public since {one.approved_at:%Y-%m-%d}, by {one.approved_by}" if one.approved_at else "draft"
        click.echo(plain(f"{one.number:>4}  {one.first} to {one.last}  {counts}; {state}"))
    if not found:
        click.echo("None yet.")


@netzbericht.command("show")
@click.argument("number", type=int, required=False)
@click.option("--lang", type=click.Choice(["de", "en"]), help="Language (default: the first one of the config).")
@click.option("--html", type=FILE, help="Write the page to this file; it prints well.")
@click.option("--csv", "table", type=FILE, help="Write the list to this file.")
@click.pass_obj
def show_report(session: Session, number: int | None, lang: str | None, html: Path | None, table: Path | None) -> None:
    """Print report NUMBER (default: the newest).

    Example: brennpunkt netzbericht show 3 --html bericht.html --csv bericht.csv
    """
    from ..digest.bulletin import bulletin_csv
    from ..jobs import bulletins

    settings = session.settings
    db = session.open(settings, write=False)
    found = bulletins.get(db, number)
    language = lang or settings.digest.languages[0]
    if html:
        html.write_text(bulletins.html_of(db, found, settings, language), encoding="utf-8")
    if table:
        table.write_bytes(bulletin_csv(found.sites))
    click.echo(bulletins.text_of(db, found, settings, language))


@netzbericht.command("approve")
@click.argument("number", type=int)
@click.pass_obj
def approve(session: Session, number: int) -> None:
    """Let everybody see draft NUMBER. It stays as it is from then on.

    Example: brennpunkt netzbericht approve 3
    """
    from ..jobs import bulletins

    settings = session.settings
    found = bulletins.approve(session.open(settings, write=True), number, actor=actor_of_shell(), now=utc_now())
    click.echo(f"Report {found.number} of {found.first} to {found.last} is public.")


@click.command()
@click.option("--seen", "seen", type=int, metavar="NUMBER", help="Say that you have seen it: nobody else is told.")
@click.option("--all", "every", is_flag=True, help="Also what was seen, or needs not be.")
@as_json_option
@click.pass_obj
def escalations(session: Session, seen: int | None, every: bool, as_json: bool) -> None:
    """List what somebody has to see, and who was told already.

    Example: brennpunkt escalations --seen 7
    """
    from ..errors import InputError
    from ..jobs import escalating
    from ..store.escalations import escalations as stored

    settings = session.settings
    if seen is not None:
        if not escalating.seen(session.open(settings, write=True), seen, actor=actor_of_shell(), now=utc_now()):
            raise InputError(
                f"there is no escalation {seen} that waits to be seen; `brennpunkt escalations` lists them"
            )
        click.echo(f"{seen}: seen.")
        return
    found = stored(session.open(settings, write=False), open_only=not every, limit=200)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(plain(escalating.describe(one, settings)))
    if not found:
        click.echo("None." if settings.escalation else "None; the config has no rules ([[escalation]]).")


COMMANDS = (escalations, netzbericht)

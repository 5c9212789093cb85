"""Reports from the form as people handle them: look through what waits, accept, reject, delete, export."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from .base import Session, actor_of_shell, as_json_option, dry_run_option, plain, utc_now

if TYPE_CHECKING:
    from ..store.reports import Filed

REASONS = {
    "no_work": "its browser did no work",
    "links": "its words had links",
    "trap": "it filled in what nobody sees",
    "by_person": "a person sorted it out",
}


@click.group("reports")
def reports() -> None:
    """Handle what customers filed in the form.

    Example: brennpunkt reports list
    """


@reports.command("list")
@click.option(
    "--standing",
    type=click.Choice(["waiting", "accepted", "rejected", "all"]),
    default="waiting",
    show_default=True,
    help="Which ones.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many to show.")
@as_json_option
@click.pass_obj
def list_(session: Session, standing: str, limit: int, as_json: bool) -> None:
    """List reports, the newest first; by default those that wait for a person.

    Example: brennpunkt reports list --standing all
    """
    from ..store import reports as stored

    db = session.open(session.settings, write=False)
    wanted = stored.STANDINGS if standing == "all" else (standing,)
    found = stored.filings(db, standings=wanted, limit=limit)
    if as_json:
        click.echo(json.dumps([_row(each) for each in found], ensure_ascii=False, indent=2, default=str))
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("None.")
    click.echo(f"{stored.waiting(db):,} wait for a person.", err=True)


@reports.command("show")
@click.argument("id")
@as_json_option
@click.pass_obj
def show(session: Session, id: str, as_json: bool) -> None:
    """Show all that a report says.

    Example: brennpunkt reports show 5f3a01c2d4e6
    """
    filed = _find(session.open(session.settings, write=False), id)
    if as_json:
        click.echo(json.dumps(_row(filed), ensure_ascii=False, indent=2, default=str))
        return
    for name, value in _row(filed).items():
        if value not in (None, "", []):
            click.echo(f"{name:<12} {plain(', '.join(value) if isinstance(value, list) else str(value))}")


@reports.command("accept")
@click.argument("ids", nargs=-1, required=True)
@dry_run_option
@click.pass_obj
def accept(session: Session, ids: tuple[str, ...], dry_run: bool) -> None:
    """Let reports count, also rejected ones.

    Example: brennpunkt reports accept 5f3a01c2d4e6 77b0c1d2e3f4
    """
    _judge(session, ids, "accepted", dry_run)


@reports.command("reject")
@click.argument("ids", nargs=-1, required=True)
@dry_run_option
@click.pass_obj
def reject(session: Session, ids: tuple[str, ...], dry_run: bool) -> None:
    """Sort reports out: they stay, and do not count.

    Example: brennpunkt reports reject 5f3a01c2d4e6
    """
    _judge(session, ids, "rejected", dry_run)


@reports.command("delete")
@click.argument("ids", nargs=-1, required=True)
@dry_run_option
@click.pass_obj
def delete(session: Session, ids: tuple[str, ...], dry_run: bool) -> None:
    """Delete reports for good, with the address left with them.

    Example: brennpunkt reports delete 5f3a01c2d4e6
    """
    from .. import store
    from ..store import reports as stored

    db = session.open(session.settings, write=not dry_run)
    for id in ids:
        _find(db, id)
        if not dry_run:
            with store.transaction(db):
                stored.delete_filing(db, id)
                store.note(db, "report deleted", actor=actor_of_shell(), now=utc_now(), detail=id)
        click.echo(f"Report {id} {'would be' if dry_run else 'is'} deleted.")


@reports.command("export")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=100_000, show_default=True, help="How many at most."
)
@click.pass_obj
def export(session: Session, limit: int) -> None:
    """Write accepted reports as CSV to standard output: answers and places, no words, nothing of who filed.

    Example: brennpunkt reports export > reports.csv
    """
    from .. import store
    from ..store import reports as stored

    db = session.open(session.settings, write=True)
    found = stored.filings(db, standings=("accepted",), limit=limit)
    hidden = ("words", "phone", "lang", "source", "standing", "reason", "decided_at", "decided_by")
    names = [name for name in stored.Filed.__dataclass_fields__ if name not in hidden]
    writer = csv.DictWriter(sys.stdout, names, delimiter=";", extrasaction="ignore")
    writer.writeheader()
    for each in found:
        row = _row(each)
        writer.writerow({name: ",".join(row[name]) if isinstance(row[name], list) else row[name] for name in names})
    with store.transaction(db):
        store.note(db, "reports exported", actor=actor_of_shell(), now=utc_now(), posts=len(found))


def _judge(session: Session, ids: tuple[str, ...], standing: str, dry_run: bool) -> None:
    from .. import store
    from ..errors import InputError
    from ..store import reports as stored

    db = session.open(session.settings, write=not dry_run)
    reason = None if standing == "accepted" else "by_person"
    for id in ids:
        filed = _find(db, id)
        if filed.standing == standing:
            raise InputError(f"report {id} is {standing} already")
        if not dry_run:
            with store.transaction(db):
                stored.judge_filing(db, id, standing, reason=reason, by=actor_of_shell(), now=utc_now())
                store.note(db, f"report {standing}", actor=actor_of_shell(), now=utc_now(), detail=id)
        click.echo(f"Report {id} {'would be' if dry_run else 'is'} {standing}.")


def _find(db: Any, id: str) -> Filed:
    from ..errors import InputError
    from ..store import reports as stored

    filed = stored.by_id(db, id)
    if filed is None or filed.source != stored.FORM:
        raise InputError(f"no report {id!r}; `brennpunkt reports list --standing all` shows them")
    return filed


def _row(filed: Filed) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(filed).items()}


def _line(filed: Filed) -> str:
    place = ", ".join(part for part in (filed.postcode, filed.city, filed.district) if part)
    why = f": {REASONS.get(filed.reason, filed.reason)}" if filed.reason else ""
    words = f"\n       “{plain(filed.words)[:100]}”" if filed.words else ""
    what = ", ".join(filed.symptoms)
    return f"{filed.id}  {filed.filed_at:%Y-%m-%d %H:%M}  {plain(place)}  {what}  ({filed.standing}{why}){words}"


COMMANDS = (reports,)

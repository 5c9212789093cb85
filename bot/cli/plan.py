"""Commands about the build-out plan: import it, see what changed, hold hot spots and cases against it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .base import FILE, Session, actor_of_shell, as_json_option, chosen_day, plain, utc_now
from .progress import shown

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = 20  # bad rows


@click.group()
def plan() -> None:
    """Keep the planners' build-out plan, and hold hot spots and cases against it.

    Example: brennpunkt plan import ausbau.xlsx
    """


@plan.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Read and report, keep nothing.")
@click.pass_obj
def import_(session: Session, file: Path, dry_run: bool) -> None:
    """Read FILE (CSV or XLSX) and keep it as the newest version. Bad rows are listed and left out; status 1 where there are any.

    Example: brennpunkt plan import ausbau.csv --dry-run
    """
    from ..config.judge import load_gazetteer_of
    from ..escalate.plan import changes
    from ..jobs import planning
    from ..store.plans import get_plan, plan_versions

    settings = session.settings
    measures, bad, digest = planning.read_plan(file, load_gazetteer_of(settings), settings)
    for row in bad[:SHOWN]:
        click.echo(plain(f"row {row.number}: {row.reason}"), err=True)
    if len(bad) > SHOWN:
        click.echo(f"… and {len(bad) - SHOWN:,} more", err=True)
    read = f"{len(measures):,} measures read, {len(bad):,} rows left out"
    if dry_run or not measures:
        click.echo(f"{read}; nothing was kept.")
        sys.exit(1 if bad or not measures else 0)
    db = session.open(settings, write=True)
    kept = plan_versions(db)
    if kept and kept[0].digest == digest:
        click.echo(f"{read}; the same file as version {kept[0].number}, so nothing was kept.")
        sys.exit(1 if bad else 0)
    before = get_plan(db)
    version = planning.import_plan(db, measures, len(bad), file, digest, actor=actor_of_shell(), now=utc_now())
    click.echo(f"Version {version.number}: {read}.")
    if before:
        moved = changes(before, measures)
        whole = Counter("came" if not change.before else "went" for change in moved if not change.field)
        changed = len({change.id for change in moved if change.field})
        click.echo(
            f"Since the version before: {whole['came']} new, {whole['went']} gone, {changed} changed (`plan changes`)."
        )
    sys.exit(1 if bad else 0)


@plan.command()
@as_json_option
@click.pass_obj
def versions(session: Session, as_json: bool) -> None:
    """List the versions that were imported, newest first. Example: brennpunkt plan versions"""
    from ..store.plans import plan_versions

    settings = session.settings
    found = plan_versions(session.open(settings, write=False))
    if as_json:
        click.echo(json.dumps([asdict(version) for version in found], default=str, ensure_ascii=False, indent=2))
        return
    for version in found:
        when = version.imported_at.astimezone(settings.zone)
        told = f"{version.measures:>6,} measures, {version.bad:,} bad rows"
        click.echo(
            f"{version.number:>4}  {when:%Y-%m-%d %H:%M}  {told}  {plain(version.file)}, by {version.imported_by}"
        )
    if not found:
        click.echo("No plan yet; `brennpunkt plan import FILE` takes the planners' table.")


@plan.command()
@click.argument("before", type=int, required=False)
@click.argument("after", type=int, required=False)
@as_json_option
@click.pass_obj
def changes(session: Session, before: int | None, after: int | None, as_json: bool) -> None:
    """Show what changed from version BEFORE to AFTER (default: the newest two). Example: brennpunkt plan changes 3 4"""
    from ..errors import InputError
    from ..escalate.plan import changes as compare
    from ..store.plans import get_plan, plan_versions

    db = session.open(session.settings, write=False)
    known = [version.number for version in plan_versions(db)]
    after = after or (known[0] if known else None)
    before = before or next((number for number in known if after and number < after), None)
    if before not in known or after not in known:
        raise InputError(f"two versions are needed; kept are: {', '.join(map(str, known)) or 'none'}")
    moved = compare(get_plan(db, before), get_plan(db, after))
    if as_json:
        click.echo(json.dumps([asdict(change) for change in moved], ensure_ascii=False, indent=2))
        return
    for change in moved:
        if change.field:
            click.echo(plain(f"{change.id:<14} {change.field}: {change.before or '–'} → {change.after or '–'}"))
        else:
            click.echo(plain(f"{change.id:<14} {'new: ' + change.after if change.after else 'gone: ' + change.before}"))
    if not moved:
        click.echo("Nothing changed.")


@plan.command("match")
@click.argument("day", required=False)
@click.option(
    "--days", type=click.IntRange(1, 365), default=14, show_default=True, help="How many days, the last is DAY."
)
@click.option("--cases", "of_cases", is_flag=True, help="Open cases instead of hot spots.")
@click.option("--all", "every", is_flag=True, help="Also what is covered.")
@as_json_option
@click.pass_obj
def match_(session: Session, day: str | None, days: int, of_cases: bool, every: bool, as_json: bool) -> None:
    """Hold the hot spots of the days up to DAY (default: yesterday) against the plan: what is missing comes first.

    Example: brennpunkt plan match 2011-11-26 --days 14
    """
    from ..config.judge import load_gazetteer_of
    from ..errors import InputError
    from ..escalate.matching import Cover
    from ..jobs import planning
    from ..store.plans import plan_versions

    settings = session.settings
    db = session.open(settings, write=False)
    if not plan_versions(db):
        raise InputError("no plan yet; `brennpunkt plan import FILE` takes the planners' table")
    last = chosen_day(day, utc_now().astimezone(settings.zone).date())
    gazetteer = load_gazetteer_of(settings)
    with shown("Holding hot spots against the plan"):
        if of_cases:
            found = planning.match_cases(db, gazetteer, settings, last)
        else:
            found = planning.match_hot_spots(db, gazetteer, settings, last, days)
    if as_json:
        click.echo(json.dumps([_row(hit) for hit in found], default=str, ensure_ascii=False, indent=2))
        return
    for hit in found:
        if every or hit.cover is not Cover.COVERED:
            click.echo(plain(f"{hit.cover.value:<12} {hit.target.people:>6,}  {hit.target.name:<32} {hit.reason}"))
    counts = Counter(hit.cover for hit in found)
    click.echo(", ".join(f"{counts[cover]} {cover.value.replace('_', ' ')}" for cover in Cover))


def _row(hit: object) -> dict[str, object]:
    row = asdict(hit)  # type: ignore[call-overload]  # a Match; its import would cost every command
    row["target"]["postcodes"] = sorted(row["target"]["postcodes"])
    return dict(row)


COMMANDS = (plan,)

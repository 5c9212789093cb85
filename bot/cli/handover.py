"""Commands that hand over: the anonymous list for the network planners."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import click

from .base import FILE, Session, actor_of_shell, chosen_day, utc_now
from .progress import shown


@click.command()
@click.argument("file", type=FILE)
@click.argument("day", required=False)
@click.option("--periods", type=click.IntRange(1, 26), default=1, show_default=True, help="So many, up to that of DAY.")
@click.option("--lang", type=click.Choice(["de", "en"]), help="Of the headings (default: the first one of the config).")
@click.option("--dry-run", is_flag=True, help="Say how many rows there would be; release and write nothing.")
@click.pass_obj
def extract(session: Session, file: Path, day: str | None, periods: int, lang: str | None, dry_run: bool) -> None:
    """Write the anonymous list for planners to FILE (.csv, .xlsx, .geojson) and beside it a manifest.

    Without DAY it is the newest period that is over. A period is released once and stays as it was.
    Example: brennpunkt extract hotspots.csv 2011-11-26
    """
    from ..config.judge import load_gazetteer_of
    from ..jobs import handover

    settings, now = session.settings, utc_now()
    today = now.astimezone(settings.zone).date()
    chosen: date | None = chosen_day(day, today) if day else None
    wanted = handover.chosen_periods(settings, chosen, periods, today)
    gazetteer = load_gazetteer_of(settings)
    if dry_run:  # no rows: looked at again tomorrow they would show who came in between
        db = session.open(settings, write=False)
        for period in wanted:
            made = handover.make_release(db, gazetteer, settings, period, actor="", now=now)
            click.echo(f"{period}: about {len(made.rows)} rows of at least {made.k} people each; nothing was released.")
        return
    db = session.open(settings, write=True)
    handover.check_name(file)
    with shown("Adding up"):
        found = handover.extract(db, gazetteer, settings, wanted, actor=actor_of_shell(), now=now)
    for path, content in handover.files_of(found, file, db, gazetteer, settings, lang or settings.digest.languages[0]):
        with click.open_file(str(path), "wb", atomic=True) as out:
            out.write(content)
        click.echo(f"{path}: {len(content):,} bytes", err=True)
    for release in found.periods:
        levels = Counter(row.level for row in release.rows)
        told = ", ".join(
            f"{levels[level]} by {level}" for level in ("district", "city", "state", "country") if levels[level]
        )
        click.echo(
            f"{release.period}: {len(release.rows)} rows of at least {release.k} people"
            + (f" ({told})" if told else "")
        )
        click.echo(f"  {release.rolled} groups of fewer were rolled up; heard {release.heard:.0%} of the hours.")
        if not release.shown:
            click.echo("  Fewer people than that complained at all, so nothing may be said.")


COMMANDS = (extract,)

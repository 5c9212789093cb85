"""Commands about places: hot spots as a list and as a map, and one's own gazetteer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from .cli import _Session


@click.group()
def gazetteer() -> None:
    """Add place names of your own to those that ship.

    Example: brennpunkt gazetteer build --from DE.txt --out var/places.db
    """


@gazetteer.command("build")
@click.option(
    "--from",
    "files",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="GeoNames places (19 columns) or postcodes (12), or a CSV of districts or places; plain, .gz or .zip. Repeatable.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), default="var/places.db", show_default=True, help="File to write."
)
@click.option("--dry-run", is_flag=True, help="Read and count, write nothing.")
def build(files: tuple[Path, ...], out: Path, dry_run: bool) -> None:
    """Read downloaded place files and write them to one file that takes precedence over the shipped places.

    Example: brennpunkt gazetteer build --from DE.txt --from DE_postal.zip
    """
    from .locate.imports import Tally, read_downloads
    from .store.places import write_places

    tallies: dict[Path, Tally] = {}
    entries = read_downloads(files, tallies)
    count = sum(1 for _ in entries) if dry_run else write_places(out, entries)
    for path, tally in tallies.items():
        click.echo(
            f"{path}: {tally.entries:,} places, {tally.left_out:,} left out (company postcodes, vanished villages, unknown cities)"
        )
    click.echo(f"{'Would write' if dry_run else 'Wrote'} {count:,} places to {out}.")
    click.echo(f'They are used once the config says so: [places] imported = ["{out}"]')


@click.command("map")
@click.argument("day", required=False)
@click.option(
    "--days", type=click.IntRange(1, 365), default=14, show_default=True, help="How many days, the last one is DAY."
)
@click.option("--out", type=click.Path(path_type=Path), default="map.svg", show_default=True, help="SVG file to write.")
@click.option("--districts", is_flag=True, help="Districts where they are known, not only cities.")
@click.pass_obj
def map_(session: _Session, day: str | None, days: int, out: Path, districts: bool) -> None:
    """Draw the hot spots of the days up to DAY (default: yesterday) on a map.

    Example: brennpunkt map 2011-11-26 --days 15 --out november.svg
    """
    from . import publishing
    from .cli import _day, _now
    from .config import load_gazetteer_of, read_toml, shipped
    from .locate.build import load_gazetteer, load_outlines
    from .locate.drawing import draw_map, spots_of

    settings = session.settings
    last = _day(day, _now().astimezone(settings.zone).date())
    db = session.open(settings, write=False)
    spots = publishing.hot_spots(db, load_gazetteer_of(settings), settings, last, days)
    if districts:
        counted = [(part.city, part.district, part.people) for spot in spots for part in (spot.districts or (spot,))]
    else:
        counted = [(spot.city, None, spot.people) for spot in spots]
    home = [shipped("places", country) for country in settings.carrier.countries[:1]]  # one country fits a map
    places = load_gazetteer(home)
    drawn, lost = spots_of(counted, places)
    owed = read_toml(shipped("places", "SOURCES.toml")).values()
    outlined = f"{settings.carrier.countries[0]}/outlines.json"
    credit = "; ".join(part["credit"] for part in owed if outlined in part["files"])
    title = f"{settings.carrier.name}: people who complained, {days} days up to {last}"
    note = f"{lost:,} people named a place that is not on this map." if lost else ""
    if made_up := publishing.made_up_notice(db, "en"):
        title, note = f"{made_up}: {title}", f"{made_up}. {note}"
    out.write_text(
        draw_map(drawn, load_outlines(home), places, title=title, note=note, credit=credit), encoding="utf-8"
    )
    click.echo(f"{len(drawn)} places on {out}." + (f" {note}" if note else ""))

"""Commands that tell: the digest, hot spots as a list and as a map; and one's own gazetteer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import Session, as_json_option, chosen_day, utc_now
from .progress import counted, shown

if TYPE_CHECKING:
    from ..domain import HotSpot


@click.command()
@click.argument("day", required=False)
@click.option("--week", is_flag=True, help="The seven days up to DAY instead (default: up to last Sunday).")
@click.option("--lang", type=click.Choice(["de", "en"]), help="Language (default: the first one of the config).")
@click.option("--html", type=click.Path(path_type=Path), help="Write the page to this file as well.")
@click.option("--folder", type=click.Path(path_type=Path), help="Write all editions and the chart into this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the digest as JSON.")
@click.pass_obj
def digest(
    session: Session, day: str | None, week: bool, lang: str | None, html: Path | None, folder: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Print the digest of DAY (like 2011-11-21); without DAY that of yesterday in the carrier's time zone.

    Example: brennpunkt digest 2011-11-21 --html digest.html
    """
    from ..config.places import load_cities_of
    from ..digest import render
    from ..jobs import publishing

    settings = session.settings
    chosen = chosen_day(day, utc_now().astimezone(settings.zone).date())
    if week and day is None:
        chosen -= timedelta(days=(chosen.weekday() + 1) % 7)
    db = session.open(settings, write=False)
    days = 7 if week else 1
    with shown("Adding up"):
        plan = publishing.build_digest(db, load_cities_of(settings), settings, chosen, now=utc_now(), days=days)
    language = lang or settings.digest.languages[0]
    if folder:
        with shown("Drawing the pages"):
            paths = publishing.write_digest(plan, folder, settings.digest.languages)
        click.echo(f"{len(paths)} files in {paths[0].parent}", err=True)
    if html:
        html.write_text(publishing.page_of(plan, language), encoding="utf-8")
    click.echo(render.as_json(plan) if as_json else publishing.text_of(plan, language))


@click.command()
@click.argument("day", required=False)
@click.option(
    "--days", type=click.IntRange(1, 365), default=14, show_default=True, help="How many days, the last one is DAY."
)
@as_json_option
@click.pass_obj
def hotspots(session: Session, day: str | None, days: int, as_json: bool) -> None:
    """Rank places by people who complained in the days up to DAY (default: yesterday).

    Example: brennpunkt hotspots 2011-11-26 --days 15
    """
    import json
    from dataclasses import asdict

    from ..config.places import load_cities_of
    from ..jobs import publishing
    from ..watch.hotspots import SMALL

    settings = session.settings
    last = chosen_day(day, utc_now().astimezone(settings.zone).date())
    spots = publishing.hot_spots(session.open(settings, write=False), load_cities_of(settings), settings, last, days)
    if as_json:
        click.echo(
            json.dumps([asdict(spot) | {"per_100k": spot.per_100k} for spot in spots], ensure_ascii=False, indent=2)
        )
        return
    click.echo(f"{'place':<26} {'people':>7} {'filed':>6} {'per 100,000':>17}  {'trend':<7} {'sure':>5}  busy hours")
    for spot in spots[:40]:
        click.echo(_row(spot))
        for district in [district for district in spot.districts if not district.small][:3]:
            click.echo(f"  {district.district or '':<24} {district.people:>7,} {district.filed:>6,}")
    if small := sum(spot.small for spot in spots[:40]):
        click.echo(f"\n{small} of these are few: under {SMALL} people are chance, no hot spot.")
    if not spots:
        click.echo("Nobody who complained named a place; `brennpunkt sources` shows whether anybody was heard at all.")


def _row(spot: HotSpot) -> str:
    from ..domain import per_100k
    from ..watch.hotspots import busy_hours

    rate = "–"
    if spot.per_100k and not spot.small:
        low, high = (per_100k(bound, spot.population) or 0.0 for bound in (spot.low, spot.high))
        rate = f"{spot.per_100k:,.1f} ({low:,.1f}–{high:,.1f})"
    trend = "few" if spot.small else {None: "–", 0: "steady", 1: "rising", -1: "falling"}[spot.trend]
    sure = "–" if spot.sure is None else f"{spot.sure:.0%}"
    busy = busy_hours(spot)
    hours = f"{busy[0]:02}–{busy[1]:02}, {busy[2]:.0%}" if busy else "–"
    return f"{spot.city:<26} {spot.people:>7,} {spot.filed:>6,} {rate:>17}  {trend:<7} {sure:>5}  {hours}"


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
    from ..locate.imports import Tally, read_downloads
    from ..store.places import write_places

    tallies: dict[Path, Tally] = {}
    with shown("Reading places") as told:
        entries = counted(read_downloads(files, tallies), told)
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
def map_(session: Session, day: str | None, days: int, out: Path, districts: bool) -> None:
    """Draw the hot spots of the days up to DAY (default: yesterday) on a map.

    Example: brennpunkt map 2011-11-26 --days 15 --out november.svg
    """
    from ..config.judge import load_gazetteer_of
    from ..config.load import shipped
    from ..config.places import load_cities_of
    from ..jobs import pictures, publishing
    from ..locate.build import load_gazetteer
    from ..locate.drawing import draw_map, spots_of

    settings = session.settings
    last = chosen_day(day, utc_now().astimezone(settings.zone).date())
    db = session.open(settings, write=False)
    spots = publishing.hot_spots(db, load_cities_of(settings), settings, last, days)
    if districts:
        counted = [(part.city, part.district, part.people) for spot in spots for part in (spot.districts or (spot,))]
    else:
        counted = [(spot.city, None, spot.people) for spot in spots]
    country = settings.carrier.countries[0]  # one fits a map
    behind = pictures.backdrop(country)
    home = [shipped("places", country)]
    places = behind.cities
    if districts or not home[0].is_dir():
        places = load_gazetteer(home) if home[0].is_dir() else load_gazetteer_of(settings)
    drawn, lost = spots_of(counted, places)
    title = f"{settings.carrier.name}: people who complained, {days} days up to {last}"
    note = f"{lost:,} people named a place that is not on this map." if lost else ""
    if made_up := publishing.made_up_notice(db, "en"):
        title, note = f"{made_up}: {title}", f"{made_up}. {note}"
    out.write_text(
        draw_map(drawn, behind.outlines, places, title=title, note=note, credit=behind.credit), encoding="utf-8"
    )
    click.echo(f"{len(drawn)} places on {out}." + (f" {note}" if note else ""))


COMMANDS = (digest, hotspots, map_, gazetteer)

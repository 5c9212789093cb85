"""Commands about early warning: what stands out, how heated it is, what would have happened, and who was told."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import click

from .base import Session, as_json_option, chosen_day, utc_now
from .progress import counted, shown

SCENARIOS = (
    "november-2011", "calm-month", "stadium-evening", "regional-outage", "other-carriers-outage", "new-year", "slow-burn",
)  # fmt: skip
MOMENT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"])
TUNED_ON, REPORTED_ON = 1000, 5000  # first seeds: the rule was made looking at the former only


@click.command()
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True, help="How far to look back.")
@click.option("--until", type=MOMENT, help="The last instant, in the carrier's time zone (default: now).")
@as_json_option
@click.pass_obj
def spikes(session: Session, days: int, until: datetime | None, as_json: bool) -> None:
    """List when more people complained than usual, from the complaints as they are stored.

    Example: brennpunkt spikes --days 14
    """
    from ..jobs import publishing
    from ..jobs.alerting import describe_spike
    from ..watch.spikes import HISTORY, find_spikes

    settings = session.settings
    db = session.open(settings, write=False)
    end = until.replace(tzinfo=settings.zone).astimezone(UTC) if until else utc_now()
    since = end - timedelta(days=days)
    known, _ = publishing.known_hours(db, settings, since=since - HISTORY, until=end)
    complaints = publishing.early_warning(db, since=since - HISTORY, until=end)
    found = find_spikes(complaints, known, settings.zone, since=since, until=end)
    if as_json:
        click.echo(json.dumps([asdict(spike) for spike in found], default=str, ensure_ascii=False, indent=2))
        return
    for spike in found:
        click.echo(describe_spike(spike, settings.zone))
    if not found:
        click.echo("Nothing stood out. `brennpunkt sources` shows whether anybody was heard at all.")


@click.command()
@click.argument("day", required=False)
@click.option("--lang", type=click.Choice(["de", "en"]), default="en", show_default=True, help="Language.")
@as_json_option
@click.pass_obj
def storm(session: Session, day: str | None, lang: str, as_json: bool) -> None:
    """Say how heated DAY (default: yesterday) was, 0 to 6, and what that rests on.

    Example: brennpunkt storm 2011-11-21
    """
    from ..digest.weather import lines
    from ..jobs import publishing

    settings = session.settings
    db = session.open(settings, write=False)
    chosen = chosen_day(day, utc_now().astimezone(settings.zone).date())
    found = publishing.storm_of(db, settings, chosen)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    for line in lines(found, publishing.load_words(lang)):
        click.echo(line)


@click.command()
@click.argument("scenario", type=click.Choice(SCENARIOS))
@click.argument("file", type=click.Path(path_type=Path), default="-")
@click.option("--seed", type=int, help="Another draw of the same scenario.")
@click.option(
    "--volume",
    type=click.FloatRange(0, 1000, min_open=True),
    default=1.0,
    show_default=True,
    help="So many times as many complaints (not november-2011).",
)
@click.option("--noise", type=click.FloatRange(0, 100), help="Other posts for each complaint (not november-2011).")
@click.option(
    "--gap",
    "gaps",
    multiple=True,
    help="Show nothing between two instants, as 2026-05-01T08:00/2026-05-01T20:00 (UTC).",
)
def simulate(
    scenario: str, file: Path, seed: int | None, volume: float, noise: float | None, gaps: tuple[str, ...]
) -> None:
    """Write a made-up stream of SCENARIO as JSON lines to FILE (default: standard output).

    Example: brennpunkt simulate november-2011 november.jsonl
    """
    from ..config.load import read_toml, shipped
    from ..errors import InputError
    from ..simulate import merged, stream

    table = read_toml(shipped("scenarios", f"{scenario}.toml"))
    if base := table.get("base"):
        table = dict(merged(table, read_toml(shipped("scenarios", f"{base}.toml"))))
    elif volume != 1.0 or noise is not None:
        raise click.UsageError(f"{scenario} has published numbers; --volume and --noise are for the other scenarios")
    rows = stream(scenario, table, seed, volume=volume, noise=noise, gaps=[_stretch(gap) for gap in gaps])
    if str(file) != "-" and (file.is_dir() or not file.parent.is_dir()):
        raise InputError(f"{file}: is a folder" if file.is_dir() else f"{file.parent}: no such folder; make it first")
    with click.open_file(str(file), "w", encoding="utf-8", atomic=str(file) != "-") as out, shown("Making up") as told:
        count = sum(1 for row in counted(rows, told) if out.write(json.dumps(row, ensure_ascii=False) + "\n"))
    click.echo(f"Made up {count - 1:,} posts and reports; none of them is real.", err=True)
    if str(file) != "-":
        look = f"replay {shlex.quote(str(file))} --since {_eve(table)} --dry-run"
        click.echo(f"Watch it: brennpunkt {look}", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--speed", type=click.FloatRange(0), default=0.0, help="So many seconds pass in one (default: as fast as it goes)."
)
@click.option("--source", default="replay", show_default=True, help="Name the posts are filed under.")
@click.option("--since", type=MOMENT, help="Feed what was before, but look only from this local time on.")
@click.option(
    "--digests", is_flag=True, help="Write each morning's digest, too; with --dry-run into a new temporary folder."
)
@click.option("--send", is_flag=True, help="Send what would have been sent, to the targets of the config.")
@click.option("--dry-run", is_flag=True, help="In a database of its own that ends with the command.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.pass_obj
def replay(
    session: Session, file: Path, speed: float, source: str, since: datetime | None, digests: bool, send: bool, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Run FILE (JSON lines) through the whole program by a clock of its own, and print every alert at its time.

    Example: brennpunkt replay november.jsonl --since 2011-11-10 --dry-run
    """
    from .. import store
    from ..jobs import replay as replaying

    if dry_run and send:
        raise click.UsageError("--dry-run keeps everything here and --send sends it; leave one of them out")
    settings = session.settings
    judge = session.judge(settings)
    db = store.in_memory() if dry_run else session.open(settings, write=True)
    begin = since.replace(tzinfo=settings.zone).astimezone(UTC) if since else None
    if dry_run and digests:  # what is made up must not take the place of real days
        own = settings.digest.model_copy(update={"folder": mkdtemp(prefix="brennpunkt-replay-")})
        settings = settings.model_copy(update={"digest": own})
    with shown("Replaying") as told:
        for moment, said in replaying.replay(
            file, source, db, judge, settings, speed=speed, since=begin, digests=digests, deliver=send, told=told
        ):
            click.echo(replaying.as_json(moment, said) if as_json else replaying.describe(moment, said, settings))


@click.command()
@click.option(
    "--months", type=click.IntRange(1, 200), default=20, show_default=True, help="Made-up months for each volume."
)
@click.option(
    "--volume",
    "volumes",
    type=click.FloatRange(0.01, 1000),
    multiple=True,
    help="Complaints an hour (default: 0.25, 1, 4, 20, 100).",
)
@click.option("--any-hour", is_flag=True, help="Storms begin at night as often as by day.")
@click.option("--parts", is_flag=True, help="Storms that befall one city, one symptom or one technology alone.")
@click.option("--tuning", is_flag=True, help="On the months the rule was made with, instead of those kept aside.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def backtest(
    months: int, volumes: tuple[float, ...], any_hour: bool, parts: bool, tuning: bool, as_json: bool
) -> None:  # fmt: skip
    """Measure early warning on made-up months beside four other rules: false alarms a week, storms found, minutes until then.

    Each other rule has the threshold at which it is as quiet as ours on other months. Example: brennpunkt backtest --months 5
    """
    from ..watch.backtest import FACTORS, VOLUMES, Found, Local, Result
    from ..watch.backtest import backtest as measure
    from ..watch.backtest import backtest_parts as measure_parts

    def cells(found: Iterable[Found]) -> str:
        return "   ".join(
            f"{each.found:>4}/{each.storms:<4} {'–' if each.delay_min is None else f'{each.delay_min:.0f} min':>7}"
            for each in found
        )

    training = range(TUNED_ON, TUNED_ON + months)
    seeds = training if tuning else range(REPORTED_ON, REPORTED_ON + months)
    if not as_json:
        columns = "series   share" if parts else "rule            as set"
        head = f"{'an hour':>7}  {'part' if parts else '':<{10 if parts else 0}} {columns}  false/week   "
        click.echo(head + "   ".join(f"{f'×{factor:g} found':>9} {'median':>7}" for factor in FACTORS))
    for volume in volumes or VOLUMES:
        with shown(f"{months} months with {volume:g} complaints an hour") as told:
            whole = partial(measure, volume, seeds, training, any_hour=any_hour, told=told)
            rows: Sequence[Result | Local] = measure_parts(volume, seeds, told=told) if parts else whole()
        for row in rows:
            if as_json:
                click.echo(json.dumps(asdict(row)))
            elif isinstance(row, Local):
                click.echo(
                    f"{row.volume:>7g}  {row.kind:<10} {row.series:>6} {row.share:>7.1%}  {row.false_a_week:>10.2f}   "
                    + cells(row.found)
                )
            else:
                click.echo(
                    f"{row.volume:>7g}  {row.rule:<14} {row.as_set_a_week:>7.2f}  {row.false_a_week:>10.2f}   "
                    + cells(row.found)
                )


@click.command()
@click.option("--all", "every", is_flag=True, help="Also what was sent.")
@click.option("--again", type=int, metavar="NUMBER", help="Send this failed or unknown message once more.")
@click.option("--close", type=int, metavar="NUMBER", help="Give this failed or unknown message up; its content goes.")
@as_json_option
@click.pass_obj
def outbox(session: Session, every: bool, again: int | None, close: int | None, as_json: bool) -> None:
    """Show messages that wait, failed, or of which nobody knows whether they arrived.

    Example: brennpunkt outbox --again 7
    """
    from .. import store

    settings = session.settings
    for number, state in ((again, "pending"), (close, "failed")):
        if number is not None:
            done = store.decide(session.open(settings, write=True), number, state, now=utc_now())
            click.echo(
                f"{number}: {state}" if done else f"{number}: no failed or unknown message with content", err=not done
            )
            sys.exit(0 if done else 1)
    states = () if every else ("pending", "sending", "failed", "unknown")
    rows = store.outbox(session.open(settings, write=False), states=states)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], default=str, ensure_ascii=False, indent=2))
        return
    for row in rows:
        when = row.not_before if row.state == "pending" else row.created_at
        click.echo(
            f"{row.number:>5}  {row.state:<8} {when.astimezone(settings.zone):%Y-%m-%d %H:%M}  {row.key}, attempts {row.attempts}"
        )
        if row.error:
            click.echo(f"       {row.error}")
    if not rows:
        click.echo("Nothing waits and nothing failed.")


def _eve(scenario: Mapping[str, Any]) -> date:
    """The day before anything happens; of calm weeks, the last but one."""
    if "reports" in scenario and "calm_since" in scenario:
        return date.fromisoformat(scenario["reports"]["per_day"][0][0]) - timedelta(days=1)
    begins = [wave["since"][:10] for wave in scenario.get("waves", ())]
    return date.fromisoformat(min(begins, default=scenario["end"])) - timedelta(days=1)


def _stretch(text: str) -> tuple[datetime, datetime]:
    try:
        since, until = (datetime.fromisoformat(part).replace(tzinfo=UTC) for part in text.split("/"))
    except ValueError:
        raise click.BadParameter(
            f"{text!r}: write it like 2026-05-01T08:00/2026-05-01T20:00", param_hint="--gap"
        ) from None
    return since, until


COMMANDS = (spikes, storm, simulate, replay, backtest, outbox)

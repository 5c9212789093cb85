"""Commands about listening: how the sources are, and what the words we ask for bring."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import click

from .base import Session, as_json_option, plain, utc_now

if TYPE_CHECKING:
    from .. import store
    from ..config.settings import Settings
    from ..config.sources import XSettings
    from ..domain import SourceHealth
    from ..watch.asked import Term
    from ..watch.silence import SourceState

PROPOSED = 20  # words shown
ASKED = 5  # words that X is asked about: half a cent each


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=7, show_default=True, help="How far to look back.")
@as_json_option
@click.pass_obj
def sources(session: Session, days: int, as_json: bool) -> None:
    """Show how each source is, what it brought and cost, and what it could not show.

    Example: brennpunkt sources --days 1
    """
    from dataclasses import asdict

    from .. import store
    from ..domain import SourceHealth
    from ..jobs import recheck

    settings = session.settings
    now = utc_now()
    since = now - timedelta(days=days)
    db = session.open(settings, write=False)
    states = store.source_states(db, {source.name: source.expected_every for source in settings.sources}, now=now)
    health = {row.source: row for row in store.health(db, since=since, until=now)}
    usd = {
        cost.source: cost.usd / 1e6 for cost in store.costs_between(db, since.date(), now.date() + timedelta(days=1))
    }
    rows = [(state, health.get(state.source) or SourceHealth(state.source, None, None, 0, 0)) for state in states]
    asked = [source.name for source in settings.sources if source.kind in recheck.KINDS]
    late = {name: store.late_posts(db, name, since=now - settings.retention.text, now=now) for name in asked}
    rechecks = {source.name: _rechecks(source, late[source.name]) for source in settings.sources if source.kind == "x"}
    if as_json:
        table = [
            asdict(brought)
            | {"now": asdict(state), "cost_usd": usd.get(state.source, 0.0)}
            | {"unchecked": late[state.source].posts if state.source in late else None}
            | {"rechecks": rechecks.get(state.source)}
            for state, brought in rows
        ]
        click.echo(json.dumps(table, default=_plain_value, indent=2, ensure_ascii=False))
        return
    if not rows:
        click.echo("No source is configured, and none has been asked yet.")
        return

    _print_sources(rows, days, usd, now, settings.zone)
    for name, posts in late.items():
        if posts.since:
            what = f"whether {posts.posts:,} posts were deleted is not known for a day and more"
            click.echo(f"{name}: {what}; the longest since {_clock(posts.since, settings.zone)}")
    for name, costs in rechecks.items():
        if costs["brought"]:
            click.echo(
                f"{name}: texts older than a day are kept as far as `recheck_share` pays for asking every day whether they are"
                f" still there: {costs['most']:,} posts. To keep those of all {costs['brought']:,} would cost"
                f" ${costs['usd_for_all']:,.2f} a day"
            )


@click.command()
@click.option("--days", type=click.IntRange(1, 365), default=28, show_default=True, help="How far to look back.")
@click.option("--ask", is_flag=True, help="Ask X how many posts hold each of the first words proposed; costs money.")
@as_json_option
@click.pass_obj
def queries(session: Session, days: int, ask: bool, as_json: bool) -> None:
    """Show what each word we ask for brings, and propose words that complaints hold and nobody asks for.

    Example: brennpunkt queries --days 14
    """
    from dataclasses import asdict

    from .. import store
    from ..config.judge import load_gazetteer_of
    from ..config.sources import XSettings
    from ..watch.asked import weigh

    settings = session.settings
    now = utc_now()
    db = session.open(settings, write=ask)
    places = load_gazetteer_of(settings)

    def is_place(word: str) -> bool:
        bare = word.removeprefix("#")
        named = any(bare in names for names in (places.names, places.tags, places.adjectives))
        return named and bare not in places.ambiguous

    posts = store.heard(db, since=now - timedelta(days=days), until=now)
    terms, proposals = weigh(posts, asked_terms(settings), is_place)
    x = next((source for source in settings.sources if isinstance(source, XSettings)), None)
    if ask and x is None:
        raise click.UsageError("--ask: the config has no source of kind x")
    table = []
    for number, proposal in enumerate(proposals[:PROPOSED]):
        daily, known = proposal.posts / days, "stored"
        if ask and x and number < ASKED:
            daily, known = _volume(x, proposal.word, db), "X"
        usd = daily * x.prices.post_read_usd if x else None
        table.append(asdict(proposal) | {"posts_a_day": daily, "volume": known, "usd_a_day": usd})
    if as_json:
        click.echo(
            json.dumps({"terms": [asdict(term) for term in terms], "proposals": table}, ensure_ascii=False, indent=2)
        )
        return
    _print_queries(terms, table)


def _print_sources(
    rows: list[tuple[SourceState, SourceHealth]], days: int, usd: dict[str, float], now: datetime, zone: tzinfo
) -> None:
    _print_table(
        ["source", "state", "last answer", "24 h", "usual", f"{days} d", "about us", "newest was", "USD"],
        [
            [
                state.source,
                state.state,
                _clock(state.last_success_at, zone) if state.last_success_at else "never",
                f"{state.posts:,}",
                "learning" if state.usual is None else f"{state.usual:,.0f}",
                f"{brought.posts:,}",
                f"{brought.own:,}",
                _old(state.lag),
                f"{usd[state.source]:.2f}" if state.source in usd else "",
            ]
            for state, brought in rows
        ],
        left=3,
    )
    for state, brought in rows:
        for line in _remarks(state, brought, zone, now):
            click.echo(line)


def _print_queries(terms: list[Term], table: list[dict[str, Any]]) -> None:
    _print_table(
        ["asked for", "by", "posts", "about us", "complaints", "only it"],
        [
            [
                term.name,
                ", ".join(term.sources),
                *(f"{n:,}" for n in (term.posts, term.own, term.complaints, term.alone)),
            ]
            for term in terms
        ],
        left=2,
    )
    if not table:
        click.echo("\nNo word stands out among complaints that is not asked for yet.")
        return
    click.echo()
    _print_table(
        ["not asked for", "who complained", "other people", "a day", "USD a day on X", "known from"],
        [
            [
                row["word"],
                f"{row['people']:,}",
                f"{row['others']:,}",
                f"{row['posts_a_day']:,.1f}",
                "" if row["usd_a_day"] is None else f"{row['usd_a_day']:.2f}",
                "X" if row["volume"] == "X" else "stored posts: at least",
            ]
            for row in table
        ],
        left=1,
    )


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _rechecks(x: XSettings, late: store.Late) -> dict[str, float]:
    """How many texts our share of the caps pays to look after at X, and what all would cost a day."""
    usd = late.brought * x.prices.post_read_usd
    return {"kept": late.kept, "most": x.texts_kept, "brought": late.brought, "usd_for_all": usd}


def asked_terms(settings: Settings) -> dict[str, list[str]]:
    """What the sources ask for, each with their names."""
    from ..config.sources import BlueskySettings, MastodonSettings, XSettings

    terms: dict[str, list[str]] = {}
    for source in settings.sources:
        words: tuple[str, ...] = ()
        if isinstance(source, MastodonSettings):
            words = (*("#" + tag.lstrip("#") for tag in source.hashtags), *source.search)
        elif isinstance(source, BlueskySettings):
            words = (*source.words, *source.search)
        elif isinstance(source, XSettings):
            carrier = settings.carrier
            words = source.words or (*carrier.words, *carrier.handles, *carrier.brands)
        for word in dict.fromkeys(words):
            terms.setdefault(word, []).append(source.name)
    return terms


def _volume(x: XSettings, word: str, db: store.Database) -> float:
    """Posts a day that X holds of a word, by its count of the last six days. Costs a request; raises BotError."""
    from ..collect.x.queries import pack
    from ..collect.x.source import XSource
    from ..pipeline import open_for

    wanted = pack((word,), without=x.without, languages=x.languages)
    source = open_for(x.model_copy(update={"queries": wanted}), db, utc_now)
    assert isinstance(source, XSource)
    counts = source.counts(since=utc_now() - timedelta(days=6), until=utc_now(), granularity="day")
    return sum(counts.values()) / 6


def _remarks(state: SourceState, brought: SourceHealth, zone: tzinfo, now: datetime) -> list[str]:
    """What a person should know of a source, one line each."""
    lines = []
    if state.why:
        tries = f", {state.failures} times in a row" if state.failures > 1 else ""
        since = f" since {_clock(state.since, zone)}" if state.since else ""
        lines.append(f"{state.source}: {state.state}{since}{tries}: {plain(state.why)}")
    if state.next_allowed_at and state.next_allowed_at > now:
        lines.append(f"{state.source}: asked again at {_clock(state.next_allowed_at, zone)}")
    for gap in brought.gaps:
        until = _clock(gap.until, zone) if gap.until else "now"
        lines.append(f"{state.source}: not seen from {_clock(gap.since, zone)} to {until}: {plain(gap.reason)}")
    return lines


def _old(lag: timedelta | None) -> str:
    from ..watch.silence import in_words

    return f"{in_words(lag)} old" if lag is not None else ""


def _print_table(heads: list[str], rows: list[list[str]], *, left: int) -> None:
    """Columns as wide as they need to be; the first `left` are words, the others numbers."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, head in enumerate(heads):
        table.add_column(head, no_wrap=True, justify="left" if number < left else "right")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False, width=max(Console().width, 120)).print(table)


def _plain_value(value: object) -> object:
    """Spans in seconds, instants as text."""
    return value.total_seconds() if isinstance(value, timedelta) else str(value)


COMMANDS = (sources, queries)

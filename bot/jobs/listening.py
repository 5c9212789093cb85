"""Is anybody heard? People are told once when a source falls silent, and once when it is heard again; and where posts
can only be counted, when there are many."""

from collections.abc import Callable
from datetime import datetime, timedelta

from .. import store
from ..config.settings import Settings
from ..config.sources import XSettings
from ..digest.silence import silence_page
from ..digest.volume import volume_page
from ..pipeline import open_for
from ..watch.silence import SourceState, step_of
from ..watch.volume import DAYS, find_rise
from . import outbox
from .publishing import load_words
from .upkeep import recorded


def watch_sources(
    writer: store.Database,
    reader: store.Database,
    settings: Settings,
    *,
    now: datetime,
    asked: Callable[[str], bool] = lambda _: True,
) -> list[str]:
    """Queue what people are to hear, and note that they have. Returns a line for each source, for the log.

    `asked`: has it been asked since the start? Until then nobody knows whether it is silent or we were. Raises StoreError.
    """
    expected = {source.name: source.expected_every for source in settings.sources}
    told = store.told_silent(reader)
    changed: dict[str, list[SourceState]] = {"silent": [], "back": []}
    for state in store.source_states(reader, expected, now=now):
        if state.source in expected and asked(state.source) and (step := step_of(state, state.source in told)):
            changed[step].append(state)
    lines = []
    for step, states in changed.items():
        if not states:
            continue
        with store.transaction(writer):
            for state in states:
                store.note_silence(writer, state.source, now if step == "silent" else None)
            for to in outbox.recipients(settings, "alert"):
                words = load_words(to.language)
                page = silence_page(
                    words, settings.carrier.name, settings.zone, states, step, configured=len(settings.sources)
                )
                outbox.queue(writer, settings, to, f"sources {step} {store.iso(now)}", "alert", page, now=now)
        lines += [
            f"{state.source}: {'silent: ' + state.why if step == 'silent' else 'heard again'}" for state in states
        ]
    return lines


def watch_volume(db: store.Database, settings: Settings, x: XSettings, *, clock: Callable[[], datetime]) -> list[str]:
    """Ask X how many posts its queries found in the last days, and queue word of an hour that stands out; at most one in
    six hours. Returns a line for the log where there is one. Raises BotError."""
    from ..collect.x.source import XSource  # tweepy: only for those who have it

    now = clock()
    waits_until = store.next_allowed_at(db, x.name)
    if waits_until and waits_until > now:
        return []
    with recorded(db, "counts", now):
        source = open_for(x, db, clock)
        assert isinstance(source, XSource)
        rise = find_rise(source.counts(since=now - timedelta(days=DAYS + 1), until=now), now)
        if rise is None:
            return []
        key = f"volume {x.name} {rise.since:%Y-%m-%d} {rise.since.hour // 6}"
        queued = False
        with store.transaction(db):
            for to in outbox.recipients(settings, "alert"):
                page = volume_page(load_words(to.language), settings.carrier.name, settings.zone, x.name, rise)
                queued |= outbox.queue(db, settings, to, key, "alert", page, now=now)
    return [f"{x.name}: {rise.posts:,} posts in an hour, usually {rise.usual:,.0f}"] if queued else []

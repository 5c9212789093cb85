"""Is anybody heard? People are told once when a source falls silent, and once when it is heard again."""

from collections.abc import Callable
from datetime import datetime

from .. import store
from ..config.settings import Settings
from ..digest.silence import silence_page
from ..watch.silence import SourceState, step_of
from . import outbox
from .publishing import load_words


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

"""Sources that fell silent, or are heard again, as a page: no data is never to look like no complaints."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from ..watch.silence import SourceState, State
from .page import Page, Section, Text
from .words import Words


def silence_page(
    words: Words, carrier: str, zone: tzinfo, states: Sequence[SourceState], step: str, *, configured: int
) -> Page:
    """`step`: silent, back. `configured`: how many sources there are, so that it is said when none is heard."""

    def moment(at: datetime) -> str:
        return words.date(at.astimezone(zone), "moment")

    def told(state: SourceState) -> str:
        if step == "back":
            return words.say("silence.is_back", source=state.source)
        since = moment(state.since) if state.since else ""
        if state.state is not State.QUIET:
            key = "failing" if state.last_success_at else "never"
            return words.say(f"silence.{key}", source=state.source, since=since, why=state.why)
        usual = "" if state.usual is None else " " + words.say("silence.usual", usual=words.number(state.usual))
        return words.say("silence.quiet", state.posts, source=state.source, since=since) + usual

    subject = words.say(
        f"silence.{step}", len(states), carrier=carrier, sources=words.listing(state.source for state in states)
    )
    all_of_them = step == "silent" and len(states) == configured
    lead = words.say("silence.nobody" if all_of_them else f"silence.{step}_means", len(states))
    lines = tuple(Text(told(state)) for state in states)
    return Page(
        lang=words.lang,
        title=subject,
        subject=subject,
        brief=(lead,),
        made_up="",
        sections=(Section("", (Text(lead, "lead"), *lines, Text(words.say("silence.more"), "note"))),),
        foot="",
    )

"""A rise in the number of posts at a platform, as a page. What they say nobody has read."""

from datetime import tzinfo

from ..watch.volume import Rise
from .page import Page, Section, Text
from .words import Words


def volume_page(words: Words, carrier: str, zone: tzinfo, source: str, rise: Rise) -> Page:
    figures = {
        "carrier": carrier,
        "source": source,
        "usual": words.number(rise.usual),
        "since": words.date(rise.since.astimezone(zone), "moment"),
    }
    subject = words.say("volume.risen", rise.posts, **figures)
    lead = words.say("volume.figures", rise.posts, **figures)
    blocks = (Text(lead, "lead"), Text(words.say("volume.means")), Text(words.say("volume.more"), "note"))
    return Page(words.lang, subject, subject, (lead,), "", (Section("", blocks),), "")

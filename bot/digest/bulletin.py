"""The public report on the network as a page and as CSV."""

import csv
import io
from collections.abc import Iterable
from datetime import tzinfo

from ..escalate.bulletin import Bulletin, Colour, Site
from ..escalate.formats import cell
from .page import Page, Section, Table, Text
from .words import Words

COLUMNS = ("colour", "city", "district", "state", "since", "due", "verified")


def bulletin_page(bulletin: Bulletin, words: Words, zone: tzinfo, *, notice: str = "") -> Page:
    """What is worst comes first. `notice`: what a made-up stream says of itself in this language; goes on every page."""
    period = f"{words.date(bulletin.first, 'short_date')} – {words.date(bulletin.last)}"
    title = words.say("bulletin.title", carrier=bulletin.carrier, period=period)
    worst_first = [colour for colour in reversed(Colour) if bulletin.counts[colour]]
    counts = [
        words.say("bulletin.count", bulletin.counts[colour], colour=words.say(f"bulletin.colour.{colour}"))
        for colour in worst_first
    ]
    lead = words.say("bulletin.nobody")
    if counts:
        lead = words.say("bulletin.lead", len(bulletin.sites), counts=words.listing(counts))
    sections = [Section("", (Text(lead, "lead"), Text(words.say("bulletin.how"), "note")))]
    sections += [
        Section(
            words.say(f"bulletin.section.{colour}"),
            (_table([site for site in bulletin.sites if site.colour is colour], colour, words),),
        )
        for colour in worst_first
    ]
    made = words.date(bulletin.made_at.astimezone(zone))
    if bulletin.approved_at:
        foot = words.say("bulletin.foot", made=made, approved=words.date(bulletin.approved_at.astimezone(zone)))
    else:
        foot = words.say("bulletin.draft", made=made)
    return Page(
        lang=words.lang,
        title=title,
        subject=title,
        brief=(lead,),
        made_up=words.say("bulletin.made_up", notice=notice) if notice else "",
        sections=tuple(sections),
        foot=foot,
    )


def bulletin_csv(sites: Iterable[Site]) -> bytes:
    """The list as open data: UTF-8 with byte-order mark, semicolons, codes and ISO dates."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for site in sites:
        due = site.due.isoformat() if site.due else ""
        told = (site.colour, site.city, site.district or "", site.state or "", site.since.isoformat(), due)
        writer.writerow([*(cell(str(value)) for value in told), "yes" if site.verified else ""])
    return out.getvalue().encode("utf-8-sig")


def _table(sites: list[Site], colour: Colour, words: Words) -> Table:
    green = colour is Colour.GREEN
    heads = ("place", "district", "state", "since", "proof" if green else "due")
    return Table(
        tuple(words.say(f"bulletin.{head}") for head in heads),
        tuple(
            (
                site.city,
                site.district or "–",
                site.state or "–",
                words.date(site.since),
                words.say("bulletin.verified" if site.verified else "bulletin.unproven")
                if green
                else words.date(site.due)
                if site.due
                else words.say("bulletin.no_date"),
            )
            for site in sites
        ),
        words=(1, 2, 3, 4),
    )

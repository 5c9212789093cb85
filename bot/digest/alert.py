"""An alert as a page: what stood out, whether it is us, and what speaks against it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..domain import Spike
from ..watch.alerts import Alert
from .page import Block, Page, Points, Quotation, Section, Table, Text
from .sections import mean, symptom
from .warnings import chance, is_it_us, part_of, speaks_against, where, within
from .words import Words


@dataclass(frozen=True, slots=True)
class Teller:
    """Who is told of, in which language and zone."""

    words: Words
    carrier: str
    zone: tzinfo
    notice: str = ""  # of a made-up stream
    woken_by: int | None = None  # the storm level for which it comes in quiet hours; None: it does not

    def page(self, alert: Alert, step: str) -> Page:
        """`step`: opened, grown, over."""
        words, spike = self.words, alert.spike
        people = words.say("digest.customers", spike.observed)
        until = self._moment(spike.until)
        subject = words.say(
            f"alert.{step}",
            carrier=self.carrier + where(spike, words),
            people=people,
            expected=mean(spike.expected, words),
            until=until,
        )
        if alert.not_us:
            subject += words.say("alert.likely_not_us")
        lead = [self._figures(alert), words.say("alert.us", told=is_it_us(alert, words))]
        if step == "over":
            lead.insert(0, words.say("alert.is_over", since=self._moment(spike.since), until=until))
        sections = [Section("", tuple(Text(text, "lead") for text in lead))]
        if self.woken_by is not None:
            name = words.say(f"storm.names.{self.woken_by}")
            sections.append(Section("", (Text(words.say("alert.wakes", level=self.woken_by, name=name), "warning"),)))
        if alert.against:
            sections.append(Section(words.say("alert.against_title"), (Points(tuple(speaks_against(alert, words))),)))
        if parts := self._parts(spike):
            sections.append(Section(words.say("alert.stands_out"), parts))
        if alert.words:
            told = ", ".join(f"{word} ({words.number(people)})" for word, people, _ in alert.words)
            sections.append(Section("", (Text(words.say("alert.words", words=told)),)))
        if alert.sample:
            quotes = tuple(Quotation(words.quote(text), "") for text in alert.sample)
            sections.append(Section(words.say("alert.sample"), quotes))
        made_up = words.say("alert.made_up", notice=self.notice) if self.notice else ""
        return Page(
            lang=words.lang,
            title=subject,
            subject=words.say("digest.mail.subject_made_up", subject=subject) if self.notice else subject,
            brief=tuple(lead),
            made_up=made_up,
            sections=tuple(sections),
            foot="",
        )

    def _figures(self, alert: Alert) -> str:
        words, spike = self.words, alert.spike
        text = words.say(
            "alert.figures",
            since=self._moment(spike.since),
            people=words.say("digest.customers", spike.observed),
            within=within(spike.within, words),
            expected=mean(spike.expected, words),
            chance=chance(spike.p, words),
            authors=words.number(spike.authors),
            posts=words.number(alert.posts),
        )
        text += "".join(" " + words.say("digest.spikes.only", part=part) for part in part_of(spike, words))
        if spike.places:
            cities = (f"{city} ({words.number(people)})" for city, people in spike.places)
            text += " " + words.say("digest.spikes.grew", places=words.listing(cities))
        return text

    def _parts(self, spike: Spike) -> tuple[Block, ...]:
        words = self.words
        if not spike.parts:
            return ()
        rows = tuple(
            (
                symptom(part.name, words) if part.kind == "symptom" else part.name,
                words.number(part.observed),
                mean(part.expected, words),
                within(part.within, words),
            )
            for part in spike.parts
        )
        columns = tuple(words.say(f"alert.{key}") for key in ("part", "observed", "expected_column", "within"))
        return (Table(columns, rows, words=(3,)),)

    def _moment(self, moment: datetime) -> str:
        return self.words.date(moment.astimezone(self.zone), "moment")

"""Escalation: what happened, which rules of the config fire, who is told, and who is told next if nobody answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from .. import store
from ..config.settings import Settings
from ..digest.page import Page, Section, Text
from ..digest.words import Words
from ..escalate.telling import Firing, Happening, Occasion, Rule, firing, unanswered
from ..store.escalations import (
    acknowledge,
    add_firing,
    confirmed_since,
    escalations,
    fired,
    note_escalated,
    urgent_posts,
)
from . import casework, outbox
from .publishing import load_words, made_up_notice, storm_of

RECENT = timedelta(days=2)  # older news help nobody, and a rule that is new tells nothing of last month


def escalate(writer: store.Database, reader: store.Database, settings: Settings, *, now: datetime) -> list[str]:
    """Tell who must be told. Safe to repeat: a rule fires once for a thing. Returns lines for the log."""
    rules = rules_of(settings)
    if not rules:
        return []
    lines = []
    happenings = list(_happenings(reader, settings, {rule.when for rule in rules}, now))
    for rule, happening in firing(rules, happenings, fired(reader)):
        with store.transaction(writer):
            number = add_firing(
                writer,
                rule=rule.name,
                occasion=rule.when,
                key=happening.key,
                why=happening.why,
                now=now,
                due_at=now + rule.within if rule.within else None,
            )
            if number is None:
                continue
            _queue(writer, settings, rule, rule.tell, number, happening.why, "first", now=now)
            detail = f"{number}: {rule.name} tells {', '.join(rule.tell)}: {happening.why}"
            store.note(writer, "escalate", actor="daemon", now=now, detail=detail)
        lines.append(detail)
    for rule, late in unanswered(rules, escalations(writer, open_only=True), now):
        with store.transaction(writer):
            if not note_escalated(writer, late.number, now=now):
                continue
            _queue(writer, settings, rule, rule.then, late.number, late.why, "further", now=now)
            detail = f"{late.number}: nobody has seen it in time, {rule.name} tells {', '.join(rule.then)}: {late.why}"
            store.note(writer, "escalate", actor="daemon", now=now, detail=detail)
        lines.append(detail)
    return lines


def seen(db: store.Database, number: int, *, actor: str, now: datetime) -> bool:
    """Somebody has seen an escalation, so that nobody else is told. False: there is none like that."""
    with store.transaction(db):
        done = acknowledge(db, number, actor=actor, now=now)
        if done:
            store.note(db, "acknowledge", actor=actor, now=now, detail=f"escalation {number}")
    return done


def rules_of(settings: Settings) -> list[Rule]:
    return [
        Rule(
            name=rule.name,
            when=Occasion(rule.when),
            tell=rule.tell,
            at_least=rule.at_least,
            within=rule.within,
            then=rule.then,
            urgent=rule.urgent,
        )
        for rule in settings.escalation
    ]


def describe(firing: Firing, settings: Settings) -> str:
    """One line for a terminal."""
    told = (
        f"{firing.number:>5}  {firing.fired_at.astimezone(settings.zone):%Y-%m-%d %H:%M}  {firing.rule}: {firing.why}"
    )
    if firing.acknowledged_at:
        return f"{told}; seen by {firing.acknowledged_by}"
    if firing.escalated_at:
        return f"{told}; nobody saw it in time, told further"
    return told + (f"; to be seen by {firing.due_at.astimezone(settings.zone):%m-%d %H:%M}" if firing.due_at else "")


def _happenings(db: store.Database, settings: Settings, wanted: set[Occasion], now: datetime) -> Iterator[Happening]:
    """Only what some rule asks for is looked at."""
    since = now - RECENT
    if Occasion.CONFIRMED in wanted:
        for event in confirmed_since(db, since):
            yield Happening(
                Occasion.CONFIRMED,
                f"case {event.case} {store.iso(event.at)}",
                f"case {event.case} was confirmed by {event.actor}",
            )
    if Occasion.SPIKE in wanted:
        for alert in store.alerts(db, since=since, until=now):
            spike = alert.spike
            if alert.told_at and not alert.over_at:  # what is still being learned is shown, not told
                why = f"alert {alert.number}: {spike.observed} people within {spike.within}, {spike.expected:.1f} expected"
                yield Happening(Occasion.SPIKE, f"alert {alert.number}", why, level=spike.observed)
    if Occasion.STORM in wanted:
        day = now.astimezone(settings.zone).date()
        level = storm_of(db, settings, day).level
        if level:
            yield Happening(Occasion.STORM, f"storm {day}", f"level {level} of 6 on {day}", level=level)
    if Occasion.EMERGENCY in wanted:
        for post in urgent_posts(db, since=since):
            why = f"post {post} speaks of danger to life; read it at once (`brennpunkt replies list`, or the desk)"
            yield Happening(Occasion.EMERGENCY, f"post {post}", why)
    if wanted & {Occasion.OVERDUE, Occasion.QUIET, Occasion.LOUD, Occasion.UNSEEN}:
        for case, reminder, why in casework.due_reminders(db, settings, now=now):
            occasion = Occasion(reminder.value)
            if occasion in wanted:
                stage = case.due if occasion is Occasion.OVERDUE else store.iso(case.changed_at)
                place = f" ({case.spots[0]})" if case.spots else ""
                yield Happening(occasion, f"case {case.number} {occasion} {stage}", f"case {case.number}{place} {why}")


def _queue(
    db: store.Database, settings: Settings, rule: Rule, names: tuple[str, ...], number: int, why: str, step: str, *, now: datetime
) -> None:  # fmt: skip
    targets = {target.name: target for target in settings.notify}
    for name in names:
        target = targets[name]  # the config was checked for it
        language = target.language or settings.digest.languages[0]
        to = outbox.Recipient(name, target.address_env, language, target.quiet)
        words = load_words(language)
        page = _page(words, settings, rule, number, why, step, made_up_notice(db, language) or "")
        outbox.queue(db, settings, to, f"escalation {number} {step}", "escalation", page, now=now, urgent=rule.urgent)


def _page(words: Words, settings: Settings, rule: Rule, number: int, why: str, step: str, notice: str) -> Page:
    title = words.say(
        f"escalation.{step}", carrier=settings.carrier.name, what=words.say(f"escalation.occasion.{rule.when}")
    )
    lead = [why[:1].upper() + why[1:] + "."]
    if rule.within and step == "first":
        minutes = int(rule.within / timedelta(minutes=1))
        lead.append(words.say("escalation.seen", number=number, minutes=words.number(minutes)))
    page = Page(
        lang=words.lang,
        title=title,
        subject=title,
        brief=tuple(lead),
        made_up=words.say("bulletin.made_up", notice=notice) if notice else "",
        sections=(Section("", tuple(Text(line, "lead") for line in lead)),),
        foot=words.say("escalation.foot", rule=rule.name),
    )
    return replace(page, subject=words.say("digest.mail.subject_made_up", subject=title)) if notice else page

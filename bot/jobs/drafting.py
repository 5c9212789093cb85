"""Draft replies to what was found: the job after collecting, and what `explain` says of it. Sends nothing."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from .. import store
from ..analyse import Judge, analyse
from ..config.load import read_toml, shipped
from ..config.settings import Settings
from ..domain import Analysis, Band, Finding, Location, Post, PostId, Skip
from ..locate.hints import SHOWN, wanting
from ..reply.link import form_link
from ..reply.policy import WAITING, Draft, Facts, Manners, Mode, Platform, Reason, Way, decide
from ..reply.texts import Texts, Wanted, write
from ..reply.words import Listed, compile_lists
from ..store import drafts

LANGUAGES = ("de", "en")
LOOK_BACK = timedelta(days=7)  # by the time seen: what is older by now was decided about, or nobody listened
BATCH = 200  # findings in one transaction


class _TakenBack(Exception):
    """Ends a transaction that must leave nothing."""


@dataclass
class Drafted:
    """What a run decided."""

    ways: Counter[Way] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    opted_out: int = 0  # people
    sensitive: list[int] = field(default_factory=list)  # posts that a person must read at once


@dataclass(frozen=True, slots=True)
class Desk:
    """All that drafting rests on, read once at the edge."""

    settings: Settings
    judge: Judge
    texts: Mapping[str, Texts]
    listed: Listed
    manners: Manners
    over: frozenset[str]  # names of rules that find what is over

    def platform(self, source: str) -> Platform | None:
        kinds = {each.name: each.kind for each in self.settings.sources}
        return Platform(kinds[source]) if kinds.get(source) in set(Platform) else None


def load_texts() -> dict[str, Any]:
    """The texts of all languages. Raises ConfigError."""
    return {lang: read_toml(shipped("texts", f"replies.{lang}.toml")) for lang in LANGUAGES}


def open_desk(settings: Settings, judge: Judge) -> Desk:
    """Raises ConfigError."""
    texts, wanted = load_texts(), settings.reply
    manners = Manners(
        modes={Platform(name): Mode(mode) for name, mode in wanted.modes.items()},
        max_age=wanted.max_age,
        cooldown=wanted.cooldown,
        hourly_cap=wanted.hourly_cap,
        daily_cap=wanted.daily_cap,
        quiet_from=wanted.quiet_from,
        quiet_until=wanted.quiet_until,
        zone=settings.zone,
    )
    meanings = [meaning for rules in judge.rules.languages.values() for meaning in rules.meanings]
    over = frozenset(each.name for each in meanings if (each.kind, each.value) == ("against", "resolved"))
    return Desk(settings, judge, texts, compile_lists(each["words"] for each in texts.values()), manners, over)


def draft_replies(
    db: store.Database, desk: Desk, *, now: datetime, stop: Callable[[], bool] = bool, keep: bool = True
) -> Drafted:
    """Decide about every finding about which nothing is decided, once. What must wait is asked again in the next run.

    Whoever asks us to stop is heard first. With `keep` False all is decided and then taken back. Raises StoreError;
    what was decided stays.
    """
    done = Drafted()
    if keep:
        _hear(db, desk, done, now)
    faults = drafts.faults(db, now=now)
    last = 0
    while batch := drafts.candidates(db, since=now - LOOK_BACK, after=last, limit=BATCH):
        last = batch[-1].number
        judged = [(each, analyse(each.post, desk.judge)) for each in batch]
        with suppress(_TakenBack), store.transaction(db):
            for candidate, analysis in judged:
                _decide_one(db, desk, candidate, analysis, faults, done, now)
            if not keep:
                raise _TakenBack
        if stop():
            break
    return done


def outlook(analysis: Analysis, desk: Desk, *, now: datetime) -> str:
    """What would become of a post that says this on Mastodon, not addressed to us, at an hour at which we answer."""
    finding = Finding(Post(PostId("explain", "1"), analysis.text), analysis, now)
    manners = replace(desk.manners, modes={Platform.MASTODON: Mode.DRAFT}, quiet_until=desk.manners.quiet_from)
    outcome = decide(finding, Facts(resolved=_is_over(analysis, desk)), manners, desk.listed, now=now)
    if isinstance(outcome, Skip):
        return f"none: {desk.texts['en']['reasons'][outcome.reason]}"
    return "would draft a reply" + ("" if desk.settings.reply.enabled else ", but replies are switched off")


def describe(done: Drafted, texts: Texts) -> str:
    """A run as one line for people."""
    told = [f"{count:,} {texts['ways'][way]}" for way, count in done.ways.most_common()]
    told += [f"{count:,} without: {texts['reasons'][reason]}" for reason, count in done.reasons.most_common()]
    if done.opted_out:
        told.append(f"{done.opted_out:,} people want no more replies")
    return "; ".join(told) or "nothing new to decide"


def _hear(db: store.Database, desk: Desk, done: Drafted, now: datetime) -> None:
    leaving = {author for author, text in drafts.spoke_to_us(db, since=now - LOOK_BACK) if desk.listed.opts_out(text)}
    with store.transaction(db):
        for author in sorted(leaving):
            drafts.opt_out(db, author, now=now)
            store.note(db, "opt out", actor="daemon", now=now)
    done.opted_out = len(leaving)


def _decide_one(
    db: store.Database,
    desk: Desk,
    candidate: drafts.Candidate,
    analysis: Analysis,
    faults: list[drafts.Fault],
    done: Drafted,
    now: datetime,
) -> None:
    zone = desk.settings.zone
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    known = drafts.known_of(db, candidate.number, hour=now - timedelta(hours=1), day=midnight)
    platform = desk.platform(candidate.post.id.source)
    facts = Facts(
        platform=platform,
        made_up=known.made_up,
        suppressed=known.suppressed,
        opted_out=known.opted_out,
        resolved=_is_over(analysis, desk),
        sure=candidate.label not in (None, Band.D),
        in_conversation=known.in_conversation,
        answered=known.answered,
        last_reply_at=known.last_reply_at,
        closed=known.closed,
        warned=known.warned,
        this_hour=known.this_hour,
        this_day=known.this_day,
    )
    if candidate.label is Band.D:  # a person's word counts more
        analysis = replace(analysis, verdict=replace(analysis.verdict, band=Band.D))
    outcome = decide(Finding(candidate.post, analysis, candidate.at), facts, desk.manners, desk.listed, now=now)
    if isinstance(outcome, Skip):
        reason = Reason(outcome.reason)
        done.reasons[reason] += 1
        if reason is Reason.SENSITIVE and now - candidate.at <= LOOK_BACK:  # not every one of an imported archive
            done.sensitive.append(candidate.number)
        if reason not in WAITING:
            drafts.add_decision(db, candidate.number, state="skipped", reason=reason, platform=platform, now=now)
        return
    assert platform is not None  # without one there is no Draft
    done.ways[outcome.way] += 1
    _store(db, desk, candidate, analysis, outcome, platform, faults, now)


def _store(
    db: store.Database,
    desk: Desk,
    candidate: drafts.Candidate,
    analysis: Analysis,
    draft: Draft,
    platform: Platform,
    faults: list[drafts.Fault],
    now: datetime,
) -> None:
    wanted, verdict = desk.settings.reply, analysis.verdict
    lang = analysis.lang if analysis.lang in desk.texts else desk.settings.digest.languages[0]
    place = next((place for place in analysis.places if place.city and place.confidence >= SHOWN), None)
    link = form_link(
        wanted.form_url,
        partial(db.pseudonym, "form"),
        drafts.next_number(db),
        lang=lang,
        symptoms=verdict.symptoms,
        place=place,
        until=(now + wanted.form_valid).astimezone(desk.settings.zone).date(),
    )
    text = write(
        Wanted(
            platform,
            verdict.symptoms[0] if verdict.symptoms else None,
            wanting(analysis.places),
            known=_fault_at(place, faults),
            link=link,
            formal=wanted.address == "formal",
            mastodon_limit=wanted.mastodon_limit,
        ),
        desk.texts[lang],
        draft.to,
    )
    free = draft.way is Way.AUTOMATIC
    drafts.add_decision(
        db,
        candidate.number,
        state="approved" if free else "draft",
        reason=draft.reason,
        way=draft.way,
        platform=platform,
        lang=lang,
        text=text,
        by="daemon" if free else None,
        now=now,
    )


def _fault_at(place: Location | None, faults: list[drafts.Fault]) -> str:
    """The confirmed fault that covers a place, as it is written: "Köln, Deutz"; "": none does."""
    for fault in faults if place else ():
        if place and fault.city == place.city and fault.district in (None, place.district):
            return ", ".join(part for part in (fault.city, fault.district) if part)
    return ""


def _is_over(analysis: Analysis, desk: Desk) -> bool:
    return any(span.why in desk.over for span in analysis.verdict.against)

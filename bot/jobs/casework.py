"""Cases: found by the program every day, worked on by people."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from .. import store
from ..config.settings import Settings
from ..digest.cases import happened
from ..digest.day import midnight
from ..errors import InputError
from ..escalate.cases import Action, Case, Event, Fact, Spot, State, Trouble, merge, split, step
from ..escalate.effect import WINDOW, Effect, Verdict, days_of, judge
from ..escalate.finding import Lasting, Reminder, reminders, update
from ..locate.gazetteer import Gazetteer
from ..store.cases import add_event, cases, get_case, next_case, put_case
from ..watch.coverage import Heard
from . import bulletins, ticketing
from .publishing import known_hours, load_words


def daily(
    writer: store.Database, reader: store.Database, gazetteer: Gazetteer, settings: Settings, *, now: datetime
) -> list[str]:
    """All that the program does with cases by itself. Safe to repeat. Returns lines for the log."""
    words = load_words("en")
    lines = [
        f"case {case.number}: {action.value} {case.spots[0]}, {happened(why, words)}"
        for case, action, why in look(writer, reader, settings, now=now)
        if action
    ]
    lines += [
        f"case {case.number}: the complaints say that it is over"
        for case in verify_fixed(writer, reader, settings, now=now)
    ]
    if made := bulletins.draft_due(writer, gazetteer, settings, now=now):
        lines.append(f"netzbericht: draft {made.number} waits for approval")
    return lines + ticketing.look_after(writer, settings, now=now)


def look(
    writer: store.Database, reader: store.Database, settings: Settings, *, now: datetime, dry_run: bool = False
) -> list[tuple[Case, Action | None, tuple[Fact, ...]]]:
    """Open, reopen and bring up to date what the complaints of the last days say. Returns what changed."""
    rule = Lasting(settings.cases.people, settings.cases.days, settings.cases.within)
    since = midnight(now.astimezone(settings.zone).date() - timedelta(days=rule.within), settings.zone)
    complaints = list(store.complaints(reader, since=since, until=now))
    if dry_run:
        return update(complaints, cases(reader), settings.zone, rule, now=now)
    done = []
    with store.transaction(writer):
        for case, action, why in update(complaints, cases(writer), settings.zone, rule, now=now):
            kept = case if case.number else replace(case, number=next_case(writer))
            put_case(writer, kept)
            if action:
                add_event(writer, Event(kept.number, now, "daemon", action, facts=why))
            done.append((kept, action, why))
    return done


def open_case(
    db: store.Database, gazetteer: Gazetteer, settings: Settings, city: str, district: str, trouble: Trouble, *, actor: str,
    now: datetime, detail: str = "",
) -> Case:  # fmt: skip
    """By hand, before the complaints say so. Raises InputError for an unknown place, or one that has a case."""
    if gazetteer.city(city) is None:
        raise InputError(f"{city}: not known; write it by its official name, as `brennpunkt hotspots` does")
    if district and not any(place.city == city and place.district == district for place in gazetteer.places):
        raise InputError(
            f"{district}: no known district of {city}; write it as `brennpunkt hotspots` does, or leave it out"
        )
    spot = Spot(city, district, trouble)
    today = now.astimezone(settings.zone).date()
    with store.transaction(db):
        if taken := [case for case in cases(db) if spot in case.spots]:
            raise InputError(f"{spot} belongs to case {taken[0].number}")
        case = Case(
            number=next_case(db), state=State.NEW, spots=(spot,), opened_at=now, changed_at=now, people=0, peak=0,
            first_seen=today, last_seen=today,
        )  # fmt: skip
        put_case(db, case)
        add_event(db, Event(case.number, now, actor, Action.OPEN, detail.strip()))
    return case


def effect(db: store.Database, settings: Settings, case: Case, *, now: datetime) -> Effect | None:
    """Whether a fix helped, as far as the complaints tell by now. None: it was never said to be fixed."""
    if case.fixed_on is None:
        return None
    zone = settings.zone
    since = midnight(case.fixed_on - timedelta(days=WINDOW), zone)
    until = min(midnight(case.fixed_on + timedelta(days=WINDOW + 1), zone), midnight(now.astimezone(zone).date(), zone))
    known, _ = known_hours(db, settings, since=since, until=until)
    days = [case.fixed_on + timedelta(days=n) for n in range(-WINDOW, WINDOW + 1)]
    heard = {
        day for day in days
        if midnight(day + timedelta(days=1), zone) <= until
        and known.heard(midnight(day, zone), midnight(day + timedelta(days=1), zone)) is Heard.ALL
    }  # fmt: skip
    complaints = store.complaints(db, since=since, until=until)
    return judge(days_of(complaints, case, case.fixed_on, heard, zone), case.fixed_on)


def verify_fixed(writer: store.Database, reader: store.Database, settings: Settings, *, now: datetime) -> list[Case]:
    """Cases whose fix the complaints prove, noted as such with the numbers."""
    done = []
    for case in cases(reader, (State.FIXED,)):
        found = effect(reader, settings, case, now=now)
        if found and found.verdict is Verdict.VERIFIED:
            done.append(act(writer, case.number, Action.VERIFY, actor="daemon", now=now, facts=(found.fact,)))
    return done


def act(
    db: store.Database, number: int, action: Action, *, actor: str, now: datetime, detail: str = "", day: date | None = None,
    measure: str | None = None, facts: tuple[Fact, ...] = (),
) -> Case:  # fmt: skip
    """A step in a case's life. `now` in the carrier's zone: a fix is of its date. Raises InputError where it is not possible."""
    with store.transaction(db):
        case = step(get_case(db, number), action, now=now, detail=detail, day=day)
        if measure:
            case = replace(case, measure=measure)
        put_case(db, case)
        facts += (Fact("measure", {"measure": measure}),) if measure else ()
        facts += (_day(day),) if day else ()
        add_event(db, Event(number, now, actor, action, detail.strip(), facts))
    return case


def note(db: store.Database, number: int, *, actor: str, now: datetime, text: str) -> Case:
    return _with(db, number, Action.NOTE, {}, text.strip(), actor=actor, now=now)


def assign(db: store.Database, number: int, owner: str | None, *, actor: str, now: datetime) -> Case:
    facts = () if owner else (Fact("nobody"),)
    return _with(db, number, Action.ASSIGN, {"owner": owner}, owner or "", *facts, actor=actor, now=now)


def set_due(db: store.Database, number: int, day: date | None, *, actor: str, now: datetime) -> Case:
    return _with(db, number, Action.DUE, {"due": day}, "", _day(day), actor=actor, now=now)


def merge_cases(db: store.Database, number: int, other: int, *, actor: str, now: datetime) -> Case:
    """`other` ends in `number`. Raises InputError."""
    with store.transaction(db):
        kept, ended = merge(get_case(db, number), get_case(db, other), now=now)
        put_case(db, ended)  # first: a spot has one case
        put_case(db, kept)
        add_event(db, Event(number, now, actor, Action.MERGE, facts=(Fact("took_in", {"case": str(other)}),)))
        add_event(db, Event(other, now, actor, Action.MERGE, facts=(Fact("into", {"case": str(number)}),)))
    return kept


def split_case(
    db: store.Database, number: int, places: Iterable[tuple[str, str]], *, actor: str, now: datetime
) -> tuple[Case, Case]:
    """These places (city, district or "") go into a case of their own. Raises InputError."""
    wanted = set(places)
    with store.transaction(db):
        case = get_case(db, number)
        unknown = wanted - {(spot.city, spot.district) for spot in case.spots}
        spots = [spot for spot in case.spots if (spot.city, spot.district) in wanted]
        spots += [Spot(city, district, case.spots[0].trouble) for city, district in sorted(unknown) if case.spots]
        kept, new = split(case, spots, next_case(db), now=now)
        put_case(db, kept)
        put_case(db, new)
        gave = Fact("gave", {"places": ", ".join(map(str, new.spots)), "case": str(new.number)})
        add_event(db, Event(number, now, actor, Action.SPLIT, facts=(gave,)))
        add_event(db, Event(new.number, now, actor, Action.SPLIT, facts=(Fact("out_of", {"case": str(number)}),)))
    return kept, new


def due_reminders(db: store.Database, settings: Settings, *, now: datetime) -> list[tuple[Case, Reminder, str]]:
    return [
        (case, reminder, why)
        for case in cases(db)
        for reminder, why in reminders(
            case,
            now=now.astimezone(settings.zone),
            quiet_after=settings.cases.quiet_after,
            seen_within=settings.cases.seen_within,
        )
    ]


def _day(day: date | None) -> Fact:
    return Fact("day", {"day": str(day)}) if day else Fact("no_day")


def _with(
    db: store.Database, number: int, action: Action, changes: dict[str, object], detail: str, *facts: Fact, actor: str,
    now: datetime,
) -> Case:  # fmt: skip
    with store.transaction(db):
        case = replace(get_case(db, number), changed_at=now, **changes)  # type: ignore[arg-type]  # named by the callers above
        put_case(db, case)
        add_event(db, Event(number, now, actor, action, detail, facts))
    return case

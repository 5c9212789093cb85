"""Which hot spots last, which case they belong to, and which cases want somebody's attention. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from ..domain import Complaint, Symptom, Technology
from ..watch.hotspots import trend
from .cases import SETTLED, WITH_PLANNERS, Action, Case, Fact, Spot, State, Trouble, step


@dataclass(frozen=True, slots=True)
class Lasting:
    """From when on a hot spot is no passing one."""

    people: int = 10
    days: int = 3  # on so many days somebody complained
    within: int = 14  # days


@dataclass(frozen=True, slots=True)
class Found:
    """A spot that lasts."""

    spot: Spot
    people: int
    first: date
    last: date
    symptoms: tuple[tuple[Symptom, int], ...]
    technology: Technology | None


@dataclass
class _Cell:
    who: set[str]
    days: set[date]
    symptoms: dict[Symptom, set[str]]
    technologies: Counter[Technology]


def trouble_of(complaint: Complaint) -> Trouble:
    return Trouble.NO_NETWORK if complaint.symptoms[:1] == (Symptom.NO_SERVICE,) else Trouble.OVERLOAD


def update(
    complaints: Iterable[Complaint], cases: Sequence[Case], zone: tzinfo, rule: Lasting, *, now: datetime
) -> list[tuple[Case, Action | None, tuple[Fact, ...]]]:
    """Cases that are new (number 0), reopened, or seen again with other numbers (no action), each with what to note.

    `complaints` are those of the last `rule.within` days.
    """
    today = now.astimezone(zone).date()
    homes = {spot: case for case in cases for spot in case.spots}
    cells = _cells(complaints, homes, zone, today - timedelta(days=rule.within), rule)
    changes: list[tuple[Case, Action | None, tuple[Fact, ...]]] = []
    of_case: dict[int, list[_Cell]] = defaultdict(list)
    for spot, cell in sorted(cells.items()):
        if spot in homes:
            of_case[homes[spot].number].append(cell)
        elif _lasts(cell, rule):
            found = _found(spot, cell)
            case = Case(
                number=0, state=State.NEW, spots=(spot,), opened_at=now, changed_at=now, people=found.people,
                peak=found.people, first_seen=found.first, last_seen=found.last, symptoms=found.symptoms,
                technology=found.technology,
            )  # fmt: skip
            fact = Fact("found", {"people": found.people, "days": len(cell.days)})
            changes.append((case, Action.OPEN, (fact,)))
    for case in cases:
        seen = _seen(case, of_case.get(case.number, []))
        joined = _joined(of_case.get(case.number, []))
        if case.state in SETTLED and case.spots and _lasts(joined, rule):
            again = step(seen, Action.REOPEN, now=now)
            settled, days = str(case.settled_on(zone)), len(joined.days)
            fact = Fact("again", {"people": again.people, "days": days, "day": settled})
            changes.append((again, Action.REOPEN, (fact,)))
        elif seen != case:
            changes.append((seen, None, ()))
    return changes


class Reminder(StrEnum):
    OVERDUE = "overdue"  # the day somebody named has passed
    QUIET = "quiet"  # handed over, and nobody has written a line since
    LOUD = "loud"  # handed over, and more people complain than then
    UNSEEN = "unseen"  # found by the program, and nobody has looked


def reminders(
    case: Case, *, now: datetime, quiet_after: timedelta, seen_within: timedelta
) -> list[tuple[Reminder, str]]:
    """What somebody should look at, with the reason in words. `now` in the carrier's zone: its date is today."""
    found = []
    if case.due and case.due < now.date() and case.state not in SETTLED:
        found.append((Reminder.OVERDUE, f"was due on {case.due}"))
    silent = now - case.changed_at
    if case.state in WITH_PLANNERS and silent > quiet_after and not (case.due and case.due >= now.date()):
        found.append((Reminder.QUIET, f"nothing was heard of it for {silent.days} days"))
    if case.state in WITH_PLANNERS and case.handed_people is not None and trend(case.handed_people, case.people) == 1:
        found.append((Reminder.LOUD, f"{case.people} people now, {case.handed_people} when it was handed over"))
    if case.state in (State.NEW, State.REOPENED) and silent > seen_within:
        found.append((Reminder.UNSEEN, f"nobody has looked at it for {silent.days} days"))
    return found


def _cells(
    complaints: Iterable[Complaint], homes: dict[Spot, Case], zone: tzinfo, since: date, rule: Lasting
) -> dict[Spot, _Cell]:
    """People by spot. A district that neither lasts nor has a case counts for its city; what is answered for is left out."""
    cells: dict[Spot, _Cell] = {}
    for complaint in complaints:
        if complaint.city is None:
            continue
        spot = Spot(complaint.city, complaint.district or "", trouble_of(complaint))
        day = complaint.at.astimezone(zone).date()
        home = homes.get(spot) or (homes.get(replace(spot, district="")) if spot.district else None)
        settled = home.settled_on(zone) if home else None
        if day < since or (settled is not None and day <= settled):
            continue
        cell = cells.setdefault(spot, _Cell(set(), set(), defaultdict(set), Counter()))
        cell.who.add(complaint.who)
        cell.days.add(day)
        for symptom in complaint.symptoms:
            cell.symptoms[symptom].add(complaint.who)
        if complaint.technology:
            cell.technologies[complaint.technology] += 1
    for spot in [
        spot for spot, cell in cells.items() if spot.district and spot not in homes and not _lasts(cell, rule)
    ]:
        whole = replace(spot, district="")
        cells[whole] = _joined([cell for cell in (cells.get(whole), cells.pop(spot)) if cell])
    return cells


def _joined(cells: Sequence[_Cell]) -> _Cell:
    joined = _Cell(set(), set(), defaultdict(set), Counter())
    for cell in cells:
        joined.who |= cell.who
        joined.days |= cell.days
        joined.technologies += cell.technologies
        for symptom, who in cell.symptoms.items():
            joined.symptoms[symptom] |= who
    return joined


def _lasts(cell: _Cell, rule: Lasting) -> bool:
    return len(cell.who) >= rule.people and len(cell.days) >= rule.days


def _found(spot: Spot, cell: _Cell) -> Found:
    mix = sorted(((symptom, len(who)) for symptom, who in cell.symptoms.items()), key=lambda item: (-item[1], item[0]))
    technology = cell.technologies.most_common(1)[0][0] if cell.technologies else None
    return Found(spot, len(cell.who), min(cell.days), max(cell.days), tuple(mix), technology)


def _seen(case: Case, cells: Sequence[_Cell]) -> Case:
    if not case.spots:
        return case
    joined = _joined(cells)
    if not joined.who:
        return replace(case, people=0)
    found = _found(case.spots[0], joined)
    return replace(
        case,
        people=found.people,
        peak=max(case.peak, found.people),
        last_seen=max(case.last_seen, found.last),
        symptoms=found.symptoms,
        technology=found.technology or case.technology,
    )

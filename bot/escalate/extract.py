"""The anonymous list for the network planners: what fails, where, in which weeks, and how many people say so.

Three things keep a person from being found in it, or between two of them:

- A row that speaks of fewer than k people is not left out but rolled up: technology is given up first, then district,
  city and state. No row holds another: that of a city counts those that its districts' rows do not. So there is no
  sum to subtract a part from.
- Periods are whole weeks on a fixed grid, never overlap, and are released once, when they are over. What was released
  is released again as it was: a post that came late or was deleted cannot be read off the difference.
- Places come from the gazetteer, everything else from enums. There is no field for anything else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..domain import Complaint, Symptom, Technology
from ..watch.hotspots import trend

ANCHOR = date(2000, 1, 10)  # a Monday: all periods of so many weeks are counted from here
SETTLES = timedelta(days=1)  # posts that federate late

Place = tuple[str | None, str | None, str | None]  # state, city, district, each None where not told
NOWHERE: Place = (None, None, None)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole weeks in the carrier's time zone."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """All that planners get. None: given up, so that the row speaks of k people, or never named."""

    symptom: Symptom | None
    technology: Technology | None
    city: str | None
    district: str | None
    state: str | None
    period: Period
    people: int  # each once in this row

    @property
    def place(self) -> Place:
        return self.state, self.city, self.district

    @property
    def level(self) -> str:
        """How precise it is: district, city, state, country."""
        return "district" if self.district else "city" if self.city else "state" if self.state else "country"


@dataclass(frozen=True, slots=True)
class Release:
    """A period as it was given away, and is given away again."""

    period: Period
    k: int
    rows: tuple[ExtractRow, ...]  # most people first
    rolled: int  # groups of fewer than k that were rolled up
    shown: bool  # False: fewer than k people complained at all, so that nothing may be said
    rules: str  # versions of rules and model that judged
    heard: float  # 0.0 to 1.0: of the period's hours, those that somebody listened in without a gap
    released_at: datetime
    released_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row beside the one of the period before."""

    row: ExtractRow
    before: int | None  # None: it was no row of its own
    trend: int | None  # 1 more, -1 fewer, 0 within chance; None: nothing to compare with


def period_of(day: date, weeks: int) -> Period:
    length = timedelta(weeks=weeks)
    first = ANCHOR + (day - ANCHOR) // length * length
    return Period(first, first + length - timedelta(days=1))


def last_closed(today: date, weeks: int) -> Period:
    """The newest period that may be released on `today`."""
    return period_of(today - SETTLES - timedelta(weeks=weeks), weeks)


def is_closed(period: Period, today: date) -> bool:
    return period.last + SETTLES < today


_Key = tuple[Symptom | None, Technology | None, Place]


def roll_up(
    complaints: Iterable[Complaint], known: Callable[[str, str | None], Place], period: Period, k: int
) -> tuple[tuple[ExtractRow, ...], int]:
    """Rows of at least k people each, most people first, and how many groups were too small to stand alone.

    `known` says how a city and district are officially called; what it does not know becomes None. Without rows, fewer
    than k people complained at all.
    """
    cells = _cells(complaints, known)
    rolled = 0
    for level in ("technology", "district", "city", "state"):
        for key in [key for key, who in cells.items() if len(who) < k and _has(key, level)]:
            symptom, technology, place = key
            target: _Key = (symptom, None, place) if level == "technology" else (symptom, technology, _wider(place))
            cells.setdefault(target, set()).update(cells.pop(key))
            rolled += 1
    for symptom in list(dict.fromkeys(key[0] for key in cells)):  # what is left over of a symptom in the whole country
        rolled += _absorb(cells, (symptom, None, NOWHERE), k, same_symptom=True)
    for small in [key for key, who in cells.items() if len(who) < k]:  # a symptom that fewer than k people have at all
        cells.setdefault((None, None, NOWHERE), set()).update(cells.pop(small))
        rolled += 1
    rolled += _absorb(cells, (None, None, NOWHERE), k, same_symptom=False)
    rows = [
        ExtractRow(symptom, technology, place[1], place[2], place[0], period, len(who))
        for (symptom, technology, place), who in cells.items()
        if len(who) >= k  # only false where all of them together are fewer
    ]
    return tuple(sorted(rows, key=_most_first)), rolled


def compare(rows: Sequence[ExtractRow], before: Sequence[ExtractRow] | None) -> list[Change]:
    """Each row beside the same one of the period before, from what was released of it. None: nothing was."""
    earlier = {_key(row): row.people for row in before or ()}
    changes = []
    for row in rows:
        past = earlier.get(_key(row))
        changes.append(Change(row, past, None if past is None else trend(past, row.people)))
    return changes


def gone(rows: Sequence[ExtractRow], before: Sequence[ExtractRow] | None) -> list[ExtractRow]:
    """Rows of the period before that are none of their own any more."""
    now = {_key(row) for row in rows}
    return [row for row in before or () if _key(row) not in now]


def _cells(complaints: Iterable[Complaint], known: Callable[[str, str | None], Place]) -> dict[_Key, set[str]]:
    """People by symptom, technology and place. Who names a technology once is counted with it."""
    cells: dict[_Key, set[str]] = {}
    for complaint in complaints:
        place = known(complaint.city, complaint.district) if complaint.city else NOWHERE
        for symptom in set(complaint.symptoms):
            cells.setdefault((symptom, complaint.technology, place), set()).add(complaint.who)
    for (what, technology, place), who in list(cells.items()):
        if technology is not None and (bare := cells.get((what, None, place))):
            bare -= who
    return {key: who for key, who in cells.items() if who}


def _absorb(cells: dict[_Key, set[str]], key: _Key, k: int, *, same_symptom: bool) -> int:
    """Roll the smallest rows up into one that is too small and has nowhere to go, until it is large enough."""
    absorbed = 0
    while key in cells and len(cells[key]) < k:
        others = [other for other in cells if other != key and (not same_symptom or other[0] == key[0])]
        if not others:
            break
        cells[key] |= cells.pop(min(others, key=lambda other: (len(cells[other]), str(other))))
        absorbed += 1
    return absorbed


def _has(key: _Key, level: str) -> bool:
    _, technology, (state, city, district) = key
    return {
        "technology": technology is not None,
        "district": district is not None,
        "city": city is not None and district is None,
        "state": state is not None and city is None,
    }[level]


def _wider(place: Place) -> Place:
    state, city, district = place
    return (state, city, None) if district else (state, None, None) if city else NOWHERE


def _key(row: ExtractRow) -> _Key:
    return row.symptom, row.technology, row.place


def _most_first(row: ExtractRow) -> tuple[int, str]:
    return -row.people, str(_key(row))

"""An incident of many days: what early warning takes for usual by then is told as what it is, a wave that goes on or ebbs.

Hours are compared with the last six weeks, and those fill with the wave itself. Whole days are compared with the calm
quarter of the last nine weeks instead.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import median

from .coverage import Coverage, Heard
from .hotspots import trend

RISEN = 2.0  # times a calm day
FEW = 10  # people a day: fewer are no wave
CALM_DAYS = 14  # heard before it began: fewer say nothing of what is calm
LOOKED_BACK = 63  # days
LEAST_DAYS = 2  # a single day is early warning's own
EBBING = 0.6  # of its height: below it ebbs


@dataclass(frozen=True, slots=True)
class Wave:
    first: date  # local days
    last: date  # the last one so far on which more people than on a calm day came
    peak: date
    height: int  # people on the peak's day
    calm: float  # people on a day before it, median
    state: str  # rising, lasting, ebbing, over: that day is behind us


def people_by_day(came: Iterable[tuple[datetime, str]], zone: tzinfo) -> dict[date, int]:
    """How many people complained on each local day; of each complaint, when and who."""
    people: dict[date, set[str]] = {}
    for at, who in came:
        people.setdefault(at.astimezone(zone).date(), set()).add(who)
    return {day: len(those) for day, those in people.items()}


def waves_until(
    last: date, people: Mapping[date, int], known: Coverage, zone: tzinfo, until: datetime, days: int = 1
) -> list[Wave | None]:
    """The wave as it stood on each of the `days` up to `last`, the newest first. `people`: who complained about capacity on
    each day since LOOKED_BACK before."""
    counted: list[tuple[date, int | None]] = []
    for back in range(LOOKED_BACK + days - 2, -1, -1):
        each = last - timedelta(days=back)
        begin, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (each, each + timedelta(days=1)))
        whole = known.heard(begin, min(end, until)) is Heard.ALL
        counted.append((each, people.get(each, 0) if whole else None))
    return [find_wave(counted[len(counted) - back - LOOKED_BACK : len(counted) - back]) for back in range(days)]


def find_wave(days: Sequence[tuple[date, int | None]]) -> Wave | None:
    """The wave that goes on or ended the day before the last of `days` (people, None: nobody listened or not all day),
    one behind the other, the oldest first."""
    known = sorted(people for _, people in days if people is not None)
    if len(known) < CALM_DAYS:
        return None
    calm = known[len(known) // 4]

    def risen(people: int | None) -> bool:
        return (
            people is not None
            and people >= max(FEW, RISEN * calm)
            and trend(calm, people, periods=len(known) // 4) == 1
        )

    end = len(days) - (days[-1][1] is not None and not risen(days[-1][1]))
    begin = end
    while begin > 0 and (risen(days[begin - 1][1]) or (days[begin - 1][1] is None and begin < end)):
        begin -= 1
    while begin < end and days[begin][1] is None:
        begin += 1
    before = [people for _, people in days[:begin] if people is not None]
    wave = [(day, people) for day, people in days[begin:end] if people is not None]
    if len(wave) < LEAST_DAYS or len(before) < CALM_DAYS:
        return None
    peak, height = max(wave, key=lambda each: each[1])
    last, people = wave[-1]
    if end < len(days):
        state = "over"
    elif people <= EBBING * height:
        state = "ebbing"
    else:
        state = "rising" if peak == last else "lasting"
    return Wave(wave[0][0], last, peak, height, median(before[-4 * CALM_DAYS :]), state)

"""How far each timeline of X was read: up to its newest post, but for the stretches still missing below it.

X answers newest first and bills every post. So nothing read is asked for again: after each page the cursor says which
posts are still missing, and a run that fails or stops at a limit goes on there. Newest first, always: in a storm
the posts of this minute matter more than those of this morning.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

EPOCH_MS = 1_288_834_974_657  # X's ids are milliseconds since this instant, shifted by 22 bits ("Snowflake", 2010)
MENTIONS = "mentions:"  # the label of that timeline; all others are labelled by their query
MAX_STRETCHES = 50  # beyond, the two oldest become one: their posts in between are read twice


def id_at(moment: datetime) -> int:
    """The lowest id a post of this instant may have."""
    return max(0, int(moment.timestamp() * 1000) - EPOCH_MS) << 22


def time_of(native: int) -> datetime:
    """The instant a post got its id, aware UTC, to the second below. Raises ValueError beyond the year 9999."""
    try:
        return datetime.fromtimestamp(((native >> 22) + EPOCH_MS) // 1000, UTC)
    except OverflowError as error:
        raise ValueError(f"{native} is no id") from error


@dataclass(frozen=True, slots=True)
class Stretch:
    """Posts that are missing: ids above `since` and below `until`."""

    since: int
    until: int | None = None  # None: up to now
    noted: bool = False  # a gap was told for it, to be closed once it is filled
    read: int = 0  # posts read of it so far


@dataclass
class Timeline:
    """One list of posts: the mentions, or what one query finds."""

    head: int  # the newest post read; above it nothing is known
    missing: list[Stretch] = field(default_factory=list)  # newest first

    def top(self) -> Stretch:
        """All that is newer than the newest post read; taken up again where a run found no money to begin it."""
        if not (self.missing and self.missing[0].until is None):
            self.missing.insert(0, Stretch(self.head))
        return self.missing[0]

    def advance(self, stretch: Stretch, ids: list[int], *, more: bool) -> Stretch | None:
        """Take note of a page of `stretch`. Returns what is still missing of it, None: nothing."""
        at = self.missing.index(stretch)
        if ids and stretch.until is None:
            self.head = max(self.head, *ids)
        if not more:
            del self.missing[at]
            return None
        until = min(ids) if ids else stretch.until
        self.missing[at] = replace(stretch, until=until, read=stretch.read + len(ids))
        return self.missing[at]

    def change(self, old: Stretch, new: Stretch | None) -> None:
        at = self.missing.index(old)
        self.missing[at : at + 1] = [new] if new else []

    def floor(self) -> int:
        """Below this nothing is missing."""
        return min([self.head, *(stretch.since for stretch in self.missing)])


def load(
    cursor: str | None, labels: list[str], start: int
) -> tuple[dict[str, Timeline], dict[str, Timeline], str | None]:
    """The timelines called `labels`, those no longer asked, and a warning where the cursor cannot be read.

    A timeline never read begins at `start`. When the words of the config changed, the new queries begin where nothing
    was missing of those that are no longer asked.
    """
    known: dict[str, Timeline] = {}
    warning = None
    try:
        for label, (head, missing) in json.loads(cursor or "{}").items():
            stretches = [Stretch(_id(s), None if u is None else _id(u), bool(n), int(r)) for s, u, n, r in missing]
            while len(stretches) > MAX_STRETCHES:
                oldest = stretches.pop()
                stretches[-1] = replace(stretches[-1], since=oldest.since)
            known[label] = Timeline(_id(head), stretches)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        known, warning = {}, f"the cursor cannot be read and begins anew ({type(error).__name__})"
    gone = {label: timeline for label, timeline in known.items() if label not in labels}
    begin = min((timeline.floor() for label, timeline in gone.items() if label != MENTIONS), default=start)
    asked = {label: known.get(label) or Timeline(start if label == MENTIONS else begin) for label in labels}
    return asked, gone, warning


def _id(value: object) -> int:
    if isinstance(value, int) and 0 <= value < 1 << 63:
        return value
    raise ValueError("no id")


def dump(timelines: dict[str, Timeline]) -> str:
    """What `load` reads. A top stretch not begun is left out unless a gap was told for it: the head says it all."""
    return json.dumps(
        {
            label: [
                timeline.head,
                [[s.since, s.until, int(s.noted), s.read] for s in timeline.missing if s.noted or s.until is not None],
            ]
            for label, timeline in timelines.items()
        },
        ensure_ascii=False,
    )

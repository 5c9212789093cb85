"""Reading a timeline that is asked by id, without losing a post. Knows no platform: `fetch` asks, ids are opaque text.

Three ways through a timeline:
  upwards    from the newest post we have to the newest there is: oldest first, so every page moves the place
  again      the last hours once more, because posts that arrive late are filed behind our place
  downwards  from the newest back: in the first hours, and when the server no longer knows our place

    place:    … ──┤mark├────┤mark├────┤newest├
    again:        └─────────────────────────▶ │
    upwards:                                  └──────▶ now
"""

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..domain import Post

MARKS = 8  # an overlap is remembered in about so many steps


@dataclass(frozen=True, slots=True)
class Slice:
    """One answer of the server, newest first."""

    ids: tuple[str, ...] = ()  # of everything on it, posts that we leave out included
    posts: tuple[Post, ...] = ()
    times: tuple[datetime, ...] = ()  # aware UTC, where claimed; in no order
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """An id, and when we read it as the newest of the timeline."""

    id: str
    read_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True)
class Place:
    """How far a timeline is complete."""

    marks: tuple[Mark, ...] = ()  # oldest first; the last one is the newest post we have; empty: none was ever seen
    again: Mark | None = None  # where reading again goes on, and when it began; None: it begins anew
    read_at: datetime | None = None  # when the last whole reading began, the overlap included; None: there was none

    @property
    def newest(self) -> str | None:
        return self.marks[-1].id if self.marks else None

    def reached(self, newest: str, now: datetime, overlap: timedelta) -> "Place":
        """With a newer end. Of the marks too old to be needed the youngest stays; at most MARKS + 3 stay in all."""
        marks = list(self.marks)
        if marks and marks[-1].id == newest:
            return self
        if len(marks) > 1 and marks[-1].read_at - marks[-2].read_at < overlap / MARKS:
            marks.pop()
        marks.append(Mark(newest, now))
        begin = (self.read_at or now) - overlap
        while len(marks) > 2 and (marks[1].read_at <= begin or len(marks) > MARKS + 3):
            marks.pop(0)
        return replace(self, marks=tuple(marks))

    def anchor(self, overlap: timedelta) -> str | None:
        """Where reading again begins: the youngest mark an overlap older than the last whole reading.

        What has arrived since then is filed behind it, unless it is later than the overlap. It is never the newest post
        itself: so there is always one behind it, and an empty answer means that the server has lost our place.
        None: we have not listened that long.
        """
        old = [mark.id for mark in self.marks[:-1] if self.read_at and mark.read_at <= self.read_at - overlap]
        return old[-1] if old else None


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one request."""

    slice: Slice = Slice()
    place: Place | None = None  # set when nothing older is missing after it
    truncated: bool = False
    empty: bool = False  # the server showed no post at all
    missing: tuple[datetime, datetime] | None = None  # from, to: a stretch that can no longer be read
    late_unread: bool = False  # our place was met, but at the limit: what was filed late behind it stays unread
    reaches_back_to: datetime | None = None  # a first reading stopped here at its limit


# fetch(min_id=…) the oldest posts after it, fetch(max_id=…) the newest before it, fetch() the newest
Fetch = Callable[..., Slice]


@dataclass(frozen=True, slots=True)
class Walk:
    """One timeline, one run."""

    fetch: Fetch
    now: datetime
    overlap: timedelta  # zero where nothing is filed behind our place
    limit: int  # answers in each of the three ways

    def read(self, place: Place) -> Iterator[Step]:
        """All that is new, and the overlap again."""
        if place.marks:
            place, there = yield from self._upwards(place)
            if not there:
                return
            if place.anchor(self.overlap) is not None:
                found = yield from self._again(place)
                if found:
                    return
        yield from self.downwards(place)

    def _upwards(self, place: Place) -> Generator[Step, None, tuple[Place, bool]]:
        """Returns the place, and whether the newest post was reached."""
        for _ in range(self.limit):
            part = self.fetch(min_id=place.newest)
            if not part.ids or part.ids[0] == place.newest:
                return place, True
            place = place.reached(part.ids[0], self.now, self.overlap)
            yield Step(part, place)
        there = not self.fetch(min_id=place.newest).ids
        if not there:
            yield Step(truncated=True)
        return place, there

    def _again(self, place: Place) -> Generator[Step, None, bool]:
        """Read the overlap once more. Of a busy timeline only `limit` answers, the next run goes on there.

        Returns False when the server has nothing after a post that others must follow.
        """
        resumed = place.again is not None
        began = place.again.read_at if place.again else self.now
        pointer = place.again.id if place.again else str(place.anchor(self.overlap))
        for number in range(self.limit):
            part = self.fetch(min_id=pointer)
            if not part.ids or part.ids[0] == pointer:
                if number:  # at the end, but never met our newest post: that one is gone
                    place = replace(place.reached(pointer, self.now, self.overlap), read_at=began)
                elif not resumed:
                    return False
                yield Step(place=replace(place, again=None))
                return True
            pointer = part.ids[0]
            done = place.newest in part.ids
            place = replace(place, again=None, read_at=began) if done else replace(place, again=Mark(pointer, began))
            yield Step(part, place)
            if done:
                return True
        return True

    def downwards(self, place: Place) -> Iterator[Step]:
        """From the newest post back to one we know, and on through the overlap. The place is set on the last step only."""
        known = {mark.id for mark in place.marks}
        seen: dict[str, None] = {}  # in the order of the server
        times: list[datetime] = []
        met = done = asked_twice = False
        part = self.fetch()
        for left in range(self.limit - 1, -1, -1):
            fresh = [native for native in part.ids if native not in seen]
            if not fresh:
                if part.warnings:
                    yield Step(part)
                if seen and not met and not asked_twice:
                    # The beginning, or an answer of a server in trouble: believed when said twice.
                    asked_twice, part = True, self.fetch(max_id=next(reversed(seen)))
                    continue
                done = True  # the timeline's beginning
                break
            seen.update(dict.fromkeys(fresh))
            times += part.times
            yield Step(part)
            met = met or bool(known.intersection(part.ids))
            done = self._is_old(part, place) or (met and not self.overlap)
            if done or not left:
                break
            part = self.fetch(max_id=part.ids[-1])
        ids = list(seen)
        if not ids:  # not one post: no news, no reason to forget our place, and nothing to vouch for
            begun = None if place.marks else replace(place, read_at=place.read_at or self.now)
            yield Step(place=begun, empty=True)
            return
        known_place = place if met else Place()
        now_at = replace(known_place.reached(ids[0], self.now, self.overlap), read_at=self.now, again=None)
        back_to = min(times, default=self.now)
        if done or met:
            yield Step(place=now_at, late_unread=not done)
        elif place.read_at is None:
            yield Step(place=now_at, reaches_back_to=back_to)
        else:
            yield Step(place=now_at, truncated=True, missing=(place.read_at, max(back_to, place.read_at)))

    def _is_old(self, part: Slice, place: Place) -> bool:
        """All of it was there when we last looked, with the overlap to spare."""
        return bool(part.times) and place.read_at is not None and max(part.times) < place.read_at - self.overlap


def dump_places(places: Mapping[str, Place], **notes: Any) -> str:
    """Places by timeline as a cursor."""
    table = {
        name: {
            "marks": [[mark.id, mark.read_at.isoformat()] for mark in place.marks],
            "again": [place.again.id, place.again.read_at.isoformat()] if place.again else None,
            "read_at": place.read_at.isoformat() if place.read_at else None,
        }
        for name, place in places.items()
    }
    return json.dumps({"version": 1, "timelines": table, **notes}, ensure_ascii=False, separators=(",", ":"))


def load_places(cursor: str | None) -> tuple[dict[str, Place], dict[str, Any]]:
    """What `dump_places` wrote. Raises ValueError when it is anything else."""
    if cursor is None:
        return {}, {}
    try:
        whole = json.loads(cursor)
        if whole.pop("version") != 1:
            raise ValueError("another version")
        table = whole.pop("timelines")
        return {str(name): _place(row) for name, row in table.items()}, whole
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a cursor of ours") from error


def _place(row: dict[str, Any]) -> Place:
    return Place(
        marks=tuple(_mark(pair) for pair in row["marks"]),
        again=_mark(row["again"]) if row["again"] else None,
        read_at=_instant(row["read_at"]) if row["read_at"] else None,
    )


def _mark(pair: list[str]) -> Mark:
    native, read_at = pair
    return Mark(_text(native), _instant(read_at))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an id is no text")
    return value


def _instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC)

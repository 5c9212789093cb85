"""The walk through a timeline, against a model of the server that publishes, files late, forgets and fails at will."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.collect.timeline import Place, Slice, Walk, dump_places, load_places
from tests.factories import NOON, post

OVERLAP = timedelta(hours=6)
LIMIT = 4
PAGE = 4


class Broken(Exception):
    pass


class Server:
    """A timeline by id; ids are times, so a late post has a small one."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.fails_at = self.blank_at = -1

    def fetch(self, min_id: str | None = None, max_id: str | None = None) -> Slice:
        self.fails_at -= 1
        self.blank_at -= 1
        if self.fails_at == 0:
            raise Broken
        if self.blank_at == 0:  # it has posts, and says that it has none
            return Slice((), (), ())
        rows = sorted(self.ids)
        if min_id is not None:
            rows = [row for row in rows if row > int(min_id)][:PAGE]
        elif max_id is not None:
            rows = [row for row in rows if row < int(max_id)][-PAGE:]
        else:
            rows = rows[-PAGE:]
        names = [f"{row:09}" for row in reversed(rows)]
        return Slice(
            tuple(names),
            tuple(post(native=name) for name in names),
            tuple(NOON + timedelta(seconds=row // 1000) for row in rows),
        )


class Timeline(RuleBasedStateMachine):
    """Whatever happens, what is missing is only what was left out aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.cursor: str | None = None
        self.have: set[str] = set()
        self.left_out: set[int] = set()  # what was there when the walk said that it leaves something out
        self.seconds = 0
        self.number = 0

    @initialize(count=st.integers(0, 30), fails_at=st.integers(0, 4))
    def begin(self, count: int, fails_at: int) -> None:
        self.publish(count)
        self.run(fails_at)

    @rule(hours=st.integers(4, 12))
    def listen(self, hours: int) -> None:
        """A quiet stretch: a post and a run an hour."""
        for _ in range(hours):
            self.wait(60)
            self.publish(1)
            self.run(0)

    @rule(count=st.integers(0, 20))
    def publish(self, count: int) -> None:
        for _ in range(count):
            self.seconds += 20
            self._file(self.seconds)

    @rule(minutes=st.integers(1, 300))
    def wait(self, minutes: int) -> None:
        self.seconds += 60 * minutes

    @rule(minutes=st.integers(0, 340))
    def arrive_late(self, minutes: int) -> None:
        self._file(max(0, self.seconds - 60 * minutes))

    @rule(fails_at=st.integers(0, 8))
    def run(self, fails_at: int) -> None:
        self.server.fails_at = fails_at or -1
        places, _ = load_places(self.cursor)
        now = NOON + timedelta(seconds=self.seconds)
        walk = Walk(self.server.fetch, now, OVERLAP, LIMIT)
        try:
            for step in walk.read(places.get("t", Place())):
                self.have |= {post.id.native for post in step.slice.posts}
                if step.place is not None:
                    self.cursor = dump_places({"t": step.place})
                if step.missing or step.reaches_back_to or step.late_unread:
                    self.left_out |= set(self.server.ids)
        except Broken:
            pass

    def _file(self, seconds: int) -> None:
        self.number += 1
        self.server.ids.append(seconds * 1000 + self.number)

    @invariant()
    def the_cursor_stays_small(self) -> None:
        assert len(self.cursor or "") < 1500

    def teardown(self) -> None:
        for _ in range(2 + len(self.server.ids)):
            self.run(0)
        assert {f"{row:09}" for row in self.server.ids if row not in self.left_out} <= self.have


TestTimeline = Timeline.TestCase
TestTimeline.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)


def test_where_a_server_says_that_nothing_follows_it_is_asked_again() -> None:
    server = Server()
    server.ids = [*range(1000, 9000, 1000)]
    known = [step.place for step in Walk(server.fetch, NOON, OVERLAP, LIMIT).downwards(Place())][-1]
    assert known is not None
    server.ids += range(100_000_000, 100_006_000, 1000)
    server.blank_at = 2
    later = Walk(server.fetch, NOON + timedelta(days=2), OVERLAP, LIMIT)
    got = {post.id.native for step in later.downwards(known) for post in step.slice.posts}
    assert got >= {f"{row:09}" for row in server.ids[-6:]}

"""How often somebody may: counted in memory under a key that is the day's own. Nothing of it is written down."""

import math
import threading
import time
from collections import Counter, OrderedDict, deque
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_KEYS = 100_000  # beyond that, whoever was silent longest is counted anew


class Limits:
    def __init__(self, hourly: int, daily: int) -> None:
        self.hourly, self.daily = hourly, daily
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, key: str, now: datetime) -> bool:
        """Whether this one may; it counts then."""
        with self._lock:
            times = self._times.setdefault(key, deque(maxlen=self.daily))
            self._times.move_to_end(key)
            if len(self._times) > MOST_KEYS:
                self._times.popitem(last=False)
            while times and times[0] <= now - DAY:
                times.popleft()
            if len(times) >= self.daily or sum(time > now - HOUR for time in times) >= self.hourly:
                return False
            times.append(now)
            return True


class Steps:
    """Counts that are written now and then: opening a page waits for no disk. What a crash takes are seconds of them."""

    def __init__(self, every_s: float = 10.0) -> None:
        self._every_s = every_s
        self._counts: Counter[str] = Counter()
        self._written_at = -math.inf  # monotonic
        self._lock = threading.Lock()

    def add(self, step: str) -> None:
        with self._lock:
            self._counts[step] += 1

    def due(self) -> bool:
        return time.monotonic() - self._written_at > self._every_s

    def take(self) -> dict[str, int]:
        """What is to be written; whoever takes it writes it."""
        with self._lock:
            taken, self._counts, self._written_at = self._counts, Counter(), time.monotonic()
            return dict(taken)


class Once:
    """Things that are taken once: solved tasks, reports sent twice. Remembers the newest."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._seen: OrderedDict[str, str] = OrderedDict()  # and what became of each
        self._lock = threading.Lock()

    def first(self, key: str) -> bool:
        with self._lock:
            if key in self._seen:
                return False
            self._seen[key] = ""
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
            return True

    def forget(self, key: str) -> None:
        """It was not taken after all."""
        with self._lock:
            self._seen.pop(key, None)

    def became(self, key: str, result: str) -> None:
        with self._lock:
            self._seen[key] = result

    def undo(self, result: str) -> None:
        """What became of it is gone: it may come again."""
        with self._lock:
            for key in [key for key, became in self._seen.items() if became == result]:
                del self._seen[key]

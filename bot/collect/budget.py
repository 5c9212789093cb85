"""How often this process may ask each host. One budget for all jobs: a platform counts requests by address, not by job."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class _Host:
    asked: deque[float] = field(default_factory=deque)  # monotonic seconds, oldest first
    closed_until: float = 0.0  # monotonic seconds


class Budget:
    """At most `requests` within any `within_s` seconds, for each host. Safe to share between threads.

    Mastodon allows 300 requests in 5 minutes an address (docs.joinmastodon.org/api/rate-limits); a third is left
    to the people and programs behind the same one.
    """

    def __init__(
        self, requests: int = 200, within_s: float = 300.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._requests = requests
        self._within_s = within_s
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def spend(self, host: str) -> float:
        """0.0: go ahead, one request is noted. Else nothing is noted, and it says how many seconds to wait."""
        with self._lock:
            now = self._clock()
            entry = self._hosts.setdefault(host, _Host())
            while entry.asked and entry.asked[0] <= now - self._within_s:
                entry.asked.popleft()
            wait_s = entry.closed_until - now
            if len(entry.asked) >= self._requests:
                wait_s = max(wait_s, entry.asked[0] + self._within_s - now)
            if wait_s > 0:
                return wait_s
            entry.asked.append(now)
            return 0.0

    def close(self, host: str, for_s: float) -> None:
        """The host asked for a pause: nobody asks it for so many seconds."""
        with self._lock:
            entry = self._hosts.setdefault(host, _Host())
            entry.closed_until = max(entry.closed_until, self._clock() + for_s)


SHARED = Budget()

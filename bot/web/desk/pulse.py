"""Has anything changed? Asked by every page, and every two seconds for those who watch; answered from one look for all."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ... import store
from ...store.pulse import Beat, beat

FRESH = timedelta(seconds=2)
URGENT = timedelta(days=2)


@dataclass
class Pulse:
    _at: datetime | None = None
    _beat: Beat | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, reader: Callable[[], AbstractContextManager[store.Database]], now: datetime) -> Beat:
        with self._lock:
            if self._beat is None or self._at is None or not timedelta() <= now - self._at < FRESH:
                with reader() as db:
                    self._beat, self._at = beat(db, lately=now - URGENT, today=now.date()), now
            return self._beat

    def forget(self) -> None:
        """Something was done: the next look is a new one."""
        with self._lock:
            self._beat = None

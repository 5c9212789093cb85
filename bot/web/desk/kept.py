"""Values that take long to work out, kept for a while. What is too old is shown once more while it is made anew beside."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 64  # values; the one asked for longest ago goes


@dataclass
class Kept:
    """Safe for threads. Each value is made by one thread at a time, and by the one that asks only if there is none yet."""

    _values: OrderedDict[Hashable, tuple[datetime, Any]] = field(default_factory=OrderedDict)
    _making: set[Hashable] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: threading.Condition = field(init=False)

    def __post_init__(self) -> None:
        self._made = threading.Condition(self._lock)

    def get(self, key: Hashable, make: Callable[[], T], *, now: datetime, fresh: timedelta) -> T:
        with self._made:
            self._made.wait_for(lambda: key in self._values or key not in self._making)
            if key in self._values:
                at, value = self._values[key]
                self._values.move_to_end(key)
                if now - at > fresh and key not in self._making:
                    self._making.add(key)
                    threading.Thread(target=self._make, args=(key, make, now), name="kept", daemon=True).start()
                return value  # type: ignore[no-any-return]  # what `make` gave for this key
            self._making.add(key)
        return self._make(key, make, now)

    def _make(self, key: Hashable, make: Callable[[], T], now: datetime) -> T:
        try:
            value = make()
            with self._made:
                self._values[key] = (now, value)
                while len(self._values) > MOST:
                    self._values.popitem(last=False)
            return value
        finally:
            with self._made:
                self._making.discard(key)
                self._made.notify_all()

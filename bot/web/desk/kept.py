"""Values that take long to work out, kept for a while. What is too old is shown once more while it is made anew beside."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ...errors import BotError

log = logging.getLogger("brennpunkt")

T = TypeVar("T")
MOST = 64  # values; the one asked for longest ago goes
SPARING = 20  # a value is made anew after so many times as long as making it took: at most a twentieth of a core
PATIENCE_S = 3.0  # how long a page waits for the first one


class StillCounting(Exception):
    """There is nothing to show yet; ask again in a moment."""


@dataclass
class Kept:
    """Safe for threads. Each value is made by one thread at a time, beside those that ask."""

    _values: OrderedDict[Hashable, tuple[datetime, timedelta, Any]] = field(
        default_factory=OrderedDict
    )  # made, took, it
    _making: set[Hashable] = field(default_factory=set)
    _made: threading.Condition = field(default_factory=threading.Condition)

    def get(self, key: Hashable, make: Callable[[], T], *, now: datetime, fresh: timedelta) -> T:
        """Raises StillCounting when there is none yet and it takes longer than a reader waits."""
        with self._made:
            known = self._values.get(key)
            if (known is None or now - known[0] > max(fresh, SPARING * known[1])) and key not in self._making:
                self._making.add(key)
                threading.Thread(target=self._make, args=(key, make, now), name="kept", daemon=True).start()
            if not self._made.wait_for(lambda: key in self._values or key not in self._making, PATIENCE_S):
                raise StillCounting
            if key not in self._values:  # it failed, and the log says why
                raise StillCounting
            self._values.move_to_end(key)
            return self._values[key][2]  # type: ignore[no-any-return]  # what `make` gave for this key

    def _make(self, key: Hashable, make: Callable[[], T], now: datetime) -> None:
        try:
            began = time.monotonic()
            value = make()
            with self._made:
                self._values[key] = (now, timedelta(seconds=time.monotonic() - began), value)
                while len(self._values) > MOST:
                    self._values.popitem(last=False)
        except BotError as error:
            log.warning("desk: %s", error)
        except Exception:
            log.exception("desk: a bug, please report it")
        finally:
            with self._made:
                self._making.discard(key)
                self._made.notify_all()

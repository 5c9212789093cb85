"""Is the scheduler alive? A job beats, the main thread listens, and systemd is told."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress

# Of a daemon that beats every five seconds. Long enough for a machine that is busy, short against a clock that was set
# back by an hour: APScheduler would wait for that hour, and a dead thread for ever, while it says that it runs.
DEAD_AFTER_S = 60.0


class Heartbeat:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self.revived = False  # True: started anew, and not a beat since

    def beat(self) -> None:
        self._last = self._clock()
        self.revived = False

    def silent_s(self) -> float:
        return self._clock() - self._last

    @property
    def stopped(self) -> bool:
        return self.silent_s() > DEAD_AFTER_S

    def give_time(self) -> None:
        """It was started anew: wait for the next beat as long as for any."""
        self._last = self._clock()
        self.revived = True


def tell_systemd(state: str) -> None:
    """`READY=1`, `WATCHDOG=1`, `STOPPING=1` (sd_notify(3)). Without systemd nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.connect("\0" + address[1:] if address.startswith("@") else address)
        sock.sendall(state.encode())

"""The slowest of bad days, for any of the servers."""

import threading
from contextlib import suppress
from typing import BinaryIO


def drip(to: BinaryIO, head: bytes = b"") -> None:
    """Send `head`, then a byte now and then until the other side hangs up."""
    with suppress(OSError):
        to.write(head)
        while True:
            to.write(b" ")
            to.flush()
            threading.Event().wait(0.05)

"""Keeps out of memory what a library reads in only because it lies there."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_numpy() -> Iterator[None]:
    """For the import of a library that would be of use to those who have arrays (sqlite-utils, nltk). We have none, and
    numpy takes 15 MB, 0.1 s and a thread for each core. What draws with it runs in a process of its own."""
    if "numpy" in sys.modules:
        yield
        return
    sys.modules["numpy"] = None  # type: ignore[assignment]  # so the import system is told that there is none
    try:
        yield
    finally:
        del sys.modules["numpy"]

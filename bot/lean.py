"""Keeps out of memory what a library reads in only because it lies there."""

import sys
from abc import ABCMeta
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_numpy() -> Iterator[None]:
    """For the import of a library that would be of use to those who have arrays (sqlite-utils). We have none, and numpy takes
    15 MB, 0.1 s and a thread for each core. What draws with it runs in a process of its own."""
    with _instead("numpy", None):  # so the import system is told that there is none
        yield


@contextmanager
def without_cryptography() -> Iterator[None]:
    """For the import of Mastodon.py, which would encrypt push messages with it: nobody pushes to us, and it takes 7 MB."""
    with _instead("cryptography", None):
        yield


@contextmanager
def without_nltk() -> Iterator[None]:
    """For the import of TextBlob. Its sentiment and ours ask nothing of nltk, which takes 32 MB and 0.5 s: what is built
    on it is there by name and does nothing."""
    with _instead("nltk", _nothing("nltk")):
        yield


class _Nothing(ABCMeta):
    """A class that has whatever it is asked for, and may be a parent."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing(name)


def _nothing(name: str) -> type:
    return _Nothing(name, (), {"__init__": lambda *_given: None})


@contextmanager
def _instead(library: str, other: object) -> Iterator[None]:
    """Unless the library is there already, `other` takes its place, for as long as this lasts."""
    if library in sys.modules:
        yield
        return
    sys.modules[library] = other  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[library]

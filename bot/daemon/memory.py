"""What malloc keeps although nobody uses it any more, given back. glibc; where there is another, nothing happens."""

import ctypes
import gc
from contextlib import suppress

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # mallopt(3)
LARGE = (
    1024 * 1024
)  # bytes; what is larger goes back as a whole. Left alone, glibc learns from a password's 19 MiB to keep such
ARENAS = 2  # glibc takes eight a core, each with holes of its own: some 15 MB of thirty threads that mostly wait


def keep_small() -> None:
    """Once, before there are threads."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, ARENAS)
        libc.mallopt(_MMAP_THRESHOLD, LARGE)


def settled() -> None:
    """What is there now stays: rules and places need not be looked through for garbage again."""
    give_back()
    gc.freeze()


def give_back() -> None:
    """After much was made and left: 10 to 20 MB once rules and places are compiled. Takes some hundredths of a second."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)

"""One daemon a database: a lock that the kernel lets go of when the process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DatabaseBusy, StoreError


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold `<database>.lock` while the daemon runs. Raises DatabaseBusy naming the other one, StoreError without a lock.

    The kernel lets go of the lock when the process ends, however it ends.
    """
    real = database.resolve()  # whatever link it was reached by
    path = real.with_name(real.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}); the daemon needs its folder") from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            other = file.read(20).strip() or "unknown"
            raise DatabaseBusy(
                f"{database}: another daemon (process {other}) works on it; stop that one first"
            ) from error
        try:
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), str(os.getpid()).encode())  # past the buffer: what fails here fails once
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror}); free some space") from error
        yield

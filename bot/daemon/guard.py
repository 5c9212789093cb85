"""Is the database whole, and still the file that was opened?"""

from pathlib import Path

from .. import store
from ..errors import StoreError

AT_ONCE = 300_000_000  # bytes, about a second to check; a larger file is checked beside the first collections


class Guard:
    """Of one open database. Its checks read the file by a connection of their own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._identity()
        self._damage: str | None = None
        self.large = path.stat().st_size > AT_ONCE

    def check(self) -> None:
        """Read it through; `look` tells what was found."""
        self._damage = store.quick_check(self._path)

    def look(self) -> None:
        """Raises StoreError where what is written now would be lost, or make things worse.

        SQLite goes on writing into a file that was deleted or replaced, and nobody would ever read it.
        """
        if self._damage:
            raise StoreError(
                f"{self._path}: damaged ({self._damage}); put a backup back with `brennpunkt restore FILE`,"
                " as docs/operation.md says under Restore"
            )
        if self._identity() != self._file:
            raise StoreError(
                f"{self._path}: moved, deleted or replaced while in use; stop the daemon before you do that"
            )

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

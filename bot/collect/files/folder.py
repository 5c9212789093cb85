"""A folder that people and programs drop files into. Each complete file is read once, whatever its kind (`exports`).

Nothing in it is moved, renamed or deleted. The cursor is JSON: every file of the folder with its size, its last change
and a digest, and how far we are in the one that is being read. A file that is gone is forgotten.
"""

import hashlib
import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ...config.sources import FolderSettings
from ...errors import InputError, SourceError
from ..base import Page
from .exports import open_export

MAX_FILES = 2_000  # looked at in a folder, the oldest first
MAX_PAGES = 200  # in one run: 100,000 posts
UNFINISHED = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".filepart",
    ".swp",
    "~",
)  # as programs name what they still write


@dataclass(frozen=True, slots=True)
class _File:
    """What tells a file from itself after a change, without reading it."""

    name: str
    size: int
    changed_ns: int  # of the inode: what a writer touches and no `cp -p` can set back


@dataclass
class FolderSource:
    """A folder of files as a source."""

    settings: FolderSettings
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    max_pages: int = MAX_PAGES

    @property
    def name(self) -> str:
        return self.settings.name

    def pages(self, since: str | None) -> Iterator[Page]:
        """Raises SourceError where the folder cannot be read. A file that cannot be read is named once, in a warning."""
        warnings, found = self._look()
        done, inside = _load(since)
        digests = {entry[2] for entry in done.values()}  # of those that are gone, too: they may have been renamed
        here = {file.name for file in found}
        done = {name: entry for name, entry in done.items() if name in here}
        left = self.max_pages
        for file in found:
            if done.get(file.name, [])[:2] == [file.size, file.changed_ns]:
                continue
            path = Path(self.settings.path) / file.name
            try:
                digest = _digest(path)
            except OSError as error:
                warnings.append(f"{file.name}: cannot be read ({error.strerror})")
                digest = f"unread {file.size}"
            else:
                if digest not in digests:
                    for page in self._read(path, inside if inside.get("digest") == digest else {}):
                        inside = {"digest": digest, "at": page.cursor} if page.cursor else inside
                        yield replace(page, cursor=_dump(done, inside), truncated=left == 1)
                        left -= 1
                        if left == 0:
                            return
            digests.add(digest)
            done[file.name] = [file.size, file.changed_ns, digest]
            inside = {}
            yield Page(cursor=_dump(done, inside), warnings=tuple(warnings))
            warnings = []
        if warnings or since is None or done != _load(since)[0]:
            yield Page(cursor=_dump(done, inside), warnings=tuple(warnings))

    def _look(self) -> tuple[list[str], list[_File]]:
        """The folder's files that have been quiet for long enough, the oldest first."""
        warnings: list[str] = []
        folder = Path(self.settings.path)
        found: list[_File] = []
        latest_ns = int((self.clock() - self.settings.quiet).timestamp() * 1e9)
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise SourceError(
                f"{folder}: the folder cannot be read ({error.strerror}); make it or correct `path`"
            ) from error
        for path in entries:
            if path.name.startswith((".", "~$")) or path.name.lower().endswith(UNFINISHED):
                continue
            try:
                state = path.lstat()
            except OSError:  # gone in the meantime
                continue
            if stat.S_ISREG(state.st_mode) and state.st_size and state.st_ctime_ns <= latest_ns:
                found.append(_File(path.name, state.st_size, state.st_ctime_ns))
        if len(found) > MAX_FILES:
            warnings.append(
                f"{self.name}: {len(found):,} files; the first {MAX_FILES:,} are looked at, so clear it out"
            )
        return warnings, sorted(found, key=lambda file: (file.changed_ns, file.name))[:MAX_FILES]

    def _read(self, path: Path, inside: dict[str, str]) -> Iterator[Page]:
        """The pages of a file. What is wrong with it is its last page's warning: it is not tried again until it changes."""
        settings = self.settings
        try:
            export = open_export(
                path,
                self.name,
                {str(key): value for key, value in settings.columns.items()},
                zone=ZoneInfo(settings.time_zone),
                clock=self.clock,
            )
            yield from export.pages(inside.get("at"))
        except InputError as error:
            yield Page(warnings=(str(error),))


def _digest(path: Path) -> str:
    """Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            digest.update(chunk)
    return digest.hexdigest()[:24]


def _load(cursor: str | None) -> tuple[dict[str, list[object]], dict[str, str]]:
    """What is done, by name, and how far the open file is. From a cursor that cannot be read: nothing; repeats are dropped."""
    try:
        row = json.loads(cursor or "{}")
        done = {
            str(name): [int(size), int(changed), str(digest)] for name, (size, changed, digest) in row["done"].items()
        }
        return done, {str(key): str(value) for key, value in row["inside"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}, {}


def _dump(done: dict[str, list[object]], inside: dict[str, str]) -> str:
    return json.dumps({"done": done, "inside": inside})

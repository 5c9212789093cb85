"""What a long command shows while it works: on a terminal only, and gone when it is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ..collect.base import Page, Source

T = TypeVar("T")
Told = Callable[[int, int | None], object]  # so many are done, of so many; None: nobody knows


@contextmanager
def shown(what: str) -> Iterator[Told]:
    """Show `what`, the time it takes and how far it is. It stands on standard error, so results stay whole in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn("line"),  # a terminal without UTF-8 can show it, too
        TextColumn("{task.description} {task.fields[count]}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    )
    same = sys.stdout.isatty()  # what is printed meanwhile goes above the bar; into a file it goes as it is
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=same, redirect_stderr=True) as bars:
        task = bars.add_task(what, total=None, count="")

        def told(done: int, total: int | None) -> None:
            count = f"{done:,}" if total is None else f"{done:,} of {total:,}"
            first = not bars.tasks[task].completed  # shown at once; the rest ten times a second
            bars.update(task, completed=done, total=total, count=count, refresh=first)

        yield told


def counted(items: Iterable[T], told: Told) -> Iterator[T]:
    """The items, with every thousandth told."""
    for number, item in enumerate(items, 1):
        yield item
        if number % 1000 == 0:
            told(number, None)


class Watched:
    """A source that tells how many entries it handed over, and were stored."""

    def __init__(self, source: Source, told: Told, total: int | None = None) -> None:
        self.name = source.name
        self._source, self._told, self._total = source, told, total

    def pages(self, since: str | None) -> Iterator[Page]:
        done = 0
        for page in self._source.pages(since):
            yield page
            done += len(page.posts) + len(page.reports) + len(page.skips)
            self._told(done, self._total)

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bot import store
from bot.classify import rules
from bot.config import judge


def pytest_configure() -> None:
    """No test has a clock. Rules and places are read-only and take a second to read: a process compiles the same files once.

    Hundreds of tests run whole commands, and each would spend most of its time on this.
    """
    settings.register_profile("brennpunkt", deadline=None)  # how fast something is, scripts/bench says
    settings.load_profile("brennpunkt")
    rules._compile_language = _once(rules._compile_language, lambda where, table: (where, repr(table)))
    judge.load_gazetteer = _once(judge.load_gazetteer, _files)


def _once(read: Callable[..., Any], key: Callable[..., object]) -> Callable[..., Any]:
    kept: dict[object, Any] = {}

    def reading(*args: Any, **kwargs: Any) -> Any:
        which = key(*args, **kwargs)
        if which not in kept:
            kept[which] = read(*args, **kwargs)
        return kept[which]

    return reading


def _files(folders: Sequence[Path], imported: Sequence[Any] = (), *, spoken: Sequence[Path] = ()) -> object:
    files = [file for folder in (*folders, *spoken) for file in sorted(folder.glob("*"))]
    return tuple(folders), tuple(imported), tuple((file, file.stat().st_mtime_ns) for file in files)


@pytest.fixture
def db() -> Iterator[store.Database]:
    database = store.in_memory()
    yield database
    database.close()

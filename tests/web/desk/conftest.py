from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.web.desk import kept

from .world import World, world


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine counts slowly; what is tested is not the wait."""
    monkeypatch.setattr(kept, "PATIENCE_S", 120.0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made

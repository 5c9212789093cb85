from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.web.desk import kept
from tests.servers.chromium import CannotInstall, chromium

from .served import Served
from .world import World, world


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine counts slowly; what is tested is not the wait."""
    monkeypatch.setattr(kept, "PATIENCE_S", 120.0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as running:
            yield running
    except CannotInstall as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def served(tmp_path: Path, browser: Browser) -> Iterator[Served]:
    with world(tmp_path, now=datetime.now(UTC)) as desk:
        running = Served(desk, browser)
        yield running
        running.close()

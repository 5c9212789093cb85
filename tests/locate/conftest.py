from pathlib import Path

import pytest

from bot.locate.build import load_gazetteer
from bot.locate.gazetteer import Gazetteer

PLACES = Path(__file__).resolve().parents[2] / "config" / "places"


@pytest.fixture(scope="session")
def germany() -> Gazetteer:
    return load_gazetteer([PLACES / "de"])


@pytest.fixture(scope="session")
def britain() -> Gazetteer:
    return load_gazetteer([PLACES / "gb"])

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.mastodon import TOKEN, FakeMastodon, fake_mastodon

from .contract import PLATFORMS, Platform


@pytest.fixture(params=PLATFORMS, ids=lambda name: name.replace(" ", "-"))
def platform(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    monkeypatch.setenv("MASTODON_TOKEN", TOKEN)
    with PLATFORMS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with fake_mastodon() as instance:
        yield instance

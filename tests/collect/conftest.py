from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import store
from tests.servers.imap import PASSWORD
from tests.servers.mastodon import TOKEN, FakeMastodon, fake_mastodon
from tests.servers.x import TOKEN as X_TOKEN
from tests.servers.x import XServer

from . import x_bench
from .contract import PLATFORMS, Platform


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTODON_TOKEN", TOKEN)
    monkeypatch.setenv("MAILBOX_PASSWORD", PASSWORD)
    monkeypatch.setenv(x_bench.TOKEN_ENV, X_TOKEN)


@pytest.fixture(params=PLATFORMS, ids=lambda name: name.replace(" ", "-"))
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Platform]:
    with PLATFORMS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with fake_mastodon() as instance:
        yield instance


@pytest.fixture(scope="module")
def x_server() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


@pytest.fixture
def bench(x_server: XServer, db: store.Database) -> x_bench.Bench:
    x_server.reset(x_bench.NOON)
    return x_bench.Bench(x_server, db)


@pytest.fixture
def reader() -> x_bench.Reader:
    return x_bench.Reader()

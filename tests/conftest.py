from collections.abc import Iterator

import pytest

from bot import store


@pytest.fixture
def db() -> Iterator[store.Database]:
    database = store.in_memory()
    yield database
    database.close()

"""`brennpunkt serve`: the pages of a database without its daemon."""

import signal
from contextlib import closing
from pathlib import Path

import httpx

from bot import store
from tests.daemon.test_daemon import Process
from tests.loopback import write_config


def test_the_pages_are_shown_until_somebody_ends_them(tmp_path: Path) -> None:
    store.open_database(tmp_path / "a.db").close()
    process = Process(write_config(tmp_path, port="0"), command="serve")
    address = process.wait_for(r"Public pages on (http://\S+/),")[1]
    with closing(httpx.Client(base_url=address)) as browser:
        assert 'href="/report"' in browser.get("/en").text
        assert browser.get("/healthz").text == "ok"
        assert browser.get("/metrics").status_code == 404
    assert process.end(signal.SIGINT) == 0


def test_without_a_database_that_is_said_at_once(tmp_path: Path) -> None:
    process = Process(write_config(tmp_path, port="0"), command="serve")
    process.wait_for("no such database; `brennpunkt collect` or")
    assert process.ended() == 1

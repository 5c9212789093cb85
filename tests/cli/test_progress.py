"""What a long command shows while it works."""

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.cli.progress import shown

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stream") / "posts.jsonl"
    rows = (f'{{"id": {n}, "text": "Kein Netz in Köln, o2", "author": "a{n}"}}\n' for n in range(700))
    path.write_text("".join(rows), encoding="utf-8")
    return path


def on_a_terminal(*words: str, env: dict[str, str] | None = None) -> tuple[str, str]:
    """Standard output, which is a pipe, and what stood on the terminal besides."""
    try:
        ours, theirs = pty.openpty()
    except OSError:
        pytest.skip("this machine has no terminal to open (/dev/pts)")
    seen: list[bytes] = []

    def read() -> None:
        while True:
            try:
                seen.append(os.read(ours, 4096))
            except OSError:  # the other end is closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    command = [sys.executable, "-m", "bot", *words]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", **(env or {})}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs, timeout=120)
    os.close(theirs)
    reader.join()
    os.close(ours)
    assert done.returncode == 0, b"".join(seen).decode()
    return done.stdout.decode(), b"".join(seen).decode()


def test_an_import_on_a_terminal_shows_how_far_it_is_and_its_result_stays_whole(stream: Path, tmp_path: Path) -> None:
    out, terminal = on_a_terminal("--database", str(tmp_path / "a.db"), "import", str(stream))
    assert out.startswith("Stored 700 new posts, 700 of them about network trouble.\n")
    assert "Reading rules and places" in terminal
    assert "Reading and judging 500 of 700" in terminal


def test_a_terminal_without_utf_8_and_without_tricks_gets_plain_text(stream: Path, tmp_path: Path) -> None:
    plain = {"TERM": "dumb", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    out, terminal = on_a_terminal("--database", str(tmp_path / "a.db"), "import", str(stream), env=plain)
    assert out.startswith("Stored 700 new posts")
    assert terminal.isascii()
    assert "\x1b" not in terminal


def test_without_a_terminal_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with shown("Judging") as told:
        told(1, 2)
    assert capfd.readouterr() == ("", "")

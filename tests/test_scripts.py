"""What the measuring scripts leave of themselves."""

import os
import signal
import subprocess
import sys
from pathlib import Path


def test_a_storm_that_is_cut_short_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.storm_hour", "--known", "1000000"]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[1],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as storm:
        assert storm.stdout
        folder = Path(storm.stdout.readline().removeprefix("working in ").strip())
        assert folder.parent == tmp_path
        storm.send_signal(signal.SIGTERM)
        storm.wait(30)
    assert not folder.exists()

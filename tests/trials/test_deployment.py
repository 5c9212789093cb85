"""What an admin installs and runs it by: the pinned packages, the unit of systemd."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def test_everything_the_program_needs_is_pinned_with_its_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE))
    assert len(pinned) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)), "one has no hash"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in project["dependencies"]:
        wanted = Requirement(line)
        version = pinned.get(canonicalize_name(wanted.name))
        assert version, f"{wanted.name} is not in requirements.lock; run scripts/lock"
        assert wanted.specifier.contains(version), f"{wanted.name} {version} is too old or new; run scripts/lock"
    assert "http" not in text.replace("httpx", "").replace("httpcore", "").replace("httptools", "")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """As shipped, but for the program, which must be there for the check."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs Debian's package systemd")
    shipped = (ROOT / "docs" / "brennpunkt.service").read_text(encoding="utf-8")
    path = tmp_path / "brennpunkt.service"
    path.write_text(shipped.replace("/opt/brennpunkt/.venv/bin/brennpunkt", sys.executable), encoding="utf-8")
    return path


def test_systemd_understands_every_line_of_the_unit(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_calls_the_unit_well_protected(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]  # 2.0 of 10.0
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout

"""Programs from Debian's packages, unpacked into the user's cache folder: nothing on the system changes."""

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class CannotInstall(Exception):
    """One line saying what is missing."""


def cache(name: str) -> Path:
    """A folder of ours that outlives the tests."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "brennpunkt" / name


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Tests run in several processes, and only one of them fetches what belongs into the folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpacked(folder: Path, *packages: str) -> Path:
    """The folder, with what the packages hold and what they need that this system lacks. Raises CannotInstall."""
    with alone(folder):
        if not (folder / "usr").is_dir():
            _unpack(folder, packages)
    return folder


def _unpack(folder: Path, packages: Sequence[str]) -> None:
    if not shutil.which("apt-get"):
        raise CannotInstall(f"{packages[0]} comes as a Debian package, and this system has no apt-get")
    downloads = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir(parents=True)
    planned = run("apt-get", "-s", "--no-install-recommends", "install", *packages)
    missing = {line.split()[1] for line in planned.splitlines() if line.startswith("Inst ")}
    run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *sorted({*packages, *missing}), cwd=downloads)
    for package in sorted(downloads.glob("*.deb")):
        run("dpkg-deb", "-x", str(package), str(downloads))
        package.unlink()
    downloads.rename(folder)


def run(
    *command: str | Path,
    stdin: str = "",
    cwd: Path | None = None,
    user: str | None = None,
    env: dict[str, str] | None = None,
) -> str:
    """What it writes. Raises CannotInstall with the last line where it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        input=stdin, capture_output=True, text=True, cwd=cwd, user=user, env=env, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no word why").splitlines()[-1]
        raise CannotInstall(f"{Path(command[0]).name} failed: {last}")
    return done.stdout + done.stderr


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def end(server: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Ask it to go, then make it."""
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

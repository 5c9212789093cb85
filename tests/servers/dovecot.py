"""Debian's dovecot on loopback, with a folder, a certificate and users of its own.

Where it is not installed, its packages are downloaded once and unpacked beside the tests; since dovecot's own paths are
fixed, it then sees them through a mount that nobody else sees (`unshare`, as root only). Nothing on the system changes.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from .debian import CannotInstall, free_ports, unpacked
from .imap import make_certificate

PACKAGES = ("dovecot-core", "dovecot-imapd")
PASSWORD = 'pässword "with\\ all'

CONFIG = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
auth_mechanisms = plain
mail_location = maildir:{dir}/mail
passdb {{
  driver = passwd-file
  args = {dir}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    folder: Path
    certificate: Path
    port: int  # TLS from the first byte
    starttls_port: int
    user: str
    _delivered: int = 0

    def deliver(self, *mails: bytes, folder: str = "") -> None:
        """As a delivery agent does: whole, by renaming. `folder` as dovecot's maildir names it, ".Sent"."""
        box = self.folder / "mail" / folder
        for part in ("tmp", "new", "cur"):
            (box / part).mkdir(parents=True, exist_ok=True)
        for raw in mails:
            self._delivered += 1
            name = f"{int(time.time())}.M{self._delivered:06}.test"
            (box / "tmp" / name).write_bytes(raw)
            (box / "tmp" / name).rename(box / "new" / name)
        self._own()

    def flags(self) -> dict[str, str]:
        """Every mail that was moved out of `new`, with its flags: S is seen."""
        return {path.name: path.name.partition(":2,")[2] for path in (self.folder / "mail" / "cur").iterdir()}

    def count_anew(self) -> None:
        """What a server does whose index was lost: another UIDVALIDITY, other numbers."""
        box = self.folder / "mail"
        found = re.search(r" V(\d+)", (box / "dovecot-uidlist").read_text())
        assert found
        for path in box.glob("dovecot*"):
            path.unlink()
        # Else it would take the clock's second, which may still be the same.
        (box / f"dovecot-uidvalidity.{int(found[1]) + 1000:08x}").touch()
        (box / "dovecot-uidvalidity").write_text(f"{int(found[1]) + 1000:08x}")
        self._own()

    def _own(self) -> None:
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{self.user}:", str(self.folder / "mail")], check=True)


def _root(cache: Path) -> Path:
    """A folder that holds `usr/lib/dovecot` and `usr/sbin/dovecot`. Skips the test where it cannot be had."""
    if shutil.which("dovecot", path="/usr/sbin:/usr/bin"):
        return Path("/")
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs Debian's dovecot-imapd, or root to unpack it")
    try:
        return unpacked(cache / "root", *PACKAGES)
    except CannotInstall as error:
        pytest.skip(str(error))


@contextmanager
def dovecot(cache: Path) -> Iterator[Dovecot]:
    """`cache` keeps what was downloaded. The folder of the server lies where its user can get at it."""
    root = _root(cache)
    as_root = os.geteuid() == 0
    user = "nobody" if as_root else pwd.getpwuid(os.geteuid()).pw_name
    group = subprocess.run(["id", "-gn", user], check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="brennpunkt-dovecot-") as name:
        folder = Path(name)
        certificate, key = make_certificate(folder)
        port, starttls_port = free_ports(2)
        config = folder / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                dir=folder,
                user=user,
                group=group,
                certificate=certificate,
                key=key,
                port=port,
                starttls_port=starttls_port,
            )
        )
        (folder / "users").write_text(f"hilfe:{{PLAIN}}{PASSWORD}::::::\n", encoding="utf-8")
        server = Dovecot(folder, certificate, port, starttls_port, user)
        server.deliver()
        if as_root:
            subprocess.run(["chown", "-R", f"{user}:{group}", str(folder)], check=True)
        with _start(root, config, user, group) as process, _listening(process):
            yield server


def _start(root: Path, config: Path, user: str, group: str) -> "subprocess.Popen[bytes]":
    command = ["/usr/sbin/dovecot", "-F", "-c", str(config)]
    lower = None
    if root != Path("/"):
        # dovecot starts /usr/bin/doveconf by that name; the other way round works from anywhere.
        lower = f"lowerdir={root}/usr/lib:/usr/lib"
        doveconf = ["-c", str(config), "-f", "service=master", "-m", "master", "-e"]
        command = [f"{root}/usr/bin/doveconf", *doveconf, f"{root}{command[0]}", *command[1:]]
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *command]
    if lower:
        script = 'mount -t overlay overlay -o "$0" /usr/lib && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", script, lower, *command]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)


@contextmanager
def _listening(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Once it says that it has started; its log is read to the end, so that it never waits for us."""
    told: list[str] = []
    started = threading.Event()

    def read() -> None:
        assert process.stderr
        for line in process.stderr:
            told.append(line.decode(errors="replace"))
            if b"starting up" in line:
                started.set()
        started.set()  # it has ended

    reader = threading.Thread(target=read)
    reader.start()
    try:
        started.wait(10)
        if process.poll() is not None or not any("starting up" in line for line in told):
            pytest.skip(f"dovecot did not start here: {''.join(told).strip()[-300:]}")
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        reader.join()
        assert process.stderr
        process.stderr.close()

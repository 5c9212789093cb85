"""snac, a small real server that speaks Mastodon's client API, on loopback (Debian backports, package `snac2`, 14 MB).

Nothing on the system changes: the package is fetched once and unpacked into the user's cache folder, and each start gets
new data in a temporary folder. Nobody who wrote this program wrote snac: it resets connections, forgets ids and takes
its time, as the real network does.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.loopback import PATIENCE_S

from .debian import CannotInstall, alone, cache, end, free_ports, run
from .mastodon import wait_until

PEOPLE = ("brennpunkt", "kim", "lea")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Snac:
    url: str
    tokens: dict[str, str]  # by name, see PEOPLE
    data: Path

    def get(self, path: str, token: str | None = None, **query: str) -> requests.Response:
        """As any client would ask; resets are tried again."""
        with requests.Session() as session:
            retries = Retry(total=8, allowed_methods={"GET"}, respect_retry_after_header=False)
            session.mount("http://", HTTPAdapter(max_retries=retries))
            return session.get(self.url + path, params=query, headers=_bearer(token), timeout=10)

    def publish(self, who: str, text: str, visibility: str = "public") -> dict[str, Any]:
        """snac resets no POST, and would post twice if one were repeated."""
        answer = requests.post(
            f"{self.url}/api/v1/statuses",
            data={"status": text, "visibility": visibility},
            headers=_bearer(self.tokens[who]),
            timeout=10,
        )
        answer.raise_for_status()
        status: dict[str, Any] = answer.json()
        return status

    def follow(self, who: str, whom: str) -> None:
        found = self.get(
            "/api/v1/accounts/lookup", self.tokens[who], acct=f"{whom}@{self.url.removeprefix('http://')}"
        ).json()
        answer = requests.post(
            f"{self.url}/api/v1/accounts/{found['id']}/follow", headers=_bearer(self.tokens[who]), timeout=10
        )
        answer.raise_for_status()

    def login(self, who: str) -> dict[str, str]:
        return _bearer(self.tokens[who])

    def remove(self, status: dict[str, Any]) -> None:
        """Take a post away as snac's own tidying does. Its API cannot: DELETE answers 404 in 2.75."""
        digest = status["id"][-32:]
        (self.data / "object" / digest[:2] / f"{digest}.json").unlink()
        for path in self.data.glob(f"user/*/*/{digest}.json"):
            path.unlink()


@contextmanager
def snac() -> Iterator[Snac]:
    """A fresh server with three people. Raises CannotInstall."""
    program = install(cache("snac"))
    folder = Path(tempfile.mkdtemp(prefix="snac-"))
    folder.chmod(0o755)  # it runs as another user where we are root
    try:
        program = Path(shutil.copy(program, folder))  # from where that user can reach it
        (port,) = free_ports(1)
        passwords = _set_up(program, folder / "data", port)
        root = os.geteuid() == 0
        if root:
            subprocess.run(["chown", "-R", "nobody", str(folder / "data")], check=True)
        user: dict[str, Any] = {"user": "nobody", "extra_groups": []} if root else {}
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [program, "httpd", folder / "data"], stdout=log, stderr=log, start_new_session=True, **user
            )
        try:
            url = f"http://localhost:{port}"
            wait_until(lambda: _answers(url), within_s=PATIENCE_S, what="snac to start")
            tokens = {name: _token(url, name, password) for name, password in passwords.items()}
            yield Snac(url, tokens, folder / "data")
        finally:
            end(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install(folder: Path) -> Path:
    """The program's path; fetched with Debian's package manager the first time. Raises CannotInstall."""
    program = folder / "x/usr/bin/snac"
    with alone(folder):
        if not program.is_file():
            _fetch(folder)
    return program


def _fetch(folder: Path) -> None:
    if not shutil.which("apt-get") or not KEYRING.exists():
        raise CannotInstall("snac comes as a Debian package, and this system has no apt-get with Debian's keys")
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    targets = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    mirrors = sorted({target for target in targets if target.rstrip("/").endswith("/debian")})
    if not mirrors:
        raise CannotInstall("apt knows no Debian archive to fetch snac from")
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirrors[0]} bookworm-backports main\n")
    options = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/nonexistent",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    run(*apt, "update")
    run(*apt, "download", "snac2", cwd=folder)
    packages = sorted(folder.glob("snac2_*.deb"))
    unpacked = folder / "x.part"
    shutil.rmtree(unpacked, ignore_errors=True)
    run("dpkg-deb", "-x", str(packages[-1]), str(unpacked))
    unpacked.rename(folder / "x")


def _set_up(program: Path, data: Path, port: int) -> dict[str, str]:
    """Passwords by name."""
    run(program, "init", data, stdin=f"127.0.0.1\n{port}\nlocalhost:{port}\n\n\n")
    path = data / "server.json"
    server = json.loads(path.read_text())
    # It delivers mentions to itself over HTTP: with few threads it waits for itself for ever, and by default
    # one delivery that takes six seconds on a busy machine is tried again only after two minutes.
    server |= {
        "protocol": "http",
        "num_threads": 64,
        "queue_retry_minutes": 0,
        "disable_inbox_collection": True,
        "disable_email_notifications": True,
    }
    path.write_text(json.dumps(server))
    passwords = {}
    for name in PEOPLE:
        said = run(program, "adduser", data, name, stdin="\n\n\n")
        if not (found := re.search(r"^User password is (\S+)", said, re.MULTILINE)):
            raise CannotInstall("this snac makes accounts in another way than 2.75")
        passwords[name] = found[1]
    return passwords


def _token(url: str, name: str, password: str) -> str:
    form = {"login": name, "passwd": password, "redir": "", "cid": "", "state": ""}
    answer = requests.post(f"{url}/oauth/x-snac-get-token", data=form, timeout=10)
    answer.raise_for_status()
    return answer.text.strip()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/api/v1/instance", timeout=2).ok
    except requests.RequestException:
        return False


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}

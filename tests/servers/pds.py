"""Bluesky's own server software on loopback (npm package @atproto/dev-env), and a relay that makes a Jetstream of it.

Nothing on the system changes: npm installs into the user's cache folder once (two minutes, 362 MB), and each start gets
new data. The server needs 4 s to start and 213 MB; with an AppView, which answers notifications and search, 12 s and 470 MB.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import libipld
import requests
from atproto_subscription.frames import Frame, MessageFrame
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.loopback import PATIENCE_S

from .debian import CannotInstall, alone, cache, end, free_ports, run, unpacked
from .jetstream import POST, FakeJetstream, fake_jetstream
from .mastodon import wait_until

PACKAGE, VERSION = "@atproto/dev-env", "0.3.215"
PASSWORD = "hunter-22"


@dataclass
class Person:
    """An account, acting through its own server as any client would."""

    url: str
    handle: str
    did: str
    token: str

    def ask(self, method: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/xrpc/{method}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=20,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else {}  # type: ignore[no-any-return]  # JSON

    def write(self, text: str, **record: Any) -> str:
        body = {"$type": POST, "text": text, "createdAt": datetime.now(UTC).isoformat(), **record}
        return str(self.ask("com.atproto.repo.createRecord", repo=self.did, collection=POST, record=body)["uri"])

    def change(self, uri: str, text: str) -> None:
        body = {"$type": POST, "text": text, "createdAt": datetime.now(UTC).isoformat()}
        self.ask("com.atproto.repo.putRecord", repo=self.did, collection=POST, rkey=uri.rsplit("/", 1)[1], record=body)

    def delete(self, uri: str) -> None:
        self.ask("com.atproto.repo.deleteRecord", repo=self.did, collection=POST, rkey=uri.rsplit("/", 1)[1])

    def leave(self) -> None:
        self.ask("com.atproto.server.deactivateAccount")


@dataclass
class Pds:
    url: str
    stream: FakeJetstream
    appview: str  # its address; "": there is none
    people: dict[str, Person] = field(default_factory=dict)

    def join(self, name: str) -> Person:
        body = {"handle": f"{name}.test", "email": f"{name}@example.test", "password": PASSWORD}
        answer = requests.post(f"{self.url}/xrpc/com.atproto.server.createAccount", json=body, timeout=20)
        answer.raise_for_status()
        made = answer.json()
        self.people[name] = Person(self.url, made["handle"], made["did"], made["accessJwt"])
        return self.people[name]


@contextmanager
def pds(*, appview: bool = False) -> Iterator[Pds]:
    """A fresh network. Raises CannotInstall."""
    folder = install()
    plc_port, pds_port = free_ports(2)
    script = Path(__file__).with_name("pds.js")
    with ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="pds-"))
        needed = stack.enter_context(_databases()) if appview else {}
        server = subprocess.Popen(
            ["node", script, str(plc_port), str(pds_port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, **needed, "NODE_PATH": str(folder / "node_modules"), "LOG_ENABLED": "false", "TMPDIR": data},
        )  # fmt: skip
        stack.callback(_hang_up, server)
        assert server.stdout is not None
        timer = threading.Timer(60, server.kill)
        timer.start()
        said = next((line for line in server.stdout if line.startswith("READY ")), "")
        timer.cancel()
        if not said:
            raise CannotInstall(f"{PACKAGE} {VERSION} did not start; delete {folder} and try again")
        url = f"http://localhost:{pds_port}"
        stream = stack.enter_context(fake_jetstream())
        stack.enter_context(_relay(url.replace("http", "ws"), stream))
        yield Pds(url, stream, said.split()[1].removesuffix("-"))


def _hang_up(server: "subprocess.Popen[str]") -> None:
    """It ends with its input."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.close()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    server.stdout.close()


@contextmanager
def _databases() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis, which the AppView keeps its posts in; from Debian, each with new data. What it must be told of them."""
    redis = unpacked(cache("redis"), "redis-server")
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    redis_port, postgres_port = free_ports(2)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="appview-")))
        folder.chmod(0o777)
        initdb = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not initdb:  # copied to where that user can reach it
            shutil.copytree(unpacked(cache("postgresql"), "postgresql"), folder / "root", symlinks=True)
            initdb = sorted((folder / "root").glob("usr/lib/postgresql/*/bin/initdb"))
        libraries = [f"{each}/usr/lib/{os.uname().machine}-linux-gnu" for each in (redis, folder / "root")]
        environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}
        data = folder / "data"
        given = ["-D", data, "-U", "bsky", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        run(initdb[-1], *given, user=user, env=environment)
        postgres = [initdb[-1].with_name("postgres"), "-D", data, "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"]
        kept_off_disk = ["--bind", "127.0.0.1", "--save", "", "--dir", folder]
        for command, whose in (
            ([*postgres, "-p", str(postgres_port)], user),
            ([redis / "usr/bin/redis-server", "--port", str(redis_port), *kept_off_disk], None),
        ):
            quiet = subprocess.DEVNULL
            stack.callback(end, subprocess.Popen(command, stdout=quiet, stderr=quiet, user=whose, env=environment))
        for port in (redis_port, postgres_port):
            wait_until(lambda port=port: _listens(port), PATIENCE_S, "the AppView's databases")  # type: ignore[misc]
        yield {
            "DB_POSTGRES_URL": f"postgresql://bsky@127.0.0.1:{postgres_port}/postgres",
            "REDIS_HOST": f"127.0.0.1:{redis_port}",
        }


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def install() -> Path:
    """The folder with the package; npm fetches it the first time. Raises CannotInstall."""
    folder = cache(f"bluesky-{VERSION}")
    with alone(folder):
        if not (folder / "installed").is_file():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    if not shutil.which("npm"):
        raise CannotInstall("Bluesky's server comes as an npm package, and this system has no npm (Node 18.7 or later)")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": {PACKAGE: VERSION}}))
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
        cwd=folder, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotInstall(f"npm could not install {PACKAGE} {VERSION}: {done.stderr.strip()[-200:]}")
    (folder / "installed").touch()


@contextmanager
def _relay(url: str, stream: FakeJetstream) -> Iterator[None]:
    """Follow the server's firehose from its beginning, and hand on what Jetstream would."""
    stopping = threading.Event()

    def follow() -> None:
        with (
            suppress(WebSocketException, OSError),
            connect(
                f"{url}/xrpc/com.atproto.sync.subscribeRepos?cursor=0", max_size=None, compression=None
            ) as firehose,
        ):
            while not stopping.is_set():
                try:
                    raw = firehose.recv(timeout=0.2, decode=False)
                except TimeoutError:
                    continue
                frame = Frame.from_bytes(raw)
                if isinstance(frame, MessageFrame):
                    for event in _events(frame.type, frame.body):
                        stream.add_now(event)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(5)


def _events(kind: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if kind == "#account":
        account = {key: body[key] for key in ("active", "did", "seq", "time", "status") if body.get(key) is not None}
        yield {"did": body["did"], "kind": "account", "account": account}
    if kind != "#commit":
        return
    _, blocks = libipld.decode_car(body["blocks"])
    for op in body["ops"]:
        collection, rkey = op["path"].split("/")
        if collection != POST:
            continue
        commit = {"rev": body["rev"], "operation": op["action"], "collection": collection, "rkey": rkey}
        if op["cid"] is not None:
            cid = op["cid"]
            commit |= {
                "record": next(block for key, block in blocks.items() if key == cid or libipld.encode_cid(key) == cid)
            }
        yield {"did": body["repo"], "kind": "commit", "commit": commit}

"""The picture in ARCHITECTURE.md as a test: imports point inwards only."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

BOT = Path(__file__).resolve().parent.parent / "bot"
FROM_THE_CENTRE = (
    ("domain", "errors", "text", "scrub", "lean"),
    ("analyse", "classify", "locate", "watch", "escalate", "digest", "reply", "reports", "simulate"),
    ("collect", "store", "notify", "mail", "tickets", "config"),
    ("pipeline", "jobs"),
    ("cli", "daemon", "web", "__main__"),
)
RINGS = {room: ring for ring, rooms in enumerate(FROM_THE_CENTRE) for room in rooms}
# The one library that only one file may know, so that its quirks end there.
ONLY_IN = {
    "textblob": "classify/tone.py",
    "mastodon": "collect/mastodon/",
    "tweepy": "collect/x/",
    "feedparser": "collect/feed.py",
    "apprise": "notify.py",
    "apscheduler": "daemon/",
    "matplotlib": "digest/",
    "websockets": "collect/bluesky/jetstream.py",
    "atproto_client": "collect/bluesky/account.py",
    "sqlite_utils": "store/",
    "sqlite3": "store/",
    "argon2": "web/auth.py",
    "fastapi": "web/",
    "cryptography": "store/contacts.py",
    "phonenumbers": "scrub.py",
}
PURE = (
    "classify", "watch", "escalate", "reply", "reports",
    "domain.py", "errors.py", "text.py", "scrub.py", "analyse.py", "simulate.py",
)  # fmt: skip
EFFECTS = {"socket", "requests", "httpx", "subprocess", "sqlite3", "threading", "logging", "shutil", "tempfile"}
FILES = sorted(path for path in BOT.rglob("*.py") if path.name != "__init__.py" or path.parent != BOT)


def imports(path: Path) -> list[tuple[str, int]]:
    """Names imported by a file, ours as "bot.room", with their line."""
    package = ["bot", *path.relative_to(BOT).parts[:-1]]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(f"{module}.{alias.name}" if module == "bot" else module, node.lineno) for alias in node.names]
    return found


def room(path: Path) -> str:
    return path.relative_to(BOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BOT)))
def test_imports_point_inwards_only(path: Path) -> None:
    for name, line in imports(path):
        if name.startswith("bot.") and (target := name.split(".")[1]) != "__version__":
            assert RINGS[target] <= RINGS[room(path)], f"{path.name}:{line} reaches outwards to {target}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BOT)))
def test_a_library_with_quirks_is_known_to_one_room_only(path: Path) -> None:
    where = str(path.relative_to(BOT))
    for name, line in imports(path):
        home = ONLY_IN.get(name.split(".")[0])
        assert home is None or where.startswith(home), f"{where}:{line} imports {name}, which belongs to {home}"


@pytest.mark.parametrize("path", [p for p in FILES if str(p.relative_to(BOT)).startswith(PURE)], ids=lambda p: p.name)
def test_the_core_touches_neither_network_nor_disk_nor_clock(path: Path) -> None:
    for name, line in imports(path):
        assert name.split(".")[0] not in EFFECTS, f"{path.name}:{line} imports {name}"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("now", "utcnow", "today"), f"{path.name}:{node.lineno} reads the clock"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "open", f"{path.name}:{node.lineno} opens a file"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BOT)))
def test_no_file_is_two_rooms(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_library_that_is_imported_is_declared() -> None:
    """What only another library brings along may be gone with its next version."""
    project = tomllib.loads((BOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in wanted}
    whose = packages_distributions()
    for path in FILES:
        for name, line in imports(path):
            top = name.split(".")[0]
            if top == "bot" or top in sys.stdlib_module_names:
                continue
            homes = {home.lower().replace("_", "-") for home in whose.get(top, (top,))}  # or not installed here
            assert homes & declared, f"{path.name}:{line} imports {top}, which pyproject.toml does not name"

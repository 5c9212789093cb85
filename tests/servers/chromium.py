"""A real browser: Debian's Chromium, driven by Playwright, and axe-core (npm) that looks for what shuts people out.

Nothing on the system changes: axe-core is fetched once into the user's cache folder (650 kB).
"""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from . import debian
from .debian import CannotInstall

AXE = "4.14.1"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises CannotInstall."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise CannotInstall("these tests drive Chromium; on Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"] if os.getuid() == 0 else [])
        try:
            yield browser
        finally:
            browser.close()


@cache
def axe() -> str:
    """The script. Raises CannotInstall."""
    folder = debian.cache(f"axe-{AXE}")
    script = folder / "package" / "axe.min.js"
    with debian.alone(folder):
        if not script.is_file():
            _fetch(folder)
    return script.read_text(encoding="utf-8")


def _fetch(folder: Path) -> None:
    if not shutil.which("npm"):
        raise CannotInstall("axe-core comes as an npm package, and this system has no npm")
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["npm", "pack", f"axe-core@{AXE}", "--loglevel=error"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotInstall(f"npm could not fetch axe-core {AXE}: {done.stderr.strip()[-200:]}")
    with tarfile.open(folder / f"axe-core-{AXE}.tgz") as package:
        package.extract("package/axe.min.js", folder, filter="data")


def barriers(page: Page) -> list[str]:
    """What axe-core finds on a page with all its details open, one line each."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.evaluate(axe())
    found: dict[str, Any] = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
    return [f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:200]}" for each in found["violations"]]

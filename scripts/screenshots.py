"""Pictures of the pages as the demo fills them, for README and docs/desk.md."""

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.servers.chromium import chromium

PICTURES = Path("docs/pictures")
DATABASE = Path("var/demo/november-2011.db")
PAGES = (  # name, address, width and height in pixels, whether signed in
    ("form", "/report", 420, 900, False),
    ("digest", "/2011-11-21?lang=en", 1100, 1500, False),
    ("desk", "/desk", 1280, 900, True),
    ("map", "/desk/map?until=2011-11-21", 1280, 900, True),
    ("desk-review", "/desk/review", 1280, 900, True),
    ("desk-cases", "/desk/cases", 1280, 900, True),
)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    own = os.environ | {"BRENNPUNKT_CONFIG": "config/o2-de.toml", "BRENNPUNKT_DATABASE": str(DATABASE)}
    program = [str(Path(sys.executable).with_name("brennpunkt"))]
    subprocess.run([*program, "user", "remove", "demo"], env=own, capture_output=True, check=False)
    password = "a password for pictures only"  # noqa: S105  # of a made-up database on this machine
    subprocess.run(
        [*program, "user", "add", "demo", "--role", "manager"], env=own, input=password + "\n", text=True, check=True
    )
    pages = subprocess.Popen([*program, "serve"], env=own, stderr=subprocess.PIPE, text=True)
    try:
        assert pages.stderr is not None
        base = next(found[0] for line in pages.stderr if (found := re.search(r"http://[\d.]+:\d+", line)))
        with chromium() as browser, closing(browser.new_context(color_scheme="light")) as context:
            for name, address, width, height, signed_in in PAGES:
                page = context.new_page()
                page.set_viewport_size({"width": width, "height": height})
                page.goto(base + address)
                if signed_in and page.locator("input[type=password]").count():
                    page.locator("input[name=name]").fill("demo")
                    page.locator("input[type=password]").fill(password)
                    page.locator("main button[type=submit], main button").first.click()
                    page.goto(base + address)
                page.wait_for_load_state("load")
                page.screenshot(path=PICTURES / f"{name}.png")
                page.close()
    finally:
        pages.terminate()
        pages.wait()


if __name__ == "__main__":
    main()

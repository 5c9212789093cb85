"""Pictures of the pages as the demo fills them, for README and docs/desk.md. Works on a copy of the demo's database.

scripts/screenshots [NAME ...]    all of them, or these: form, digest, desk, map, desk-review, desk-replies, desk-cases
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import store
from bot.analyse import analyse
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.domain import Band
from bot.jobs.drafting import load_texts
from bot.locate.hints import wanting
from bot.reply.policy import Platform, Way
from bot.reply.texts import Wanted, write
from bot.store import drafts
from tests.servers.chromium import chromium

PICTURES = Path("docs/pictures")
DEMO = Path("var/demo/november-2011.db")
PAGES = (  # name, address, width and height in pixels, whether signed in
    ("form", "/report", 420, 900, False),
    ("digest", "/2011-11-21?lang=en", 1100, 1500, False),
    ("desk", "/desk", 1280, 900, True),
    ("map", "/desk/map?until=2011-11-21", 1280, 900, True),
    ("desk-review", "/desk/review", 1280, 900, True),
    ("desk-replies", "/desk/replies", 1280, 900, True),
    ("desk-cases", "/desk/cases", 1280, 900, True),
)


def add_draft(db: store.Database) -> None:
    """What is made up is never answered: one draft as a real post's would be, here only."""
    judge, now = load_judge(load_settings(shipped("o2-de.toml")), own=False), datetime.now(UTC)
    for each in drafts.candidates(db, since=now - timedelta(days=365)):
        found = analyse(each.post, judge)
        if found.verdict.band is Band.A and found.verdict.symptoms and found.places and found.lang == "de":
            wanted = Wanted(Platform.MASTODON, found.verdict.symptoms[0], wanting(found.places))
            text = write(wanted, load_texts()["de"], each.post.id)
            with store.transaction(db):
                drafts.add_decision(
                    db, each.number, state="draft", way=Way.APPROVAL, platform=Platform.MASTODON, lang="de", text=text,
                    now=now,
                )  # fmt: skip
            return
    raise SystemExit(f"{DEMO} holds no post to draft a reply to; `scripts/demo --once` fills it")


def main() -> None:
    with TemporaryDirectory(prefix="brennpunkt-pictures-") as folder:
        database = Path(folder) / DEMO.name
        for file in DEMO.parent.glob(DEMO.name + "*"):  # with its key
            shutil.copy(file, folder)
        with closing(store.open_database(database)) as db:
            add_draft(db)
        take(database, set(sys.argv[1:]) or {name for name, *_ in PAGES})


def take(database: Path, names: set[str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    own = os.environ | {"BRENNPUNKT_CONFIG": "config/o2-de.toml", "BRENNPUNKT_DATABASE": str(database)}
    program = [str(Path(sys.executable).with_name("brennpunkt"))]
    password = "a password for pictures only"  # noqa: S105  # of a made-up database on this machine
    subprocess.run(
        [*program, "user", "add", "demo", "--role", "manager"], env=own, input=password + "\n", text=True, check=True
    )
    pages = subprocess.Popen([*program, "serve"], env=own, stderr=subprocess.PIPE, text=True)
    try:
        assert pages.stderr is not None
        base = next(found[0] for line in pages.stderr if (found := re.search(r"http://[\d.]+:\d+", line)))
        with chromium() as browser, closing(browser.new_context(color_scheme="light")) as context:
            for name, address, width, height, signed_in in (page for page in PAGES if page[0] in names):
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

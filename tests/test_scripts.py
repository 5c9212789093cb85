"""Scripts beside the program: what they show, and what they leave of themselves."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot import store
from bot.domain import Simulation, Tally
from bot.store import drafts
from scripts import screenshots
from tests.factories import analysis, post


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


def test_the_pictures_show_a_draft_although_what_is_made_up_is_never_answered(db: store.Database) -> None:
    text = "Seit Tagen volle Balken bei o2 in Köln, aber das mobile Internet ist jeden Abend total überlastet"
    with store.transaction(db):
        store.add_source(db, "november-2011")
        store.set_simulation(db, "november-2011", Simulation("november-2011", "November", {}, 2011, {}))
        store.add_page(db, [(post(text, source="november-2011"), analysis(text))], now=datetime.now(UTC), tally=Tally())
    screenshots.add_draft(db)
    (reply,) = drafts.replies(db)
    assert (reply.state, reply.way, reply.decided_by) == ("draft", "approval", None)
    assert "„Stopp“" in (reply.text or "")  # every wording says how to be left alone

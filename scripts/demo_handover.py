"""The demo's second half in one process: what the planners get of November 2011, and what becomes of it.

The plan is made up like the posts: config/demo/plan-november-2011.csv. Cases are confirmed here where a person would.
"""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.cli import main
from bot.config.load import shipped

DAY = "2011-11-26"
CONFIRMED = ("Mannheim", "Hamburg-Eimsbüttel", "Leipzig")


def run(*words: str, lines: int = 12) -> str:
    """As on a terminal, but in this process, and no more than so many lines shown."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out), suppress(SystemExit):  # bad rows of the plan end with status 1
        main(list(words), standalone_mode=False)
    return show(" ".join(words), out.getvalue(), lines)


def show(command: str, text: str, lines: int) -> str:
    shown = text.rstrip("\n").split("\n")
    if len(shown) > lines:
        shown[lines - 1 : -1] = [f"… {len(shown) - lines} lines more"]
    print(f"\n$ brennpunkt {command}", *shown, sep="\n", flush=True)
    return text


def step(place: str, listed: str, action: str, *options: str) -> None:
    """Once: the demo may be run again on what it left behind."""
    found = (line.split() for line in listed.splitlines() if f"people  {place}, overload" in line)
    number, state = next(found, ["", ""])[:2]
    if state == "new":
        run("cases", action, number, *options)


def follow(folder: Path, lang: str) -> None:
    print("\nWhat the planners get: an anonymous list, which no two extracts can be subtracted from.")
    run("extract", str(folder / "hotspots.csv"), DAY)
    print(
        "\nTheir build-out plan (made up, with two bad rows), and the hot spots held against it: what is missing first."
    )
    run("plan", "import", os.path.relpath(shipped("demo", "plan-november-2011.csv")))
    run("plan", "match", DAY, "--all", lines=8)
    print("\nHot spots that last become cases; a person confirms them, planners say what becomes of them.")
    run("cases", "look", DAY, lines=4)
    listed = run("cases", "list", lines=6)
    for place in CONFIRMED:
        step(place, listed, "confirm")
    step("Mannheim", listed, "plan", "--measure", "M-5001", "--day", "2011-11-30")
    step("Hamburg-Eimsbüttel", listed, "hand-over", "--day", "2011-12-15")
    step("Leipzig", listed, "fix", "--day", "2011-11-26")
    print("\nThe public report of the fortnight, a draft until a person approves it.")
    run("netzbericht", "draft", "2011-11-27", lines=3)
    run("netzbericht", "show", "--lang", lang, lines=40)


if __name__ == "__main__":
    follow(Path(sys.argv[1]), sys.argv[2])

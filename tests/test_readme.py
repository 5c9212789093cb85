"""What README shows is what a reader gets."""

import re
from pathlib import Path

from click.testing import CliRunner

from bot.cli import main

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_screen_in_readme_is_what_the_demo_prints(tmp_path: Path) -> None:
    stream, database = str(tmp_path / "november-2011.jsonl"), str(tmp_path / "november-2011.db")
    runner = CliRunner()
    for command in (
        ["simulate", "november-2011", stream],
        ["--database", database, "import", stream, "--source", "november-2011"],
    ):
        assert runner.invoke(main, command).exit_code == 0
    told = runner.invoke(main, ["--database", database, "digest", "2011-11-21", "--lang", "en"]).stdout
    (shown,) = re.findall(r"What the demo prints.*?```text\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    printed = _words(told)
    for part in shown.split("\n\n"):
        words = _words(part)
        assert any(_alike(words, printed[at : at + len(words)]) for at in range(len(printed))), told


def _words(text: str) -> list[str]:
    return re.findall(r"[\d.,]*\d|[^\s\d]+", text)


def _alike(shown: list[str], printed: list[str]) -> bool:
    """The same words, and numbers within a tenth: a rule that is bettered moves them a little."""
    return len(shown) == len(printed) and all(a == b or _near(a, b) for a, b in zip(shown, printed, strict=True))


def _near(shown: str, printed: str) -> bool:
    try:
        a, b = (float(number.replace(",", "")) for number in (shown, printed))
    except ValueError:
        return False
    return abs(a - b) <= max(0.1 * a, 2)

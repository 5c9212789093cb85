"""The guard of the classifier's marks, on files made for the purpose."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def score(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "score.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, timeout=60)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    rows = [
        {"id": str(at), "text": f"Bei o2 lädt in Köln seit {at} Stunden nichts, volle Balken", "band": "A"}
        for at in range(30)
    ]
    rows += [{"id": f"d{at}", "text": f"Guten Morgen Nummer {at}", "band": "D"} for at in range(10)]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_labelled_file_is_scored_whole_and_on_its_held_out_third(labelled: Path) -> None:
    result = score(str(labelled))
    assert "labelled.jsonl, held-out third" in result.stdout
    assert "capacity (A or B)                  1.000  n 40" in result.stdout
    assert '"capacity (A or B)" = 1.0000' in score("--marks", str(labelled)).stdout


def test_an_unlabelled_file_counts_alarms(tmp_path: Path) -> None:
    path = tmp_path / "background.jsonl"
    path.write_text('{"text": "Guten Morgen"}\n{"text": "o2 bricht in Kiel jeden Anruf ab"}\n', encoding="utf-8")
    result = score(str(path))
    assert "1 of 2" in result.stdout


def test_without_a_folder_it_says_what_is_missing() -> None:
    result = score("--guard")
    assert result.returncode == 1
    assert "BRENNPUNKT_DATA" in result.stderr


@pytest.mark.parametrize(
    ("mark", "reached", "missed"),
    [(0.8, 0.79, 0), (0.8, 0.77, 1), (0.8, None, 1), (0.8, 0.9, 0)],
)
def test_a_drop_of_more_than_two_points_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: float, reached: float | None, missed: int
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import score as script

    from bot.classify.measure import Figure

    marks = tmp_path / "marks.toml"
    marks.write_text(f'["a.jsonl"]\n"capacity (A or B)" = {mark}\n"posts called A or B" = 0.002\n', encoding="utf-8")
    monkeypatch.setattr(script, "MARKS", marks)
    figures = [Figure("capacity (A or B)", reached, 40), Figure("posts called A or B", 0.0025, 40)]
    assert script.guard({"a.jsonl": figures}) == missed
    assert script.guard({"a.jsonl": [*figures[:1], Figure("posts called A or B", 0.0035, 40)]}) == 1

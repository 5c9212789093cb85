"""Labelling, learning and judging again, as a manager does them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config import judge as judges
from bot.config.load import shipped
from tests.jobs.test_learning import own_words

ROWS = [
    {
        "id": "1",
        "text": "Volle Balken, aber bei o2 lädt in Köln seit Stunden nichts",
        "author": "kim",
        "url": "https://a.example/1",
    },
    {"id": "2", "text": "Bin bei o2 und zufrieden mit dem Netz in Bonn", "author": "lee"},
    {"id": "3", "text": "Ist das Netz von o2 in Kiel heute langsam?", "author": "sam"},
]


def run(tmp_path: Path, *words: str, stdin: str | None = None) -> Result:
    options = ["--database", str(tmp_path / "a.db")]
    if (tmp_path / "own.toml").exists():
        options += ["--config", str(tmp_path / "own.toml")]
    return CliRunner().invoke(main, [*options, *words], input=stdin, catch_exceptions=False)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text(
        "\n".join(json.dumps(row | {"created_at": "2026-03-02T10:00:00Z"}) for row in ROWS), encoding="utf-8"
    )
    assert run(tmp_path, "import", str(path)).exit_code == 0
    return tmp_path


def keep_texts(folder: Path) -> None:
    text = shipped("o2-de.toml").read_text("utf-8")
    assert "keep_texts = false" in text
    text = text.replace("keep_texts = false", "keep_texts = true").replace('purpose = ""', 'purpose = "to learn"')
    (folder / "own.toml").write_text(text, encoding="utf-8")


def labelled(folder: Path, *rows: dict[str, object]) -> str:
    path = folder / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def test_a_post_is_labelled_by_number_or_address_and_again(stored: Path) -> None:
    assert "Would label post 1 A" in run(stored, "label", "1", "A", "--dry-run").stdout
    result = run(stored, "label", "1", "a", "--symptom", "data_stall", "--cause", "congestion", "--place", "Köln")
    assert result.stdout == "Post 1 is A.\n"
    assert run(stored, "label", "https://a.example/1", "B").stdout == "Post 1 is B, it was A.\n"
    moved = run(stored, "label", "1", "B", "--place", "Stutgart")
    assert (moved.exit_code, "no place is called so? Stuttgart" in moved.output) == (1, True)
    run(stored, "label", "1", "B", "--place", "Beuel, Bonn")
    assert run(stored, "hotspots", "2026-03-02").stdout.splitlines()[1].startswith("Bonn")


@pytest.mark.parametrize(
    ("words", "status"), [(("9", "A"), 1), (("1",), 2), (("1", "E"), 2), (("1", "A", "--cause", "x"), 2)]
)
def test_a_wrong_label_is_refused(stored: Path, words: tuple[str, ...], status: int) -> None:
    result = run(stored, "label", *words)
    assert result.exit_code == status
    assert "Error" in result.stderr


def test_the_queue_goes_by_keys_with_undo_and_the_reason_is_shown(stored: Path) -> None:
    result = run(stored, "label", stdin="a12xucsq")
    assert result.exit_code == 0
    assert "drawn by lot" in result.stdout or "near the line" in result.stdout
    labels = json.loads(run(stored, "evaluate", "--json").stdout)["all labels"]
    assert labels[0]["count"] == 1  # the first was taken back and became a c; the second was skipped


def test_review_lists_what_waits(stored: Path) -> None:
    rows = json.loads(run(stored, "review", "--json").stdout)
    assert {row["post"] for row in rows} == {1, 2, 3}
    assert "`brennpunkt label` goes through them" in run(stored, "review").stderr


def test_texts_of_a_file_are_stored_only_where_they_may_be_kept(stored: Path) -> None:
    file = labelled(stored, {"id": "uk-1", "text": "O2 is so slow in Leeds", "band": "A", "symptoms": ["slow_data"]})
    result = run(stored, "label", "--from", file)
    assert result.exit_code == 1
    assert "labels.keep_texts" in result.stderr
    keep_texts(stored)
    assert "Stored 1 labels, 0 of them on stored posts" in run(stored, "label", "--from", file).stdout
    assert run(stored, "evaluate").exit_code == 0


def test_labels_on_stored_posts_need_no_copy_of_the_text(stored: Path) -> None:
    file = labelled(stored, {"id": "https://a.example/1", "text": "as above", "band": "A"})
    assert "Stored 1 labels, 1 of them on stored posts" in run(stored, "label", "--from", file).stdout


def test_evaluate_prints_the_table(stored: Path) -> None:
    rows = [row | {"band": band} for row, band in zip(ROWS, "ADD", strict=True)]
    result = run(stored, "evaluate", labelled(stored, *rows))
    assert "capacity (A or B)" in result.stdout
    assert "wanted 1" in result.stdout
    assert run(stored, "evaluate").exit_code == 1  # nothing was labelled


def test_training_with_too_few_labels_changes_nothing_and_says_so(stored: Path) -> None:
    run(stored, "label", "1", "A")
    result = run(stored, "train")
    assert "Not used: too few labels" in result.stdout
    assert not (stored / "a.db.model.json").exists()


def test_training_that_helps_is_used_until_it_is_taken_back(stored: Path) -> None:
    rows = [
        {"id": text.ref.replace("post ", "t"), "text": text.text, "band": text.gold.band} for text in own_words(300)
    ]
    file = labelled(stored, *rows)
    assert "They would be used" in run(stored, "train", "--with", file, "--dry-run").stdout
    assert not (stored / "a.db.model.json").exists()
    assert "In use from now on" in run(stored, "train", "--with", file).stdout
    assert "stored posts judged again" in run(stored, "rejudge", "--dry-run").stdout
    run(stored, "train", "--reset")
    assert not (stored / "a.db.model.json").exists()


def test_rejudge_shows_asks_and_writes(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0 stored posts judged again" in run(stored, "rejudge").stdout
    load = judges.load_judge

    def stricter(*args: object, **options: object) -> object:
        from dataclasses import replace

        judge = load(*args, **options)  # type: ignore[arg-type]  # handed on
        return replace(judge, rules=replace(judge.rules, languages={}, version="other"))

    monkeypatch.setattr(judges, "load_judge", stricter)
    assert "1: A → D" in run(stored, "rejudge", "--dry-run").stdout.replace("B → D", "A → D")
    assert "Nothing was changed" in run(stored, "rejudge", stdin="n\n").stdout
    assert "posts were judged again" in run(stored, "rejudge", "--yes").stdout
    assert "0 stored posts judged again" in run(stored, "rejudge", "--dry-run").stdout


def test_keeping_texts_needs_a_purpose(stored: Path) -> None:
    keep_texts(stored)
    path = stored / "own.toml"
    path.write_text(path.read_text("utf-8").replace('"to learn"', '""'), encoding="utf-8")
    assert "labels: expected a purpose, in a sentence" in run(stored, "review").stderr

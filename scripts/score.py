"""Score the shipped judge. `scripts/score` says how; no text of a measured file is printed or kept."""

import argparse
import gzip
import hashlib
import json
import os
import random
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.analyse import Judge, analyse  # noqa: E402
from bot.classify.measure import CAPACITY, Figure, Gold, interval, prf, table  # noqa: E402
from bot.config.judge import load_judge  # noqa: E402
from bot.config.load import load_settings  # noqa: E402
from bot.domain import Analysis, Band, Post, PostId, Relation  # noqa: E402
from bot.jobs import learning  # noqa: E402  # the path comes first
from bot.jobs.labelled import Text, judged, to_text  # noqa: E402

MARKS = ROOT / "tests" / "marks.toml"
ALLOWED = 0.02  # a drop beyond it fails; of false alarms .001 more
SIZES, DRAWS = (0, 50, 100, 200), 5
PATTERNS = ("labelled_*.jsonl", "background_*.jsonl", "stream_*.jsonl")
GUARDED = ("capacity", "main symptom", "cause")
ALARMS = "posts called A or B"  # guarded where all of them are false: in background files
REPEATS, FOLDS = 20, 5  # of the cross-validation
POOLED = ("labelled_written", "labelled_reworded")  # few complaints each: measured together, too
FEWEST = 20  # texts that a mark must rest on


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/score", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "o2-de.toml")
    parser.add_argument("--guard", action="store_true")
    parser.add_argument("--marks", action="store_true")
    parser.add_argument("--curve", type=Path, metavar="FILE")
    args = parser.parse_args()
    judge = load_judge(load_settings(args.config), own=False)
    if args.curve:
        curve(judge, args.curve)
        return
    files = args.files or named()
    found = {name: figures for file in files for name, figures in score(judge, file)}
    together = [file for file in files if file.name.startswith(POOLED)]
    if len(together) > 1:
        found.update(pooled(judge, together))
    if args.marks:
        print("\n".join(marks(found)))
        return
    for name, figures in found.items():
        print(name)
        for figure in figures:
            value = "  –  " if figure.value is None else f"{figure.value:.3f}"
            print(f"  {figure.name:<34} {value}  n {figure.count:<6} {figure.detail}")
    if args.guard:
        sys.exit(guard(found))


def named() -> list[Path]:
    folder = os.environ.get("BRENNPUNKT_DATA")
    if not folder:
        sys.exit("scripts/score: name files, or a folder of them in BRENNPUNKT_DATA")
    return [path for pattern in PATTERNS for path in sorted(Path(folder).glob(pattern))]


def read(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def score(judge: Judge, path: Path) -> Iterator[tuple[str, list[Figure]]]:
    rows = read(path)
    first = next(rows, None)
    if first is None:
        sys.exit(f"scripts/score: {path} is empty")
    if "band" not in first:
        yield path.name, unlabelled(judge, first, rows)
        return
    lines = [first, *rows]
    texts = [to_text(row, number) for number, row in enumerate(lines, 1)]
    pairs = judged(texts, judge)
    yield path.name, [*table(pairs), *places(texts, pairs, lines)]
    third = [pair for pair, text in zip(pairs, texts, strict=True) if held_out(text.ref)]
    if third:
        yield f"{path.name}, held-out third", table(third)


def places(texts: Sequence[Text], pairs: Sequence[tuple[Gold, Analysis]], rows: Sequence[Any]) -> list[Figure]:
    """Places named in posts about network trouble: [words, kind, city, district], streets and countries apart."""
    wanted = hit = cities = right = found = good = 0
    for text, (said, analysis), row in zip(texts, pairs, rows, strict=True):
        named = row.get("places") or []
        if said.band is Band.D:
            continue
        touched = [[p for p in analysis.places if touches(p.start, p.end, text.text, one[0])] for one in named]
        found += len(analysis.places)
        good += len({id(place) for some in touched for place in some})
        for one, some in zip(named, touched, strict=True):
            if one[1] not in ("country", "street"):
                wanted, hit = wanted + 1, hit + bool(some)
            if len(one) > 2 and one[2]:
                cities, right = cities + 1, right + any(place.city == one[2] for place in some)
    return [
        Figure(name, share / count, count, f"{share} of {count}")
        for name, share, count in (
            ("places found", hit, wanted),
            ("places that are some", good, found),
            ("right city", right, cities),
        )
        if count
    ]


def touches(start: int, end: int, text: str, words: str) -> bool:
    at = text.find(words)
    while at >= 0 and not (start < at + len(words) and at < end):
        at = text.find(words, at + 1)
    return at >= 0


def pooled(judge: Judge, paths: Sequence[Path]) -> dict[str, list[Figure]]:
    """Small files as one, whole and on the held-out third; and with a line that is chosen on the other folds each time."""
    texts = [to_text(row, number) for path in paths for number, row in enumerate(read(path), 1)]
    pairs = judged(texts, judge)
    third = [pair for pair, text in zip(pairs, texts, strict=True) if held_out(text.ref)]
    return {"pooled": [*table(pairs), crosswise(pairs)], "pooled, held-out third": table(third)}


def crosswise(pairs: Sequence[tuple[Gold, Analysis]]) -> Figure:
    rows: list[tuple[bool, bool, float]] = []
    scores = []
    for repeat in range(REPEATS):
        order = list(range(len(pairs)))
        random.Random(repeat).shuffle(order)
        answers = []
        for fold in range(FOLDS):
            rest = [pairs[at] for place, at in enumerate(order) if place % FOLDS != fold]
            line = max((step / 50 for step in range(10, 40)), key=lambda line: prf(answered(rest, line))[2])
            answers += answered([pairs[at] for at in order[fold::FOLDS]], line)
        scores.append(prf(answers)[2])
        rows = answers
    low, high = interval(rows)
    detail = (
        f"{REPEATS} times {FOLDS} folds, {min(scores):.2f}-{max(scores):.2f} between them; F1 in {low:.2f}-{high:.2f}"
    )
    return Figure("line chosen in cross-validation", sum(scores) / REPEATS, len(pairs), detail)


def answered(pairs: Sequence[tuple[Gold, Analysis]], line: float) -> list[tuple[bool, bool, float]]:
    return [(said.band in CAPACITY, analysis.verdict.score >= line, 1.0) for said, analysis in pairs]


def held_out(ref: str) -> bool:
    """A third that is looked at as a figure only."""
    return int(hashlib.sha256(ref.encode()).hexdigest(), 16) % 3 == 0


def unlabelled(judge: Judge, first: Any, rows: Iterator[Any]) -> list[Figure]:
    seen = called = ours = doubtful = network = 0
    for row in (first, *rows):
        analysis = analyse(Post(PostId("score", "1"), str(row["text"]), lang=row.get("lang")), judge)
        seen += 1
        alarm = analysis.verdict.band in CAPACITY
        called += alarm
        ours += alarm and analysis.carrier.relation is Relation.OWN
        network += analysis.verdict.band is not Band.D
        doubtful += analysis.verdict.doubt is not None
    return [
        Figure(ALARMS, called / seen, seen, f"{called:,} of {seen:,}"),
        Figure(f"{ALARMS}, about us", ours / seen, seen, f"{ours:,}"),
        Figure("posts called network trouble", network / seen, seen, f"{network:,}"),
        Figure("in doubt", doubtful / seen, seen, f"{doubtful:,}"),
    ]


def marks(found: dict[str, list[Figure]]) -> Iterator[str]:
    """Lines for tests/marks.toml."""
    for name, figures in found.items():
        yield f'["{name}"]'
        for figure in figures:
            alarm = figure.name.startswith(ALARMS) and name.startswith("background")
            if figure.value is not None and figure.count >= FEWEST and (alarm or figure.name.startswith(GUARDED)):
                yield f'"{figure.name}" = {figure.value:.4f}'
        yield ""


def guard(found: dict[str, list[Figure]]) -> int:
    """Compare with the marks; 1 where one is missed."""
    missed = 0
    wanted = tomllib.loads(MARKS.read_text("utf-8"))
    for name, figures in found.items():
        values = {figure.name: figure.value for figure in figures}
        for figure_name, mark in wanted.get(name, {}).items():
            value = values.get(figure_name)
            worse = mark + ALLOWED / 20 if figure_name.startswith(ALARMS) else mark - ALLOWED
            if value is None or (value > worse if worse > mark else value < worse):
                missed += 1
                now = "missing" if value is None else f"{value:.4f}"
                print(f"MARK MISSED  {name}: {figure_name} is {now}, was {mark:.4f}", file=sys.stderr)
    unmarked = [name for name in found if name not in wanted]
    if unmarked:
        print(f"no marks for {', '.join(unmarked)}", file=sys.stderr)
    print(f"{missed} marks missed." if missed else "All marks held.")
    return 1 if missed else 0


def curve(judge: Judge, path: Path) -> None:
    """F1 of A or B on the rest, per draw and in the mean: rules, shipped weights, trained ones, and what would be used."""
    texts = [to_text(row, number) for number, row in enumerate(read(path), 1)]
    rules = f1s(learning.with_model(judge, None), texts)
    shipped = f1s(judge, texts)
    print(f"{path.name}: {len(texts)} labels; F1 of A or B on those not trained on")
    print(f"{'labels':>6} {'draw':>5} {'rules':>7} {'shipped':>8} {'trained':>8} {'used':>7}")
    means = []
    for size in SIZES:
        rows = []
        for draw in range(DRAWS):
            order = list(range(len(texts)))
            random.Random(f"{size} {draw}").shuffle(order)
            taught, rest = [texts[at] for at in order[:size]], order[size:]
            before = (of(rules, rest), of(shipped, rest))
            trained = used = before[1]
            if taught:
                training = learning.train(judge, taught, now=datetime.now(UTC))
                trained = of(f1s(learning.with_model(judge, training.model), texts), rest)
                used = before[1] if training.refused else trained
            rows.append((*before, trained, used))
            print(f"{size:>6} {draw + 1:>5} {rows[-1][0]:>7.3f} {rows[-1][1]:>8.3f} {trained:>8.3f} {used:>7.3f}")
        means.append([sum(column) / DRAWS for column in zip(*rows, strict=True)])
        worst = [min(row[3] - row[which] for row in rows) for which in (0, 1)]
        mean = means[-1]
        print(f"{size:>6}  mean {mean[0]:>7.3f} {mean[1]:>8.3f} {mean[2]:>8.3f} {mean[3]:>7.3f}", end="")
        print(f"   used − rules at least {worst[0]:+.3f}, used − shipped at least {worst[1]:+.3f}", flush=True)
    gains = [mean[3] - mean[1] for mean in means]
    print(
        "gain over the shipped weights, mean: " + "  ".join(f"{s}: {g:+.3f}" for s, g in zip(SIZES, gains, strict=True))
    )


Answers = Sequence[tuple[bool, bool, float]]


def f1s(judge: Judge, texts: Sequence[Text]) -> Answers:
    return [(w.band in CAPACITY, a.verdict.band in CAPACITY, 1.0) for w, a in judged(texts, judge)]


def of(answers: Answers, which: Sequence[int]) -> float:
    return prf(answers[at] for at in which)[2]


if __name__ == "__main__":
    main()

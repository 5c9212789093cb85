"""Ratios that hold on any machine: each pair is timed in turns, a few hundred posts at a time, so that a busy machine slows both.

scripts/bench --ratios            the table
scripts/bench --save              and keep it in scripts/bench.json
scripts/bench --check             and say what got worse by more than MARGIN (exit status 1)
scripts/bench --instructions      what valgrind counts for a post of each stage, without any clock; with --save and --check, too
scripts/bench --calls             how many functions each stage calls for a post; with --save and --check, too

CI checks calls: no load and no noise changes them, and they take seconds. Ratios of two runs on a shared machine differ by a
tenth and more, and valgrind takes minutes.
The row of scikit-learn needs a folder of its own, once: pip install --target .bench -r scripts/bench.txt
"""

import argparse
import gzip
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "scripts" / "bench.json"
SEED = sorted((ROOT / "config" / "seed").glob("*.jsonl"))
MARGIN = 0.25  # of a ratio; two runs on a busy machine differ by a tenth
FEW = 0.05  # of instructions; two runs differ by less than a hundredth
SOME = 0.2  # of calls; two runs differ by a hundredth, rules that find more by a few
TURN = 250  # posts
COUNTED = 100  # posts under valgrind, which takes fifty times as long
OTHERS = ("TextBlob(text).sentiment", "TF-IDF + logistic regression", "parse JSON, insert")

Step = Callable[[list], object]


def in_turns(posts: Sequence, steps: dict[str, Step]) -> dict[str, float]:
    """CPU seconds of each step over all posts, in turns."""
    spent = dict.fromkeys(steps, 0.0)
    rest = iter(posts)
    while turn := list(islice(rest, TURN)):
        for name, step in steps.items():
            began = time.process_time()
            step(turn)
            spent[name] += time.process_time() - began
    return spent


def unpacked(file: Path) -> bytes:
    content = file.read_bytes()
    return gzip.decompress(content) if file.suffix == ".gz" else content


def read_posts(files: list[Path]) -> list:
    from bot.collect.files.archive import load_row, to_post

    lines = [line for file in files for line in unpacked(file).splitlines()]
    rows = [row for line in lines if (row := load_row(line)) and "text" in row]
    return [to_post(row, "bench")[0] for row in rows]


def load_all(config: str):
    from bot.config.judge import load_judge
    from bot.config.load import load_settings

    return load_judge(load_settings(ROOT / config), own=False)


def stages(judge, folder: str) -> dict[str, Step]:
    """The whole, its stages by themselves, and what it is measured against."""
    from textblob import TextBlob

    from bot import store
    from bot.analyse import analyse
    from bot.classify.carrier import relation
    from bot.classify.duplicates import sketch
    from bot.classify.language import language
    from bot.classify.rules import finds_in, judge_text
    from bot.classify.tone import tone
    from bot.collect.files.archive import load_row, to_post
    from bot.domain import Tally
    from bot.locate.hints import find_places
    from bot.text import prepare, tokenize

    def cut(turn: list) -> list:
        return [tokenize(prepare(post.text, keep=judge.carriers.handles)) for post in turn]

    ready: dict[str, list] = {}

    english = judge.rules.languages["en"].reader

    def once(turn: list) -> None:  # what the stages below are given; not itself shown
        ready["tokens"] = cut(turn)
        ready["lang"] = [language(tokens, None) for tokens in ready["tokens"]]
        ready["verdict"] = [
            judge_text(t, lang, (), judge.rules) for t, lang in zip(ready["tokens"], ready["lang"], strict=True)
        ]
        ready["rows"] = [(post, analyse(post, judge)) for post in turn]
        ready["lines"] = [json.dumps({"id": p.id.native, "text": p.text, "author": p.author}).encode() for p in turn]

    def each(names: str, do: Callable) -> Step:
        return lambda _turn: [do(*given) for given in zip(*(ready[name] for name in names.split()), strict=True)]

    floor = sqlite3.connect(":memory:")
    floor.execute("CREATE TABLE posts (id TEXT PRIMARY KEY, text TEXT, author TEXT, at TEXT)")

    def least(_turn: list) -> None:
        """Parse JSON and insert the same rows: no program that stores posts is faster."""
        rows = [json.loads(line) for line in ready["lines"]]
        floor.executemany(
            "INSERT OR IGNORE INTO posts VALUES (?, ?, ?, '')", [(r["id"], r["text"], r["author"]) for r in rows]
        )

    db, now = store.in_memory(), datetime.now(UTC)
    file = store.open_database(Path(folder) / "bench.db")

    def kept(_turn: list) -> None:
        with store.transaction(db):
            store.add_page(db, ready["rows"], now=now, tally=Tally())

    def pipeline(_turn: list) -> None:
        """From lines to a file on disk, a page at a time, as `pipeline.collect` does it."""
        posts = [to_post(row, "bench")[0] for line in ready["lines"] if (row := load_row(line))]
        page = [(post, analyse(post, judge)) for post in posts]
        with store.transaction(file):
            store.add_page(file, page, now=now, tally=Tally())

    return {
        "analyse, cold": lambda turn: [analyse(post, judge) for post in turn],
        "(made ready)": once,
        "analyse": lambda turn: [analyse(post, judge) for post in turn],
        "TextBlob(text).sentiment": lambda turn: [TextBlob(post.text).sentiment for post in turn],
        "parse JSON, insert": least,
        "whole pipeline into a file": pipeline,
        "  clean, scrub, cut into words": cut,
        "  gate": each("tokens", english.possible),
        "  language": each("tokens", lambda tokens: language(tokens, None)),
        "  places": each("tokens", lambda tokens: find_places(tokens, judge.gazetteer)),
        "  rules alone": each("tokens lang", lambda tokens, lang: finds_in(tokens, lang, judge.rules)),
        "  rules and model": each("tokens lang", lambda tokens, lang: judge_text(tokens, lang, (), judge.rules)),
        "  whose network": lambda turn: [
            relation(tokens, post, verdict, judge.carriers)
            for tokens, post, verdict in zip(ready["tokens"], turn, ready["verdict"], strict=True)
        ],
        "  tone": each("tokens", lambda tokens: tone(tokens, judge.lexicon)),
        "  copies": each("tokens", sketch),
        "  store": kept,
    }


def sklearn_step() -> dict[str, Step]:
    """A plain TF-IDF and logistic regression that learned the seed corpus, where its folder is: it is no part of the project."""
    sys.path.append(str(ROOT / ".bench"))
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
    except ImportError:
        print("no row for scikit-learn: pip install --target .bench -r scripts/bench.txt")
        return {}
    rows = [json.loads(line) for file in SEED for line in file.read_text().splitlines()]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=500)).fit(
        [row["text"] for row in rows], [row["band"] in "AB" for row in rows]
    )
    return {"TF-IDF + logistic regression": lambda turn: model.predict([post.text for post in turn])}


def memory_mib(config: str) -> float:
    """Peak of a process that has only loaded; the kernel's own count, since `ru_maxrss` begins with what the parent took."""
    code = f"import sys; sys.path.insert(0, 'scripts'); import bench_ratios as b; b.load_all({config!r});"
    code += "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT).stdout
    return float(found) / 1024


def start_up() -> float:
    """CPU time of `--help` as a multiple of an empty Python's."""

    def children(*command: str) -> float:
        import resource

        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        for _ in range(5):
            subprocess.run([sys.executable, *command], capture_output=True, check=True, cwd=ROOT)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    return children("-m", "bot", "--help") / children("-c", "pass")


def instructions(files: list[Path], config: str) -> dict[str, float]:
    """Thousands of instructions for a post, by stage; nothing else on the machine changes them. {} without valgrind.

    The counted process calls `getsid` before each stage, at which valgrind writes down what it counted since.
    """
    if shutil.which("valgrind") is None:
        print("valgrind is missing: apt-get install valgrind (nothing was counted)")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--dump-before=getsid"]
        counted = [sys.executable, str(Path(__file__)), "--config", config, "--counted", *map(str, files)]
        told = subprocess.run(
            [*command, *counted],
            capture_output=True,
            check=True,
            cwd=ROOT,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        ).stdout
        names = [line.removeprefix("stage ") for line in told.splitlines() if line.startswith("stage ")]
        dumps = sorted(Path(folder).glob("out.*"), key=lambda path: int(path.suffix[1:]))[1:]  # the first is the start
        totals = [int(re.search(r"^(?:totals|summary): (\d+)", path.read_text(), re.MULTILINE)[1]) for path in dumps]
    return {
        name: round((total - totals[0]) / COUNTED / 1000, 1)
        for name, total in zip(names, totals, strict=False)
        if name[0] != "("
    }


def counted(posts: list, steps: dict[str, Step]) -> None:
    """Run each stage once over a few posts."""
    known, fresh = parted(posts)
    in_turns(known, steps)
    for name, step in {"(empty)": lambda _turn: None, **steps}.items():
        os.getsid(0)
        step(fresh)
        print("stage", name.strip(), flush=True)
    os.getsid(0)


def calls(posts: list, steps: dict[str, Step]) -> dict[str, float]:
    """Calls of functions, Python's and built-in ones, for a post, by stage."""
    known, fresh = parted(posts)
    in_turns(known, steps)
    table: dict[str, float] = {}
    made = 0

    def count(_frame: object, event: str, _given: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    for name, step in steps.items():
        made = 0
        sys.setprofile(count)
        step(fresh)
        sys.setprofile(None)
        if name[0] != "(" and name not in OTHERS:
            table[name.strip()] = round(made / len(fresh), 1)
    return table


def parted(posts: list) -> tuple[list, list]:
    """A few posts to begin with, so that no table is empty, and a few to count."""
    every = max(1, len(posts) // (2 * COUNTED))
    return posts[::every][:COUNTED], posts[every // 2 :: every][:COUNTED]


def told(table: dict[str, float], known: dict[str, float], margin: float, what: str) -> list[str]:
    """Print a table beside the baseline. Returns what got worse by more than the margin."""
    print(f"{what:<60} {'now':>10} {'baseline':>9}")
    worse = []
    for name, value in table.items():
        before = known.get(name)
        # What we are measured against gets cheaper in proportion when we get dearer; counts are no proportions.
        ours = name not in OTHERS or margin != MARGIN
        change = 0.0 if not before else (value / before if ours else before / max(value, 0.001)) - 1
        if change > margin and (not ours or value > 0.02):
            worse.append(f"{name}: {change:+.0%}")
        print(f"{name:<60} {value:>10} {before if before is not None else '':>9}")
    return worse


def ratios(posts: list, steps: dict[str, Step], config: str) -> dict[str, float]:
    in_turns(posts[:TURN], steps)  # imports and first tables are no part of the speed
    spent = in_turns(posts, steps)
    whole = spent["analyse"]
    print(
        f"{len(posts):,} posts; a second: "
        + ", ".join(f"{name} {len(posts) / spent[name]:,.0f}" for name in spent if name[0] not in " (")
    )
    table = {name.strip(): round(seconds / whole, 3) for name, seconds in spent.items() if name[0] != "("}
    table["start-up, in empty Pythons"] = round(start_up(), 1)
    table["memory of all that judges, MiB"] = round(memory_mib(config))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config/o2-de.toml")
    for flag in ("--ratios", "--save", "--check", "--instructions", "--calls", "--counted"):
        parser.add_argument(flag, action="store_true", help=argparse.SUPPRESS if flag == "--counted" else None)
    parser.add_argument(
        "files", nargs="*", type=Path, help="JSON lines (default: the seed corpus, half of it complaints)"
    )
    args = parser.parse_args()
    files = args.files or SEED
    known = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if args.instructions:
        part, margin, what = "instructions", FEW, "thousands of instructions a post"
        table = instructions(files, args.config)
    else:
        part, margin, what = ("calls", SOME, "calls a post") if args.calls else ("ratios", MARGIN, "shares of analyse")
        posts, judge = read_posts(files), load_all(args.config)
        with tempfile.TemporaryDirectory() as folder:
            if args.counted:
                counted(posts, stages(judge, folder))
                return
            if args.calls:
                table = calls(posts, stages(judge, folder))
            else:
                table = ratios(posts, stages(judge, folder) | sklearn_step(), args.config)
    worse = told(table, known.get(part, {}), margin, what)
    if args.save and table:
        BASELINE.write_text(json.dumps({**known, part: table}, indent=1) + "\n")
    if args.check and worse:
        sys.exit(f"worse than the baseline by more than {margin:.0%} (is it meant? --save): " + "; ".join(worse))


if __name__ == "__main__":
    main()

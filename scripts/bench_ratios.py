"""Ratios that hold on any machine: each pair is timed in turns, a few hundred posts at a time, so that a busy machine slows both.

scripts/bench --ratios            the table
scripts/bench --save              and keep it in scripts/bench.json
scripts/bench --check             and say what got worse by more than MARGIN (exit status 1)
scripts/bench --instructions      what valgrind counts for a post, without any clock
"""

import argparse
import json
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
MARGIN = 0.25  # of a ratio; two runs on a busy machine differ by a tenth
TURN = 250  # posts
COUNTED = (50, 450)  # posts under valgrind: the difference leaves out what starting costs

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


def read_posts(files: list[Path]) -> list:
    from bot.collect.files.archive import load_row, to_post

    lines = [line for file in files for line in file.read_bytes().splitlines()]
    rows = [row for line in lines if (row := load_row(line)) and "text" in row]
    return [to_post(row, "bench")[0] for row in rows]


def load_all(config: str):
    from bot.config.judge import load_judge
    from bot.config.load import load_settings

    return load_judge(load_settings(ROOT / config), own=False)


def stages(judge) -> dict[str, Step]:
    """The whole, its stages by themselves, and what it is measured against."""
    from textblob import TextBlob

    from bot import store
    from bot.analyse import analyse
    from bot.classify.carrier import relation
    from bot.classify.duplicates import sketch
    from bot.classify.language import language
    from bot.classify.rules import finds_in, judge_text
    from bot.classify.tone import tone
    from bot.domain import Tally
    from bot.locate.hints import find_places
    from bot.text import prepare, tokenize

    def cut(turn: list) -> list:
        return [tokenize(prepare(post.text, keep=judge.carriers.handles)) for post in turn]

    ready: dict[str, list] = {}

    def once(turn: list) -> None:  # what the stages below are given; not itself shown
        ready["tokens"] = cut(turn)
        ready["lang"] = [language(tokens, None) for tokens in ready["tokens"]]
        ready["verdict"] = [
            judge_text(t, lang, (), judge.rules) for t, lang in zip(ready["tokens"], ready["lang"], strict=True)
        ]
        ready["rows"] = [(post, analyse(post, judge)) for post in turn]

    def each(names: str, do: Callable) -> Step:
        return lambda _turn: [do(*given) for given in zip(*(ready[name] for name in names.split()), strict=True)]

    floor = sqlite3.connect(":memory:")
    floor.execute("CREATE TABLE posts (id TEXT PRIMARY KEY, text TEXT, author TEXT, at TEXT)")
    lines: dict[int, list[str]] = {}

    def least(turn: list) -> None:
        """Parse JSON and insert the same rows: no program that stores posts is faster."""
        rows = [
            json.loads(line)
            for line in lines.setdefault(
                id(turn[0]), [json.dumps({"id": p.id.native, "text": p.text, "author": p.author}) for p in turn]
            )
        ]
        floor.executemany(
            "INSERT OR IGNORE INTO posts VALUES (?, ?, ?, '')", [(r["id"], r["text"], r["author"]) for r in rows]
        )

    db, now = store.in_memory(), datetime.now(UTC)

    def kept(_turn: list) -> None:
        with store.transaction(db):
            store.add_page(db, ready["rows"], now=now, tally=Tally())

    return {
        "(made ready)": once,
        "analyse": lambda turn: [analyse(post, judge) for post in turn],
        "TextBlob(text).sentiment": lambda turn: [TextBlob(post.text).sentiment for post in turn],
        "parse JSON, insert": least,
        "  clean, scrub, cut into words": cut,
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


def sklearn_step(posts: Sequence) -> dict[str, Step]:
    """A plain TF-IDF and logistic regression, where scikit-learn is installed: it is no part of the project."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
    except ImportError:
        print(
            "scikit-learn is not installed here: no row for it (pip install scikit-learn, in an environment for benchmarks)"
        )
        return {}
    texts = [post.text for post in posts]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression()).fit(
        texts, [n % 2 for n in range(len(texts))]
    )
    return {"TF-IDF + logistic regression": lambda turn: model.predict([post.text for post in turn])}


def memory_mib(config: str) -> float:
    code = f"import sys; sys.path.insert(0, 'scripts'); import bench_ratios as b, resource; b.load_all({config!r});"
    code += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT).stdout)


def start_up() -> float:
    """CPU time of `--help` as a multiple of an empty Python's."""

    def children(*command: str) -> float:
        import resource

        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        for _ in range(5):
            subprocess.run([sys.executable, *command], capture_output=True, check=True, cwd=ROOT)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    return children("-m", "bot", "--help") / children("-c", "pass")


def instructions(files: list[Path], config: str) -> None:
    """Instructions for a post, by valgrind; nothing else on the machine changes them."""
    if shutil.which("valgrind") is None:
        print("valgrind is missing: apt-get install valgrind (nothing was counted)")
        return
    totals = []
    for count in COUNTED:
        code = (
            "import sys; sys.path.insert(0, 'scripts'); import bench_ratios as b; from pathlib import Path;"
            "from bot.analyse import analyse;"
            f"judge = b.load_all({config!r}); posts = b.read_posts([Path(f) for f in {list(map(str, files))!r}]);"
            f"[analyse(post, judge) for post in posts[:: len(posts) // {COUNTED[1]}][:{count}]]"
        )
        with tempfile.NamedTemporaryFile() as out:
            command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", sys.executable, "-c", code]
            told = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, text=True).stderr
        totals.append(int(told.rpartition("Collected :")[2].split()[0]))
    print(
        f"analyse: {(totals[1] - totals[0]) / (COUNTED[1] - COUNTED[0]):,.0f} instructions a post, words seen for the first time"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config/o2-de.toml")
    for flag in ("--ratios", "--save", "--check", "--instructions"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument(
        "files", nargs="*", type=Path, help="JSON lines (default: the seed corpus, half of it complaints)"
    )
    args = parser.parse_args()
    files = args.files or sorted((ROOT / "config" / "seed").glob("*.jsonl"))
    if args.instructions:
        instructions(files, args.config)
        return
    posts, judge = read_posts(files), load_all(args.config)
    steps = stages(judge) | sklearn_step(posts)
    in_turns(posts[:TURN], steps)  # imports and first tables are no part of the speed
    spent = in_turns(posts, steps)
    whole = spent["analyse"]
    table = {name.strip(): round(seconds / whole, 3) for name, seconds in spent.items() if name[0] != "("}
    table["start-up, in empty Pythons"] = round(start_up(), 1)
    table["memory of all that judges, MiB"] = round(memory_mib(args.config))
    known = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    print(
        f"{len(posts):,} posts, {len(posts) / whole:,.0f} a second; shares of analyse, CPU time"
        + " " * 10
        + "now  baseline"
    )
    worse = []
    for name, ratio in table.items():
        before = known.get(name)
        # What we are measured against gets cheaper in proportion when we get dearer.
        ours = name not in ("TextBlob(text).sentiment", "parse JSON, insert", "TF-IDF + logistic regression")
        change = 0.0 if not before else (ratio / before if ours else before / max(ratio, 0.001)) - 1
        if change > MARGIN and (not ours or ratio > 0.02) and name != "analyse":
            worse.append(f"{name}: {change:+.0%}")
        print(f"{name:<60} {ratio:>10} {before if before is not None else '':>9}")
    if args.save:
        BASELINE.write_text(json.dumps(table, indent=1) + "\n")
    if args.check and worse:
        sys.exit("worse than the baseline by more than " + f"{MARGIN:.0%}: " + "; ".join(worse))


if __name__ == "__main__":
    main()

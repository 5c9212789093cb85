"""The measuring behind scripts/bench: each figure from a process of its own, as a user would see it."""

import argparse
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BRENNPUNKT = str(Path(sys.executable).with_name("brennpunkt"))
ROOT = Path(__file__).resolve().parent.parent


def timed(*command: str, runs: int = 1, stdin: bytes | None = None) -> tuple[float, str]:
    """Median wall seconds of a command, and what its last run printed."""
    seconds, out = [], ""
    for _ in range(runs):
        began = time.perf_counter()
        out = subprocess.run(command, check=True, capture_output=True, input=stdin, cwd=ROOT).stdout.decode()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), out


def peak_mib(*command: str) -> float:
    """Peak memory of a command, in MiB."""
    code = f"import resource, subprocess; subprocess.run({list(command)!r}, capture_output=True, check=True);"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT).stdout)


def lines_of(path: Path) -> list[bytes]:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()


def row(what: str, figure: str) -> None:
    print(f"{what:<58} {figure}", flush=True)


def analyse_speed(config: str, lines: list[bytes], name: str) -> None:
    """Posts a second of the pure analysis, beside TextBlob's sentiment alone on the same posts in the same process."""
    from textblob import TextBlob

    from bot.analyse import analyse
    from bot.collect.files.archive import load_row, to_post
    from bot.config.judge import load_judge
    from bot.config.load import load_settings

    judge = load_judge(load_settings(ROOT / config))
    rows = [row for line in lines if (row := load_row(line))]
    posts = [to_post(row, "bench")[0] for row in rows]
    began = time.process_time()
    for post in posts:
        analyse(post, judge)
    ours = time.process_time() - began
    sample = posts[:: max(1, len(posts) // 5000)]
    began = time.process_time()
    for post in sample:
        TextBlob(post.text).sentiment  # noqa: B018  the property does the work
    theirs = (time.process_time() - began) * len(posts) / len(sample)
    row(f"analyse {name}: posts/s on one core", f"{len(posts) / ours:>10,.0f}")
    row(
        "  TextBlob(text).sentiment alone on the same posts",
        f"{len(posts) / theirs:>10,.0f}   ratio {theirs / ours:.2f}",
    )


def loading(config: str) -> None:
    """What every command that judges waits for first, and how fast Bluesky's stream is sifted."""
    from bot.collect.bluesky.sieve import Sieve
    from bot.config.judge import load_gazetteer_of, load_judge
    from bot.config.load import load_settings

    settings = load_settings(ROOT / config)
    for what, load in (("load the gazetteers", load_gazetteer_of), ("load all that judges", load_judge)):
        began = time.process_time()
        load(settings)
        row(what, f"{time.process_time() - began:>10.2f} s")
    sieve = Sieve(next(source.words for source in settings.sources if source.kind == "bluesky"))
    like = b'{"did":"did:plc:x","time_us":1,"kind":"commit","commit":{"collection":"app.bsky.feed.like"}}'
    text = "Guten Morgen zusammen, heute gibt es Kaffee. " * 4
    post = b'{"did":"did:plc:x","kind":"commit","commit":{"record":{"text":"' + text.encode() + b'"}}}'
    events = ([like] * 7 + [post]) * 10_000
    began = time.process_time()
    kept = sum(sieve.keep(event) for event in events)
    row(
        "sift Bluesky's stream: events/s on one core",
        f"{len(events) / (time.process_time() - began):>10,.0f}   kept {kept}",
    )


def whole_way(config: str, file: Path, day: str) -> None:
    """Import a stream into a fresh database, then a digest of a day, through the command line."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/bench.db"
        base = (BRENNPUNKT, "--config", config, "--database", database)
        seconds, _ = timed(*base, "import", str(file))
        posts = len(lines_of(file))
        row(
            f"import {file.name} ({posts:,} lines)",
            f"{seconds:>10.2f} s   {posts / seconds:,.0f} posts/s, start included",
        )
        row("  bytes in the database for each line", f"{os.path.getsize(database) / posts:>10,.0f}")
        row(f"digest of {day}, text", f"{timed(*base, 'digest', day, runs=3)[0]:>10.2f} s")
        row("  peak memory of the digest, MiB", f"{peak_mib(*base, 'digest', day):>10.0f}")
        row("  peak memory of an import that finds nothing new, MiB", f"{peak_mib(*base, 'import', str(file)):>10.0f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="config/o2-de.toml")
    parser.add_argument("--day", help="day of the digest (default: the last whole day of the file)")
    parser.add_argument("files", nargs="*", type=Path)
    args = parser.parse_args()
    row("brennpunkt --help", f"{timed(BRENNPUNKT, '--help', runs=5)[0]:>10.2f} s")
    loading(args.config)
    with tempfile.TemporaryDirectory() as folder:
        files = args.files
        if not files:
            files = [Path(folder) / "november-2011.jsonl"]
            timed(BRENNPUNKT, "simulate", "november-2011", str(files[0]))
        for file in files:
            lines = lines_of(file)
            if file.suffix != ".gz":
                days = sorted({json.loads(line).get("created_at") or "" for line in lines})
                whole_way(args.config, file.resolve(), args.day or days[-1][:10])
            posts = [line for line in lines if b'"kind": "report"' not in line and b'"kind": "simulation"' not in line]
            analyse_speed(args.config, posts, file.name)
    row("peak memory of this process, MiB", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10.0f}")


if __name__ == "__main__":
    main()

"""Archives in pieces: here, and on a real Dask cluster of two workers, with what may be killed killed."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot import store
from bot.analyse import Judge
from bot.collect.files.units import Unit, posts_of, units_of
from bot.config.judge import load_judge
from bot.config.load import load_settings, shipped
from bot.errors import InputError
from bot.jobs.backfill import Job, cluster, open_units, prepare_job, run, work
from bot.jobs.loading import load
from bot.jobs.parts import names_of_parts, read_part
from tests.factories import NOON

COMPLAINT = "Volle Balken, aber bei o2 lädt in Köln seit Stunden nichts"
POSTS = 600
STRETCH = 2_000  # bytes: some forty pieces


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(load_settings(shipped("o2-de.toml")), own=False)


def rows(count: int = POSTS) -> list[dict[str, Any]]:
    return [
        {
            "id": f"p{number}",
            "text": COMPLAINT if number % 10 == 0 else f"Guten Morgen zum {number}. Mal",
            "author": f"kim{number}@chaos.example",
            "created_at": f"2019-03-{number % 28 + 1:02}T12:00:00+00:00",
        }
        for number in range(count)
    ]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    return path


@pytest.fixture
def job(tmp_path: Path, judge: Judge, db: store.Database) -> Job:
    return prepare_job(str(tmp_path / "out"), "archive", judge, db.keys, NOON)


@pytest.fixture
def here() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def ids(job: Job) -> Counter[str]:
    """Every post of every part."""
    parts = [read_part(job.out, name)[1] for name in names_of_parts(job.out)]
    return Counter(row["id"] for batches in parts for batch in batches for row in batch)


def each_once(count: int = POSTS) -> Counter[str]:
    return Counter(row["id"] for row in rows(count))


def pieces(archive: Path) -> list[Unit]:
    units, broken = units_of(str(archive), STRETCH)
    assert not broken
    return units


def test_however_lines_are_cut_every_one_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    texts = ["a", "b" * 700, "", "ö" * 90, "c"]
    path.write_text(
        "\n".join(json.dumps({"id": i, "text": t}) for i, t in enumerate(texts) if t) + "\n", encoding="utf-8"
    )
    for stretch in (1, 7, 26, 27, 28, 100, 5000):
        units, _ = units_of(str(path), stretch)
        found = [post.text for unit in units for _, post, _ in posts_of(unit, "test", NOON) if post]
        assert found == [text for text in texts if text], stretch


def test_a_repeated_run_does_nothing_and_a_broken_off_one_goes_on(archive: Path, job: Job, here: Executor) -> None:
    units = pieces(archive)
    first = [done for done, _ in zip(run(units[:10], job, here), range(10), strict=True)]
    assert all(done.error is None for done in first)
    todo, there = open_units(units, job)
    assert (len(todo), there) == (len(units) - 10, 10)
    complaints = sum(done.complaints for done in [*first, *run(todo, job, here)])
    assert ids(job) == each_once()
    assert complaints == POSTS / 10
    assert open_units(units, job) == ([], len(units))


def test_jsonl_csv_and_parquet_say_the_same(tmp_path: Path, job: Job, here: Executor) -> None:
    table = pa.Table.from_pylist(rows(40))
    times = pa.array([datetime.fromisoformat(row["created_at"]) for row in rows(40)], pa.timestamp("us", "UTC"))
    pq.write_table(table.set_column(3, "created_at", times), tmp_path / "a.parquet", row_group_size=7)
    lines = [
        "id,text,author,created_at",
        *(f'{r["id"]},"{r["text"]}",{r["author"]},{r["created_at"]}' for r in rows(40)),
    ]
    (tmp_path / "b.csv").write_text("\n".join(lines), encoding="utf-8")
    said = []
    for name in ("a.parquet", "b.csv"):
        units, _ = units_of(str(tmp_path / name))
        each = replace(job, out=f"{job.out}-{name}")
        os.makedirs(each.out)
        Path(each.out, "judge.pickle").write_bytes(Path(job.out, "judge.pickle").read_bytes())
        assert all(done.error is None for done in run(units, each, here))
        found = [row for part in names_of_parts(each.out) for batch in read_part(each.out, part)[1] for row in batch]
        said.append(sorted((row["author"], row["written_at"], row["band"], row["carrier"] or "") for row in found))
    assert said[0] == said[1]
    assert len(said[0]) == 40


def test_what_is_broken_is_told_with_its_row_and_the_rest_is_done(tmp_path: Path, job: Job, here: Executor) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    huge = json.dumps({"id": "huge", "text": "x" * 10_000_000})
    (folder / "a.jsonl").write_text(f'{json.dumps(rows(1)[0])}\n{{"id": 2}}\nno json\n{huge}\n', encoding="utf-8")
    pq.write_table(pa.table({"words": ["o2"]}), folder / "b.parquet")
    pq.write_table(pa.Table.from_pylist(rows(100)[1:]), folder / "c.parquet", row_group_size=50, compression=None)
    content = (folder / "c.parquet").read_bytes()
    (folder / "c.parquet").write_bytes(content[:4] + b"\xff" * 200 + content[204:])
    units, broken = units_of(str(folder))
    assert [line.rpartition(": ")[2] for line in broken] == ["cannot be read (no column `text`; it has words)"]
    done = list(run(units, job, here))
    assert [str(each.unit).rpartition("/")[2] for each in done if each.error] == ["c.parquet, row group 0"]
    told = [json.loads(line) for path in Path(job.out, "failures").iterdir() for line in path.read_text().splitlines()]
    assert [(row["row"].split()[0], row["error"]) for row in told] == [
        ("byte", "no `text`"),
        ("byte", "not JSON (Expecting value at column 1)"),
        ("byte", "longer than 4 MiB, left out"),
    ]
    assert ids(job) == Counter(["p0", *(f"p{number}" for number in range(51, 100))])


def test_a_full_disk_leaves_no_half_part(archive: Path, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in (work(pieces(archive)[0], job).error or "")
    assert sorted(os.listdir(job.out)) == ["job.json", "judge.pickle"]


def test_a_judge_that_was_exchanged_is_not_believed(archive: Path, job: Job) -> None:
    Path(job.out, "judge.pickle").write_bytes(b"something else")
    assert "was changed" in (work(pieces(archive)[0], replace(job, judge="0" * 64)).error or "")


def test_a_worker_with_another_program_judges_nothing(archive: Path, job: Job) -> None:
    assert "another program" in (work(pieces(archive)[0], replace(job, code="0.0.9")).error or "")


def test_parts_of_other_rules_are_not_mixed(job: Job, judge: Judge, db: store.Database) -> None:
    other = replace(judge, rules=replace(judge.rules, version="other"))
    with pytest.raises(InputError, match="another rules"):
        prepare_job(job.out, "archive", other, db.keys, NOON)


def test_a_part_holds_no_text_no_name_and_no_link(archive: Path, job: Job, here: Executor) -> None:
    list(run(pieces(archive), job, here))
    text = str([batch for part in names_of_parts(job.out) for batch in read_part(job.out, part)[1]])
    assert "kim" not in text
    assert "Balken" not in text


def test_history_is_counted_once_and_holds_no_words(
    archive: Path, job: Job, here: Executor, db: store.Database
) -> None:
    list(run(pieces(archive), job, here))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    first, broken = load(job.out, db, now=now, told=print)
    again, _ = load(job.out, db, now=now, told=print)
    assert (first.posts, first.findings, broken, again.posts, again.repeats) == (POSTS, POSTS // 10, 0, 0, POSTS)
    assert db.execute("SELECT count(*) FROM posts WHERE text IS NOT NULL OR native IS NOT NULL").fetchone()[0] == 0
    assert db.execute("SELECT city, count(DISTINCT who) FROM findings GROUP BY 1").fetchall() == [("Köln", POSTS // 10)]


def test_whom_we_forgot_does_not_come_back_with_an_archive(
    archive: Path, job: Job, here: Executor, db: store.Database
) -> None:
    list(run(pieces(archive), job, here))
    name = db.pseudonym("author", "", "kim0@chaos.example")
    with store.transaction(db):
        db.execute("INSERT INTO suppressed VALUES (?, '2026-01-01')", [name])
    tally, _ = load(job.out, db, now=datetime(2026, 1, 1, tzinfo=UTC), told=print)
    assert (tally.skipped["suppressed"], tally.findings) == (1, POSTS // 10 - 1)


class Dask:
    """A scheduler and two workers of their own on loopback."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.file.unlink(missing_ok=True)
        self._folder = folder
        where = ("--scheduler-file", str(self.file), "--host", "127.0.0.1")
        self.scheduler = self._start("scheduler", *where, "--port", "0", "--no-dashboard", "--no-show")
        while not self.file.exists() or not self.file.read_text():
            with suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"the scheduler ended: {self.scheduler.wait(0.05)}")
        self.address = json.loads(self.file.read_text())["address"]
        self.workers = [
            self._start("worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard",
                        "--local-directory", str(folder))
            for _ in range(2)
        ]  # fmt: skip

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([sys.executable, "-m", "dask", *command], cwd=self._folder, **quiet)  # type: ignore[call-overload,no-any-return]

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def dask(folder: Path) -> Iterator[Dask]:
    servers = Dask(folder)
    try:
        yield servers
    finally:
        servers.stop()


def finish(units: list[Unit], job: Job, folder: Path) -> None:
    """A fresh cluster does what is left."""
    with dask(folder) as servers, cluster(servers.address) as (executor, alive):
        todo, _ = open_units(units, job)
        assert [done.error for done in run(todo, job, executor, alive) if done.error] == []


def test_a_killed_worker_loses_and_doubles_nothing(archive: Path, job: Job, tmp_path: Path) -> None:
    with dask(tmp_path) as servers, cluster(servers.address) as (executor, alive):
        found = run(pieces(archive), job, executor, alive)
        next(found)
        servers.workers[0].kill()
        assert [done.error for done in found if done.error] == []
    assert ids(job) == each_once()


def test_a_killed_scheduler_is_told_and_the_next_run_goes_on(archive: Path, job: Job, tmp_path: Path) -> None:
    units = pieces(archive)
    with dask(tmp_path) as servers, cluster(servers.address) as (executor, alive):
        found = run(units, job, executor, alive)
        next(found)
        servers.scheduler.kill()
        servers.scheduler.wait()
        with pytest.raises(InputError, match="run it again"):
            list(found)
    assert len(ids(job)) < POSTS
    finish(units, job, tmp_path)
    assert ids(job) == each_once()


def test_a_killed_client_can_be_started_again(archive: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "archive", tmp_path / "out"
    folder.mkdir()
    lines = archive.read_text(encoding="utf-8").splitlines()
    for first in range(0, POSTS, 20):
        (folder / f"{first:04}.jsonl").write_text("\n".join(lines[first : first + 20]), encoding="utf-8")
    brennpunkt = [sys.executable, "-m", "bot", "--database", str(tmp_path / "d.db")]
    with dask(tmp_path) as servers:
        command = [*brennpunkt, "backfill", str(folder), str(out), "--cluster", servers.address]
        client = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while not list(out.glob("*.parquet")):
            with suppress(subprocess.TimeoutExpired):
                client.wait(0.02)
                break
        client.kill()
        client.wait()
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    parts = [row["id"] for part in names_of_parts(str(out)) for batch in read_part(str(out), part)[1] for row in batch]
    assert Counter(parts) == each_once()


def test_where_no_scheduler_answers_one_line_says_so() -> None:
    with pytest.raises(InputError, match="no Dask scheduler answers"), cluster("tcp://127.0.0.1:9", timeout_s=1):
        pass


def test_the_questions_in_the_documentation_are_answered(
    archive: Path, job: Job, here: Executor, tmp_path: Path
) -> None:
    list(run(pieces(archive), job, here))
    page = (Path(__file__).parents[2] / "docs/scale.md").read_text(encoding="utf-8")
    questions = [block.partition("```")[0] for block in page.split("```sql")[1:]]
    with duckdb.connect() as duck:
        answers = [duck.sql(each.replace("parts/", f"{job.out}/")).fetchall() for each in questions]
    months, cities, hours, carriers, versions = answers
    assert months == [("2019-03", POSTS // 10, POSTS // 10)]
    assert cities == [("Köln", POSTS // 10)]
    assert sum(row[-1] for row in hours) <= POSTS // 10
    assert carriers == [("o2", POSTS // 10, 0)]
    assert {what for what, _, _ in versions} == {"code", "places", "rules"}

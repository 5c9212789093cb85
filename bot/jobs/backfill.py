"""Archives of any size, judged piece by piece: by processes here, or by a Dask cluster through the same interface.

    units (files in pieces) ─work─▶ one part each ─load─▶ store, as history

`work` is the whole program of a worker. A part that exists is never made again, so a run that was killed goes on, and one that is
repeated does nothing. The judge lies beside the parts; what a worker reads there must be what was put there.
"""

import hashlib
import json
import pickle
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa

from .. import __version__
from ..analyse import Judge, analyse
from ..collect.files.units import UNREADABLE, Unit, posts_of
from ..domain import Band, Relation
from ..errors import InputError
from ..store.history import key_check, names_of
from ..store.keys import Keys
from .parts import as_lines, names_of_parts, read_text, to_row, write_part, write_text

MAX_TOLD = 1_000  # rows of a piece that cannot be read, each told; the rest is counted
WINDOW = 64  # pieces handed out at a time, so that a million of them need no memory
PULSE_S = 5.0  # seconds after which a silent cluster is asked whether it is there
JUDGE, JOB = "judge.pickle", "job.json"


@dataclass(frozen=True, slots=True)
class Job:
    """What every piece of one archive has in common; small, it travels with each."""

    out: str  # any fsspec path that all workers reach
    source: str
    judge: str  # digest of JUDGE
    rules: str
    places: str  # version of the gazetteer
    code: str
    now: datetime
    keys: Keys = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a piece."""

    unit: Unit
    posts: int = 0
    complaints: int = 0  # about us, bands A and B
    places: int = 0  # posts that name one
    failures: int = 0  # rows
    error: str | None = None  # why there is no part


def code_version() -> str:
    """Changes with every line of the program, and with what reads and writes the parts."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]} Python {platform.python_version()} pyarrow {pa.__version__}"


_own_code = lru_cache(code_version)


def prepare_job(out: str, source: str, judge: Judge, keys: Keys, now: datetime) -> Job:
    """Put the judge beside the parts. Raises InputError where parts of other rules lie there already."""
    content = pickle.dumps(judge, protocol=5)
    job = Job(
        out,
        source,
        hashlib.sha256(content).hexdigest(),
        judge.rules.version,
        judge.gazetteer.version,
        _own_code(),
        now,
        keys,
    )
    about = {
        "source": source,
        "rules": job.rules,
        "places": job.places,
        "carrier": judge.carriers.names[0],
        "key": key_check(keys),
    }
    try:
        try:
            known = json.loads(read_text(out, JOB))
        except FileNotFoundError:
            known = about
        if known != about:
            different = ", ".join(key for key in about if known.get(key) != about[key])
            raise InputError(f"{out}: holds parts made with another {different}; take another folder")
        write_text(out, JUDGE, content)
        write_text(out, JOB, json.dumps(about).encode())
    except (OSError, ValueError) as error:
        raise InputError(f"{out}: cannot be used ({error})") from error
    return job


def work(unit: Unit, job: Job) -> Done:
    """Judge one piece and write its part. Never raises: what is wrong is said, the other pieces go on."""
    try:
        if _own_code() != job.code:
            return Done(
                unit, error=f"a worker on {platform.node()} runs another program: {_own_code()}, not {job.code}"
            )
        return _judged(unit, job, _judge(job.out, job.judge))
    except UNREADABLE as error:
        return Done(unit, error=str(error).splitlines()[0] if str(error) else type(error).__name__)


def open_units(units: Iterable[Unit], job: Job) -> tuple[list[Unit], int]:
    """Those without a part, and how many have one."""
    units = list(units)
    there = set(names_of_parts(job.out))
    return [unit for unit in units if unit.name not in there], sum(unit.name in there for unit in units)


def run(
    units: Sequence[Unit], job: Job, executor: Executor, alive: Callable[[], bool] = lambda: True
) -> Iterator[Done]:
    """Have the pieces judged, in whatever order. Raises InputError where nobody is left to judge them: run it again."""
    todo = iter(units)
    pending: dict[Future[Done], Unit] = {}
    try:
        while True:
            while len(pending) < WINDOW and (unit := next(todo, None)):
                pending[executor.submit(work, unit, job)] = unit
            if not pending:
                return
            done, _ = wait(pending, timeout=PULSE_S, return_when=FIRST_COMPLETED)
            if not done and not alive():
                raise InputError("the cluster is gone; run it again, and it goes on where it was")
            for future in done:
                unit = pending.pop(future)
                try:
                    yield future.result()
                except (BrokenExecutor, CancelledError) as error:
                    raise InputError(
                        "the workers are gone (killed?); run it again, and it goes on where it was"
                    ) from error
                except Exception as error:  # a worker that dies on a piece takes the library's own errors along
                    yield Done(
                        unit, error=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
                    )
    finally:
        for future in pending:
            future.cancel()


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
        yield executor


@contextmanager
def cluster(address: str, timeout_s: float = 30.0) -> Iterator[tuple[Executor, Callable[[], bool]]]:
    """A Dask cluster that runs the same program everywhere. Raises InputError where it does not answer, or is another."""
    from distributed import Client

    try:
        client = Client(address, timeout=timeout_s, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"{address}: no Dask scheduler answers there ({type(error).__name__})") from error
    try:
        scheduler = client.scheduler_info()["id"]
        for worker, code in client.run(code_version).items():
            if code != _own_code():
                raise InputError(
                    f"{worker} runs another program ({code}); install the same wheel there ({_own_code()})"
                )

        def alive() -> bool:
            try:
                return client.status == "running" and client.scheduler_info()["id"] == scheduler
            except (OSError, KeyError):
                return False

        yield client.get_executor(pure=False), alive
    finally:
        client.close(timeout=2)


@lru_cache(maxsize=1)
def _judge(out: str, digest: str) -> Judge:
    content = read_text(out, JUDGE)
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{out}/{JUDGE} was changed since the job began")
    judge = pickle.loads(content)  # noqa: S301  its digest came with the job: it is what we wrote
    assert isinstance(judge, Judge)
    return judge


def _judged(unit: Unit, job: Job, judge: Judge) -> Done:
    counts = dict.fromkeys(("posts", "complaints", "places", "failures"), 0)
    told: list[dict[str, Any]] = []

    def rows() -> Iterator[dict[str, Any]]:
        for where, post, wrong in posts_of(unit, job.source, job.now):
            if wrong:
                counts["failures"] += 1
                if len(told) < MAX_TOLD:
                    told.append({"file": unit.file, "row": where, "error": wrong, "kept": post is not None})
            if post is None:
                continue
            analysis = analyse(post, judge)
            counts["posts"] += 1
            counts["places"] += bool(analysis.places)
            counts["complaints"] += analysis.carrier.relation is Relation.OWN and analysis.verdict.band in (
                Band.A,
                Band.B,
            )
            yield to_row(post, names_of(post, job.keys), analysis)
        if told:  # before its part is there: nothing is forgotten of a piece that counts as done
            write_text(job.out, f"failures/{unit.name}.jsonl", as_lines(told))

    about = {
        "rules": job.rules,
        "places": job.places,
        "code": job.code,
        "key": key_check(job.keys),
        "source": job.source,
    }
    write_part(job.out, unit.name, rows(), {**about, "file": unit.file, "unit": str(unit)})
    return Done(unit, counts["posts"], counts["complaints"], counts["places"], counts["failures"])

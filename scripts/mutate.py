"""Mutation testing of one module: each mutant lives in a process of its own, and nothing is written to disk."""

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pydantic  # noqa: F401  # what every child needs is loaded once, here
import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_S = 120  # a mutant that never ends was noticed
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            yield ast.Compare(node.left, [COMPARED[type(op)]()], node.comparators)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            yield from (ast.BoolOp(op, [*values[:at], *values[at + 1 :]]) for at in range(len(values)))
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield ast.BinOp(node.left, COMPUTED[type(op)](), node.right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.If():
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Return(value=value) if value and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()


def mutants(source: str) -> list[tuple[int, str, ast.Module]]:
    """(line, what stands there now, the module) for every change."""
    tree = ast.parse(source)
    found = []
    skipped = {each for node in ast.walk(tree) for top in getattr(node, "decorator_list", ()) for each in ast.walk(top)}
    for number, node in enumerate(ast.walk(tree)):
        if node in skipped:  # frozen, slots: no behaviour
            continue
        for at, new in enumerate(changes(node)):
            other = copy.deepcopy(tree)
            place = next(each for step, each in enumerate(ast.walk(other)) if step == number)
            new = list(changes(place))[at]
            for parent in ast.walk(other):
                for name, value in ast.iter_fields(parent):
                    if value is place:
                        setattr(parent, name, new)
                    elif isinstance(value, list) and any(each is place for each in value):
                        value[:] = [new if each is place else each for each in value]
            text = ast.unparse(ast.fix_missing_locations(new)).split("\n")[0]
            found.append((getattr(node, "lineno", 0), text, other))
    return found


class Instead(importlib.abc.MetaPathFinder):
    """Gives one module other code."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self._name, self._path, self._code = name, path, code

    def find_spec(self, fullname, _path=None, _target=None):  # type: ignore[no-untyped-def]
        if fullname != self._name:
            return None
        loader = importlib.machinery.SourceFileLoader(fullname, str(self._path))
        loader.get_code = lambda _name: self._code  # type: ignore[method-assign]
        return importlib.machinery.ModuleSpec(fullname, loader, origin=str(self._path))


def passes(name: str, path: Path, tree: ast.Module, tests: list[str]) -> bool:
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        signal.alarm(LONGEST_S)
        sys.meta_path.insert(0, Instead(name, path, compile(tree, str(path), "exec")))
        try:
            status = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-m", "not server", *tests]))
        except BaseException:
            status = 1
        os._exit(status)
    return os.waitpid(pid, 0)[1] == 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--sample", type=int, default=40, help="so many changes, drawn by lot (0: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15)
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    name = ".".join(given.module.with_suffix("").parts)
    source = given.module.read_text(encoding="utf-8")
    if not passes(name, given.module, ast.parse(source), given.tests):
        sys.exit("Error: the tests fail as it is")
    every = mutants(source)
    drawn = random.Random(given.seed).sample(every, min(given.sample or len(every), len(every)))
    until, lines = time.monotonic() + given.minutes * 60, source.split("\n")
    tried = survived = 0
    for line, text, tree in sorted(drawn, key=lambda each: each[0]):
        if time.monotonic() > until:
            break
        tried += 1
        if passes(name, given.module, tree, given.tests):
            survived += 1
            print(f"{given.module}:{line}: {lines[line - 1].strip()}\n    → {text}", flush=True)
    print(f"{given.module}: {tried - survived} of {tried} changes noticed ({len(every)} possible, seed {given.seed})")


if __name__ == "__main__":
    main()

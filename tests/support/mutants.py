"""Whether the tests notice a changed rule: ``python -m tests.support.mutants`` changes one thing at a time and runs the tests.

A mutant is a module with one operator, constant or call changed. They are drawn, the same ones for a seed, from the modules that
decide something, and run in a copy of the tree: against the module's own tests first, then against those that are listed for its
folder. A mutant that no test fails on has survived: a test is missing, or the change makes no difference.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 300.0  # seconds that the tests of a mutant may run: one that hangs is noticed
LONGEST_TEST = 60  # seconds of one test; the slowest of those listed takes some ten
NO_TESTS = 5  # pytest's exit status where it found none to run
LIBRARIES = ("pytest", "sqlalchemy", "fastapi", "starlette.testclient", "PIL.Image", "argon2", "numpy")  # loaded once

# modules that decide something -> the tests that should notice
TARGETS = {
    "engine/aggregate.py engine/choosing.py engine/prediction.py": "tests/engine/test_aggregate.py tests/engine/test_choosing.py "
    "tests/engine/test_prediction.py tests/visualprm_ui/use_cases/test_run_view.py",
    "engine/solution_text/steps.py engine/step_splitter.py engine/limits.py": "tests/engine/solution_text/test_steps.py "
    "tests/engine/test_step_splitter.py tests/engine/test_limits.py",
    "engine/answers/*.py": "tests/engine/answers",
    "engine/evaluation/*.py": "tests/engine/evaluation",
    "storage/labelling/*.py": "tests/storage/labelling tests/storage/projects",
    "storage/projects/*.py": "tests/storage/projects tests/storage/labelling",
    "storage/results/*.py": "tests/storage/results tests/storage/transfer",
    "storage/accounts/*.py": "tests/storage/accounts",
    "visualprm_ui/access/*.py": "tests/visualprm_ui/access tests/visualprm_ui/api/test_access.py "
    "tests/visualprm_ui/api/test_account.py",
}

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change to one module."""

    module: Path  # relative to the root
    node: int  # as ast.walk counts them
    change: int  # as changes_of counts them
    target: str  # key of TARGETS

    def make(self) -> tuple[str, str]:
        """Return the changed source, and the change for people."""
        tree = ast.parse((ROOT / self.module).read_text(encoding="utf-8"))
        node = list(ast.walk(tree))[self.node]
        before, line = ast.unparse(node), node.lineno  # type: ignore[attr-defined]  # an expression or a statement
        list(changes_of(node))[self.change](node)
        after = ast.unparse(node)
        source = ast.unparse(ast.fix_missing_locations(tree))
        return source, f"{self.module}:{line}: {before.splitlines()[0][:70]}  ->  {after.splitlines()[0][:70]}"


def mutants_of(module: Path, target: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    beside = set(map(id, find_beside_the_point(tree)))
    for number, node in enumerate(ast.walk(tree)):
        if id(node) not in beside:
            yield from (Mutant(module, number, change, target) for change, _ in enumerate(changes_of(node)))


def find_beside_the_point(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node of what is no rule: decorators, annotations, texts of errors, lines of the log, imports."""
    for each in ast.walk(tree):
        skipped: list[ast.AST | None] = []
        match each:
            case ast.ClassDef():
                skipped = [*each.decorator_list]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                skipped = [*each.decorator_list, each.returns]
            case ast.arg() | ast.AnnAssign():
                skipped = [each.annotation]
            case ast.Raise() | ast.JoinedStr() | ast.Assert() | ast.ImportFrom():
                skipped = [each]
            case ast.Expr() | ast.Call() if ast.unparse(each).startswith("log."):
                skipped = [each]
        for skip in skipped:
            yield from () if skip is None else ast.walk(skip)


def changes_of(node: ast.AST) -> Iterator:
    """What can be changed about a node, each as a function that does it."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARED:
            yield lambda it: setattr(it, "ops", [COMPARED[type(operator)]()])
        case ast.BoolOp(op=operator):
            yield lambda it: setattr(it, "op", ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.BinOp(op=operator) if type(operator) in COMPUTED:
            yield lambda it: setattr(it, "op", COMPUTED[type(operator)]())
        case ast.UnaryOp(op=ast.Not()):
            yield lambda it: (
                setattr(it, "op", ast.UAdd()),
                setattr(it, "operand", ast.Call(ast.Name("bool"), [it.operand], [])),
            )
        case ast.Constant(value=bool(value)):
            yield lambda it: setattr(it, "value", not value)
        case ast.Constant(value=int(value) | float(value)):
            yield lambda it: setattr(it, "value", value + 1)
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            yield lambda it: setattr(it.func, "id", CALLED[name])
        case ast.Expr(value=ast.Call()):
            yield lambda it: setattr(it, "value", ast.Constant(None))


def draw(count: int, seed: int, only: str) -> list[Mutant]:
    """Draw mutants, as many of each target. What is drawn of one does not depend on the others: they may change meanwhile."""
    groups = []
    for target in TARGETS:
        modules = [path.relative_to(ROOT) for name in target.split() for path in sorted(ROOT.glob(name))]
        found = [each for path in modules for each in mutants_of(path, target) if only in str(path)]
        groups.append(random.Random(f"{seed} {target}").sample(found, len(found)))
    groups = [group for group in groups if group]
    share, more = divmod(count, max(1, len(groups)))
    return [each for place, group in enumerate(groups) for each in group[: share + (place < more)]]


def find_own_tests() -> Mapping[str, Sequence[str]]:
    """Return the files where one looks first for the tests of each module: that of its name, and those that say they cover it."""
    own: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = str(path.relative_to(ROOT))
        _what, _covers, modules = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition(
            "Covers "
        )
        for module in [name.removeprefix("tests/").replace("/test_", "/"), *re.findall(r"[\w/]+\.py", modules)]:
            own.setdefault(module, []).append(name)
    return own


def is_noticed(module: Path, source: str, tests: Sequence[str], copied: Path) -> bool:
    """Run tests on a changed module in a child of this process, which has the libraries loaded; say whether one failed."""
    place = copied / module
    before = place.read_text(encoding="utf-8")
    place.write_text(source, encoding="utf-8")
    child = os.fork()
    if child == 0:
        try:
            os._exit(run_tests(tests, copied))
        finally:  # whatever was raised: nothing of the parent's may be cleaned up here
            os._exit(3)
    try:
        until = time.monotonic() + LONGEST
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
            if time.monotonic() > until:
                os.kill(child, 9)
            time.sleep(0.05)
    finally:
        place.write_text(before, encoding="utf-8")
    return os.waitstatus_to_exitcode(ended[1]) not in (0, NO_TESTS)


def run_tests(tests: Sequence[str], copied: Path) -> int:
    import pytest

    os.chdir(copied)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.path[:] = [str(copied), *(each for each in sys.path if each not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
        del sys.modules[name]  # of the tree itself: the copy's are meant
    quietly = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    chosen = ["-m", "not kills and not browser and not fuzz", f"--timeout={LONGEST_TEST}"]
    return int(pytest.main([*quietly, *chosen, *tests]))


def count_noticed(drawn: Sequence[Mutant], copied: Path) -> Mapping[str, list[bool]]:
    """Run every mutant and print it; return which were noticed, by target."""
    own = find_own_tests()
    # made before the first runs: one may go on editing meanwhile
    made = [(mutant, *mutant.make(), own.get(str(mutant.module), ())) for mutant in drawn]
    for target in {mutant.target: None for mutant in drawn}:
        tests = dict.fromkeys(TARGETS[target].split())
        tests |= dict.fromkeys(name for mutant, _, _, first in made if mutant.target == target for name in first)
        module = next(mutant.module for mutant in drawn if mutant.target == target)
        if is_noticed(module, (copied / module).read_text(encoding="utf-8"), [*tests], copied):
            sys.exit(f"These fail without a change: {' '.join(tests)}")
    noticed: dict[str, list[bool]] = {}
    for number, (mutant, source, change, first) in enumerate(made, 1):
        stages = [each for each in (first, TARGETS[mutant.target].split()) if each]
        found = any(is_noticed(mutant.module, source, tests, copied) for tests in stages)
        noticed.setdefault(mutant.target, []).append(found)
        print(f"{number}/{len(made)} {'noticed ' if found else 'SURVIVED'} {change}", flush=True)
    return noticed


def main() -> int:
    """Draw mutants, run them, list the survivors; return 0 where enough were noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.mutants", description="Count rules that tests hold.")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the modules' paths")
    parser.add_argument("--least", type=float, default=0.9, help="share to be noticed (default 0.9)")
    options = parser.parse_args()
    drawn = draw(options.count, options.seed, options.only)
    if not drawn:
        parser.error(f"No module that decides something has {options.only!r} in its path.")
    sys.dont_write_bytecode = True
    for library in LIBRARIES:
        import_module(library)
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "tree"
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in tracked.split("\0")[:-1]:
            (copied / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copied / name)
        noticed = count_noticed(drawn, copied)
    for target, found in noticed.items():
        print(f"{sum(found)} of {len(found)}  {target}")
    total = sum(map(sum, noticed.values()))
    print(f"{total} of {len(drawn)} mutants noticed ({total / len(drawn):.1%})")
    return 0 if total / len(drawn) >= options.least else 1


if __name__ == "__main__":
    raise SystemExit(main())

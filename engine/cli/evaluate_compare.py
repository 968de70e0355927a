"""``python -m engine evaluate compare``: two pools of the same problems, every way to choose in one against itself in the other.

The pools are as ``best-of-n`` leaves them; nothing is sampled or scored. Figures are of the problems that both have.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from engine.cli.evaluate_pools import estimate_json, grade_pool, model_names
from engine.cli.evaluate_rows import PosedProblem, as_problem, read_rows
from engine.cli.pool_file import PoolFile, PoolRow
from engine.cli.pool_protocol import check_protocol
from engine.errors import InvalidRequest
from engine.evaluation.curve_comparison import ComparedPools, CurveComparison, compare_curves
from engine.evaluation.solution_pool import Protocol


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every line was read."""
    failures: list[str] = []
    rows = read_rows(arguments.input, as_problem, failures)
    paths = (arguments.pool, arguments.against)
    sides = [_read(path, rows) for path in paths]
    common = [row for row in rows if all(row.line in side for side in sides)]
    if not common:
        raise InvalidRequest(
            f"{str(arguments.pool)!r} and {str(arguments.against)!r} have no problem of {str(arguments.input)!r} in common, so "
            "there is nothing to compare."
        )
    protocol = Protocol(arguments.protocol)
    for path, side in zip(paths, sides, strict=True):
        check_protocol((side[row.line] for row in common), protocol, path)
    if arguments.without_models and (arguments.model is not None or arguments.against_model is not None):
        raise InvalidRequest("Name the models that choose, or compare --without-models, not both.")
    models = [
        None if arguments.without_models else _choosing(path, common, side, wanted, failures)
        for path, side, wanted in zip(paths, sides, (arguments.model, arguments.against_model), strict=True)
    ]
    compared = [_graded(common, side, model, failures) for side, model in zip(sides, models, strict=True)]
    for failure in failures:
        print(failure, file=sys.stderr)
    found = compare_curves(compared[0], compared[1], protocol)
    only = [len(side) - len(common) for side in sides]
    print(
        f"{len(common)} problems in common; {only[0]} only in the first, {only[1]} only in the second", file=sys.stderr
    )
    for name, model in zip("ab", models, strict=True):
        print(f"{name} chooses by {model or 'no model'}", file=sys.stderr)
    print(json.dumps(as_json(found, only)) if arguments.json else _as_text(found))
    return 1 if failures else 0


def as_json(found: CurveComparison, only: Sequence[int]) -> dict[str, object]:
    """Return the object that ``--json`` prints; ``docs/cli.md`` names its fields. ``only``: problems of one side alone."""
    return {
        "problems": found.problems,
        "only_in_a": only[0],
        "only_in_b": only[1],
        "points": {
            str(n): {
                way: {
                    "a": estimate_json(each.a),
                    "b": estimate_json(each.b),
                    "difference": estimate_json(each.difference),
                    **({} if each.a_error is None else {"sampling_errors": [each.a_error, each.b_error]}),
                }
                for way, each in ways.items()
            }
            for n, ways in found.figures.items()
        },
    }


def _read(path: Path, rows: Sequence[PosedProblem]) -> dict[int, list[PoolRow]]:
    """Return the solutions of a pool by the line of their problem. Raises InvalidRequest."""
    if not path.is_file():
        raise InvalidRequest(f"There is no file {str(path)!r}.")
    with closing(PoolFile(path, writes=False)) as pool:
        return {row.line: solutions for row in rows if (solutions := pool.of(row.id))}


def _choosing(
    path: Path,
    common: Sequence[PosedProblem],
    pools: Mapping[int, Sequence[PoolRow]],
    wanted: str | None,
    failures: list[str],
) -> str | None:
    """Return the model whose scores choose: the one that is wanted, else the first that has scored all solutions it could pick.

    Where none has, ``failures`` says so: a solution without scores is never picked, so its pool would look worse than it is. What
    a model was asked about and gave no scores of is its own failure, and counts.
    """
    solutions = [each for row in common for each in pools[row.line]]
    names = model_names(solutions)
    if wanted is not None and wanted not in names:
        raise InvalidRequest(f"No solution has scores of {wanted!r}. Name one of {', '.join(names) or 'none'}.")
    lacking = {name: sum(each.was_not_shown_to(name) for each in solutions) for name in names}
    complete = [name for name in names if not lacking[name]]
    told = ", ".join(f"{name!r} lacks those of {count}" for name, count in lacking.items() if count)
    if wanted is not None and lacking[wanted]:
        raise InvalidRequest(
            f"{wanted!r} has not scored {lacking[wanted]} of the {len(solutions)} solutions compared of {str(path)!r}, and would "
            "never pick them. Have them scored with best-of-n --reward-model, or name another model."
        )
    if wanted is None and names and not complete:
        failures.append(
            f"{str(path)!r}: no model has scored all {len(solutions)} solutions that are compared ({told}), so none chooses. Have "
            "them scored with best-of-n --reward-model, or compare --without-models"
        )
    return wanted or next(iter(complete), None)


def _graded(
    common: Sequence[PosedProblem], pools: Mapping[int, Sequence[PoolRow]], model: str | None, failures: list[str]
) -> ComparedPools:
    keys = [] if model is None else [model]
    return ComparedPools(pools=[grade_pool(row, pools[row.line], keys, failures) for row in common], model=model)


def _as_text(found: CurveComparison) -> str:
    lines = ["| N | chosen by | a | b | b - a | 95 % |", "| --- | --- | --- | --- | --- | --- |"]
    for n, ways in found.figures.items():
        for way, each in ways.items():
            interval = each.difference.interval
            ends = "" if interval is None else f"{interval.low:.4f} to {interval.high:.4f}"
            figures = (each.a.value, each.b.value, each.difference.value)
            cells = ["undefined" if value is None else f"{value:.4f}" for value in figures]
            lines.append(f"| {n} | {way} | {' | '.join(cells)} | {ends} |")
    return "\n".join(lines)

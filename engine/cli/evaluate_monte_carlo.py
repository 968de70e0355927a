"""``python -m engine evaluate monte-carlo``: labels of Monte-Carlo completions against labels that are trusted.

The two files say of the same solutions what each says: they are matched by pictures, question and steps. Nothing is drawn and
nothing is scored.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict

from engine.cli.evaluate_rows import LabelledRow, MeasuredRow, as_labelled, as_measured, read_rows
from engine.errors import InvalidRequest
from engine.evaluation.intervals import Estimate
from engine.evaluation.monte_carlo import SIXTEENTHS, MeasuredSolution, MonteCarloWorth, ThresholdFigures, measure_worth

_FIGURES = ("macro_f1", "f1_correct", "f1_wrong", "accuracy", "called_correct")


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every line was read."""
    failures: list[str] = []
    labelled = read_rows(arguments.input, as_labelled, failures)
    measured = read_rows(arguments.measured, as_measured, failures)
    for failure in failures:
        print(failure, file=sys.stderr)
    solutions = _matched(labelled, measured)
    if not solutions:
        raise InvalidRequest("No solution is in both files: they have no pictures, question and steps in common.")
    found = measure_worth(solutions)
    left = f"{len(labelled) - len(solutions)} of {len(labelled)} labelled solutions are not measured"
    print(f"compared {found.steps} steps of {found.solutions} solutions; {left}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(as_json(found), ensure_ascii=False))
    else:
        print("\n".join(_table(found)))
    return 1 if failures else 0


def as_json(found: MonteCarloWorth) -> dict[str, object]:
    """Return the object that ``--json`` prints; ``docs/cli.md`` names its fields."""
    counts = ("problems", "solutions", "steps", "neutral", "unmeasured", "stopped", "labelled_correct")
    return {
        **{name: getattr(found, name) for name in counts},
        "floors": {"all_correct": found.floors.all_correct, "coin": found.floors.fair_coin},
        "thresholds": [_figures_json(found.at(each)) for each in SIXTEENTHS],
    }


def _figures_json(at: ThresholdFigures) -> dict[str, object]:
    return {
        "threshold": at.threshold,
        "confusion": None if at.confusion is None else asdict(at.confusion),
        **{name: estimate_json(getattr(at, name)) for name in _FIGURES},
    }


def estimate_json(figure: Estimate) -> dict[str, object]:
    """Return a figure with its interval, and why what is undefined of it is."""
    interval = figure.interval
    return {
        "value": figure.value,
        "interval": None if interval is None else [interval.low, interval.high],
        "reason": figure.reason,
    }


def _table(found: MonteCarloWorth) -> Iterable[str]:
    yield f"| mc > | {' | '.join(_FIGURES)} |"
    yield "|---" * (1 + len(_FIGURES)) + "|"
    for threshold in SIXTEENTHS:
        at = found.at(threshold)
        yield f"| {threshold:g} | {' | '.join(_cell(getattr(at, name)) for name in _FIGURES)} |"


def _cell(figure: Estimate) -> str:
    if figure.value is None:
        return "undefined"
    interval = "" if figure.interval is None else f" ({figure.interval.low:.4f}, {figure.interval.high:.4f})"
    return f"{figure.value:.4f}{interval}"


def _matched(labelled: Iterable[LabelledRow], measured: Iterable[MeasuredRow]) -> list[MeasuredSolution]:
    """Return the solutions that both files have; of equal ones the first of one file is that of the other, and so on."""
    same: dict[object, list[MeasuredRow]] = defaultdict(list)
    for row in measured:
        same[_solution_of(row)].append(row)
    found = []
    for each in labelled:
        if not (rows := same[_solution_of(each)]):
            continue
        row = rows.pop(0) if len(rows) > 1 else rows[0]
        found.append(
            MeasuredSolution(problem=each.problem, labels=each.labels, shares=row.shares, has_shares=row.has_shares)
        )
    return found


def _solution_of(row: LabelledRow | MeasuredRow) -> object:
    return tuple(path.name for path in row.images), row.question, row.steps

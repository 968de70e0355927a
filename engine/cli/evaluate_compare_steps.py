"""``python -m engine evaluate compare-steps``: two reward models' scores of the same labelled steps, paired.

The files of scores are as ``score`` and ``step-benchmark`` write them; nothing is scored. Figures are of what both have scores of.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from engine.cli.evaluate_pools import estimate_json
from engine.cli.evaluate_rows import LabelledRow, as_labelled, read_rows
from engine.cli.json_lines import Journal, key_of
from engine.cli.scored_rows import KnownScores, ScoredRows
from engine.errors import InvalidRequest
from engine.evaluation.agreement import LATER
from engine.evaluation.intervals import Estimate
from engine.evaluation.step_comparison import ComparedFigure, StepComparison, compare_steps
from engine.markdown_cells import markdown_cell


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every line was read."""
    failures: list[str] = []
    rows = read_rows(arguments.input, as_labelled, failures)
    paths = (arguments.scores, arguments.against)
    sides = [_read(path, rows, failures) for path in paths]
    common = tuple(row for row in rows if all(key_of(row.id) in side.scores for side in sides))
    if not common:
        raise InvalidRequest(
            f"{str(arguments.scores)!r} and {str(arguments.against)!r} have scores of no solution of {str(arguments.input)!r} in "
            "common, so there is nothing to compare."
        )
    only = [sum(key_of(row.id) in side.scores for row in rows) - len(common) for side in sides]
    judged = [ScoredRows(rows=common, known=side).judged() for side in sides]
    found = compare_steps(
        judged[0], judged[1], threshold_a=arguments.threshold, threshold_b=arguments.against_threshold
    )
    for failure in failures:
        print(failure, file=sys.stderr)
    print(
        f"{len(common)} solutions in common; {only[0]} only in the first, {only[1]} only in the second", file=sys.stderr
    )
    for name, side, path in zip("ab", sides, paths, strict=True):
        print(f"{name}: {side.made_by.get('reward_model', path)}", file=sys.stderr)
    print(json.dumps(as_json(found, only), ensure_ascii=False) if arguments.json else _as_text(found))
    return 1 if failures else 0


def as_json(found: StepComparison, only: Sequence[int]) -> dict[str, object]:
    """Return the object that ``--json`` prints; ``docs/cli.md`` names its fields. ``only``: solutions of one side alone."""
    return {
        "problems": found.problems,
        "solutions": found.solutions,
        "only_in_a": only[0],
        "only_in_b": only[1],
        "macro_f1": _figure_json(found.pooled),
        "f1_correct": _figure_json(found.f1_correct),
        "f1_incorrect": _figure_json(found.f1_wrong),
        "sources": {_source(name): _figure_json(each) for name, each in found.sources.items()},
        "positions": {_position(at): _figure_json(each) for at, each in found.places.items()},
        "both_right": found.both_right,
        "only_a_right": found.only_a_right,
        "only_b_right": found.only_b_right,
        "both_mistaken": found.both_mistaken,
        "grid": [asdict(each) for each in found.grid],
    }


def _read(path: Path, rows: Sequence[LabelledRow], failures: list[str]) -> KnownScores:
    """Return the scores of a file. Raises InvalidRequest."""
    if not path.is_file():
        raise InvalidRequest(f"There is no file {str(path)!r}.")
    with closing(Journal(path, writes=False)) as journal:
        return KnownScores(journal, rows, failures)


def _figure_json(figure: ComparedFigure) -> dict[str, object]:
    return {
        "steps": figure.steps,
        "a": estimate_json(figure.a),
        "b": estimate_json(figure.b),
        "difference": estimate_json(figure.difference),
    }


def _as_text(found: StepComparison) -> str:
    named: Mapping[str, ComparedFigure] = {
        "macro-F1": found.pooled,
        "F1 correct": found.f1_correct,
        "F1 incorrect": found.f1_wrong,
        **{f"macro-F1, {markdown_cell(_source(name))}": each for name, each in found.sources.items()},
    }
    lines = ["| figure | steps | a | b | b - a | 95 % |", "| --- | --- | --- | --- | --- | --- |"]
    for name, each in named.items():
        cells = (str(each.steps), *map(_value, (each.a, each.b, each.difference)), _interval(each.difference))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    right = f"both right {found.both_right}, only a {found.only_a_right}, only b {found.only_b_right}"
    return "\n".join([*lines, "", f"Steps: {right}, neither {found.both_mistaken}"])


def _value(figure: Estimate) -> str:
    return "undefined" if figure.value is None else f"{figure.value:.4f}"


def _interval(figure: Estimate) -> str:
    return "" if figure.interval is None else f"{figure.interval.low:.4f} to {figure.interval.high:.4f}"


def _source(name: str | None) -> str:
    return "(not named)" if name is None else name


def _position(at: int) -> str:
    return f"{at + 1}{'+' if at == LATER else ''}"

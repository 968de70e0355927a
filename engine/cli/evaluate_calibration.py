"""``python -m engine evaluate calibration``: do step scores say how many of a policy's completions reach the answer?

Completions come from a file, scores from a file, a model, or both (``scored_rows.py``). The map that would do better is printed and
written with its record. Merged steps are compared where they end: the completions go on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from engine.cli.evaluate_models import SharedRewardModel
from engine.cli.evaluate_monte_carlo import estimate_json
from engine.cli.evaluate_rows import MeasuredRow, as_measured, read_rows
from engine.cli.json_lines import key_of
from engine.cli.scored_rows import KnownScores, score_rows
from engine.domain import now
from engine.errors import InvalidRequest
from engine.evaluation.intervals import Estimate
from engine.evaluation.isotonic import CountedScore
from engine.evaluation.score_calibration import CurveBin, ScoreCalibration, ScoredCompletions, calibrate
from engine.outcomes.calibration_map import as_segments
from engine.system.versions import library_versions


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every line was read and scored."""
    if arguments.reward_model is None and arguments.scores is None:
        raise InvalidRequest("Say where the scores come from: --reward-model MODEL, --scores FILE, or both.")
    failures: list[str] = []
    rows = _own_rows(read_rows(arguments.measured, as_measured, failures))
    with closing(SharedRewardModel(arguments)) as model:
        scored = score_rows([row.as_unlabelled() for row in rows], arguments.scores, model, arguments, failures)
    for failure in failures:
        print(failure, file=sys.stderr)
    found = calibrate([_as_scored(row, scored.known) for row in rows], seed=arguments.seed)
    if not found.steps:
        raise InvalidRequest("No step has both a score and completions, so there is nothing to compare.")
    result = as_json(found) | {"record": _record(found, rows, scored.known)}
    if arguments.output is not None:
        _write(arguments.output, result)
    print(f"compared {found.steps} steps of {found.solutions} solutions, {found.problems} problems", file=sys.stderr)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print("\n".join(_table(found)))
    return 1 if failures else 0


def as_json(found: ScoreCalibration) -> dict[str, object]:
    """Return the object that ``--json`` prints, without its record; ``docs/cli.md`` names its fields."""
    return {
        "problems": found.problems,
        "solutions": found.solutions,
        "steps": found.steps,
        "completions": found.completions,
        "curve": [_bin_json(each) for each in found.curve],
        "error": estimate_json(found.error),
        "compared": found.compared,
        "before": estimate_json(found.before),
        "after": estimate_json(found.after),
        "gain": estimate_json(found.gain),
        "map": as_segments(found.map),
    }


def _own_rows(rows: Sequence[MeasuredRow]) -> list[MeasuredRow]:
    """Return the solutions with completions of the policy that wrote them, and say how many are left out.

    Raises InvalidRequest where several policies wrote completions.
    """
    whole = [row for row in rows if row.has_shares]
    own = [row for row in whole if row.policy == row.completed_by]
    if stopped := len(rows) - len(whole):
        print(
            f"{stopped} of {len(rows)} solutions are left out: their completions ended with the first success",
            file=sys.stderr,
        )
    if others := len(whole) - len(own):
        print(
            f"{others} of {len(rows)} solutions are left out: another policy than their own completed them",
            file=sys.stderr,
        )
    if len(policies := {row.policy for row in own}) > 1:
        names = ", ".join(sorted(str(each) for each in policies))
        raise InvalidRequest(f"The completions are of several policies: {names}. A map is of one: give its rows alone.")
    return own


def _as_scored(row: MeasuredRow, known: KnownScores) -> ScoredCompletions:
    key = key_of(row.id)
    inside = known.inside.get(key, frozenset())
    pairs = enumerate(zip(known.scores.get(key, ()), row.counts, strict=False))  # without scores: no pair
    return ScoredCompletions(
        problem=(row.images, row.question),
        steps=tuple(
            CountedScore(score=score, reached=counts.reached, drawn=counts.drawn)
            for at, (score, counts) in pairs
            if score is not None and counts.drawn and at not in inside
        ),
    )


def _record(found: ScoreCalibration, rows: Sequence[MeasuredRow], known: KnownScores) -> dict[str, object]:
    return {
        "reward_model": known.made_by.get("reward_model"),
        "inner_blank_lines": known.made_by.get("inner_blank_lines"),
        "policy": rows[0].policy,
        "problems": found.problems,
        "solutions": found.solutions,
        "steps": found.steps,
        "completions": found.completions,
        "completions_a_step": dict(Counter(each.drawn for row in rows for each in row.counts).most_common()),
        "folds": found.folds,
        "seed": found.seed,
        "resamples": found.resamples,
        "versions": dict(library_versions()),
        "created_at": now().isoformat(timespec="seconds"),
    }


def _bin_json(each: CurveBin) -> dict[str, object]:
    return asdict(each) | {"share": estimate_json(each.share)}


def _table(found: ScoreCalibration) -> Iterable[str]:
    yield "| scores | steps | completions | mean score | reach the answer |"
    yield "|---" * 5 + "|"
    for each in found.curve:
        score = "undefined" if each.mean_score is None else f"{each.mean_score:.4f}"
        yield f"| {each.low:.1f} to {each.high:.1f} | {each.steps} | {each.completions} | {score} | {_cell(each.share)} |"
    yield ""
    yield f"calibration error: {_cell(found.error)}"
    yield f"on {found.compared} steps before {_cell(found.before)}, after {_cell(found.after)}, gain {_cell(found.gain)}"


def _cell(figure: Estimate) -> str:
    if figure.value is None:
        return f"undefined: {figure.reason}"
    interval = "" if figure.interval is None else f" ({figure.interval.low:.4f}, {figure.interval.high:.4f})"
    return f"{figure.value:.4f}{interval}"


def _write(path: Path, result: dict[str, object]) -> None:
    """Write the result whole or not at all. Raises InvalidRequest."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise InvalidRequest(f"{str(path)!r} cannot be written: {error}.") from error

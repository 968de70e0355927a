"""``python -m engine evaluate step-benchmark``: step scores against labels, as on VisualProcessBench.

Scores come from a file, from a model, or from both (``scored_rows.py``). The threshold is given, or tuned on a dev split
(``threshold_tuning.py``).
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing

from engine.cli.evaluate_models import SharedRewardModel
from engine.cli.evaluate_rows import as_labelled, chosen_part, read_rows
from engine.cli.scored_rows import KnownScores, score_rows
from engine.cli.threshold_tuning import read_dev_split, tune_threshold
from engine.errors import InvalidRequest
from engine.evaluation.intervals import Estimate
from engine.evaluation.judged_steps import as_columns
from engine.evaluation.step_report import Part, StepFigures, StepReport, macro_f1_at, report
from engine.evaluation.thresholds import FIXED, ChosenThreshold, upper_bound
from engine.prediction import THRESHOLD


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every line was evaluated."""
    if arguments.reward_model is None and arguments.scores is None:
        raise InvalidRequest("Say where the scores come from: --reward-model MODEL, --scores FILE, or both.")
    if arguments.threshold is not None and arguments.tune_on is not None:
        raise InvalidRequest("Give a --threshold, or have one tuned with --tune-on FILE, not both.")
    failures: list[str] = []
    tuned = None
    rows = read_rows(arguments.input, as_labelled, failures)
    split = None if arguments.tune_on is None else read_dev_split(arguments, rows)  # refused before a model is loaded
    with closing(SharedRewardModel(arguments)) as model:
        tested = chosen_part(rows, lambda row: row.problem, arguments.shard)
        scored = score_rows(tested, arguments.scores, model, arguments, failures)
        if split is not None:
            tuned = tune_threshold(split, arguments, model, scored, failures)
    if tuned is not None:
        print(
            f"threshold {tuned.threshold:.4f}, tuned on {tuned.chosen_on}: macro-F1 {tuned.macro_f1:.4f} there",
            file=sys.stderr,
        )
    for failure in failures:
        print(failure, file=sys.stderr)
    judged = scored.judged()
    threshold = THRESHOLD if arguments.threshold is None else arguments.threshold
    found = report(judged, threshold=tuned.threshold if tuned else threshold, by=Part(arguments.by))
    best = upper_bound(as_columns(judged))
    at = macro_f1_at(judged, sorted({*FIXED, found.threshold}))
    _print(found, arguments, scored.known, _thresholds_json(at, tuned, best))
    print(f"evaluated {len(judged)} solutions, {len(failures)} lines could not be", file=sys.stderr)
    return 1 if failures else 0


# ---- what is printed ----


def _print(found: StepReport, arguments: argparse.Namespace, known: KnownScores, thresholds: object) -> None:
    if unread := found.pooled.confusion.unread:
        print(f"{unread} steps have a score that could not be read; they count as missed", file=sys.stderr)
    for name, reason in _reasons(found).items():
        print(f"{name} is undefined: {reason}", file=sys.stderr)
    for name, value in known.made_by.items():
        print(f"{name} of the scores: {value}", file=sys.stderr)
    if arguments.format is not None or not arguments.json:
        from engine.evaluation.tables import TableFormat, step_frame, write_table  # late: imports pandas

        parts = {_name(name): figures for name, figures in (found.parts or found.sources).items()}
        print(write_table(step_frame(found, parts), TableFormat(arguments.format or TableFormat.MARKDOWN)))
    if arguments.json:
        rate = known.solutions / known.seconds if known.solutions and known.seconds else None
        print(json.dumps({**as_json(found, rate), "thresholds": thresholds}, ensure_ascii=False))


def as_json(found: StepReport, solutions_per_second: float | None) -> dict[str, object]:
    """Return the object that ``--json`` prints; ``docs/cli.md`` names its fields."""
    return {
        "overall": _figures_json(found.pooled),
        "step_weighted": found.step_weighted.value,
        "mean_of_sources": found.mean_of_sources.value,
        "sources": {_name(name): _figures_json(figures) for name, figures in found.sources.items()},
        "threshold": found.threshold,
        "floors": {"all_correct": found.pooled.floors.all_correct, "coin": found.pooled.floors.fair_coin},
        "solutions_per_second": solutions_per_second,
        **({"parts": {_name(name): _figures_json(each) for name, each in found.parts.items()}} if found.parts else {}),
    }


def _figures_json(figures: StepFigures) -> dict[str, object]:
    return {
        "macro_f1": figures.macro_f1.value,
        "f1_correct": figures.f1_correct.value,
        "f1_incorrect": figures.f1_wrong.value,
        "accuracy": figures.accuracy.value,
        "auc": figures.auc.value,
        "called_correct": figures.confusion.called_correct,
        "labelled_correct": figures.confusion.labelled_correct,
        "steps": figures.confusion.steps,
        "unread": figures.confusion.unread,
        "interval": _interval_json(figures.macro_f1),
    }


def _interval_json(figure: Estimate) -> list[float] | None:
    return None if figure.interval is None else [figure.interval.low, figure.interval.high]


def _thresholds_json(
    at: dict[float, Estimate], tuned: ChosenThreshold | None, best: ChosenThreshold | None
) -> list[dict[str, object]]:
    """Return pooled macro-F1 at the fixed thresholds, at the one in use, and at the best of the tested set, an upper bound.

    The bound has no interval: on other problems another threshold would be the best.
    """
    rows: list[dict[str, object]] = [
        {
            "threshold": each,
            "macro_f1": figure.value,
            "interval": _interval_json(figure),
            "tuned_on": tuned.chosen_on if tuned and each == tuned.threshold else None,
            "is_upper_bound": False,
        }
        for each, figure in at.items()
    ]
    if best is not None:
        bound = {"threshold": best.threshold, "macro_f1": best.macro_f1, "interval": None}
        rows.append({**bound, "tuned_on": None, "is_upper_bound": True})
    return rows


def _reasons(found: StepReport) -> dict[str, str]:
    """Return why each undefined figure is undefined."""
    named: dict[str, Estimate] = {"step_weighted": found.step_weighted, "mean_of_sources": found.mean_of_sources}
    groups = {"overall": found.pooled, **{f"sources.{_name(name)}": each for name, each in found.sources.items()}}
    for group, figures in groups.items():
        named |= {
            f"{group}.macro_f1": figures.macro_f1,
            f"{group}.f1_correct": figures.f1_correct,
            f"{group}.f1_incorrect": figures.f1_wrong,
            f"{group}.accuracy": figures.accuracy,
            f"{group}.auc": figures.auc,
        }
    reasons = {name: each.reason for name, each in named.items() if each.value is None and each.reason is not None}
    for group, figures in groups.items():
        if figures.macro_f1.interval is None and figures.macro_f1.reason is not None:
            reasons[f"{group}.interval"] = figures.macro_f1.reason
    return reasons


def _name(name: str | int | None) -> str:
    return "(not named)" if name is None else str(name)

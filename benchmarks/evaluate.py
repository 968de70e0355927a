"""Evaluation: whether its figures equal independent computations, and how long they take.

* step figures of 2,866 solutions (24,276 labelled steps, VisualProcessBench's size) against scikit-learn, with all intervals;
* a curve over 1,000 pools of 128 solutions, exact ways and weighted votes apart, and small pools against every choice of N;
* a sweep over all thresholds of those steps;
* the embedded reward model scoring a generated benchmark of VisualProcessBench's form.

``python -m benchmarks.evaluate --json``; ``--quick`` does all of it on few problems. Seconds are those of
the CPU, so that other work on the machine does not count; only the rate of scoring is by the wall clock.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import numpy as np
from sklearn import metrics

from engine.__main__ import main as engine
from engine.domain import Label
from engine.evaluation.curve import CurveParts, measure_curve, sizes_of, solution_scores
from engine.evaluation.judged_steps import JudgedSolution, as_columns
from engine.evaluation.majority import majority
from engine.evaluation.pick_chances import best_of_n, oracle, random_pick
from engine.evaluation.solution_pool import PoolArrays, PooledSolution, Protocol, as_arrays
from engine.evaluation.step_report import report
from engine.evaluation.thresholds import sweep
from engine.model_catalogue.model_choice import DEFAULT_REWARD_MODEL
from nano.world.__main__ import main as write_world

Figures = dict[str, float | int]
Result = TypeVar("Result")
SOURCES = ("MathVerse", "MathVision", "DynaMath", "WeMath", "MMMU")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much is measured."""

    solutions: int  # of the step benchmark
    problems: int  # of the curve
    pool: int  # solutions each
    scored: int  # solutions the reward model scores


WHOLE = Amounts(solutions=2866, problems=1000, pool=128, scored=300)
QUICK = Amounts(solutions=60, problems=12, pool=16, scored=10)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few problems; the times then mean nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measure(QUICK if options.quick else WHOLE)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.6g}" for name, value in figures.items()))


def measure(size: Amounts) -> Figures:
    """Return all figures."""
    return {**_steps(size.solutions), **_curve(size.problems, size.pool), **_small_pools(), **_scoring(size.scored)}


# ---- steps ----


def _steps(count: int) -> Figures:
    solutions = draw_solutions(count)
    steps = as_columns(solutions)
    found, seconds = timed(lambda: report(solutions, threshold=0.85))
    _, quick_seconds = timed(lambda: report(solutions, threshold=0.85, area_intervals=False))
    _, sweep_seconds = timed(lambda: sweep(as_columns(solutions)))
    predicted = steps.score > 0.85
    ours = {
        "macro_f1": found.pooled.macro_f1.value,
        "f1_correct": found.pooled.f1_correct.value,
        "f1_wrong": found.pooled.f1_wrong.value,
        "accuracy": found.pooled.accuracy.value,
        "auc": found.pooled.auc.value,
        "average_precision": found.pooled.average_precision.value,
    }
    theirs = {
        "macro_f1": metrics.f1_score(steps.is_correct, predicted, average="macro"),
        "f1_correct": metrics.f1_score(steps.is_correct, predicted),
        "f1_wrong": metrics.f1_score(steps.is_correct, predicted, pos_label=False),
        "accuracy": metrics.accuracy_score(steps.is_correct, predicted),
        "auc": metrics.roc_auc_score(steps.is_correct, steps.score),
        "average_precision": metrics.average_precision_score(steps.is_correct, steps.score),
    }
    return {
        "solutions": count,
        "steps": len(steps),
        "step_report_seconds": seconds,
        "step_report_without_area_intervals_seconds": quick_seconds,
        "threshold_sweep_seconds": sweep_seconds,
        "steps_max_difference": max(abs((ours[name] or 0.0) - float(theirs[name])) for name in ours),
    }


def draw_solutions(count: int) -> list[JudgedSolution]:
    """Return solutions with about as many steps, labels and sources as VisualProcessBench, and scores that tell them apart."""
    rng = np.random.default_rng(0)
    chances = {Label.CORRECT: 0.615, Label.WRONG: 0.286, Label.NEUTRAL: 0.099}
    found = []
    for number in range(count):
        labels = [list(chances)[at] for at in rng.choice(3, size=rng.poisson(8.4) + 1, p=list(chances.values()))]
        scores = np.clip(rng.normal([0.75 + 0.1 * label for label in labels], 0.2), 0, 1)
        found.append(
            JudgedSolution(problem=number, labels=labels, scores=scores.tolist(), source=SOURCES[number % len(SOURCES)])
        )
    return found


# ---- choosing among N ----


def _curve(problems: int, size: int) -> Figures:
    pools = draw_pools(problems, size)
    measure_curve(pools[:2], ["prm"], resamples=10)  # what is made once
    _, exact = timed(lambda: measure_curve(pools, ["prm"], parts=CurveParts(votes=False)))
    _, greedy = timed(lambda: measure_curve(pools, ["prm"], Protocol.GREEDY_FIRST, CurveParts(votes=False)))
    _, everything = timed(lambda: measure_curve(pools, ["prm"]))
    return {
        "problems": problems,
        "pool": size,
        "curve_seconds": exact,
        "curve_greedy_first_seconds": greedy,
        "curve_with_weighted_votes_seconds": everything,
    }


def draw_pools(problems: int, size: int) -> list[list[PooledSolution]]:
    """Return pools with one right answer, five to sixty wrong ones of unlike frequency, and one in twenty cut off."""
    rng = np.random.default_rng(0)
    pools = []
    for _ in range(problems):
        right = rng.beta(1, 1.2)
        wrong = rng.dirichlet(np.full(rng.integers(5, 60), 0.3)) * (1 - right)
        answers = rng.choice(len(wrong) + 2, size=size, p=0.95 * np.array([right, *wrong, 0.05 / 0.95]))
        pool = []
        for answer in answers.tolist():
            scores = np.clip(rng.normal(0.6 + 0.15 * (answer == 0), 0.2, size=rng.integers(2, 8)), 0, 1).tolist()
            is_cut_off = answer == len(wrong) + 1
            pool.append(
                PooledSolution(
                    is_correct=answer == 0,
                    answer_group=None if is_cut_off else answer,
                    scores={} if is_cut_off else solution_scores("prm", scores),
                )
            )
        pools.append(pool)
    return pools


def _small_pools() -> Figures:
    """Return how far the exact figures are from the mean over every choice of N."""
    worst = 0.0
    for pool in draw_pools(20, 9):
        (arrays,) = as_arrays([pool])
        for protocol in Protocol:
            worst = max(worst, _difference(pool, arrays, protocol))
    return {"pools_max_difference": worst}


def _difference(pool: Sequence[PooledSolution], arrays: PoolArrays, protocol: Protocol) -> float:
    sizes = sizes_of(len(pool))
    found = np.stack(
        [
            best_of_n(arrays, "prm_mean", sizes, protocol)[0],
            oracle(arrays, sizes, protocol)[0],
            random_pick(arrays, sizes, protocol)[0],
            majority(arrays, sizes, protocol)[0],
        ]
    )
    first = tuple(range(protocol.fixed))
    expected = []
    for n in sizes:
        rest = itertools.combinations(range(len(first), len(pool)), n - len(first))
        chosen = [[pool[at] for at in first + each] for each in rest]
        expected.append([fmean(way(some) for some in chosen) for way in (_pick, _any, _blind, _vote)])
    return float(np.abs(found - np.array(expected).T).max())


def _pick(some: Sequence[PooledSolution]) -> float:
    scored = [(score, -at) for at, each in enumerate(some) if (score := each.scores.get("prm_mean")) is not None]
    return float(bool(scored) and some[-max(scored)[1]].is_correct)


def _any(some: Sequence[PooledSolution]) -> float:
    return float(any(each.is_correct for each in some))


def _blind(some: Sequence[PooledSolution]) -> float:
    return fmean(each.is_correct for each in some)


def _vote(some: Sequence[PooledSolution]) -> float:
    votes = Counter(each.answer_group for each in some if each.answer_group is not None)
    winners = [answer for answer, count in votes.items() if count == max(votes.values())]
    return winners.count(0) / len(winners) if winners else 0.0


# ---- scoring ----


def _scoring(count: int) -> Figures:
    """Score a generated benchmark with the embedded reward model, as a person would, and return its rate."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_world(["--count", str(count), "--seed", "11", "--solutions", "--out", str(folder)])
        command = ["evaluate", "step-benchmark", "--input", str(folder / "test.jsonl"), "--json"]
        printed = StringIO()
        with redirect_stdout(printed):
            code = engine([*command, "--reward-model", str(DEFAULT_REWARD_MODEL), "--device", "cpu"])
        assert code == 0, "not every generated solution was scored"
        found = json.loads(printed.getvalue().splitlines()[-1])
    return {
        "scored_solutions": count,
        "scored_steps": found["overall"]["steps"],
        "solutions_per_second": found["solutions_per_second"],
        "nano_macro_f1": found["overall"]["macro_f1"],
    }


def timed(act: Callable[[], Result]) -> tuple[Result, float]:
    """Return what a call returns and how many CPU seconds it takes."""
    start = time.process_time()
    found = act()
    return found, time.process_time() - start


if __name__ == "__main__":
    main()

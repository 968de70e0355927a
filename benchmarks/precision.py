"""How far the scores of a reward model move when its matrices are stored smaller, and whether Best-of-N still picks the same.

The policy writes N solutions of every problem of a folder (``python -m nano.world --count 50 --seed 7 --out DIR`` makes one), and
the reward model scores them in every precision: ``python -m benchmarks.precision --json``. 8 and 4 bit need bitsandbytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine.choosing import best_of_n
from engine.domain import Problem, Sampling, Solution
from engine.events import Event, RunEnded, SolutionFinished, SolutionScored
from engine.model_catalogue.footprint import Quantisation
from engine.models.registry import Options, load_policy, load_reward_model, set_threads
from engine.protocols import Models, RewardModel
from engine.serving.run import RunRequest, run
from engine.serving.scoring_queue import ScorePlan

NANO = Path("nano")
PRECISIONS = {
    "float32": Options(dtype="float32"),
    "bfloat16": Options(dtype="bfloat16"),
    Quantisation.INT8.value: Options(quantisation=Quantisation.INT8),
    Quantisation.NF4.value: Options(quantisation=Quantisation.NF4),
}

Scores = list[list[float]]  # of every solution's steps


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precision", description=__doc__)
    parser.add_argument("--policy", default=NANO / "weights/policy", type=Path)
    parser.add_argument("--reward-model", default=NANO / "weights/reward_model", type=Path)
    parser.add_argument("--problems", default=NANO / "examples", type=Path, help="folder with problems.jsonl")
    parser.add_argument("--n", default=8, type=int, help="solutions a problem; default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    models = (load_reward_model(options.reward_model, how) for how in PRECISIONS.values())
    exact = next(models)
    policy = load_policy(options.policy)
    set_threads(policy, exact)
    written = write(Models(policy=policy, reward_model=exact), options.problems, options.n)
    first, *others = (score(model, written) for model in (exact, *models))
    figures = {name: compared(first, scores) for name, scores in zip([*PRECISIONS][1:], others, strict=True)}
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {told}" for name, told in figures.items()))


def write(models: Models, folder: Path, n: int) -> list[RunRequest]:
    """Return every problem of the folder with ``n`` solutions, ready to be scored."""
    requests = []
    for line in (folder / "problems.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        asked: dict[str, Any] = {
            "problem": Problem(question=row["question"]),
            "images": (Image.open(folder / row["image"]).convert("RGB"),),
        }
        request = RunRequest(**asked, sampling=Sampling(n=n, seed=1), plan=ScorePlan())
        solutions = [e.solution for e in _events(request, models) if isinstance(e, SolutionFinished)]
        requests.append(RunRequest(**asked, solutions=tuple(_by_draw(solutions)), plan=ScorePlan()))
    return requests


def score(reward_model: RewardModel, requests: Sequence[RunRequest]) -> list[Scores]:
    """Return the scores of every problem's solutions."""
    models = Models(policy=None, reward_model=reward_model)
    found = []
    for request in requests:
        scored = {e.draw: e.scoring for e in _events(request, models) if isinstance(e, SolutionScored)}
        found.append([[s.score for s in scored[draw].step_scores if s.score is not None] for draw in sorted(scored)])
    return found


def compared(exact: Sequence[Scores], other: Sequence[Scores]) -> dict[str, float]:
    """Return how far the step scores differ and the share of problems whose Best-of-N (mean) stays the same."""
    before, after = (
        np.array([step for scores in some for steps in scores for step in steps]) for some in (exact, other)
    )
    moved = np.abs(before - after)
    same = [_pick(one) == _pick(two) for one, two in zip(exact, other, strict=True)]
    return {
        "steps": len(moved),
        "mean_difference": float(moved.mean()),
        "largest_difference": float(moved.max()),
        "same_pick": sum(same) / len(same),
    }


def _pick(scores: Scores) -> int | None:
    return best_of_n([sum(steps) / len(steps) for steps in scores])


def _by_draw(solutions: Sequence[Solution]) -> list[Solution]:
    return sorted(solutions, key=lambda solution: solution.draw or 0)


def _events(request: RunRequest, models: Models) -> Iterable[Event]:
    for events in run(request, models, lambda: False):
        for event in events:
            if isinstance(event, RunEnded) and event.error is not None:
                raise event.error
            yield event


if __name__ == "__main__":
    main()

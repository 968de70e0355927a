"""Files of the solutions that the policy sampled about training pictures, and of the expected accuracies of their steps.

Knows the files. Does not know how solutions are sampled or completed (stages/samples.py, stages/rollouts.py).
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nano.train.data.pictures import PicturePool
from nano.train.data.rows import LabelledStep
from nano.train.data.step_labels import Accuracies
from nano.train.loop import STATE
from nano.world.questions import WorldProblem, problem_of

SAMPLES = STATE / "samples"
ROLLOUTS = STATE / "rollouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySample:
    """One solution that the policy sampled about a training picture."""

    scene: int
    """Index of the picture in its pool."""
    problem: WorldProblem
    """The question about it."""
    steps: tuple[str, ...]
    """The solution."""


def labelled_steps(sampled: PolicySample, labels: Sequence[bool | None]) -> list[LabelledStep]:
    """The steps with these labels, and without the claims that only the exact checker knows."""
    return [LabelledStep(text=step, label=label) for step, label in zip(sampled.steps, labels, strict=True)]


def sample_files(folder: Path) -> list[Path]:
    """The files of samples in a folder, by pool. Raises FileNotFoundError when there is none."""
    files = sorted(folder.glob("*.jsonl"), key=lambda path: int(path.stem))
    if not files:
        raise FileNotFoundError(f"{str(folder)!r} holds no samples: run `python -m nano.train {folder.name}` first.")
    return files


def read_samples(pictures: PicturePool, number: int, folder: Path = SAMPLES) -> list[PolicySample]:
    """The solutions about picture pool `number`, in the order of the file."""
    found = []
    for line in (folder / f"{number}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        index = int(row["scene"])
        problem = problem_of(pictures.scenes[index], random.Random(row["question_seed"]))
        found.append(PolicySample(scene=index, problem=problem, steps=tuple(row["steps"])))
    return found


def read_rollouts(number: int, count: int, folder: Path = ROLLOUTS) -> list[Accuracies]:
    """The expected accuracies of the `count` solutions of sample pool `number`.

    Raises FileNotFoundError when not all of them are there.
    """
    paths = sorted(folder.glob(f"{number}-*.json"))
    accuracies = [tuple(one) for path in paths for one in json.loads(path.read_text(encoding="utf-8"))]
    if len(accuracies) != count:
        raise FileNotFoundError(
            f"{str(folder)!r} holds rollouts of {len(accuracies)} of {count} solutions of pool {number}: "
            "run `python -m nano.train rollouts` to its end first."
        )
    return accuracies

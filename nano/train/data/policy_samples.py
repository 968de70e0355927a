"""Files of what the policy wrote about training pictures, and of how far its completions got, as the stages keep them.

Knows the files. Does not know how solutions are sampled or completed (nano/train/stages/samples.py, rollouts.py).
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nano.train.data.pictures import Pictures
from nano.train.data.rows import JudgedStep
from nano.train.data.step_labels import Accuracies
from nano.train.loop import STATE
from nano.world.questions import WorldProblem, problem_of

SAMPLES = STATE / "samples"
ROLLOUTS = STATE / "rollouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One solution that the policy wrote about a training picture."""

    scene: int
    """Index of the picture in its pool."""
    problem: WorldProblem
    """What was asked about it."""
    steps: tuple[str, ...]
    """The solution."""


def labelled(sampled: Sampled, labels: Sequence[bool | None]) -> list[JudgedStep]:
    """The steps with these labels and nothing else that only the checker could know."""
    return [JudgedStep(text=step, label=label) for step, label in zip(sampled.steps, labels, strict=True)]


def sample_files(folder: Path) -> list[Path]:
    """The files of samples in a folder, in order. Raises FileNotFoundError when there is none."""
    files = sorted(folder.glob("*.jsonl"), key=lambda path: int(path.stem))
    if not files:
        raise FileNotFoundError(f"{str(folder)!r} holds no samples: run `python -m nano.train {folder.name}` first.")
    return files


def read_samples(pictures: Pictures, number: int, folder: Path = SAMPLES) -> list[Sampled]:
    """The solutions about picture pool `number`, in the order they were written."""
    found = []
    for line in (folder / f"{number}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        index = int(row["scene"])
        problem = problem_of(pictures.scenes[index], random.Random(row["question_seed"]))
        found.append(Sampled(scene=index, problem=problem, steps=tuple(row["steps"])))
    return found


def read_rollouts(number: int, count: int, folder: Path = ROLLOUTS) -> list[Accuracies]:
    """The expected accuracies of the `count` solutions of sample pool `number`.

    Raises FileNotFoundError when not all of them are there.
    """
    paths = sorted(folder.glob(f"{number}-*.json"))
    rolled = [tuple(one) for path in paths for one in json.loads(path.read_text(encoding="utf-8"))]
    if len(rolled) != count:
        raise FileNotFoundError(
            f"{str(folder)!r} holds rollouts of {len(rolled)} of {count} solutions of pool {number}: "
            "run `python -m nano.train rollouts` to its end first."
        )
    return rolled

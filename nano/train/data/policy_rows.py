"""Training rows of the policy: captions, look-ups, bare computations and whole problems, in a mix that shifts with progress.

Knows the curriculum. Does not know whether a row's picture comes as slot codes or as pixels.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from nano.train.data.rows import RowEncoder, TrainingRow
from nano.world.questions import lookup_question, problem_of, reading_step
from nano.world.scenes import Scene

CAPTION = "Read the picture."
COMPUTE = "Compute."
_EQUATION = re.compile(r"\$[^$]*=[^$]*\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMix:
    """Shares of the kinds of rows; the rest are look-ups. A kind whose share drops to zero is forgotten."""

    problems: float
    """Whole problems, as the policy is used."""
    computations: float
    """Bare computations, as they occur in problems: the most arithmetic for the fewest tokens."""
    captions: float
    """All numbers of the picture in random order."""


def policy_rows(
    scenes: list[Scene], encoder: RowEncoder, rng: random.Random, each: int, mix: RowMix
) -> list[TrainingRow]:
    """`each` rows a scene."""
    kinds = ("problem", "computation", "caption", "look_up")
    shares = (mix.problems, mix.computations, mix.captions, 1 - mix.problems - mix.computations - mix.captions)
    rows = []
    for index, scene in enumerate(scenes):
        for kind in rng.choices(kinds, shares, k=each):
            if kind == "problem":
                problem = problem_of(scene, rng)
                rows.append(encoder.solution_row(problem.question, problem.steps, index))
            elif kind == "computation":
                rows.append(encoder.solution_row(COMPUTE, _computations(scenes, rng), index))
            elif kind == "caption":
                rows.append(encoder.solution_row(CAPTION, _caption(scene, rng), index))
            else:
                slot = rng.choice([slot for slot in scene.slots if slot.shown])
                steps = (reading_step(scene.family, slot), f"Final answer: {slot.value}")
                rows.append(encoder.solution_row(lookup_question(scene, slot), steps, index))
    return rows


def _computations(scenes: list[Scene], rng: random.Random) -> list[str]:
    lines: list[str] = []
    while len(lines) < 6:
        lines += _EQUATION.findall("\n".join(problem_of(rng.choice(scenes), rng).steps))
    return lines[:6]


def _caption(scene: Scene, rng: random.Random) -> list[str]:
    # In random order: in the order of the picture the model would learn to read by position and not by name.
    slots = [slot for slot in scene.slots if slot.shown]
    return [reading_step(scene.family, slot) for slot in rng.sample(slots, len(slots))]

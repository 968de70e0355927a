"""What the policy is taught, as rows: captions, look-ups and whole problems, in a mix that shifts with progress.

Knows the curriculum. Does not know whether the rows' pictures arrive as codes or as pixels.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from nano.train.data.rows import Layout, Row
from nano.world.questions import look_up, problem_of, reading
from nano.world.scenes import Scene

CAPTION = "Read the picture."
DRILL = "Compute."
_EQUATION = re.compile(r"\$[^$]*=[^$]*\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares of the kinds of rows; what is left over is look-ups. No kind ever drops to zero, or it is forgotten."""

    problems: float
    """Whole problems, the skill that counts."""
    drills: float
    """Rows of bare computations, as they occur in problems: the most arithmetic for the fewest tokens."""
    captions: float
    """All numbers of the picture in random order."""


def lesson_rows(scenes: list[Scene], layout: Layout, rng: random.Random, each: int, mix: Mix) -> list[Row]:
    """`each` rows a scene."""
    kinds = ("problem", "drill", "caption", "look_up")
    shares = (mix.problems, mix.drills, mix.captions, 1 - mix.problems - mix.drills - mix.captions)
    rows = []
    for index, scene in enumerate(scenes):
        for kind in rng.choices(kinds, shares, k=each):
            if kind == "problem":
                problem = problem_of(scene, rng)
                rows.append(layout.solution(problem.question, problem.steps, index))
            elif kind == "drill":
                rows.append(layout.solution(DRILL, _drill(scenes, rng), index))
            elif kind == "caption":
                rows.append(layout.solution(CAPTION, _caption(scene, rng), index))
            else:
                slot = rng.choice([slot for slot in scene.slots if slot.shown])
                steps = (reading(scene.family, slot), f"Final answer: {slot.value}")
                rows.append(layout.solution(look_up(scene, slot), steps, index))
    return rows


def _drill(scenes: list[Scene], rng: random.Random) -> list[str]:
    lines: list[str] = []
    while len(lines) < 6:
        lines += _EQUATION.findall("\n".join(problem_of(rng.choice(scenes), rng).steps))
    return lines[:6]


def _caption(scene: Scene, rng: random.Random) -> list[str]:
    # In random order: in reading order the model would learn to read by position and never by name.
    slots = [slot for slot in scene.slots if slot.shown]
    return [reading(scene.family, slot) for slot in rng.sample(slots, len(slots))]

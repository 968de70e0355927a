"""What a reward model is asked about a solution, and what it learns from the answers.

Knows rows, labels and losses. Does not know where solutions come from (nano/train/stages/reward.py).
"""

from __future__ import annotations

import enum

from nano.train.data.rows import JudgedStep, Layout, Row
from nano.train.data.step_labels import checked_labels, reaches_answer
from nano.world.checker import claimed_numbers
from nano.world.questions import WorldProblem


class Asked(enum.Enum):
    """What a reward model is asked."""

    STEPS = "steps"
    """After every step: is it right? (PRM)"""
    OUTCOME = "outcome"
    """After the whole solution: is its final answer right? (ORM)"""


def judged_row(layout: Layout, problem: WorldProblem, steps: tuple[str, ...], scene: int, asked: Asked) -> Row:
    """A solution with its exact labels, as the reward model of that kind reads it."""
    if asked is Asked.OUTCOME:
        whole = JudgedStep(text="\n\n".join(steps), label=reaches_answer(problem, steps))
        return layout.judged(problem.question, [whole], scene)
    judged = [
        JudgedStep(text=step, label=label, claims=tuple(claimed_numbers(problem, step)))
        for step, label in zip(steps, checked_labels(problem, steps), strict=True)
    ]
    return layout.judged(problem.question, judged, scene)

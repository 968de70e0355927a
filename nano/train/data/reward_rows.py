"""Training rows of reward models: solutions with the exact checker's labels.

Knows rows and labels. Does not know where solutions come from (nano/train/stages/reward.py).
"""

from __future__ import annotations

import enum

from nano.train.data.rows import LabelledStep, RowEncoder, TrainingRow
from nano.train.data.step_labels import exact_labels, reaches_answer
from nano.world.checker import claimed_numbers
from nano.world.questions import WorldProblem


class RewardKind(enum.Enum):
    """What a reward model scores."""

    PROCESS = "process"
    """Every step: is it correct? (PRM)"""
    OUTCOME = "outcome"
    """The whole solution: is its final answer correct? (ORM)"""


def labelled_row(
    encoder: RowEncoder, problem: WorldProblem, steps: tuple[str, ...], scene: int, kind: RewardKind
) -> TrainingRow:
    """A solution with its exact labels, as a reward model of that kind reads it."""
    if kind is RewardKind.OUTCOME:
        whole = LabelledStep(text="\n\n".join(steps), label=reaches_answer(problem, steps))
        return encoder.reward_row(problem.question, [whole], scene)
    labelled = [
        LabelledStep(text=step, label=label, claims=tuple(claimed_numbers(problem, step)))
        for step, label in zip(steps, exact_labels(problem, steps), strict=True)
    ]
    return encoder.reward_row(problem.question, labelled, scene)

"""What a solution's labels are: the exact checker's, or Monte-Carlo estimates as in the paper.

Knows no model. Source of the estimates: VisualPRM (arXiv 2503.10291) sec. 3.2; nano/rollouts.py makes them.
"""

from __future__ import annotations

from engine.answers import answers_equal, read_answer
from engine.domain import Label
from nano.train.rows import JudgedStep
from nano.train.samples import Sampled
from nano.world.checker import check
from nano.world.questions import WorldProblem

EXACT = None  # in place of a threshold: labels by the checker

Accuracies = tuple[float, ...]


def checked_labels(problem: WorldProblem, steps: tuple[str, ...]) -> list[bool | None]:
    """The exact checker's labels; None for neutral steps, which are not judged."""
    return [None if v.label is Label.NEUTRAL else v.label is Label.CORRECT for v in check(problem, steps)]


def reaches_answer(problem: WorldProblem, steps: tuple[str, ...]) -> bool:
    """Whether the final answer equals the reference."""
    answer = read_answer("\n\n".join(steps))
    return answer is not None and answers_equal(answer, str(problem.answer))


def labelled(
    sampled: Sampled, rolled: Accuracies, threshold: float | None, *, early_stop: bool = False
) -> list[JudgedStep]:
    """The steps with exact labels, or with `accuracy > threshold`; nothing else that only the checker could know.

    With `early_stop` nothing is judged after the first wrong step: from there on completions tell of that mistake only.
    """
    labels: list[bool | None] = (
        checked_labels(sampled.problem, sampled.steps)
        if threshold is EXACT
        else [accuracy > threshold for accuracy in rolled]
    )
    if early_stop and False in labels:
        end = labels.index(False) + 1
        labels[end:] = [None] * (len(labels) - end)
    return [JudgedStep(text=step, label=label) for step, label in zip(sampled.steps, labels, strict=True)]

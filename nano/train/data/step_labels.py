"""Labels of a solution's steps: the exact checker's, or made of Monte-Carlo estimates as in the paper.

Knows no model. Source of the estimates: VisualPRM (arXiv 2503.10291) sec. 3.2; nano/train/monte_carlo.py makes them.
"""

from __future__ import annotations

import itertools

from engine.answers import answers_equal, read_answer
from engine.domain import Label
from nano.world.checker import check
from nano.world.questions import WorldProblem

SOLVABLE = 0.375  # expected accuracy from which eight failures in a row are chance in at most 2 % of cases

Accuracies = tuple[float, ...]
"""Of one solution: the expected accuracy of the bare question, then of every step, in [0, 1]."""


def exact_labels(problem: WorldProblem, steps: tuple[str, ...]) -> list[bool | None]:
    """The exact checker's labels: is the step correct? None for neutral steps."""
    return [None if v.label is Label.NEUTRAL else v.label is Label.CORRECT for v in check(problem, steps)]


def reaches_answer(problem: WorldProblem, steps: tuple[str, ...]) -> bool:
    """Whether the final answer equals the reference."""
    answer = read_answer("\n\n".join(steps))
    return answer is not None and answers_equal(answer, str(problem.answer), algebra=False)


def monte_carlo_labels(
    accuracies: Accuracies, threshold: float = 0.0, *, early_stop: bool = False, solvable: float = 0.0
) -> list[bool | None]:
    """Monte-Carlo labels of the steps: correct where `accuracy > threshold`; None: no label.

    Args:
        accuracies: of the bare question, then of every step.
        threshold: in [0, 1).
        early_stop: no step after the first wrong one gets a label but the last: completions from there on tell of that
            mistake only, and correct readings would count as wrong.
        solvable: no step is called wrong unless the expected accuracy before it is at least this: where completions
            hardly ever reach the answer, that none does says nothing about the step.

    The last step always gets a label: its accuracy is no estimate, the answer is correct or not.
    """
    labels: list[bool | None] = [None] * (len(accuracies) - 1)
    for index, (before, after) in enumerate(itertools.pairwise(accuracies)):
        correct = after > threshold
        labels[index] = correct if correct or before >= solvable else None
        if early_stop and not correct:
            break
    labels[-1] = accuracies[-1] > threshold
    return labels


def training_labels(accuracies: Accuracies) -> list[bool | None]:
    """The labels that the PRM is trained on: mc > 0 as in the paper, wrong only where completions could tell."""
    return monte_carlo_labels(accuracies, early_stop=True, solvable=SOLVABLE)

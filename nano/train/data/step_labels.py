"""What a solution's labels are: the exact checker's, or Monte-Carlo estimates as in the paper.

Knows no model. Source of the estimates: VisualPRM (arXiv 2503.10291) sec. 3.2; nano/train/monte_carlo.py makes them.
"""

from __future__ import annotations

import itertools

from engine.answers import answers_equal, read_answer
from engine.domain import Label
from nano.world.checker import check
from nano.world.questions import WorldProblem

SOLVABLE = 0.375  # from such a share of completions on, none of the next eight is chance in at most 2 % of cases

Accuracies = tuple[float, ...]
"""Of one solution: the expected accuracy of the bare question, then of every step."""


def checked_labels(problem: WorldProblem, steps: tuple[str, ...]) -> list[bool | None]:
    """The exact checker's labels; None for neutral steps, which are not judged."""
    return [None if v.label is Label.NEUTRAL else v.label is Label.CORRECT for v in check(problem, steps)]


def reaches_answer(problem: WorldProblem, steps: tuple[str, ...]) -> bool:
    """Whether the final answer equals the reference."""
    answer = read_answer("\n\n".join(steps))
    return answer is not None and answers_equal(answer, str(problem.answer))


def called(
    rolled: Accuracies, threshold: float = 0.0, *, early_stop: bool = False, solvable: float = 0.0
) -> list[bool | None]:
    """Monte-Carlo labels of the steps: right where `accuracy > threshold`; None: not judged.

    With `early_stop` nothing is judged after the first wrong step but the last: from there on completions tell of that mistake
    only, and true readings would count as wrong. With `solvable` no step is called wrong whose predecessor (or the bare question)
    has a lower expected accuracy: where completions hardly ever reach the answer, that none does tells nothing of the step. The
    last step is judged always: its accuracy is no estimate, the answer is right or it is not.
    """
    labels: list[bool | None] = [None] * (len(rolled) - 1)
    for index, (before, after) in enumerate(itertools.pairwise(rolled)):
        right = after > threshold
        labels[index] = right if right or before >= solvable else None
        if early_stop and not right:
            break
    labels[-1] = rolled[-1] > threshold
    return labels


def taught(rolled: Accuracies) -> list[bool | None]:
    """The labels that the PRM learns from: mc > 0 as in the paper, wrong only where completions could tell."""
    return called(rolled, early_stop=True, solvable=SOLVABLE)

"""Monte-Carlo labels as in the paper, for the nano world: the policy completes every step prefix, and the share of completions
that reach the reference answer is the step's expected accuracy.

Also how well such labels agree with the exact checker. Knows nothing of training. Source: VisualPRM (arXiv 2503.10291) sec. 3.2.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from nano.metrics import Judged
from nano.train.batch_sampling import Sampling, sample
from nano.train.data.rows import Layout
from nano.train.data.step_labels import Accuracies, reaches_answer
from nano.train.parts import Seer
from nano.world.questions import WorldProblem

COMPLETIONS = 8  # a prefix; the paper draws 16
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """One solution with the expected accuracy of each of its prefixes."""

    accuracies: Accuracies
    """The share of completions that reach the reference answer from the bare question on, then from each step on, in [0, 1]."""
    labels: tuple[int, ...]
    """The exact checker's labels of the steps: 1, 0 or -1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How Monte-Carlo labels compare with the exact ones; neutral steps are left out."""

    steps: int
    """Steps compared."""
    share: float | None
    """Of them, those with equal labels; None without steps."""
    always_wrong: float | None
    """What calling every step wrong would score."""
    always_correct: float | None
    """What calling every step correct would score."""
    kappa: float | None
    """Cohen's kappa; None when it is undefined."""


def roll(
    seer: Seer, layout: Layout, asked: Sequence[tuple[WorldProblem, Sequence[Steps]]], tokens: Tensor, seed: int
) -> list[list[Accuracies]]:
    """Of every solution the expected accuracies of the bare question and of every step; tokens (problems, IMAGE_TOKENS, WIDTH).

    Equal prefixes of one problem are completed once; the last step of a solution needs no completion.
    """
    open_prefixes = list(
        dict.fromkeys(
            (index, steps[:end])
            for index, (_, solutions) in enumerate(asked)
            for steps in solutions
            for end in range(len(steps))
        )
    )
    completed = sample(
        seer.reader,
        layout,
        [asked[index][0].question for index, _ in open_prefixes],
        tokens[[index for index, _ in open_prefixes]],
        Sampling(seed=seed, copies=COMPLETIONS),
        begun=[prefix for _, prefix in open_prefixes],
    )
    hits = {
        key: sum(reaches_answer(asked[key[0]][0], steps) for steps in completed[start : start + COMPLETIONS])
        for key, start in zip(open_prefixes, itertools.count(0, COMPLETIONS), strict=False)
    }
    return [
        [
            (
                *(hits[index, steps[:end]] / COMPLETIONS for end in range(len(steps))),
                float(reaches_answer(problem, steps)),
            )
            for steps in solutions
        ]
        for index, (problem, solutions) in enumerate(asked)
    ]


def paired(accuracies: Sequence[Sequence[Accuracies]], judged: Sequence[Sequence[Judged]]) -> list[Rolled]:
    """Accuracies with the exact labels of the same solutions."""
    return [
        Rolled(accuracies=mc, labels=solution.labels)
        for some, solutions in zip(accuracies, judged, strict=True)
        for mc, solution in zip(some, solutions, strict=True)
    ]


def agreement(rolled: Sequence[Rolled], call: Callable[[Accuracies], Sequence[bool | None]]) -> Agreement:
    """Compare the labels that `call` makes of accuracies with the exact ones; steps that either does not judge are left out."""
    table = {(right, true): 0 for right in (True, False) for true in (True, False)}
    for solution in rolled:
        for right, label in zip(call(solution.accuracies), solution.labels, strict=True):
            if right is not None and label:
                table[right, label > 0] += 1
    steps = sum(table.values())
    if not steps:
        return Agreement(steps=0, share=None, always_wrong=None, always_correct=None, kappa=None)
    share = (table[True, True] + table[False, False]) / steps
    positive = (table[True, True] + table[False, True]) / steps
    called_positive = (table[True, True] + table[True, False]) / steps
    chance = positive * called_positive + (1 - positive) * (1 - called_positive)
    return Agreement(
        steps=steps,
        share=round(share, 4),
        always_wrong=round(1 - positive, 4),
        always_correct=round(positive, 4),
        kappa=None if chance == 1 else round((share - chance) / (1 - chance), 4),
    )

"""Monte-Carlo labels as in the paper, for the nano world: the policy completes every step prefix, and the share of completions
that reach the reference answer is the step's expected accuracy.

Knows nothing of training. Source: VisualPRM (arXiv 2503.10291) sec. 3.2.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from torch import Tensor

from nano.model.parts import Seer
from nano.train.batch_sampling import Sampling, sample
from nano.train.data.rows import Layout
from nano.train.data.step_labels import Accuracies, reaches_answer
from nano.world.questions import WorldProblem

COMPLETIONS = 8  # a prefix; the paper draws 16
Steps = tuple[str, ...]


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

"""Monte-Carlo estimates of expected accuracy: the policy completes every step prefix, and the share of completions that reach
the reference answer is the expected accuracy of the step.

Knows nothing of training, and makes no labels of them (data/step_labels.py). Source: VisualPRM (arXiv 2503.10291) sec.
3.2.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from torch import Tensor

from nano.model.parts import NanoModel
from nano.train.batch_sampling import BatchSampling, sample_solutions
from nano.train.data.rows import RowEncoder
from nano.train.data.step_labels import Accuracies, reaches_answer
from nano.world.questions import WorldProblem

COMPLETIONS = 8  # of each prefix; the paper samples 16
Steps = tuple[str, ...]


def estimate_accuracies(
    model: NanoModel,
    encoder: RowEncoder,
    solved: Sequence[tuple[WorldProblem, Sequence[Steps]]],
    image_tokens: Tensor,
    seed: int,
) -> list[list[Accuracies]]:
    """For every solution the expected accuracies of the bare question and of every step.

    Args:
        model: the policy.
        encoder: its prompts.
        solved: problems with their solutions.
        image_tokens: (problems, IMAGE_TOKENS, WIDTH).
        seed: of the completions.

    Equal prefixes of one problem are completed once. The last step of a solution is not completed: its answer is there.
    """
    open_prefixes = list(
        dict.fromkeys(
            (index, steps[:end])
            for index, (_, solutions) in enumerate(solved)
            for steps in solutions
            for end in range(len(steps))
        )
    )
    completed = sample_solutions(
        model.text,
        encoder,
        [solved[index][0].question for index, _ in open_prefixes],
        image_tokens[[index for index, _ in open_prefixes]],
        BatchSampling(seed=seed, n=COMPLETIONS),
        prefixes=[prefix for _, prefix in open_prefixes],
    )
    hits = {
        key: sum(reaches_answer(solved[key[0]][0], steps) for steps in completed[start : start + COMPLETIONS])
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
        for index, (problem, solutions) in enumerate(solved)
    ]

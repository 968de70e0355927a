"""Step scores to a solution score, and solution scores to a choice: Best-of-N and the majority vote.

Pure numbers; undefined is ``None`` and never takes part in a choice.

Source: VisualPRM, sec. 4.1 (mean is the paper's rule: BoN-8 41.1, min 40.4, max 35.9); ties keep the order of sampling, as the
released code's stable sort does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.domain import Aggregation, StepScore


def aggregate(step_scores: Sequence[StepScore], how: Aggregation) -> float | None:
    """Return the solution score in [0, 1], or ``None`` when there is no step score.

    Merged steps count once, as the reward model saw them.
    """
    scores = [step.score for step in step_scores]
    if not scores:
        return None
    match how:
        case Aggregation.MEAN:
            return math.fsum(scores) / len(scores)
        case Aggregation.MIN:
            return min(scores)
        case Aggregation.MAX:
            return max(scores)
        case Aggregation.LAST:
            return scores[-1]
        case Aggregation.PRODUCT:
            return math.prod(scores)


def rank(scores: Sequence[float | None]) -> tuple[int, ...]:
    """Return the indices of the defined scores, best first; equal scores keep their order."""
    defined = [(score, index) for index, score in enumerate(scores) if score is not None]
    return tuple(index for _, index in sorted(defined, key=lambda pair: -pair[0]))


def best_of_n(scores: Sequence[float | None]) -> int | None:
    """Return the index of the best score, the first of equals, or ``None`` when none is defined."""
    order = rank(scores)
    return order[0] if order else None

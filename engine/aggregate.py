"""Step scores to a solution score. Pure numbers; undefined is ``None``. What is chosen by it: ``engine.choosing``.

Source: VisualPRM, sec. 4.1 (mean is the paper's rule: BoN-8 41.1, min 40.4, max 35.9).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.domain import Aggregation, StepScore


def aggregate(step_scores: Sequence[StepScore], how: Aggregation) -> float | None:
    """Return the solution score in [0, 1], or ``None`` when there is no step score.

    Merged steps count once, as the reward model saw them. Those whose score could not be read are left out.
    """
    return aggregate_scores([step.score for step in step_scores if step.score is not None], how)


def aggregate_scores(scores: Sequence[float], how: Aggregation) -> float | None:
    """Return the same of the scores alone, in order."""
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

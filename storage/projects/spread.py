"""How solutions that may be added to a project are distributed: by their mean step score and by how many steps they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.aggregate import aggregate
from engine.domain import Aggregation
from storage.database import tables
from storage.runs.step_scores import newest_scores, pages_of

SCORE_BINS = 20  # of equal width over [0, 1]
MOST_STEPS = 20  # solutions with as many steps or more are counted together


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionSpread:
    """How many solutions have which mean score, and how many steps."""

    mean_scores: (
        tuple[int, ...] | None
    )  # one count for each of SCORE_BINS, a mean of 1 in the last; None: none is scored
    unscored: int
    steps: tuple[int, ...]  # of 1, 2, ..., MOST_STEPS steps


def measure_spread(
    connection: Connection, solution_ids: Sequence[str], reward_model: str | None = None
) -> SolutionSpread:
    """Return the distributions of solutions that have steps. ``reward_model``: whose newest scores; None: any model's."""
    scores = newest_scores(connection, solution_ids, reward_model)
    means = [mean for each in scores.values() if (mean := aggregate(each, Aggregation.MEAN)) is not None]
    bins = Counter(min(int(mean * SCORE_BINS), SCORE_BINS - 1) for mean in means)
    steps = Counter[int]()
    for page in pages_of(solution_ids):
        query = select(tables.solutions.c.steps).where(tables.solutions.c.id.in_(page))
        steps.update(min(len(each), MOST_STEPS) for each in connection.scalars(query))
    return SolutionSpread(
        mean_scores=tuple(bins[index] for index in range(SCORE_BINS)) if means else None,
        unscored=len(solution_ids) - len(means),
        steps=tuple(steps[count] for count in range(1, MOST_STEPS + 1)),
    )

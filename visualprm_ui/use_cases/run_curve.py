"""A run's own Best-of-n curve: how often a choice of n out of its solutions is right. Exact, of one problem.

Knows candidates and the reference answer; knows no page and no store.
"""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from engine.choosing import Candidate
from engine.domain import Aggregation, FinishReason
from engine.evaluation.arrays import Floats
from engine.evaluation.curve import sizes_of
from engine.evaluation.grading import StatedAnswer, grade
from engine.evaluation.majority import majority
from engine.evaluation.pick_chances import best_of_n, oracle, random_pick
from engine.evaluation.solution_pool import LARGEST, PooledSolution, as_arrays


class RunCurve(TypedDict):
    """Chances in [0, 1] that a choice of n is right, one for each n."""

    n: list[int]  # every power of two up to the number of solutions, and that number
    picks: dict[str, list[float]]  # by aggregation: of the highest-scored
    vote: list[float]
    random: list[float]
    oracle: list[float]  # any of them is right


def run_curve(candidates: Sequence[Candidate], question: str, reference: str | None) -> RunCurve | None:
    """Return the curve of a run's finished solutions; None where there are not two, none is scored, or no reference answer."""
    if reference is None or not 2 <= len(candidates) <= LARGEST or not any(each.is_scored for each in candidates):
        return None
    stated = [StatedAnswer(answer=each.answer, finish=each.finish or FinishReason.CANCELLED) for each in candidates]
    (arrays,) = as_arrays(
        [
            [
                PooledSolution(
                    is_correct=bool(mine.is_correct),
                    answer_group=mine.group,
                    scores={how.value: each.score(how) if each.is_complete else None for how in Aggregation},
                )
                for each, mine in zip(candidates, grade(stated, reference, question), strict=True)
            ]
        ]
    )
    sizes = sizes_of(len(candidates))
    return {
        "n": list(sizes),
        "picks": {how.value: _values(best_of_n(arrays, how.value, sizes)) for how in Aggregation},
        "vote": _values(majority(arrays, sizes)),
        "random": _values(random_pick(arrays, sizes)),
        "oracle": _values(oracle(arrays, sizes)),
    }


def _values(chances: Floats) -> list[float]:
    return [float(each) for each in chances[0]]

"""Steps that have a label and a score, as columns: the input of all figures of steps.

Neutral and unlabelled steps are left out, as in VisualProcessBench; their number is kept. A score of ``None`` is a
prediction that could not be read (a generative judge's). Knows values only.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain import ErrorType, Label
from engine.evaluation.arrays import Floats, Ints, Mask

_TYPES = tuple(ErrorType)
NO_TYPE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSolution:
    """A solution with labels of its steps and a reward model's scores of them."""

    problem: Hashable
    """Which problem it solves: solutions of one problem are drawn together."""
    labels: Sequence[Label | None]
    """One a step; None: not labelled."""
    scores: Sequence[float | None]
    """One a step, in [0, 1]; None: could not be read."""
    source: str | None = None
    """The benchmark or collection of its problem."""
    policy: str | None = None
    """The model that wrote it."""
    error_types: Sequence[ErrorType | None] = ()
    """One a step; empty: not said of any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepColumns:
    """Steps labelled correct or wrong, as arrays of one length, in the order of their solutions."""

    problems: int
    """How many problems there are, those without such a step included."""
    neutral: int
    """Steps that were left out because they are neutral or not labelled."""
    sources: tuple[str | None, ...]
    policies: tuple[str | None, ...]
    problem: Ints
    """(steps,) which problem."""
    solution: Ints
    """(steps,) which solution."""
    position: Ints
    """(steps,) 0-based index in its solution, left-out steps counted."""
    source: Ints
    """(steps,) which of the sources."""
    policy: Ints
    """(steps,) which of the policies."""
    error_type: Ints
    """(steps,) which ErrorType, in their order; NO_TYPE: not said."""
    is_correct: Mask
    """(steps,) whether the label is correct."""
    score: Floats
    """(steps,) in [0, 1]; NaN: could not be read."""

    def __len__(self) -> int:
        return len(self.score)

    def predicted_correct(self, threshold: float) -> Mask:
        """Return which steps score above the threshold, (steps,); never one that could not be read."""
        above: Mask = self.score > threshold
        return above

    def source_is(self, name: str | None) -> Mask:
        """Return which steps are of a source, (steps,)."""
        mine: Mask = self.source == self.sources.index(name)
        return mine

    def policy_is(self, name: str | None) -> Mask:
        """Return which steps were written by a policy, (steps,)."""
        mine: Mask = self.policy == self.policies.index(name)
        return mine

    def type_is(self, error_type: ErrorType) -> Mask:
        """Return which steps have a kind of error, (steps,)."""
        mine: Mask = self.error_type == _TYPES.index(error_type)
        return mine


def as_columns(solutions: Sequence[JudgedSolution]) -> StepColumns:
    """Return the steps labelled correct or wrong.

    Raises:
        ValueError: a solution does not have a label and a score for every step, or a score is not in [0, 1].
    """
    problems = {key: number for number, key in enumerate(dict.fromkeys(each.problem for each in solutions))}
    sources, policies = _names([each.source for each in solutions]), _names([each.policy for each in solutions])
    for number, each in enumerate(solutions):
        _check(number, each)
    lengths = np.array([len(each.labels) for each in solutions], dtype=np.int64)
    label = np.array([each or 0 for one in solutions for each in one.labels], dtype=np.int64)
    score = np.array([np.nan if each is None else each for one in solutions for each in one.scores], dtype=np.float64)
    if (outside := (score < 0) | (score > 1)).any():
        raise ValueError(f"A step score is {score[outside][0]!r}, but must be in [0, 1].")
    error_type = np.array([kind for one in solutions for kind in _types(one)], dtype=np.int64)
    kept = label != 0

    def column(of_solution: Sequence[int]) -> Ints:
        of_step: Ints = np.repeat(np.array(of_solution, dtype=np.int64), lengths)[kept]
        return of_step

    starts = np.cumsum(lengths) - lengths
    return StepColumns(
        problems=len(problems),
        neutral=int((~kept).sum()),
        sources=tuple(sources),
        policies=tuple(policies),
        problem=column([problems[each.problem] for each in solutions]),
        solution=column(range(len(solutions))),
        position=(np.arange(len(label)) - np.repeat(starts, lengths))[kept],
        source=column([sources[each.source] for each in solutions]),
        policy=column([policies[each.policy] for each in solutions]),
        error_type=error_type[kept],
        is_correct=label[kept] > 0,
        score=score[kept],
    )


def _names(names: Sequence[str | None]) -> dict[str | None, int]:
    """Number the names that occur, in their order; no name is last."""
    return {name: at for at, name in enumerate(sorted(set(names), key=lambda name: (name is None, name or "")))}


def _types(solution: JudgedSolution) -> list[int]:
    given = solution.error_types or (None,) * len(solution.labels)
    return [NO_TYPE if each is None else _TYPES.index(each) for each in given]


def _check(number: int, solution: JudgedSolution) -> None:
    steps = len(solution.labels)
    if len(solution.scores) != steps or len(solution.error_types) not in (0, steps):
        raise ValueError(
            f"Solution {number} has {steps} labels, {len(solution.scores)} scores and "
            f"{len(solution.error_types)} error types."
        )
    if any(score is not None and score != score for score in solution.scores):
        raise ValueError(f"Solution {number} has a score that is not a number.")

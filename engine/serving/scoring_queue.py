"""Steps in, step scores out, while steps are still coming: the queue in front of one scoring session.

What waits is scored together at the next turn. A row that cannot be scored (it does not fit the model, or its score is no
number) fails alone. Knows neither events nor policies.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from engine.domain import StepScore
from engine.errors import BadScore, EngineError, InvalidRequest
from engine.protocols import KnowsOutdatedScores, ScoringSession
from engine.solution_text.steps import MAX_STEPS, StepGroup

ROWS_AT_ONCE = 16  # a row of a finished solution is freed when its call returns, so this bounds what is held

_Batch = dict[int, list[StepGroup]]
_Scores = Mapping[int, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePlan:
    """How the steps of solutions are put to the reward model."""

    max_steps: int | None = MAX_STEPS  # at most so many groups; None never merges; 1 scores the whole solution (ORM)
    stepwise: bool = False  # one forward per step instead of one per solution: slower, the same scores

    @property
    def one_pass(self) -> bool:
        """Whether all steps are read in one dialogue; else each step, or the whole solution as one, is a prompt of its own."""
        return not self.stepwise and self.max_steps != 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreUpdate:
    """A new score of one row, or the error that prevents it."""

    row: int
    step_score: StepScore | None = None
    error: EngineError | None = None


class ScoringQueue:
    """Scores rows of one problem, one forward step per :meth:`advance`."""

    def __init__(self, opening: Generator[None, None, ScoringSession]) -> None:
        """Check the input (InvalidRequest); nothing is computed yet."""
        next(opening)
        self._opening: Generator[None, None, ScoringSession] | None = opening
        self._session: ScoringSession | None = None
        self._waiting: _Batch = {}
        self._retries: deque[_Batch] = deque()  # rows of a refused batch, one by one
        self._batch: _Batch = {}
        self._scoring: Generator[None, None, _Scores] | None = None
        self._failed: set[int] = set()
        self._leaving: set[int] = set()  # rows to forget once their batch is done

    @property
    def is_busy(self) -> bool:
        """Whether any steps are waiting for a score."""
        return bool(self._waiting or self._retries or self._batch)

    def add(self, row: int, groups: Sequence[StepGroup]) -> None:
        """Append steps to a row; an unknown row number starts a new row."""
        if groups and row not in self._failed:
            self._waiting.setdefault(row, []).extend(groups)

    def drop(self, row: int) -> None:
        """Discard a row; scores already being computed are still delivered."""
        self._waiting.pop(row, None)
        if row in self._batch:
            self._leaving.add(row)
        elif self._session is not None:
            self._session.drop(row)

    def is_outdated(self, row: int) -> bool:
        """Whether a row's scores so far differ from those it gets when all of its steps are scored together."""
        return isinstance(self._session, KnowsOutdatedScores) and self._session.is_outdated(row)

    def advance(self) -> tuple[ScoreUpdate, ...]:
        """Run one forward step; return the new scores."""
        if self._opening is not None:
            try:
                next(self._opening)
            except StopIteration as done:
                self._session, self._opening = done.value, None
            return ()
        assert self._session is not None
        if self._scoring is None:
            if not self.is_busy:
                return ()
            self._batch = self._retries.popleft() if self._retries else self._take()
            self._scoring = self._session.score({row: [g.text for g in gs] for row, gs in self._batch.items()})
        try:
            next(self._scoring)
        except StopIteration as done:
            batch = self._done()
            return tuple(update for row, groups in batch.items() for update in self._read(row, groups, done.value[row]))
        except InvalidRequest as error:
            batch = self._done()
            if len(batch) > 1:
                self._retries.extend({row: groups} for row, groups in batch.items())
                return ()
            return tuple(self._fail(row, error) for row in batch)
        return ()

    def close(self) -> None:
        """Stop and free everything."""
        for generator in (self._opening, self._scoring):
            if generator is not None:
                generator.close()
        self._opening = self._scoring = self._session = None
        self._batch, self._waiting = {}, {}
        self._retries.clear()

    def _take(self) -> _Batch:
        rows = list(self._waiting)[:ROWS_AT_ONCE]
        return {row: self._waiting.pop(row) for row in rows}

    def _done(self) -> _Batch:
        batch, self._batch, self._scoring = self._batch, {}, None
        for row in self._leaving:
            self.drop(row)
        self._leaving.clear()
        return batch

    def _read(self, row: int, groups: Sequence[StepGroup], scores: Sequence[float | None]) -> tuple[ScoreUpdate, ...]:
        at = next(
            (g for g, score in zip(groups, scores, strict=True) if score is not None and not math.isfinite(score)), None
        )
        if at is not None:
            error = BadScore(
                f"The reward model computed no number for the step that begins {at.text[:40]!r}. Its weights may be "
                "damaged, or the dtype too small: try float32."
            )
            return (self._fail(row, error),)
        return tuple(
            ScoreUpdate(row=row, step_score=StepScore(first=group.first, last=group.last, score=score))
            for group, score in zip(groups, scores, strict=True)
        )

    def _fail(self, row: int, error: EngineError) -> ScoreUpdate:
        self._failed.add(row)
        self._waiting.pop(row, None)
        if self._session is not None:
            self._session.drop(row)
        return ScoreUpdate(row=row, error=error)

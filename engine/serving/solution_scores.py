"""The scores of one solution of a run, as they come: provisional while it is being written, final at its end."""

from __future__ import annotations

from engine.domain import Scoring, StepScore
from engine.events import SolutionScored
from engine.solution_text.steps import StepGroup
from engine.step_splitter import StepSplitter


class SolutionScores:
    """The scores of one solution."""

    def __init__(self, splitter: StepSplitter | None, *, draw: int | None = None) -> None:
        self.splitter = splitter  # None for a given solution
        self.draw = splitter.draw if splitter is not None else draw or 0
        self.row = self.draw  # in the scoring queue, while it is being written
        self.solution_id = ""
        self.groups: tuple[StepGroup, ...] = ()  # what its final scores stand for; empty while it is being written
        self.error: Exception | None = None
        self.is_delivered = False
        self._scores: dict[tuple[int, int], StepScore] = {}
        self._provisional: dict[tuple[int, int], StepScore] = {}

    def expect(self, groups: tuple[StepGroup, ...]) -> None:
        """Set which groups of steps need a score before the solution is complete."""
        self.groups = groups

    def add(self, step_score: StepScore) -> None:
        """Store a score."""
        self._scores[step_score.first, step_score.last] = step_score

    def begin_again(self, row: int) -> None:
        """Forget every score: what comes belongs to other steps, in another row."""
        self.row, self.error = row, None
        self._scores, self._provisional = {}, {}

    def renew(self) -> None:
        """Take the scores there are as provisional: all of them will come again."""
        self._provisional, self._scores = self._scores, {}

    @property
    def is_complete(self) -> bool:
        """Whether all final scores are known; a solution without steps never is."""
        return bool(self.groups) and all((g.first, g.last) in self._scores for g in self.groups)

    @property
    def final(self) -> tuple[StepScore, ...]:
        """The final scores, in order."""
        return tuple(self._scores[g.first, g.last] for g in self.groups)

    @property
    def known(self) -> tuple[StepScore, ...]:
        """The scores known so far, in order: the final ones if complete, else those of single steps."""
        if self.is_complete:
            return self.final
        scores = self._provisional | self._scores
        return tuple(scores[key] for key in sorted(scores) if key[0] == key[1] or self.splitter is None)

    def deliver(self, reward_model: str, scores: tuple[StepScore, ...]) -> SolutionScored:
        """Return the event of the finished scoring."""
        self.is_delivered = True
        scoring = Scoring(solution_id=self.solution_id, reward_model=reward_model, step_scores=scores)
        return SolutionScored(draw=self.draw, scoring=scoring)

"""Which of several solutions of one problem is chosen: who takes part, Best-of-N, the majority vote, ties.

The one home of these rules: the page, ``engine solve``, the list of runs and the benchmarks all ask here. A solution that did not
end by itself (cut off by the token limit, stopped, failed) keeps its score, but states no answer, does not vote and is never
chosen. Knows values only; undefined is ``None``.

Source: VisualPRM, sec. 4.1; equal scores keep the order of sampling, as the released code's stable sort does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.aggregate import aggregate
from engine.answers import AnswerGroup, group_answers
from engine.domain import Aggregation, FinishReason, Scoring, Solution, StepScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A solution as far as a choice looks at it."""

    answer: str | None  # as read out of its text; counts only where the solution ended by itself
    finish: FinishReason | None  # None: it is still being written
    steps: int  # number of steps, 0 or more
    step_scores: Sequence[StepScore] = ()  # in order; empty: not scored

    @property
    def is_complete(self) -> bool:
        """Whether it ended by itself: only then it states an answer and may be chosen."""
        return self.finish is not None and self.finish.is_complete

    @property
    def stated_answer(self) -> str | None:
        """The answer it votes for, or ``None``."""
        return self.answer if self.is_complete else None

    @property
    def is_scored(self) -> bool:
        """Whether its score is final: all its steps have one, or no more come because it was stopped."""
        if self.finish is None or not self.step_scores:
            return False
        return self.finish is FinishReason.CANCELLED or self.step_scores[-1].last == self.steps - 1

    def score(self, how: Aggregation) -> float | None:
        """Return its solution score in [0, 1]; ``None`` until it is final. A solution that is cut off or stopped keeps it."""
        return aggregate(self.step_scores, how) if self.is_scored else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What Best-of-N and the majority vote choose. Solutions are indices into what was given."""

    scores: tuple[float | None, ...]  # the solution score of each, whether it takes part or not
    ranking: tuple[int, ...]  # those that take part in Best-of-N, best first
    groups: tuple[AnswerGroup, ...]  # equal answers, most votes first

    @property
    def pick(self) -> int | None:
        """The Best-of-N pick, the first of equals; ``None`` when no solution takes part."""
        return self.ranking[0] if self.ranking else None

    @property
    def leading(self) -> tuple[AnswerGroup, ...]:
        """The groups with the most votes: several when the vote is tied, none when nobody votes."""
        return tuple(group for group in self.groups if len(group.members) == len(self.groups[0].members))

    @property
    def majority(self) -> AnswerGroup | None:
        """The group with the most votes, of equals the one that was sampled first; ``None`` when nobody votes."""
        return self.groups[0] if self.groups else None

    @property
    def tied(self) -> bool:
        """Whether the majority vote has no single winner."""
        return len(self.leading) > 1


def choose(
    solutions: Sequence[Solution],
    scorings: Iterable[Scoring],
    how: Aggregation = Aggregation.MEAN,
    *,
    question: str | None = None,
) -> Choice:
    """Choose among finished solutions of one problem; of several scorings of one solution the last counts.

    ``question``: where it gives options, an answer that is an option's text votes for its letter.
    """
    by_solution = {scoring.solution_id: scoring.step_scores for scoring in scorings}
    candidates = [as_candidate(solution, by_solution.get(solution.id, ())) for solution in solutions]
    return choose_among(candidates, how, question=question)


def as_candidate(solution: Solution, step_scores: Sequence[StepScore]) -> Candidate:
    """Return a finished solution and its scores as a candidate."""
    return Candidate(answer=solution.answer, finish=solution.finish, steps=len(solution.steps), step_scores=step_scores)


def choose_among(
    candidates: Sequence[Candidate], how: Aggregation = Aggregation.MEAN, *, question: str | None = None
) -> Choice:
    """Choose among candidates, given in the order of sampling. ``question``: see :func:`choose`."""
    return Choice(
        scores=tuple(candidate.score(how) for candidate in candidates),
        ranking=rank_candidates(candidates, how),
        groups=group_answers((candidate.stated_answer for candidate in candidates), question=question),
    )


def rank_candidates(candidates: Sequence[Candidate], how: Aggregation) -> tuple[int, ...]:
    """Return the indices of the candidates that take part in Best-of-N, best first."""
    return rank([candidate.score(how) if candidate.is_complete else None for candidate in candidates])


def rank(scores: Sequence[float | None]) -> tuple[int, ...]:
    """Return the indices of the defined scores, best first; equal scores keep their order."""
    defined = [(score, index) for index, score in enumerate(scores) if score is not None]
    return tuple(index for _, index in sorted(defined, key=lambda pair: -pair[0]))


def best_of_n(scores: Sequence[float | None]) -> int | None:
    """Return the index of the best score, the first of equals, or ``None`` when none is defined."""
    order = rank(scores)
    return order[0] if order else None

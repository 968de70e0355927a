"""Rollouts: a policy completes the beginnings of solutions, and how many completions reach the reference answer is counted.

The share of a step is its expected accuracy (``StepRollouts.share``); a step is labelled correct where at least one completion
reached the answer. The last step of a finished solution needs no completion: the solution itself says what it comes to. Knows
answers and protocols, no model and no file.

Source: VisualPRM (arXiv 2503.10291), sec. 3.2. The binary search: OmegaPRM (arXiv 2406.06592).
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from time import monotonic

from engine.answers import answers_equal, read_answer
from engine.beginnings import beginning_of, completion_seed
from engine.domain import FinishReason, Solution
from engine.errors import InvalidRequest
from engine.outcomes.rollout_labels import RolloutMode, StepRollouts
from engine.protocols import Chunk, CompletionSession, RowStart
from engine.solution_text.steps import MAX_STEPS, SEPARATOR, StepGroup, merge_steps
from engine.step_splitter import StepSplitter

COMPLETIONS = 16  # of a beginning: VisualPRM, sec. 3.2
MOST_COMPLETIONS = 1024


class Verdict(StrEnum):
    """What a completion came to."""

    REACHED = "reached"  # it states the reference answer
    MISSED = "missed"  # it states another
    CUT_OFF = "cut_off"  # it did not end by itself, so it states none
    UNREAD = "unread"  # it ended, and no answer can be read out of it


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPlan:
    """How solutions are rolled out."""

    completions: int = COMPLETIONS  # of each beginning, at most; 1 to MOST_COMPLETIONS
    mode: RolloutMode = RolloutMode.EVERY
    max_steps: int | None = MAX_STEPS  # steps are merged to at most so many groups; None: never
    seed: int = 0  # completion i of a beginning depends on the seed, the problem's question, the beginning and i

    def check(self) -> None:
        """Raise InvalidRequest for a number of completions that is not accepted."""
        if not 1 <= self.completions <= MOST_COMPLETIONS:
            raise InvalidRequest(f"completions must be from 1 to {MOST_COMPLETIONS}, not {self.completions}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledStep:
    """One step of a solution, or several that were merged, and what its rollouts came to."""

    step: StepGroup
    rollouts: StepRollouts


@dataclass(slots=True, kw_only=True)
class RolloutCounts:
    """What rollouts took, and what became of them."""

    completions: int = 0  # drawn, those included that were stopped when a label was decided
    tokens: int = 0  # written for completions
    stopped: int = 0  # completions that were ended because the label was decided without them
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))  # of the others


class Beginning:
    """The text that completions go on from, and what they came to."""

    def __init__(self, text: str, seed: int, completions: int, *, stops_early: bool) -> None:
        self.text = text
        self.seed = seed
        self.started = 0  # draws 0 to started - 1
        self.verdicts: dict[int, Verdict] = {}  # by draw
        self._completions = completions
        self._stops_early = stops_early

    @property
    def first_success(self) -> int | None:
        """The lowest draw that is known to have reached the answer; None where all are drawn, or none has yet."""
        reached = [draw for draw, verdict in self.verdicts.items() if verdict is Verdict.REACHED]
        return min(reached, default=None) if self._stops_early else None

    @property
    def counted(self) -> int:
        """How many draws count: up to the first success, as if they had been asked for one after another."""
        first = self.first_success
        return self._completions if first is None else first + 1

    @property
    def is_decided(self) -> bool:
        """Whether all draws that count have ended."""
        return all(draw in self.verdicts for draw in range(self.counted))

    def next_draws(self) -> range:
        """Return the draws to start now: all, or, where the first success ends it, as many again as have failed, and one."""
        most = self._completions
        if self._stops_early:
            failed = next(draw for draw in itertools.count() if draw not in self.verdicts)  # one after another
            most = min(most, 2 * failed + 1) if self.first_success is None else self.started
        found = range(self.started, max(self.started, most))
        self.started = found.stop
        return found

    def measured(self) -> StepRollouts:
        """Return what the draws that count came to."""
        return _counted(
            [self.verdicts[draw] for draw in range(self.counted)] if self.is_decided and self.started else []
        )


def _counted(verdicts: Sequence[Verdict]) -> StepRollouts:
    """Return how many of each verdict there are; the step is right where one reached the answer."""
    reached = verdicts.count(Verdict.REACHED)
    return StepRollouts(
        reached=reached,
        drawn=len(verdicts),
        cut_off=verdicts.count(Verdict.CUT_OFF),
        unread=verdicts.count(Verdict.UNREAD),
        is_correct=reached > 0 if verdicts else None,
    )


@dataclass(slots=True, kw_only=True)
class _RolledSolution:
    """A solution, its steps, and how far the search for its first wrong one is."""

    groups: tuple[StepGroup, ...]
    own: Verdict | None  # what the solution itself comes to; None: it was cut off, so its last step is not finished
    beginnings: tuple[Beginning, ...]  # behind every step but the last
    low: int = 0  # steps before it are known to be right
    high: int = 0  # steps from it on are known to be wrong, or there are none

    def next_beginning(self) -> Beginning | None:
        """Return the beginning to measure next, by what is known now; None: the first wrong step is found."""
        while self.low < self.high:
            middle = (self.low + self.high) // 2
            beginning = self.beginnings[middle]
            if not beginning.is_decided:
                return beginning
            if beginning.first_success is None:
                self.high = middle
            else:
                self.low = middle + 1
        return None


@dataclass(slots=True, kw_only=True)
class _Completion:
    """One completion being written."""

    beginning: Beginning
    draw: int
    text: str = ""
    tokens: int = 0


class Rollouts:
    """Solutions of one problem and their completions, all written in one session."""

    def __init__(self, session: CompletionSession, question: str, reference: str, plan: RolloutPlan) -> None:
        plan.check()
        self.counts = RolloutCounts()
        self._session = session
        self._question = question
        self._reference = reference
        self._plan = plan
        self._rows = itertools.count()
        self._beginnings: dict[str, Beginning] = {}
        self._writing: dict[int, _Completion] = {}  # by row
        self._equal: dict[str, bool] = {}  # answer -> whether it is the reference

    @property
    def most(self) -> int:
        """How many completions are drawn at most, as far as it is known what is labelled."""
        return len(self._beginnings) * self._plan.completions

    def sample(self, n: int, policy_model: str) -> Generator[None, None, tuple[Solution, ...]]:
        """Write ``n`` solutions, the draws of the plan's seed; yields between forward steps."""
        started = monotonic()
        splitters = {next(self._rows): StepSplitter(draw) for draw in range(n)}
        self._session.add(
            [RowStart(row=row, text="", seed=self._plan.seed, draw=each.draw) for row, each in splitters.items()]
        )
        for chunks in self._session.write():
            for chunk in chunks:
                splitters[chunk.draw].take(chunk)
                if chunk.finish is not None:
                    splitters[chunk.draw].end(chunk.finish)
            yield
        return tuple(
            each.solution(problem_id="", policy_model=policy_model, seconds=monotonic() - started)
            for each in splitters.values()
        )

    def run(self, solutions: Sequence[Solution]) -> Generator[None, None, tuple[tuple[RolledStep, ...], ...]]:
        """Complete the beginnings of solutions, equal ones once; yields between forward steps.

        Returns for each solution its steps, or groups of merged ones, with what their rollouts came to.
        """
        rolled = [self._rolled(solution) for solution in solutions]
        self._session.read(list(dict.fromkeys(text for each in rolled for text in self._texts(each))))
        self._start(rolled)
        while self._writing:
            for chunks in self._session.write():
                if self._take(chunks):
                    self._start(rolled)
                yield
        return tuple(map(self._measured, rolled))

    def judge(self, response: str, finish: FinishReason) -> Verdict:
        """Return what a whole response comes to."""
        if not finish.is_complete:
            return Verdict.CUT_OFF
        answer = read_answer(response)
        if answer is None:
            return Verdict.UNREAD
        if answer not in self._equal:
            self._equal[answer] = answers_equal(answer, self._reference, question=self._question)
        return Verdict.REACHED if self._equal[answer] else Verdict.MISSED

    def _rolled(self, solution: Solution) -> _RolledSolution:
        groups = merge_steps(solution.steps, self._plan.max_steps)
        own = None
        if solution.finish.is_complete:
            own = self.judge(SEPARATOR.join(solution.steps), solution.finish)
        beginnings = tuple(self._beginning(groups[: end + 1]) for end in range(len(groups) - 1))
        # a right answer has no wrong step before it, where a wrong step is one that cannot be made good again
        return _RolledSolution(
            groups=groups,
            own=own,
            beginnings=beginnings,
            low=len(beginnings) if own is Verdict.REACHED else 0,
            high=len(beginnings),
        )

    def _beginning(self, groups: Sequence[StepGroup]) -> Beginning:
        text = beginning_of(group.text for group in groups)
        if text not in self._beginnings:
            self._beginnings[text] = Beginning(
                text,
                completion_seed(self._plan.seed, self._question, text),
                self._plan.completions,
                stops_early=self._plan.mode is not RolloutMode.EVERY,
            )
        return self._beginnings[text]

    def _texts(self, rolled: _RolledSolution) -> Iterable[str]:
        """Return the beginnings that rows may go on from, the longest first."""
        is_search = self._plan.mode is RolloutMode.FIRST_ERROR
        looked_at = rolled.beginnings[rolled.low : rolled.high] if is_search else rolled.beginnings
        return (each.text for each in reversed(looked_at))

    def _start(self, rolled: Sequence[_RolledSolution]) -> None:
        """Have written what is wanted now."""
        is_search = self._plan.mode is RolloutMode.FIRST_ERROR
        wanted = [each.next_beginning() for each in rolled] if is_search else self._beginnings.values()
        rows = []
        for beginning in dict.fromkeys(each for each in wanted if each is not None):
            for draw in beginning.next_draws():
                row = next(self._rows)
                self._writing[row] = _Completion(beginning=beginning, draw=draw)
                rows.append(RowStart(row=row, text=beginning.text, seed=beginning.seed, draw=draw))
        self.counts.completions += len(rows)
        if rows:
            self._session.add(rows)

    def _take(self, chunks: Sequence[Chunk]) -> bool:
        """Take new text; return whether a completion has ended."""
        has_ended = False
        for chunk in chunks:
            completion = self._writing.get(chunk.draw)
            if completion is None:
                continue  # it was stopped
            self.counts.tokens += chunk.tokens - completion.tokens
            completion.text, completion.tokens = completion.text + chunk.text, chunk.tokens
            if chunk.finish is None:
                continue
            has_ended = True
            del self._writing[chunk.draw]
            verdict = self.judge(completion.beginning.text + completion.text, chunk.finish)
            completion.beginning.verdicts[completion.draw] = verdict
            self.counts.verdicts[verdict] += 1
            self._stop_decided(completion.beginning)
        return has_ended

    def _stop_decided(self, beginning: Beginning) -> None:
        """Stop the completions of a beginning that no longer count."""
        for row, other in list(self._writing.items()):
            if other.beginning is beginning and other.draw >= beginning.counted:
                del self._writing[row]
                self._session.drop(row)
                self.counts.stopped += 1

    def _measured(self, rolled: _RolledSolution) -> tuple[RolledStep, ...]:
        if not rolled.groups:
            return ()
        found = [each.measured() for each in rolled.beginnings]
        if self._plan.mode is RolloutMode.FIRST_ERROR:
            # a search says that the steps before the first wrong one are right, and those from it on are wrong
            found = [replace(each, is_correct=place < rolled.low) for place, each in enumerate(found)]
        found.append(_counted([] if rolled.own is None else [rolled.own]))  # the solution itself says what it comes to
        return tuple(RolledStep(step=step, rollouts=each) for step, each in zip(rolled.groups, found, strict=True))

"""One request from start to end, as a generator: every ``next`` is one forward step and gives the events it caused.

Sampling and scoring take turns: a step has its score while others are being written. What is sampled may go on from steps that are
there, and be left unscored. Partial results are always delivered, :class:`RunEnded` last. Knows no thread and no queue.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from traceback import clear_frames

from PIL.Image import Image

from engine.beginnings import write_behind
from engine.domain import FinishReason, Problem, Sampling, Solution
from engine.errors import InvalidRequest
from engine.events import (
    Event,
    RunEnded,
    RunStarted,
    ScoringFailed,
    SolutionFinished,
    StepFinished,
    StepScored,
    TextAdded,
    ThoughtAdded,
)
from engine.limits import ENGINE_LIMITS
from engine.outcomes.guided_search import BeamPlan
from engine.protocols import Chunk, Models, Policy
from engine.serving.metered_models import MeteredModels
from engine.serving.run_record import record_of
from engine.serving.scoring_queue import ScorePlan, ScoreUpdate, ScoringQueue
from engine.serving.search import BeamSearch, check_plan
from engine.serving.solution_scores import SolutionScores
from engine.solution_text.steps import StepGroup, merge_steps
from engine.step_splitter import StepSplitter

NO_POLICY = "No policy is loaded, so nothing can be sampled. Choose one with --policy."

Steps = Generator[tuple[Event, ...], None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a run is asked to do: sample and score, or score given solutions."""

    problem: Problem
    images: tuple[Image, ...]  # decoded, in the order of the problem's images
    sampling: Sampling | None = None  # None: score ``solutions``
    beginning: tuple[str, ...] = ()  # steps that every sampled solution goes on from; none: solutions of their own
    is_scored: bool = True  # False: what is sampled gets no scores
    search: BeamPlan | None = None  # None: independent solutions; else as many as it keeps, whatever the sampling's n
    solutions: tuple[Solution, ...] = ()
    plan: ScorePlan = field(default_factory=ScorePlan)


def check(request: RunRequest) -> None:
    """Raise InvalidRequest for what no model could serve."""
    sampling, plan = request.sampling, request.plan
    if plan.max_steps is not None and plan.max_steps < 1:
        raise InvalidRequest(f"max_steps must be at least 1, not {plan.max_steps!r}; None never merges.")
    for solution in request.solutions:
        if not solution.steps:
            raise InvalidRequest(f"Solution {solution.id!r} has no steps. Give it at least one, or leave it out.")
    if request.search is not None:
        _check_search(request, request.search)
    if sampling is None:
        return
    if any(not step.strip() for step in request.beginning):
        raise InvalidRequest("A step to go on from is empty. Write something in it, or go on from the step before.")
    if not request.problem.question.strip():
        raise InvalidRequest("The question is empty. Write what the model should answer.")
    ENGINE_LIMITS.check(sampling)


def _check_search(request: RunRequest, search: BeamPlan) -> None:
    check_plan(search)
    if request.sampling is None:
        raise InvalidRequest(
            "A search writes its own solutions, so it needs sampling settings. Give them, or leave the search out."
        )
    if request.beginning:
        raise InvalidRequest("A search begins with the first step. Leave out the steps to go on from, or the search.")
    if not request.is_scored:
        raise InvalidRequest("A search chooses steps by their scores. Have them scored, or leave the search out.")
    if request.plan.stepwise:
        raise InvalidRequest(
            "A search scores whole beginnings at once, not stepwise. Leave out stepwise, or the search."
        )


def run(request: RunRequest, models: Models, stop: Callable[[], bool]) -> Steps:
    """Serve one request. ``stop`` is asked between forward steps."""
    started = monotonic()
    metered = MeteredModels(models)
    active = _ActiveRun(request, metered.models, started)
    stopped, error = False, None
    try:
        for events in active.steps():
            yield (*events, *metered.waits())
            if stop():
                stopped = True
                break
    except Exception as caught:  # whatever a model raises must not cost the results there are
        error = caught
    finally:
        active.close()
    free_frames(error)
    error = error or active.first_failure
    seconds, usage = monotonic() - started, metered.usage()
    yield (*active.leftovers(), RunEnded(seconds=seconds, stopped=stopped, error=error, usage=usage))


class _ActiveRun:
    """The state of one run."""

    def __init__(self, request: RunRequest, models: Models, started: float) -> None:
        self._request = request
        self._models = models
        self._started = started
        self._queue: ScoringQueue | None = None
        self._search: BeamSearch | None = None
        self._sampler: Generator[tuple[Chunk, ...], None, None] | None = None
        self._by_draw: dict[int, SolutionScores] = {}  # draw -> scores
        self._by_row: dict[int, SolutionScores] = {}
        self.first_failure: Exception | None = None

    def steps(self) -> Iterator[tuple[Event, ...]]:
        """Run the request, one forward step at a time."""
        request, reward_model = self._request, self._models.reward_model
        if request.search is not None and request.sampling is not None:
            yield from self._guided(request.search, request.sampling)
            return
        if request.is_scored:
            self._queue = ScoringQueue(
                reward_model.open_session(request.images, request.problem.question, one_pass=request.plan.one_pass)
            )
        if request.sampling is None:
            yield (self._start(out_of_distribution=None),)
            yield from self._score_given()
            return
        policy = self._models.policy
        if policy is None:
            raise InvalidRequest(NO_POLICY)
        self._sampler = self._open_sampler(policy, request.sampling)
        next(self._sampler)  # refuses a prompt that is too long before anything is computed
        yield (self._start(policy.out_of_distribution_notice(request.images, request.problem.question)),)
        self._by_draw = {
            draw: SolutionScores(StepSplitter(draw, request.beginning)) for draw in range(request.sampling.n)
        }
        yield from self._sample_and_score(self._sampler)

    def _guided(self, plan: BeamPlan, sampling: Sampling) -> Steps:
        images, problem, policy = self._request.images, self._request.problem, self._models.policy
        self._search = BeamSearch(self._models, images, problem, sampling, plan, self._request.plan)
        searching = self._search.steps()
        next(searching)  # refuses a prompt that is too long before anything is computed
        notice = policy.out_of_distribution_notice(images, problem.question) if policy is not None else None
        yield (self._start(notice),)
        yield from searching
        self._search.paths = ()  # delivered

    def leftovers(self) -> Iterator[Event]:
        """Yield the partial results of a stopped or failed run: unfinished solutions and the scores known so far."""
        if self._search is not None:
            yield from self._search.results()
        for scores in self._by_draw.values():
            if scores.splitter is not None and scores.splitter.finish is None:
                scores.splitter.end(FinishReason.CANCELLED)
                yield self._finished(scores, scores.splitter)
            if not scores.is_delivered and scores.error is None and scores.known:
                yield scores.deliver(self._models.reward_model.card.name, scores.known)

    def close(self) -> None:
        """Free what the models hold for this run."""
        if self._sampler is not None:
            self._sampler.close()
        if self._queue is not None:
            self._queue.close()
        if self._search is not None:
            self._search.close()

    def _start(self, out_of_distribution: str | None) -> RunStarted:
        request = self._request
        record = record_of(
            self._models.policy if request.sampling is not None else None,
            self._models.reward_model,
            request.images,
            one_pass=request.plan.one_pass,
            out_of_distribution=out_of_distribution,
        )
        return RunStarted(record=record, notice=record.notice)

    def _open_sampler(self, policy: Policy, sampling: Sampling) -> Generator[tuple[Chunk, ...], None, None]:
        images, question, beginning = self._request.images, self._request.problem.question, self._request.beginning
        if beginning:
            return write_behind(policy, images, question, beginning, sampling)
        return policy.sample(images, question, sampling)

    def _begin(self, scores: SolutionScores) -> Iterator[Event]:
        """Take the steps that a solution goes on from."""
        groups = merge_steps(self._request.beginning, None)
        for group in groups:
            yield StepFinished(draw=scores.draw, index=group.first, text=group.text)
        self._score_new(scores, groups)

    def _sample_and_score(self, sampler: Generator[tuple[Chunk, ...], None, None]) -> Steps:
        queue = self._queue
        begun = [event for scores in self._by_draw.values() for event in self._begin(scores)]
        writing, has_text = True, False
        while writing or (queue is not None and queue.is_busy):
            if writing:
                chunks = next(sampler, None)
                writing = chunks is not None
                events = [event for chunk in chunks or () for event in self._write(chunk)]
                if chunks and not has_text:  # nothing is told before something was computed
                    events[:0] = begun
                    has_text = True
                yield tuple(events)
            # the first text comes before anything else is computed
            if queue is not None and has_text and not (writing and self._models.in_turns):
                yield tuple(event for update in queue.advance() for event in self._take(update))

    def _score_given(self) -> Steps:
        assert self._queue is not None
        queue, plan = self._queue, self._request.plan
        for index, solution in enumerate(self._request.solutions):
            scores = SolutionScores(None, draw=index)
            scores.solution_id = solution.id
            scores.expect(merge_steps(solution.steps, plan.max_steps))
            self._by_draw[index] = self._by_row[index] = scores
            if not plan.stepwise:
                queue.add(index, scores.groups)
        waiting = [list(scores.groups) for scores in self._by_draw.values()] if plan.stepwise else []
        while queue.is_busy or any(waiting):
            if not queue.is_busy:
                for index, groups in enumerate(waiting):
                    queue.add(index, [groups.pop(0)] if groups else [])
            yield tuple(event for update in queue.advance() for event in self._take(update))

    def _write(self, chunk: Chunk) -> Iterator[Event]:
        """Process new text of one solution."""
        scores = self._by_draw[chunk.draw]
        splitter = scores.splitter
        assert splitter is not None
        new = splitter.take(chunk)
        if chunk.restarts:
            self._withdraw(scores)
            yield ThoughtAdded(draw=chunk.draw, text=splitter.thought, restarts=True)
        elif chunk.thought:
            yield ThoughtAdded(draw=chunk.draw, text=chunk.thought)
        if chunk.text:
            yield TextAdded(draw=chunk.draw, text=chunk.text)
        if chunk.finish is not None:
            new += splitter.end(chunk.finish)
        for group in new:
            yield StepFinished(draw=chunk.draw, index=group.first, text=group.text)
        self._score_new(scores, new)
        if chunk.finish is None:
            return
        yield self._finished(scores, splitter)
        groups = merge_steps(tuple(splitter.steps), self._request.plan.max_steps)
        scores.expect(groups)
        if len(groups) < len(splitter.steps) or self._is_whole:
            self._score_again(scores, groups)
        yield from self._deliver_if_complete(scores)

    @property
    def _is_whole(self) -> bool:
        """Whether solutions are scored as wholes: such a model has nothing to say about a single step."""
        return self._request.plan.max_steps == 1

    def _score_new(self, scores: SolutionScores, groups: Sequence[StepGroup]) -> None:
        """Score steps that have come, of a solution that is still being written."""
        if self._queue is not None and not self._is_whole:
            self._by_row[scores.row] = scores
            self._queue.add(scores.row, groups)

    def _withdraw(self, scores: SolutionScores) -> None:
        """Forget the scores of what turned out to be thought; the solution's own steps are a row of their own."""
        assert self._request.sampling is not None
        if self.first_failure is scores.error:
            self.first_failure = None
        if self._queue is not None:
            self._queue.drop(scores.row)
        self._by_row.pop(scores.row, None)
        scores.begin_again(2 * self._request.sampling.n + scores.draw)

    def _score_again(self, scores: SolutionScores, groups: Sequence[StepGroup]) -> None:
        """Score a whole solution; the scores it got while it was being written were provisional."""
        if self._queue is None:
            return
        assert self._request.sampling is not None
        self._queue.drop(scores.row)
        row = self._request.sampling.n + scores.draw
        self._by_row[row] = scores
        self._queue.add(row, groups)

    def _take(self, update: ScoreUpdate) -> Iterator[Event]:
        """Process a score or a scoring failure."""
        scores = self._by_row.get(update.row)
        if scores is None:
            return  # it was withdrawn
        if update.error is not None:
            if scores.error is None:
                scores.error = update.error
                self.first_failure = self.first_failure or update.error
                yield ScoringFailed(draw=scores.draw, message=str(update.error))
        elif update.step_score is not None and scores.error is None:
            scores.add(update.step_score)
            yield StepScored(draw=scores.draw, step_score=update.step_score)
            yield from self._deliver_if_complete(scores)

    def _deliver_if_complete(self, scores: SolutionScores) -> Iterator[Event]:
        if scores.is_complete and not scores.is_delivered:
            assert self._queue is not None
            if self._queue.is_outdated(scores.row):
                scores.renew()
                self._score_again(scores, scores.groups)
                return
            for row in (row for row, owner in self._by_row.items() if owner is scores):
                self._queue.drop(row)
            yield scores.deliver(self._models.reward_model.card.name, scores.final)

    def _finished(self, scores: SolutionScores, splitter: StepSplitter) -> SolutionFinished:
        policy = self._models.policy
        scores.solution_id = splitter.id
        return SolutionFinished(
            solution=splitter.solution(
                problem_id=self._request.problem.id,
                policy_model=policy.card.name if policy is not None else "",
                seconds=monotonic() - self._started,
            )
        )


def free_frames(error: BaseException | None) -> None:
    """Clear the local variables of a failed call, or its traceback would keep tensors alive. The traceback itself stays."""
    if error is not None and error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next  # the first frame is that of run(), which still runs
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__

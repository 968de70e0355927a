"""Guided search: a policy writes several tries of the next step, a reward model scores them, and the best go on.

Step-level beam search: ``width`` beginnings are kept, each gets ``expansions`` tries of its next step (the first step as many as
all of them together), and of all tries the ``width`` best that differ are kept. One that has ended stays among them without new
tries. A try ends with its step; what is written behind it (at most a token, by a model server all of the row) is counted, and
belongs to no solution. Knows protocols; which models serve, and who asked, it does not know.

Source: Snell et al. (arXiv 2408.03314), sec. 5.1 and 5.2, beam search against a process reward model.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from PIL.Image import Image

from engine.aggregate import aggregate
from engine.answers import read_answer
from engine.beginnings import beginning_of, completion_seed
from engine.domain import FinishReason, Problem, Sampling, Scoring, Solution, StepScore
from engine.errors import InvalidRequest
from engine.events import Event, SolutionFinished, SolutionScored
from engine.limits import MAX_SOLUTIONS
from engine.outcomes.guided_search import BeamPlan, SearchRound, SearchTry
from engine.protocols import (
    Chunk,
    CompletesSolutions,
    CompletionSession,
    MayNotComplete,
    Models,
    Policy,
    RowStart,
    quietly,
)
from engine.serving.scoring_queue import ScorePlan, ScoringQueue
from engine.solution_text.steps import SEPARATOR, merge_steps
from engine.step_splitter import StepSplitter

Events = tuple[Event, ...]


def check_plan(plan: BeamPlan) -> None:
    """Raise InvalidRequest for numbers that are not accepted."""
    if plan.width < 1 or plan.expansions < 1 or plan.tries > MAX_SOLUTIONS:
        raise InvalidRequest(
            f"A search that keeps {plan.width} and tries {plan.expansions} of each is not accepted: both must be at least 1, "
            f"and their product at most {MAX_SOLUTIONS}."
        )


def search_refusal(policy: Policy | None) -> str | None:
    """Return why nothing can be searched for with a policy, in a sentence for people; None where it can."""
    if isinstance(policy, CompletesSolutions):
        return policy.completion_refusal if isinstance(policy, MayNotComplete) else None
    if policy is None:
        return "No policy is loaded, so nothing can be searched for. Load one."
    return f"The policy {policy.card.name!r} cannot go on from a step of a solution, so it cannot search. Load another policy."


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptPath:
    """The steps of a solution so far."""

    steps: tuple[str, ...] = ()
    finish: FinishReason | None = None  # None: it goes on
    tokens: int = 0  # written for these steps
    step_scores: tuple[StepScore, ...] = ()
    parent: int | None = None  # its place among those that were kept before; None: it begins
    thought: str = ""  # written before the first step


@dataclass(slots=True, kw_only=True)
class _Writing:
    """A try that is being written."""

    parent: int
    path: _KeptPath
    splitter: StepSplitter = field(default_factory=lambda: StepSplitter(0))
    tokens: int = 0  # of its step
    written: int = 0  # tokens, those behind its step too
    finish: FinishReason | None = None
    is_over: bool = False


class BeamSearch:
    """One search. ``paths`` are the beginnings that are kept, best first."""

    def __init__(
        self,
        models: Models,
        images: Sequence[Image],
        problem: Problem,
        sampling: Sampling,
        plan: BeamPlan,
        scored_as: ScorePlan,
    ) -> None:
        self.paths: tuple[_KeptPath, ...] = (_KeptPath(),)
        self.tokens = 0  # written in all tries
        self._models = models
        self._images = images
        self._problem = problem
        self._sampling = sampling
        self._plan = plan
        self._scored_as = scored_as
        self._rows = itertools.count()
        self._queue: ScoringQueue | None = None
        self._session: CompletionSession | None = None
        self._started = monotonic()

    def steps(self) -> Generator[Events, None, None]:
        """Search, one forward step at a time. The first ``next`` checks the input (InvalidRequest) and computes nothing."""
        policy, question = self._models.policy, self._problem.question
        if not isinstance(policy, CompletesSolutions) or search_refusal(policy) is not None:
            raise InvalidRequest(search_refusal(policy) or "")
        opening = policy.open_completions(self._images, question, self._sampling)
        next(opening)
        one_pass = self._scored_as.one_pass
        self._queue = ScoringQueue(self._models.reward_model.open_session(self._images, question, one_pass=one_pass))
        yield ()
        self._session = yield from quietly(opening)
        for number in range(self._plan.most_rounds):
            yield from self._go_on(number)
            if all(path.finish is not None for path in self.paths):
                break
        self.paths = tuple(replace(each, finish=each.finish or FinishReason.LENGTH) for each in self.paths)
        yield tuple(self.results())

    def results(self) -> Iterator[Event]:
        """Yield what is kept as solutions with their scores; those that go on as stopped half-way."""
        policy = self._models.policy
        for draw, path in enumerate(self.paths):
            if not path.steps and not path.thought:
                continue
            solution = Solution(
                problem_id=self._problem.id,
                draw=draw,
                steps=path.steps,
                answer=read_answer(SEPARATOR.join(path.steps)),
                finish=path.finish or FinishReason.CANCELLED,
                policy_model=policy.card.name if policy is not None else "",
                tokens=path.tokens,
                seconds=monotonic() - self._started,
                thought=path.thought.strip() or None,
            )
            yield SolutionFinished(solution=solution)
            if path.step_scores:
                name = self._models.reward_model.card.name
                scoring = Scoring(solution_id=solution.id, reward_model=name, step_scores=path.step_scores)
                yield SolutionScored(draw=draw, scoring=scoring)

    def close(self) -> None:
        """Free what the reward model holds."""
        if self._queue is not None:
            self._queue.close()

    def _go_on(self, number: int) -> Generator[Events, None, None]:
        """Write, score and choose the next step."""
        before, beginnings = self.tokens, self.paths
        writing = self._begin()
        tried = yield from self._write(writing)
        written = [each for each in tried if each.steps]
        counts = Counter((each.steps, each.finish) for each in written)
        ended = [replace(path, parent=at) for at, path in enumerate(self.paths) if path.finish is not None]
        different = {each.steps: each for each in sorted([*written, *ended], key=_ends_last)}
        scored = yield from self._score(list(different.values()))
        ranked = sorted(scored, key=self._rank)
        if not ranked:  # nothing was written at all, or thoughts that never ended
            thoughts = [each for each in tried if each.thought]
            ended = [replace(each, finish=FinishReason.STOP) for each in self.paths]
            self.paths = tuple(thoughts[: self._plan.width] or ended)
            yield (SearchRound(step=number, tries=(), tokens=self.tokens - before),)
            return
        self.paths = tuple(ranked[: self._plan.width])
        tries = tuple(
            self._try_of(path, beginnings, count=counts[path.steps, path.finish], is_kept=place < self._plan.width)
            for place, path in enumerate(ranked)
        )
        yield (SearchRound(step=number, tries=tries, tokens=self.tokens - before),)

    def _try_of(self, path: _KeptPath, beginnings: Sequence[_KeptPath], *, count: int, is_kept: bool) -> SearchTry:
        """Return what is told of a path: its last step, unless it only ended behind what it began with."""
        beginning = beginnings[path.parent or 0]
        only_ended = beginning.finish is None and path.steps == beginning.steps
        scored = path.step_scores and not only_ended
        return SearchTry(
            parent=path.parent if beginning.steps else None,
            text="" if only_ended else path.steps[-1],
            finish=path.finish,
            score=self._score_of(path),
            step_score=path.step_scores[-1].score if scored else None,
            count=count,
            is_kept=is_kept,
        )

    def _begin(self) -> dict[int, _Writing]:
        """Begin the tries of the next step, by row. What leaves no room in the model's context for one is cut off."""
        session, question, seed = self._session, self._problem.question, self._sampling.seed
        assert session is not None
        writing: dict[int, _Writing] = {}
        paths = list(self.paths)
        for parent, path in enumerate(self.paths):
            if path.finish is not None:
                continue
            text = beginning_of(path.steps)
            # the first steps are those of independent solutions
            own = completion_seed(seed, question, text) if text else seed
            tries = self._plan.expansions if text else self._plan.tries
            rows = [RowStart(row=next(self._rows), text=text, seed=own, draw=draw) for draw in range(tries)]
            try:
                session.add(rows)
            except InvalidRequest:
                if not text:
                    raise
                paths[parent] = replace(path, finish=FinishReason.LENGTH)
                continue
            writing |= {each.row: _Writing(parent=parent, path=path) for each in rows}
        self.paths = tuple(paths)
        return writing

    def _write(self, writing: Mapping[int, _Writing]) -> Generator[Events, None, list[_KeptPath]]:
        """Write tries to the end of their step; return them in order. Those that say nothing have no step more than before."""
        session = self._session
        assert session is not None
        for chunks in session.write():
            for chunk in chunks:
                self._take(session, writing[chunk.draw], chunk)
            yield ()
        self.tokens += sum(each.written for each in writing.values())
        return [_gone_on(each) for each in writing.values()]

    def _take(self, session: CompletionSession, writing: _Writing, chunk: Chunk) -> None:
        """Take new text of a try, and end it with its step, or before the solution becomes too long."""
        writing.written = max(writing.written, chunk.tokens)
        if writing.is_over:
            return
        room = self._sampling.max_new_tokens - writing.path.tokens
        has_step = False
        if chunk.tokens <= room:  # a server may tell several tokens at once: text that goes beyond is not taken
            has_step = bool(writing.splitter.take(chunk))
            writing.tokens = chunk.tokens
        if has_step or chunk.finish is not None or chunk.tokens >= room:
            writing.is_over = True
            writing.finish = self._finish_of(chunk, room, has_step=has_step)
            if writing.finish is not None:
                writing.splitter.end(writing.finish)
            if chunk.finish is None:
                session.drop(chunk.draw)

    @staticmethod
    def _finish_of(chunk: Chunk, room: int, *, has_step: bool) -> FinishReason | None:
        """Return how a try has ended with this chunk; None: with its step, and there is room to go on."""
        if chunk.tokens > room:
            return FinishReason.LENGTH
        if has_step:
            return None if chunk.tokens < room else FinishReason.LENGTH
        return chunk.finish or FinishReason.LENGTH

    def _score(self, paths: Sequence[_KeptPath]) -> Generator[Events, None, list[_KeptPath]]:
        """Score those whose steps are new; one that cannot be scored has no scores, and is the last to be kept."""
        queue = self._queue
        assert queue is not None
        rows: dict[int, int] = {}
        for at, path in enumerate(paths):
            groups = merge_steps(path.steps, self._scored_as.max_steps)
            if not path.step_scores or path.step_scores[-1].last != len(path.steps) - 1:
                row = next(self._rows)
                rows[row] = at
                queue.add(row, groups)
        found: dict[int, list[StepScore]] = {row: [] for row in rows}
        while queue.is_busy:
            for update in queue.advance():
                if update.step_score is not None:
                    found[update.row].append(update.step_score)
                elif update.error is not None:
                    found[update.row].clear()
            yield ()
        scored = list(paths)
        for row, at in rows.items():
            queue.drop(row)
            scores = tuple(sorted(found[row], key=lambda each: each.first))
            scored[at] = replace(paths[at], step_scores=scores)
        return scored

    def _score_of(self, path: _KeptPath) -> float | None:
        return aggregate(path.step_scores, self._plan.how)

    def _rank(self, path: _KeptPath) -> tuple[bool, float]:
        score = self._score_of(path)
        return (score is None, 0.0 if score is None else -score)


def _ends_last(path: _KeptPath) -> bool:
    """Of equal steps the one that ended counts: it need not be gone on with."""
    return path.finish is not None


def _gone_on(writing: _Writing) -> _KeptPath:
    """Return what a try made of its beginning."""
    path, new = writing.path, writing.splitter.steps[:1]
    return _KeptPath(
        steps=(*path.steps, *new),
        finish=writing.finish,
        tokens=path.tokens + writing.tokens,
        step_scores=() if new else path.step_scores,
        parent=writing.parent,
        thought=path.thought or writing.splitter.thought,
    )

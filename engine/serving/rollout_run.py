"""Rollouts of one problem from start to end, as a generator: every ``next`` is one forward step and gives the events it caused.

Solutions that are given are labelled, or as many as are asked for are sampled first. No reward model takes part. What was counted
comes whole, once all steps are decided; :class:`RunEnded` is last. Knows no thread and no queue.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from time import monotonic
from typing import TypeVar

from PIL.Image import Image

from engine.domain import Problem, Sampling, Solution
from engine.errors import InvalidRequest
from engine.events import CompletionsEnded, Event, RolloutsStarted, RunEnded, SolutionFinished, SolutionRolledOut
from engine.limits import ENGINE_LIMITS
from engine.outcomes.rollout_labels import RolloutRecord
from engine.protocols import CompletesSolutions, Models, Policy, quietly, telling
from engine.rollouts import RolloutPlan, Rollouts
from engine.serving.metered_models import MeteredModels
from engine.serving.run import NO_POLICY, RunRequest, Steps, check, free_frames, run
from engine.serving.run_record import prompt_version_of, record_of
from engine.system.versions import library_versions

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutRequest:
    """What rollouts are asked to do."""

    problem: Problem  # with a reference answer
    images: tuple[Image, ...]  # decoded, in the order of the problem's images
    sampling: Sampling  # of completions, and of solutions where ``n`` of them are sampled first
    plan: RolloutPlan
    solutions: tuple[Solution, ...] = ()  # to be labelled; empty: they are sampled


def check_any(request: RunRequest | RolloutRequest) -> None:
    """Raise InvalidRequest for what no model could serve."""
    if isinstance(request, RolloutRequest):
        check_rollouts(request)
    else:
        check(request)


def serve(request: RunRequest | RolloutRequest, models: Models, stop: Callable[[], bool]) -> Steps:
    """Serve one request of either kind. ``stop`` is asked between forward steps."""
    if isinstance(request, RolloutRequest):
        return roll_out(request, models, stop)
    return run(request, models, stop)


def check_rollouts(request: RolloutRequest) -> None:
    """Raise InvalidRequest for what no policy could do."""
    request.plan.check()
    ENGINE_LIMITS.check(request.sampling)
    if not (request.problem.answer or "").strip():
        raise InvalidRequest(
            "The problem has no reference answer that completions could reach. Add one, or leave it out."
        )
    if not request.problem.question.strip():
        raise InvalidRequest("The question is empty. Write what the model should answer.")
    for solution in request.solutions:
        if not solution.steps:
            raise InvalidRequest(f"Solution {solution.id!r} has no steps. Give it at least one, or leave it out.")


def roll_out(request: RolloutRequest, models: Models, stop: Callable[[], bool]) -> Steps:
    """Serve one request. ``stop`` is asked between forward steps."""
    started = monotonic()
    stopped, error = False, None
    metered = MeteredModels(models)
    work = _work(request, metered.models)
    try:
        for events in work:
            yield (*events, *metered.waits())
            if stop():
                stopped = True
                break
    except Exception as caught:  # whatever a model raises is told, and ends this request only
        error = caught
    finally:
        work.close()
    free_frames(error)
    seconds = monotonic() - started
    yield (RunEnded(seconds=seconds, stopped=stopped, error=error, usage=metered.usage()),)


def _work(request: RolloutRequest, models: Models) -> Steps:
    policy = models.policy
    if policy is None:
        raise InvalidRequest(NO_POLICY)
    if not isinstance(policy, CompletesSolutions):
        raise InvalidRequest(f"{policy.card.name} cannot go on from a beginning of a solution. Load another policy.")
    problem, sampling = request.problem, request.sampling
    opening = policy.open_completions(request.images, problem.question, sampling)
    next(opening)  # refuses a prompt that is too long before anything is computed
    notice = policy.out_of_distribution_notice(request.images, problem.question)
    run_record = record_of(policy, None, request.images, one_pass=None, out_of_distribution=notice)
    yield (RolloutsStarted(record=_record(policy, request), run=run_record),)
    session = yield from quietly(opening)
    rollouts = Rollouts(session, problem.question, problem.answer or "", request.plan)
    solutions = request.solutions
    if not solutions:
        sampled = yield from quietly(rollouts.sample(sampling.n, policy.card.name))
        solutions = tuple(replace(each, problem_id=problem.id) for each in sampled)
        yield tuple(SolutionFinished(solution=each) for each in solutions)
    found = yield from _counting(rollouts, rollouts.run(solutions))
    written = sum(each.tokens or 0 for each in solutions if not request.solutions)
    yield (
        *(
            SolutionRolledOut(solution_id=solution.id, steps=tuple(each.rollouts for each in steps))
            for solution, steps in zip(solutions, found, strict=True)
        ),
        _told(rollouts, written),
    )


def _counting(rollouts: Rollouts, work: Generator[None, None, Result]) -> Generator[tuple[Event, ...], None, Result]:
    """Do work, telling whenever completions have ended; return its result."""
    ended = 0

    def tell() -> tuple[Event, ...]:
        nonlocal ended
        before, told = ended, _told(rollouts, 0)
        ended = told.ended
        return (told,) if ended > before else ()

    return (yield from telling(work, tell))


def _told(rollouts: Rollouts, written: int) -> CompletionsEnded:
    counts = rollouts.counts
    return CompletionsEnded(
        ended=sum(counts.verdicts.values()) + counts.stopped,
        most=rollouts.most,
        started=counts.completions,
        tokens=counts.tokens + written,
    )


def _record(policy: Policy, request: RolloutRequest) -> RolloutRecord:
    return RolloutRecord(
        policy_model=policy.card.name,
        policy_revision=policy.card.revision,
        prompt_version=prompt_version_of(policy.card),
        mode=request.plan.mode,
        completions=request.plan.completions,
        sampling=replace(request.sampling, n=1),
        dtype=policy.card.dtype,
        device=policy.card.device,
        versions=library_versions(),
    )

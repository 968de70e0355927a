"""Requests of a background job for rollouts: labels of solutions that are there, or of solutions that are sampled first.

What became of a problem is stored whole or not at all, and under ids that the job gives, so that nothing is stored twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from PIL.Image import Image

from engine import CompletionsEnded, Job, ModelRole, Priority, RolloutsStarted, SolutionRolledOut
from engine.domain import FinishReason, Problem, Run, RunState, Sampling, Solution
from engine.outcomes.rollout_labels import RolloutLabels, RolloutRecord, StepRollouts
from engine.rollouts import RolloutPlan
from engine.serving.rollout_run import RolloutRequest
from storage import NotFound
from visualprm_ui.use_cases.batch_requests import BatchRequests, CannotServe, Served, require_model
from visualprm_ui.use_cases.model_job_files import RolloutFigures
from visualprm_ui.use_cases.model_job_request import ModelId

GONE = "It was deleted meanwhile."


@dataclass(slots=True)
class _RolledOut(Served):
    """What the engine made of a request for rollouts."""

    labelled_by: RolloutRecord | None = None
    steps: dict[str, tuple[StepRollouts, ...]] = field(default_factory=dict)  # by solution
    progress: CompletionsEnded | None = None

    @property
    def share(self) -> float:
        """How much of its completions is drawn, at least, in [0, 1]."""
        return 0.0 if self.progress is None or not self.progress.most else self.progress.ended / self.progress.most


class RolloutRequests(BatchRequests):
    """The requests of one job of rollouts. ``label_id`` names a solution's labels; other arguments as for the base class."""

    def label(
        self,
        problem_id: str,
        solutions: Sequence[Solution],
        sampling: Sampling,
        plan: RolloutPlan,
        label_id: Callable[[str], str],
    ) -> RolloutFigures:
        """Label solutions of a problem by rollouts and store the labels. Raises CannotServe: nothing was stored."""
        served = self._roll_out(problem_id, solutions, sampling, plan)
        try:
            self._store.runs.add_rollout_labels(_labels_of(served, solutions, label_id))
        except NotFound as error:
            raise CannotServe(GONE) from error
        return _figures(problem_id, served)

    def sample_and_label(
        self, problem_id: str, run_id: str, sampling: Sampling, plan: RolloutPlan, label_id: Callable[[str], str]
    ) -> RolloutFigures:
        """Sample solutions of a problem, label them and store both as a run. Raises CannotServe: nothing was stored."""
        served = self._roll_out(problem_id, (), sampling, plan)
        assert served.record is not None
        run = Run(
            id=run_id,
            problem_id=problem_id,
            sampling=sampling,
            record=served.record,
            state=RunState.DONE,
            seconds=served.seconds,
        )
        try:
            labels = _labels_of(served, served.solutions, label_id)
            self._store.runs.add_finished_run(run, served.solutions, labels=labels)
        except NotFound as error:
            raise CannotServe(GONE) from error
        return _figures(problem_id, served)

    def _roll_out(
        self, problem_id: str, solutions: Sequence[Solution], sampling: Sampling, plan: RolloutPlan
    ) -> _RolledOut:
        served = _RolledOut()

        def ask(problem: Problem, images: Sequence[Image]) -> Job:
            request = RolloutRequest(
                problem=problem, images=tuple(images), sampling=sampling, plan=plan, solutions=tuple(solutions)
            )
            return self._engine.submit(request, Priority.BATCH)

        roles = (ModelRole.POLICY,)
        self.await_models(roles)
        self._read(self._ask(problem_id, ask), roles, lambda _served: served.share, served)
        wanted = solutions or served.solutions
        is_whole = bool(wanted) and all(each.id in served.steps for each in wanted)
        if (
            served.error is not None
            or not is_whole
            or any(e.finish is FinishReason.CANCELLED for e in served.solutions)
        ):
            raise CannotServe(served.reason)
        return served

    def _take(self, event: object, served: Served, roles: object) -> None:
        assert isinstance(served, _RolledOut)
        match event:
            case RolloutsStarted():
                card = event.record
                policy = ModelId(
                    name=card.policy_model, revision=card.policy_revision, prompt_version=card.prompt_version
                )
                require_model(self._models[ModelRole.POLICY], policy)
                served.labelled_by = replace(card, job=self._job_id)
                served.record = replace(event.run, job=self._job_id)
            case CompletionsEnded():
                served.progress = event
            case SolutionRolledOut():
                served.steps[event.solution_id] = event.steps
            case _:
                super()._take(event, served, ())


def _labels_of(
    served: _RolledOut, solutions: Sequence[Solution], label_id: Callable[[str], str]
) -> tuple[RolloutLabels, ...]:
    """Return the labels of solutions; one that was cut off before its first step has none."""
    assert served.labelled_by is not None
    return tuple(
        RolloutLabels(id=label_id(each.id), solution_id=each.id, record=served.labelled_by, steps=served.steps[each.id])
        for each in solutions
        if served.steps[each.id]
    )


def _figures(problem_id: str, served: _RolledOut) -> RolloutFigures:
    told = served.progress
    steps = [step for steps in served.steps.values() for step in steps]
    return RolloutFigures(
        problem=problem_id,
        solutions=len(served.steps),
        completions=0 if told is None else told.started,
        tokens=0 if told is None else told.tokens,
        cut_off=sum(each.cut_off for each in steps),
        unread=sum(each.unread for each in steps),
        seconds=served.seconds,
    )

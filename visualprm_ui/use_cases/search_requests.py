"""Requests of a background job for guided searches, beside those for independent solutions.

A search is stored whole or not at all, as a run that says how its solutions were searched for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from PIL.Image import Image

from engine import Job, ModelRole, Priority
from engine.domain import FinishReason, Problem, Run, RunState, Sampling
from engine.outcomes.guided_search import BeamPlan, GuidedSearch, SearchRound
from engine.serving.run import RunRequest
from storage import NotFound
from visualprm_ui.use_cases.batch_requests import BatchRequests, CannotServe, Served


@dataclass(slots=True)
class _Searched(Served):
    """What the engine made of a search."""

    rounds: list[SearchRound] = field(default_factory=list)


class SearchRequests(BatchRequests):
    """The requests of one job that samples and searches."""

    def search(
        self, problem_id: str, run_id: str, sampling: Sampling, plan: BeamPlan, then: Sequence[str] = ()
    ) -> None:
        """Search one problem and store what comes of it as a run.

        ``then``: the problems that will be searched next in the same way; some of them are asked about already.
        Raises CannotServe where the search did not come to its end.
        """
        wanted = replace(sampling, n=plan.width)

        def ask(problem: Problem, images: Sequence[Image]) -> Job:
            request = RunRequest(problem=problem, images=tuple(images), sampling=wanted, search=plan)
            return self._engine.submit(request, Priority.BATCH)

        roles = tuple(ModelRole)
        self.await_models(roles)
        job = self._ask_ahead(problem_id, (wanted, plan), ask, then)
        served = _Searched()
        self._read(job, roles, lambda _served: 0.0, served)  # how many steps come is not known before
        is_cut = any(each.finish is FinishReason.CANCELLED for each in served.solutions)
        if served.record is None or served.error is not None or is_cut:
            raise CannotServe(f"It could not be searched: {served.reason}")
        run = Run(
            id=run_id,
            problem_id=problem_id,
            sampling=wanted,
            record=served.record,
            state=RunState.DONE,
            seconds=served.seconds,
        )
        search = GuidedSearch(plan=plan, rounds=tuple(served.rounds))
        try:
            self._store.runs.add_finished_run(run, served.solutions, served.scorings, search=search)
        except NotFound as error:  # deleted while it was searched
            raise CannotServe(str(error)) from error

    def _take(self, event: object, served: Served, roles: Collection[ModelRole]) -> None:
        if isinstance(event, SearchRound) and isinstance(served, _Searched):
            served.rounds.append(event)
        else:
            super()._take(event, served, roles)

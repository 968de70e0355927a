"""Requests of a background job to the engine: at batch priority, served by the models that the job began with or by none.

People on Explore come first: the engine rests this work while it serves them. What a request made is stored whole or not at all.
Many failures in a row, and models that are gone or others, end the job. Knows the engine and the store; knows no thread, and
nothing of what a job is about.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import monotonic, sleep

from PIL.Image import Image

from engine import Engine, EngineClosed, EngineError, EngineState, Job, LoadError, ModelRole, Priority, ScorePlan
from engine.domain import FinishReason, Problem, Run, RunRecord, RunState, Sampling, Scoring, Solution
from engine.events import RunEnded, RunStarted, ScoringFailed, ServerWaiting, SolutionFinished, SolutionScored
from engine.metering.usage import ServerUsage, add_up
from engine.serving.run_record import policy_prompt_version
from storage import NotFound, ScoringRun, Store, StoreError
from storage.runs.job_runs import is_complete
from visualprm_ui.use_cases.model_job_request import ModelId, model_id
from visualprm_ui.use_cases.transfer_jobs import CannotGoOn

MOST_FAILURES = 20  # problems in a row, after which something is wrong with more than them
ASKED_AT_ONCE = 16  # problems: a local policy writes for all of them in one forward, and a server has something to do
DEFECT = "Something went wrong inside the engine; the log has the details."
WAIT_SECONDS = 0.5  # between two looks at whether the job is to end

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Served:
    """What the engine made of one request."""

    record: RunRecord | None = None
    solutions: list[Solution] = field(default_factory=list)
    scorings: list[Scoring] = field(default_factory=list)
    failures: dict[int, str] = field(default_factory=dict)  # draw -> why it could not be scored
    seconds: float = 0.0  # of its own: requests that were served together share their time
    error: Exception | None = None

    @property
    def reason(self) -> str:
        """Why something is missing, for people."""
        known = isinstance(self.error, EngineError | StoreError)
        return str(self.error) if known else DEFECT

    def keep_whole(self, solutions: Sequence[Solution]) -> None:
        """Leave out scorings that lack a step: those of a request that failed half-way."""
        steps = {each.id: len(each.steps) for each in solutions}
        self.scorings = [each for each in self.scorings if is_complete(steps[each.solution_id], each.step_scores)]


class BatchRequests:
    """The requests of one job. ``tell`` is told what share of the present problem is done, and raises where the job is to end."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        job_id: str,
        models: Mapping[ModelRole, ModelId],
        tell: Callable[[float], None],
    ) -> None:
        self._store = store
        self._engine = engine
        self._job_id = job_id
        self._models = models
        self._tell = tell
        self.waiting: str | None = None  # what a model server asks to wait for just now, for people; None: nothing
        self._spent: list[ServerUsage] = []  # since it was last taken
        self._failed_in_a_row = 0
        self._ahead: dict[tuple[str, object], Job] = {}  # problem and what is asked of it -> asked and not read yet
        self._read_until: float | None = None  # when the last request had been read, by the monotonic clock

    def await_models(self, roles: Collection[ModelRole]) -> None:
        """Wait until models are loaded. Raises CannotGoOn where those of these roles are not the job's."""
        while (status := self._engine.status()).state is EngineState.LOADING:
            self._tell(0.0)
            sleep(WAIT_SECONDS / 10)
        if status.state is not EngineState.READY:
            raise CannotGoOn("No model is loaded. Load the job's models under Models on Explore, then resume the job.")
        for role in roles:
            require_model(self._models[role], model_id(status, role))

    def sample(self, problem_id: str, run_id: str, sampling: Sampling, then: Sequence[str] = ()) -> Mapping[str, str]:
        """Sample and score solutions of a problem and store them as a run.

        ``then``: the problems that will be sampled next in the same way; some of them are asked about already.
        Returns solution -> why it could not be scored. Raises CannotServe where nothing could be done.
        """

        def ask(problem: Problem, images: Sequence[Image]) -> Job:
            return self._engine.solve(problem, images, sampling, priority=Priority.BATCH)

        self.await_models(tuple(ModelRole))
        job = self._ask_ahead(problem_id, sampling, ask, then)
        served = self._read(job, tuple(ModelRole), lambda served: len(served.scorings) / sampling.n)
        if (
            served.record is None
            or len(served.solutions) < sampling.n
            or any(each.finish is FinishReason.CANCELLED for each in served.solutions)
        ):
            raise CannotServe(served.reason)
        served.keep_whole(served.solutions)
        scored = {each.solution_id for each in served.scorings}
        unscored = {
            each.id: f"Solution {(each.draw or 0) + 1} could not be scored: "
            f"{served.failures.get(each.draw or 0) or served.reason}"
            for each in served.solutions
            if each.steps and each.id not in scored
        }
        run = Run(
            id=run_id,
            problem_id=problem_id,
            sampling=sampling,
            record=served.record,
            state=RunState.DONE,
            message=" ".join(unscored.values()) or None,
            seconds=served.seconds,
        )
        try:
            self._store.runs.add_finished_run(run, served.solutions, served.scorings)
        except NotFound as error:  # deleted while it was sampled
            raise CannotServe(str(error)) from error
        return unscored

    def score(
        self, problem_id: str, solutions: Sequence[Solution], plan: ScorePlan, *, is_stored: bool = True
    ) -> tuple[Mapping[str, Scoring], Mapping[str, str]]:
        """Score solutions of a problem and store their scorings; return them, and why others could not be scored, by solution.

        ``is_stored`` False: the scorings are not stored. Raises CannotServe where nothing could be asked.
        """

        def ask(problem: Problem, images: Sequence[Image]) -> Job:
            return self._engine.score(problem, images, solutions, plan, Priority.BATCH)

        roles = (ModelRole.REWARD_MODEL,)
        self.await_models(roles)
        served = self._read(self._ask(problem_id, ask), roles, lambda served: len(served.scorings))
        served.keep_whole(solutions)
        if served.scorings and served.record is not None and is_stored:
            run = ScoringRun(problem_id=problem_id, record=served.record, seconds=served.seconds)
            try:
                self._store.runs.add_scoring_run(run, served.scorings)
            except NotFound as error:  # deleted while they were scored
                served.scorings, served.error = [], error
                served.failures = dict.fromkeys(range(len(solutions)), str(error))
        scored = {each.solution_id: each for each in served.scorings}
        failed = {
            each.id: served.failures.get(index) or served.reason
            for index, each in enumerate(solutions)
            if each.id not in scored
        }
        return scored, failed

    def take_usage(self) -> tuple[ServerUsage, ...]:
        """Return what model servers were asked since the last call, by model."""
        taken, self._spent = add_up(self._spent), []
        return taken

    def count_problem(self, failure: str | None) -> None:
        """Note whether anything of a problem could be done. Raises CannotGoOn where too many in a row failed altogether."""
        self._failed_in_a_row = 0 if failure is None else self._failed_in_a_row + 1
        self._tell(0.0)
        if self._failed_in_a_row >= MOST_FAILURES:
            raise CannotGoOn(
                f"{MOST_FAILURES} problems in a row failed, so the job was ended; the last failure: {failure} Resume it once that "
                "is fixed; what failed is then tried again."
            )

    # ---- one request ----

    def _ask(self, problem_id: str, ask: Callable[[Problem, Sequence[Image]], Job]) -> Job:
        """Hand a problem to the engine. Raises CannotServe where it could not be asked."""
        try:
            problem = self._store.runs.get_problem(problem_id)
            return ask(problem, [self._store.images.open(sha) for sha in problem.images])
        except (StoreError, EngineError) as error:
            raise CannotServe(str(error)) from error

    def _ask_ahead(
        self, problem_id: str, what: object, ask: Callable[[Problem, Sequence[Image]], Job], then: Sequence[str]
    ) -> Job:
        """Return what was asked of a problem, or ask it now, and ask the same of those that come next. Raises CannotServe."""
        job = self._ahead.pop((problem_id, what), None) or self._ask(problem_id, ask)
        for another in then[: ASKED_AT_ONCE - 1]:
            if (another, what) not in self._ahead:
                with suppress(CannotServe):  # it is told in its turn
                    self._ahead[another, what] = self._ask(another, ask)
        return job

    def _read(
        self,
        job: Job,
        roles: Collection[ModelRole],
        share_of: Callable[[Served], float],
        into: Served | None = None,
    ) -> Served:
        """Return what comes of a request.

        ``share_of``: how much of what is counted is done by now. ``into``: what it is gathered in; None: a new one.
        """
        served = Served() if into is None else into
        try:
            for event in self._events(job, lambda: share_of(served)):
                self._take(event, served, roles)
        except BaseException:
            job.cancel()
            self.close()
            raise
        ended = monotonic()
        if self._read_until is not None:  # the time before was told of the requests before, which were served beside it
            served.seconds = min(served.seconds, ended - self._read_until)
        self._read_until = ended
        return served

    def forget(self, problem_id: str) -> None:
        """Give up what was asked about one problem ahead of its turn: it will not be sampled further."""
        for key in [each for each in self._ahead if each[0] == problem_id]:
            self._ahead.pop(key).cancel()

    def close(self) -> None:
        """Give up what was asked about ahead of its turn."""
        for job in self._ahead.values():
            job.cancel()
        self._ahead.clear()

    def _events(self, job: Job, share: Callable[[], float]) -> Iterator[object]:
        for events in job.batches(timeout=WAIT_SECONDS):
            yield from events
            self._tell(share())

    def _take(self, event: object, served: Served, roles: Collection[ModelRole]) -> None:
        match event:
            case RunStarted():
                self._check_record(event.record, roles)
                served.record = replace(event.record, job=self._job_id)
            case SolutionFinished():
                served.solutions.append(event.solution)
            case SolutionScored():
                served.scorings.append(event.scoring)
            case ScoringFailed():
                served.failures[event.draw] = event.message
            case ServerWaiting():
                self.waiting = None if event.wait is None else event.wait.sentence
            case RunEnded():
                self.waiting = None
                served.seconds, served.error = event.seconds, event.error
                self._spent += event.usage
                if served.record is not None:
                    served.record = replace(served.record, usage=event.usage)
                if isinstance(event.error, EngineClosed | LoadError):
                    raise CannotGoOn(f"The models are gone: {event.error} Load them again, then resume the job.")
                if event.error is not None and not isinstance(event.error, EngineError):
                    log.error("job=%s a problem failed", self._job_id, exc_info=event.error)

    def _check_record(self, record: RunRecord, roles: Collection[ModelRole]) -> None:
        """Check that a request was served by the job's models: they can be changed while it waits."""
        served = {
            ModelRole.REWARD_MODEL: ModelId(
                name=record.reward_model, revision=record.reward_model_revision, prompt_version=record.prompt_version
            ),
            ModelRole.POLICY: ModelId(
                name=record.policy_model,
                revision=record.policy_revision,
                prompt_version=policy_prompt_version(record),
            ),
        }
        for role in roles:
            require_model(self._models[role], served[role])


class CannotServe(Exception):
    """Nothing could be done of a problem; the message says why to people, and other problems may do."""


def require_model(wanted: ModelId, served: ModelId | None) -> None:
    """Raise CannotGoOn where another model is loaded than a job began with."""
    if not wanted.is_served_as(served):
        now = "no such model" if served is None else f"{served.name} ({served.revision})"
        if served is not None and (served.name, served.revision) == (wanted.name, wanted.revision):
            raise CannotGoOn(
                f"The job asked {wanted.name} with the prompts {wanted.prompt_version}, and they are {served.prompt_version} now: "
                "the scores would not be comparable. What is done is kept. Start another job."
            )
        raise CannotGoOn(
            f"The job began with {wanted.name} ({wanted.revision}), and {now} is loaded now. What is done is kept. Load that "
            "model under Models on Explore and resume the job, or start another one with the current models."
        )

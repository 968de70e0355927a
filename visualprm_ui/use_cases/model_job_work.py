"""The work of a job of the loaded models: problem by problem, at batch priority, each stored whole.

People on Explore come first: the engine rests this work while it serves them. What is done is known by the store, so a job that was
killed goes on with what is missing. What cannot be done is kept with its reason and ends nothing; only models that are gone or
others than the job began with do, and many failures in a row. Knows the engine, the store and the job's files; knows no thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice
from time import sleep
from typing import TypeVar

from PIL.Image import Image

from engine import Engine, EngineClosed, EngineError, EngineState, Job, LoadError, ModelRole, Priority, ScorePlan
from engine.domain import FinishReason, Problem, Run, RunRecord, RunState, Sampling, Scoring, Solution
from engine.events import RunEnded, RunStarted, ScoringFailed, SolutionFinished, SolutionScored
from storage import NotFound, ScoringRun, Selection, Store, StoreError
from storage.runs.job_runs import is_complete
from visualprm_ui.use_cases.dataset_transfer import project_queue
from visualprm_ui.use_cases.model_job_files import Failure, Item, ModelJobFiles, Report
from visualprm_ui.use_cases.model_job_request import ModelId, ModelJobRequest, model_id
from visualprm_ui.use_cases.transfer_jobs import CannotGoOn, Tell

AT_ONCE = 32  # solutions of a problem that are scored and stored together
PAGE = 100  # problems, of which the store is asked at once what is missing
MOST_FAILURES = 20  # problems in a row, after which something is wrong with more than them
DEFECT = "Something went wrong inside the engine; the log has the details."
WAIT_SECONDS = 0.5  # between two looks at whether the job is to end

log = logging.getLogger(__name__)

Value = TypeVar("Value")


@dataclass(slots=True)
class _Served:
    """What the engine made of one request."""

    record: RunRecord | None = None
    solutions: list[Solution] = field(default_factory=list)
    scorings: list[Scoring] = field(default_factory=list)
    failures: dict[int, str] = field(default_factory=dict)  # draw -> why it could not be scored
    seconds: float = 0.0
    error: Exception | None = None

    @property
    def reason(self) -> str:
        """Why something is missing, for people."""
        if isinstance(self.error, EngineError):
            return str(self.error)
        return str(self.error) if isinstance(self.error, StoreError) else DEFECT

    def keep_whole(self, solutions: Sequence[Solution]) -> None:
        """Leave out scorings that lack a step: those of a request that failed half-way."""
        steps = {each.id: len(each.steps) for each in solutions}
        self.scorings = [each for each in self.scorings if is_complete(steps[each.solution_id], each.step_scores)]


class ModelJobWork:
    """One job at work. ``tell`` is told its progress and raises where it is to end."""

    def __init__(
        self, store: Store, engine: Engine, job_id: str, request: ModelJobRequest, files: ModelJobFiles, tell: Tell
    ) -> None:
        self._store = store
        self._engine = engine
        self._job_id = job_id
        self._request = request
        self._files = files
        self._tell_job = tell
        self._total = self._done = self._before = 0
        self._failed_in_a_row = 0
        self._failed: set[str] = set()  # ids of solutions, or of problems where nothing could be done

    def run(self) -> None:
        """Do what is missing. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        self._tell_job(0, None)
        self._await_models()
        if not self._files.has_items:
            self._note_items()
        report = self._files.read_report()
        assert report is not None
        self._total = report.total
        self._failed = {each.solution or each.problem for each in self._files.iter_failures()}
        if self._request.sampling is None:
            self._score_all()
        else:
            self._sample_all(self._request.sampling)
            self._fill_queue(report)
        self._tell()  # what was found done at the end, too

    # ---- what there is to do ----

    def _note_items(self) -> None:
        """Write down what there is to do, without what this model scored before."""
        request = self._request
        named = self._files.read_named()
        wanted = replace(request.wanted, solutions=named["solutions"], problems=named["problems"])
        if request.sampling is not None:
            problems = self._store.projects.list_problems(wanted.as_problem_selection())
            self._files.write_items((Item(problem=each) for each in problems), Report(total=len(problems)))
            return
        found = self._store.projects.list_selected(wanted.as_selection())
        items: list[Item] = []
        for page in _batched(found, PAGE):
            self._tell_job(0, None)
            _known, missing = self._missing([one for each in page for one in each.solutions])
            left = set(missing)
            todo = (Item(problem=e.problem_id, solutions=tuple(filter(left.__contains__, e.solutions))) for e in page)
            items += [each for each in todo if each.solutions]
        total = sum(len(each.solutions) for each in items)
        already = sum(len(each.solutions) for each in found) - total
        self._files.write_items(items, Report(total=total, already=already))

    def _missing(self, solution_ids: Sequence[str]) -> tuple[dict[str, Solution], tuple[str, ...]]:
        """Return those of the solutions that are stored, and which of them this model has not scored."""
        known = dict(self._store.runs.read_solutions(solution_ids))
        model = self._request.reward_model
        steps = {each: len(known[each].steps) for each in solution_ids if each in known}
        return known, self._store.runs.list_unscored(steps, model.name, model.revision)

    # ---- scoring ----

    def _score_all(self) -> None:
        for page in _batched(self._files.iter_items(), PAGE):
            known, missing = self._missing([one for each in page for one in each.solutions])
            left = set(missing)
            for item in page:
                for solution_id in item.solutions:
                    if solution_id not in known:
                        self._fail(item.problem, solution_id, "It was deleted meanwhile.")
                todo = [known[each] for each in item.solutions if each in left and each not in self._failed]
                unknown = sum(each not in known for each in item.solutions)
                self._skip(len(item.solutions) - len(todo) - unknown)
                for some in _batched(todo, AT_ONCE):
                    self._score(item.problem, some)

    def _score(self, problem_id: str, solutions: Sequence[Solution]) -> None:
        """Score solutions of one problem and store what came of it."""

        def ask(problem: Problem, images: Sequence[Image]) -> Job:
            plan = ScorePlan(max_steps=None)  # steps that are given are never merged: docs/numbers.md
            return self._engine.score(problem, images, solutions, plan, Priority.BATCH)

        served = self._serve(problem_id, ask, lambda served: len(served.scorings))
        if isinstance(served, str):
            for each in solutions:
                self._fail(problem_id, each.id, served)
            self._count_problem(served)
            return
        served.keep_whole(solutions)
        if served.scorings and served.record is not None:
            run = ScoringRun(problem_id=problem_id, record=served.record, seconds=served.seconds)
            try:
                self._store.runs.add_scoring_run(run, served.scorings)
            except NotFound as error:  # deleted while they were scored
                served.scorings, served.error = [], error
                served.failures = dict.fromkeys(range(len(solutions)), str(error))
        scored = {each.solution_id for each in served.scorings}
        self._done += len(scored)
        for index, each in enumerate(solutions):
            if each.id not in scored:
                self._fail(problem_id, each.id, served.failures.get(index) or served.reason)
        self._count_problem(None if served.scorings else served.reason)

    # ---- sampling ----

    def _sample_all(self, sampling: Sampling) -> None:
        for page in _batched(self._files.iter_items(), PAGE):
            known = self._store.runs.list_known_runs([self._run_id(each.problem) for each in page])
            for item in page:
                if self._run_id(item.problem) in known or item.problem in self._failed:
                    self._skip(1)
                else:
                    self._sample(item.problem, sampling)

    def _sample(self, problem_id: str, sampling: Sampling) -> None:
        """Sample and score solutions of one problem and store them."""

        def ask(problem: Problem, images: Sequence[Image]) -> Job:
            return self._engine.solve(problem, images, sampling, priority=Priority.BATCH)

        served = self._serve(problem_id, ask, lambda served: len(served.scorings) / sampling.n)
        if isinstance(served, str):
            reason: str | None = served
        elif (
            served.record is None
            or len(served.solutions) < sampling.n
            or any(each.finish is FinishReason.CANCELLED for each in served.solutions)
        ):
            reason = served.reason
        else:
            reason = self._store_run(problem_id, sampling, served)
        if reason is None:
            self._done += 1
        else:
            self._fail(problem_id, None, reason)
        self._count_problem(reason)

    def _store_run(self, problem_id: str, sampling: Sampling, served: _Served) -> str | None:
        """Store a run; return why that could not be, None where it could."""
        served.keep_whole(served.solutions)
        scored = {each.solution_id for each in served.scorings}
        unscored = {
            each.id: f"Solution {(each.draw or 0) + 1} could not be scored: "
            f"{served.failures.get(each.draw or 0) or served.reason}"
            for each in served.solutions
            if each.steps and each.id not in scored
        }
        run = Run(
            id=self._run_id(problem_id),
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
            return str(error)
        for solution_id, why in unscored.items():
            self._files.add_failure(Failure(problem=problem_id, solution=solution_id, reason=why))
        return None

    def _run_id(self, problem_id: str) -> str:
        """Return the id of this job's run of a problem: whoever takes the job up again finds it."""
        return sha256(f"{self._job_id}/{problem_id}".encode()).hexdigest()[:32]

    def _fill_queue(self, report: Report) -> None:
        """Put what was sampled in the project's queue; what is there already stays once."""
        if self._request.project is None:
            return
        queue = project_queue(self._store.projects, self._request.project)
        runs = [self._run_id(each.problem) for each in self._files.iter_items()]
        solutions = self._store.runs.list_solutions_of_runs(runs)
        if not solutions:  # a selection of none would be one of all
            self._files.write_report(replace(report, queue=queue.id, queued=0, queue_total=queue.total))
            return
        filled = self._store.projects.add_items(queue.id, Selection(solutions=solutions))
        queued = filled.added + (report.queued or 0)
        self._files.write_report(replace(report, queue=queue.id, queued=queued, queue_total=filled.total))

    # ---- one request ----

    def _serve(
        self,
        problem_id: str,
        ask: Callable[[Problem, Sequence[Image]], Job],
        share_of: Callable[[_Served], float],
    ) -> _Served | str:
        """Have the engine serve a request; return what came of it, or why it could not be asked.

        ``share_of``: how much of what is counted is done by now.
        """
        self._await_models()
        try:
            problem = self._store.runs.get_problem(problem_id)
            job = ask(problem, [self._store.images.open(sha) for sha in problem.images])
        except (StoreError, EngineError) as error:
            return str(error)
        served = _Served()
        try:
            for event in self._events(job, lambda: share_of(served)):
                self._take(event, served)
        except BaseException:
            job.cancel()
            raise
        return served

    def _events(self, job: Job, share: Callable[[], float]) -> Iterator[object]:
        is_read = False
        while not is_read:
            for event in job.take(timeout=WAIT_SECONDS):
                yield event
                is_read = isinstance(event, RunEnded)
            self._tell(share())

    def _take(self, event: object, served: _Served) -> None:
        match event:
            case RunStarted():
                self._check_record(event.record)
                served.record = replace(event.record, job=self._job_id)
            case SolutionFinished():
                served.solutions.append(event.solution)
            case SolutionScored():
                served.scorings.append(event.scoring)
            case ScoringFailed():
                served.failures[event.draw] = event.message
            case RunEnded():
                served.seconds, served.error = event.seconds, event.error
                if isinstance(event.error, EngineClosed | LoadError):
                    raise CannotGoOn(f"The models are gone: {event.error} Load them again, then resume the job.")
                if event.error is not None and not isinstance(event.error, EngineError):
                    log.error("job=%s a problem failed", self._job_id, exc_info=event.error)

    # ---- the models ----

    def _await_models(self) -> None:
        """Wait until models are loaded. Raises CannotGoOn where they are not those that the job began with."""
        while (status := self._engine.status()).state is EngineState.LOADING:
            self._tell()
            sleep(WAIT_SECONDS / 10)
        if status.state is not EngineState.READY:
            raise CannotGoOn("No model is loaded. Load the job's models under Models on Explore, then resume the job.")
        self._require(self._request.reward_model, model_id(status, ModelRole.REWARD_MODEL))
        if self._request.policy is not None:
            self._require(self._request.policy, model_id(status, ModelRole.POLICY))

    def _check_record(self, record: RunRecord) -> None:
        """Check that a request was served by the job's models: they can be changed while it waits."""
        served = ModelId(name=record.reward_model, revision=record.reward_model_revision)
        self._require(self._request.reward_model, served)
        if self._request.policy is not None:
            self._require(self._request.policy, ModelId(name=record.policy_model, revision=record.policy_revision))

    def _require(self, wanted: ModelId, served: ModelId | None) -> None:
        if served != wanted:
            now = "no such model" if served is None else f"{served.name} ({served.revision})"
            raise CannotGoOn(
                f"The job began with {wanted.name} ({wanted.revision}), and {now} is loaded now. What is done is kept. Load that "
                "model under Models on Explore and resume the job, or start another one with the present models."
            )

    # ---- counts ----

    def _skip(self, count: int) -> None:
        """Count what was done, or failed, before the job was taken up again."""
        self._done += count
        self._before += count

    def _fail(self, problem_id: str, solution_id: str | None, reason: str) -> None:
        key = solution_id or problem_id
        if key not in self._failed:
            self._failed.add(key)
            self._files.add_failure(Failure(problem=problem_id, solution=solution_id, reason=reason))
        self._done += 1

    def _count_problem(self, failure: str | None) -> None:
        """Tell the progress. Raises CannotGoOn where too many problems in a row failed altogether."""
        self._failed_in_a_row = 0 if failure is None else self._failed_in_a_row + 1
        self._tell()
        if self._failed_in_a_row >= MOST_FAILURES:
            raise CannotGoOn(
                f"{MOST_FAILURES} problems in a row failed, so the job was ended; the last: {failure} Resume it once that is "
                "mended; what failed is then tried again."
            )

    def _tell(self, share: float = 0.0) -> None:
        """Tell how far the job is. ``share``: of what is being done."""
        if not self._total:
            self._tell_job(0, None)
            return
        self._tell_job(self._done, min(1.0, (self._done + share) / self._total), self._before / self._total)


def _batched(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """Iterate over lists of up to ``size`` values."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some
